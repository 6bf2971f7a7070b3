"""Release recalled, non-conformity reported (通关单作废、不合格上报)."""

from __future__ import annotations

from django.db import connection

from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.documents import commands as documents
from jinzhi.kernel.documents import queries


def recall_release(batch: Batch) -> None:
    """A signed release form of these cases is void (or expired) from now on; the public check says so."""
    expired = batch.action.name == "expire_release"
    found = queries.for_cases(batch.ids)
    ids = [d.pk for docs in found.values() for d in docs if d.kind == "release_form" and d.state == "valid"]
    if ids:
        reason = "通关单有效期届满" if expired else "通关单作废"
        documents.set_state(ids, "expired" if expired else "voided", reason, batch.actor)


def report_nonconformity(batch: Batch) -> None:
    """Put the failed items into the event: credit, alerts and statistics read them from the log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, json_agg(json_build_object('line', line, 'code', code, 'result', result, 'limit', limit_text)) from declarations_inspectionitem"
            " where case_id = any(%s) and fit = false group by case_id",
            [batch.ids],
        )
        failed = dict(cursor.fetchall())
    for work in batch:
        work.memo["event"] = {"unfit": failed.get(work.id, []), "disposal": work.data.get("disposal_kind") or work.facts.get("disposal_kind")}
