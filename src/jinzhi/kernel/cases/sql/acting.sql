-- What the engine keeps besides the case: clocks whose action failed, keys of sources, quotas, what became of children's returns.

-- A case whose clock's action failed, or could not be done where the case stands: looked at again later, so that it stops nobody else.
create table clock_failure (
  case_id bigint primary key references case_,
  tries smallint not null,
  retry_at timestamptz not null,
  error text not null
);

create function note_clock_failure(id bigint, said text, moment timestamptz) returns void language sql security definer set search_path = public as $$
  insert into clock_failure as f (case_id, tries, retry_at, error) values (id, 1, moment + interval '1 minute', said)
  on conflict (case_id) do update set tries = least(f.tries + 1, 30000), error = excluded.error,
    retry_at = moment + least(interval '1 day', interval '1 minute' * (2 ^ least(f.tries, 12)))
$$;
create function clear_clock_failures(ids bigint[]) returns void language sql security definer set search_path = public as $$
  delete from clock_failure where case_id = any(ids)
$$;

-- Cases whose clock's action is due, the longest due first, without those that wait to be tried again.
create function due_cases(moment timestamptz, most integer) returns setof bigint language sql stable security definer set search_path = public
set enable_seqscan = off as $$
  select case_id from (
    select k.case_id, k.due from clock k
    where k.stopped_at is null and k.due is not null and k.has_then and k.acted_at is null and k.due < moment
      and not exists (select 1 from clock_failure f where f.case_id = k.case_id and f.retry_at > moment)
    order by k.due limit most * 2) x
  group by case_id order by min(due) limit most
$$;
