"""What is told of a limit must come to the day that is stored."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jinzhi.kernel.cases import why
from jinzhi.kernel.cases.clocks import ZONE
from jinzhi.kernel.cases.tests.test_clock_twin import CALENDAR, by_python, clock
from jinzhi.kernel.cases.tests.test_vectors import at
from jinzhi.kernel.cases.why import COUNTED, HOLIDAY, MADE_UP, MOVED, REST, STOPPED, Held, Limit, explain


def told(limit: str, today: str, *held: Held, **more: Any) -> why.Why:
    return explain(Limit(at("2011-09-26"), limit, held=held, **more), CALENDAR, dt.date.fromisoformat(today))


def test_the_week_of_national_day_is_told() -> None:
    found = told("10wd", "2011-10-09")
    lines = [(line.kind, f"{line.first:%m-%d}", f"{line.last:%m-%d}", line.total) for line in found.parts[0].lines]
    assert lines == [
        (COUNTED, "09-27", "09-30", 4), (REST, "10-01", "10-02", 4), (HOLIDAY, "10-03", "10-07", 4), (MADE_UP, "10-08", "10-09", 6),
        (COUNTED, "10-10", "10-13", 10),
    ]  # fmt: skip
    assert (found.used, found.total, found.left, found.due) == (6, 10, 4, at("2011-10-13", 23, 59).replace(second=59))


def test_an_expert_review_is_hatched() -> None:
    found = told("20wd", "2011-11-01", Held(at("2011-10-10"), at("2011-10-21"), "expert"))
    assert found.stops == ((6, 10, "expert"),)
    assert found.due is not None
    assert found.due.date() == dt.date(2011, 11, 10)
    assert (found.used, found.total) == (13, 20)


def test_what_stands_still_has_no_end_and_two_reasons_share_their_days() -> None:
    found = told("20wd", "2011-10-20", Held(at("2011-10-10"), at("2011-10-14"), "a"), Held(at("2011-10-12"), None, "b"))
    assert (found.due, found.used, found.left) == (None, 6, 14)
    assert found.stops == ((6, 5, "a"), (6, 4, "b"))
    assert found.parts[0].lines[-1].kind == STOPPED


def test_natural_days_move_off_rest_days_and_overdue_goes_on() -> None:
    found = told("6d", "2011-10-12")
    assert [line.kind for line in found.parts[0].lines] == [COUNTED, MOVED]
    assert (found.total, found.used) == (6, 16)
    assert told("5wd", "2011-10-11").left == -3


def test_an_extension_in_another_unit_is_a_part_of_its_own() -> None:
    found = told("20wd", "2011-10-01", extended=("10wd", "15d"))
    assert [(p.amount, p.unit) for p in found.parts] == [(30, "wd"), (15, "d")]
    assert found.total == 45


def test_hours() -> None:
    found = told("24h", "2011-09-27", Held(at("2011-09-26", 12), at("2011-09-26", 15), "x"))
    assert (found.unit, found.total, found.due) == ("h", 24, at("2011-09-27", 12))


@settings(max_examples=200, deadline=None)
@given(clock(), st.integers(-2, 200))
def test_the_days_told_come_to_the_day_stored(c: dict[str, Any], later: int) -> None:
    start = dt.datetime.combine(c["since"], dt.time(), ZONE) if c["since"] else c["started"]
    held = [Held(a, b, "x") for a, b in c["stops"]]
    found = explain(Limit(start, c["limit"], c["until"], c["extended"], held), CALENDAR, start.date() + dt.timedelta(days=later))
    assert found.due == by_python(c).at
    for part in found.parts:
        if part.unit == "h" or part.end.astimezone(ZONE).date() <= part.start.astimezone(ZONE).date():
            continue
        day = part.start.astimezone(ZONE).date()
        for line in part.lines:  # the lines follow one another without a gap
            assert line.first == day + dt.timedelta(days=1)
            assert line.days == (line.last - line.first).days + 1
            day = line.last
        assert day == part.end.astimezone(ZONE).date()
        counted = sum(line.days for line in part.lines if line.kind in (COUNTED, MADE_UP))
        whole = part.amount if part.unit in ("wd", "d", "until") else counted
        assert counted == part.lines[-1].total == max(whole, 0)
        assert part.lines[-1].kind in ((COUNTED, MADE_UP) if part.unit in ("wd", "until") else (COUNTED, MOVED))
