"""What a batch already knows of its cases' declarations: kept on each work, loaded for all that lack it in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection

from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.registry.enterprises.queries import by_ids
from jinzhi.supervision.declarations.models import (
    Declaration,
    FeeLine,
    FieldRecord,
    Finding,
    InspectionItem,
    Sample,
)
from jinzhi.supervision.declarations.schema import Declaration as Sent


def declarations(works: Iterable[Work]) -> dict[Work, Sent]:
    """The declaration of each work, as sent last."""
    works = list(works)
    missing = {w.id: w for w in works if "declaration" not in w.memo}
    if missing:
        for case_id, sent in load(list(missing)).items():
            missing[case_id].memo["declaration"] = sent
    return {w: w.memo["declaration"] for w in works}


def load(case_ids: list[int]) -> dict[int, Sent]:
    """Declarations as they were sent last."""
    rows = Declaration.objects.filter(case_id__in=case_ids).values_list("case_id", "sent")
    return {case_id: Sent.model_validate_json(sent) for case_id, sent in rows}


@dataclass(slots=True)
class Item:
    """An inspection item as acts work on it: thousands a batch, so plainer than a model."""

    case_id: int
    no: int
    line: int
    kind: str
    code: str
    name_zh: str
    name_en: str
    basis: str
    limit_text: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    lane: int
    result: str
    fit: bool | None
    judged: str


_ITEM = tuple(f.name for f in fields(Item))


def items(works: Iterable[Work]) -> dict[Work, list[Item]]:
    """The inspection items of each work."""
    works = list(works)
    missing = {w.id: w for w in works if "items" not in w.memo}
    for work in missing.values():
        work.memo["items"] = []
    if missing:
        for row in InspectionItem.objects.filter(case_id__in=list(missing)).values_list(*_ITEM):
            missing[row[0]].memo["items"].append(Item(*row))
    return {w: w.memo["items"] for w in works}


def fee_lines(works: Iterable[Work]) -> dict[Work, list[FeeLine]]:
    """The fee lines in force (the last round) of each work."""
    rounds = _rows(FeeLine, works, "fee_lines")
    return {w: [f for f in rows if f.round == max(x.round for x in rows)] for w, rows in rounds.items()}


def field_records(works: Iterable[Work]) -> dict[Work, list[FieldRecord]]:
    return _rows(FieldRecord, works, "field_records")


def samples(works: Iterable[Work]) -> dict[Work, list[Sample]]:
    return _rows(Sample, works, "samples")


def findings(works: Iterable[Work]) -> dict[Work, list[Finding]]:
    return _rows(Finding, works, "findings")


def _rows(model: Any, works: Iterable[Work], shelf: str) -> dict[Work, list[Any]]:
    works = list(works)
    missing = {w.id: w for w in works if shelf not in w.memo}
    for work in missing.values():
        work.memo[shelf] = []
    if missing:
        for row in model.objects.filter(case_id__in=list(missing)):
            missing[row.case_id].memo[shelf].append(row)
    return {w: w.memo[shelf] for w in works}


def forget(works: Iterable[Work], shelf: str) -> None:
    """Drop what a write has made stale."""
    for work in works:
        work.memo.pop(shelf, None)


def enterprises(batch: Batch) -> dict[int, Any]:
    """Files of the declaring units of a batch."""
    return by_ids({w.party for w in batch if w.party is not None})


def names(ids: Iterable[int]) -> dict[int, Any]:
    return person_names(set(ids))


def next_no(table: str, case_ids: list[int], column: str = "no") -> dict[int, int]:
    """The next free number of each case in a table of ours."""
    with connection.cursor() as cursor:
        cursor.execute(f"select case_id, max({column}) from {table} where case_id = any(%s) group by case_id", [case_ids])
        last = dict(cursor.fetchall())
    return {case_id: last.get(case_id, 0) + 1 for case_id in case_ids}
