"""Events of acts that move nothing (领取、备注、转交……): they continue the case's chain and leave its version alone.

Acts of a process are written by the engine. Claims, notes and the like may happen while somebody fills in a form: they must stand in the
log, and must not make that form stale.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.log.chain import canonical
from jinzhi.kernel.time import now


@dataclass(frozen=True, slots=True)
class Noted:
    """One such act: whose case, what (a name of ``titles.TITLES``), by whom (person 0 is the platform), for which post and place."""

    case: int
    action: str
    actor: int
    post: int = 0
    org: str = ""
    lane: str = "main.1"
    body: dict[str, Any] = field(default_factory=dict)
    request: str = ""


def append(acts: Sequence[Noted], at: dt.datetime | None = None) -> list[tuple[int, int]]:
    """Write these events, in order, in one call; gives (case, seq) of each. The cases are locked in id order until the transaction ends.

    Raises ValueError for an action that does not begin with ``~``: what moves a case goes through the engine.
    """
    if not acts:
        return []
    wrong = next((act.action for act in acts if not act.action.startswith("~")), None)
    if wrong is not None:
        raise ValueError(f"{wrong} is an act of a process: it goes through the engine")
    moment = (at or now()).isoformat()
    doc = [
        {
            "case": act.case, "at": moment, "actor": act.actor, "post": act.post, "org": act.org, "action": act.action, "lane": act.lane,
            "request": act.request, "body": canonical(act.body),
        }
        for act in acts
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute('select "case", seq from append_events(%s::jsonb)', [msgspec.json.encode(doc).decode()])
        return [(int(case), int(seq)) for case, seq in cursor.fetchall()]
