-- The working-day calendar with ordinals: due dates in SQL are one addition and one look-up. Written by publish_cal() alone, from the days that
-- codes_calendarday holds, and beyond them by weekends (1995 to twenty years after the last), as the calendar in memory counts.

create table cal (
  day date primary key,
  working boolean not null,
  ord integer not null,                                  -- working days up to and including the day, from the published calendar's first day
  provisional boolean not null                           -- no official notice covers it
);
create index cal_working on cal (ord) include (day) where working; -- not unique: while days flip, two rows hold one ordinal for a moment

-- Calendars published, and whether everything that counts by them has followed: a process that kept the old one in memory for a second, or a
-- publisher that died half way, is made good by a second pass over what is not settled.
create table calendar_change (
  id bigint generated always as identity primary key,
  first_day date not null,
  last_day date not null,
  at timestamptz not null,
  settled boolean not null default false
);

-- Bring cal to what codes_calendarday says; gives the first and last day that changed (nulls when nothing did). The statistics are refreshed
-- at once: with those of before, whoever joins the calendar in this transaction would be planned for another table.
create function publish_cal(moment timestamptz, out first_day date, out last_day date) language plpgsql security definer set search_path = public as $$
begin
  with bounds as (
    select coalesce(min(day), date '2004-01-01') as first, coalesce(max(day), date '2003-12-31') as last,
      coalesce(min(day) filter (where provisional) - 1, max(day), date '2003-12-31') as published
    from codes_calendarday
  ), days as (
    select d::date as day, coalesce(c.working, extract(isodow from d) < 6) as working, d::date > b.published or d::date < b.first as provisional, b.first
    from bounds b cross join generate_series(least(date '1995-01-01', b.first)::timestamp, b.last + 8000, interval '1 day') as d
    left join codes_calendarday c on c.day = d::date
  ), counted as (
    select day, working, provisional, (sum(working::int) over (order by day) - coalesce(sum(working::int) filter (where day < first) over (), 0))::int as ord from days
  ), gone as (
    delete from cal c where not exists (select 1 from counted n where n.day = c.day) returning c.day
  ), flips as (
    select n.day from counted n left join cal c on c.day = n.day where (c.working, c.provisional) is distinct from (n.working, n.provisional)
  ), written as (
    insert into cal as c (day, working, ord, provisional) select day, working, ord, provisional from counted
    on conflict (day) do update set working = excluded.working, ord = excluded.ord, provisional = excluded.provisional
      where (c.working, c.ord, c.provisional) is distinct from (excluded.working, excluded.ord, excluded.provisional)
  )
  select min(day), max(day) into first_day, last_day from (select day from gone union all select day from flips) x;
  if first_day is not null then
    analyze cal;
    insert into calendar_change (first_day, last_day, at) values (first_day, last_day, moment);
  end if;
end $$;

create function settle_calendar(change bigint) returns void language sql security definer set search_path = public as $$
  update calendar_change set settled = true where id = change
$$;
