"""Versions of files, their append-only log, and one holder for a registration number."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION enterprises_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'enterprises_enterpriseevent is append-only';
END $$;
CREATE TRIGGER enterprises_event_append_only BEFORE UPDATE OR DELETE ON enterprises_enterpriseevent
    FOR EACH ROW EXECUTE FUNCTION enterprises_log_is_append_only();
"""
APPEND_ONLY_BACK = "DROP TRIGGER enterprises_event_append_only ON enterprises_enterpriseevent; DROP FUNCTION enterprises_log_is_append_only();"


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_initial"), ("orgs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="enterprise",
            name="version",
            field=models.PositiveIntegerField(default=1, help_text="rises with each change: a change over somebody else's is refused"),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.UniqueConstraint(
                condition=models.Q(("registration_no", ""), _negated=True), fields=("registration_no",), name="enterprise_registration_once"
            ),
        ),
        migrations.CreateModel(
            name="EnterpriseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("by", models.BigIntegerField(help_text="person; 0 is the platform")),
                ("action", models.CharField(max_length=20)),
                ("data", models.JSONField(default=dict)),
                ("party", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orgs.party")),
            ],
            options={"indexes": [models.Index(fields=["party", "-id"], name="enterprise_event_party")]},
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
    ]
