"""What the jobs of the bench of cases share: the database as owner, the machine's state, the oracle, and the shape of a job's result."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench._cases_peers import Peers
from jinzhi.site.datadir import ROOT

Line = tuple[str, ...]


@dataclass
class World:
    """Given to every job: how much to do, the owner's connection, the peers, and the version of the bench's process."""

    quick: bool
    owner: psycopg.Connection
    peers: Peers
    version: int

    def choose(self, quick: Any, full: Any) -> Any:
        return quick if self.quick else full


@dataclass
class Found:
    """What a job gives: figures for the JSON, and a table for people (first line: headings)."""

    figures: dict[str, Any]
    table: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Wrong(RuntimeError):
    """The oracle found that a job's result is not right: figures of such a run are worth nothing."""


def wal(owner: psycopg.Connection) -> int:
    return int(ask(owner, "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


def ask(owner: psycopg.Connection, query: str, *values: Any) -> Any:
    """The single value of a query."""
    row = owner.execute(query, values).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]


def fdatasync_ms() -> float:
    """Median time of fdatasync after 8 kB, where the bench's database lies."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=ROOT / "var") as file:
        for _ in range(40):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def machine(owner: psycopg.Connection) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(), "load": [round(x, 2) for x in os.getloadavg()], "fdatasync_ms": round(fdatasync_ms(), 3),
        "postgresql": str(ask(owner, "show server_version")).split()[0], "python": ".".join(map(str, sys.version_info[:3])),
        "synchronous_commit": ask(owner, "show synchronous_commit"), "fsync": ask(owner, "show fsync"),
    }  # fmt: skip


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median and range, as tables show them."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def rotated(names: Sequence[str], rounds: int) -> list[str]:
    """Every name once a round, each round beginning with another."""
    order: list[str] = []
    for turn in range(rounds):
        at = turn % len(names)
        order += [*names[at:], *names[:at]]
    return order


def whole(owner: psycopg.Connection, ids: Sequence[int], *, state: str | None = "issued", acts: int = 7) -> None:
    """The oracle of driven cases: final state, gapless sequence, events = transitions + 1, numbers unique and without a gap, chains that verify.

    Raises Wrong with what is not so.
    """
    wanted = list(ids)
    problems = []
    if state is not None and (n := ask(owner, "select count(*) from case_ where id = any(%s) and state <> %s", wanted, state)):
        problems.append(f"{n} cases are not {state}")
    if n := ask(owner, "select count(*) from (select case_id from event where case_id = any(%s) and left(action, 1) <> '~' group by 1 having count(*) <> %s) x", wanted, acts):
        problems.append(f"{n} cases have not {acts} events")
    problems += log_problems(owner, wanted)
    if n := ask(owner, "select count(*) - count(distinct number) from case_ where id = any(%s)", wanted):
        problems.append(f"{n} numbers given twice")
    problems += gaps(owner)
    if problems:
        raise Wrong("; ".join(problems))


def log_problems(owner: psycopg.Connection, ids: list[int]) -> list[str]:
    """Sequence and hash chain, computed anew in SQL from the stored rows, not by the functions under test."""
    bad = ask(
        owner,
        """
        select count(*) from (
          select case_id, seq, hash, lag(hash) over w as before, row_number() over w as place, convert_to(
            case_id || '|' || seq || '|' || (extract(epoch from at) * 1000000)::bigint || '|' || actor || '|' || post || '|' || org || '|' || action
            || '|' || lane || '|' || request || '|' || body, 'UTF8') as content
          from event where case_id = any(%s) window w as (partition by case_id order by seq)) e
        where seq <> place or hash <> sha256(coalesce(before, ''::bytea) || content)""",
        ids,
    )
    heads = ask(
        owner,
        "select count(*) from case_ c where id = any(%s) and (not exists (select 1 from event e where e.case_id = c.id and e.seq = c.seq and e.hash = c.head)"
        " or exists (select 1 from event e where e.case_id = c.id and e.seq > c.seq))",
        ids,
    )
    return [f"{bad} events do not continue their chain"] * bool(bad) + [f"{heads} heads are not the last event"] * bool(heads)


def gaps(owner: psycopg.Connection) -> list[str]:
    """Serials missing in the bench's own number series."""
    n = ask(
        owner,
        """select coalesce(sum(missing), 0) from (
          select max(right(number, 8)::bigint) - count(*) as missing from case_ where process = 'plain.licence' and number is not null
          and length(number) = 19 and id < 100000000 group by left(number, 11)) x""",
    )
    return [f"{n} numbers are missing in their series"] * bool(n)


def crowd(module: str, number: int, *arguments: str) -> list[subprocess.Popen[str]]:
    """So many processes ``python -m module``; each has printed its first line ("ready") when this returns."""
    command = [sys.executable, "-m", module, *arguments]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(number)]
    for process in started:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{module} did not start")
    return started


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = what()
    return time.perf_counter() - began, result


def here(name: str) -> Path:
    return Path(__file__).with_name(name)
