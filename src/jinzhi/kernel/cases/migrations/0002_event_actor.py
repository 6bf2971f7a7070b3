"""What a person did, newest first, without reading the whole log; the platform's own acts (actor 0) are not indexed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "create index event_actor on event (actor, at desc, case_id desc, seq desc) include (action) where actor > 0",
            "drop index event_actor",
        ),
    ]
