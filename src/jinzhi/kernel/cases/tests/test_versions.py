"""Two versions of one process side by side: moved by a recorded act, or opened under the old one for ever; and wrong facts corrected."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine, queries, registry
from jinzhi.kernel.cases.correction import correct
from jinzhi.kernel.cases.language import parse
from jinzhi.kernel.cases.migration import migrate
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.kennels import COUNTY, HERE, Kennels, kennels  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import codes, snapshot, state
from jinzhi.kernel.cases.tests.test_levels import due, on, value
from jinzhi.kernel.cases.tests.town import Town, _forget, actor, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Person, Post
from jinzhi.kernel.orgs.queries import org_by_path

pytestmark = pytest.mark.django_db
KEEPER: Actor = actor(900_400, "process_keeper", COUNTY)
ROLES = [actor(900_401, "process_keeper", "000000/Z310000/"), actor(900_402, "head", COUNTY)]


def renamed(path: Path, **names: str) -> dict[str, Any]:
    """A file's text with names changed everywhere they stand."""
    text = read(path).model_dump_json(by_alias=True, exclude_defaults=True)
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    raw: dict[str, Any] = json.loads(text)
    return raw


def newer() -> int:
    """A later version: 'reviewing' is called 'studying' and is an examiner's, 'correcting' is gone, a decision is due in 10 days."""
    raw = renamed(HERE / "kennels.toml", reviewing="studying", correcting="mending", **{"20wd": "10wd"})
    raw["process"]["effective"] = "2011-06-01"
    raw["role"]["examiner"] = {"zh": "审查员", "en": "Examiner"}
    raw["state"]["studying"]["duty"] = "examiner"
    raw["action"]["send_out"]["by"] = ["examiner"]
    raw["migrate"] = {"2004-01-01": {"reviewing": "studying"}}
    return registry.publish(parse(raw))


def test_cases_are_moved_by_a_recorded_act_and_what_runs_keeps_its_limit(kennels: Kennels) -> None:
    with time.at(on("2011-05-03")):
        (reviewing,) = kennels.reviewing(accepted_on="2011-05-03")
        (asked, correcting, closed) = kennels.ask(3)
        kennels.do("notice", kennels.window, correcting, missing="章程")
        kennels.do("refuse", kennels.head, closed)
        before_due = due(reviewing)
    with time.at(on("2011-05-10")):
        to = newer()
        version = value("select version from case_ where id = %s", reviewing)
        results = migrate([reviewing, asked, correcting, closed, 10**12, asked], to, actor=KEEPER, reason="新版施行")
    assert codes(results) == ["done", "done", "no_place", "closed", "absent", "twice"]
    assert "待补正" in results[2].refusals[0].message.zh
    assert [state(c) for c in (reviewing, asked, correcting)] == ["studying", "asked", "correcting"]
    assert value("select process_version from case_ where id = %s", reviewing) == to
    assert value("select version from case_ where id = %s", reviewing) == version + 1  # type: ignore[operator]
    assert due(reviewing) == before_due
    assert value("select \"limit\" from clock where case_id = %s and name = 'decide'", reviewing) == "20wd"
    assert value("select role from duty where case_id = %s and closed_at is null", reviewing) == "examiner"
    assert value("select role from duty where case_id = %s and closed_at is null", asked) == "window"
    body = json.loads(str(value("select body from event where case_id = %s and action = '~migrate'", reviewing)))
    assert body["states"] == {"main.1": ["reviewing", "studying"]}
    assert body["reason"] == "新版施行"
    assert body["from"] != body["to"]
    assert codes(kennels.do("send_out", actor(900_403, "examiner", COUNTY), reviewing, laboratories=["Z310000"])) == ["done"]
    assert codes(migrate([asked], to, actor=KEEPER, reason="x")) == ["same_version"]


@pytest.mark.parametrize("who", ROLES)
def test_only_a_process_keeper_of_the_place_moves_cases(kennels: Kennels, who: Actor) -> None:
    (case,) = kennels.ask()
    before = snapshot(case)
    assert codes(migrate([case], newer(), actor=who, reason="x")) == ["absent" if "Z31" in who.grants[0].org_path else "not_keeper"]
    assert snapshot(case) == before
    with pytest.raises(ValueError, match="reason"):
        migrate([case], 1, actor=KEEPER, reason=" ")
    with pytest.raises(LookupError):
        migrate([case], 10**6, actor=KEEPER, reason="x")


def test_a_hundred_are_moved_in_a_handful_of_statements(kennels: Kennels) -> None:
    cases, to = kennels.ask(100), newer()
    registry.process_by_id(to)
    before = len(connection.queries_log)
    connection.force_debug_cursor = True
    try:
        assert all(r.ok for r in migrate(cases, to, actor=KEEPER, reason="x"))
        assert len(connection.queries_log) - before <= 6
    finally:
        connection.force_debug_cursor = False


def test_a_case_of_a_version_no_file_holds_any_more_is_opened_printed_exported_and_worked_on(town: Town, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    (open_case, closed) = town.ask(8, 9)
    town.do("accept", town.clerk, closed, vaccinated=True)
    town.do("grant", town.head, closed)
    old = read(dogs.module.processes[0])
    raw = renamed(dogs.module.processes[0], **{name: f"new_{name}" for name in (*old.state, *old.role, *old.clock) if name != "owner"})
    raw["process"]["effective"] = "2010-01-01"
    registry.publish(parse(raw))
    # the old file is gone: what is left of it stands in the database alone
    _forget()
    for case, now_is in ((open_case, "asked"), (closed, "granted")):
        view = queries.access_case(town.clerk, case)
        assert view.work.state == now_is
        assert view.state_title.zh in ("已申请", "已准予")
        assert [e.title.zh for e in queries.history(view)][-1] == "申请"
    (licence,) = documents.for_case(closed)
    assert licence.number
    assert [o.action.name for o in queries.offers(queries.access_case(town.clerk, open_case))] == ["accept", "send_back"]
    officer = Person.objects.create(username="clerk", name_zh="窗口")
    bureau = org_by_path(dogs.OWNER)
    assert bureau is not None
    Post.objects.create(person=officer, role="clerk", org_id=bureau.pk, valid_from=dt.date(2000, 1, 1))
    client = Client()
    client.force_login(officer)
    for address, said in ((f"/office/cases/{open_case}/", "已申请"), (f"/office/cases/{closed}/", "已准予"), (f"/office/cases/{closed}/log/", "准予")):
        assert said in client.get(address).content.decode()
    assert client.get(f"/documents/{licence.pk}.pdf").content.startswith(b"%PDF")
    sheet = b"".join(client.get("/office/export/cases.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert str(licence.number) in sheet
    assert codes(town.do("accept", town.clerk, open_case, vaccinated=True)) == ["done"]


# -- correcting ----------------------------------------------------------------------------------------------------------


def fix(case: int, field: str, new: Any, who: Actor, reason: str = "录入有误", **more: Any) -> str:
    return codes([correct(case, field, new, reason=reason, actor=who, **more)])[0]


def test_a_wrong_fact_is_corrected_and_what_is_counted_by_it_follows(kennels: Kennels) -> None:
    with time.at(on("2011-09-28")):
        (case,) = kennels.reviewing(accepted_on="2011-09-28")
        assert due(case) > dt.date(2011, 10, 27)
        version = value("select version from case_ where id = %s", case)
        assert fix(case, "accepted_on", "2011-09-26", kennels.window) == "done"
        assert due(case) == dt.date(2011, 10, 27)
        assert value("select due from duty where case_id = %s and closed_at is null", case) == value(
            "select due from clock where case_id = %s and name = 'decide'", case
        )
    assert value("select facts->>'accepted_on' from case_ where id = %s", case) == "2011-09-26"
    assert value("select version from case_ where id = %s", case) == version + 1  # type: ignore[operator]
    body = json.loads(str(value("select body from event where case_id = %s and action = '~correct'", case)))
    assert (body["old"], body["new"], body["reason"], body["clocks"]) == ("2011-09-28", "2011-09-26", "录入有误", ["decide"])
    assert fix(case, "name", "新名", kennels.window, version=version) == "stale"


def test_what_may_not_be_corrected_is_refused_and_stays(kennels: Kennels) -> None:
    (case,) = kennels.reviewing(accepted_on="2026-11-20")
    before = snapshot(case)
    assert fix(case, "accepted_on", "2026-11-19", kennels.clerk) == "not_your_role"
    assert fix(case, "accepted_on", "2026-11-19", kennels.elsewhere) == "absent"
    assert fix(case, "accepted_on", "2026-11-19", kennels.keeper) == "not_your_role"
    assert fix(case, "accepted_on", "yesterday", kennels.window) == "format"
    assert fix(case, "accepted_on", "2026-11-20", kennels.window) == "same_value"
    assert fix(case, "accepted_on", "2026-11-19", kennels.window, reason=" ") == "missing"
    assert fix(case, "keeper", 78, kennels.window) == "not_correctable"
    assert fix(case, "opinion", "x", kennels.head) == "no_such_fact"
    assert fix(case, "colour", "x", kennels.head) == "no_such_fact"
    assert fix(case, "name", "x", kennels.head, lane="main.7") == "no_such_fact"
    assert snapshot(case) == before


def test_a_fact_of_a_lane_is_corrected_there(town: Town) -> None:
    (case,) = town.ask(60)
    town.do("accept", town.clerk, case, vaccinated=True, vets=["a", "b"])
    for person in (town.vet, town.vet2):
        assert engine.advance([engine.Move(case, 1, data={"finding": "好"})], "visit", actor=person)[0].ok
    assert fix(case, "finding", "不好", town.vet, lane="visit.1") == "done"
    assert value("select facts->>'finding' from lane where case_id = %s and track = 'visit' and no = 1", case) == "不好"
    assert fix(case, "finding", "不好", town.vet, lane="visit.2") == "no_such_fact"


def test_the_command_says_first_what_would_stay_and_then_moves_the_rest(kennels: Kennels, capsys: pytest.CaptureFixture[str]) -> None:
    (reviewing,) = kennels.reviewing(accepted_on="2026-11-20")
    (correcting,) = kennels.ask()
    kennels.do("notice", kennels.window, correcting, missing="章程")
    to = newer()
    county = org_by_path(COUNTY)
    assert county is not None
    keeper = Person.objects.create(username="keeper", name_zh="保流程")
    Post.objects.create(person=keeper, role="process_keeper", org_id=county.pk, valid_from="2000-01-01")
    given = ["migrate", "dogs.kennel", "--to", str(to)]
    for extra, now_is in ((["--dry-run"], "reviewing"), (["--by", "keeper", "--reason", "新版施行"], "studying")):
        with pytest.raises(SystemExit):  # one stays: said by the exit code as well
            call_command("processes", *given, *extra, "--json")
        said = json.loads(capsys.readouterr().out)
        assert (said["moved"], [(s["case"], s["code"]) for s in said["stay"]]) == (1, [(correcting, "no_place")])
        assert state(reviewing) == now_is
    with pytest.raises(CommandError, match="--by"):
        call_command("processes", *given)
