"""Fees written and paid (计收费)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jinzhi.kernel import bulk
from jinzhi.kernel.cases.batch import Batch
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.models import FeeLine, Payment


def write_fee_lines(batch: Batch) -> None:
    """Store the computed fee, or the one set by hand with its reason, as a new round; earlier rounds stay."""
    rows: list[dict[str, Any]] = []
    by_hand = any("fee_lines" in w.data for w in batch)
    rounds = memo.next_no("declarations_feeline", batch.ids, "round") if by_hand else {}
    for work in batch:
        if "fee_lines" in work.data:
            lines: list[dict[str, Any]] = [
                {"item": f.item, "name_zh": f.name_zh, "name_en": f.name_en, "basis": f.basis, "base": None, "rate": "", "amount": f.amount}
                for f in work.data["fee_lines"]
            ]
        else:
            lines = [
                {
                    "item": f.code, "name_zh": f.title.zh, "name_en": f.title.en, "basis": f.basis.zh, "base": f.base.quantize(Decimal("0.01")),
                    "rate": f.rate, "amount": f.amount,
                }
                for f in work.memo["fee"].lines
            ]  # fmt: skip
        round_no = rounds.get(work.id, 1)
        rows += [line | {"case_id": work.id, "round": round_no, "no": no} for no, line in enumerate(lines, start=1)]
        total = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
        work.set("fee_total", format(total, "f"))
        work.memo["event"] = {"fee": format(total, "f")}
    bulk.insert(FeeLine, rows)
    memo.forget(batch, "fee_lines")


def keep_payment(batch: Batch) -> None:
    """Store the payment taken."""
    bulk.insert(
        Payment,
        [
            {
                "case_id": w.id, "amount": w.data["payment"].amount, "method": w.data["payment"].method, "reference": w.data["payment"].reference,
                "paid_at": batch.at.isoformat(), "taken_by": batch.actor.person_id,
            }
            for w in batch
        ],
    )  # fmt: skip
