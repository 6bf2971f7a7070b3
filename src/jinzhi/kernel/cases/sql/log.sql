-- The log beside the engine's own writing: events of acts that move nothing continue the chain of their case without raising its version.

create function event_line(case_id bigint, seq integer, at timestamptz, actor bigint, post bigint, org text, action text, lane text, request text, body text)
returns bytea language sql stable parallel safe as $$
  select convert_to(case_id || '|' || seq || '|' || (extract(epoch from at) * 1000000)::bigint || '|' || actor || '|' || post || '|' || org || '|' || action
    || '|' || lane || '|' || request || '|' || body, 'UTF8')
$$;

create function append_events(doc jsonb) returns table ("case" bigint, seq integer) language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare item record; digest bytea; n integer; ids bigint[]; me bigint := (need_sight())[3];
begin
  if exists (select 1 from jsonb_array_elements(doc) x where left(x->>'action', 1) <> '~') then
    raise exception 'only built-in acts are appended; what moves a case goes through write_cases' using errcode = '42501';
  end if;
  ids := array(select distinct (x->>'case')::bigint from jsonb_array_elements(doc) x);
  perform 1 from case_ c where c.id = any (ids) order by c.id for update;
  perform need_cases(ids);
  if me <> 0 and exists (select 1 from jsonb_array_elements(doc) x where (x->>'actor')::bigint <> me) then
    raise exception 'an event in the name of somebody else' using errcode = '42501';
  end if;
  for item in
    select x.ord, y.* from jsonb_array_elements(doc) with ordinality as x(value, ord),
      jsonb_to_record(x.value) as y("case" bigint, at timestamptz, actor bigint, post bigint, org text, action text, lane text, request text, body text)
    order by x.ord
  loop
    select c.head, c.seq + 1 into digest, n from case_ c where c.id = item."case";
    if not found then
      raise exception 'case % does not exist', item."case" using errcode = '23503';
    end if;
    digest := sha256(digest || event_line(item."case", n, item.at, item.actor, item.post, item.org, item.action, item.lane, item.request, item.body));
    insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
    values (item."case", n, item.at, item.actor, item.post, item.org, item.action, item.lane, item.request, item.body, digest);
    update case_ c set seq = n, head = digest where c.id = item."case";
    "case" := item."case"; seq := n;
    return next;
  end loop;
end $$;

-- Events leave the table only together with their whole case, and only once its file is signed and known (archive). The application may not
-- delete at all; this holds the owner to it.
create function refuse_loss() returns trigger language plpgsql as $$
begin
  if exists (select 1 from gone g left join case_ c on c.id = g.case_id where c.archive_id is null)
     or exists (select 1 from event e where e.case_id in (select g.case_id from gone g)) then
    raise exception 'the event log is append-only' using errcode = '55000';
  end if;
  return null;
end $$;

-- A file of closed cases: signed, verified offline, and brought back only if it continues the head that stayed here.
create table archive (
  id integer generated always as identity primary key,
  name text collate "C" not null unique,
  cases integer not null,
  events bigint not null,
  digest text collate "C" not null,                      -- SHA-256 of the file, hexadecimal
  made_at timestamptz not null default now(),
  check (digest ~ '^[0-9a-f]{64}$')
);
alter table case_ add foreign key (archive_id) references archive;
create index case_archived on case_ (archive_id) where archive_id is not null;

-- The daily root: one signed statement over the heads of all chains that grew since the root before.
create table log_root (
  no integer primary key,
  day date not null unique,
  epoch smallint not null,                               -- everything up to this position of the log is covered
  xid xid8 not null,
  pos bigint not null,
  cases integer not null,
  events bigint not null,
  statement text not null,                               -- canonical JSON: the very bytes that are signed
  signature text not null,
  certificate text not null,
  made_at timestamptz not null default now()
);
create table log_root_block (                            -- its leaves: case (8 bytes), number of its last event (4), its hash (32), by case
  root integer not null references log_root,
  no integer not null,
  leaves bytea not null,
  primary key (root, no)
);

create function keep_root(doc jsonb, blocks bytea[]) returns void language plpgsql security definer set search_path = public as $$
begin
  perform need_platform();
  insert into log_root (no, day, epoch, xid, pos, cases, events, statement, signature, certificate)
  select no, day, epoch, xid::xid8, pos, cases, events, statement, signature, certificate
  from jsonb_to_record(doc) as x(no integer, day date, epoch smallint, xid text, pos bigint, cases integer, events bigint, statement text,
    signature text, certificate text);
  insert into log_root_block (root, no, leaves)
  select (doc->>'no')::integer, b.ord, b.leaves from unnest(blocks) with ordinality as b(leaves, ord);
end $$;

-- Answers kept for a repeated request; nobody repeats one after so long.
create function forget_requests(before timestamptz) returns bigint language plpgsql security definer set search_path = public as $$
declare n bigint;
begin
  perform need_platform();
  delete from request where at < before;
  get diagnostics n = row_count;
  return n;
end $$;
