"""Every list loaded so far is its first version, and every unit stands on it."""

import django.db.models.deletion
from django.db import migrations, models


def first_versions(apps, schema_editor):
    versions = apps.get_model("products", "ListVersion").objects
    units = apps.get_model("products", "ListedUnit").objects
    for listed in apps.get_model("products", "PovertyList").objects.all():
        values = {
            "published_on": listed.published_on,
            "published_precision": listed.published_precision,
            "official_size": listed.official_size,
        }
        version, _made = versions.get_or_create(poverty_list=listed, number=1, defaults=values)
        units.filter(poverty_list=listed, added_in=None).update(added_in=version)


class Migration(migrations.Migration):
    # PostgreSQL refuses to alter a table whose rows were changed in the same transaction. A second run finds what
    # the first has left.
    atomic = False
    dependencies = [("products", "0004_lists_and_plans")]
    operations = [
        migrations.RunPython(first_versions, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="listedunit",
            name="added_in",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="added", to="products.listversion"
            ),
        ),
    ]
