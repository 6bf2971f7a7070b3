"""Reading and writing standing cases: one locked read, one write, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.cases.standing import CLOSED, NO_DUE, Clock, Duty, Lane, Row, Suspension, Work

_decode = msgspec.json.Decoder()
_encode = msgspec.json.Encoder()


def lock(ids: Sequence[int]) -> dict[int, Work]:
    """Lock these cases in id order (waiting at most 3 seconds) and load what stands. Missing ids are absent from the answer."""
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '3s'")
        cursor.execute("select lock_cases(%s)", [list(ids)])
        (text,) = cursor.fetchone()
    doc: dict[str, list[dict[str, Any]]] = _decode.decode(text)
    works: dict[int, Work] = {}
    for c in doc["cases"]:
        row = c["row"] or {}
        works[c["id"]] = Work(
            id=c["id"], process=process_by_id(c["pv"]), owner=c["org"], state=c["state"], version=c["version"], facts=c["facts"], party=c["party"],
            number=c["number"], phase=c["phase"], seq=c["seq"], head=bytes.fromhex(c["head"]), opened=c["opened"],
            parent=c["parent"], parent_lane=c["plane"], parent_as=c["pas"], sight=c["sight"],
            row=Row(row.get("title", ""), row.get("party", ""), row.get("amount"), row.get("columns") or {}, row.get("due") or NO_DUE),
        )  # fmt: skip
    for item in doc["lanes"]:
        works[item["case"]].lanes[(item["track"], item["no"])] = Lane(
            item["track"], item["no"], item["key"], item["holder"], item["state"], item["since"], item["way"], item["facts"],
            item["assignees"], item["pending"],
        )  # fmt: skip
    for k in doc["clocks"]:
        works[k["case"]].clocks.append(Clock(k["track"], k["lane"], k["name"], k["limit"], k["until"], k["started"], None, k["due"], since=k["since"],
            earliest=k["earliest"], extended=k["extended"], acted=k["acted"], promised=k["promised"], promised_due=k["pdue"]))  # fmt: skip
    for s in doc["suspensions"]:
        works[s["case"]].suspensions.append(Suspension(s["track"], s["lane"], s["reason"], s["began"], s["ended"], clocks=s["clocks"], told=s["told"]))
    for d in doc["duties"]:
        works[d["case"]].duties[d["slot"]] = Duty(d["slot"], d["role"], d["assignee"], d["due"])
    return works


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


def new_ids(n: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select new_case_ids(%s)", [n])
        return [row[0] for row in cursor.fetchall()]


def take_numbers(counts: dict[str, int]) -> dict[str, int]:
    """Take so many numbers of each prefix; gives the first of each. The counter rows stay locked until the commit: call it last."""
    if not counts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select prefix, first from take_numbers(%s, %s)", [list(counts), list(counts.values())])
        return dict(cursor.fetchall())


def write(works: Iterable[Work], at: dt.datetime) -> None:
    """Write every change of these cases in one call."""
    doc: dict[str, list[dict[str, Any]]] = {
        name: [] for name in (
            "opened", "moved", "lanes", "closed_duties", "opened_duties", "redue", "clocks", "started", "acted", "redated", "extensions", "told", "ended", "began",
            "rows",
            "events",
        )
    }  # fmt: skip
    moment = at.isoformat()
    for work in works:
        _collect(work, doc, moment)
    if not doc["events"]:
        return
    payload = _encode.encode({name: rows for name, rows in doc.items() if rows or name == "events"}).decode()
    with connection.cursor() as cursor:
        cursor.execute("select write_cases(%s::jsonb)", [payload])


def _collect(work: Work, doc: dict[str, list[dict[str, Any]]], moment: str) -> None:
    if not work.events:
        return
    closed = moment if work.phase == CLOSED else None
    case: dict[str, Any] = {
        "id": work.id, "number": work.number, "state": work.state, "phase": work.phase, "version": work.version + (0 if work.fresh else 1),
        "facts": work.facts, "seq": work.seq, "head": work.head.hex(), "at": moment, "closed": closed, "party": work.party,
    }  # fmt: skip
    if work.fresh:
        doc["opened"].append({**case, "pv": work.process.id, "process": work.process.code, "org": work.owner, "parent": work.parent,
            "plane": work.parent_lane, "pas": work.parent_as, "sight": work.sight})  # fmt: skip
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
    for slot in work.closed_duties:
        doc["closed_duties"].append({"case": work.id, "slot": slot, "at": moment})
    for slot, duty in work.opened_duties.items():
        doc["opened_duties"].append({"case": work.id, "slot": slot, "process": work.process.code, "at": moment, **duty})
    for slot, due in work.memo.get("_redue", ()):
        doc["redue"].append({"case": work.id, "slot": slot, "due": due})
    rounds: dict[tuple[str, int, str], int] = {}
    for clock in work.clocks:
        place = {"case": work.id, "track": clock.track, "lane": clock.lane, "name": clock.name}
        now = {"stopped": clock.stopped, "void": clock.void, "due": clock.due, "provisional": clock.provisional, "pdue": clock.promised_due,
               "signal": clock.next_signal if clock.stopped is None else None}  # fmt: skip
        if clock.fresh:
            rule = work.process.clocks[clock.name]
            key = (clock.track, clock.lane, clock.name)
            rounds[key] = rounds.get(key, 0) + 1
            more = {"offs": rounds[key], "binds": rule.binds, "limit": clock.limit, "until": clock.until, "since": clock.since, "earliest": clock.earliest,
                    "started": clock.started, "promised": clock.promised, "has_then": bool(rule.then)}
            doc["started"].append(place | now | more)
        elif clock.changed:
            doc["clocks"].append(place | now)
        if clock.acting:
            doc["acted"].append(place | {"acted": clock.acted})
        if clock.redated:
            doc["redated"].append(place | {"until": clock.until, "since": clock.since, "extended": clock.extended})
    doc["extensions"] += work.memo.get("_extensions", ())
    for suspension in work.suspensions:
        where = {"case": work.id, "track": suspension.track, "lane": suspension.lane, "reason": suspension.reason}
        told = {"told": suspension.told, "told_until": suspension.told_until}
        if suspension.fresh:
            doc["began"].append({**where, **told, "basis": suspension.basis, "clocks": suspension.clocks, "at": suspension.began,
                "by": suspension.began_by, "ended": suspension.ended, "ended_by": suspension.ended_by})  # fmt: skip
            continue
        if suspension.retold:
            doc["told"].append(where | told)
        if suspension.ended is not None and suspension.changed:
            doc["ended"].append(where | {"at": suspension.ended, "by": suspension.ended_by})
    if work.fresh or work.row_changed:
        doc["rows"].append({
            "id": work.id, "process": work.process.code, "number": work.number, "title": work.row.title, "party": work.row.party, "party_id": work.party,
            "amount": work.row.amount, "columns": work.row.columns, "state": work.state, "phase": work.phase, "org": work.owner, "due": work.row.due,
            "at": work.opened or moment,
        })  # fmt: skip
    doc["events"] += work.events
