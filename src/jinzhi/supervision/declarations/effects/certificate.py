"""The drafted text of the certificate (证稿)."""

from __future__ import annotations

from jinzhi.kernel import bulk
from jinzhi.kernel.cases.batch import Batch
from jinzhi.supervision.declarations.models import CertificateText


def keep_certificate_text(batch: Batch) -> None:
    """Store the latest draft; earlier ones stay in the log as digests."""
    rows = []
    for work in batch:
        text = work.data["certificate_text"]
        work.memo["certificate_text"] = text
        rows.append({
            "case_id": work.id, "result_zh": text.result_zh, "result_en": text.result_en, "remarks": text.remarks,
            "drafted_by": batch.actor.person_id, "drafted_at": batch.at.isoformat(),
        })  # fmt: skip
    bulk.upsert(CertificateText, rows, ["case_id"])
