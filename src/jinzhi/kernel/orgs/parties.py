"""The only writer of parties (当事人): a party is its code and its names; what else is known of it belongs to the registry.

Whoever calls has asked whether the actor may: parties are opened by the module that enrols them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from jinzhi.kernel.orgs.models import Party


@dataclass(frozen=True)
class PartyDraft:
    """A party's code (18 characters, or 9 of an organisation code) and names, checked already."""

    code: str
    name_zh: str
    name_en: str = ""


def put_parties(drafts: Sequence[PartyDraft]) -> list[Party]:
    """Parties with these codes and names, in order: opened where missing, renamed where the name differs.

    Inside the caller's transaction, three statements for any number. A party opened by another transaction at the same moment is
    waited for and taken.
    """
    codes = [d.code for d in drafts]
    Party.objects.bulk_create(
        [Party(code=d.code, name_zh=d.name_zh, name_en=d.name_en) for d in sorted(drafts, key=lambda d: d.code)],
        ignore_conflicts=True, batch_size=5000,
    )  # fmt: skip
    found = {p.code: p for p in Party.objects.filter(code__in=codes)}
    renamed: list[Party] = []
    for draft in drafts:
        party = found[draft.code]
        if (party.name_zh, party.name_en) != (draft.name_zh, draft.name_en):
            party.name_zh, party.name_en = draft.name_zh, draft.name_en
            renamed.append(party)
    if renamed:
        with connection.cursor() as cursor:
            cursor.execute(
                "update orgs_party p set name_zh = x.zh, name_en = x.en from unnest(%s::bigint[], %s::text[], %s::text[]) as x(id, zh, en)"
                " where p.id = x.id",
                [[p.pk for p in renamed], [p.name_zh for p in renamed], [p.name_en for p in renamed]],
            )
    return [found[code] for code in codes]
