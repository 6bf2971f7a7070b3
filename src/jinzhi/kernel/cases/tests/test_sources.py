"""Sources: what is listed is done once for each key, however often it is listed, whoever lists it, whatever fails in between."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command

from jinzhi.kernel import time
from jinzhi.kernel.cases import children, engine, quotas
from jinzhi.kernel.cases.correction import correct
from jinzhi.kernel.cases.migration import migrate
from jinzhi.kernel.cases.registry import process_on
from jinzhi.kernel.cases.results import Draft, Move
from jinzhi.kernel.cases.sources import Due, run_sources
from jinzhi.kernel.cases.tests.kennels import CODE, COUNTY, LISTED, Kennels, kennels  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import state
from jinzhi.kernel.cases.tests.test_levels import on, value
from jinzhi.kernel.cases.tests.test_race import together
from jinzhi.kernel.cases.tests.town import actor
from jinzhi.kernel.orgs.sight import sight

pytestmark = pytest.mark.django_db


def due(*names: str) -> list[Due]:
    return [Due(f"key of {name}", Draft(CODE, COUNTY, 77, {"name": name} if name else {})) for name in names]


def opened() -> object:
    return value("select count(*) from event where action = 'renew'")


def test_what_is_listed_twice_is_opened_once(kennels: Kennels) -> None:
    LISTED["renewals"] = [*due("甲", "乙"), *due("甲")]
    assert run_sources() == 2
    LISTED["renewals"] = due("甲", "乙", "丙")
    assert run_sources() == 1
    assert run_sources() == 0
    assert opened() == 3
    assert value("select count(*) from source_key where done and case_id is not null") == 3


def test_standing_cases_are_moved_once_by_what_a_source_receives(kennels: Kennels) -> None:
    first, second = kennels.ask(2)
    LISTED["gone"] = [Due("receipt 1", move=Move(first)), Due("receipt 2", move=Move(second))]
    assert run_sources() == 2
    assert run_sources() == 0
    assert {state(first), state(second)} == {"lapsed"}


def test_one_that_fails_or_is_refused_stops_no_other_and_is_tried_again(kennels: Kennels) -> None:
    moment = on("2011-03-01")
    with time.at(moment):
        LISTED["renewals"] = due("甲", "poison from a source", "", "乙")
        assert run_sources() == 4
        assert opened() == 2
        assert run_sources() == 0
        assert "poison" in str(value("select reason from source_key where key = 'key of poison from a source'"))
        assert str(value("select reason from source_key where key = 'key of '")).startswith("missing")
    with time.at(moment + dt.timedelta(minutes=2)):
        LISTED["renewals"] = due("甲", "poison from a source", "", "乙")
        assert run_sources() == 2
        assert value("select array_agg(distinct tries) from source_key where not done") == [2]
    LISTED["renewals"] = [Due("key of ", Draft(CODE, COUNTY, 77, {"name": "补上了"})), *due("乙")]
    with time.at(moment + dt.timedelta(days=1)):
        assert run_sources() == 1
    assert opened() == 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_workers_open_each_once(kennels: Kennels) -> None:
    LISTED["renewals"] = due(*(f"n{i}" for i in range(60)))
    together(4, lambda n: [run_sources() for _ in range(2)])
    assert opened() == 60
    assert value("select count(distinct case_id) from source_key where done") == 60


def test_jobs_commands_and_built_in_acts_say_themselves_who_asks(kennels: Kennels, capsys: pytest.CaptureFixture[str]) -> None:
    (case,) = kennels.reviewing(accepted_on="2026-11-20")
    quotas.allot(CODE, "places", "33", str(time.today().year), Decimal(3))
    LISTED["renewals"] = due("甲")
    with sight(None):  # as in a worker or a command that has not said anything
        assert run_sources() == 1
        assert engine.run_due() == 0
        children.take_back([])
        draft = Draft(CODE, COUNTY, 77, {"name": "丙", "places": 3, "province": "33"})
        assert engine.one(engine.open_cases([draft], "ask_for_places", actor=kennels.keeper)).state == "asked"
        call_command("quotas", "show", CODE)
        assert "剩余 left 0" in capsys.readouterr().out
        assert correct(case, "accepted_on", "2026-11-19", reason="误录", actor=kennels.window).ok
        version = process_on(CODE, time.today()).id
        (stays,) = migrate([case], version, actor=actor(900_400, "process_keeper", COUNTY), reason="x")
        assert stays.refusals[0].code == "same_version"
        call_command("processes", "migrate", CODE, "--to", str(version), "--dry-run")
        assert "would move: 0" in capsys.readouterr().out
