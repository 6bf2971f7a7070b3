"""Enterprises from a CSV file: all of it or nothing, every fault with line and column; ten thousand in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction

from jinzhi.kernel import tables
from jinzhi.kernel.codes.validators import normalise
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import org_by_code, search_orgs
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.tables import Column, Table, day, flag
from jinzhi.kernel.text import Text
from jinzhi.registry.enterprises import commands, queries
from jinzhi.registry.enterprises.drafts import LENGTHS, TITLES, EnterpriseDraft

_CONVERT = {
    "is_declarant": flag, "is_consignee": flag, "is_treatment_unit": flag, "monthly_account": flag, "enrolled_on": day,
}  # fmt: skip
_DEFAULT: dict[str, Any] = {
    "is_declarant": False, "is_consignee": True, "is_treatment_unit": False, "monthly_account": False, "enrolled_on": None, "credit_class": "B",
}  # fmt: skip
COLUMNS = tuple(
    Column(name, title, _CONVERT.get(name, tables.text), name in ("code", "name_zh", "bureau"), _DEFAULT.get(name, ""), LENGTHS.get(name, 80))
    for name, title in TITLES.items()
)


def read(path: Path) -> tuple[Table, list[EnterpriseDraft]]:
    """The drafts of a file. :raises Refused: faults of the file, and organisations that are not there."""
    table = tables.read(path, COLUMNS)
    drafts: list[EnterpriseDraft] = []
    for line, row in table.rows:
        bureau = org_by_code(row["bureau"])
        if bureau is None:
            named = [o for o in search_orgs(row["bureau"], 10) if row["bureau"] in (o.name_zh, o.name_en, o.short_zh)]
            bureau = named[0] if len(named) == 1 else None
        if bureau is None:
            message = Text("没有机构 {c}，写机构代码，例如 380000", "There is no organisation {c}: write its code, such as 380000")
            table.refuse(line, "bureau", message.format(c=row["bureau"][:40]))
        drafts.append(EnterpriseDraft(**{**row, "bureau": bureau}))
    table.finish()
    return table, drafts


def load(by: Actor, path: Path, *, update: bool = False) -> tuple[int, int]:
    """Enrol the enterprises of a file; gives how many were enrolled and how many existing ones were set to what the file says.

    Without ``update`` an enterprise that is enrolled already is a fault. :raises Refused: with every fault, and nothing is written.
    """
    table, drafts = read(path)
    known = queries.party_ids(normalise(d.code) for d in drafts) if update else {}
    fresh = [row for row, d in enumerate(drafts) if normalise(d.code) not in known]
    old = [row for row, d in enumerate(drafts) if normalise(d.code) in known]
    with transaction.atomic():
        for rows, act in ((fresh, _enrol), (old, _change)):
            try:
                act(by, [drafts[row] for row in rows], known)
            except Refused as refused:
                at = [{**r.data, "row": rows[r.data["row"]]} if "row" in r.data else r.data for r in refused.refusals]
                table.refuse_all([type(r)(r.code, r.message, r.field, data) for r, data in zip(refused.refusals, at, strict=True)])
                raise
    return len(fresh), len(old)


def _enrol(by: Actor, drafts: list[EnterpriseDraft], known: dict[str, int]) -> None:
    if drafts:
        commands.enrol(by, drafts)


def _change(by: Actor, drafts: list[EnterpriseDraft], known: dict[str, int]) -> None:
    if drafts:
        commands.change(by, [commands.Change(known[normalise(d.code)], d) for d in drafts])
