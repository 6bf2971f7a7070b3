-- The only ways into the kernel's tables for the application, and what the database itself refuses.
-- Everything here finds rows by key. Planned while the tables are new, a session would keep a plan that reads them whole and slow down with
-- every case; so the functions that carry sets may use their indexes only.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the event log is append-only' using errcode = '55000';
end $$;
create trigger append_only before update or truncate on event for each statement execute function refuse_change();
create trigger kept after delete on event referencing old table as gone for each statement execute function refuse_loss();
create trigger append_only before update or delete or truncate on log_root for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on log_root_block for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on archive for each statement execute function refuse_change();
create trigger immutable before update or delete or truncate on process_version for each statement execute function refuse_change();

create function refuse_step() returns trigger language plpgsql as $$
begin
  raise exception 'case % changed without the next version (% after %)', old.id, new.version, old.version using errcode = '55000';
end $$;
create trigger step before update on case_ for each row when (
  -- an event beside the road (a claim, a note) may lengthen the chain; whatever else changes takes the next version
  new.version <> old.version + 1 and (new.version <> old.version or (new.state, new.phase, new.process_version, new.org_path, new.party_id, new.parent_id,
    new.number, new.facts, new.closed_at) is distinct from (old.state, old.phase, old.process_version, old.org_path, old.party_id, old.parent_id,
    old.number, old.facts, old.closed_at))) execute function refuse_step();

create function check_chain() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare bad record;
begin
  select a.case_id, a.seq into bad
  from added a left join event p on p.case_id = a.case_id and p.seq = a.seq - 1
  where a.hash is distinct from sha256(coalesce(p.hash, ''::bytea)
      || event_line(a.case_id, a.seq, a.at, a.actor, a.post, a.org, a.action, a.lane, a.request, a.body))
     or (a.seq > 1 and p.hash is null) or a.seq < 1
  limit 1;
  if found then
    raise exception 'event %.% does not continue its chain', bad.case_id, bad.seq using errcode = '55000';
  end if;
  return null;
end $$;
create trigger chain after insert on event referencing new table as added for each statement execute function check_chain();

-- Idempotency: who holds the key works; a repeat waits until that transaction ends, and finds the answer. Null: go ahead.
create function known_answer(who bigint, key uuid, s text[]) returns jsonb language plpgsql set search_path = public as $$
declare found_answer jsonb;
begin
  if who::text <> s[3] then
    raise exception 'a request is remembered for who asks' using errcode = '42501';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(key::text, who));
  select answer into found_answer from request where actor = who and request_id = key;  -- a statement of its own: it sees what the holder has committed
  return found_answer;
end $$;

-- Lock cases in id order and give everything the engine needs of them, in the order of standing.py's fields: one round trip for one case or a thousand,
-- one scan a table. Each list is a text of its own: put into one document they would be copied twice more. With a key already answered: that answer only.
-- ``asks`` is the sight, carried along; out of sight is absent.
-- Who has withdrawn from a case (回避), as its log says.
create function recused_in(of_case bigint) returns bigint[] language sql stable as $$
  select array(select (e.body::jsonb->>'person')::bigint from event e where e.case_id = of_case and e.action = '~recuse')
$$;
create function lock_cases(ids bigint[], who bigint, key uuid, asks text, out known text, out cases text, out case_rows text, out lanes text,
  out clocks text, out suspensions text, out duties text) language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare s text[] := read_sight(asks); s_paths text[] := s[5]; s_tokens text[] := s[6]; s_parties bigint[] := s[7]; s_people bigint[] := s[8];
begin
  if key is not null then
    known := known_answer(who, key, s);
    if known is not null then
      return;
    end if;
  end if;
  perform set_config('lock_timeout', '3s', true);
  -- What follows the lock reads as the owner, whom no policy holds.
  ids := (select array_agg(x.id) from (select c.id from case_ c where c.id = any(ids) and (c.secrecy < 3 or s[4] = '1') and
      (c.org_path like any (s_paths) or c.party_id = any (s_parties) or c.sight && s_tokens or held_by(c.id, s_people))
    order by c.id for update) x);
  select json_agg(json_build_array(c.id, c.process_version, c.org_path, c.state, c.version, c.facts, c.party_id, c.number, c.phase, c.seq,
      encode(c.head, 'base64'), c.opened_at, c.parent_id, c.parent_lane, c.parent_as, c.sight, c.secrecy,
      array_to_json(recused_in(c.id)))) into cases from case_ c where c.id = any(ids);
  select json_agg(json_build_array(r.title, r.party, r.amount::text, r.columns, r.due, r.case_id)) into case_rows from case_row r where r.case_id = any(ids);
  select json_agg(json_build_array(l.track, l.no, l.key, l.holder, l.state, l.since, l.way, l.facts, l.assignees, l.pending, l.case_id)) into lanes
  from lane l where l.case_id = any(ids);
  select json_agg(json_build_array(k.track, k.lane, k.name, k."limit", k.until, k.started_at, k.due, k.since, k.earliest, k.extended, k.acted_at, k.promised,
      k.promised_due, k.id, k.case_id)) into clocks from clock k where k.case_id = any(ids) and k.stopped_at is null;
  select json_agg(json_build_array(p.track, p.lane, p.reason, p.began_at, p.ended_at, p.clocks, p.told, p.id, p.case_id)) into suspensions
  from suspension p where p.case_id = any(ids);
  select json_agg(json_build_array(d.slot, d.role, d.assignee, d.due, d.id, d.case_id)) into duties
  from duty d where d.case_id = any(ids) and d.closed_at is null;
end $$;

-- Ids for n cases to be opened, or the answer already given for this key.
create function new_cases(n integer, who bigint, key uuid, asks text, out known text, out ids bigint[])
language plpgsql security definer set search_path = public as $$
declare s text[] := need_sight(asks);
begin
  if key is not null then
    known := known_answer(who, key, s);
  end if;
  if known is null then
    ids := array(select nextval('case__id_seq') from generate_series(1, n));
  end if;
end $$;

-- Take n numbers of each prefix; called last, because the counter row is the hot lock. Gives the last number before them.
create function take_numbers(prefixes text[], counts integer[]) returns table (prefix text, first bigint)
language sql security definer set search_path = public as $$
  select need_sight();
  insert into counter as k (prefix, last)
  select p, n from unnest(prefixes, counts) as u(p, n) order by p
  on conflict (prefix) do update set last = k.last + excluded.last
  returning k.prefix, k.last - (select n from unnest(prefixes, counts) as u(p, n) where p = k.prefix) + 1
$$;

-- Write the difference of any number of cases, one statement a table, and remember the answer to the request. What was read is found again by its own
-- id: joined by case and slot, a plan made while few duties were open would go through all that are.
-- ``asks`` is the sight of whoever wrote the document: the platform's own once the engine has asked everything; of anybody else it is proved row
-- by row (check_written), so that a call slipped into a page can only do what its reader could.
create function write_cases(doc jsonb, who bigint, request_key uuid, given jsonb, asks text) returns void language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare n integer; moment timestamptz := doc->>'at'; s text[] := need_sight(asks); s_paths text[] := s[5]; s_tokens text[] := s[6]; s_parties bigint[] := s[7]; s_people bigint[] := s[8];
begin
  if s[3] <> '0' then
    perform check_written(doc, s[3]::bigint);
  end if;
  if doc ? 'opened' then
    insert into case_ (id, number, process_version, process, state, phase, version, org_path, party_id, parent_id, parent_lane, parent_as, sight, facts, seq, head,
      opened_at, updated_at, closed_at, secrecy)
    select id, number, pv, process, state, phase, version, org, party, parent, plane, pas, sight, facts, seq, decode(head, 'hex'), moment, moment,
      case when phase = 2 then moment end, secrecy
    from jsonb_to_recordset(doc->'opened') as x(id bigint, number text, pv integer, process text, state text, phase smallint, version integer, org text,
      party bigint, parent bigint, plane text, pas text, sight text[], facts jsonb, seq integer, head text, secrecy smallint);
  end if;
  if doc ? 'moved' then
    update case_ c set number = coalesce(c.number, x.number), state = x.state, phase = x.phase, version = x.version, facts = x.facts,
      seq = x.seq, head = decode(x.head, 'hex'), updated_at = moment, closed_at = case when x.phase = 2 then coalesce(c.closed_at, moment) end, party_id = x.party,
      sight = coalesce(x.sight, c.sight), process_version = coalesce(x.pv, c.process_version)
    from jsonb_to_recordset(doc->'moved') as x(id bigint, number text, state text, phase smallint, version integer, facts jsonb, seq integer, head text,
      party bigint, sight text[], pv integer)
    where c.id = x.id and c.version = x.version - 1 and (c.secrecy < 3 or s[4] = '1') and
      (c.org_path like any (s_paths) or c.party_id = any (s_parties) or c.sight && s_tokens or held_by(c.id, s_people));
    get diagnostics n = row_count;
    if n <> jsonb_array_length(doc->'moved') then
      raise exception 'stale version' using errcode = '40001';
    end if;
  end if;
  if doc ? 'lanes' then
    insert into lane as l (case_id, track, no, key, holder, way, state, since, facts, assignees, pending)
    select "case", track, no, key, holder, way, state, since, facts, assignees, pending
    from jsonb_to_recordset(doc->'lanes') as x("case" bigint, track text, no smallint, key text, holder text, way text[], state text, since timestamptz,
      facts jsonb, assignees bigint[], pending jsonb)
    on conflict (case_id, track, no) do update set holder = excluded.holder, way = excluded.way, state = excluded.state, since = excluded.since,
      facts = excluded.facts, assignees = excluded.assignees, pending = excluded.pending;
  end if;
  if doc ? 'closed_duties' then
    update duty set closed_at = moment where id = any(array(select jsonb_array_elements_text(doc->'closed_duties')::bigint)) and closed_at is null;
  end if;
  if doc ? 'opened_duties' then
    insert into duty (case_id, slot, role, org_path, process, state, party_id, assignee, due, opened_at, secrecy)
    select "case", slot, role, org, process, state, party, assignee, due, moment, secrecy
    from jsonb_to_recordset(doc->'opened_duties') as x("case" bigint, slot text, role text, org text, process text, state text, party bigint,
      assignee bigint, due timestamptz, secrecy smallint);
  end if;
  if doc ? 'redue' then
    update duty d set due = x.due from jsonb_to_recordset(doc->'redue') as x(id bigint, due timestamptz) where d.id = x.id;
  end if;
  if doc ? 'clocks' then
    update clock k set due = x.due, provisional = x.provisional, promised_due = x.pdue, next_signal_at = x.signal
    from jsonb_to_recordset(doc->'clocks') as x(id bigint, due timestamptz, provisional boolean, pdue timestamptz, signal timestamptz) where k.id = x.id;
  end if;
  if doc ? 'stopped' then
    update clock set stopped_at = moment, next_signal_at = null
    where id = any(array(select jsonb_array_elements_text(doc->'stopped')::bigint)) and stopped_at is null;
  end if;
  if doc ? 'voided' then
    update clock set stopped_at = moment, next_signal_at = null, void = true
    where id = any(array(select jsonb_array_elements_text(doc->'voided')::bigint)) and stopped_at is null;
  end if;
  if doc ? 'started' then
    insert into clock (case_id, track, lane, name, round, binds, "limit", until, since, earliest, extended, acted_at, started_at, stopped_at, void, due,
      provisional, promised, promised_due, next_signal_at, has_then)
    select "case", track, lane, name, offs + coalesce((select max(round) from clock k where k.case_id = x."case" and k.track = x.track and k.lane = x.lane
      and k.name = x.name), 0), binds, "limit", until, since, earliest, extended, acted, started, stopped, void, due, provisional, promised, pdue, signal, has_then
    from jsonb_to_recordset(doc->'started') as x("case" bigint, track text, lane smallint, name text, offs smallint, binds text, "limit" text, until date,
      since date, earliest text, extended text[], acted timestamptz, started timestamptz, stopped timestamptz, void boolean, due timestamptz,
      provisional boolean, promised text, pdue timestamptz, signal timestamptz, has_then boolean);
  end if;
  if doc ? 'sealed' then
    insert into sealed_fact (case_id, digest, field, salt, value, seen_by, parties, at)
    select "case", digest, field, decode(salt, 'hex'), value, seen_by, parties, at
    from jsonb_to_recordset(doc->'sealed') as x("case" bigint, digest text, field text, salt text, value text, seen_by text[], parties bigint[], at timestamptz);
  end if;
  if doc ? 'acted' then
    update clock k set acted_at = x.acted from jsonb_to_recordset(doc->'acted') as x(id bigint, acted timestamptz) where k.id = x.id;
  end if;
  if doc ? 'redated' then
    update clock k set until = x.until, since = x.since, extended = x.extended
    from jsonb_to_recordset(doc->'redated') as x(id bigint, until date, since date, extended text[]) where k.id = x.id;
  end if;
  if doc ? 'extensions' then
    insert into extension (case_id, track, lane, name, by_time, action, actor, post, reason, seq, at)
    select "case", track, lane, name, by_time, action, actor, post, reason, seq, at
    from jsonb_to_recordset(doc->'extensions') as x("case" bigint, track text, lane smallint, name text, by_time text, action text, actor bigint, post bigint,
      reason text, seq integer, at timestamptz);
  end if;
  if doc ? 'told' then
    update suspension s set told = x.told, told_until = x.told_until from jsonb_to_recordset(doc->'told') as x(id bigint, told text, told_until date)
    where s.id = x.id;
  end if;
  if doc ? 'ended' then
    update suspension s set ended_at = moment, ended_by = x."by" from jsonb_to_recordset(doc->'ended') as x(id bigint, "by" bigint)
    where s.id = x.id and s.ended_at is null;
  end if;
  if doc ? 'began' then
    insert into suspension (case_id, track, lane, reason, basis, clocks, told, told_until, began_at, began_by, ended_at, ended_by)
    select "case", track, lane, reason, basis, clocks, told, told_until, at, "by", ended, ended_by
    from jsonb_to_recordset(doc->'began') as x("case" bigint, track text, lane smallint, reason text, basis text, clocks text[], told text, told_until date,
      at timestamptz, "by" bigint, ended timestamptz, ended_by bigint);
  end if;
  if doc ? 'rows' then
    insert into case_row as r (case_id, process, number, title, party, party_id, amount, columns, state, phase, org_path, due, opened_at, secrecy)
    select id, process, number, title, party, party_id, amount, columns, state, phase, org, due, at, secrecy
    from jsonb_to_recordset(doc->'rows') as x(id bigint, process text, number text, title text, party text, party_id bigint, amount numeric, columns jsonb,
      state text, phase smallint, org text, due timestamptz, at timestamptz, secrecy smallint)
    on conflict (case_id) do update set number = excluded.number, title = excluded.title, party = excluded.party, party_id = excluded.party_id,
      amount = excluded.amount, columns = excluded.columns, state = excluded.state, phase = excluded.phase, due = excluded.due;
  end if;
  if doc ? 'events' then
    insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
    select "case", seq, at, actor, post, org, action, lane, request, body, decode(hash, 'hex')
    from jsonb_to_recordset(doc->'events') as x("case" bigint, seq integer, at timestamptz, actor bigint, post bigint, org text, action text, lane text,
      request text, body text, hash text);
  end if;
  if request_key is not null then
    insert into request (actor, request_id, answer) values (who, request_key, given);
  end if;
end $$;

create function set_words(ids bigint[], texts text[]) returns void language sql security definer set search_path = public as $$
  select need_platform();
  update case_row r set words = array_to_tsvector(string_to_array(x.t, ' ')) from unnest(ids, texts) as x(i, t) where r.case_id = x.i
$$;
create function publish_process(p_code text, p_effective date, p_hash text, p_body jsonb) returns integer language plpgsql security definer set search_path = public as $$
declare found_id integer;
begin
  select id into found_id from process_version where hash = p_hash;
  if found_id is not null then return found_id; end if;
  perform need_platform();
  insert into process_version (code, effective, hash, body) values (p_code, p_effective, p_hash, p_body) returning id into found_id;
  return found_id;
end $$;
