"""Only words: an accepted yearly report is told apart from an accepted application."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0005_use_reports")]

    operations = [
        migrations.AlterField(
            model_name="usereport",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("submitted", "submitted; waiting for the office"),
                    ("returned", "returned to be corrected"),
                    ("accepted", "accepted by the office"),
                    ("replaced", "replaced by a newer version"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
    ]
