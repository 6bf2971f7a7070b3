"""The draw kept with its reason, the lead department named, permits written off (布控抽批、许可证核销)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from jinzhi.kernel import bulk
from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.orgs.queries import org_by_path
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.departments import inspecting_paths
from jinzhi.supervision.declarations.models import Draw, InspectionItem, PermitEntry
from jinzhi.supervision.declarations.schema import Declaration


def keep_draw(batch: Batch) -> None:
    """Store result, reason and evidence of the draw, and the items to be looked at or tested."""
    draws: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for work in batch:
        drawn = work.memo["draw"]
        draws.append({
            "case_id": work.id, "result": drawn.result, "reason_zh": drawn.reason.zh, "reason_en": drawn.reason.en, "rule": drawn.rule,
            "evidence": drawn.evidence, "overridden": None, "at": batch.at.isoformat(),
        })  # fmt: skip
        for no, item in enumerate(drawn.items, start=1):
            items.append({
                "case_id": work.id, "no": no, "line": item.line, "kind": item.kind, "code": item.code, "name_zh": item.name.zh, "name_en": item.name.en,
                "basis": item.basis, "limit_text": item.limit_text, "low": item.low, "high": item.high, "unit": item.unit, "lane": 0, "result": "",
                "fit": None, "judged": "", "by": None, "at": None,
            })  # fmt: skip
        work.set("draw_result", drawn.result)
        work.row.columns = {**work.row.columns, "draw": drawn.result, "risk": drawn.risk}
        work.row_changed = True
        work.memo["event"] = {"reason": drawn.reason.as_dict(), "rule": drawn.rule, "items": len(drawn.items)}
    bulk.upsert(Draw, draws, ["case_id"])
    bulk.insert(InspectionItem, items)
    memo.forget(batch, "items")


def note_draw_override(batch: Batch) -> None:
    """An officer changed the draw by hand: the machine's reason stays, the officer's is put beside it."""
    result = "papers" if batch.action.name == "waive_inspection" else "inspect"
    for work in batch:
        work.set("draw_result", result)
        work.row.columns = {**work.row.columns, "draw": result}
        work.row_changed = True
    rows = [(w.id, result, str(w.data.get("reasons", ""))) for w in batch]
    with connection.cursor() as cursor:
        cursor.execute(
            "update declarations_draw d set overridden = jsonb_build_object('by', %s::bigint, 'at', %s::text, 'result', x.result, 'reasons', x.reasons)"
            " from unnest(%s::bigint[], %s::text[], %s::text[]) as x(id, result, reasons) where d.case_id = x.id",
            [batch.actor.person_id, batch.at.isoformat(), *(list(column) for column in zip(*rows, strict=True))],
        )


def name_lead_department(batch: Batch) -> None:
    """The owner's first department with a lead inspector leads until the dispatch names another."""
    leading = inspecting_paths(batch.day, "lead_inspector")
    for work in batch:
        if work.facts.get("lead_department"):
            continue
        path = next((path for path in leading if path.startswith(work.owner)), work.owner)
        org = org_by_path(path)
        work.set("lead_department", org.code if org else "")


def permit_uses(declaration: Declaration) -> list[tuple[str, str, int, Decimal]]:
    """(kind, number, line, quantity) of every use; without a quantity of its own a use takes the line's net weight."""
    return [
        (use.kind, use.number, no, use.quantity if use.quantity is not None else line.net_weight)
        for no, line in enumerate(declaration.lines, start=1)
        for use in line.permits
    ]


def write_off_permits(batch: Batch) -> None:
    """Write off permits under lock; the database keeps the balance from going below zero. Registered permits only."""
    uses = [(w, *use) for w, d in memo.declarations(batch).items() for use in permit_uses(d)]
    if uses:
        _enter([(w.id, kind, number, line, quantity) for w, kind, number, line, quantity in uses], batch)


def give_back_permit_balance(batch: Batch) -> None:
    """Give back what these cases wrote off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select e.case_id, p.kind, p.number, e.line, -sum(e.quantity) from declarations_permitentry e join declarations_permit p on p.id = e.permit_id"
            " where e.case_id = any(%s) group by 1, 2, 3, 4 having sum(e.quantity) > 0",
            [batch.ids],
        )
        rows = cursor.fetchall()
    if rows:
        _enter(rows, batch)


def _enter(rows: Sequence[tuple[Any, ...]], batch: Batch) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.id, p.kind, p.number from declarations_permit p where (p.kind, p.number) in (select * from unnest(%s::text[], %s::text[]))"
            " order by p.id for update",
            [columns[1], columns[2]],
        )
        ids = {(kind, number): pk for pk, kind, number in cursor.fetchall()}
        known = [(ids[(r[1], r[2])], r[0], r[3], r[4]) for r in rows if (r[1], r[2]) in ids]
        totals: dict[int, Decimal] = {}
        for pk, _, _, quantity in known:
            totals[pk] = totals.get(pk, Decimal(0)) + quantity
        cursor.execute(
            "update declarations_permit p set balance = p.balance - x.q from unnest(%s::bigint[], %s::numeric[]) as x(id, q) where p.id = x.id",
            [list(totals), list(totals.values())],
        )
    at = batch.at.isoformat()
    bulk.insert(PermitEntry, [{"permit_id": pk, "case_id": case, "line": line, "quantity": quantity, "at": at} for pk, case, line, quantity in known])


