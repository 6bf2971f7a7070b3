"""What stands around a work queue: its counts, the order of its cases, what a person finished, claims. All of it asks who asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases import queries
from jinzhi.kernel.cases.log import chain, titles
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queues.conditions import Conditions
from jinzhi.kernel.cases.queues.items import Page
from jinzhi.kernel.cases.queues.plan import COUNT_CAP, plan
from jinzhi.kernel.cases.queues.reading import List, end_of_today
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.sight import in_sight, needed
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.kernel.workbench import Words, row_names

KINDS = ("mine", "group", "waiting")
CAP = COUNT_CAP
"""Counts end here; a queue never pays for an exact large number."""


@in_sight
def totals(actor: Actor) -> dict[str, int]:
    """The counts of the navigation, each up to COUNT_CAP, ``late`` (one's own has an overdue one) and ``today`` (own acts), in one question."""
    columns: list[str] = []
    values: list[Any] = []
    for kind in KINDS:
        branches = plan(kind, actor, Conditions()).branches
        inner = " union ".join(f"(select case_id, slot from duty where {b.where} limit {COUNT_CAP})" for b in branches)
        columns.append(f"(select count(*) from (select 1 from ({inner}) u limit {COUNT_CAP}) x)" if inner else "0")
        values += [v for b in branches for v in b.args]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(columns)}, exists (select 1 from duty where assignee = %s and assignee is not null and closed_at is null and due < %s),"
            f" (select count(*) from (select 1 from event where actor = %s and actor > 0 and at >= %s limit {COUNT_CAP}) d)",
            [*values, actor.person_id, now(), actor.person_id, end_of_today() - dt.timedelta(days=1)],
        )
        row = cursor.fetchone()
    return {**dict(zip(KINDS, row, strict=False)), "late": int(row[len(KINDS)]), "today": int(row[len(KINDS) + 1])}


def order(kind: str, actor: Actor, conditions: Conditions | None = None) -> list[int]:
    """The cases of a queue in its order, each once, at most COUNT_CAP: where a case stands and what comes next."""
    return List(kind, actor, conditions).ids()


def find(actor: Actor, text: str, *, after: str = "", limit: int = 50, party: int | None = None) -> Page:
    """Cases whose number, title or party holds the text (all, where it is empty), newest first: those of the actor's places, and those
    owned elsewhere that one of these places holds or held a lane of; ``party``: of this party alone."""
    return queries.titled(List("cases", actor, Conditions(text=text, party=party)).rows(after=after, limit=limit))


# -- what a person did -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """An act of the person who asks, newest first in a list of them."""

    case_id: int
    at: dt.datetime
    action: Text
    process: Process
    number: str | None
    title: Words
    party: Words
    state: Text
    closed: bool


def is_done_key(text: str) -> bool:
    """Whether a text is a key of the list of one's own acts: time, case, sequence."""
    parts = text.rsplit("_", 2)
    if len(parts) != 3 or not all(part.isdigit() and len(part) < 19 for part in parts[1:]):
        return False
    try:
        return dt.datetime.fromisoformat(parts[0]) is not None
    except ValueError:
        return False


@in_sight
def done(actor: Actor, *, after: str = "", limit: int = 50, since: dt.datetime | None = None) -> Page:
    """Acts of this person in the log, newest first; ``after`` is the key of the last one seen (time and case)."""
    where = ""
    values: list[Any] = []
    if after:
        stamp, case_id, seq = after.rsplit("_", 2)
        where, values = " and (at, case_id, seq) < (%s::timestamptz, %s, %s)", [stamp, int(case_id), int(seq)]
    if since is not None:
        where, values = where + " and at >= %s", [*values, since]
    sql = (
        "select e.case_id, e.seq, e.at, e.action, c.process_version, r.number, r.title, r.party, r.columns, r.state, r.phase from"
        f" (select case_id, seq, at, action from event where actor = %s and actor > 0{where} order by at desc, case_id desc, seq desc limit %s) e"
        " join case_ c on c.id = e.case_id join case_row r on r.case_id = e.case_id order by e.at desc, e.case_id desc, e.seq desc"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [actor.person_id, *values, limit + 1])
        rows = cursor.fetchall()
    items = []
    for case_id, _seq, at, action, version, number, title, party, columns, state, phase in rows[:limit]:
        process = process_by_id(version)
        known = process.actions.get(action)
        names = row_names(case_pages(process.code), title, party, columns if isinstance(columns, dict) else msgspec.json.decode(columns))
        items.append(Done(case_id, at, known.title if known else titles.title(action), process, number, *names, process.state_title(state), phase == 2))
    key = f"{rows[limit - 1][2].isoformat()}_{rows[limit - 1][0]}_{rows[limit - 1][1]}" if len(rows) > limit else ""
    return Page(items, key)


# -- the log ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogLine:
    """An event as it stands in the log, and whether its hash continues the chain."""

    seq: int
    at: dt.datetime
    actor: int
    post: int
    org: str
    action: str
    lane: str
    request: str
    body: str
    hash: str
    intact: bool

    @property
    def data(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body)


def log(case_id: int) -> list[LogLine]:
    """The whole log of a case in order, its chain worked out again from the first event. No access check: callers hold a CaseView."""
    needed()
    with connection.cursor() as cursor:
        cursor.execute("select seq, at, actor, post, org, action, lane, request, body, hash from event where case_id = %s order by seq", [case_id])
        rows = cursor.fetchall()
    lines: list[LogLine] = []
    head = chain.GENESIS
    for expected, (seq, at, actor, post, org, action, lane, request, body, digest) in enumerate(rows, start=1):
        head = chain.link(head, chain.line(case_id, seq, at, actor, post, org, action, lane, request, body))
        lines.append(LogLine(seq, at, actor, post, org, action, lane, request, body, bytes(digest).hex(), seq == expected and head == bytes(digest)))
        head = bytes(digest)
    return lines
