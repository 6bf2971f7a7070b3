"""Children (子案件): what a parent does when one closes, what waits for all of them, and who may not act in them.

An act with ``opens`` opens them (``perform``); each lives by itself. When one closes, this feed does ``returns`` in the lane of the parent
it was opened in, once: what became of it stands in ``child_return``, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.cases.results import Child, Move
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

Return = tuple[str, int, str]
"""What is to be done: the action, the parent, its lane (slot)."""


@as_platform
def take_back(events: Sequence[Any]) -> None:
    """The feed of closings: ``returns`` of every child closed in these events, once, with all children of that lane at hand.

    Raises RuntimeError where a parent is being worked on just now: the feed tries again.
    """
    groups = _closed(sorted({e.case_id for e in events}))
    waiting = [key for key in groups if key[0]]
    _keep([_row(c, key, done=False, reason="no returns") for key, found in groups.items() if not key[0] for c in found if c.fresh])
    while waiting:
        # a parent takes one act at a time: its further lanes come in the next round
        round_: dict[int, Return] = {}
        for key in waiting:
            round_.setdefault(key[1], key)
        for action in {key[0] for key in round_.values()}:
            _do(action, [key for key in round_.values() if key[0] == action], groups)
        waiting = [key for key in waiting if key not in round_.values()]


def _closed(ids: list[int]) -> dict[Return, list[Child]]:
    """All closed children of each parent's lane in which one of these closed and was not taken back."""
    groups: dict[Return, list[Child]] = {}
    with connection.cursor() as cursor:
        cursor.execute("select * from closed_children(%s)", [ids])
        rows = cursor.fetchall()
    for child, parent, version, lane, name, process, number, state, facts, owner, closed, fresh in rows:
        spec = process_by_id(version).children.get(name)
        known = facts if isinstance(facts, dict) else msgspec.json.decode(facts)
        found = Child(child, name, process, number, state, known, owner, closed.isoformat(), fresh)
        groups.setdefault((spec.returns if spec else "", parent, lane), []).append(found)
    return groups


def _do(action: str, keys: list[Return], groups: dict[Return, list[Child]]) -> None:
    moves = [Move(parent, _lane_of(lane), children=tuple(groups[(action, parent, lane)])) for _, parent, lane in keys]
    rows: list[dict[str, Any]] = []
    idle: list[Noted] = []
    for key, result in zip(keys, engine.advance(moves, action, actor=SYSTEM), strict=True):
        reason = result.refusals[0].code if result.refusals else ""
        if reason == "busy":
            raise RuntimeError(f"case {key[1]} is being handled; its child's return is tried again")
        rows += [_row(c, key, done=result.ok, reason=reason) for c in groups[key] if c.fresh]
        if not result.ok and reason != "children_open":
            told = {"action": action, "children": [c.id for c in groups[key] if c.fresh], "reason": reason}
            idle.append(Noted(key[1], "~nothing", 0, lane=key[2], body=told))
    _keep(rows)
    append(idle)


def _lane_of(slot: str) -> int:
    track, _, no = slot.partition(".")
    return 0 if track == "main" else int(no)


def _row(child: Child, key: Return, *, done: bool, reason: str) -> dict[str, Any]:
    return {"child": child.id, "parent": key[1], "action": key[0], "done": done, "reason": reason, "at": now().isoformat()}


def _keep(rows: list[dict[str, Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute("select keep_returns(%s::jsonb)", [msgspec.json.encode(rows).decode()])


def all_children_closed(batch: Batch) -> dict[Work, Refusal]:
    """Guard: every child of the case is closed; in a lane of a side track, every child opened in that lane."""
    with connection.cursor() as cursor:
        cursor.execute("select parent, lane, open from open_children(%s)", [batch.ids])
        rows = cursor.fetchall()
    refusals: dict[Work, Refusal] = {}
    for work in batch:
        mine = work.lane.slot if work.lane.track != "main" else ""
        still = sum(n for parent, lane, n in rows if parent == work.id and mine in ("", lane))
        if still:
            message = Text("还有 {n} 件下属案件未办结", "{n} child cases are still open").format(n=still)
            refusals[work] = Refusal("children_open", message, data={"open": still})
    return refusals


def children_of(work: Work) -> list[dict[str, Any]]:
    """The children of a case in order, for who may see the case: id, name, title, process, number, state, whether closed."""
    with connection.cursor() as cursor:
        cursor.execute("select id, parent_as, process_version, number, state, phase from case_ where parent_id = %s order by id", [work.id])
        rows = cursor.fetchall()
    found: list[dict[str, Any]] = []
    for case_id, name, version, number, state, phase in rows:
        process: Process = process_by_id(version)
        spec = work.process.children.get(name)
        found.append({
            "id": case_id, "name": name, "title": Text(spec.zh, spec.en) if spec else process.title, "number": number,
            "state": process.state_title(state), "closed": phase == 2,
        })  # fmt: skip
    return found
