"""A batch of a thousand declarations by API while web server, worker and database are killed: nothing half, nothing lost, nothing twice."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import threading
import time as clock
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from jinzhi.kernel import time
from jinzhi.site.datadir import DataDir
from jinzhi.site.postgres import Cluster
from jinzhi.site.roles import embedded_addresses
from jinzhi.site.tests.test_up import Running, wait
from tests.support.platforms import django_on

pytestmark = [pytest.mark.slow, pytest.mark.processes]

NUMBER, BATCH = 1000, 50
NOW = dt.datetime(2011, 11, 23, 10, 42, tzinfo=time.ZONE)
KILLS = {2: "granian", 5: "postgres", 8: "jinzhi.site.worker", 11: "granian", 14: "postgres", 16: "jinzhi.site.worker"}
"""After so many batches, a tenth of a second into the next one, this one is killed."""


@pytest.fixture
def platform(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Running]:
    """A platform from the command line in the week of the permits of the made-up enterprises, its database as durable as a real one."""
    running = Running(tmp_path_factory.mktemp("crash") / "data")
    running.data.mkdir(mode=0o711)
    running.data.parent.chmod(0o711)
    shift = round((NOW - dt.datetime.now(time.ZONE)).total_seconds())
    (running.data / "clock.json").write_text(json.dumps({"shift": shift, "demo": False}))
    running.start()
    with django_db_blocker.unblock():
        yield running
    assert running.process is not None
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(60)


def make_people() -> tuple[str, list[dict[str, Any]]]:
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


def test_nothing_is_lost_or_doubled_when_parts_are_killed(platform: Running) -> None:
    with django_on(embedded_addresses(Cluster(DataDir(platform.data))).app):
        key, declarations = make_people()
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

    assert {case for (case,) in rows("select id from case_")} == known
    assert len(rows("select case_id from declarations_message where case_id is not null")) == NUMBER
    for table in ("declarations_declaration", "declarations_review", "case_row"):
        assert {case for (case,) in rows(f"select case_id from {table}")} == known, table
    lines = dict(rows("select d.enterprise_number, count(*) from declarations_goods g join declarations_declaration d using (case_id) group by 1"))
    assert lines == {d["enterprise_number"]: len(d["lines"]) for d in declarations}
    assert {case for (case,) in rows("select distinct case_id from lane where track = 'main'")} == known
    assert not rows("select id from case_ where state in ('sent', 'accepted')"), "what follows at once has followed"
    assert not rows("select number from case_ where number is not null group by 1 having count(*) > 1")
    assert not rows("select id from case_ c where seq <> (select count(*) from event e where e.case_id = c.id)")
    broken = [case for case in known if not all(entry.intact for entry in log(case))]
    assert not broken


def check_receipts() -> None:
    """The feeds catch up, and every event has given its receipts exactly once."""
    from jinzhi.kernel.feeds.events import START, read_after
    from jinzhi.kernel.feeds.models import Checkpoint, DeadLetter
    from jinzhi.supervision.declarations.models import Receipt
    from jinzhi.supervision.declarations.receipts import kinds_of

    def caught_up() -> bool:
        points = list(Checkpoint.objects.all())
        return len(points) >= 3 and not any(read_after((p.epoch, int(p.xid), p.pos), 1) for p in points)

    wait(caught_up, 120)
    expected: Counter[tuple[int, int, str]] = Counter()
    position = START
    while events := read_after(position, 5000):
        expected.update((e.case_id, e.seq, kind) for e in events for kind in kinds_of(e))
        position = events[-1].position
    assert Counter(Receipt.objects.values_list("case_id", "seq", "kind")) == expected
    assert expected
    assert not DeadLetter.objects.exists()
