"""Due dates against a day-by-day reference, and the worked cases of the law."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinzhi.kernel.cases import clocks
from jinzhi.kernel.codes.calendar import Calendar
from jinzhi.kernel.time import ZONE

FIRST = dt.date(2011, 1, 1)
WORKED = {dt.date(2011, 1, 30), dt.date(2011, 4, 2), dt.date(2011, 10, 8), dt.date(2011, 10, 9)}
RESTED = {dt.date(2011, 4, 4), dt.date(2011, 4, 5), dt.date(2011, 10, 3), dt.date(2011, 10, 4), dt.date(2011, 10, 5), dt.date(2011, 10, 6), dt.date(2011, 10, 7)}
WORKING = [
    (d in WORKED or d.weekday() < 5) and d not in RESTED for d in (FIRST + dt.timedelta(days=n) for n in range(900))
]  # fmt: skip
CALENDAR = Calendar(FIRST, WORKING, dt.date(2012, 12, 31))


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), ZONE)


def day_by_day(start: dt.date, amount: int, stopped: list[tuple[dt.date, dt.date]]) -> dt.date:
    """The slow way: one day after the other, counting working days that were not stopped."""
    day, left = start, amount
    while left:
        day += dt.timedelta(days=1)
        if CALENDAR.is_working(day) and not any(a <= day <= b for a, b in stopped):
            left -= 1
    return day


days = st.integers(0, 200).map(lambda n: FIRST + dt.timedelta(days=n))
spans = st.lists(st.tuples(days, st.integers(0, 25)).map(lambda p: (p[0], p[0] + dt.timedelta(days=p[1]))), max_size=4)


@settings(max_examples=400, deadline=None)
@given(days, st.integers(1, 60), spans)
def test_working_days_agree_with_counting(start: dt.date, amount: int, stopped: list[tuple[dt.date, dt.date]]) -> None:
    found = clocks.due(at(start), f"{amount}wd", CALENDAR, stopped).at.date()
    assert found == day_by_day(start, amount, stopped)


@settings(max_examples=300, deadline=None)
@given(days, st.integers(1, 90), spans)
def test_natural_days_move_by_the_days_that_did_not_count(start: dt.date, amount: int, stopped: list[tuple[dt.date, dt.date]]) -> None:
    day, left = start, amount
    while left:
        day += dt.timedelta(days=1)
        if not any(a <= day <= b for a, b in stopped):
            left -= 1
    while not CALENDAR.is_working(day) or any(a <= day <= b for a, b in stopped):  # it cannot end on a day on which it stands still
        day += dt.timedelta(days=1)
    assert clocks.due(at(start), f"{amount}d", CALENDAR, stopped).at.date() == day


@given(spans)
def test_a_union_holds_the_same_days_once(stopped: list[tuple[dt.date, dt.date]]) -> None:
    def each(found: list[tuple[dt.date, dt.date]]) -> list[dt.date]:
        return [a + dt.timedelta(days=n) for a, b in found for n in range((b - a).days + 1)]

    merged = clocks.union(stopped)
    assert sorted(set(each(stopped))) == each(merged)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        (dt.date(2011, 9, 30), "5wd", dt.date(2011, 10, 12)),  # the week of National Day; Saturday 8 and Sunday 9 are worked
        (dt.date(2011, 3, 31), "1wd", dt.date(2011, 4, 1)),
        (dt.date(2011, 4, 1), "1wd", dt.date(2011, 4, 2)),  # a Saturday that is worked
        (dt.date(2011, 3, 4), "30d", dt.date(2011, 4, 6)),  # ends on Sunday 3 April, rest until the 5th
        (dt.date(2011, 1, 31), "1m", dt.date(2011, 2, 28)),
        (dt.date(2011, 10, 31), "3m", dt.date(2012, 1, 31)),
        (dt.date(2011, 2, 28), "1y", dt.date(2012, 2, 28)),
    ],
)
def test_worked_cases(start: dt.date, limit: str, due: dt.date) -> None:
    assert clocks.due(at(start), limit, CALENDAR).at.date() == due


def test_hours_run_through_the_night() -> None:
    start = dt.datetime(2011, 11, 25, 17, 30, tzinfo=ZONE)
    assert clocks.due(start, "24h", CALENDAR).at == dt.datetime(2011, 11, 26, 17, 30, tzinfo=ZONE)


def test_a_date_moves_by_the_days_that_did_not_count() -> None:
    stopped = [(dt.date(2011, 11, 10), dt.date(2011, 11, 12)), (dt.date(2011, 11, 12), dt.date(2011, 11, 13))]
    assert clocks.due_by(dt.date(2011, 11, 20), CALENDAR, stopped, dt.date(2011, 11, 1)).at.date() == dt.date(2011, 11, 24)


def test_beyond_the_published_calendar_it_says_so() -> None:
    assert not clocks.due(at(dt.date(2012, 12, 3)), "5wd", CALENDAR).provisional
    assert clocks.due(at(dt.date(2012, 12, 28)), "5wd", CALENDAR).provisional
