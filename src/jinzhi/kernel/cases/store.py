"""Reading and writing standing cases: one locked read, one write, whatever their number."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.db import connection

from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.cases.standing import Clock, Duty, Lane, Row, Suspension, Work
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.statements import call, signed
from jinzhi.kernel.time import today

_encode = msgspec.json.Encoder()


class _Case(msgspec.Struct, array_like=True):
    """A case as ``lock_cases`` gives it."""

    id: int
    version_of: int
    owner: str
    state: str
    version: int
    facts: dict[str, Any]
    party: int | None
    number: str | None
    phase: int
    seq: int
    head: bytes
    opened: str
    parent: int | None
    parent_lane: str
    parent_as: str
    sight: list[str]
    secrecy: int
    recused: list[int]


_Read = TypeVar("_Read")


def _decoder(kind: type[_Read]) -> Callable[[str | None], list[_Read]]:
    decode = msgspec.json.Decoder(list[kind]).decode  # type: ignore[valid-type]
    return lambda text: decode(text) if text else []


_cases, _rows, _lanes = _decoder(_Case), _decoder(Row), _decoder(Lane)
_clocks, _suspensions, _duties = _decoder(Clock), _decoder(Suspension), _decoder(Duty)


class Request(NamedTuple):
    """Whose request it is; ``key`` None where nobody will repeat it."""

    person: int
    key: uuid.UUID | None


NOBODY = Request(0, None)


class Known(Exception):
    """This request was answered before; ``answer`` as it was remembered."""

    def __init__(self, answer: list[Any]) -> None:
        super().__init__()
        self.answer = answer


def lock(ids: Sequence[int], request: Request = NOBODY) -> dict[int, Work]:
    """Lock these cases in id order (waiting at most 3 seconds) and load what stands, in id order. Missing ids are absent from the answer.

    Raises Known for a request answered before; then nothing is locked.
    """
    known, cases, rows, lanes, clocks, suspensions, duties = call(
        "select * from lock_cases(%s::bigint[], %s, %s, %s)", "{" + ",".join(map(str, ids)) + "}", request.person, request.key, signed(),
    )
    if known is not None:
        raise Known(msgspec.json.decode(known))
    works: dict[int, Work] = {}
    for c in sorted(_cases(cases), key=attrgetter("id")):
        works[c.id] = Work(
            c.id, process_by_id(c.version_of), c.owner, c.state, c.version, c.facts, c.party, c.number, c.phase, c.seq, c.head, c.opened, c.parent,
            c.parent_lane, c.parent_as, c.sight, secrecy=c.secrecy, recused=c.recused,
        )  # fmt: skip
    for row in _rows(rows):
        works[row.case].row = row
    for lane in _lanes(lanes):
        works[lane.case].lanes[(lane.track, lane.no)] = lane
    for clock in _clocks(clocks):
        works[clock.case].clocks.append(clock)
    for suspension in _suspensions(suspensions):
        works[suspension.case].suspensions.append(suspension)
    for duty in _duties(duties):
        works[duty.case].duties[duty.slot] = duty
    if any(w.process.sealed for w in works.values()):
        with sight(SYSTEM):  # the engine weighs what the actor may not read: whose duty it is, what a guard asks
            load_sealed(works.values())
    return works


def load_sealed(works: Iterable[Work]) -> None:
    """Contents of sealed fields as far as whoever asks may see them; no question where no process has any."""
    found = {w.id: w for w in works if w.process.sealed}
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute("select case_id, digest, field, value from unseal(%s, %s)", [list(found), today()])
        for case_id, digest, name, value in cursor.fetchall():
            found[case_id].sealed[digest] = (name, msgspec.json.decode(value))


def load_doers(works: Iterable[Work], actions: Iterable[str]) -> None:
    """Who did these actions so far, from the log: for acts that may be done once, or never by the same person."""
    wanted = set(actions)
    missing = {w.id: w for w in works if not wanted <= w.done_by.keys()}
    for work in missing.values():
        for action in wanted:
            work.done_by.setdefault(action, set())
    stored = [w.id for w in missing.values() if not w.fresh]
    if not stored or not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, action, actor, lane, case when strpos(body, '\"for\":') > 0 then (body::jsonb->>'for')::bigint end"
            " from event where case_id = any(%s) and action = any(%s)",
            [stored, list(wanted)],
        )
        for case_id, action, actor, lane, absent in cursor.fetchall():
            if absent:
                missing[case_id].done_for.setdefault(action, set()).add((absent, lane))
            work = missing[case_id]
            work.done_by[action].add((actor, lane))
            work.times[(action, lane)] = work.times.get((action, lane), 0) + 1


def load_bars(works: Iterable[Work]) -> None:
    """Who may not act in these children for what he did in their parents (``apart_from`` of the child): one question for all."""
    with connection.cursor() as cursor:
        cursor.execute("select * from parents_acts(%s)", [[w.id for w in works]])
        rows = cursor.fetchall()
    by_id = {w.id: w for w in works}
    for child, version, name, action, actor, absent in rows:
        process = process_by_id(version)
        if name in process.children and action in process.children[name].apart_from:
            for person in (actor, absent):
                if person:
                    by_id[child].barred[person] = action


def new_ids(n: int, request: Request = NOBODY) -> list[int]:
    """Ids for cases to be opened. Raises Known for a request answered before."""
    known, ids = call("select * from new_cases(%s, %s, %s, %s)", n, request.person, request.key, signed())
    if known is not None:
        raise Known(msgspec.json.decode(known))
    return list(ids)


def take_numbers(counts: dict[str, int]) -> dict[str, int]:
    """Take so many numbers of each prefix; gives the first of each. The counter rows stay locked until the commit: call it last."""
    if not counts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select prefix, first from take_numbers(%s, %s)", [list(counts), list(counts.values())])
        return dict(cursor.fetchall())


def write(works: Iterable[Work], at: dt.datetime, request: Request = NOBODY, answer: str | None = None) -> None:
    """Write every change of these cases in one call, and remember the answer (JSON) to the request."""
    doc: dict[str, list[Any]] = {
        name: [] for name in (
            "opened", "moved", "lanes", "closed_duties", "opened_duties", "redue", "clocks", "stopped", "voided", "started", "acted", "sealed", "redated", "extensions",
            "told", "ended", "began", "rows", "events",
        )
    }  # fmt: skip
    moment = at.isoformat()
    for work in works:
        if work.events:
            _collect(work, doc, moment)
    if doc["events"] or request.key is not None:
        payload = _encode.encode({"at": moment, **{name: rows for name, rows in doc.items() if rows}}).decode()
        # Everything has been asked under the actor's sight; what is written is the engine's own work, also where it leaves that sight.
        platform = signed(SYSTEM)
        call("select write_cases(%s::jsonb, %s, %s, %s::jsonb, %s)", payload, request.person, request.key, answer, platform)


def _columns(work: Work) -> dict[str, Any]:
    """The row's columns: the module's own, and the latest value of each field the process lifts (``process.columns``)."""
    lifted = work.process.lifted
    return {**work.row.columns, **{name: work.facts[name] for name in lifted if name in work.facts}} if lifted else work.row.columns


def _collect(work: Work, doc: dict[str, list[Any]], moment: str) -> None:
    case: dict[str, Any] = {
        "id": work.id, "number": work.number, "state": work.state, "phase": work.phase, "version": work.version + (0 if work.fresh else 1),
        "facts": work.facts, "seq": work.seq, "head": work.head.hex(), "party": work.party,
    }  # fmt: skip
    if work.fresh:
        doc["opened"].append({**case, "pv": work.process.id, "process": work.process.code, "org": work.owner, "parent": work.parent,
            "plane": work.parent_lane, "pas": work.parent_as, "sight": work.sight, "secrecy": work.secrecy})  # fmt: skip
    else:
        doc["moved"].append(case)
        if work.sight_changed:
            case["sight"] = work.sight
        if work.process_changed:
            case["pv"] = work.process.id
    for lane in work.lanes.values():
        if lane.changed:
            doc["lanes"].append({
                "case": work.id, "track": lane.track, "no": lane.no, "key": lane.key, "holder": lane.holder, "way": lane.way, "state": lane.state,
                "since": lane.since, "facts": lane.facts, "assignees": lane.assignees, "pending": lane.pending,
            })  # fmt: skip
    doc["closed_duties"] += [work.duties[slot].id for slot in work.closed_duties]
    for slot, duty in work.opened_duties.items():
        doc["opened_duties"].append({"case": work.id, "slot": slot, "process": work.process.code, "secrecy": work.secrecy, **duty})
    for slot, due in work.memo.get("_redue", ()):
        doc["redue"].append({"id": work.duties[slot].id, "due": due})
    rounds: dict[tuple[str, int, str], int] = {}
    for clock in work.clocks:
        if clock.fresh:
            rule = work.process.clocks[clock.name]
            key = (clock.track, clock.lane, clock.name)
            rounds[key] = rounds.get(key, 0) + 1
            doc["started"].append({
                "case": work.id, "track": clock.track, "lane": clock.lane, "name": clock.name, "offs": rounds[key], "binds": rule.binds, "limit": clock.limit,
                "until": clock.until, "since": clock.since, "earliest": clock.earliest, "extended": clock.extended, "acted": clock.acted,
                "started": clock.started, "stopped": clock.stopped, "void": clock.void, "due": clock.due, "provisional": clock.provisional,
                "promised": clock.promised, "pdue": clock.promised_due, "signal": clock.next_signal if clock.stopped is None else None,
                "has_then": bool(rule.then),
            })  # fmt: skip
            continue
        if clock.acting:
            doc["acted"].append({"id": clock.id, "acted": clock.acted})
        if clock.redated:
            doc["redated"].append({"id": clock.id, "until": clock.until, "since": clock.since, "extended": clock.extended})
        if clock.changed:
            doc["clocks"].append({
                "id": clock.id, "due": clock.due, "provisional": clock.provisional, "pdue": clock.promised_due, "signal": clock.next_signal,
            })  # fmt: skip
        if clock.stopped is not None:
            doc["voided" if clock.void else "stopped"].append(clock.id)
    doc["extensions"] += work.memo.get("_extensions", ())
    doc["sealed"] += [row | {"at": moment} for row in work.memo.get("_sealed", ())]
    for suspension in work.suspensions:
        told = {"told": suspension.told, "told_until": suspension.told_until}
        if suspension.fresh:
            doc["began"].append({
                "case": work.id, "track": suspension.track, "lane": suspension.lane, "reason": suspension.reason, **told, "basis": suspension.basis,
                "clocks": suspension.clocks, "at": suspension.began, "by": suspension.began_by, "ended": suspension.ended, "ended_by": suspension.ended_by,
            })  # fmt: skip
            continue
        if suspension.retold:
            doc["told"].append({"id": suspension.id, **told})
        if suspension.changed:
            doc["ended"].append({"id": suspension.id, "by": suspension.ended_by})
    if work.fresh or work.row_changed:
        doc["rows"].append({
            "id": work.id, "process": work.process.code, "number": work.number, "title": work.row.title, "party": work.row.party, "party_id": work.party,
            "amount": work.row.amount, "columns": _columns(work), "state": work.state, "phase": work.phase, "org": work.owner, "due": work.row.due,
            "at": work.opened or moment, "secrecy": work.secrecy,
        })  # fmt: skip
    doc["events"] += work.events
