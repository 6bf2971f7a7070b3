"""Whoever changes the log, with all rights over the database, is found, and what was done is said."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection

from jinzhi.kernel.cases import engine, lists
from jinzhi.kernel.cases.log import archive, offline, roots
from jinzhi.kernel.cases.log.verify import verify
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.documents import pki
from jinzhi.kernel.feeds.tests.waiting import settled
from jinzhi.kernel.orgs import commands
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import Org
from jinzhi.kernel.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
Tamper = Callable[..., None]


@pytest.fixture
def tamper(owner_connection: psycopg.Connection) -> Tamper:
    """SQL as the owner of the tables with their triggers off: what an intruder with all rights could do."""

    def run(sql: str, *values: object) -> None:
        with owner_connection.transaction():
            for table in ("event", "case_", "log_root", "log_root_block"):
                owner_connection.execute(f"alter table {table} disable trigger user")
            owner_connection.execute(sql, values)  # type: ignore[arg-type]
            for table in ("event", "case_", "log_root", "log_root_block"):
                owner_connection.execute(f"alter table {table} enable trigger user")

    return run


@pytest.fixture
def as_owner(owner_connection: psycopg.Connection) -> Iterator[None]:
    """Django's connection as the owner of the tables, as ``./jinzhi manage`` has it."""
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({"USER": owner_connection.info.user, "PASSWORD": owner_connection.info.password})
    yield
    connection.close()
    connection.settings_dict.update(kept)


def make(day: int) -> roots.Root | None:
    settled()
    return roots.make(dt.date(2026, 11, day))


def grown(town: Town) -> int:
    """A case whose log has five events."""
    (case,) = town.ask(8)
    append([Noted(case, "~note", 7, body={"text": "一"}), Noted(case, "~note", 8, body={"text": "二"}), Noted(case, "~claim", 9)])
    engine.one(town.do("accept", town.clerk, case, vaccinated=True))
    assert [line.seq for line in lists.log(case)] == [1, 2, 3, 4, 5]
    return case


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("update event set body = '{}' where case_id = %s and seq = 3", [(3, "changed")]),
        ("update event set at = at + interval '1 microsecond' where case_id = %s and seq = 5", [(5, "changed")]),
        ("update event set actor = 1 where case_id = %s and seq = 1", [(1, "changed")]),
        ("delete from event where case_id = %s and seq = 3", [(3, "missing")]),
        ("delete from event where case_id = %s and seq > 3", [(4, "missing"), (5, "missing")]),
        ("delete from event where case_id = %s and seq = 1", [(1, "missing")]),
        ("delete from event where case_id = %s", [(n, "missing") for n in range(1, 6)]),
        (("update event set seq = case seq when 2 then 3 when 3 then 2 end + 100 where case_id = %s and seq in (2, 3);"
         "update event set seq = seq - 100 where seq > 100"), [(2, "reordered"), (3, "reordered")]),
        (("insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)"
         " select case_id, 6, at, actor, post, org, action, lane, request, body, sha256('x') from event where case_id = %s and seq = 5"), [(6, "added")]),
        ("update case_ set head = sha256('x') where id = %s", [(5, "head")]),
    ],
)  # fmt: skip
def test_what_was_done_to_a_chain_is_said(town: Town, tamper: Tamper, sql: str, said: list[tuple[int, str]]) -> None:
    case, other = grown(town), grown(town)
    assert verify().intact
    for part in sql.split(";"):
        tamper(part, *([case] if "%s" in part else []))
    report = verify()
    assert [(f.case, f.seq, f.kind) for f in report.findings] == [(case, seq, kind) for seq, kind in said]
    assert verify(low=other, high=other + 1).intact


def test_an_event_taken_out_and_the_rest_renumbered(town: Town, tamper: Tamper) -> None:
    """What followed the one taken out can no longer be told from a changed one; all behind it betray their old places."""
    case = grown(town)
    tamper("delete from event where case_id = %s and seq = 2", case)
    for seq in (3, 4, 5):
        tamper("update event set seq = seq - 1 where case_id = %s and seq = %s", case, seq)
    assert [(f.seq, f.kind) for f in verify().findings] == [(2, "changed"), (3, "missing"), (3, "reordered"), (4, "reordered")]


def test_ranges_side_by_side_find_the_same(town: Town, tamper: Tamper, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [grown(town) for _ in range(5)]
    tamper("update event set body = '{}' where case_id = %s and seq = 2", cases[3])
    monkeypatch.setattr("jinzhi.kernel.cases.log.verify.RANGE", 2)
    told: list[tuple[int, int]] = []
    report = verify(jobs=3, progress=lambda done, total: told.append((done, total)))
    assert [(f.case, f.seq) for f in report.findings] == [(cases[3], 2)]
    assert report.events == verify(jobs=1).events == 25
    assert told[-1][0] == told[-1][1]


# -- roots -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def _rewrite(tamper: Tamper, case: int) -> None:
    """The last event changed, its hash and the case's head worked out anew: the chain itself holds again."""
    tamper("update event set body = '{}' where case_id = %s and seq = 5", case)
    tamper(
        "update event e set hash = sha256(p.hash || event_line(e.case_id, e.seq, e.at, e.actor, e.post, e.org, e.action, e.lane, e.request, e.body))"
        " from event p where e.case_id = %s and e.seq = 5 and p.case_id = e.case_id and p.seq = 4", case,
    )  # fmt: skip
    tamper("update case_ c set head = e.hash from event e where c.id = %s and e.case_id = c.id and e.seq = 5", case)


@pytest.mark.parametrize("what", ["rewritten", "end cut", "case gone", "leaf", "statement", "signature", "event smuggled in"])
def test_roots_catch_what_chains_cannot(town: Town, tamper: Tamper, keys: Path, what: str) -> None:
    case, _ = grown(town), grown(town)
    first = make(20)
    assert first is not None
    assert (first.cases, first.events) == (2, 10)
    append([Noted(case, "~note", 1)])
    second = make(21)
    assert second is not None
    assert (second.cases, second.events) == (1, 1)
    assert make(21) is None
    assert roots.verify_roots() == []
    assert verify().intact
    if what == "rewritten":
        case = grown(town)
        assert make(22)
        _rewrite(tamper, case)
    elif what == "end cut":
        tamper("delete from event where case_id = %s and seq = 6", case)
        tamper("update case_ c set seq = 5, head = e.hash from event e where c.id = %s and e.case_id = c.id and e.seq = 5", case)
    elif what == "case gone":
        for table in ("event", "lane", "case_row", "duty", "clock", "suspension"):
            tamper(f"delete from {table} where case_id = %s", case)
        tamper("delete from case_ where id = %s", case)
    elif what == "leaf":
        tamper("update log_root_block set leaves = overlay(leaves placing 'x'::bytea from 20 for 1) where root = 1")
    elif what == "statement":
        tamper("update log_root set statement = replace(statement, '\"cases\":2', '\"cases\":1'), cases = 1 where no = 1")
    elif what == "signature":
        tamper("update log_root a set signature = b.signature from log_root b where a.no = 1 and b.no = 2")
    else:
        tamper(
            "insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash, xid, pos) overriding system value"
            " select case_id, 7, at, 1, 0, '', '~note', 'main.1', '', '{}', sha256(hash || event_line(case_id, 7, at, 1, 0, '', '~note', 'main.1', '', '{}')),"
            " xid, pos from event where case_id = %s and seq = 6", case,
        )  # fmt: skip
        tamper("update case_ c set seq = 7, head = e.hash from event e where c.id = %s and e.case_id = c.id and e.seq = 7", case)
    if what in ("rewritten", "end cut", "event smuggled in"):
        assert verify().intact
    found = roots.verify_roots()
    assert found
    if what in ("rewritten", "end cut", "case gone", "event smuggled in"):
        assert any(f.case == case for f in found) != (what == "event smuggled in")


def test_roots_kept_elsewhere_prove_a_root_made_anew(town: Town, keys: Path, tmp_path: Path, owner_connection: psycopg.Connection, tamper: Tamper) -> None:
    grown(town)
    kept = make(20)
    assert kept is not None
    assert json.loads((keys / "roots" / "2026-11-20.json").read_text())["statement"] == kept.statement
    tamper("delete from log_root_block")
    tamper("delete from log_root")
    grown(town)
    assert make(20)
    assert roots.verify_roots() == []
    assert [f.kind for f in roots.verify_roots([kept])] == ["root"]


@pytest.mark.parametrize("table", ["log_root", "log_root_block", "archive"])
def test_nobody_changes_a_root(owner_connection: psycopg.Connection, table: str) -> None:
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        owner_connection.execute(f"delete from {table}")


# -- archive ---------------------------------------------------------------------------------------------------------------


def closed(town: Town, *weights: int) -> list[int]:
    cases = town.ask(*weights)
    for action, who, data in (("accept", town.clerk, {"vaccinated": True}), ("grant", town.head, {})):
        for result in town.do(action, who, *cases, **data):
            engine.one([result])
    return cases


def test_closed_cases_go_into_a_file_and_come_back(town: Town, as_owner: None, keys: Path) -> None:
    cases = closed(town, 8, 9)
    stays = grown(town)
    assert make(20)
    before = {case: lists.log(case) for case in cases}
    lanes = _rows("lane", cases)
    assert set(archive.candidates(dt.datetime.max.replace(tzinfo=dt.UTC))) == set(cases)
    made = archive.archive(cases)
    assert made.cases == 2
    assert lists.log(cases[0]) == []
    assert _rows("lane", cases) == []
    assert verify().intact
    assert roots.verify_roots() == []
    assert offline.check(made.path, pki.trusted()) == (2, made.events, [])
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "JINZHI", "DATABASE"))} | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "jinzhi.kernel.cases.log.offline", str(made.path), "--root", str(pki.trusted()[0])]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert f"2 cases, {made.events} events: intact" in done.stdout
    assert sorted(archive.restore(made.path)) == sorted(cases)
    assert _rows("lane", cases) == lanes
    for case in cases:
        log = lists.log(case)
        assert log[: len(before[case])] == before[case]
        assert [line.action for line in log[len(before[case]) :]] == ["~archive", "~restore"]
    assert verify().intact
    assert len(lists.log(stays)) == 5


def _rows(table: str, cases: list[int]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {table} where case_id = any(%s) order by 1, 2, 3", [cases])
        return cursor.fetchall()


def test_a_file_that_was_touched_is_refused(town: Town, as_owner: None, keys: Path) -> None:
    cases = closed(town, 8, 9)
    path = archive.archive(cases).path
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    for broken in (
        good.replace(b'"actor":900007', b'"actor":900009', 1), b"".join(lines[:-1]), b"".join([lines[0], *lines[2:]]),
        b"".join([lines[0], lines[2], lines[1], lines[3]]), good + lines[1], good.replace(b'"sha256":"', b'"sha256":"0', 1), b"", b"{}\n", b"nothing",
    ):  # fmt: skip
        assert broken != good
        path.write_bytes(broken)
        with pytest.raises(Refused):
            archive.restore(path)
    path.write_bytes(good)
    with pytest.raises(Refused, match="are not in this file"):
        archive.restore(path, [999])
    assert archive.restore(path, [cases[0]]) == [cases[0]]
    with pytest.raises(Refused, match="not archived here"):
        archive.restore(path)
    with pytest.raises(Refused, match="open, archived or absent"):
        archive.archive([grown(town)])
    assert verify().intact


def test_events_leave_only_with_their_archived_case(town: Town, owner_connection: psycopg.Connection) -> None:
    grown(town)
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        owner_connection.execute("delete from event")


def test_the_command(town: Town, as_owner: None, keys: Path, tamper: Tamper, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = grown(town)
    call_command("log", "root", "--out", str(tmp_path / "kept"))
    call_command("log", "verify", "--roots", str(tmp_path / "kept"), "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["findings"] == []
    tamper("update event set body = '{}' where case_id = %s and seq = 3", case)
    with pytest.raises(SystemExit):
        call_command("log", "verify")
    assert f"{case}.3  第 3 条记录的内容或哈希被改动" in capsys.readouterr().out


def test_an_archived_case_says_where_it_lies(town: Town, as_owner: None, keys: Path, settings: Any, client: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    cases = closed(town, 8)
    made = archive.archive(cases)
    client.force_login(_officer())
    page = client.get(f"/office/cases/{cases[0]}/").content.decode()
    assert made.path.stem in page
    assert client.get(f"/office/cases/{cases[0]}/log/").status_code == 200
    archive.restore(made.path)
    assert made.path.stem not in client.get(f"/office/cases/{cases[0]}/").content.decode()


def _officer() -> Any:
    person = commands.open_accounts(SYSTEM, [commands.AccountDraft("archive.clerk", "赵敏", password_hash=make_password("Jinzhi-2011-pass"))])[0]
    commands.give_post(SYSTEM, person=person, role="clerk", org=Org.objects.get(path=dogs.OWNER))
    return person
