"""What the platform computes where a road forks (机审、抽批、计费、评定): outcomes by the names of the process file."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from jinzhi.kernel.cases.batch import Batch, outcomes
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.codes import lists
from jinzhi.registry.enterprises.queries import by_codes
from jinzhi.supervision.declarations import facts, memo
from jinzhi.supervision.declarations.draw import DrawInput, draw
from jinzhi.supervision.declarations.fees import FeeInput, FeeResult, compute, load_tables
from jinzhi.supervision.declarations.goods import categories_of, class_of
from jinzhi.supervision.declarations.review import ReviewInput, review
from jinzhi.supervision.declarations.schema import Declaration

ANIMAL_FATS = ("1501", "1502", "1503", "1504", "1505", "1506")
"""Fats of animals are class "oil" and no plant oil (植物油): the lower rate is not theirs."""

A_MILLION = Decimal(1_000_000)
"""Yuan that stand for a value not known, to ask whether such goods pay at all on that day."""


@outcomes("fit", "doubtful", "faulty")
def machine_review(batch: Batch) -> dict[Work, str]:
    """fit, doubtful or faulty. Permits named are locked, so that what is found to cover is still there at the write-off."""
    sent = memo.declarations(batch)
    gathered = facts.gather(list(sent.values()), batch.day, skip=[] if all(w.fresh for w in batch) else batch.ids, lock=True)
    enterprises = memo.enterprises(batch)
    inputs = []
    for work, declaration in sent.items():
        declarant = enterprises.get(work.party or 0)
        agent = declarant is not None and declarant.party.code != declaration.consignee_code
        inputs.append(ReviewInput(declaration, batch.day, gathered, agent=agent, own_number=work.number or ""))
    outcomes: dict[Work, str] = {}
    for work, result in zip(sent, review(inputs), strict=True):
        work.memo["review"] = result
        outcomes[work] = result.outcome
    return outcomes


@outcomes("inspect", "papers", "unlisted")
def draw_inspection(batch: Batch) -> dict[Work, str]:
    """inspect, papers or unlisted, with the reason; drawn from the case's own identity, so that it can be proved again."""
    sent = memo.declarations(batch)
    alerts = facts.alerts(batch.day)
    consignees = by_codes(d.consignee_code for d in sent.values())
    inputs = []
    for work, declaration in sent.items():
        enterprise = consignees.get(declaration.consignee_code)
        hits = {
            alert.number: alert.title
            for alert in alerts
            for line in declaration.lines
            if alert.hits(line, class_of(line.hs_code, lists.get("hs", line.hs_code, batch.day)), batch.day)
        }
        inputs.append(DrawInput(work.id, declaration, batch.day, enterprise.credit_class if enterprise else "B", hits))
    outcomes: dict[Work, str] = {}
    for work, drawn in zip(sent, draw(inputs), strict=True):
        work.memo["draw"] = drawn
        outcomes[work] = drawn.result
    return outcomes


def fee_inputs(declaration: Declaration, batch: Batch, rates: dict[str, Decimal]) -> list[FeeInput]:
    """The goods lines as the tariff sees them."""
    found = []
    small_lot = load_tables().small_lot(batch.day)
    for no, line in enumerate(declaration.lines, start=1):
        entry = lists.get("hs", line.hs_code, batch.day)
        goods = class_of(line.hs_code, entry)
        rate = rates.get(line.currency)
        value = (line.value * rate).quantize(Decimal("0.01")) if rate is not None else None
        kind = "general"
        if goods.code == "oil" and not line.hs_code.startswith(ANIMAL_FATS):
            kind = "plant_oil"
        elif goods.code in ("food", "meat", "dairy", "fish") and value is not None and value <= small_lot:
            kind = "small_lot_food"
        found.append(FeeInput(no, value, categories_of(entry), kind))
    return found


@outcomes("charge", "none")
def fee_result(batch: Batch) -> dict[Work, str]:
    """charge or none. Where a rate is missing a line has no value yet: the fee waits for a person, it is not free."""
    sent = memo.declarations(batch)
    rates = facts.rates({line.currency for d in sent.values() for line in d.lines}, batch.day)
    outcomes: dict[Work, str] = {}
    for work, declaration in sent.items():
        listed = [i for i in fee_inputs(declaration, batch, rates) if i.categories]
        inputs = [i for i in listed if i.value is not None]
        fee = compute(inputs, batch.day) if inputs else FeeResult((), 0)
        work.memo["fee"] = fee
        unpriced = len(inputs) < len(listed) and compute([replace(i, value=i.value or A_MILLION) for i in listed], batch.day).total > 0
        outcomes[work] = "charge" if fee.total > 0 or unpriced else "none"
    return outcomes


@outcomes("now", "monthly")
def fee_settlement(batch: Batch) -> dict[Work, str]:
    """now, or monthly for an enterprise with an account."""
    enterprises = memo.enterprises(batch)
    return {w: "monthly" if (e := enterprises.get(w.party or 0)) is not None and e.monthly_account else "now" for w in batch}


@outcomes("fit", "unfit")
def verdict_route(batch: Batch) -> dict[Work, str]:
    """fit goes on to the certificate, unfit to disposal."""
    return {w: "unfit" if w.fact("verdict") == "unqualified" else "fit" for w in batch}


DECIDERS = {
    "machine_review": machine_review,
    "draw_inspection": draw_inspection,
    "fee_result": fee_result,
    "fee_settlement": fee_settlement,
    "verdict_route": verdict_route,
}
