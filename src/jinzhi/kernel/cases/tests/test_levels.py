"""Routing between levels, extensions, least times, windows: what the kennel permit adds to the dog licence."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine, queries, windows
from jinzhi.kernel.cases.checks import check
from jinzhi.kernel.cases.parts import load
from jinzhi.kernel.cases.results import Draft
from jinzhi.kernel.cases.tests.kennels import COUNTY, HQ, PROVINCE, Kennels, kennels, module  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import codes, snapshot, state
from jinzhi.kernel.refusals import Refused

pytestmark = pytest.mark.django_db


def on(day: str, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), time.ZONE)


def value(sql: str, *args: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        row = cursor.fetchone()
    return row[0] if row else None


def due(case: int, clock: str = "decide") -> dt.date:
    found = value("select due from clock where case_id = %s and name = %s order by round desc limit 1", case, clock)
    return found.astimezone(time.ZONE).date()  # type: ignore[attr-defined]


def holder(case: int) -> object:
    return value("select holder from lane where case_id = %s and track = 'main'", case)


def test_only_an_organisation_of_the_right_level_owns_a_case(kennels: Kennels) -> None:
    drafts = [Draft("dogs.kennel", owner, 77, {"name": "犬舍"}) for owner in (PROVINCE, COUNTY)]
    assert codes(engine.open_cases(drafts, "ask", actor=kennels.keeper)) == ["wrong_owner", "done"]


def test_a_case_goes_up_two_levels_and_back_and_nobody_on_the_way_loses_sight(kennels: Kennels) -> None:
    (case,) = kennels.reviewing()
    assert codes(kennels.do("forward", kennels.clerk, case)) == ["done"]
    assert holder(case) == PROVINCE
    assert codes(kennels.do("forward", kennels.clerk, case)) == ["not_your_role"]
    assert codes(kennels.do("forward_up", kennels.province, case)) == ["done"]
    assert holder(case) == HQ
    assert [i.case_id for i in queries.queue("group", kennels.hq, process="dogs.kennel").items] == [case]
    for opinion in ("总部同意", "省局同意"):
        assert codes(kennels.do("hand_back", kennels.hq, case, opinion=opinion)) == ["done"]
    assert holder(case) == COUNTY
    assert codes(kennels.do("hand_back", kennels.hq, case, opinion="x")) == ["nowhere_to_hand"]
    for who in (kennels.clerk, kennels.province, kennels.hq):
        assert queries.access_case(who, case).id == case
    with pytest.raises(Refused):
        queries.access_case(kennels.elsewhere, case)


def test_forwarding_has_a_limit_and_says_so(kennels: Kennels) -> None:
    (case,) = kennels.reviewing()
    for _ in range(2):
        kennels.do("forward", kennels.clerk, case)
        kennels.do("hand_back", kennels.province, case, opinion="补充")
    before = snapshot(case)
    (third,) = kennels.do("forward", kennels.clerk, case)
    assert third.refusals[0].code == "forwarded_enough"
    assert "2" in third.refusals[0].message.zh
    assert snapshot(case) == before


def test_who_once_held_a_lane_of_another_subtree_keeps_sight(kennels: Kennels) -> None:
    (case,) = kennels.reviewing()
    assert value("select sight from case_ where id = %s", case) == []
    kennels.do("forward", kennels.clerk, case)
    assert value("select sight from case_ where id = %s", case) == [], "the province sees its county's cases by its scope"


def test_a_second_correction_notice_needs_the_head_and_a_reason(kennels: Kennels) -> None:
    (case,) = kennels.ask()
    assert codes(kennels.do("notice", kennels.window, case, missing="章程")) == ["done"]
    kennels.do("correct", kennels.keeper, case, name="新名")
    assert codes(kennels.do("notice", kennels.window, case, missing="图纸")) == ["only_once"]
    assert codes(kennels.do("notice_again", kennels.window, case, missing="图纸", reason="x")) == ["not_your_role"]
    assert codes(kennels.do("notice_again", kennels.head, case, missing="图纸")) == ["missing"]
    assert codes(kennels.do("notice_again", kennels.head, case, missing="图纸", reason="法定代表人变更")) == ["done"]
    kennels.do("correct", kennels.keeper, case, name="新名")
    assert codes(kennels.do("notice_again", kennels.head, case, missing="x", reason="x")) == ["only_once"]


def test_a_limit_is_counted_from_the_day_its_rule_names(kennels: Kennels) -> None:
    with time.at(on("2011-10-12")):
        (case,) = kennels.reviewing(accepted_on="2011-09-26")
        assert due(case) == dt.date(2011, 10, 27)  # the published vector: 20 working days over the long holiday
        assert value("select since from clock where case_id = %s and name = 'decide'", case) == dt.date(2011, 9, 26)


def test_an_extension_is_a_row_with_its_approver_and_moves_the_date_in_the_same_act(kennels: Kennels) -> None:
    with time.at(on("2011-09-26")):
        (case,) = kennels.reviewing(accepted_on="2011-09-26")
        assert codes(kennels.do("extend", kennels.clerk, case, reason="x")) == ["not_your_role"]
        assert codes(kennels.do("extend", kennels.head, case, reason="情况复杂")) == ["done"]
        assert due(case) == dt.date(2011, 11, 10)  # 30 working days in all: the published vector
        assert codes(kennels.do("extend", kennels.head, case, reason="再延")) == ["only_once"]
    with connection.cursor() as cursor:
        cursor.execute("select name, by_time, action, actor, reason, seq from extension where case_id = %s", [case])
        rows = cursor.fetchall()
        cursor.execute("select seq, body::jsonb->'extended'->>'by' from event where case_id = %s and action = 'extend'", [case])
        assert rows == [("decide", "10wd", "extend", kennels.head.person_id, "情况复杂", cursor.fetchone()[0])]


def test_an_extension_of_another_unit_is_counted_from_the_end_and_a_date_is_that_date(kennels: Kennels) -> None:
    with time.at(on("2011-09-26")):
        (longer, dated) = kennels.reviewing(2, accepted_on="2011-09-26")
        assert codes(kennels.do("lengthen", kennels.head, longer, more_time="15d")) == ["done"]
        assert due(longer) == dt.date(2011, 11, 11)
        assert codes(kennels.do("lengthen", kennels.head, longer, more_time="soon")) == ["format"]
        assert codes(kennels.do("defer", kennels.head, dated, deferred_to="2011-10-27", reason="x")) == ["not_longer"]
        assert codes(kennels.do("defer", kennels.head, dated, deferred_to="2011-12-01", reason="x")) == ["done"]
        assert due(dated) == dt.date(2011, 12, 1)
        assert codes(kennels.do("lengthen", kennels.head, dated, more_time="2wd")) == ["done"]
        assert due(dated) == dt.date(2011, 12, 5)


def test_a_clock_that_does_not_run_cannot_be_extended(kennels: Kennels) -> None:
    (case,) = kennels.reviewing(accepted_on="2011-03-01")  # long overdue: its own action urges and leaves it running
    assert codes(kennels.do("lengthen", kennels.head, case, more_time="5d")) == ["done"]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from lane where case_id = %s and track = 'urging'", [case])
        assert cursor.fetchone()[0] == 1


def test_a_state_may_not_be_entered_before_its_least_time_has_passed(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        (case,) = kennels.reviewing(accepted_on="2011-03-01")
        kennels.do("decide", kennels.head, case)
    with time.at(on("2011-03-08", 18)):  # the fifth working day is not over
        before = snapshot(case)
        (early,) = kennels.do("grant", kennels.head, case)
        assert early.refusals[0].code == "too_early"
        assert "2011-03-08" in early.refusals[0].message.zh
        assert snapshot(case) == before
    with time.at(on("2011-03-09")):
        assert codes(kennels.do("grant", kennels.head, case)) == ["done"]
    assert state(case) == "granted"


@pytest.mark.parametrize(
    ("day", "code", "first"),
    [
        ("2011-11-14", "outside_window", "2011-11-15"), ("2011-11-15", "done", ""), ("2012-02-29", "done", ""), ("2011-02-28", "done", ""),
        ("2011-03-01", "outside_window", "2011-05-01"), ("2011-12-31", "done", ""), ("2012-06-01", "outside_window", "2012-11-15"),
    ],
)  # fmt: skip
def test_outside_the_window_the_next_one_is_told(kennels: Kennels, day: str, code: str, first: str) -> None:

    with time.at(on(day)):
        (result,) = engine.open_cases([Draft("dogs.kennel", COUNTY, 77, {"name": "犬舍"})], "ask_in_season", actor=kennels.keeper)
    assert codes([result]) == [code]
    if first:
        assert result.refusals[0].data["from"] == first
        assert first in result.refusals[0].message.zh
        assert result.case == 0


MONTH_DAY = st.dates(dt.date(2000, 1, 1), dt.date(2000, 12, 31)).map(lambda d: d.strftime("%m-%d"))


@example(first="02-29", last="02-29", day=dt.date(2011, 2, 28))
@example(first="02-29", last="02-28", day=dt.date(2012, 2, 29))
@settings(max_examples=200)
@given(first=MONTH_DAY, last=MONTH_DAY, day=st.dates(dt.date(1999, 1, 1), dt.date(2030, 12, 31)))
def test_a_day_outside_is_inside_again_on_the_day_told(first: str, last: str, day: dt.date) -> None:
    spans = [windows.parse_span(first, last)]
    told = windows.coming(spans, day)
    assert told is not None
    assert told[0] > day
    assert windows.inside(spans, told[0])
    if not windows.inside(spans, day):
        assert not any(windows.inside(spans, day + dt.timedelta(days=n)) for n in range((told[0] - day).days))


@pytest.mark.parametrize(
    ("spans", "day", "within", "following"),
    [
        ([("02-29", "03-10")], "2011-03-01", True, "2012-02-29"), ([("02-29", "03-10")], "2011-02-28", False, "2011-03-01"),
        ([("12-20", "01-10")], "2011-01-10", True, "2011-12-20"), ([("12-20", "01-10")], "2011-01-11", False, "2011-12-20"),
        ([("2011-03-01", "2011-03-31")], "2011-03-31", True, None), ([("2011-03-01", "2011-03-31")], "2011-02-28", False, "2011-03-01"),
    ],
)  # fmt: skip
def test_published_windows(spans: list[tuple[str, str]], day: str, within: bool, following: str | None) -> None:
    date = dt.date.fromisoformat(day)
    assert windows.inside(spans, date) is within
    found = windows.coming(spans, date)
    assert (found[0].isoformat() if found else None) == following


@pytest.mark.parametrize("span", [("2011-03-02", "2011-03-01"), ("02-30", "03-01"), ("03-01", "2011-04-01"), ("spring", "summer")])
def test_a_span_that_is_none_is_refused(span: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        windows.parse_span(*span)


def test_the_kennel_permit_passes_every_check(kennels: Kennels) -> None:
    loaded = [load(path) for path in module.processes]
    for one in loaded:
        check(one.definition, one.places, others={other.definition.process.code: other.definition for other in loaded})
