-- What the engine keeps besides the case: clocks whose action failed, keys of sources, quotas, what became of children's returns.

-- A case whose clock's action failed, or could not be done where the case stands: looked at again later, so that it stops nobody else.
create table clock_failure (
  case_id bigint primary key references case_,
  tries smallint not null,
  retry_at timestamptz not null,
  error text not null
);

create function note_clock_failure(id bigint, said text, moment timestamptz) returns void language sql security definer set search_path = public as $$
  select need_platform();
  insert into clock_failure as f (case_id, tries, retry_at, error) values (id, 1, moment + interval '1 minute', said)
  on conflict (case_id) do update set tries = least(f.tries + 1, 30000), error = excluded.error,
    retry_at = moment + least(interval '1 day', interval '1 minute' * (2 ^ least(f.tries, 12)))
$$;
create function clear_clock_failures(ids bigint[]) returns void language sql security definer set search_path = public as $$
  select need_platform();
  delete from clock_failure where case_id = any(ids)
$$;

-- Cases whose clock's action is due, the longest due first, without those that wait to be tried again.
create function due_cases(moment timestamptz, most integer) returns setof bigint language sql stable security definer set search_path = public
set enable_seqscan = off as $$
  select need_platform();
  select case_id from (
    select k.case_id, k.due from clock k
    where k.stopped_at is null and k.due is not null and k.has_then and k.acted_at is null and k.due < moment
      and not exists (select 1 from clock_failure f where f.case_id = k.case_id and f.retry_at > moment)
    order by k.due limit most * 2) x
  group by case_id order by min(due) limit most
$$;

-- Children (子案件): what a closed child's parent did with it, once. Row security hides other organisations' cases from whoever acts; that
-- a child is still open, or who acted in the parent, must be known all the same: these functions tell the engine just that.
create table child_return (
  case_id bigint primary key references case_,           -- the child
  parent_id bigint not null references case_,
  action text collate "C" not null,                      -- of the parent; empty where the child has none
  done boolean not null,                                 -- false: there was nothing to do, for the reason given
  reason text not null default '',
  at timestamptz not null
);
create index child_return_parent on child_return (parent_id);

create function closed_children(ids bigint[]) returns table (child bigint, parent bigint, parent_version integer, parent_lane text, name text, process text,
  number text, state text, facts jsonb, owner text, closed timestamptz, fresh boolean)
language sql stable security definer set search_path = public set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  select need_platform();
  with back as (
    select distinct c.parent_id, c.parent_lane, c.parent_as from case_ c
    where c.id = any(ids) and c.parent_id is not null and c.phase = 2 and not exists (select 1 from child_return r where r.case_id = c.id))
  select c.id, c.parent_id, p.process_version, c.parent_lane, c.parent_as, c.process, c.number, c.state, c.facts, c.org_path, c.closed_at,
    not exists (select 1 from child_return r where r.case_id = c.id and r.done)
  from back b join case_ c on c.parent_id = b.parent_id and c.parent_lane = b.parent_lane and c.parent_as = b.parent_as and c.phase = 2
  join case_ p on p.id = c.parent_id
  order by c.closed_at, c.id
$$;
create function keep_returns(doc jsonb) returns void language sql security definer set search_path = public as $$
  select need_platform();
  insert into child_return as r (case_id, parent_id, action, done, reason, at)
  select child, parent, action, done, reason, at
  from jsonb_to_recordset(doc) as x(child bigint, parent bigint, action text, done boolean, reason text, at timestamptz)
  on conflict (case_id) do update set done = excluded.done, reason = excluded.reason, at = excluded.at where not r.done
$$;
create function open_children(ids bigint[]) returns table (parent bigint, lane text, open bigint)
language sql stable security definer set search_path = public set enable_seqscan = off as $$
  select parent_id, parent_lane, count(*) from case_ where parent_id = any ((select visible_cases(ids))::bigint[]) and phase = 1 group by parent_id, parent_lane
$$;
create function parents_acts(ids bigint[]) returns table (child bigint, parent_version integer, name text, action text, actor bigint, absent bigint)
language sql stable security definer set search_path = public set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  select distinct c.id, p.process_version, c.parent_as, e.action, e.actor,
    case when strpos(e.body, '"for":') > 0 then (e.body::jsonb->>'for')::bigint end
  from case_ c join case_ p on p.id = c.parent_id join event e on e.case_id = p.id and e.actor > 0
  where c.id = any ((select visible_cases(ids))::bigint[])
$$;

-- Quotas (限额): what was allotted and what is used of it, and which case uses how much.
create table quota (
  process text collate "C" not null,
  quota text collate "C" not null,
  key text collate "C" not null,
  period text collate "C" not null,                      -- 2011, 2011-05, or empty where it is for ever
  total numeric not null,
  used numeric not null default 0,
  primary key (process, quota, key, period),
  constraint quota_not_overused check (used between 0 and total)
) with (fillfactor = 20);
create table quota_use (
  id bigint generated always as identity primary key,
  case_id bigint not null references case_,
  process text collate "C" not null,
  quota text collate "C" not null,
  key text collate "C" not null,
  period text collate "C" not null,
  amount numeric not null check (amount > 0),
  taken_at timestamptz not null,
  given_back_at timestamptz,
  foreign key (process, quota, key, period) references quota
);
create index quota_use_case on quota_use (case_id, quota) where given_back_at is null;

-- Called late: whoever takes of the same quota waits here. Locked in key order.
create function lock_quotas(p text, q text, keys text[], periods text[]) returns table (key text, period text, total numeric, used numeric)
language plpgsql security definer set search_path = public as $$
#variable_conflict use_column
begin
  perform need_sight();
  perform 1 from quota a where a.process = p and a.quota = q and (a.key, a.period) in (select * from unnest(keys, periods)) order by a.key, a.period for update;
  return query select a.key, a.period, a.total, a.used from quota a
    where a.process = p and a.quota = q and (a.key, a.period) in (select * from unnest(keys, periods));
end $$;
create function use_quotas(taken jsonb, given jsonb, moment timestamptz) returns void language plpgsql security definer set search_path = public as $$
begin
  perform need_no_others(array(select "case" from jsonb_to_recordset(taken) as t("case" bigint)
    union select "case" from jsonb_to_recordset(given) as g("case" bigint)));
  update quota a set used = a.used + x.amount
  from (select process, quota, key, period, sum(amount) as amount
    from jsonb_to_recordset(taken) as t("case" bigint, process text, quota text, key text, period text, amount numeric)
    group by process, quota, key, period) x
  where a.process = x.process and a.quota = x.quota and a.key = x.key and a.period = x.period;
  insert into quota_use (case_id, process, quota, key, period, amount, taken_at)
  select "case", process, quota, key, period, amount, moment
  from jsonb_to_recordset(taken) as t("case" bigint, process text, quota text, key text, period text, amount numeric);
  perform 1 from quota a where (a.process, a.quota, a.key, a.period) in (
    select u.process, u.quota, u.key, u.period from quota_use u join jsonb_to_recordset(given) as g("case" bigint, quota text)
      on u.case_id = g."case" and u.quota = g.quota and u.given_back_at is null)
  order by a.process, a.quota, a.key, a.period for update;
  with back as (
    update quota_use u set given_back_at = moment from jsonb_to_recordset(given) as g("case" bigint, quota text)
    where u.case_id = g."case" and u.quota = g.quota and u.given_back_at is null
    returning u.process, u.quota, u.key, u.period, u.amount)
  update quota a set used = a.used - x.amount
  from (select process, quota, key, period, sum(amount) as amount from back group by process, quota, key, period) x
  where a.process = x.process and a.quota = x.quota and a.key = x.key and a.period = x.period;
end $$;
create function set_quota(p text, q text, k text, per text, much numeric) returns numeric language sql security definer set search_path = public as $$
  select need_platform();
  insert into quota as a (process, quota, key, period, total) values (p, q, k, per, much)
  on conflict (process, quota, key, period) do update set total = excluded.total returning a.used
$$;

-- What sources have listed (来源): each key of a process's action is done once; what was refused or failed is tried again later.
create table source_key (
  process text collate "C" not null,
  action text collate "C" not null,
  key text collate "C" not null,
  case_id bigint references case_,                       -- what it opened or moved
  done boolean not null default false,
  tries integer not null default 1,
  retry_at timestamptz,
  reason text not null default '',
  at timestamptz not null,
  primary key (process, action, key)
);

-- Those of the keys that are to be done now, kept for this transaction: whoever lists them at the same time waits and finds them done.
create function take_keys(p text, a text, keys text[], moment timestamptz) returns setof text
language sql security definer set search_path = public as $$
  select need_platform();
  insert into source_key as k (process, action, key, at) select p, a, u, moment from unnest(keys) u order by u
  on conflict (process, action, key) do update set tries = k.tries + 1, at = moment where not k.done and k.retry_at <= moment
  returning key
$$;
create function end_keys(doc jsonb) returns void language sql security definer set search_path = public as $$
  select need_platform();
  insert into source_key as k (process, action, key, case_id, done, reason, at, tries, retry_at)
  select process, action, key, "case", done, reason, at, case when taken then 0 else 1 end, case when not done then at + interval '1 minute' end
  from jsonb_to_recordset(doc) as x(process text, action text, key text, "case" bigint, done boolean, taken boolean, reason text, at timestamptz)
  order by process, action, key
  on conflict (process, action, key) do update set case_id = excluded.case_id, done = excluded.done, reason = excluded.reason, at = excluded.at,
    tries = k.tries + excluded.tries,
    retry_at = case when not excluded.done then excluded.at + least(interval '1 day', interval '1 minute' * (2 ^ least(k.tries - 1, 12))) end
  where not k.done
$$;
