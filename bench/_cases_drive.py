"""Driving the case kernel through its own door: a case opened and six transitions, one by one as a request does it, or in batches.

An *act* is one opening or one transition: access check, duty, clock, list row, chained event, and the number at the opening. A case is
seven acts. ``python -m bench._cases_drive`` (with the addresses of ``./jinzhi bench`` in the environment) prints acts, floor, round trips,
WAL and percentiles: the quick look while the kernel is made faster; ``bench/cases.py`` puts the same figures beside the peers'.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinzhi.site.settings")

import django
from django.conf import settings

django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402

from bench import _cases_floor, _cases_module  # noqa: E402
from jinzhi.kernel.cases import engine, registry  # noqa: E402
from jinzhi.kernel.cases.parts import read  # noqa: E402
from jinzhi.kernel.modules import modules  # noqa: E402
from jinzhi.kernel.orgs.actors import Actor, Grant  # noqa: E402

OWNER = "000000/120000/"
PARTY = 77
STEPS = ("accept", "examine", "review", "decide", "seal", "issue")
ACTS = 1 + len(STEPS)
APPLICANT = Actor(910_001, "applicant", parties=frozenset({PARTY}))
CLERK = Actor(910_002, "clerk", (Grant("clerk", OWNER, post_id=1),))
REVIEWER = Actor(910_003, "reviewer", (Grant("reviewer", OWNER, post_id=2),))
HEAD = Actor(910_004, "head", (Grant("head", OWNER, post_id=3),))
DOES = {"accept": CLERK, "examine": CLERK, "review": REVIEWER, "decide": HEAD, "seal": CLERK, "issue": CLERK}
OPINION = {"opinion": "材料齐全，符合规定，同意"}


@dataclass
class Run:
    """What one timed run did: ``acts`` durable acts on ``ids`` in ``seconds``; ``ms`` of each act (one by one) or each batch."""

    acts: int
    seconds: float
    ids: list[int] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return self.acts / self.seconds


def prepare() -> int:
    """Offer the bench's module to the kernel and publish its process; gives the version's id. Once in a process that uses the engine."""
    if "bench._cases_module" not in settings.JINZHI_MODULES:
        settings.JINZHI_MODULES = [*settings.JINZHI_MODULES, "bench._cases_module"]
        modules.cache_clear()
    return registry.publish(read(_cases_module.module.processes[0]))


def draft(number: int) -> engine.Draft:
    return engine.Draft(_cases_module.CODE, OWNER, PARTY, {"title": f"测量申请 {number}", "amount": "1250.50"})


def one_by_one(cases: int) -> Run:
    """Each act a durable transaction of its own with an idempotency key and the version last seen, as a click sends it."""
    ids: list[int] = []
    took: list[float] = []
    clock = time.perf_counter
    began = clock()
    for number in range(cases):
        start = clock()
        result = engine.one(engine.open_cases([draft(number)], "ask", actor=APPLICANT, request_id=uuid.uuid4()))
        took.append(clock() - start)
        ids.append(result.case)
        for action in STEPS:
            start = clock()
            move = engine.Move(result.case, version=result.version, data=dict(OPINION))
            result = engine.one(engine.advance([move], action, actor=DOES[action], request_id=uuid.uuid4()))
            took.append(clock() - start)
    return Run(len(took), clock() - began, ids, [s * 1000 for s in took])


def batches(cases: int, size: int = 1000) -> Run:
    """The same cases opened and moved ``size`` at a time, each batch a durable transaction with an idempotency key."""
    ids: list[int] = []
    took: list[float] = []
    clock = time.perf_counter
    began = clock()
    for first in range(0, cases, size):
        start = clock()
        opened = engine.open_cases([draft(n) for n in range(first, min(first + size, cases))], "ask", actor=APPLICANT, request_id=uuid.uuid4())
        took.append(clock() - start)
        for action in STEPS:
            start = clock()
            moves = [engine.Move(r.case, version=r.version, data=dict(OPINION)) for r in opened]
            opened = engine.advance(moves, action, actor=DOES[action], request_id=uuid.uuid4())
            took.append(clock() - start)
            if not all(r.ok for r in opened):
                raise RuntimeError(f"{action}: {next(r.refusals for r in opened if not r.ok)}")
        ids += [r.case for r in opened]
    return Run(cases * ACTS, clock() - began, ids, [s * 1000 for s in took])


def streams(cases: int, size: int = 1000, number: int = 2) -> Run:
    """``batches`` by several processes at once, each with so many cases, from one starting gun."""
    command = [sys.executable, "-m", "bench._cases_drive", "--stream", str(size), "--cases", str(cases)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(number)]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    began = time.perf_counter()
    for worker in workers:
        worker.communicate("go\n")
    seconds = time.perf_counter() - began
    if any(worker.returncode for worker in workers):
        raise RuntimeError("a stream failed")
    return Run(number * cases * ACTS, seconds)


def _stream(cases: int, size: int) -> None:
    prepare()
    batches(20, 20)
    print("ready", flush=True)
    sys.stdin.readline()
    batches(cases, size)


class RoundTrips:
    """Counts the statements a block sends; with BEGIN and COMMIT these are its round trips."""

    def __enter__(self) -> RoundTrips:
        self.statements: list[str] = []
        self._wrapper = connection.execute_wrapper(self._seen)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *rest: Any) -> None:
        self._wrapper.__exit__(*rest)

    def _seen(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, params, many, context)


def wal(owner: psycopg.Connection) -> int:
    """Where the write-ahead log stands, in bytes."""
    row = owner.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None
    return int(row[0])


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=2000, help="in batches; a tenth of it one by one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stream", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stream:
        _stream(options.cases, options.stream)
        return
    version = prepare()
    owner = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    floor = _cases_floor.Floor(owner, version)
    few = max(20, options.cases // 10)
    one_by_one(5), batches(200, 100), floor.one_by_one(5), floor.batches(200, 100)
    with RoundTrips() as trips:
        opened = engine.one(engine.open_cases([draft(0)], "ask", actor=APPLICANT, request_id=uuid.uuid4()))
        opening = len(trips.statements)
        engine.advance([engine.Move(opened.case, data=dict(OPINION))], "accept", actor=CLERK, request_id=uuid.uuid4())
    print(f"statements besides BEGIN and COMMIT: opening {opening}, transition {len(trips.statements) - opening}")
    jobs = {
        "one": lambda: one_by_one(few), "one floor": lambda: floor.one_by_one(few), "batch": lambda: batches(options.cases),
        "batch floor": lambda: floor.batches(options.cases), "two streams": lambda: streams(options.cases),
    }  # fmt: skip
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    logged: dict[str, list[float]] = {name: [] for name in jobs}
    names = list(jobs)
    for turn in range(options.rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            before = wal(owner)
            run = jobs[name]()
            logged[name].append((wal(owner) - before) / run.acts)
            runs[name].append(run)
    rates = {name: statistics.median(run.per_s for run in found) for name, found in runs.items()}
    print("| way | acts/s | of its floor | p50 ms | p95 ms | WAL bytes an act |\n|---|---|---|---|---|---|")
    for name in names:
        ms = [m for run in runs[name] for m in run.ms]
        ratio = f"{rates[name] / rates['one floor' if name.startswith('one') else 'batch floor']:.2f}"
        times = f"{percentile(ms, 0.5):.2f} | {percentile(ms, 0.95):.2f}" if ms else " | "
        print(f"| {name} | {rates[name]:,.0f} | {ratio} | {times} | {statistics.median(logged[name]):,.0f} |")


if __name__ == "__main__":
    main()
