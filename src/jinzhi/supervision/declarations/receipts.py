"""Receipts to the declaring unit (回执 R1–R8), made from the log by a feed: replaying it makes the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel import bulk
from jinzhi.kernel.feeds.events import Event
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.models import Receipt

PROCESS = "declarations.import"

TITLES: dict[str, Text] = {
    "R1": Text("平台已收", "Received by the platform"),
    "R2": Text("退单待修改", "Returned for change"),
    "R3": Text("已受理", "Accepted"),
    "R4": Text("已派单待施检", "Dispatched for inspection"),
    "R5": Text("抽批结果", "Result of the draw"),
    "R6": Text("计费与缴费", "Fee"),
    "R7": Text("检验检疫结果", "Result of inspection and quarantine"),
    "R8": Text("证单已签发", "Certificate or release issued"),
}


def kinds_of(event: Event) -> list[str]:
    """Which receipts an event gives rise to."""
    action, body = event.action, event.body
    if action in ("send", "resend"):
        return ["R1"]
    if action == "review_by_machine":
        return {"fit": ["R3"], "faulty": ["R2"]}.get(body.get("outcome", ""), [])
    if action in ("return", "decline"):
        return ["R2"]
    if action == "approve_evaluation":
        return ["R7"]
    return _BY_ACTION.get(action, [])


_BY_ACTION: dict[str, list[str]] = {
    "accept": ["R3"], "dispatch": ["R4"], "draw": ["R5"], "waive_inspection": ["R5"], "demand_inspection": ["R5"], "compute_fee": ["R6"],
    "adjust_fee": ["R6"], "confirm_fee": ["R6"], "take_payment": ["R6"], "issue_certificate": ["R8"], "sign_release": ["R8"],
    "order_disposal": ["R7"], "auto_cancel": ["R2"],
}  # fmt: skip
_KEPT = ("findings", "reason", "fee", "outcome", "documents", "to", "number")
_TOLD = ("reasons", "departments", "lead_department", "disposal_kind", "disposal_by")


def _verdicts(events: Sequence[Event]) -> dict[tuple[int, int], dict[str, Any]]:
    """The verdict each approval approved: that of the last proposal before it, from the log, so that a replay says the same."""
    if not events:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.id, a.seq, p.body from unnest(%s::bigint[], %s::int[]) as a(id, seq) cross join lateral (select e.body from event e"
            " where e.case_id = a.id and e.seq < a.seq and e.action = 'propose_evaluation' order by e.seq desc limit 1) p",
            [[e.case_id for e in events], [e.seq for e in events]],
        )
        return {(case_id, seq): {"verdict": msgspec.json.decode(body)["data"]["verdict"]} for case_id, seq, body in cursor.fetchall()}


def keep_receipts(events: Sequence[Event]) -> None:
    """Write the receipts of a batch of events; an event seen twice gives nothing new."""
    rows: list[dict[str, Any]] = []
    verdicts = _verdicts([e for e in events if e.process == PROCESS and e.action == "approve_evaluation"])
    for event in events:
        if event.process != PROCESS or event.party_id is None:
            continue
        payload = {"action": event.action, "case": event.number, **{k: event.body[k] for k in _KEPT if k in event.body}}
        data = event.body.get("data", {})
        payload |= {k: data[k] for k in _TOLD if k in data}
        payload |= verdicts.get((event.case_id, event.seq), {})
        row = {"party_id": event.party_id, "case_id": event.case_id, "seq": event.seq, "at": event.at.isoformat(), "payload": payload}
        rows += [row | {"kind": kind} for kind in kinds_of(event)]
    bulk.insert_new(Receipt, rows)
