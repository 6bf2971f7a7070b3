"""The calendar: known years, and the arithmetic against a reference that walks day by day."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinzhi.kernel.codes import lists, load
from jinzhi.kernel.codes.calendar import Calendar, calendar
from jinzhi.kernel.codes.models import CalendarDay

ROWS = load.calendar_rows()
UNTIL = dt.date(load.last_published_year(), 12, 31)
OFFICIAL = Calendar(ROWS[0].day, [r.working for r in ROWS], UNTIL)
WORKING = {r.day: r.working for r in ROWS}
ONE = dt.timedelta(days=1)

days = st.dates(dt.date(2003, 6, 1), dt.date(2040, 12, 31))


def works(day: dt.date) -> bool:
    return WORKING.get(day, day.weekday() < 5)


def walk(day: dt.date, n: int) -> dt.date:
    step = ONE if n > 0 else -ONE
    while n:
        day += step
        if works(day):
            n -= 1 if n > 0 else -1
    return day


@given(day=days, n=st.integers(-90, 90).filter(bool))
def test_adding_agrees_with_walking(day: dt.date, n: int) -> None:
    end, provisional = OFFICIAL.add_working_days(day, n)
    assert end == walk(day, n)
    assert provisional == any(d > UNTIL or d < ROWS[0].day for d in (day, end))
    if n > 0:
        assert OFFICIAL.working_days_between(day, end) == n


@given(a=days, length=st.integers(0, 200))
def test_counting_agrees_with_walking(a: dt.date, length: int) -> None:
    b = a + length * ONE
    counted = sum(works(a + i * ONE) for i in range(1, length + 1))
    assert OFFICIAL.working_days_between(a, b) == counted == -OFFICIAL.working_days_between(b, a)


@given(day=days)
def test_next_and_roll(day: dt.date) -> None:
    assert OFFICIAL.is_working(day) == works(day)
    assert OFFICIAL.next_working(day) == walk(day, 1)
    assert OFFICIAL.roll_to_working(day) == (day if works(day) else walk(day, 1)) == OFFICIAL.add_working_days(day, 0)[0]


@given(
    first=st.dates(dt.date(2010, 1, 1), dt.date(2010, 1, 31)),
    flags=st.lists(st.booleans(), max_size=40),
    n=st.integers(1, 60),
    back=st.integers(-20, 60),
)
def test_any_calendar(first: dt.date, flags: list[bool], n: int, back: int) -> None:
    built = Calendar(first, flags, first + (len(flags) - 1) * ONE)
    known = {first + i * ONE: flag for i, flag in enumerate(flags)}
    day = end = first + back * ONE
    left = n
    while left:
        end += ONE
        left -= known.get(end, end.weekday() < 5)
    assert built.add_working_days(day, n)[0] == end


def test_2011() -> None:
    for worked in ("2011-01-30", "2011-02-12", "2011-04-02", "2011-10-08", "2011-10-09", "2011-12-31"):
        assert OFFICIAL.is_working(dt.date.fromisoformat(worked)), worked
    for rest in ("2011-02-03", "2011-10-07", "2011-10-15", "2011-01-03"):
        assert not OFFICIAL.is_working(dt.date.fromisoformat(rest)), rest
    assert OFFICIAL.working_days_between(dt.date(2010, 12, 31), dt.date(2011, 12, 31)) == 250
    assert OFFICIAL.add_working_days(dt.date(2011, 9, 30), 1) == (dt.date(2011, 10, 8), False)


def test_natural_days_and_months_end_on_a_working_day() -> None:
    assert OFFICIAL.add_natural_days(dt.date(2011, 9, 21), 10) == (dt.date(2011, 10, 8), False)
    assert OFFICIAL.add_months(dt.date(2011, 8, 31), 1) == (dt.date(2011, 9, 30), False)
    assert OFFICIAL.add_months(dt.date(2010, 11, 30), 3) == (dt.date(2011, 2, 28), False)
    assert OFFICIAL.add_months(UNTIL, 2)[1]


@pytest.mark.django_db
def test_override_is_seen_and_survives_a_reload() -> None:
    load.load_calendar()
    day = dt.date(UNTIL.year + 1, 3, 3)
    was = calendar().is_working(day)
    load.override_days({day: (not was, "notice")})
    assert calendar().is_working(day) is not was
    assert calendar().is_provisional(day)
    load.publish_year(day.year)
    load.load_calendar()
    assert calendar().is_working(day) is not was
    assert not calendar().is_provisional(day)
    assert CalendarDay.objects.filter(source=CalendarDay.OVERRIDE).count() == 1
    lists.forget()


@pytest.mark.django_db
def test_an_empty_table_counts_by_weekends_and_says_so() -> None:
    CalendarDay.objects.all().delete()
    load._publish("calendar", 0)
    lists.forget()
    assert calendar().add_working_days(dt.date(2011, 9, 30), 1) == (dt.date(2011, 10, 3), True)
    lists.forget()
