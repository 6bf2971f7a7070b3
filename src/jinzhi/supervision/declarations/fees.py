"""Inspection and quarantine fees (发改价格〔2003〕2357, rates of 2004, 2013 and 2017) from dated tables.

Pure: no database. Amounts are whole yuan (RMB), rounded half up; values are yuan of the day, converted by the caller or with
:func:`to_rmb`. The tables stand in ``data/fee_tables.toml``; what no source confirms is an option there, off until turned on.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

TABLES = Path(__file__).parent / "data" / "fee_tables.toml"
OIL, SMALL_LOT, MEDIUM, GENERAL = "plant_oil", "small_lot_food", "growing_medium", "general"


@dataclass(frozen=True, slots=True)
class FeeInput:
    """One goods line to be priced.

    ``value``: yuan; ``categories``: 检验检疫类别 of the HS code, "M.P/N.Q" or "M.P" (the side of the direction counts);
    ``goods_class``: ``general``, ``plant_oil``, ``small_lot_food``, ``growing_medium``; ``heads`` and ``head_kind`` (a key of
    [heads]) price animals and plants whose value is not known: give them with ``value=None``.
    """

    line: int
    value: Decimal | None
    categories: str
    goods_class: str = GENERAL
    head_kind: str = ""
    heads: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ServiceInput:
    """A conveyance or treatment of §7.2: ``code`` is a key of [services], ``quantity`` in its unit (GT, t, TEU, cars …).

    Where the tariff has bands, ``quantity`` is the size of one and ``times`` how many (calls of a ship, aircraft).
    """

    code: str
    quantity: Decimal
    times: int = 1
    passenger: bool = False


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One line of the fee note: ``rate`` in words ("1.5‰"), ``base`` what it was applied to, ``amount`` whole yuan."""

    code: str
    title: Text
    basis: Text
    rate: str
    base: Decimal
    amount: int
    lines: tuple[int, ...] = ()
    note: Text | None = None
    to_confirm: bool = False


@dataclass(frozen=True, slots=True)
class FeeResult:
    """All lines and their sum in yuan; ``note`` says why there is nothing to pay."""

    lines: tuple[FeeLine, ...]
    total: int
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    code: str
    title: Text
    categories: frozenset[str]
    rates: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Period:
    begins: dt.date
    ends: dt.date
    basis: Text
    adds_up: bool
    minimum: int
    items: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class FeeTables:
    """The dated tables, read once. Change an option with :meth:`with_option`."""

    periods: tuple[_Period, ...]
    heads: dict[str, dict[str, Any]]
    services: dict[str, dict[str, Any]]
    options: dict[str, dict[str, Any]]
    small_lots: tuple[tuple[dt.date, Decimal], ...] = ()

    def with_option(self, code: str, **values: Any) -> FeeTables:
        """A copy with an option changed, such as ``with_option("above_cap", enabled=True)``."""
        return replace(self, options={**self.options, code: {**self.options[code], **values}})

    def on(self, day: dt.date) -> _Period:
        """The rates in force. Raises Refused before the first."""
        for period in self.periods:
            if period.begins <= day <= period.ends:
                return period
        message = Text("{d} 没有可用的收费标准。检查受理日期", "There is no table of fees for {d}. Check the date of acceptance")
        raise Refused(Refusal("fees.no_table", message.format(d=day.isoformat()), "on"))

    def small_lot(self, day: dt.date) -> Decimal:
        """Value in yuan up to which a line of food is a small lot (小批量) on ``day``; 0 where no line is drawn."""
        return next((most for begins, most in reversed(self.small_lots) if begins <= day), Decimal(0))


@lru_cache(maxsize=4)
def load_tables(path: Path = TABLES) -> FeeTables:
    """Read and check the tables. Raises ValueError where periods overlap or leave a gap."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    titles = {code: _text(entry) for code, entry in raw["titles"].items()}
    periods = tuple(
        _Period(
            p["from"],
            p.get("to", dt.date.max),
            _text(p["basis"]),
            p["adds_up"],
            p["minimum"],
            tuple(
                _Item(i["code"], titles[i["code"]], frozenset(i["categories"]), {k: Decimal(v) for k, v in i["rates"].items()})
                for i in p["item"]
            ),
        )
        for p in raw["period"]
    )
    for earlier, later in pairwise(periods):
        if earlier.ends + dt.timedelta(days=1) != later.begins:
            raise ValueError(f"fee tables: the period from {later.begins} does not follow the one to {earlier.ends}")
    small_lots = tuple(sorted((entry["from"], Decimal(entry["yuan"])) for entry in raw["small_lot"]))
    return FeeTables(periods, raw["heads"], raw["services"], raw["options"], small_lots)


def _text(entry: Mapping[str, Any]) -> Text:
    return Text(entry["zh"], entry["en"])


def yuan(amount: Decimal) -> int:
    """Whole yuan, half up (§7.3)."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


@lru_cache(maxsize=4096)
def side(categories: str, direction: str = "import") -> frozenset[str]:
    """The letters of one direction: ``"M.P/N.Q"`` → {M, P} for import. Without a slash each letter tells its own side."""
    letters = frozenset(c for c in categories.upper() if c.isalpha())
    return letters & (frozenset("MPRVL") if direction == "import" else frozenset("NQSW"))


def to_rmb(value: Decimal, currency: str, rates: Mapping[str, Decimal]) -> Decimal:
    """Value in yuan at the rates of the day (yuan for one unit). Raises Refused where the rate is not there."""
    if currency == "CNY":
        return value
    rate = rates.get(currency)
    if rate is None:
        message = Text("当天没有 {c} 的汇率。先登记汇率再计费", "There is no rate of the day for {c}. Enter the rate, then compute the fee")
        raise Refused(Refusal("fees.no_rate", message.format(c=currency), "currency"))
    return value * rate


def teu(kinds: Iterable[str]) -> Decimal:
    """Twenty-foot units of container kinds (§2.4: 1xx and 31x are forty or more feet, 2xx and 32x twenty, 331 ten)."""
    total = Decimal(0)
    for kind in kinds:
        if kind[:1] == "1" or kind[:2] == "31":
            total += 2
        elif kind == "331":
            total += Decimal("0.5")
        else:
            total += 1
    return total


def compute(
    lines: Sequence[FeeInput],
    on: dt.date,
    *,
    services: Sequence[ServiceInput] = (),
    direction: str = "import",
    recheck: bool = False,
    tables: FeeTables | None = None,
) -> FeeResult:
    """The fee of one batch on the day ``on``: goods by value or heads, conveyances and treatments beside.

    Each item is computed over all lines it covers, rounded, raised to the minimum, then added up (before 2013) or taken as the
    single item (since). Raises Refused for a code or day the tables do not know.
    """
    tables = tables or load_tables()
    period = tables.on(on)
    goods = [fee for item in period.items for fee in _item(item, period, lines, direction)]
    if period.items:
        goods += [_heads(line, tables, period.basis) for line in lines if line.value is None]
        goods = _options(goods, tables, recheck)
        extra = [_service(service, tables, period.basis) for service in services]
    else:
        extra = []
    found = tuple(goods + extra)
    total = sum(line.amount for line in found)
    note = None
    if not period.items:
        note = period.basis
    elif not found:
        note = Text("这些货物的检验检疫类别不收费", "Goods of these categories carry no fee")
    return FeeResult(found, total, note)


def _item(item: _Item, period: _Period, lines: Sequence[FeeInput], direction: str) -> list[FeeLine]:
    bases: dict[str, Decimal] = {}
    numbers: dict[str, list[int]] = {}
    for line in lines:
        if line.value is None or not side(line.categories, direction) & item.categories:
            continue
        kind = line.goods_class if line.goods_class in item.rates else GENERAL
        bases[kind] = bases.get(kind, Decimal(0)) + line.value
        numbers.setdefault(kind, []).append(line.line)
    made = [
        FeeLine(
            item.code, item.title, period.basis, f"{item.rates[kind]}‰", base, yuan(base * item.rates[kind] / 1000), tuple(numbers[kind])
        )
        for kind, base in bases.items()
    ]
    short = period.minimum - sum(line.amount for line in made)
    if made and short > 0:
        note = Text("不足最低收费，按 {m} 元计", "Below the minimum, charged at {m} yuan").format(m=period.minimum)
        made[-1] = replace(made[-1], amount=made[-1].amount + short, note=note)
    return made


def _heads(line: FeeInput, tables: FeeTables, basis: Text) -> FeeLine:
    tariff = tables.heads.get(line.head_kind)
    if tariff is None:
        message = Text(
            "第 {n} 行没有货值。填写货值，或选择按头（只、株）计费的种类",
            "Line {n} has no value. Enter the value, or choose the kind charged by the head",
        )
        raise Refused(Refusal("fees.no_value", message.format(n=line.line), f"lines.{line.line - 1}.value"))
    amount = yuan(line.heads / tariff["per"] * Decimal(tariff["rate"]))
    per = "" if tariff["per"] == 1 else f"{tariff['per']}"
    return FeeLine(
        f"heads.{line.head_kind}", _text(tariff), basis, f"{tariff['rate']}/{per}", line.heads, amount, (line.line,),
        to_confirm=bool(tariff.get("to_confirm")),
    )  # fmt: skip


def _service(service: ServiceInput, tables: FeeTables, basis: Text) -> FeeLine:
    tariff = tables.services.get(service.code)
    if tariff is None:
        message = Text("收费项目 {c} 不在标准里。从列表中选择", "The fee item {c} is not in the tariff. Choose one from the list")
        raise Refused(Refusal("fees.unknown_service", message.format(c=service.code), "services"))
    if tariff.get("each"):
        each = next(
            (Decimal(b["amount"]) for b in tariff["bands"] if ("over" in b and service.quantity > b["over"]) or service.quantity >= b.get("from", 10**12)),
            Decimal(tariff["bands"][-1]["amount"]),
        )  # fmt: skip
        if service.passenger:
            each *= Decimal(tariff.get("passenger_factor", "1"))
        rate, amount = f"{each.normalize():f}", yuan(each * service.times)
    else:
        rate = f"{tariff['rate']}/{tariff.get('per', '')}{tariff['unit']}"
        amount = yuan(service.quantity / tariff.get("per", 1) * Decimal(tariff["rate"]) * service.times)
    low = tariff.get("minimum", 0)
    note = Text("不足最低收费，按 {m} 元计", "Below the minimum, charged at {m} yuan").format(m=low) if amount < low else None
    return FeeLine(service.code, _text(tariff), basis, rate, service.quantity, max(amount, low), note=note)


def _options(goods: list[FeeLine], tables: FeeTables, recheck: bool) -> list[FeeLine]:
    """Reductions no source confirms: each only where its option is on; marked to be confirmed on the line."""
    half, cap = tables.options["recheck_half"], tables.options["above_cap"]
    if recheck and half["enabled"]:
        note = Text("返工后重新检验，按 {s} 计", "Re-inspection after rework, charged at {s}").format(s=half["share"])
        goods = [replace(g, amount=yuan(g.amount * Decimal(half["share"])), note=note, to_confirm=True) for g in goods]
    total = sum(g.amount for g in goods)
    if cap["enabled"] and total > cap["over"]:
        cut = yuan((total - cap["over"]) * (1 - Decimal(cap["share"])))
        title = Text("超过 {o} 元部分减收", "Reduction on the part above {o} yuan").format(o=cap["over"])
        basis = Text("待确认", "To be confirmed")
        goods = [*goods, FeeLine("above_cap", title, basis, cap["share"], Decimal(total - cap["over"]), -cut, to_confirm=True)]
    return goods


def late_fee(total: int, notified: dt.date, paid: dt.date, tables: FeeTables | None = None) -> int:
    """Late fee in yuan; 0 while its option is off (§7.3 marks it as not confirmed)."""
    option = (tables or load_tables()).options["late_fee"]
    days = (paid - notified).days - option["days"]
    if not option["enabled"] or days <= 0:
        return 0
    return yuan(Decimal(total) * Decimal(option["per_mille_a_day"]) / 1000 * days)
