"""Keeping what was declared and what the machine found (报检、机审)."""

from __future__ import annotations

from typing import Any

from jinzhi.kernel import bulk
from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.standing import Work
from jinzhi.registry.enterprises.queries import parties_by_codes
from jinzhi.supervision.declarations import facts
from jinzhi.supervision.declarations.models import Box, Declaration, Goods, Paper, RequestedCertificate, Review
from jinzhi.supervision.declarations.schema import Declaration as Sent

_HEADER = [f for f in Sent.model_fields if f not in ("lines", "containers", "attachments", "certificates")]


def keep_declaration(batch: Batch) -> None:
    """Store header, lines, containers, papers; lift what lists show. 1 question for rates, 1 for parties, 5 writes (10 when sent again)."""
    header: list[dict[str, Any]] = []
    goods: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    papers: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    sent_by_work = {w: w.data["declaration"] for w in batch}
    known = facts.rates({line.currency for sent in sent_by_work.values() for line in sent.lines} | {"USD"}, batch.day)
    parties = parties_by_codes({sent.consignee_code for sent in sent_by_work.values()})
    declared_at = batch.at.isoformat()
    for work, sent in sent_by_work.items():
        case_id = work.id
        usd, cny = facts.value_of(sent, known)
        row = {name: getattr(sent, name) for name in _HEADER}
        row |= {"case_id": case_id, "declarant_id": work.party, "value_usd": usd, "value_cny": cny, "declared_at": declared_at, "sent": sent.model_dump_json()}
        header.append(row)
        for no, line in enumerate(sent.lines, start=1):
            values = dict(line.__dict__)
            values["permits"] = [p.model_dump(mode="json") for p in line.permits]
            goods.append(values | {"case_id": case_id, "no": no})
        boxes += [c.model_dump(mode="json") | {"case_id": case_id, "no": no} for no, c in enumerate(sent.containers, start=1)]
        papers += [dict(a.__dict__) | {"case_id": case_id, "no": no} for no, a in enumerate(sent.attachments, start=1)]
        asked += [dict(c.__dict__) | {"case_id": case_id, "no": no} for no, c in enumerate(sent.certificates, start=1)]
        consignee = parties.get(sent.consignee_code)
        _lift(work, sent, consignee.pk if consignee else None, usd, cny)
        work.memo["declaration"] = sent
    if all(w.fresh for w in batch):
        bulk.insert(Declaration, header)
        for model, rows in ((Goods, goods), (Box, boxes), (Paper, papers), (RequestedCertificate, asked)):
            bulk.insert(model, rows)
    else:
        bulk.upsert(Declaration, header, ["case_id"])
        for model, rows in ((Goods, goods), (Box, boxes), (Paper, papers), (RequestedCertificate, asked)):
            bulk.replace(model, rows, batch.ids)


def _lift(work: Work, sent: Sent, consignee: int | None, usd: Any, cny: Any) -> None:
    first = sent.lines[0]
    more = f" 等 {len(sent.lines)} 项" if len(sent.lines) > 1 else ""
    work.set("consignee", consignee)
    work.set("goods_name", f"{first.name_zh}{more}")
    work.set("value_usd", str(usd) if usd is not None else None)
    row = work.row
    row.title, row.party = f"{first.name_zh}{more}", sent.consignee_name_zh
    row.amount = str(sum(line.net_weight for line in sent.lines))
    row.columns = {
        **row.columns, "unit": "035", "party_en": sent.consignee_name_en, "origin": first.origin_country, "port": sent.entry_port, "hs": first.hs_code, "en": first.name_en,
        "words": f"{sent.consignee_name_en} {sent.enterprise_number} {sent.bill_of_lading}",
    }  # fmt: skip
    work.row_changed = True


def keep_review(batch: Batch) -> None:
    """Store what the decider of machine review found."""
    rows = []
    for work in batch:
        result = work.memo["review"]
        findings = [
            {"code": f.code, "severity": f.severity, "field": f.field, "zh": f.message.zh, "en": f.message.en, "basis": f.basis.as_dict()}
            for f in result.findings
        ]
        rows.append({"case_id": work.id, "outcome": result.outcome, "findings": findings, "at": batch.at.isoformat()})
        if findings:
            work.memo["event"] = {"findings": findings}
    bulk.upsert(Review, rows, ["case_id"])
