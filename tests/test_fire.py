"""Truth under fire: web server, worker and PostgreSQL are killed with -9 while people work; nothing half, nothing lost, nothing twice.

First a batch of a thousand declarations by API, killed at chosen places. Then eight processes race on a thousand cases of the dog licence;
afterwards: no double transition, no lost event, no number twice or missing, no effect half done, every chain intact, duties and clocks as the
states say. The race is bounded by time (``JINZHI_FIRE_SECONDS``, default 45); what is right does not depend on how far it came.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time as clock
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from jinzhi.kernel import time
from jinzhi.kernel.cases.tests import dogs, dogs_read, town
from jinzhi.site.datadir import ROOT, DataDir
from jinzhi.site.postgres import Cluster
from jinzhi.site.roles import APP, embedded_addresses
from jinzhi.site.tests.test_up import Running, wait
from tests.support.fire import Journals, Oracle
from tests.support.platforms import django_on

pytestmark = [pytest.mark.slow, pytest.mark.processes]

NUMBER, BATCH = 1000, 50
NOW = dt.datetime(2011, 11, 23, 10, 42, tzinfo=time.ZONE)
KILLS = {2: "granian", 5: "postgres", 8: "jinzhi.site.worker", 11: "granian", 14: "postgres", 16: "jinzhi.site.worker"}
"""After so many batches, a tenth of a second into the next one, this one is killed."""
RACERS, CASES = 8, 1000
SECONDS = float(os.environ.get("JINZHI_FIRE_SECONDS", "45"))
VICTIMS = ("jinzhi.site.worker", "granian", "postgres", "jinzhi.site.worker", "granian", "postgres")
MODULE = "jinzhi.kernel.cases.tests.dogs_read"


@pytest.fixture(scope="module")
def platform(django_db_blocker: Any) -> Iterator[Running]:
    """A platform from the command line in the week of the permits of the made-up enterprises, its database as durable as a real one.

    It has the dog licence and a reader of its log besides the businesses.
    """
    folder = Path(tempfile.mkdtemp(prefix="jinzhi-fire-"))  # not pytest's: another run would take the right to pass through from the server's user
    folder.chmod(0o711)
    # the test's own key of sight: what it asks of this database is asked as the platform asks
    running = Running(folder / "data", more={"JINZHI_MODULES": MODULE, "JINZHI_SECRET_KEY": os.environ["JINZHI_SECRET_KEY"]})
    running.data.mkdir(mode=0o711)
    shift = round((NOW - dt.datetime.now(time.ZONE)).total_seconds())
    (running.data / "clock.json").write_text(json.dumps({"shift": shift, "demo": False}))
    running.start()
    with psycopg.connect(Cluster(DataDir(running.data)).superuser_url("jinzhi"), autocommit=True) as owner:
        owner.execute(f"{dogs_read.TABLE}; grant select, insert on dog_effect to {APP}")  # type: ignore[arg-type]
    with django_db_blocker.unblock():
        yield running
    assert running.process is not None
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dog_licence(settings: Any) -> Iterator[None]:
    """The module in the test's own process as well."""
    settings.JINZHI_MODULES = [*settings.JINZHI_MODULES, MODULE]
    town._forget()
    yield
    town._forget()


# A batch by API


def make_enterprise() -> tuple[str, list[dict[str, Any]]]:
    """An enterprise at branch Beilun: its key, and the declarations it will send."""
    from jinzhi.kernel.orgs import queries
    from jinzhi.supervision.declarations import sample
    from jinzhi.supervision.declarations.tests.biz_world import World

    queries.forget_orgs()
    with time.at(NOW):
        firm = World(1).firms[0]
        made = sample.labelled(NUMBER, 77, [firm.made], NOW.date(), faulty=0.05, doubtful=0.1, organisations=["380100"])
        return firm.key(), [one.payload | {"enterprise_number": f"K-{n:04d}"} for n, one in enumerate(made)]


def post(running: Running, key: str, batch: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The results of a batch; None when there was no whole answer."""
    request = urllib.request.Request(
        f"http://localhost:{running.port}/api/v1/declarations", json.dumps({"declarations": batch}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())["results"]
            return found
    except urllib.error.HTTPError as error:
        if error.code < 500:  # a fault for a moment is expected, a wrong refusal never
            pytest.fail(f"{error.code}: {error.read()[:500]!r}")
        return None
    except (OSError, ValueError):
        return None


def kill(running: Running, words: str) -> None:
    pid = running.child(words)
    if pid:
        os.kill(pid, signal.SIGKILL)


def test_a_batch_by_api_loses_and_doubles_nothing(platform: Running) -> None:
    with django_on(embedded_addresses(Cluster(DataDir(platform.data))).app):
        key, declarations = make_enterprise()
        acknowledged: dict[str, set[int]] = {}
        repeated = 0
        for number, start in enumerate(range(0, NUMBER, BATCH)):
            victim = KILLS.get(number)
            if victim:
                threading.Timer(0.1, kill, (platform, victim)).start()
            until = clock.monotonic() + 120
            while (results := post(platform, key, declarations[start : start + BATCH])) is None:
                repeated += 1
                assert clock.monotonic() < until, f"batch {number} was never answered\n{platform.said[-2000:]}"
                clock.sleep(0.3)
            for result in results:
                assert result["status"] != "refused", result
                acknowledged.setdefault(result["enterprise_number"], set()).add(result["case_id"])
        wait(platform.ready, 120)
        connection.close()  # the test's own went with the database
        assert repeated, "nothing was ever interrupted"
        # whatever is sent again now is known, and has the same case
        for start in range(0, NUMBER, 500):
            results = post(platform, key, declarations[start : start + 500]) or []
            assert results
            assert all(r["duplicate"] for r in results)
            for result in results:
                acknowledged[result["enterprise_number"]].add(result["case_id"])
        assert len(acknowledged) == NUMBER
        assert all(len(cases) == 1 for cases in acknowledged.values())
        check_cases({cases.pop() for cases in acknowledged.values()}, declarations)
        check_receipts()


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def check_cases(known: set[int], declarations: list[dict[str, Any]]) -> None:
    """Whole cases, as many as were sent: typed rows, review, lanes, list row; numbers unique; every chain continues."""
    from jinzhi.kernel.cases.lists import log

    assert {case for (case,) in rows("select id from case_ where process = 'declarations.import'")} == known
    assert len(rows("select case_id from declarations_message where case_id is not null")) == NUMBER
    for table in ("declarations_declaration", "declarations_review"):
        assert {case for (case,) in rows(f"select case_id from {table}")} == known, table
    lines = dict(rows("select d.enterprise_number, count(*) from declarations_goods g join declarations_declaration d using (case_id) group by 1"))
    assert lines == {d["enterprise_number"]: len(d["lines"]) for d in declarations}
    assert not rows("select id from case_ c where not exists (select from case_row r where r.case_id = c.id)")
    assert not rows("select id from case_ c where not exists (select from lane l where l.case_id = c.id and l.track = 'main')")
    assert not rows("select id from case_ where state in ('sent', 'accepted')"), "what follows at once has followed"
    assert not rows("select number from case_ where number is not null group by 1 having count(*) > 1")
    assert not rows("select id from case_ c where seq <> (select count(*) from event e where e.case_id = c.id)")
    broken = [case for case in known if not all(entry.intact for entry in log(case))]
    assert not broken


def check_receipts() -> None:
    """The feeds catch up, and every event has given its receipts exactly once."""
    from jinzhi.kernel.feeds.events import START, read_after
    from jinzhi.kernel.feeds.models import Checkpoint, DeadLetter
    from jinzhi.kernel.feeds.runner import all_feeds
    from jinzhi.supervision.declarations.models import Receipt
    from jinzhi.supervision.declarations.receipts import kinds_of

    def caught_up() -> bool:
        points = list(Checkpoint.objects.filter(name__in=[feed.name for feed in all_feeds()]))  # other readers keep places here as well
        return len(points) >= 3 and not any(read_after((p.epoch, int(p.xid), p.pos), 1) for p in points)

    try:
        wait(caught_up, 180)
    except pytest.fail.Exception:  # with what a reader needs to find out why
        pytest.fail(f"the feeds did not catch up: {rows('select name, epoch, xid, pos, failures, retry_at, error from feeds_checkpoint')}")
    expected: Counter[tuple[int, int, str]] = Counter()
    position = START
    while events := read_after(position, 5000):
        expected.update((e.case_id, e.seq, kind) for e in events for kind in kinds_of(e))
        position = events[-1].position
    assert Counter(Receipt.objects.values_list("case_id", "seq", "kind")) == expected
    assert expected
    assert not DeadLetter.objects.exists()


# A race


def make_officers() -> tuple[int, dict[str, list[int]], dict[str, str]]:
    """A dog's owner and officers with posts: (party, people by role, keys by person)."""
    from jinzhi.kernel.orgs import commands, queries, tokens
    from jinzhi.kernel.orgs.actors import SYSTEM
    from jinzhi.kernel.orgs.models import Membership, Org, Party, Person
    from jinzhi.kernel.time import today

    queries.forget_orgs()
    org = Org.objects.get(path=dogs.OWNER)
    wanted = [(role, n) for role in ("clerk", "vet", "head") for n in range(3)]
    made = commands.open_accounts(SYSTEM, [commands.AccountDraft(f"{role}.{n}x", "某人", "Somebody", password="a long enough one") for role, n in wanted])
    commands.give_posts(SYSTEM, [commands.PostDraft(p, role, org) for p, (role, _) in zip(made, wanted, strict=True)])
    party = Party.objects.create(code="91330206MA2TESTFIR", name_zh="养犬人", name_en="Owner of dogs")
    owner = commands.open_accounts(SYSTEM, [commands.AccountDraft("dog.owner", "养犬人", "Owner", password="a long enough one")])[0]
    Membership.objects.create(person=owner, party=party, role="admin", valid_from=today())
    Person.objects.filter(must_change_password=True).update(must_change_password=False)
    people: dict[str, list[int]] = {"owner": [owner.pk], "clerk": [], "vet": [], "head": []}
    for person, (role, _) in zip(made, wanted, strict=True):
        people[role].append(person.pk)
    keys = {str(p.pk): tokens.make_token(SYSTEM, person=p, name="fire")[1] for p in made}
    keys[str(owner.pk)] = tokens.make_token(queries.actor_for(owner), person=owner, name="fire", party=party)[1]
    return party.pk, people, keys


def open_thousand(party: int, owner: int) -> tuple[list[int], dict[str, Any], list[list[Any]]]:
    """The cases everybody races on, opened by one request."""
    from jinzhi.kernel.cases import engine
    from jinzhi.kernel.orgs import queries
    from jinzhi.kernel.orgs.models import Person

    key = "00000000-0000-4000-8000-000000000001"
    drafts = [engine.Draft(dogs.CODE, dogs.OWNER, party, {"dog": f"阿黄{n}", "weight": 55 if n % 3 == 0 else 8}) for n in range(CASES)]
    results = engine.open_cases(drafts, "ask", actor=queries.actor_for(Person.objects.get(pk=owner)), request_id=uuid.UUID(key))
    return [r.case for r in results], {"key": key, "action": "ask", "attempt": True}, [[r.case, r.status, r.version, ""] for r in results]


def start_racers(platform: Running, orders: dict[str, Any], folder: Path) -> list[subprocess.Popen[str]]:
    data = DataDir(platform.data)
    env = embedded_addresses(Cluster(data)).for_app(data.environment(platform.port)) | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "JINZHI_MODULES": MODULE}
    started = []
    for number in range(RACERS):
        with (folder / f"racer-{number}.err").open("w") as errors:
            racer = subprocess.Popen(
                [sys.executable, "-m", "tests.support.racer"], env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        started.append(racer)
        tell(racer, orders | {"number": number, "journal": str(folder / f"racer-{number}.jsonl")})
    for number, racer in enumerate(started):
        assert racer.stdout is not None
        assert racer.stdout.readline().strip() == "ready", (folder / f"racer-{number}.err").read_text()[-2000:]
    return started


def tell(racer: subprocess.Popen[str], line: Any) -> None:
    assert racer.stdin is not None
    racer.stdin.write(json.dumps(line) + "\n")
    racer.stdin.flush()


def kill_in_the_middle(platform: Running, randomly: random.Random) -> list[str]:
    """Kill each victim at a moment of its share of the time; gives those that were alive to be killed."""
    began, share, killed = clock.monotonic(), SECONDS / (len(VICTIMS) + 1), []
    for place, words in enumerate(VICTIMS):
        at = began + share * (place + 0.4 + 0.6 * randomly.random())
        clock.sleep(max(0.0, at - clock.monotonic()))
        with suppress(ProcessLookupError):
            pid = platform.child(words)
            if pid:
                os.kill(pid, signal.SIGKILL)
                killed.append(words)
    return killed


def test_eight_racers_leave_every_case_whole(platform: Running, dog_licence: None, tmp_path: Path) -> None:
    seed = int(os.environ.get("JINZHI_FIRE_SEED", "20111123"))
    print(f"seed {seed}")
    cluster = Cluster(DataDir(platform.data))
    with django_on(embedded_addresses(cluster).app), time.at(NOW):
        party, people, keys = make_officers()
        cases, asked, answer = open_thousand(party, people["owner"][0])
        connection.close()
    (tmp_path / "opening.jsonl").write_text(f"{json.dumps(asked)}\n{json.dumps({'key': asked['key'], 'answer': answer})}\n")
    orders = {"seed": seed, "until": SECONDS, "port": platform.port, "cases": cases, "party": party, "people": people, "keys": keys}
    racers = start_racers(platform, orders, tmp_path)
    for racer in racers:
        tell(racer, None)
    killed = kill_in_the_middle(platform, random.Random(seed))
    for number, racer in enumerate(racers):
        racer.communicate(timeout=240)
        assert racer.returncode == 0, (tmp_path / f"racer-{number}.err").read_text()[-3000:]
    wait(platform.ready, 120)
    journals = Journals.read(sorted(tmp_path.glob("*.jsonl")))
    assert set(killed) == set(VICTIMS), killed
    assert journals.unknown, "nobody was ever left without an answer: the kills hit nothing"
    with psycopg.connect(cluster.superuser_url("jinzhi"), autocommit=True) as owner:
        oracle = Oracle(owner, journals)
        wait(lambda: caught_up(owner), 120)
        done = sum(status != "refused" for given in journals.answers.values() for _, status, *_ in given[0])
        events = oracle.rows("select count(*) from event")[0][0]
        print(f"{len(journals.asked)} requests, {done} acts done, {events} events, {len(journals.unknown)} without an answer at first; killed {killed}")
        assert done > CASES, "nobody came to do anything"
        assert oracle.problems() == []
    verified = subprocess.run(
        [sys.executable, "-m", "jinzhi.site.cli", "manage", "--data", str(platform.data), "log", "verify", "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "JINZHI_MODULES": MODULE}, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stdout[-2000:] + verified.stderr[-2000:]


def caught_up(owner: psycopg.Connection) -> bool:
    """The reader of the log stands at its end."""
    row = owner.execute(
        "select not exists (select from event e where (e.epoch, e.xid, e.pos) > (c.epoch, c.xid::text::xid8, c.pos)) from feeds_checkpoint c where name = 'dogs.effect'"
    ).fetchone()
    return bool(row and row[0])
