from django.db import migrations

from gi_registry import full_text

TABLE, KEY = "enterprises_enterprisesearchtext", "enterprise_id"


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_initial")]
    operations = [migrations.RunPython(full_text.create(TABLE, KEY), full_text.drop(TABLE, KEY))]
