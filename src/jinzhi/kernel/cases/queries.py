"""The only ways to see cases: everything here asks who asks. Out of scope looks absent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases import answers
from jinzhi.kernel.cases.access import may_act, sees_work
from jinzhi.kernel.cases.admit import held_or_apart, signed_by, spent_or_waiting
from jinzhi.kernel.cases.bigrams import bigrams
from jinzhi.kernel.cases.log import titles
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.queues.conditions import Conditions
from jinzhi.kernel.cases.queues.items import Page
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.cases.standing import NO_DUE, Clock, Duty, Lane, Row, Suspension, Work, parse
from jinzhi.kernel.cases.store import load_bars, load_doers, load_sealed
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.orgs.sight import in_sight, needed
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today


@dataclass(frozen=True)
class Offer:
    """An action the actor could do here, in one lane; ``blocked`` says what still stands in the way."""

    action: Action
    lane: Lane
    blocked: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One line of a case's history (经过)."""

    seq: int
    at: dt.datetime
    action: str
    title: Text
    actor: Text
    lane: str
    body: dict[str, Any]
    org: str
    to: Text | None = None
    """The person to whom a duty went."""


@dataclass
class CaseView:
    """A case as an actor may see it: what stands, without a lock."""

    work: Work
    actor: Actor
    offers: list[Offer] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.work.id

    @property
    def process(self) -> Process:
        return self.work.process

    @property
    def state_title(self) -> Text:
        return self.work.process.state_title(self.work.state)


def _dicts(cursor: Any) -> list[dict[str, Any]]:
    names = [c.name for c in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _json(value: Any) -> Any:
    return value if not isinstance(value, str | bytes) else msgspec.json.decode(value)


def read_works(ids: Sequence[int]) -> dict[int, Work]:
    """Standing cases without a lock, for pages. No access check: callers go through ``access_case``."""
    needed()
    works: dict[int, Work] = {}
    wanted = list(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.*, recused_in(c.id) as recused, r.title, r.party, r.amount, r.columns, r.due from case_ c join case_row r on r.case_id = c.id where c.id = any(%s) order by c.id", [wanted]
        )
        for c in _dicts(cursor):
            works[c["id"]] = Work(
                id=c["id"], process=process_by_id(c["process_version"]), owner=c["org_path"], state=c["state"], version=c["version"],
                facts=_json(c["facts"]), party=c["party_id"], number=c["number"], phase=c["phase"], seq=c["seq"], head=bytes(c["head"]),
                opened=c["opened_at"].isoformat(), parent=c["parent_id"], parent_lane=c["parent_lane"], parent_as=c["parent_as"], sight=c["sight"], secrecy=c["secrecy"], recused=c["recused"], row=Row(c["title"], c["party"], c["amount"], _json(c["columns"]), _iso(c["due"])),
            )  # fmt: skip
        cursor.execute("select * from lane where case_id = any(%s) order by case_id, track, no", [wanted])
        for item in _dicts(cursor):
            works[item["case_id"]].lanes[(item["track"], item["no"])] = Lane(
                item["track"], item["no"], item["key"], item["holder"], item["state"], _iso(item["since"]), item["way"], _json(item["facts"]),
                item["assignees"], _json(item["pending"]),
            )  # fmt: skip
        cursor.execute("select * from clock where case_id = any(%s) order by id", [wanted])
        for k in _dicts(cursor):
            works[k["case_id"]].clocks.append(
                Clock(
                    k["track"], k["lane"], k["name"], k["limit"], k["until"].isoformat() if k["until"] else None, _iso(k["started_at"]),
                    _iso(k["due"]) if k["due"] else None, k["since"].isoformat() if k["since"] else None, k["earliest"], k["extended"],
                    _iso(k["acted_at"]) if k["acted_at"] else None, k["promised"], _iso(k["promised_due"]) if k["promised_due"] else None, k["id"], k["case_id"],
                    _iso(k["stopped_at"]) if k["stopped_at"] else None, k["provisional"], k["void"],
                )
            )
        cursor.execute("select * from suspension where case_id = any(%s) order by id", [wanted])
        for s in _dicts(cursor):
            ended, until = _iso(s["ended_at"]) if s["ended_at"] else None, s["told_until"].isoformat() if s["told_until"] else None
            works[s["case_id"]].suspensions.append(
                Suspension(s["track"], s["lane"], s["reason"], _iso(s["began_at"]), ended, clocks=s["clocks"], told=s["told"], told_until=until,
                    began_by=s["began_by"], ended_by=s["ended_by"], basis=s["basis"])
            )  # fmt: skip
        cursor.execute("select case_id, slot, role, assignee, due from duty where case_id = any(%s) and closed_at is null", [wanted])
        for d in _dicts(cursor):
            works[d["case_id"]].duties[d["slot"]] = Duty(d["slot"], d["role"], d["assignee"], _iso(d["due"]))
    load_sealed(works.values())
    return works


def _iso(value: Any) -> str:
    return value if isinstance(value, str) else (value.isoformat() if value.year < 9999 else NO_DUE)


@in_sight
def access_case(actor: Actor, case_id: int) -> CaseView:
    """One case this actor may see. Raises Refused (404) where it does not exist or is out of scope: the two look the same."""
    work = read_works([case_id]).get(case_id)
    if work is None or not sees_work(actor, work):
        raise Refused(answers.absent(), status=404)
    return CaseView(work, actor)


def id_by_number(number: str) -> int | None:
    """The case with this number; whether the asker may see it is decided by ``access_case``."""
    needed()
    with connection.cursor() as cursor:
        cursor.execute("select id from case_ where number = %s", [number])
        row = cursor.fetchone()
    return row[0] if row else None


@in_sight
def offers(view: CaseView) -> list[Offer]:
    """What this actor can do now, each with what still blocks it (joins, a claim by somebody else, separate duties)."""
    work, actor = view.work, view.actor
    found: list[Offer] = []
    load_doers([work], work.process.actions)
    if work.parent is not None:
        load_bars([work])
    for lane in work.lanes.values():
        for action in work.process.by_state.get(lane.state, ()):
            grant = None if "system" in action.by else may_act(actor, work, action, lane)
            if grant is None:
                continue
            blocked = [*spent_or_waiting(work, action, lane, today()), *held_or_apart(work, action, lane, actor, grant)]
            if lane.pending and lane.pending["action"] == action.name and signed_by(lane.pending, actor, grant):
                blocked.append(answers.signed_already(action, len(lane.pending["signers"])))
            found.append(Offer(action, lane, tuple(blocked)))
    return found


@in_sight
def history(view: CaseView, limit: int = 200) -> list[Entry]:
    """The case's events, newest first, with names as they are rendered today."""
    with connection.cursor() as cursor:
        cursor.execute("select seq, at, actor, action, lane, body, org from event where case_id = %s order by seq desc limit %s", [view.id, limit])
        rows = cursor.fetchall()
    bodies = [msgspec.json.decode(body) for *_, body, _ in rows]
    names = person_names({actor for _, _, actor, *_ in rows} | {p for body in bodies for p in (body.get("for"), body.get("person")) if isinstance(p, int)})
    actions = view.process.actions
    system = Text("系统", "System")
    entries = []
    for (seq, at, actor, action, lane, _, org), body in zip(rows, bodies, strict=True):
        known = actions.get(action)
        title = known.title if known else titles.title(action)
        who = system if actor == 0 else names.get(actor, Text("—", "—"))
        if body.get("for") in names:
            who = Text("{w}（代{a}）", "{w} for {a}").format(w=who, a=names[body["for"]])
        to = names.get(body["person"]) if isinstance(body.get("person"), int) else None
        entries.append(Entry(seq, parse(at.isoformat()), action, title, who, lane, body, org, to))
    return entries


# -- lists in short (kernel/cases/queues has all of it) ------------------------------------------------------------------


def queue(kind: str, actor: Actor, *, process: str = "", state: str = "", after: str = "", limit: int = 50) -> Page:
    """A page of duties by due time. ``kind``: mine (claimed or assigned), group (free, of my roles), all (of my places), waiting (on the party),
    party (mine as a party)."""
    return List(kind, actor, Conditions(process=process, states=tuple(s for s in state.split(",") if s))).page(after=after, limit=limit)


def count(kind: str, actor: Actor, *, process: str = "") -> int:
    """How many duties, counted up to COUNT_CAP."""
    return List(kind, actor, Conditions(process=process)).matching


def search(actor: Actor, text: str, *, limit: int = 50, after: str = "") -> Page:
    """List rows of cases this actor may see whose number, title or party holds the text; newest first."""
    return titled(List("cases", actor, Conditions(text=text)).rows(after=after, limit=limit)) if bigrams(text) else Page([])


def recent(actor: Actor, *, phase: int | None = None, after: str = "", limit: int = 50) -> Page:
    """List rows of cases this actor may see, newest first."""
    return titled(List("cases", actor, Conditions(phase={1: "open", 2: "closed"}.get(phase or 0, ""))).rows(after=after, limit=limit))


def titled(page: Page) -> Page:
    """List rows with the title of their state, as pages write them."""
    for row in page.items:
        row["state_title"] = process_by_id(row["process_version"]).state_title(row["state"])
        row["columns"] = _json(row["columns"])
        row["due"] = row["due"] if row["due"].year < 9999 else None
    return page


def acts(case_ids: Sequence[int]) -> dict[int, list[tuple[int, dt.datetime, int, str]]]:
    """Who did what when, in order: (sequence, time, actor, action) for each case. For documents; no access check."""
    needed()
    found: dict[int, list[tuple[int, dt.datetime, int, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute("select case_id, seq, at, actor, action from event where case_id = any(%s) order by case_id, seq", [list(case_ids)])
        for case_id, seq, at, actor, action in cursor.fetchall():
            found.setdefault(case_id, []).append((seq, at, actor, action))
    return found
