"""What was changed in an adopted plan, and why; a closed plan is called "over"."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0005_versions_of_lists")]
    operations = [
        migrations.CreateModel(
            name="PlanChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_on", models.DateField(default=django.utils.timezone.localdate)),
                ("changes", models.JSONField(blank=True, default=dict)),
                ("reason", models.TextField(max_length=2000)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="products.plan"
                    ),
                ),
            ],
            options={"ordering": ["-pk"]},
        ),
        migrations.AlterField(
            model_name="plan",
            name="state",
            field=models.CharField(
                choices=[("draft", "draft"), ("adopted", "adopted"), ("closed", "over")], default="draft", max_length=8
            ),
        ),
    ]
