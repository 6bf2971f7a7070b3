"""What machine review (机审) is given and what it answers: shared by the groups of checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container as Has
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.goods import CodeEntry, CodeLookup, GoodsClass
from jinzhi.supervision.declarations.schema import Declaration, GoodsLine

Severity = Literal["error", "doubt", "note"]
Result = Literal["fit", "doubtful", "faulty"]

RULES = Text("出入境检验检疫报检规定", "Rules on declaration for inspection and quarantine")
QUARANTINE_LAW = Text("进出境动植物检疫法", "Law on Animal and Plant Quarantine")
FORM = Text("入境货物报检单填制要求", "Instructions for the import declaration form")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. ``field`` is the path in the declaration with places from 0 ("lines.2.net_weight"), as pydantic names it."""

    code: str
    severity: Severity
    field: str
    message: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """``faulty``: returned with all errors; ``doubtful``: to a person; ``fit``: accepted."""

    outcome: Result
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PermitFact:
    """A permit as registered: ``balance`` in kilograms or pieces, as the permit counts; None: not limited.

    ``holders``: credit codes that may use it, empty: anyone; ``hs``: beginnings of HS codes; ``origins``: countries; empty: all.
    """

    kind: str
    number: str
    balance: Decimal | None = None
    holders: frozenset[str] = frozenset()
    hs: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()
    valid_from: dt.date = dt.date.min
    valid_to: dt.date = dt.date.max


@dataclass(frozen=True, slots=True)
class EpidemicAlert:
    """An alert (警示通报、疫区公告): ``ban`` stops goods, ``watch`` is told to the officer. Empty sets mean "all"."""

    number: str
    title: Text
    level: Literal["ban", "watch"]
    origins: frozenset[str] = frozenset()
    hs: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    begins: dt.date = dt.date.min
    ends: dt.date = dt.date.max

    def hits(self, line: GoodsLine, goods: GoodsClass, on: dt.date) -> bool:
        return (
            self.begins <= on <= self.ends
            and (not self.origins or line.origin_country in self.origins)
            and (not self.hs or line.hs_code.startswith(self.hs))
            and (not self.classes or goods.code in self.classes)
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """Tolerances a bureau may set; shares are of the larger amount."""

    total_tolerance: Decimal = Decimal("0.01")
    price_tolerance: Decimal = Decimal("0.005")
    weight_tolerance: Decimal = Decimal("0.005")
    mixed_currency_tolerance: Decimal = Decimal("0.005")
    arrival_ahead_days: int = 90
    declared_late_days: int = 90
    claim_days: int = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What the caller fetched for the whole batch, once.

    ``registered``: credit codes of registered consignees; ``permits``: by (kind, number), None: no register is kept yet, so permits
    are only looked for, not weighed; ``rates``: yuan for one unit of a currency on the day; ``duplicates``: declaration numbers by
    :func:`duplicate_key`, of declarations still alive; ``alerts``: those in force.
    """

    registered: Has[str]
    rates: Mapping[str, Decimal]
    permits: Mapping[tuple[str, str], PermitFact] | None = None
    duplicates: Mapping[tuple[str, str, str, Decimal], str] = field(default_factory=dict)
    alerts: Sequence[EpidemicAlert] = ()
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """One declaration with its facts (the same ``Facts`` for all of a batch); ``agent``: declared by an agent.

    ``own_number``: the number of an earlier version of the same declaration, which is not its duplicate.
    """

    declaration: Declaration
    on: dt.date
    facts: Facts
    agent: bool = False
    own_number: str = ""


def duplicate_key(declaration: Declaration, line: GoodsLine) -> tuple[str, str, str, Decimal]:
    """Same bill of lading and same goods: bill, HS code, origin, net weight in kilograms."""
    return (declaration.bill_of_lading.upper(), line.hs_code, line.origin_country, line.net_weight.normalize())


class Codes:
    """Look-ups of one batch, each asked once."""

    __slots__ = ("_known", "_lookup")

    def __init__(self, lookup: CodeLookup) -> None:
        self._lookup = lookup
        self._known: dict[tuple[str, str, dt.date | None], CodeEntry | None] = {}

    def get(self, list_name: str, code: str, on: dt.date | None = None) -> CodeEntry | None:
        key = (list_name, code, on)
        try:
            return self._known[key]
        except KeyError:
            found = self._known[key] = self._lookup.get(list_name, code, on)
            return found


class Sheet:
    """Gathers the findings of one declaration."""

    __slots__ = ("codes", "declaration", "facts", "findings", "on")

    def __init__(self, given: ReviewInput, codes: Codes) -> None:
        self.declaration, self.on, self.facts, self.codes = given.declaration, given.on, given.facts, codes
        self.findings: list[Finding] = []

    def add(self, code: str, severity: Severity, path: str, zh: str, en: str, basis: Text = FORM, **values: Any) -> None:
        text = Text(zh, en)
        self.findings.append(Finding(code, severity, path, text.format(**values) if values else text, basis))

    def check(self, list_name: str, code: str, path: str, zh: str, en: str, *, required: bool = False) -> CodeEntry | None:
        """A code of a list: absent and required, or not in the list on the day, is an error. ``zh``/``en`` name the field."""
        if not code:
            if required:
                self.add("code.missing", "error", path, "选择{f}", "Choose the {f}", f=Text(zh, en))
            return None
        entry = self.codes.get(list_name, code, self.on)
        if entry is None:
            self.add(
                "code.unknown", "error", path, "{f} {c} 不在 {d} 的代码表里。从列表中选择", "{f} {c} is not in the list of {d}. Choose from the list",
                f=Text(zh, en[:1].upper() + en[1:]), c=code, d=self.on.isoformat(),
            )  # fmt: skip
        return entry

    def result(self) -> ReviewResult:
        severities = {f.severity for f in self.findings}
        outcome: Result = "faulty" if "error" in severities else "doubtful" if "doubt" in severities else "fit"
        return ReviewResult(outcome, tuple(self.findings))


def number(value: Decimal) -> str:
    """6120 → "6,120.00": as the writing style asks."""
    return f"{value:,.2f}"
