"""Products that a load had tied to names on lists become suggestions: only a review ties them."""

from django.db import migrations
from django.db.models import F


def to_suggestions(apps, schema_editor):
    entries = apps.get_model("products", "AgreementEntry").objects.filter(match_basis="same_name")
    entries.update(suggested=F("product"))
    entries.update(product=None, match_basis="")


def to_ties(apps, schema_editor):
    entries = apps.get_model("products", "AgreementEntry").objects.filter(suggested__isnull=False, product=None)
    entries.update(product=F("suggested"), match_basis="same_name")


class Migration(migrations.Migration):
    dependencies = [("products", "0007_protection_and_recognition")]

    operations = [migrations.RunPython(to_suggestions, to_ties)]
