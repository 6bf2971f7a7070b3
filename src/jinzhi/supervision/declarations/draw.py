"""The draw (布控、抽批): inspect or papers only, which items, and the reason in words; every draw can be proved again.

A decision table (``decisions/draw.json``) gives each goods line a rate. The consignment is drawn once, against the highest rate of its
lines, with a number computed from the case, the version of the rules and a secret seed (HMAC-SHA-256): nobody can choose it, the same
inputs always give it, and who holds the seed can show it (:func:`prove`). Laboratory items are drawn one by one in the same way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from jinzhi.kernel.codes import lists
from jinzhi.kernel.decisions import DecisionTable, Outcome
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.fees import side
from jinzhi.supervision.declarations.goods import CodeLookup, GoodsClass, categories_of, class_of
from jinzhi.supervision.declarations.plans import PlanItem, plan_for, wood_items
from jinzhi.supervision.declarations.requirements import wood_packages
from jinzhi.supervision.declarations.schema import Declaration

DrawResultCode = Literal["inspect", "papers", "unlisted"]
_RANK = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class DrawInput:
    """What the draw is made from. ``hits``: alerts that hit the goods, number → title; ``credit_class``: AA, A, B, C, D of the consignee."""

    case_id: int
    declaration: Declaration
    on: dt.date
    credit_class: str
    hits: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """An item to look at or to test; ``line`` 0 means the whole consignment."""

    line: int
    kind: Literal["field", "lab"]
    code: str
    name: Text
    basis: str
    limit_text: str
    low: Decimal | None
    high: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class DrawResult:
    """The answer. ``rule`` names table and version; ``risk`` is the highest of the goods; ``evidence`` is JSON-able and proves the draw."""

    result: DrawResultCode
    reason: Text
    rule: str
    risk: str
    items: tuple[Item, ...]
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One goods line as the table sees it, with what the table said."""

    line: int
    goods: GoodsClass
    wood: bool
    facts: dict[str, Any]
    outcome: Outcome


@lru_cache(maxsize=1)
def draw_table() -> DecisionTable:
    """The table, proved when first used. Raises BadTable."""
    return DecisionTable.load(Path(__file__).parent / "decisions" / "draw.json")


def secret_seed() -> bytes:
    """The seed of this installation: ``JINZHI_DRAW_SEED``, else derived from the secret key. Keep it as long as draws must be provable."""
    given = getattr(settings, "JINZHI_DRAW_SEED", "") or settings.SECRET_KEY
    return hashlib.sha256(b"jinzhi draw\0" + str(given).encode()).digest()


def seed_name(seed: bytes) -> str:
    """A name of the seed that does not give it away."""
    return hashlib.sha256(b"name\0" + seed).hexdigest()[:16]


def number(seed: bytes, case_id: int, digest: str, purpose: str) -> float:
    """The number of a draw: 0 ≤ n < 100, three decimals, even over that range."""
    taken = hmac.new(seed, f"{case_id}\0{digest}\0{purpose}".encode(), hashlib.sha256).digest()
    return (int.from_bytes(taken[:8], "big") * 100_000 >> 64) / 1000


def assess(given: Sequence[DrawInput], codes: CodeLookup) -> list[list[LineFacts]]:
    """What the table says of every line of every declaration: one evaluation for the whole batch."""
    found: list[list[tuple[int, GoodsClass, bool, dict[str, Any]]]] = []
    for one in given:
        lines = []
        for place, line in enumerate(one.declaration.lines, 1):
            entry = codes.get("hs", line.hs_code, one.on)
            goods, letters = class_of(line.hs_code, entry), side(categories_of(entry))
            wood = line.package_kind in wood_packages()
            verification = one.declaration.kind == "15" or (bool(letters) and letters <= frozenset("L"))
            facts = {
                "alert": bool(one.hits), "listed": bool(letters), "waste": line.is_waste or goods.code == "waste", "verification": verification,
                "class": goods.code, "risk": goods.risk, "credit": one.credit_class, "wood_packing": wood,
            }  # fmt: skip
            lines.append((place, goods, wood, facts))
        found.append(lines)
    answers = iter(draw_table().evaluate_many(facts for lines in found for *_, facts in lines))
    return [[LineFacts(place, goods, wood, facts, next(answers)) for place, goods, wood, facts in lines] for lines in found]


def draw(given: Sequence[DrawInput], codes: CodeLookup | None = None, seed: bytes | None = None) -> list[DrawResult]:
    """Draw each declaration; in order. Raises BadFacts where a declaration lacks what the table asks."""
    seed = secret_seed() if seed is None else seed
    assessed = assess(given, codes if codes is not None else lists)
    return [_one(one, lines, seed) for one, lines in zip(given, assessed, strict=True)]


def _one(given: DrawInput, lines: list[LineFacts], seed: bytes) -> DrawResult:
    table = draw_table()
    top = max(lines, key=lambda x: (x.outcome.result["rate"], -x.line))
    rate = top.outcome.result["rate"]
    drawn = number(seed, given.case_id, table.digest, "field")
    inspect = drawn < rate
    evidence: dict[str, Any] = {
        "table": table.digest, "seed": seed_name(seed), "case": given.case_id, "number": drawn, "rate": rate, "line": top.line,
        "lines": [{"line": x.line, "row": x.outcome.rows[0], "rate": x.outcome.result["rate"], "facts": x.facts} for x in lines],
        "alerts": sorted(given.hits), "lab": {},
    }  # fmt: skip
    result: DrawResultCode
    if all(x.outcome.result["method"] == "unlisted" for x in lines):
        result = "unlisted"
    else:
        result = "inspect" if inspect else "papers"
    items = _items(given, lines, seed, evidence["lab"]) if result == "inspect" else ()
    risk = "high" if given.hits else max((x.goods.risk for x in lines), key=_RANK.__getitem__)
    return DrawResult(result, _reason(given, top, result, rate, drawn), f"draw@{table.digest[:12]}", risk, items, evidence)


def _reason(given: DrawInput, top: LineFacts, result: str, rate: int, drawn: float) -> Text:
    why = top.outcome.explanation
    if len(given.declaration.lines) > 1:
        why = Text(f"{why.zh}（第 {top.line} 行，{top.goods.title.zh}）", f"{why.en} (line {top.line}, {top.goods.title.en})")
    if given.hits:
        named = Text("；".join(f"{t.zh}（{n}）" for n, t in given.hits.items()), "; ".join(f"{t.en} ({n})" for n, t in given.hits.items()))
        why = Text(f"{why.zh}：{named.zh}", f"{why.en}: {named.en}")
    if result == "unlisted" or rate in (0, 100):
        return why
    if result == "inspect":
        return Text(f"{why.zh}。抽签数 {drawn:.3f}，小于 {rate}，抽中", f"{why.en}. The number drawn is {drawn:.3f}, below {rate}: drawn")
    return Text(
        f"{why.zh}。抽签数 {drawn:.3f}，不小于 {rate}，未抽中", f"{why.en}. The number drawn is {drawn:.3f}, not below {rate}: not drawn"
    )


def _items(given: DrawInput, lines: list[LineFacts], seed: bytes, lab: dict[str, Any]) -> tuple[Item, ...]:
    """Field items of every class, once; of the laboratory items those drawn. ``lab`` gets number and rate of each."""
    digest = draw_table().digest
    by_class: dict[str, list[LineFacts]] = {}
    for line in lines:
        if line.outcome.result["method"] == "draw":
            by_class.setdefault(line.goods.code, []).append(line)
    several = len(by_class) > 1
    found: list[Item] = []
    seen: set[str] = set()
    for goods, group in by_class.items():
        plan = plan_for(goods)
        place = group[0].line if several else 0
        for item in plan.field:
            if item.code not in seen or item not in plan_for("other").field:
                found.append(_item(item, place if item not in plan_for("other").field else 0))
            seen.add(item.code)
        lab_rate = max(x.outcome.result["lab_rate"] for x in group)
        for item in plan.lab:
            rate = lab_rate if lab_rate == 100 else lab_rate * item.share / 100
            drawn = number(seed, given.case_id, digest, f"lab {goods} {item.code}")
            lab[f"{goods}.{item.code}"] = {"number": drawn, "rate": rate}
            if drawn < rate:
                found.append(_item(item, place))
    if any(x.wood for x in lines):
        found += [_item(item, 0) for item in wood_items()]
    return tuple(sorted(found, key=lambda i: (i.kind != "field", i.line)))


def _item(item: PlanItem, line: int) -> Item:
    return Item(line, item.kind, item.code, item.name, item.basis, item.limit_text, item.low, item.high, item.unit)


def prove(evidence: Mapping[str, Any], seed: bytes | None = None) -> bool:
    """Whether the numbers kept with a draw are those of its case, rules and seed."""
    seed = secret_seed() if seed is None else seed
    case_id, digest = evidence["case"], evidence["table"]
    if evidence["seed"] != seed_name(seed) or evidence["number"] != number(seed, case_id, digest, "field"):
        return False
    return all(kept["number"] == number(seed, case_id, digest, f"lab {key.replace('.', ' ', 1)}") for key, kept in evidence["lab"].items())
