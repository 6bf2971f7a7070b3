"""What stands around a work queue: its counts, the order of its cases, what a person finished, claims. All of it asks who asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases import queries
from jinzhi.kernel.cases.bigrams import bigrams
from jinzhi.kernel.cases.log import chain, titles
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queries import COUNT_CAP, Page, branches_of, upper
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import prefixes
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.kernel.workbench import Words, row_names

KINDS = ("mine", "group", "waiting")
CAP = COUNT_CAP
"""Counts end here; a queue never pays for an exact large number."""


@dataclass(frozen=True)
class Summary:
    """A queue in numbers, of its first COUNT_CAP duties by due time: all, overdue, due today, by process, by state."""

    total: int = 0
    late: int = 0
    today: int = 0
    states: tuple[tuple[str, str, int], ...] = ()
    """(process, state, how many), most first."""

    @property
    def capped(self) -> bool:
        return self.total >= COUNT_CAP


def end_of_today() -> dt.datetime:
    """Midnight that ends the business day."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)


def _each(kind: str, actor: Actor, columns: str, limit: str, process: str = "", state: str = "") -> tuple[str, list[Any]]:
    """A union of a queue's branches; nothing where the actor has none."""
    where, args, branches = branches_of(kind, actor, process, state)
    parts = [f"(select {columns} from duty where {where}{limit})" for _ in branches]
    return " union all ".join(parts), [v for b in branches for v in [*b, *args]]


def summary(kind: str, actor: Actor, *, process: str = "") -> Summary:
    """The numbers above a queue: of all of it, or of its COUNT_CAP most urgent where it is longer."""
    columns = "process, state, due, case_id"
    found = _summary(*_each(kind, actor, columns, f" limit {COUNT_CAP}", process))
    if found.capped:
        found = _summary(*_each(kind, actor, columns, f" order by due, case_id limit {COUNT_CAP}", process))
    return found


def _summary(inner: str, values: list[Any]) -> Summary:
    if not inner:
        return Summary()
    sql = (
        "select process, state, count(*), count(*) filter (where due < %s), count(*) filter (where due >= %s and due < %s)"
        f" from (select * from ({inner}) u order by due, case_id limit {COUNT_CAP}) q group by process, state order by 3 desc, 1, 2"
    )
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(sql, [moment, moment, end_of_today(), *values])
        rows = cursor.fetchall()
    return Summary(
        total=sum(r[2] for r in rows), late=sum(r[3] for r in rows), today=sum(r[4] for r in rows), states=tuple((r[0], r[1], r[2]) for r in rows)
    )


def totals(actor: Actor) -> dict[str, int]:
    """The counts of the navigation, each up to COUNT_CAP, ``late`` (one's own has an overdue one) and ``today`` (own acts), in one question."""
    columns: list[str] = []
    values: list[Any] = []
    for kind in KINDS:
        inner, args = _each(kind, actor, "1", f" limit {COUNT_CAP}")
        columns.append(f"(select count(*) from (select 1 from ({inner}) u limit {COUNT_CAP}) x)" if inner else "0")
        values += args
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(columns)}, exists (select 1 from duty where assignee = %s and assignee is not null and closed_at is null and due < %s),"
            f" (select count(*) from (select 1 from event where actor = %s and actor > 0 and at >= %s limit {COUNT_CAP}) d)",
            [*values, actor.person_id, now(), actor.person_id, end_of_today() - dt.timedelta(days=1)],
        )
        row = cursor.fetchone()
    return {**dict(zip(KINDS, row, strict=False)), "late": int(row[len(KINDS)]), "today": int(row[len(KINDS) + 1])}


def order(kind: str, actor: Actor, *, process: str = "", state: str = "") -> list[int]:
    """The cases of a queue in its order, each once, at most COUNT_CAP: where a case stands and what comes next."""
    for tail in (f" limit {COUNT_CAP}", f" order by due, case_id limit {COUNT_CAP}"):
        inner, values = _each(kind, actor, "due, case_id", tail, process, state)
        if not inner:
            return []
        with connection.cursor() as cursor:
            cursor.execute(f"select due, case_id from ({inner}) u order by due, case_id limit {COUNT_CAP}", values)
            rows = cursor.fetchall()
        if len(rows) < COUNT_CAP:
            break
    return list(dict.fromkeys(row[1] for row in rows))


def find(actor: Actor, text: str, *, after: int | None = None, limit: int = 50, party: int | None = None) -> Page:
    """Cases whose number, title or party holds the text (all, where it is empty), newest first: those of the actor's places, and
    those of organisations above that one of these places holds a lane of; ``party``: of this party alone."""
    grams = bigrams(text)
    if text and not grams:
        return Page([])
    query = " & ".join("'" + g.replace("'", "''").replace("\\", "\\\\") + "'" for g in grams)
    match = (" and r.words @@ %s::tsquery" if text else "") + (" and r.party_id = %s" if party is not None else "")
    tail = f"{match} and r.case_id < %s order by r.case_id desc limit %s)"
    rest: list[Any] = [*([query] if text else []), *([party] if party is not None else []), after or 2**62, limit + 1]
    parts: list[str] = []
    values: list[Any] = []
    for low in actor.scopes():
        parts.append(f"(select r.case_id from case_row r where r.org_path >= %s and r.org_path < %s{tail}")
        values += [low, upper(low), *rest]
        above = prefixes(low)[:-1]
        if above:
            held = "exists (select 1 from lane l where l.case_id = r.case_id and l.holder >= %s and l.holder < %s)"
            parts.append(f"(select r.case_id from case_row r where r.org_path = any(%s) and {held}{tail}")
            values += [above, low, upper(low), *rest]
    return queries.case_rows(" union ".join(parts), values, limit) if parts else Page([])


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
