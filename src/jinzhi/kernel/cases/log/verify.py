"""Is the log what was written? (日志核验) Every chain is worked out again in the database; what does not hold is named.

The database does the hashing, a range of cases at a time, on as many connections as are asked for; only chains that do not hold come
to Python, where ``findings`` says what was done to them. Roots (``roots``) catch what chains cannot: an end cut off together with the
case's own memory of it, a whole case gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from jinzhi.kernel.cases.log.findings import Finding, Stored, findings
from jinzhi.kernel.orgs.sight import as_platform

RANGE = 20_000
"""Cases in one statement."""

# A case's last event must be the end that the case remembers. Archived cases have no events here; their file is checked by itself.
_BAD = """
with chain as (
  select case_id, seq, hash, lead(seq) over w is null as last,
    seq = coalesce(lag(seq) over w, 0) + 1
      and hash = sha256(coalesce(lag(hash) over w, ''::bytea) || event_line(case_id, seq, at, actor, post, org, action, lane, request, body)) as holds
  from event where case_id >= %(low)s and case_id < %(high)s
  window w as (partition by case_id order by seq)
)
select coalesce(sum(n), 0), coalesce(array_agg(case_id) filter (where not holds), '{}') from (
  select coalesce(c.id, e.case_id) as case_id, coalesce(e.n, 0) as n,
    coalesce(e.holds and e.seq = c.seq and e.hash = c.head, c.archive_id is not null and e.case_id is null) as holds
  from (select case_id, count(*) as n, bool_and(holds) as holds, max(seq) filter (where last) as seq,
      (array_agg(hash) filter (where last))[1] as hash from chain group by case_id) e
  full join (select id, seq, head, archive_id from case_ where id >= %(low)s and id < %(high)s) c on c.id = e.case_id
) x
"""


@dataclass
class Report:
    """What was read and what is wrong."""

    cases: int = 0
    events: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


@as_platform
def verify(*, low: int = 1, high: int | None = None, jobs: int = 2, progress: Callable[[int, int], None] | None = None) -> Report:
    """Check the chains of cases ``low`` ≤ id < ``high`` (all by default). ``progress`` is told (cases looked at, cases in all)."""
    started = time.monotonic()
    top = high if high is not None else _top()
    ranges = [(start, min(start + RANGE, top)) for start in range(low, top, RANGE)]
    report = Report(cases=_count(low, top))
    bad: list[int] = []
    done = 0
    for (first, last), (events, cases) in _each(ranges, jobs):
        report.events += events
        bad += cases
        done += last - first
        if progress is not None:
            progress(done, top - low)
    for case in sorted(bad):
        report.findings += examine(case)
    report.seconds = time.monotonic() - started
    return report


def _each(ranges: list[tuple[int, int]], jobs: int) -> Iterator[tuple[tuple[int, int], tuple[int, list[int]]]]:
    if jobs <= 1 or len(ranges) <= 1 or connection.in_atomic_block:  # another connection would not see this transaction
        yield from ((each, _range(each)) for each in ranges)
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield from zip(ranges, pool.map(_range_apart, ranges), strict=True)


def _range(bounds: tuple[int, int]) -> tuple[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BAD, {"low": bounds[0], "high": bounds[1]})
        events, cases = cursor.fetchone()
    return int(events), list(cases)


@as_platform
def _range_apart(bounds: tuple[int, int]) -> tuple[int, list[int]]:
    """The same on a connection of the thread's own."""
    try:
        return _range(bounds)
    finally:
        connection.close()


@as_platform
def examine(case: int) -> list[Finding]:
    """What is wrong with one case's chain."""
    with connection.cursor() as cursor:
        cursor.execute("select seq, head from case_ where id = %s", [case])
        seq, head = cursor.fetchone() or (0, b"")
        cursor.execute("select seq, at, actor, post, org, action, lane, request, body, hash from event where case_id = %s order by seq", [case])
        events = [_stored(row) for row in cursor.fetchall()]
    return findings(case, events, seq, bytes(head))


def _stored(row: tuple[Any, ...]) -> Stored:
    return Stored(*(*row[:-1], bytes(row[-1])))


def _top() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select greatest((select max(id) from case_), (select max(case_id) from event), 0) + 1")
        return int(cursor.fetchone()[0])


def _count(low: int, high: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from case_ where id >= %s and id < %s", [low, high])
        return int(cursor.fetchone()[0])
