"""Signals: when each is due (pure), and the job that raises what has come, once, however late or often it runs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from jinzhi.kernel import time
from jinzhi.kernel.cases import clocks as limits
from jinzhi.kernel.cases import promises, promising, queries, recount, signals
from jinzhi.kernel.cases.promises import Threshold
from jinzhi.kernel.cases.signals import Planned, Running, plan
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.test_clock_twin import Bare, bare  # noqa: F401  (a fixture)
from jinzhi.kernel.cases.tests.test_vectors import CALENDAR, at
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.codes import load
from jinzhi.kernel.refusals import Refused

RULE = Threshold()


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What a test that is rolled back has set must not stay in memory."""
    yield
    promises.forget()


def utc(day: str) -> str:
    """The end of a day as the database gives it."""
    return limits.end_of(dt.date.fromisoformat(day)).astimezone(dt.UTC).isoformat()


def of(limit: str, start: str = "2011-09-26", **more: object) -> dict[str, str]:
    started = at(start)
    stops = more.pop("stops", [])
    due = limits.due(started, limit, CALENDAR, stops).at  # type: ignore[arg-type]
    promised = more.get("promised")
    ours = limits.due(started, str(promised), CALENDAR, stops).at if promised else None  # type: ignore[arg-type]
    clock = Running(started, limit, None, [], stops, due, promised_due=ours, **more)  # type: ignore[arg-type]
    return {p.kind: f"{p.at:%m-%d %H:%M:%S}" for p in plan(clock, RULE, CALENDAR)}


def test_a_legal_limit_warns_and_turns_red() -> None:
    # 20 working days: the sixteenth is 21 October, so from Saturday 22 on 80 % are used; two days are left on the 25th, the end is the 27th
    assert of("20wd") == {"warn": "10-22 00:00:00", "red": "10-28 00:00:00"}
    assert of("5wd") == {"warn": "09-30 00:00:00", "red": "10-09 00:00:00"}  # one working day is left on the 30th already
    assert of("1wd") == {"warn": "09-27 00:00:00", "red": "09-28 00:00:00"}


def test_a_promise_turns_yellow_and_the_warning_comes_before_it() -> None:
    assert of("20wd", promised="10wd") == {"warn": "10-12 00:00:00", "yellow": "10-14 00:00:00", "red": "10-28 00:00:00"}


def test_a_stage_and_an_internal_limit_are_yellow_a_partys_clock_only_reminds() -> None:
    assert set(of("10wd", binds="stage")) == {"warn", "yellow"}
    assert set(of("10wd", internal=True)) == {"warn", "yellow"}
    assert of("30d", "2011-11-01", binds="party", remind=("5d", "40d", "2wd", "3h")) == {
        "remind:5d": "11-26 00:00:00", "remind:2wd": "11-29 00:00:00", "remind:3h": "12-01 20:59:59",
    }  # fmt: skip


def test_stopped_days_are_not_used() -> None:
    free, stopped = of("20wd"), of("20wd", stops=[(dt.date(2011, 10, 10), dt.date(2011, 10, 21))])
    assert (free["red"], stopped["red"]) == ("10-28 00:00:00", "11-11 00:00:00")
    assert stopped["warn"] == "11-05 00:00:00"


def test_hours_warn_to_the_second() -> None:
    assert of("10h") == {"warn": "09-26 17:00:00", "red": "09-26 19:00:01"}


def test_a_threshold_of_its_own() -> None:
    clock = Running(at("2011-09-26"), "20wd", None, [], [], limits.due(at("2011-09-26"), "20wd", CALENDAR).at)
    assert plan(clock, Threshold(share=0.7), CALENDAR)[0] == Planned("warn", at("2011-10-20", 0))  # green while more than 30 % is left
    assert plan(clock, Threshold(share=1.0, left=3), CALENDAR)[0] == Planned("warn", at("2011-10-24", 0))


# -- the job -----------------------------------------------------------------------------------------------------------


def kinds(case: int) -> list[str]:
    return [s.kind for s in reversed(signals.of_cases([case]).get(case, []))]


def test_the_job_raises_what_has_come_once(town: Town) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        (case,) = town.ask(3)
        assert signals.raise_due() == 0
    with time.at(at("2011-10-21", 23, 59)):
        assert signals.raise_due() == 0
    with time.at(at("2011-10-22", 0, 1)):
        assert (signals.raise_due(), kinds(case), signals.raise_due()) == (1, ["warn"], 0)
        assert signals.worst([case]) == {case: "warn"}
    with time.at(at("2011-12-01")):  # weeks late
        assert (signals.raise_due(), kinds(case), signals.raise_due()) == (1, ["warn", "red"], 0)
        assert signals.worst([case]) == {case: "red"}
        found = signals.of_cases([case])[case][0]
        assert (found.at, found.raised_at) == (at("2011-10-28", 0), at("2011-12-01"))
        town.do("accept", town.clerk, case, vaccinated=True)
        town.do("grant", town.head, case)
        assert signals.worst([case]) == {}  # its clock has stopped; what was raised stays on record
        assert kinds(case) == ["warn", "red"]


def test_what_stands_still_raises_nothing_and_catches_up(town: Town) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        (case,) = town.ask(3)
        town.do("send_back", town.clerk, case, reason="x")
    with time.at(at("2011-10-20")):  # the correction's own clock binds the party: no warning of it
        assert (signals.raise_due(), kinds(case)) == (0, [])
        town.do("correct", town.owner, case, dog="a", weight=3)
        assert queries.read_works([case])[case].clocks[0].due == utc("2011-11-17")
    with time.at(at("2011-11-14")):
        assert (signals.raise_due(), kinds(case)) == (1, ["warn"])


def test_a_crash_between_two_runs_raises_nothing_twice(town: Town) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        cases = town.ask(*range(1, 8))
    with time.at(at("2011-12-01")):
        assert signals.raise_due(3) == 3
        with connection.cursor() as cursor:  # as if the job had died after raising and before moving on
            cursor.execute("select write_signals(jsonb_build_object('moved', jsonb_agg(jsonb_build_object('clock', id, 'next', '2011-10-01'))), now()) from clock")
        while signals.raise_due(3):
            pass
        assert [kinds(case) for case in cases] == [["warn", "red"]] * 7


def test_one_indexed_read_at_fifty_thousand_clocks(bare: Bare) -> None:  # noqa: F811
    case = bare.case()
    bare.db.execute(
        'insert into clock (case_id, track, lane, name, round, binds, "limit", started_at, due, next_signal_at)'
        " select %s, 'main', 1, 'c' || n, 1, 'organ', '20wd', now(), now() + interval '20 days', now() + n * interval '1 minute' from generate_series(1, 50000) n",
        [case],
    )
    bare.db.execute("analyze clock")
    rows = bare.db.execute(
        "explain (analyze, buffers, format json) select * from clock where next_signal_at is not null and next_signal_at <= now()"
        " order by next_signal_at limit 500 for update skip locked"
    ).fetchone()
    assert rows is not None
    text = str(rows[0])
    assert "clock_signal" in text
    assert "Seq Scan" not in text
    top = rows[0][0]["Plan"]
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] <= 8  # nothing is due: the root of the index and a leaf


# -- promises ----------------------------------------------------------------------------------------------------------


def promise(limit: str, target: str = "deciding", org: str = "", start: str = "2011-01-01", **more: object) -> promising.Wanted:
    return promising.Wanted(dogs.CODE, target, org, limit, dt.date.fromisoformat(start), **more)  # type: ignore[arg-type]


def test_a_promise_stands_beside_the_law_from_the_start_of_a_clock(town: Town) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        (before,) = town.ask(3)
        promising.set_promise(promise("15wd"), by=1)
        promising.set_promise(promise("10wd", org=dogs.OWNER), by=1)  # the nearest organisation counts
        promising.set_promise(promise("3wd", "~intake"), by=1)
        (after,) = town.ask(3)
        works = queries.read_works([before, after])
        assert [c.promised for c in works[before].clocks] == [None]  # what runs keeps what it was started with
        law, stage = sorted(works[after].clocks, key=lambda c: c.name)
        assert (law.name, law.promised, law.promised_due, law.due) == ("deciding", "10wd", utc("2011-10-13"), utc("2011-10-27"))
        assert (stage.name, stage.limit, stage.due) == ("~intake", "3wd", utc("2011-09-29"))
        assert works[after].row.due == law.due  # duties and lists go by the law
    with time.at(at("2011-10-14")):
        signals.raise_due()
        assert kinds(after) == ["warn", "yellow", "warn", "yellow"]
        town.do("accept", town.clerk, after, vaccinated=True)
        assert [c.stopped is not None for c in sorted(queries.read_works([after])[after].clocks, key=lambda c: c.name)] == [False, True]


def test_what_a_promise_may_not_be(town: Town) -> None:  # noqa: F811
    for wanted, field in (
        (promise("21wd"), "limit"), (promise("30d"), "limit"), (promise("1m"), "limit"), (promise("0wd"), "limit"), (promise("soon"), "limit"),
        (promise("5wd", "correcting"), "target"), (promise("5wd", "~field_day"), "target"), (promise("25wd", "~decide"), "limit"),
        (promise("5wd", valid_to=dt.date(2010, 1, 1)), "valid_to"), (promising.Wanted("no.such", "x", "", "5wd", dt.date(2011, 1, 1)), "process"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            promising.set_promise(wanted, by=1)
        assert field in {r.field for r in refused.value.refusals}, wanted
    (told,) = promising.check(promise("30d"))
    assert "20 个工作日" in told.message.zh
    assert "30 days" in told.message.en
    assert promising.check(promise("20d")) == promising.check(promise("20wd")) == []
    assert not promises.current().promises


def test_promises_follow_one_another(town: Town) -> None:  # noqa: F811
    promising.set_promise(promise("15wd", start="2011-01-01"), by=1)
    promising.set_promise(promise("12wd", start="2011-07-01"), by=1)
    promising.set_promise(promise("10wd", start="2011-07-01"), by=1)  # the same day again: the later word counts
    promising.set_promise(promise("", start="2012-01-01"), by=1)
    known = [promises.limit(dogs.CODE, "deciding", dogs.OWNER, dt.date(*day)) for day in ((2010, 12, 31), (2011, 6, 30), (2011, 7, 1), (2011, 12, 31), (2012, 1, 1))]
    assert known == [None, "15wd", "10wd", "10wd", None]


def test_a_new_threshold_plans_running_clocks_anew(town: Town) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        (case,) = town.ask(3)
        promising.set_threshold(0.5, 0, dt.date(2011, 1, 1), 1, process=dogs.CODE)
        assert signals.raise_due() == 1  # looked at, nothing raised
    with time.at(at("2011-10-14", 0)):  # the tenth working day is 13 October
        assert (signals.raise_due(), kinds(case)) == (1, ["warn"])


# -- told durations and the calendar through the door ----------------------------------------------------------------------


def test_a_suspension_keeps_what_the_party_was_told(town: Town) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        one, two = town.ask(3, 4)
        town.do("send_back", town.clerk, one, reason="x", days=5)
        town.do("send_back", town.clerk, two, reason="x")
    works = queries.read_works([one, two])
    kept, silent = works[one].suspensions[0], works[two].suspensions[0]
    assert (kept.told, kept.told_until, kept.began_by, kept.clocks) == ("5wd", "2011-10-08", town.clerk.person_id, ["deciding", "~"])
    assert (silent.told, silent.told_until) == (None, None)
    with time.at(at("2011-10-20")):
        town.do("correct", town.owner, one, dog="a", weight=3)
    assert queries.read_works([one])[one].suspensions[0].ended_by == town.owner.person_id


def test_a_published_calendar_moves_cases_duties_and_rows(town: Town, owner_connection: psycopg.Connection) -> None:  # noqa: F811
    with time.at(at("2011-09-26")):
        (case,) = town.ask(3)
    load.override_days({dt.date(2011, 10, 19): (False, "test")})
    work = queries.read_works([case])[case]
    assert {work.clocks[0].due, work.duties["main.1"].due, work.row.due} == {utc("2011-10-28")}
    load.override_days({dt.date(2011, 10, 19): (True, "test")})
    work = queries.read_works([case])[case]
    assert {work.clocks[0].due, work.duties["main.1"].due, work.row.due} == {utc("2011-10-27")}
    with time.at(time.now() + dt.timedelta(minutes=1)):
        assert recount.settle() == 0


def test_promises_by_command(town: Town) -> None:  # noqa: F811
    def run(*words: str) -> str:
        out = io.StringIO()
        call_command("promises", *words, stdout=out)
        return out.getvalue()

    assert "15wd" in run("set", dogs.CODE, "deciding", "15wd", "--from", "2011-01-01", "--basis", "notice 9")
    assert run("set", dogs.CODE, "~intake", "3wd", "--org", "120000", "--from", "2011-01-01")
    listed = run("list", dogs.CODE)
    assert "notice 9" in listed
    assert "80%" in listed
    assert "to confirm" in listed
    with pytest.raises(CommandError, match="A promise may only be shorter"):
        run("set", dogs.CODE, "deciding", "21wd", "--from", "2011-01-01")
    with pytest.raises(CommandError, match="no organisation has the code"):
        run("set", dogs.CODE, "deciding", "5wd", "--org", "nowhere")
    run("end", dogs.CODE, "deciding", "--from", "2012-01-01")
    assert promises.limit(dogs.CODE, "deciding", dogs.OWNER, dt.date(2012, 1, 1)) is None
    assert run("warn", "0.7", "2", "--process", dogs.CODE, "--from", "2011-01-01")
    assert promises.threshold(dogs.CODE, "deciding", dogs.OWNER, dt.date(2011, 9, 26)).share == 0.7
