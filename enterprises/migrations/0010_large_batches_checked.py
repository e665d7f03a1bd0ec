from django.db import migrations

from gi_registry.safe_operations import ValidateCheck


class Migration(migrations.Migration):

    dependencies = [
        ('enterprises', '0009_large_batches'),
    ]

    operations = [
        ValidateCheck('labelbatch', 'batch_proposed_by_somebody'),
        ValidateCheck('season', 'season_within_certified_output'),
    ]
