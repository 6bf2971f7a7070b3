"""What is wrong with the chain of one case: which events were changed, moved, taken out or put in. Pure.

A chain says that something is wrong at a place; this module says what. Each event's hash was made from the hash before it and from its
own line, its number in it. So a row that stands at another number than it was written under betrays itself: its hash comes out right
under its old number and behind its old predecessor. A row for which no number and no predecessor fit was changed, or never written
by the platform.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from jinzhi.kernel.cases.log.chain import GENESIS, line, link
from jinzhi.kernel.text import Text

LONGEST = 400
"""Of a longer chain only the neighbourhood of what is wrong is tried."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it stands in the log."""

    seq: int
    at: dt.datetime
    actor: int
    post: int
    org: str
    action: str
    lane: str
    request: str
    body: str
    hash: bytes

    def follows(self, case: int, seq: int, previous: bytes) -> bool:
        """Whether this event was written as number ``seq`` behind ``previous``."""
        text = line(case, seq, self.at, self.actor, self.post, self.org, self.action, self.lane, self.request, self.body)
        return link(previous, text) == self.hash


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: ``kind`` is changed, missing, added, reordered, head, root or case."""

    case: int
    seq: int
    kind: str
    text: Text


_WORDS = {
    "changed": Text("第 {n} 条记录的内容或哈希被改动", "event {n} was changed: its content or its hash"),
    "missing": Text("缺少第 {n} 条记录", "event {n} is missing"),
    "added": Text("第 {n} 条记录是后加的，不是平台所写", "event {n} was added: the platform did not write it"),
    "reordered": Text("第 {n} 条记录原为第 {m} 条，顺序被调换", "event {n} was written as event {m}: the order was changed"),
    "head": Text("案件记载的链尾与最后一条记录不符", "the head kept with the case is not the hash of its last event"),
}


def _finding(case: int, seq: int, kind: str, was: int = 0) -> Finding:
    return Finding(case, seq, kind, _WORDS[kind].format(n=seq, m=was))


def findings(case: int, events: Sequence[Stored], seq: int, head: bytes) -> list[Finding]:
    """Everything wrong with a case's chain; ``seq`` and ``head`` are what the case itself says of its end. Empty when it holds."""
    rows = sorted(events, key=lambda e: e.seq)
    written = _numbers_written(case, rows)
    found: list[Finding] = []
    kept = {was for was in written.values() if was}
    for row in rows:
        was = written[row.seq]
        if was == row.seq:
            continue
        if was:
            found.append(_finding(case, row.seq, "reordered", was))
        elif row.seq > seq or row.seq in kept:
            found.append(_finding(case, row.seq, "added"))
        else:
            found.append(_finding(case, row.seq, "changed"))
            kept.add(row.seq)
    found += [_finding(case, n, "missing") for n in range(1, seq + 1) if n not in kept]
    found += [_finding(case, n, "added") for n in sorted(kept) if n > seq]
    if not found and (not rows or rows[-1].hash != head):
        found.append(_finding(case, seq, "head"))
    return sorted(found, key=lambda f: (f.seq, f.kind))


def _numbers_written(case: int, rows: Sequence[Stored]) -> dict[int, int]:
    """The number each row was written under; 0 where none fits."""
    written: dict[int, int] = {}
    before = GENESIS
    bad: list[Stored] = []
    for place, row in enumerate(rows):
        expected = place == 0 or rows[place - 1].seq == row.seq - 1
        if expected and row.follows(case, row.seq, before):
            written[row.seq] = row.seq
        else:
            bad.append(row)
        before = row.hash
    hashes = [GENESIS, *(row.hash for row in rows)]
    most = max((row.seq for row in rows), default=0) + len(bad) + 1
    for row in bad:
        around = range(max(1, row.seq - LONGEST), min(most, row.seq + LONGEST) + 1)
        numbers = [row.seq, *(n for n in around if n != row.seq)]
        written[row.seq] = next((n for n in numbers for p in _near(hashes, n) if row.follows(case, n, p)), 0)
        if not written[row.seq] and _successor_of_gap(rows, row):
            written[row.seq] = row.seq  # what it followed is gone, so nobody can say more than that: the gap is what is reported
    return written


def _near(hashes: Sequence[bytes], number: int) -> Sequence[bytes]:
    return hashes if len(hashes) <= LONGEST else hashes[max(0, number - LONGEST // 2) : number + LONGEST // 2]


def _successor_of_gap(rows: Sequence[Stored], row: Stored) -> bool:
    return row.seq > 1 and all(other.seq != row.seq - 1 for other in rows)
