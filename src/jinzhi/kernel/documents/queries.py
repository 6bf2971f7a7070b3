"""The only readers of documents for other packages."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Max, Q, QuerySet

from jinzhi.kernel.documents.facts import number_key
from jinzhi.kernel.documents.models import Document, VerificationLog


def for_case(case_id: int) -> list[Document]:
    """The documents of a case, newest first, without their content."""
    return list(_listed().filter(case_id=case_id))


def for_cases(case_ids: Iterable[int]) -> dict[int, list[Document]]:
    """The documents of many cases in one query."""
    found: dict[int, list[Document]] = {}
    for document in _listed().filter(case_id__in=list(case_ids)):
        found.setdefault(document.case_id, []).append(document)
    return found


def by_number(number: str) -> list[Document]:
    """All versions under a number as people type it (spaces, hyphens, full-width digits), newest first, with content."""
    key = number_key(number)
    if not key:
        return []
    return list(Document.objects.filter(number_key=key).order_by("-version", "copy", "-id"))


def versions(document: Document) -> list[Document]:
    """The versions under the document's number and what it replaced or was replaced by, newest first."""
    found = {other.pk: other for other in _listed().filter(number=document.number, kind=document.kind)}
    for related in _listed().filter(Q(pk=document.supersedes_id or 0) | Q(supersedes_id=document.pk)):
        found.setdefault(related.pk, related)
    return sorted(found.values(), key=lambda d: (d.issued_at, d.pk), reverse=True)


def checks(document_ids: Iterable[int]) -> dict[str, object]:
    """How often the public checked these documents, and when last."""
    return VerificationLog.objects.filter(document_id__in=list(document_ids)).aggregate(times=Count("id"), last=Max("at"))


def _listed() -> QuerySet[Document]:
    return Document.objects.defer("content").order_by("-issued_at", "-id")


def issued_so_far(case_ids: Iterable[int], kinds: Iterable[str]) -> dict[tuple[int, str], int]:
    """How many documents of each of these kinds each case has had, whatever became of them."""
    rows = Document.objects.filter(case_id__in=set(case_ids), kind__in=set(kinds)).order_by()
    return {(case_id, kind): n for case_id, kind, n in rows.values_list("case_id", "kind").annotate(n=Count("pk"))}
