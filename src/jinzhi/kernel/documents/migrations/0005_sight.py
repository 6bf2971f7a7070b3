"""What hangs on a case is seen with the case; what somebody sent in, by that person and the people of the party it was sent for."""

from django.db import migrations

FORWARD = """
select protect('documents_document', 'case_id');
alter table documents_print enable row level security;
create policy sight on documents_print using (exists (select 1 from documents_document d where d.id = document_id));
alter table documents_upload enable row level security;
create policy sight on documents_upload using ((select sight_all()) or person_id = (select sight_person())
  or party_id = any ((select sight_parties())::bigint[]));
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_service"), ("cases", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
