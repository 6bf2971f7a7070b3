"""On whom documents are served."""

import django.db.models.deletion
from django.db import migrations, models

import jinzhi.kernel.orgs.models


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_upload")]

    operations = [
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party_id", models.BigIntegerField()),
                ("role", models.CharField(max_length=40)),
                ("way", models.CharField(blank=True, default="", max_length=12)),
                ("served_on", models.DateField(null=True)),
                (
                    "receipt",
                    jinzhi.kernel.orgs.models.CCharField(blank=True, default="", help_text="SHA-256 of the receipt's file (送达回证)", max_length=64),
                ),
                ("by", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(null=True)),
                (
                    "document",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="services", to="documents.document"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("document", "party_id"), name="service_once")],
            },
        ),
    ]
