"""The readers of enterprise files."""

from __future__ import annotations

from collections.abc import Iterable

from jinzhi.kernel.orgs.models import Party
from jinzhi.registry.enterprises.models import Enterprise


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
