"""What inspectors and the laboratory write down (现场查验、采样、检测、处理)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from jinzhi.kernel import bulk
from jinzhi.kernel.cases.batch import Batch
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.judgement import judge_item
from jinzhi.supervision.declarations.models import FieldRecord, Finding, Sample
from jinzhi.supervision.declarations.records import ItemResult


def keep_field_record(batch: Batch) -> None:
    """Store the record with all who signed it, and judge the items it gives results for."""
    rounds = memo.next_no("declarations_fieldrecord", batch.ids, "round")
    rows = []
    results = []
    for work in batch:
        record = work.data["field_record"]
        signers = work.memo.get("signers") or [batch.actor.person_id]
        rows.append({
            "case_id": work.id, "lane": work.lane.no, "round": rounds[work.id], "inspectors": signers, "place": record.place,
            "examined_at": record.examined_at.isoformat(), "containers_opened": record.containers_opened, "packages_opened": record.packages_opened,
            "goods_match": record.goods_match, "remarks": record.remarks, "photos": record.photos, "recorded_at": batch.at.isoformat(),
        })  # fmt: skip
        results.append((work, record.items))
    bulk.insert(FieldRecord, rows)
    _judge(batch, results)
    memo.forget(batch, "field_records")


def keep_samples(batch: Batch) -> None:
    """Store the samples of the sampling voucher."""
    first = memo.next_no("declarations_sample", batch.ids)
    rows = []
    for work in batch:
        for offset, sample in enumerate(work.data["samples"]):
            rows.append({
                "case_id": work.id, "lane": work.lane.no, "no": first[work.id] + offset, "line": sample.line, "quantity": sample.quantity,
                "seal": sample.seal, "taken_by": batch.actor.person_id, "taken_at": batch.at.isoformat(),
            })  # fmt: skip
    bulk.insert(Sample, rows)
    memo.forget(batch, "samples")


def keep_results(batch: Batch) -> None:
    """Store the laboratory's results, each judged against its limit."""
    _judge(batch, [(w, w.data["lab_results"].items) for w in batch])


def _judge(batch: Batch, results: Sequence[tuple[Any, Sequence[ItemResult]]]) -> None:
    """Write results and judgements of items; one statement for the batch."""
    items = memo.items(batch)
    rows = []
    for work, given in results:
        known = {item.no: item for item in items[work]}
        for one in given:
            item = known[one.no]
            verdict = judge_item(one.result, low=item.low, high=item.high, unit=item.unit, limit_text=item.limit_text, fit=one.fit)
            item.result, item.fit, item.judged, item.lane = one.result, verdict.fit, verdict.why.zh, work.lane.no
            rows.append((work.id, one.no, one.result, verdict.fit, verdict.why.zh[:300], work.lane.no))
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "update declarations_inspectionitem i set result = x.result, fit = x.fit, judged = x.judged, lane = x.lane, by = %s, at = %s"
                " from unnest(%s::bigint[], %s::int[], %s::text[], %s::bool[], %s::text[], %s::int[]) as x(case_id, no, result, fit, judged, lane)"
                " where i.case_id = x.case_id and i.no = x.no",
                [batch.actor.person_id, batch.at, *(list(column) for column in zip(*rows, strict=True))],
            )


def keep_findings(batch: Batch) -> None:
    """Store what a department found unfit."""
    given = [w for w in batch if w.data.get("findings")]
    if not given:
        return
    first = memo.next_no("declarations_finding", [w.id for w in given])
    rows = []
    for work in given:
        for offset, finding in enumerate(work.data["findings"]):
            rows.append({
                "case_id": work.id, "lane": work.lane.no, "no": first[work.id] + offset, "found_in": finding.found_in, "text": finding.text,
                "line": finding.line, "at": batch.at.isoformat(),
            })  # fmt: skip
    bulk.insert(Finding, rows)
    memo.forget(given, "findings")


def keep_treatment(batch: Batch) -> None:
    """The record of a treatment stays with the lane it was carried out in."""
    for work in batch:
        work.lane.facts["treatment"] = work.data["treatment_record"].model_dump(mode="json")
        work.lane.changed = True
