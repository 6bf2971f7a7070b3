-- Contents of sealed fields (密): facts and events hold only a salted digest of them. No role of the application reads this table; unseal()
-- shows a row to the platform itself, to the parties it names, and to who holds one of its roles over the owner or a holder of the case.
create table sealed_fact (
  case_id bigint not null references case_,
  digest text collate "C" not null,                      -- SHA-256 of salt and value, as it stands in facts and events
  field text collate "C" not null,
  salt bytea not null,
  value text not null,                                   -- canonical JSON: the very bytes that are hashed
  seen_by text[] not null,
  parties bigint[] not null,
  at timestamptz not null,
  primary key (case_id, digest),
  check (digest = encode(sha256(salt || convert_to(value, 'UTF8')), 'hex'))
);

create function unseal(ids bigint[], on_day date) returns table (case_id bigint, digest text, field text, value text)
language plpgsql stable security definer set search_path = public set enable_seqscan = off as $$
#variable_conflict use_column
declare s text[] := need_sight(); everything boolean := s[3] = '0'; me bigint[] := array[s[3]::bigint]; mine bigint[] := s[7];
begin
  return query
  select f.case_id, f.digest, f.field, f.value from sealed_fact f
  where f.case_id = any(ids) and (everything or f.parties && mine or exists (
    select 1 from orgs_post p join orgs_org o on o.id = p.org_id join case_ c on c.id = f.case_id
    where p.person_id = any(me) and p.role = any(f.seen_by) and p.process in ('', c.process)
      and p.valid_from <= on_day and (p.valid_to is null or p.valid_to >= on_day)
      and (starts_with(c.org_path, o.path) or exists (select 1 from lane l where l.case_id = c.id and starts_with(l.holder, o.path)))));
end $$;

-- Seals that do not hold any more: a row whose content is not what its digest says (the check above refuses one; this finds one forced in).
create function broken_seals() returns table (case_id bigint, digest text) language sql stable security definer set search_path = public as $$
  select need_platform();
  select case_id, digest from sealed_fact where digest <> encode(sha256(salt || convert_to(value, 'UTF8')), 'hex')
$$;
