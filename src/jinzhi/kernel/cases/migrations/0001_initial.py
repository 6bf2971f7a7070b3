"""The kernel's tables, triggers and functions, as plain SQL: they are the design, not a by-product of models."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("codes", "0001_initial")]
    operations = [
        *(migrations.RunSQL((SQL / f"{name}.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop) for name in (
            "tables", "security", "log", "functions", "people", "acting", "sealed", "clocks", "lists", "policies",
        )),
    ]
