"""The readers of enterprise files."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from jinzhi.kernel.codes.validators import normalise
from jinzhi.kernel.orgs.models import Party
from jinzhi.registry.enterprises.models import Enterprise, EnterpriseEvent


def consignees(codes: Iterable[str]) -> frozenset[str]:
    """Which of these credit codes belong to registered consignees that are not suspended."""
    rows = Enterprise.objects.filter(party__code__in=set(codes), is_consignee=True, suspended_on__isnull=True)
    return frozenset(rows.values_list("party__code", flat=True))


def by_codes(codes: Iterable[str]) -> dict[str, Enterprise]:
    """Enterprise files by credit code, with their parties."""
    return {e.party.code: e for e in Enterprise.objects.filter(party__code__in=set(codes)).select_related("party")}


def by_ids(ids: Iterable[int]) -> dict[int, Enterprise]:
    """Enterprise files by party id, with their parties."""
    return {e.party_id: e for e in Enterprise.objects.filter(party_id__in=set(ids)).select_related("party")}


def parties_by_codes(codes: Iterable[str]) -> dict[str, Party]:
    return {p.code: p for p in Party.objects.filter(code__in=set(codes))}


def search(text: str = "", after: str = "", limit: int = 50, *, suspended: bool = False) -> list[Enterprise]:
    """A page of files by credit code, those after the code ``after``; ``text`` is part of a name, or the beginning of the
    credit code or of the registration number. ``suspended``: those alone. With parties and bureaus, one query."""
    found = Enterprise.objects.select_related("party", "bureau").order_by("party__code")
    wanted = " ".join(text.split())
    if wanted:
        code = normalise(wanted)
        by_code = Q(party__code__startswith=code) | Q(registration_no__startswith=code) if code else Q(pk__in=())
        found = found.filter(by_code | Q(party__name_zh__contains=wanted) | Q(party__name_en__icontains=wanted))
    if suspended:
        found = found.filter(suspended_on__isnull=False)
    if after:
        found = found.filter(party__code__gt=after)
    return list(found[:limit])


def file(party_id: int) -> Enterprise | None:
    """One file with its party and bureau."""
    return Enterprise.objects.select_related("party", "bureau").filter(party_id=party_id).first()


def log(party_id: int, limit: int = 20) -> list[EnterpriseEvent]:
    """What was done to a file, newest first."""
    return list(EnterpriseEvent.objects.filter(party_id=party_id).order_by("-id")[:limit])


def party_ids(codes: Iterable[str]) -> dict[str, int]:
    """Party ids of those of these credit codes that have a file."""
    return dict(Enterprise.objects.filter(party__code__in=set(codes)).values_list("party__code", "party_id"))
