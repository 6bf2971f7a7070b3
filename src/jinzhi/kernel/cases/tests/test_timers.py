"""Timers that act: in steady chunks, once each, and one wrong case does not stop the others."""

from __future__ import annotations

import datetime as dt
import time as machine

import pytest
from django.db import connection

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.results import Draft
from jinzhi.kernel.cases.tests.kennels import CODE, COUNTY, Kennels, kennels  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import codes, state
from jinzhi.kernel.cases.tests.test_levels import on, value

pytestmark = pytest.mark.django_db


def waiting(kennels: Kennels, *names: str) -> list[int]:
    """Kennels whose applicants were told what is missing on 2011-03-01 and never answer: they lapse 30 days later."""
    drafts = [Draft(CODE, COUNTY, 77, {"name": name}) for name in names]
    cases = [r.case for r in engine.open_cases(drafts, "ask", actor=kennels.keeper)]
    assert all(r.ok for r in kennels.do("notice", kennels.window, *cases, missing="章程"))
    return cases


def test_one_poisoned_case_stops_nobody_and_is_tried_again_later(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        first, bad, last = waiting(kennels, "甲", "poison", "乙")
    with time.at(on("2011-04-10")):
        assert engine.run_due() == 3
        assert [state(c) for c in (first, bad, last)] == ["lapsed", "correcting", "lapsed"]
        assert value("select tries from clock_failure where case_id = %s", bad) == 1
        assert "poison" in str(value("select error from clock_failure where case_id = %s", bad))
        assert engine.run_due() == 0, "it waits"
    with time.at(on("2011-04-10") + dt.timedelta(minutes=2)):
        assert engine.run_due() == 1
        assert value("select tries from clock_failure where case_id = %s", bad) == 2
        assert engine.run_due() == 0


def test_nothing_of_a_failed_act_stays(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        (case,) = waiting(kennels, "poison")
    with time.at(on("2011-04-10")):
        engine.run_due()
    with connection.cursor() as cursor:
        cursor.execute("select body from event where case_id = %s and action = 'lapse'", [case])
        assert cursor.fetchall() == []
    assert state(case) == "correcting"


def test_a_clock_whose_action_moves_a_side_track_acts_once_and_stays_overdue(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        (case,) = kennels.reviewing(accepted_on="2011-03-01")
    with time.at(on("2011-05-01")):
        assert engine.run_due() == 1
        assert engine.run_due() == 0
        assert codes(kennels.do("forward", kennels.clerk, case)) == ["done"]
    assert value("select count(*) from event where case_id = %s and action = 'urge'", case) == 1
    assert value("select stopped_at is null and due < %s from clock where case_id = %s and name = 'decide'", on("2011-05-01"), case) is True
    assert value("select count(*) from duty where case_id = %s and slot = 'urging.1' and closed_at is null", case) == 1


def test_a_new_due_date_lets_a_clock_act_again(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        (case,) = kennels.reviewing(accepted_on="2011-03-01")
    with time.at(on("2011-05-03")):
        engine.run_due()
        assert value("select acted_at is not null from clock where case_id = %s and name = 'decide'", case) is True
        kennels.do("defer", kennels.head, case, deferred_to="2011-06-01", reason="x")
        assert value("select acted_at is null from clock where case_id = %s and name = 'decide'", case) is True


def test_chunks_are_taken_longest_due_first(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        old = waiting(kennels, *"abc")
    with time.at(on("2011-03-02")):
        new = waiting(kennels, *"def")
    with time.at(on("2011-05-01")):
        assert engine.run_due(limit=3) == 3
        assert {state(c) for c in old} == {"lapsed"}
        assert {state(c) for c in new} == {"correcting"}
        assert engine.run_due(limit=3) == 3
        assert engine.run_due(limit=3) == 0


@pytest.mark.slow
def test_ten_thousand_are_done_in_steady_chunks(kennels: Kennels) -> None:
    with time.at(on("2011-03-01")):
        cases = waiting(kennels, *(f"n{i}" if i != 5_000 else "poison" for i in range(10_000)))
    took: list[float] = []
    with time.at(on("2011-05-01")):
        while True:
            start = machine.monotonic()
            if not engine.run_due(500):
                break
            took.append(machine.monotonic() - start)
    assert value("select count(*) from case_ where id = any(%s) and state = 'lapsed'", cases) == 9_999
    assert len(took) == 20
    usual = sorted(took)[10]
    # every chunk but the poisoned one costs the same, late or early
    assert sorted(took)[-2] < 4 * usual, took
