"""Which documents a consignment needs, why, and whether the declaration has them: before it is sent, and in machine review.

Pure; rules are dated data (``data/requirements.toml``). A result names the lines that call for the document, so that the wizard can
say "lines 1 to 4" and review can put a finding at its cell.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.fees import side
from jinzhi.supervision.declarations.goods import (
    CATEGORY_LABELS,
    DATA,
    CodeEntry,
    CodeLookup,
    categories_of,
    class_of,
    conditions_of,
)
from jinzhi.supervision.declarations.schema import Declaration, GoodsLine


@dataclass(frozen=True, slots=True)
class Requirement:
    """A document asked for.

    ``document``: code of the attachment or permit kind; ``lines``: numbers from 1, empty where it is of the whole; ``any_of``: what
    would satisfy it ("attachment:101006", "permit:325", "field:producer_no"); ``missing``: what is not there yet, empty when
    satisfied; ``level``: ``must``, ``ask`` (a person looks) or ``declare`` (signed with the declaration).
    """

    code: str
    document: str
    title: Text
    why: Text
    basis: Text
    lines: tuple[int, ...]
    any_of: tuple[str, ...]
    missing: tuple[str, ...]
    level: str

    @property
    def satisfied(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class InspectionClass:
    """One inspection category of a goods line: letter and words."""

    code: str
    title: Text


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    place: int
    code: str
    document: str
    title: Text
    why: Text
    basis: Text
    level: str
    begins: dt.date
    ends: dt.date
    any_of: tuple[str, ...]
    all_of: tuple[str, ...]
    classes: frozenset[str]
    not_classes: frozenset[str]
    categories: frozenset[str]
    conditions: frozenset[str]
    origins: frozenset[str]
    hs: tuple[str, ...]
    waste: bool | None
    wood: bool | None
    agent: bool | None

    @property
    def whole(self) -> bool:
        """Whether the rule asks nothing of the goods, so that it is of the consignment, not of lines."""
        return (
            not (self.classes or self.not_classes or self.categories or self.conditions or self.origins or self.hs)
            and self.waste is None
            and self.wood is not True
        )

    def applies(self, hs: str, origin: str, waste: bool, goods: str, letters: frozenset[str], conditions: frozenset[str]) -> bool:
        return (
            (not self.classes or goods in self.classes)
            and goods not in self.not_classes
            and (not self.categories or bool(letters & self.categories))
            and (not self.conditions or bool(conditions & self.conditions))
            and (not self.origins or origin in self.origins)
            and (not self.hs or hs.startswith(self.hs))
            and (self.waste is None or waste is self.waste)
        )


def _text(entry: dict[str, str]) -> Text:
    return Text(entry["zh"], entry["en"])


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    return tomllib.loads((DATA / "requirements.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def rules() -> tuple[_Rule, ...]:
    """All rules, read once."""
    return tuple(_rule(place, r) for place, r in enumerate(_raw()["rule"]))


def _rule(place: int, r: dict[str, Any]) -> _Rule:
    fields: dict[str, Any] = {key: r[key] for key in ("code", "document", "level")}
    fields |= {key: _text(r[key]) for key in ("title", "why", "basis")}
    fields |= {key: frozenset(r.get(key, ())) for key in ("classes", "not_classes", "categories", "conditions", "origins")}
    fields |= {key: tuple(r.get(key, ())) for key in ("any_of", "all_of", "hs")}
    fields |= {key: r.get(key) for key in ("waste", "wood", "agent")}
    return _Rule(place=place, begins=r.get("from", dt.date.min), ends=r.get("to", dt.date.max), **fields)


@lru_cache(maxsize=1)
def wood_packages() -> frozenset[str]:
    """Codes of packing of solid wood."""
    return frozenset(_raw()["wood"]["packages"])


@lru_cache(maxsize=256)
def _rules_on(day: dt.date) -> tuple[tuple[_Rule, ...], tuple[_Rule, ...]]:
    active = [r for r in rules() if r.begins <= day <= r.ends]
    return tuple(r for r in active if r.whole), tuple(r for r in active if not r.whole)


@lru_cache(maxsize=50_000)
def _rules_for(
    day: dt.date, hs: str, origin: str, waste: bool, goods: str, letters: frozenset[str], conditions: frozenset[str]
) -> tuple[_Rule, ...]:
    """The rules that speak of such a line on that day: the same goods come again and again."""
    return tuple(r for r in _rules_on(day)[1] if r.applies(hs, origin, waste, goods, letters, conditions))


def inspection_classes(entry: CodeEntry | None, direction: str = "import") -> list[InspectionClass]:
    """The inspection categories of an HS code for one direction, in the order of the law; empty for goods outside the list."""
    letters = side(categories_of(entry), direction)
    return [InspectionClass(code, title) for code, title in CATEGORY_LABELS.items() if code in letters]


def requirements(
    declaration: Declaration,
    on: dt.date,
    codes: CodeLookup,
    *,
    agent: bool = False,
    entries: Sequence[CodeEntry | None] | None = None,
    only_missing: bool = False,
) -> list[Requirement]:
    """Every document the consignment needs on the day ``on``, satisfied or not, in the order of the rules.

    ``declaration`` may be a draft: only ``lines``, ``attachments`` and their fields are read. ``entries``: the HS entries of the
    lines where the caller has them already; ``only_missing``: leave out what is satisfied (machine review).
    """
    if entries is None:
        entries = [codes.get("hs", line.hs_code, on) for line in declaration.lines]
    held = {f"attachment:{a.kind}" for a in declaration.attachments}
    packing = [line.package_kind in wood_packages() for line in declaration.lines if line.package_kind]
    found: list[Requirement] = []
    for rule in _rules_on(on)[0]:
        if rule.agent is not None and rule.agent is not agent:
            continue
        if rule.wood is not None and (not packing or any(packing) is not rule.wood):
            continue
        missing = tuple(w for w in rule.all_of if w not in held)
        if rule.any_of and held.isdisjoint(rule.any_of) and rule.level != "declare":
            missing += rule.any_of
        if missing or not only_missing:
            found.append(_made(rule, rule.why, (), missing))
    asked: dict[_Rule, list[int]] = {}
    lacking: set[_Rule] = set()
    for i, (line, entry) in enumerate(zip(declaration.lines, entries, strict=True)):
        goods, letters = class_of(line.hs_code, entry), side(categories_of(entry))
        for rule in _rules_for(on, line.hs_code, line.origin_country, line.is_waste, goods.code, letters, conditions_of(entry)):
            if rule.wood is not None and (line.package_kind in wood_packages()) is not rule.wood:
                continue
            asked.setdefault(rule, []).append(i + 1)
            if not _covered(rule.any_of, held, line):
                lacking.add(rule)
    for rule in sorted(asked, key=lambda r: r.place):
        if rule not in lacking and only_missing:
            continue
        first = declaration.lines[asked[rule][0] - 1]
        goods = class_of(first.hs_code, entries[asked[rule][0] - 1])
        why = rule.why.format(**{"class": goods.title, "origin": _country(codes, first.origin_country)})
        found.append(_made(rule, why, tuple(asked[rule]), rule.any_of if rule in lacking else ()))
    return found


def _covered(any_of: Iterable[str], held: set[str], line: GoodsLine) -> bool:
    for wanted in any_of:
        if wanted in held:
            return True
        if wanted == "field:producer_no" and line.producer_no:
            return True
        if wanted.startswith("permit:") and any(p.kind == wanted[7:] for p in line.permits):
            return True
    return False


def _country(codes: CodeLookup, code: str) -> Text | str:
    entry = codes.get("countries", code)
    return entry.label if entry is not None else code


def _made(rule: _Rule, why: Text, lines: tuple[int, ...], missing: tuple[str, ...]) -> Requirement:
    return Requirement(rule.code, rule.document, rule.title, why, rule.basis, lines, rule.any_of or rule.all_of, missing, rule.level)
