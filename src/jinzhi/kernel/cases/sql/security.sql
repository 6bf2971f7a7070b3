-- Who sees what, held by the database itself (行级安全): a filter somebody forgot, or a statement somebody injected, shows nothing of
-- another bureau. The application says who asks in the setting jinzhi.sight; anybody who reaches the connection can write that setting, so
-- it carries a MAC made with a key that only the application's processes and the table sight_key (the owner's alone) know.
--
-- The setting: 64 hexadecimal digits of HMAC-SHA256, a bar, and the fields
--   1 backend process · 2 good until (Unix seconds) · 3 person (0 the platform) · 4 cleared (1: may see work secrets)
--   5 patterns of organisation paths · 6 what case_.sight may overlap · 7 parties · 8 the person and the absent ones whose duties it does today
-- It is bound to one connection and to minutes: what one session shows (pg_stat_activity) is of no use to another.

create table sight_key (
  id smallint primary key default 1 check (id = 1),
  inner_key bytea not null,                              -- the key of 64 bytes xor 0x36…, and xor 0x5c… (RFC 2104)
  outer_key bytea not null
);

-- The fields if the setting is sound, else null. Not parallel safe: a worker is another backend.
create function read_sight(given text) returns text[] language plpgsql stable security definer parallel restricted set search_path = public as $$
declare
  field text[];
  sound boolean;
begin
  if given is null or given = '' then
    -- The owner of the tables, signed in as such (migrations, management), is past every policy; its calls are the platform's.
    if session_user = current_user then return array['', '', '0', '1', '{%}', '{}', '{}', '{}']; end if;
    return null;
  end if;
  select left(given, 64) = encode(sha256(k.outer_key || sha256(k.inner_key || convert_to(substr(given, 66), 'UTF8'))), 'hex') into sound from sight_key k;
  if sound is distinct from true then return null; end if;
  field := string_to_array(substr(given, 66), '|');
  if field[1]::integer <> pg_backend_pid() or field[2]::bigint < extract(epoch from clock_timestamp()) then return null; end if;
  return field;
end $$;

create function sight() returns text[] language sql stable parallel restricted as $$ select read_sight(current_setting('jinzhi.sight', true)) $$;
create function sight_person() returns bigint language sql stable parallel restricted as $$ select (sight())[3]::bigint $$;
create function sight_cleared() returns boolean language sql stable parallel restricted as $$ select (sight())[4] = '1' $$;
create function sight_paths() returns text[] language sql stable parallel restricted as $$ select (sight())[5]::text[] $$;
create function sight_tokens() returns text[] language sql stable parallel restricted as $$ select (sight())[6]::text[] $$;
create function sight_parties() returns bigint[] language sql stable parallel restricted as $$ select (sight())[7]::bigint[] $$;
create function sight_people() returns bigint[] language sql stable parallel restricted as $$ select (sight())[8]::bigint[] $$;
create function sight_all() returns boolean language sql stable parallel restricted as $$ select (sight())[3] = '0' $$;

-- Whether one of these persons holds an open duty of the case: who holds one sees the case, and so does a stand-in.
create function held_by(of_case bigint, people bigint[]) returns boolean language plpgsql stable security definer set search_path = public as $$
begin
  return exists (select 1 from duty d where d.case_id = of_case and d.closed_at is null and d.assignee = any (people));
end $$;

-- For functions that run as the owner, whom no policy holds: which of these cases the sight covers.
create function visible_cases(ids bigint[]) returns bigint[] language plpgsql stable security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  s text[] := sight();
  paths text[] := s[5];
  tokens text[] := s[6];
  parties bigint[] := s[7];
  people bigint[] := s[8];
begin
  return (select array_agg(c.id) from case_ c where c.id = any(ids) and (c.secrecy < 3 or s[4] = '1')
    and (c.org_path like any (paths) or c.party_id = any (parties) or c.sight && tokens or held_by(c.id, people)));
end $$;

-- Refuse what an act of writing has no sight for; gives its fields.
create function need_sight(asks text default current_setting('jinzhi.sight', true)) returns text[] language plpgsql stable as $$
declare s text[] := read_sight(asks);
begin
  if s is null then
    raise exception 'nobody asks: the setting jinzhi.sight is missing, expired or forged' using errcode = '42501',
      hint = 'Run the statement within jinzhi.kernel.orgs.sight.sight(actor).';
  end if;
  return s;
end $$;
create function need_platform() returns void language plpgsql stable as $$
begin
  if (need_sight())[3] <> '0' then
    raise exception 'only the platform itself does this' using errcode = '42501';
  end if;
end $$;

create function need_person(who bigint) returns void language plpgsql stable as $$
begin
  if (need_sight())[3] not in (who::text, '0') then
    raise exception 'in the name of somebody else' using errcode = '42501';
  end if;
end $$;
create function need_cases(ids bigint[]) returns void language plpgsql stable as $$
declare missing bigint;
begin
  perform need_sight();
  select i into missing from unnest(ids) i where i <> all (coalesce(visible_cases(ids), '{}')) limit 1;
  if missing is not null then
    raise exception 'case % does not exist', missing using errcode = '23503';  -- out of sight is absent
  end if;
end $$;

create function need_no_others(ids bigint[]) returns void language plpgsql stable security definer set search_path = public as $$
begin
  perform need_cases(array(select id from case_ where id = any (ids)));  -- a case being opened is in nobody's sight yet
end $$;

-- A case that is being opened in this transaction stands in case_ at the very end; rows of modules that hang on it come before.
create function case_unborn(wanted bigint) returns boolean language plpgsql stable security definer set search_path = public as $$
begin
  return sight() is not null and not exists (select 1 from case_ where id = wanted);
end $$;

-- Nobody writes in another's name, to a case that is neither opened nor moved in the same call, or to a row of another case's.
create function check_written(doc jsonb, me bigint) returns void language plpgsql stable as $$
declare own bigint[];
begin
  if jsonb_path_exists(doc, '$.events[*].actor ? (@ != 0 && @ != $me)', jsonb_build_object('me', me)) then
    raise exception 'an event in the name of somebody else' using errcode = '42501';
  end if;
  own := array(select v::bigint from jsonb_path_query(doc, '$.opened[*].id') v union all select v::bigint from jsonb_path_query(doc, '$.moved[*].id') v);
  if exists (
    select 1 from (
      select v::bigint from jsonb_path_query(doc, '$.*[*]."case"') v
      union select v::bigint from jsonb_path_query(doc, '$.rows[*].id') v
      union select d.case_id from duty d where d.id in (select v::bigint from jsonb_path_query(doc, '$.closed_duties[*]') v
        union select v::bigint from jsonb_path_query(doc, '$.redue[*].id') v)
      union select k.case_id from clock k where k.id in (select v::bigint from jsonb_path_query(doc, '$.stopped[*]') v
        union select v::bigint from jsonb_path_query(doc, '$.voided[*]') v union select v::bigint from jsonb_path_query(doc, '$.clocks[*].id') v
        union select v::bigint from jsonb_path_query(doc, '$.acted[*].id') v union select v::bigint from jsonb_path_query(doc, '$.redated[*].id') v)
      union select s.case_id from suspension s where s.id in (select v::bigint from jsonb_path_query(doc, '$.told[*].id') v
        union select v::bigint from jsonb_path_query(doc, '$.ended[*].id') v)) as written (id)
    where id <> all (own)) then
    raise exception 'rows of a case that is neither opened nor moved' using errcode = '42501';
  end if;
end $$;

-- How a case is kept: the case, its list row and its duties at once, so that no list shows what the case does not. Who may is asked before.
create function set_secrecy(of_case bigint, level smallint) returns void language plpgsql security definer set search_path = public as $$
begin
  perform need_platform();
  update case_ set secrecy = level where id = of_case;
  update case_row set secrecy = level where case_id = of_case;
  update duty set secrecy = level where case_id = of_case;
end $$;
