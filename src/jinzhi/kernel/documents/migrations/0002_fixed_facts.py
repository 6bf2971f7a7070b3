"""What was issued cannot be changed, and nothing is deleted: held by the database, whoever writes."""

from django.db import migrations

FORWARD = """
-- Files are compressed already: leave them as they are and read parts of them without unpacking.
alter table documents_blob alter column bytes set storage external;
-- Content is a few kilobytes a document and written in bulk: unpacked it takes twice the room and half the time to write.
alter table documents_document alter column content set storage external;

create function documents_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% on % is refused: what was issued or recorded stays', tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger document_facts_fixed before update on documents_document for each row
when (old.digest <> new.digest or old.number <> new.number or old.version <> new.version or old.copy <> new.copy
      or old.kind <> new.kind or old.case_id <> new.case_id or old.content is distinct from new.content
      or old.title_zh <> new.title_zh or old.title_en <> new.title_en
      or old.org_code <> new.org_code or old.org_name_zh <> new.org_name_zh or old.org_name_en <> new.org_name_en
      or old.issued_at <> new.issued_at or old.issued_by <> new.issued_by or old.signatories is distinct from new.signatories
      or old.valid_until is distinct from new.valid_until or old.supersedes_id is distinct from new.supersedes_id
      or (old.pdf_id is not null and old.pdf_id is distinct from new.pdf_id)
      or (old.state <> 'valid' and old.state <> new.state))
execute function documents_refuse();

create trigger document_stays before delete on documents_document for each row execute function documents_refuse();
create trigger blob_fixed before update on documents_blob for each row execute function documents_refuse();
create trigger check_stays before update or delete on documents_verificationlog for each row execute function documents_refuse();
create trigger print_stays before update or delete on documents_print for each row execute function documents_refuse();
"""

BACKWARD = """
drop trigger print_stays on documents_print;
drop trigger check_stays on documents_verificationlog;
drop trigger blob_fixed on documents_blob;
drop trigger document_stays on documents_document;
drop trigger document_facts_fixed on documents_document;
drop function documents_refuse();
alter table documents_document alter column content set storage extended;
alter table documents_blob alter column bytes set storage extended;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
