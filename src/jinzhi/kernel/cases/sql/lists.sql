-- What people keep of their lists: named views, columns chosen, the list they begin with; and what became of a bulk act, row by row.

create table list_view (
  id bigint generated always as identity primary key,
  owner bigint not null,
  list text collate "C" not null,
  name text not null check (length(name) between 1 and 60),
  query text not null default '' check (length(query) <= 2000), -- conditions as in an address; read again each time, so it can widen nothing
  columns text[] not null default '{}',
  org_path text collate "C" not null default '',         -- shared with this subtree; empty: the owner's own
  role text collate "C" not null default '',             -- and this role there; empty: all of it
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index list_view_owner on list_view (owner);
create index list_view_shared on list_view (org_path) where org_path <> '';

create table list_choice (
  person bigint not null,
  list text collate "C" not null,
  columns text[] not null default '{}',
  view_id bigint references list_view on delete set null, -- what a bare address shows
  primary key (person, list)
);
create index list_choice_view on list_choice (view_id) where view_id is not null;

create table bulk_run (
  id uuid primary key,
  person bigint not null,
  at timestamptz not null default now(),
  body jsonb not null
);
create index bulk_run_person on bulk_run (person, at);

create function save_view(who bigint, doc jsonb) returns bigint language plpgsql security definer set search_path = public as $$
declare kept bigint;
begin
  perform need_person(who);
  if doc->>'id' is not null then
    update list_view set name = doc->>'name', query = doc->>'query', columns = array(select jsonb_array_elements_text(doc->'columns')),
      org_path = doc->>'org', role = doc->>'role', updated_at = now()
    where id = (doc->>'id')::bigint and owner = who returning id into kept;
  else
    insert into list_view (owner, list, name, query, columns, org_path, role)
    values (who, doc->>'list', doc->>'name', doc->>'query', array(select jsonb_array_elements_text(doc->'columns')), doc->>'org', doc->>'role')
    returning id into kept;
  end if;
  return kept;
end $$;
create function drop_view(who bigint, view bigint) returns boolean language sql security definer set search_path = public as $$
  select need_person(who);
  with gone as (delete from list_view where id = view and owner = who returning 1) select exists (select 1 from gone)
$$;
create function choose_columns(who bigint, of_list text, chosen text[]) returns void language sql security definer set search_path = public as $$
  select need_person(who);
  insert into list_choice (person, list, columns) values (who, of_list, chosen)
  on conflict (person, list) do update set columns = excluded.columns
$$;
create function choose_view(who bigint, of_list text, view bigint) returns void language sql security definer set search_path = public as $$
  select need_person(who);
  insert into list_choice (person, list, view_id) values (who, of_list, view)
  on conflict (person, list) do update set view_id = excluded.view_id
$$;
create function keep_bulk_run(run uuid, who bigint, doc jsonb) returns void language sql security definer set search_path = public as $$
  select need_person(who);
  delete from bulk_run where person = who and at < now() - interval '7 days';
  insert into bulk_run (id, person, body) values (run, who, doc)
  on conflict (id) do update set body = excluded.body where bulk_run.person = who
$$;

-- The visible cases that a word or a party names; null where more than ``most`` are named, or the word is not expected to be rare.
create function cases_named(q tsquery, of_party bigint, open_only boolean, most integer, rare integer) returns bigint[]
language plpgsql security definer set search_path = public as $$
declare plan json; ids bigint[];
begin
  perform need_sight();
  if of_party is null then
    execute format('explain (format json) select 1 from case_row where words @@ %L::tsquery', q) into plan;
    if (plan->0->'Plan'->>'Plan Rows')::numeric > rare then return null; end if;
  end if;
  execute 'select array(select r.case_id from case_row r where true'
    || case when of_party is not null then ' and r.party_id = $2' else '' end || case when q is not null then ' and r.words @@ $1' else '' end
    || case when open_only then ' and r.phase = 1' else '' end || ' limit $3)' into ids using q, of_party, most + 1;
  return case when cardinality(ids) <= most then coalesce(visible_cases(ids), '{}') end;
end $$;
