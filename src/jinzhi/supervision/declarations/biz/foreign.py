"""Foreign e-certificates of a draft, read on the spot: what they say, and where the declaration says something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.documents import blobs
from jinzhi.kernel.forms.models import Draft
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.kernel.web.parts import Item
from jinzhi.supervision.declarations import foreign
from jinzhi.supervision.declarations.biz import checks, sections
from jinzhi.supervision.declarations.schema import Declaration

_TONES = {"error": "r", "doubt": "w", "note": ""}
_WORDS = {"error": Text("须一致", "Must agree"), "doubt": Text("会有人核对", "A person will look"), "note": Text("供参考", "For information")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as the page shows it."""

    name: str
    number: str
    title: Text
    error: Any
    items: list[Item]
    heads: tuple[Text, ...]
    goods: list[tuple[str, ...]]
    differences: list[dict[str, Any]]
    warnings: tuple[Text, ...]


def read_all(draft: Draft, declaration: Declaration) -> list[Shown]:
    """The first XML files of a draft, read one at a time: a hundred of the largest would not stand in memory together."""
    held = [row for row in draft.data.get("attachments") or [] if row.get("media_type") == foreign.XML and row.get("sha256")]
    return [_shown(row, foreign.read(row["sha256"], blobs.get(row["sha256"]), declaration), draft) for row in held[: foreign.MOST]]


def _shown(row: dict[str, Any], reading: foreign.Reading, draft: Draft) -> Shown:
    c = reading.certificate
    if c is None:
        return Shown(row.get("name", ""), "", Text("", ""), reading.error, [], (), [], [], ())
    found = []
    for d in reading.differences:
        section = sections.section_of(d.field)
        found.append({
            "label": d.label, "stated": d.certificate, "declared": d.declared, "tone": _TONES[d.severity], "word": _WORDS[d.severity], "section": section,
            "anchor": field_id(checks.place(d.field, draft.data)), "title": sections.BY_KEY[section].title,
        })  # fmt: skip
    items = [Item(label, value, wide=len(value.zh) > 80) for label, value in foreign.rows(c)]
    return Shown(row.get("name", ""), c.number, c.type_name, "", items, foreign.GOODS_HEADS, foreign.goods(c), found, c.warnings)
