from django.db import migrations

from gi_registry import full_text

TABLE, KEY = "products_productsearchtext", "product_id"


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial")]
    operations = [migrations.RunPython(full_text.create(TABLE, KEY), full_text.drop(TABLE, KEY))]
