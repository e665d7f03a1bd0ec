from django.db import migrations
from django.utils import timezone

from enterprises import scan_partitions

COLUMNS = "label, visitor, minute, province, device"
PLAIN = "(LIKE enterprises_scan_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (label, visitor, minute))"


def in_months(apps, schema_editor):
    """PostgreSQL: the table becomes one partition a month; what lies outside of these months goes to the default one."""
    if schema_editor.connection.vendor != "postgresql":
        return
    rebuilt(schema_editor, f"{PLAIN} PARTITION BY RANGE (minute)", months=True)


def in_one(apps, schema_editor):
    """Back to one table, with the scans of all months."""
    if schema_editor.connection.vendor != "postgresql":
        return
    waiting = [month for month, attached in scan_partitions.months().items() if not attached]
    for month in waiting:  # taken out of the table by a run that was cut off before it had counted them
        table = scan_partitions.table_of(month)
        schema_editor.execute(f"INSERT INTO enterprises_scan ({COLUMNS}) SELECT {COLUMNS} FROM {table}")
        schema_editor.execute(f"DROP TABLE {table}")
    rebuilt(schema_editor, PLAIN, months=False)


def rebuilt(schema_editor, definition, *, months):
    """The same rows in a table of another kind."""
    schema_editor.execute("ALTER TABLE enterprises_scan RENAME TO enterprises_scan_before")
    schema_editor.execute("ALTER INDEX enterprises_scan_pkey RENAME TO enterprises_scan_before_pkey")
    schema_editor.execute(f"CREATE TABLE enterprises_scan {definition}")
    if months:
        schema_editor.execute("CREATE TABLE enterprises_scan_default PARTITION OF enterprises_scan DEFAULT")
        scan_partitions.ensure_months(timezone.now().date())
    schema_editor.execute(f"INSERT INTO enterprises_scan ({COLUMNS}) SELECT {COLUMNS} FROM enterprises_scan_before")
    schema_editor.execute("DROP TABLE enterprises_scan_before")


class Migration(migrations.Migration):

    dependencies = [
        ('enterprises', '0007_inspections'),
    ]

    operations = [
        migrations.RunPython(in_months, in_one),
    ]
