"""What became of a bulk act, row by row: kept for a week for who did it, to be read, downloaded, and its refused rows tried again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.queues.items import plain
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

MOST = 1_000
"""Rows one bulk act may hold."""


@dataclass(frozen=True)
class Line:
    """One row of a run: its pick (case.lane.track.duty), the case, and why it was refused (nothing: done)."""

    pick: str
    case: int
    number: str
    reasons: tuple[Text, ...] = ()
    signed: bool = False
    """Done by this person; others must still sign."""

    @property
    def ok(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Run:
    """A bulk act as it went."""

    id: uuid.UUID
    at: dt.datetime
    action: str
    title: Text
    kind: str
    query: str
    lines: tuple[Line, ...]

    @property
    def done(self) -> list[Line]:
        return [line for line in self.lines if line.ok]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if not line.ok]


def reasons(refusals: Sequence[Refusal]) -> tuple[Text, ...]:
    """The sentences of refusals, each once."""
    return tuple(dict.fromkeys(r.message for r in refusals))


def keep(actor: Actor, run: uuid.UUID, action: str, title: Text, kind: str, query: str, lines: Sequence[Line]) -> None:
    """Keep a run; the same run kept again (a form sent twice) stands once."""
    body = {
        "action": action, "title": title.as_dict(), "kind": kind, "query": query,
        "lines": [[x.pick, x.case, x.number, [r.as_dict() for r in x.reasons], x.signed] for x in lines],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("select keep_bulk_run(%s, %s, %s::jsonb)", [run, actor.person_id, msgspec.json.encode(body).decode()])


def run_of(actor: Actor, run: uuid.UUID) -> Run | None:
    """A run of this person's; None for anybody else's or one that is gone."""
    with connection.cursor() as cursor:
        cursor.execute("select at, body from bulk_run where id = %s and person = %s", [run, actor.person_id])
        row = cursor.fetchone()
    if row is None:
        return None
    body: dict[str, Any] = plain(row[1])
    lines = tuple(Line(pick, case, number, tuple(Text(**r) for r in why), signed) for pick, case, number, why, signed in body["lines"])
    return Run(run, row[0], body["action"], Text(**body["title"]), body["kind"], body["query"], lines)
