"""The feed ``kernel.notices``: from events of the log to notices for people. The same events again give the same rows.

Told are: who was given a duty or lost it, who is mentioned in a note, who watches the case, the party's people when it is their turn or a
document is for them. Nobody is told of his own act, nor of a case he cannot see. A batch costs a constant number of statements.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.access import sees_work
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.documents.models import Service
from jinzhi.kernel.feeds.events import Event
from jinzhi.kernel.notices import outgoing
from jinzhi.kernel.notices.kinds import KINDS, RANK
from jinzhi.kernel.orgs.models import Membership, Person
from jinzhi.kernel.orgs.queries import actors_for, in_force
from jinzhi.kernel.time import now, today

STALE = dt.timedelta(days=3)
SILENT = frozenset({"~claim", "~unmask", "~archive", "~restore", "~nothing"})
"""Built-in acts that watchers are not told of."""


@dataclass
class Told:
    """A notice to be: whom, of which event, why."""

    person: int
    event: Event
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def notify(events: Sequence[Event]) -> None:
    """Derive and keep the notices of these events, and queue what goes out through channels."""
    found = [*_of_acts(events), *_of_watched(events)]
    opened = _opened_duties(events)
    found += _of_assigned(events, opened)
    found = _seeing(found)
    found += _of_parties(events, opened)
    best: dict[tuple[int, str], Told] = {}
    for told in found:
        key = (told.person, f"e{told.event.case_id}.{told.event.seq}")
        if key in best and told.kind == best[key].kind == "document":
            best[key].data["more"] = best[key].data.get("more", 1) + 1  # one act, several documents: one notice
        elif told.person != told.event.actor and (key not in best or RANK[told.kind] < RANK[best[key].kind]):
            best[key] = told
    keep([
        (person, key, told.kind, told.event.case_id, told.event.at, {"by": told.event.actor, "action": told.event.action, **told.data})
        for (person, key), told in best.items()
    ])  # fmt: skip


def _of_acts(events: Iterable[Event]) -> list[Told]:
    """Built-in acts that name people."""
    found: list[Told] = []
    for e in events:
        if e.action in ("~note", "~attach"):
            found += [Told(p, e, "mention") for p in e.body.get("mentions", ())]
        elif e.action in ("~assign", "~transfer", "~release", "~handover"):
            given, lost = e.body.get("person"), e.body.get("from")
            data = {"slot": e.body.get("slot", ""), "person": given, "state": e.body.get("state", "")}
            found += [Told(p, e, "duty", data) for p in (given, lost) if p]
    return found


def _of_watched(events: Iterable[Event]) -> list[Told]:
    spoken = [e for e in events if e.action not in SILENT]
    with connection.cursor() as cursor:
        cursor.execute("select case_id, person from watch where case_id = any(%s)", [sorted({e.case_id for e in spoken})])
        watching: dict[int, list[int]] = {}
        for case_id, person in cursor.fetchall():
            watching.setdefault(case_id, []).append(person)
    return [Told(person, e, "watched") for e in spoken for person in watching.get(e.case_id, ())]


Opened = dict[tuple[int, int], list[tuple[int | None, int | None, str, str]]]
"""(case, seq) of the event that opened them → duties: (assignee, party, state, slot)."""


def _opened_duties(events: Sequence[Event]) -> Opened:
    """Duties that these events opened for people by name or for parties. Acts of one moment share its time: the last that led to the duty's
    state is the one that opened it."""
    acts = [e for e in events if e.body.get("to") and not e.action.startswith("~")]
    if not acts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, opened_at, assignee, party_id, state, slot from duty where case_id = any(%s) and opened_at = any(%s)"
            " and (assignee is not null or party_id is not null)",
            [sorted({e.case_id for e in acts}), sorted({e.at for e in acts})],
        )
        rows = cursor.fetchall()
    last = {(e.case_id, e.at, state): e.seq for e in sorted(acts, key=lambda e: e.seq) for state in e.body["to"]}
    found: Opened = {}
    for case_id, at, assignee, party, state, slot in rows:
        if (case_id, at, state) in last:
            found.setdefault((case_id, last[(case_id, at, state)]), []).append((assignee, party, state, slot))
    return found


def _of_assigned(events: Iterable[Event], opened: Opened) -> list[Told]:
    """Duties the process gave to people by name; those claimed since are nobody's news."""
    return [
        Told(assignee, e, "duty", {"slot": slot, "person": assignee, "state": state})
        for e in events
        for assignee, _, state, slot in opened.get((e.case_id, e.seq), ()) if assignee and slot.count(".") > 1
    ]  # fmt: skip


def _seeing(found: list[Told]) -> list[Told]:
    """Those who are active and can see the case."""
    if not found:
        return []
    works = read_works(sorted({t.event.case_id for t in found}))
    actors = actors_for(Person.objects.filter(pk__in={t.person for t in found}, is_active=True))
    return [t for t in found if t.person in actors and t.event.case_id in works and sees_work(actors[t.person], works[t.event.case_id])]


def _of_parties(events: Sequence[Event], opened: Opened) -> list[Told]:
    """What a party's people are told: it is their turn, a document is to be served on them (``documents.Service``)."""
    wanted: list[tuple[Event, int, str, dict[str, Any]]] = []
    papers = {paper["id"]: (e, paper["kind"]) for e in events for paper in e.body.get("documents", ())}
    for row in Service.objects.filter(document_id__in=papers) if papers else ():
        e, kind = papers[row.document_id]
        wanted.append((e, row.party_id, "document", {"document": kind, "id": row.document_id}))
    for e in events:
        wanted += [
            (e, party, "party_duty", {"state": state, "slot": slot}) for _, party, state, slot in opened.get((e.case_id, e.seq), ()) if party
        ]  # fmt: skip
    if not wanted:
        return []
    members: dict[int, list[int]] = {}
    rows = Membership.objects.filter(in_force(today()), party_id__in={party for _, party, _, _ in wanted}, person__is_active=True)
    for party_id, person_id in rows.values_list("party_id", "person_id"):
        members.setdefault(party_id, []).append(person_id)
    return [Told(person, e, kind, dict(data)) for e, party, kind, data in wanted for person in members.get(party, ())]


Row = tuple[int, str, str, int, Any, dict[str, Any]]
"""(person, key, kind, case, moment, data)."""


def keep(rows: Sequence[Row]) -> int:
    """Keep notices (those kept before are left alone) and queue them for the channels; gives how many are new.

    What happened longer ago than ``STALE`` is kept as read and not sent: a feed that begins late, or again, tells nobody of old news.
    """
    if not rows:
        return 0
    columns = [list(c) for c in zip(*rows, strict=True)]
    shells = [KINDS[kind].shell for kind in columns[2]]
    datas = [msgspec.json.encode(d).decode() for d in columns[5]]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into notices_notice (person_id, key, kind, case_id, at, data, shell, read_at)"
            " select *, case when at < %s then at end"
            " from unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::jsonb[], %s::text[]) as u(p, k, i, c, at, d, s)"
            " on conflict (person_id, key) do nothing returning id, person_id, kind, read_at is null",
            [now() - STALE, *columns[:5], datas, shells],
        )
        new = cursor.fetchall()
    outgoing.queue([(i, person, kind) for i, person, kind, fresh in new if fresh])
    return len(new)
