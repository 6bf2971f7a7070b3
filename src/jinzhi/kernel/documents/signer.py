"""The signing job: draws, signs and stores the documents that wait for it.

Any number of workers may run it. A few documents are leased in one committed statement (``for update skip locked``), drawn and
signed outside any transaction, then written only if nobody else did. A worker killed on the way costs the length of the lease,
never a document; one that cannot be drawn is put off for longer each time and stands in nobody's way.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

from django.db import connection, transaction

from jinzhi.kernel.documents import blobs, render, signing
from jinzhi.kernel.documents.kinds import kinds
from jinzhi.kernel.documents.models import Document
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

LEASE_SECONDS = 60
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 3600
CHUNK = 5
logger = logging.getLogger(__name__)

# Half of a lease goes to the newest: behind a backlog somebody stands at the window waiting for the one just issued.
# The attempt is counted and the next one put off before anything is tried: a document that kills its worker backs off as well.
_LEASE = """
update documents_document as d
set sign_attempts = least(d.sign_attempts + 1, 1000),
    sign_next_at = clock_timestamp() + make_interval(secs => greatest(%(lease)s, least(%(first)s * 2.0 ^ least(d.sign_attempts, 12), %(most)s)))
where d.id in (
    select id from documents_document
    where id in (
            (select id from documents_document where signed and pdf_id is null and sign_next_at <= clock_timestamp() order by sign_next_at, id limit %(limit)s / 2)
            union
            (select id from documents_document where signed and pdf_id is null and sign_next_at <= clock_timestamp() order by id desc limit (%(limit)s + 1) / 2))
        and pdf_id is null and sign_next_at <= clock_timestamp()
    for update skip locked)
returning d.id
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many documents wait for their signature, and how many of them failed before."""

    waiting: int
    failed: int


def sign_pending(limit: int = 20) -> int:
    """Sign up to ``limit`` waiting documents; gives how many now have their file. Call it outside a transaction, again while > 0."""
    done = tried = 0
    while tried < limit:
        ids = _lease(min(CHUNK, limit - tried))
        if not ids:
            break
        tried += len(ids)
        for document in Document.objects.filter(pk__in=ids).order_by("pk"):
            done += _sign(document)
    return done


def waiting() -> Waiting:
    """For the health page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(*) filter (where sign_error is not null) from documents_document where signed and pdf_id is null"
        )
        total, failed = cursor.fetchone()
    return Waiting(total, failed)


def _lease(limit: int) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LEASE, {"limit": limit, "lease": LEASE_SECONDS, "first": FIRST_WAIT_SECONDS, "most": LONGEST_WAIT_SECONDS})
        return [row[0] for row in cursor.fetchall()]


def _sign(document: Document) -> int:
    """One document; 1 if this call stored its file."""
    try:
        data = make(document)
        with transaction.atomic():
            key = blobs.put(data, "application/pdf")
            return _store(document.pk, key)
    except Exception as error:  # recorded on the document, tried again later; the others go on
        refusal = error.refusals[0] if isinstance(error, Refused) else _unexpected(error)
        if not isinstance(error, Refused) and document.sign_attempts <= 1:
            logger.exception("document %s was not signed", document.pk)
        Document.objects.filter(pk=document.pk, pdf__isnull=True).update(
            sign_error={"code": refusal.code, "field": refusal.field, **refusal.message.as_dict()}
        )
        return 0


def make(document: Document) -> bytes:
    """Draw and sign one document. Raises ``Refused`` when its stored facts were altered or cannot be drawn."""
    kind = kinds().get(document.kind)
    if kind is None:
        raise Refused(
            Refusal("document_kind", Text(f"没有名为 {document.kind} 的证单种类", f"There is no kind of document called {document.kind}"))
        )
    if not document.is_intact():
        raise Refused(
            Refusal(
                "document_digest",
                Text(
                    "库中内容与签发时的摘要不一致，不能签名。报告信息中心，核对审计记录",
                    "The stored content differs from the digest taken at issue and is not signed. Tell the information centre; check the audit log",
                ),
            )
        )
    drawn = render.pdf(kind.template, document.facts(), document.digest)
    if not kind.signed:
        return drawn
    return signing.sign(
        drawn,
        org_code=document.org_code,
        org_zh=document.org_name_zh,
        org_en=document.org_name_en,
        reason=f"{document.title_zh} {document.number}",
    )


def _store(pk: int, key: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "update documents_document set pdf_id = %s, signed_at = clock_timestamp(), sign_error = null, sign_next_at = null "
            "where id = %s and pdf_id is null",
            [key, pk],
        )
        return int(cursor.rowcount)


def _unexpected(error: Exception) -> Refusal:
    mark = hashlib.sha256(repr(error).encode()).hexdigest()[:4].upper()
    return Refusal(
        "document_signing",
        Text(
            f"签名没有完成，系统会自动再试。若一小时后仍未完成，告诉信息中心编号 {mark}",
            f"Signing did not finish; it is tried again by itself. If it still has not after an hour, tell the information centre {mark}",
        ),
        data={"error": type(error).__name__},
    )
