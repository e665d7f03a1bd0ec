from django.db import migrations

from gi_registry import journal_guards


def install(apps, schema_editor):
    journal_guards.install(schema_editor.connection)


def remove(apps, schema_editor):
    journal_guards.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("gi_registry", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
