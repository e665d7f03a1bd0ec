from django.db import migrations

from gi_registry import full_text

TABLES = (("cms_pagetext", "page_id"), ("cms_filetext", "document_id"))


class Migration(migrations.Migration):
    dependencies = [("cms", "0002_pages")]
    operations = [migrations.RunPython(full_text.create(*names), full_text.drop(*names)) for names in TABLES]
