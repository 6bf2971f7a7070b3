-- People at work on cases: who holds a duty, who watches, who has the page open. Each act here locks the case before its duties, as the engine
-- does, so that the two never wait for each other in a circle.

create table watch (
  person bigint not null,
  case_id bigint not null references case_,
  since timestamptz not null,
  primary key (case_id, person)
);
create index watch_person on watch (person, since desc, case_id);

-- Who has a case's page open: true for a minute, worth nothing after a crash.
create unlogged table presence (
  case_id bigint not null,
  person bigint not null,
  seen_at timestamptz not null,
  primary key (case_id, person)
);

-- The first of these free duties, in the order given, whose case nobody else is at: taken for this person, the case locked.
create function take_duty(ids bigint[], who bigint) returns table (duty_id bigint, case_id bigint, slot text, role text, org text)
language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare found_id bigint; seen bigint[] := visible_cases(array(select d.case_id from duty d where d.id = any (ids)));
begin
  perform need_person(who);
  loop
    found_id := null;
    select d.id into found_id
    from unnest(ids) with ordinality as x(id, n) join duty d on d.id = x.id join case_ c on c.id = d.case_id
    where d.closed_at is null and d.assignee is null and d.party_id is null and c.id = any (seen)
    order by x.n limit 1 for update of c skip locked;
    exit when found_id is null;
    -- The case is ours; whether the duty is still free is asked again: somebody may have been quicker before the lock.
    return query update duty d set assignee = who where d.id = found_id and d.closed_at is null and d.assignee is null
      returning d.id, d.case_id, d.slot, d.role, d.org_path;
    exit when found;
  end loop;
end $$;

-- Lock the cases of these duties in id order and give what must be known to hand the duties from one person to another.
create function lock_duties(ids bigint[]) returns text language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare answer text; seen bigint[] := visible_cases(array(select d.case_id from duty d where d.id = any (ids)));
begin
  perform 1 from case_ c where c.id = any (seen) order by c.id for update;
  select coalesce(json_agg(json_build_object('id', d.id, 'case', d.case_id, 'slot', d.slot, 'role', d.role, 'org', d.org_path, 'state', d.state,
      'assignee', d.assignee, 'party', d.party_id, 'open', d.closed_at is null, 'pv', c.process_version, 'number', c.number, 'owner', c.org_path,
      'holder', l.holder, 'pending', l.pending, 'child', c.parent_id is not null,
      'of', c.party_id, 'sight', c.sight, 'recused', recused_in(c.id), 'secrecy', c.secrecy) order by d.due, d.case_id), '[]')::text into answer
  from duty d join case_ c on c.id = d.case_id
  left join lane l on l.case_id = d.case_id and l.track = split_part(d.slot, '.', 1) and l.no = split_part(d.slot, '.', 2)::smallint
  where d.id = any(ids) and d.case_id = any (seen);
  return answer;
end $$;

-- Give locked duties to their new holders. A duty that is one person's by the process (slot track.lane.person) takes the new person's place.
create function give_duties(doc jsonb) returns void language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform need_cases(array(select d.case_id from jsonb_to_recordset(doc) as x(id bigint) join duty d on d.id = x.id
    union select "case" from jsonb_to_recordset(doc) as x("case" bigint)));
  update duty d set assignee = x."to", slot = coalesce(x.slot, d.slot)
  from jsonb_to_recordset(doc) as x(id bigint, "to" bigint, slot text)
  where d.id = x.id and d.closed_at is null;
  update lane l set assignees = y.people
  from (
    select k.case_id, k.track, k.no, array_agg(coalesce(x."to", a.person) order by a.n) as people
    from (select distinct d.case_id, split_part(d.slot, '.', 1) as track, split_part(d.slot, '.', 2)::smallint as no
          from jsonb_to_recordset(doc) as x(id bigint, slot text) join duty d on d.id = x.id where x.slot is not null) k
    join lane m on m.case_id = k.case_id and m.track = k.track and m.no = k.no
    cross join unnest(m.assignees) with ordinality as a(person, n)
    left join jsonb_to_recordset(doc) as x("case" bigint, track text, no smallint, "from" bigint, "to" bigint, slot text)
      on x.slot is not null and x."case" = k.case_id and x.track = k.track and x.no = k.no and x."from" = a.person
    group by k.case_id, k.track, k.no
  ) y
  where l.case_id = y.case_id and l.track = y.track and l.no = y.no;
end $$;

create function set_watch(who bigint, cases bigint[], at timestamptz, wanted boolean) returns integer language plpgsql security definer
set search_path = public as $$
declare n integer;
begin
  perform need_person(who), need_cases(cases);
  if wanted then
    insert into watch (person, case_id, since) select who, c, at from unnest(cases) c on conflict do nothing;
  else
    delete from watch where person = who and case_id = any(cases);
  end if;
  get diagnostics n = row_count;
  return n;
end $$;

-- Somebody has the page open; gives who else has had it in the last 70 seconds. The clock is the machine's: it counts seconds, not deadlines.
create function beat(of_case bigint, who bigint) returns bigint[] language sql volatile security definer set search_path = public as $$
  select need_person(who), need_cases(array[of_case]);
  insert into presence as p (case_id, person, seen_at) values (of_case, who, now()) on conflict (case_id, person) do update set seen_at = now();
  select coalesce(array_agg(person order by person), '{}') from presence
  where case_id = of_case and person <> who and seen_at > now() - interval '70 seconds'
$$;
create function forget_presence() returns void language sql security definer set search_path = public as $$
  select need_platform();
  delete from presence where seen_at < now() - interval '5 minutes'
$$;

-- What a person holds, in numbers: for who hands it over without being allowed to look into the cases.
create function holdings(who bigint) returns table (process text, role text, org text, own boolean, n bigint, oldest timestamptz)
language sql stable security definer set search_path = public as $$
  select need_platform();
  select d.process, d.role, d.org_path, d.slot like '%.%.%', count(*), min(d.due) from duty d
  where d.assignee = who and d.closed_at is null group by 1, 2, 3, 4 order by 1, 2, 3, 4
$$;
create function held_duties(who bigint, of_role text, of_org text, of_process text, after bigint, wanted integer) returns setof bigint
language sql stable security definer set search_path = public as $$
  select need_platform();
  select d.id from duty d
  where d.assignee = who and d.closed_at is null and (of_role = '' or d.role = of_role) and (of_org = '' or d.org_path = of_org)
    and (of_process = '' or d.process = of_process) and d.id > after
  order by d.id limit wanted
$$;
create function watched(who bigint) returns bigint language sql stable security definer set search_path = public as $$
  select need_platform();
  select count(*) from watch where person = who
$$;
create function move_watches(who bigint, successor bigint, at timestamptz) returns integer language plpgsql security definer set search_path = public as $$
declare n integer;
begin
  perform need_platform();
  if successor is not null then
    insert into watch (person, case_id, since) select successor, w.case_id, at from watch w where w.person = who on conflict do nothing;
  end if;
  delete from watch where person = who;
  get diagnostics n = row_count;
  return n;
end $$;
