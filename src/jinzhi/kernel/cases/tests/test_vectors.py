"""The worked examples of the day-count rules, with the official calendar."""

from __future__ import annotations

import datetime as dt

import pytest

from jinzhi.kernel.cases import clocks
from jinzhi.kernel.cases.clocks import ZONE
from jinzhi.kernel.codes import load
from jinzhi.kernel.codes.calendar import Calendar

ROWS = load.calendar_rows()
CALENDAR = Calendar(ROWS[0].day, [r.working for r in ROWS], dt.date(load.last_published_year(), 12, 31))


def at(day: str, hour: int = 9, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour, minute), ZONE)


def ends(start: str, limit: str, *stopped: tuple[str, str], extended: tuple[str, ...] = ()) -> str:
    days = [(dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in stopped]
    return clocks.due(at(start), limit, CALENDAR, days, extended).at.date().isoformat()


@pytest.mark.parametrize(
    ("limit", "due"), [("5wd", "2011-10-08"), ("10wd", "2011-10-13"), ("20wd", "2011-10-27"), ("30wd", "2011-11-10"), ("60wd", "2011-12-22")]
)
def test_a_licence_accepted_before_the_week_of_national_day(limit: str, due: str) -> None:
    assert ends("2011-09-26", limit) == due


def test_an_expert_review_takes_its_days_out() -> None:
    assert clocks.counted(dt.date(2011, 9, 26), dt.date(2011, 10, 9), "wd", CALENDAR) == 6
    assert ends("2011-09-26", "20wd", ("2011-10-10", "2011-10-21")) == "2011-11-10"


@pytest.mark.parametrize(
    ("limit", "due"), [("2wd", "2011-09-30"), ("3wd", "2011-10-08"), ("5wd", "2011-10-10"), ("7wd", "2011-10-12"), ("15d", "2011-10-13"), ("90d", "2011-12-27")]
)
def test_the_penalty_law_means_working_days_up_to_seven(limit: str, due: str) -> None:
    """行政处罚法 art. 85: 2, 3, 5 and 7 days are working days; 15 and 90 are not. Told on Wednesday 28 September."""
    assert ends("2011-09-28", limit) == due


@pytest.mark.parametrize(("limit", "due"), [("3wd", "2011-10-08"), ("10wd", "2011-10-17"), ("30d", "2011-10-28")])
def test_the_coercion_law_means_working_days_up_to_ten(limit: str, due: str) -> None:
    """行政强制法 art. 69: ten days and fewer are working days; thirty are not."""
    assert ends("2011-09-28", limit) == due


def test_days_of_a_transfer_to_the_police_are_natural_unless_read_otherwise() -> None:
    """行政执法机关移送涉嫌犯罪案件的规定 arts. 5, 8: 3 日, 24 小时: the definition writes which reading it follows."""
    assert ends("2011-09-28", "3d") == "2011-10-08"
    assert clocks.due(at("2011-09-30", 17, 30), "24h", CALENDAR).at == at("2011-10-01", 17, 30)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2011-01-31", "1m", "2011-02-28"), ("2012-01-31", "1m", "2012-02-29"), ("2011-08-31", "1m", "2011-09-30"), ("2012-02-29", "1y", "2013-02-28"),
        ("2011-08-20", "2m", "2011-10-20"), ("2011-09-01", "1m", "2011-10-08"),
    ],
)  # fmt: skip
def test_months_end_on_the_same_day_number_or_the_last(start: str, limit: str, due: str) -> None:
    assert ends(start, limit) == due


def test_the_last_day_moves_off_a_rest_day_and_the_first_is_not_counted() -> None:
    assert ends("2011-09-16", "15d") == "2011-10-08"  # ends on 1 October; the 8th, a Saturday, is worked
    assert ends("2011-10-07", "1wd") == "2011-10-08"
    assert ends("2011-10-08", "1wd") == "2011-10-09"


def test_an_extension_lengthens_the_limit_or_follows_it() -> None:
    assert ends("2011-09-26", "20wd", extended=("10wd",)) == ends("2011-09-26", "30wd") == "2011-11-10"
    assert ends("2011-09-26", "20wd", extended=("15d",)) == "2011-11-11"  # from the end of the limit, 27 October


def test_hours_lose_exactly_the_time_they_stood_still() -> None:
    stop = (at("2011-11-25", 10), at("2011-11-25", 13, 20))
    assert clocks.due(at("2011-11-25", 9), "24h", CALENDAR, [stop, (at("2011-11-25", 12), at("2011-11-25", 14))]).at == at("2011-11-26", 13)
    assert clocks.due(at("2011-11-25", 9), "24h", CALENDAR, [(at("2011-11-27", 1), at("2011-11-28", 1))]).at == at("2011-11-26", 9)


def test_a_limit_cannot_end_on_a_day_on_which_it_stands_still() -> None:
    # ten days end on Saturday 12 November; the Monday it would move to is stopped, and the Tuesday with it
    assert ends("2011-11-02", "10d") == "2011-11-14"
    assert ends("2011-11-02", "10d", ("2011-11-14", "2011-11-15")) == "2011-11-16"
