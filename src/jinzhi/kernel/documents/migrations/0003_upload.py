"""Who sent bytes in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_fixed_facts")]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField()),
                ("party_id", models.BigIntegerField(help_text="the party it was sent for; empty: an officer's own", null=True)),
                ("at", models.DateTimeField()),
                ("blob", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.blob")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("blob", "person_id", "party_id"), name="upload_once", nulls_distinct=False)],
            },
        ),
    ]
