-- Who sees which row; the functions are in security.sql.

-- The cheap comparisons stand first, on columns that the indexes of queues carry; the case itself is asked last. Each sub-select is read
-- once a statement, and only when a row comes as far.
alter table case_ enable row level security;
create policy sight on case_ using ((secrecy < 3 or (select sight_cleared())) and (
  org_path like any ((select sight_paths())::text[]) or party_id = any ((select sight_parties())::bigint[]) or sight && (select sight_tokens())::text[]
  or held_by(id, (select sight_people()))));

alter table case_row enable row level security;
create policy sight on case_row using ((secrecy < 3 or (select sight_cleared())) and (
  org_path like any ((select sight_paths())::text[]) or party_id = any ((select sight_parties())::bigint[])
  or exists (select 1 from case_ c where c.id = case_row.case_id)));

alter table duty enable row level security;
create policy sight on duty using ((secrecy < 3 or (select sight_cleared())) and (
  org_path like any ((select sight_paths())::text[]) or assignee = any ((select sight_people())::bigint[]) or party_id = any ((select sight_parties())::bigint[])
  or exists (select 1 from case_ c where c.id = duty.case_id)));

alter table request enable row level security;
create policy sight on request using (actor = (select sight_person()));

-- Any table whose rows hang on a case: seen with it. ``party`` and ``person`` name columns of those who see a row for themselves.
create function protect(of_table text, case_column text, party text default null, person text default null) returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', of_table);
  execute format('drop policy if exists sight on %I', of_table);
  execute format('create policy sight on %1$I using ((select sight_all()) or exists (select 1 from case_ c where c.id = %1$I.%2$I)%3$s%4$s'
      || ' or case_unborn(%1$I.%2$I))', of_table, case_column,
    case when party is not null then format(' or %I = any ((select sight_parties())::bigint[])', party) end,
    case when person is not null then format(' or %I = (select sight_person())', person) end);
end $$;

-- Called after every migration (grants): a table with a case in it and no policy is seen with the case. Nobody has to remember.
create function protect_the_rest() returns setof text language plpgsql as $$
declare found_table text;
begin
  for found_table in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'case_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity order by 1
  loop
    perform protect(found_table, 'case_id');
    return next found_table;
  end loop;
end $$;
select protect('watch', 'case_id', null, 'person');
select * from protect_the_rest();
alter table log_root_block enable row level security;
create policy sight on log_root_block using ((select sight_all()));

-- What people keep for themselves.
alter table list_choice enable row level security;
create policy sight on list_choice using ((select sight_all()) or person = (select sight_person()));
alter table bulk_run enable row level security;
create policy sight on bulk_run using ((select sight_all()) or person = (select sight_person()));
alter table list_view enable row level security;
create policy sight on list_view using ((select sight_all()) or owner = (select sight_person())
  or org_path <> '' and exists (select 1 from unnest((select sight_tokens())::text[]) t where starts_with(t, org_path)));
