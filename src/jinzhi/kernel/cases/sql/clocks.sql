-- Time in SQL: the twin of clocks.py for any set of clocks, what a changed calendar makes of them, and the signals of the clock job.

-- The authority's own limits (承诺时限), dated: for a clock, or for a stage (~review), of an organisation and all below it.
create table promise (
  id bigint generated always as identity primary key,
  process text collate "C" not null,
  target text collate "C" not null,
  org_path text collate "C" not null default '',
  "limit" text not null check ("limit" ~ '^[1-9][0-9]{0,3}(wd|d|m|y|h)$'),
  valid_from date not null,
  valid_to date,                                         -- the last day in force
  basis text not null default '',                        -- what says so: the service standard, the notice
  set_by bigint not null,
  set_at timestamptz not null,
  check (valid_to is null or valid_to >= valid_from),
  constraint promise_overlap exclude using gist (key_range(process || '|' || target || '|' || org_path) with &&, daterange(valid_from, valid_to, '[]') with &&)
);

-- When a limit warns, dated; empty names mean all. The row shipped is the published practice of provincial supervision and is to be confirmed.
create table threshold (
  id bigint generated always as identity primary key,
  process text collate "C" not null default '',
  target text collate "C" not null default '',
  org_path text collate "C" not null default '',
  share numeric not null check (share > 0 and share <= 1),
  days_left integer not null check (days_left between 0 and 60),
  valid_from date not null,
  valid_to date,
  to_confirm boolean not null default false,
  set_by bigint not null,
  set_at timestamptz not null,
  check (valid_to is null or valid_to >= valid_from),
  constraint threshold_overlap exclude using gist (key_range(process || '|' || target || '|' || org_path) with &&, daterange(valid_from, valid_to, '[]') with &&)
);
insert into threshold (share, days_left, valid_from, to_confirm, set_by, set_at) values (0.8, 1, '1990-01-01', true, 0, now());

-- What the clock job raised: each kind once a clock. Read it in the order of ids: one job writes at a time, so none appears behind another.
create table signal (
  id bigint generated always as identity primary key,
  clock_id bigint not null references clock on delete cascade,
  case_id bigint not null references case_ on delete cascade,
  kind text collate "C" not null,                        -- warn, yellow, red, remind:5wd
  level smallint not null check (level between 0 and 3), -- 0 reminder, 1 warn, 2 yellow, 3 red
  process text collate "C" not null,
  name text collate "C" not null,                        -- the clock
  org_path text collate "C" not null,                    -- who is answerable: the owner
  holder text collate "C" not null,                      -- where the lane lay when it was raised
  binds text collate "C" not null,
  due timestamptz,
  promised_due timestamptz,
  at timestamptz not null,                               -- from when it was due
  raised_at timestamptz not null,
  unique (clock_id, kind)
);
create index signal_case on signal (case_id);
create index signal_org on signal (org_path, id);

-- What a clock counts, one part after the other: the limit with all extensions of its unit, then those of other units. A limit that is a date
-- is the part 'until'; the first extension behind it takes the others of its unit.
create function clock_parts(lim text, extended text[]) returns text[] language sql immutable parallel safe as $$
  select case
    when extended = '{}' then array[lim]
    when lim = 'until' then array[lim] || clock_parts(extended[1], extended[2:])
    else array[(nullif(rtrim(lim, 'dhmwyuntil'), '')::int + coalesce(sum(rtrim(e, 'dhmwy')::int) filter (where u = ltrim(lim, '0123456789')), 0))
        || ltrim(lim, '0123456789')]
      || coalesce(array_agg(e order by o) filter (where u <> ltrim(lim, '0123456789')), '{}')
    end
  from (select e, o, ltrim(e, '0123456789') as u from unnest(extended) with ordinality as x(e, o)) y
$$;

-- When these clocks end, and whether the calendar behind it is not yet published. With ``promise`` the authority's own limit is counted (clocks
-- without one are left out). A clock that stands still has no end: due is null. Days: Σ of the working days in suspensions that begin before the
-- budget is used up (a window over the union of what stops the clock) is added to the ordinal of the start; the day with that ordinal is the end.
create function clock_dues(ids bigint[], promise boolean default false) returns table (id bigint, due timestamptz, provisional boolean)
language plpgsql stable set search_path = public set timezone = 'Asia/Shanghai' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
  a_id bigint[]; a_at timestamptz[]; a_days datemultirange[]; a_stops tstzmultirange[]; a_still boolean[]; a_prov boolean[];
  most integer; part integer := 1;
begin
  select array_agg(k.id), array_agg(coalesce(k.since::timestamp at time zone 'Asia/Shanghai', k.started_at)), array_agg(coalesce(s.days, '{}')),
    array_agg(coalesce(s.stops, '{}')), array_agg(coalesce(s.still, false) or (k.until is null and k."limit" = '')), array_agg(false),
    max(case when k.extended = '{}' then 1 else cardinality(clock_parts(case when k.until is not null and not promise then 'until'
      when promise then k.promised else k."limit" end, k.extended)) end)
  into a_id, a_at, a_days, a_stops, a_still, a_prov, most
  from clock k left join (
    select k.id,
      range_agg(daterange((s.began_at at time zone 'Asia/Shanghai')::date, (s.ended_at at time zone 'Asia/Shanghai')::date, '[]'))
        filter (where s.ended_at is not null) as days,
      range_agg(tstzrange(s.began_at, s.ended_at)) filter (where s.ended_at is not null) as stops,
      bool_or(s.ended_at is null) as still
    from clock k join suspension s on s.case_id = k.case_id and (s.track <> k.track or s.lane = k.lane)
      and (case when starts_with(k.name, '~') then '~' else k.name end) = any (s.clocks)
    where k.id = any (ids)
    group by k.id) s on s.id = k.id
  where k.id = any (ids) and (not promise or k.promised is not null);

  while part <= most loop
    with w as materialized (
      select u.i, u.id, u.at, (u.at at time zone 'Asia/Shanghai')::date as s, u.days, u.stops, u.prov, k.until,
        case when k.extended = '{}' and part > 1 then null
          when k.extended = '{}' then case when promise then k.promised when k.until is not null then 'until' else k."limit" end
          else (clock_parts(case when promise then k.promised when k.until is not null then 'until' else k."limit" end, k.extended))[part] end as lim
      from unnest(a_id, a_at, a_days, a_stops, a_prov) with ordinality as u(id, at, days, stops, prov, i) join clock k on k.id = u.id
    ), q as materialized (
      select i, id, at, s, days, stops, prov, x.unit,
        case x.unit when 'm' then (s + make_interval(months => x.n))::date - s when 'y' then (s + make_interval(years => x.n))::date - s
          when 'until' then until - s else x.n end as n
      from w cross join lateral (select ltrim(lim, '0123456789') as unit, nullif(rtrim(lim, 'dhmwyuntil'), '')::int as n) x
    ), span as (
      select q.i, q.n, case q.unit when 'wd' then a.ord - f.ord else lower(r) - 1 - q.s end as before,
        case q.unit when 'wd' then b.ord - a.ord else upper(r) - lower(r) end as len
      from q cross join lateral unnest(q.days * datemultirange(daterange(q.s, null, '()'))) as r
        left join cal f on f.day = q.s and q.unit = 'wd'
        left join cal a on a.day = lower(r) - 1 and q.unit = 'wd'
        left join cal b on b.day = upper(r) - 1 and q.unit = 'wd'
      where q.unit <> 'h' and q.days <> '{}'
    ), lost as (
      select i, sum(len) filter (where before - prior < n)::int as days
      from (select i, n, before, len, coalesce(sum(len) over (partition by i order by before, len rows between unbounded preceding and 1 preceding), 0) as prior
        from span) x
      group by i
    ), held as (
      select i, sum(len) filter (where before - prior < n * interval '1 hour') as time
      from (select i, n, before, len, coalesce(sum(len) over (partition by i order by before rows between unbounded preceding and 1 preceding),
          interval '0') as prior
        from (select q.i, q.n, lower(r) - q.at as before, upper(r) - lower(r) as len
          from q cross join lateral unnest(q.stops * tstzmultirange(tstzrange(q.at, null))) as r where q.unit = 'h' and q.stops <> '{}') y) x
      group by i
    ), e as (
      select q.i, q.id, q.at, q.unit, q.n, q.days, q.prov, q.s + q.n + coalesce(l.days, 0) as plain, f.ord + q.n + coalesce(l.days, 0) as ord, h.time
      from q left join lost l on l.i = q.i left join held h on h.i = q.i left join cal f on f.day = q.s and q.unit = 'wd'
    ), ended as (
      select e.*, case when unit = 'until' then plain
          when days @> t.day and unit <> 'wd' then (select c.day from cal c where c.day >= t.day and c.working and not days @> c.day order by c.day limit 1)
          else coalesce(t.day, case when unit <> 'wd' then plain + case extract(isodow from plain) when 6 then 2 when 7 then 1 else 0 end end) end as last
      from e left join cal p on p.day = e.plain and e.unit not in ('wd', 'h', 'until')
        left join cal t on t.working and t.ord = case when e.unit = 'wd' then e.ord else p.ord + (not p.working)::int end
    )
    select array_agg(d.id order by d.i),
      array_agg(case when d.unit is null then d.at when d.unit = 'h' then d.at + d.n * interval '1 hour' + coalesce(d.time, interval '0')
        else (d.last + time '23:59:59') at time zone 'Asia/Shanghai' end order by d.i),
      array_agg(case when d.unit is null then d.prov when d.unit = 'h' then false else coalesce(c.provisional, true) end order by d.i)
    into a_id, a_at, a_prov
    from ended d left join cal c on c.day = d.last;
    part := part + 1;
  end loop;
  return query select u.id, case when not u.still then u.at end, u.prov and not u.still
    from unnest(a_id, a_at, a_still, a_prov) as u(id, at, still, prov);
end $$;

-- What a case owes and by when, from its running clocks: each open duty at the earliest that binds its kind of person in its lane or the main
-- one, the list row at the earliest of the authority's. As standing.py settles it; only what differs is written.
create function redue_cases(ids bigint[], out duties integer, out rows integer) language plpgsql security definer set search_path = public
set plan_cache_mode = force_custom_plan as $$
begin
  perform need_platform();
  update duty d set due = x.due
  from (
    select d.id, coalesce(min(k.due), timestamptz '9999-12-31 00:00:00+08') as due
    from duty d join case_ c on c.id = d.case_id join process_version v on v.id = c.process_version
      left join clock k on k.case_id = d.case_id and k.stopped_at is null and k.due is not null
        and k.binds = case when coalesce(v.body->'role'->d.role->>'party', '') <> '' then 'party' else 'organ' end
        and ((k.track = 'main' and k.lane = 1) or (k.track = split_part(d.slot, '.', 1) and k.lane::text = split_part(d.slot, '.', 2)))
    where d.case_id = any (ids) and d.closed_at is null
    group by d.id) x
  where d.id = x.id and d.due is distinct from x.due;
  get diagnostics duties = row_count;
  update case_row r set due = x.due
  from (
    select r.case_id, coalesce(min(k.due), timestamptz '9999-12-31 00:00:00+08') as due
    from case_row r left join clock k on k.case_id = r.case_id and k.stopped_at is null and k.due is not null and k.binds = 'organ'
    where r.case_id = any (ids)
    group by r.case_id) x
  where r.case_id = x.case_id and r.due is distinct from x.due;
  get diagnostics rows = row_count;
end $$;

-- After the calendar changed in [first, last]: all open clocks that end on or after the first changed day, or the next `most` of them after
-- clock `after`; gives how many were looked at and changed, with duties and list rows, and the clock to go on after (null: all are done).
-- Cases whose clocks move are locked first, in id order, as every act does. Signals of what moved are planned anew by the clock job.
create function recompute_clocks(first date, last date, moment timestamptz, after bigint default 0, most integer default null,
  out looked integer, out clocks integer, out duties integer, out rows integer, out next bigint)
language plpgsql security definer set search_path = public set plan_cache_mode = force_custom_plan as $$
declare ids bigint[]; moved bigint[]; cases bigint[]; dawn timestamptz := first::timestamp at time zone 'Asia/Shanghai';
begin
  perform need_platform();
  select coalesce(array_agg(id), '{}') into ids
  from (select id from clock k where k.id > after and k.stopped_at is null and k.due >= dawn order by k.id limit most) x;
  looked := cardinality(ids); clocks := 0; duties := 0; rows := 0;
  next := case when most is not null and looked = most then ids[looked] end;
  select coalesce(array_agg(k.id), '{}'), coalesce(array_agg(distinct k.case_id), '{}') into moved, cases
  from clock k join clock_dues(ids) d on d.id = k.id left join clock_dues(ids, true) p on p.id = k.id
  where (k.due, k.provisional, k.promised_due) is distinct from (d.due, d.provisional, p.due);
  if moved <> '{}' then
    perform 1 from case_ c where c.id = any (cases) order by c.id for update;
    update clock k set due = d.due, provisional = d.provisional, promised_due = p.due, next_signal_at = moment,
      acted_at = case when d.due is distinct from k.due and d.due > moment then null else k.acted_at end
    from clock_dues(moved) d left join clock_dues(moved, true) p on p.id = d.id
    where k.id = d.id and k.stopped_at is null and d.due is not null
      and (k.due, k.provisional, k.promised_due) is distinct from (d.due, d.provisional, p.due);
    get diagnostics clocks = row_count;
    select x.duties, x.rows into duties, rows from redue_cases(cases) x;
  end if;
  -- a warning may move although the end does not: two changed days that cancel each other
  update clock k set next_signal_at = moment
  where k.id = any (ids) and k.stopped_at is null and k.next_signal_at > moment and k.due < (last + 31)::timestamp at time zone 'Asia/Shanghai';
end $$;

-- The clocks whose next signal is due, with what its plan needs; they stay locked until the caller commits. One job at a time.
create function due_signals(moment timestamptz, most integer) returns text language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare answer text;
begin
  perform need_platform();
  if not pg_try_advisory_xact_lock(7161620) then return '[]'; end if;
  with k as materialized (
    select * from clock where next_signal_at is not null and next_signal_at <= moment order by next_signal_at limit most for update skip locked
  )
  select coalesce(json_agg(json_build_object('id', k.id, 'name', k.name, 'binds', k.binds, 'limit', k."limit", 'until', k.until, 'since', k.since,
      'extended', k.extended, 'started', k.started_at, 'due', k.due, 'promised', k.promised, 'pdue', k.promised_due, 'pv', c.process_version,
      'process', c.process, 'org', c.org_path,
      'stops', (select coalesce(json_agg(json_build_array(s.began_at, s.ended_at)), '[]') from suspension s
        where s.case_id = k.case_id and s.ended_at is not null and (s.track <> k.track or s.lane = k.lane)
          and (case when starts_with(k.name, '~') then '~' else k.name end) = any (s.clocks))))::text, '[]')
  into answer from k join case_ c on c.id = k.case_id where k.stopped_at is null and k.due is not null;
  return answer;
end $$;

create function write_signals(doc jsonb, moment timestamptz) returns integer language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare n integer;
begin
  perform need_platform();
  insert into signal (clock_id, case_id, kind, level, process, name, org_path, holder, binds, due, promised_due, at, raised_at)
  select k.id, k.case_id, x.kind, x.level, c.process, k.name, c.org_path, coalesce(l.holder, c.org_path), k.binds, k.due, k.promised_due, x.at, moment
  from jsonb_to_recordset(doc->'raised') as x(clock bigint, kind text, level smallint, at timestamptz)
    join clock k on k.id = x.clock join case_ c on c.id = k.case_id
    left join lane l on l.case_id = k.case_id and l.track = k.track and l.no = k.lane
  order by x.at, k.id
  on conflict (clock_id, kind) do nothing;
  get diagnostics n = row_count;
  update clock k set next_signal_at = x.next from jsonb_to_recordset(doc->'moved') as x(clock bigint, next timestamptz) where k.id = x.clock;
  return n;
end $$;

-- Every process of the platform reads promises and thresholds again within a second.
create function limits_changed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into codes_codelistversion (list, version, digest, entries, loaded_at)
  values ('cases.limits', (extract(epoch from clock_timestamp()) * 1000000)::bigint, '', 0, now())
  on conflict (list) do update set version = greatest(excluded.version, codes_codelistversion.version + 1), loaded_at = excluded.loaded_at;
  return null;
end $$;
create trigger told after insert or update or delete on promise for each statement execute function limits_changed();
create trigger told after insert or update or delete on threshold for each statement execute function limits_changed();

-- Set a promise from a day: what ran on is ended the day before, what was to begin that day or later is replaced. An empty limit ends it.
create function set_promise(p_process text, p_target text, p_org text, p_limit text, p_from date, p_to date, p_basis text, who bigint, moment timestamptz)
returns bigint language plpgsql security definer set search_path = public as $$
declare new_id bigint;
begin
  perform need_person(who);
  perform pg_advisory_xact_lock(7161621);
  delete from promise where process = p_process and target = p_target and org_path = p_org and valid_from >= p_from and (p_to is null or valid_from <= p_to);
  update promise set valid_to = p_from - 1
  where process = p_process and target = p_target and org_path = p_org and valid_from < p_from and (valid_to is null or valid_to >= p_from);
  if p_limit = '' then return null; end if;
  insert into promise (process, target, org_path, "limit", valid_from, valid_to, basis, set_by, set_at)
  values (p_process, p_target, p_org, p_limit, p_from, p_to, p_basis, who, moment) returning id into new_id;
  return new_id;
end $$;

-- Set when limits warn, from a day; clocks that run are planned anew by the job.
create function set_threshold(p_process text, p_target text, p_org text, p_share numeric, p_left integer, p_from date, p_to date, p_confirm boolean, who bigint,
  moment timestamptz) returns bigint language plpgsql security definer set search_path = public as $$
declare new_id bigint;
begin
  perform need_person(who);
  perform pg_advisory_xact_lock(7161621);
  delete from threshold where process = p_process and target = p_target and org_path = p_org and valid_from >= p_from and (p_to is null or valid_from <= p_to);
  update threshold set valid_to = p_from - 1
  where process = p_process and target = p_target and org_path = p_org and valid_from < p_from and (valid_to is null or valid_to >= p_from);
  insert into threshold (process, target, org_path, share, days_left, valid_from, valid_to, to_confirm, set_by, set_at)
  values (p_process, p_target, p_org, p_share, p_left, p_from, p_to, p_confirm, who, moment) returning id into new_id;
  update clock k set next_signal_at = moment from case_ c
  where c.id = k.case_id and k.stopped_at is null and k.due is not null and k.next_signal_at > moment and k.binds <> 'party'
    and (p_process = '' or c.process = p_process) and (p_target = '' or k.name = p_target) and starts_with(c.org_path, p_org);
  return new_id;
end $$;
