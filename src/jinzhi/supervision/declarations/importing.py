"""Exchange rates, permits and risk alerts from CSV files: dated, again without effect, every fault with line and column.

All of a file or nothing. What has been used is not changed behind anybody's back: another rate for a day that has one, or a permit
cut below what was written off, is a fault.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from jinzhi.kernel import bulk, tables
from jinzhi.kernel.codes import lists, validators
from jinzhi.kernel.tables import Column, Table, day, flag, number
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.goods import goods_classes
from jinzhi.supervision.declarations.models import Alert, ExchangeRate, Permit

_FROM = Column("valid_from", Text("生效日期", "From"), day, True, None)
_TO = Column("valid_to", Text("截止日期", "To"), day, False, None)
_HS = Column("hs_prefix", Text("HS 编码（前几位）", "HS code (beginning)"), limit=10)

RATES = (
    Column("currency", Text("币种", "Currency"), required=True, limit=3), _FROM,
    Column("cny", Text("一单位合人民币元", "Yuan for one unit"), number, True, Decimal(0)),
)  # fmt: skip
PERMITS = (
    Column("kind", Text("许可证种类", "Kind of permit"), required=True, limit=20), Column("number", Text("许可证编号", "Number"), required=True, limit=60),
    Column("holder_code", Text("持有人信用代码", "Credit code of the holder"), required=True, limit=40), _HS,
    Column("granted", Text("核准数量", "Quantity granted"), number, True, Decimal(0)), Column("unit", Text("计量单位", "Unit"), default="035", limit=3),
    _FROM, Column("valid_to", _TO.title, day, True, None),
)  # fmt: skip
ALERTS = (
    Column("number", Text("通报编号", "Number"), required=True, limit=30), Column("title_zh", Text("标题", "Title in Chinese"), required=True, limit=200),
    Column("title_en", Text("英文标题", "Title in English"), required=True, limit=200), Column("country", Text("国家（地区）", "Country"), limit=2),
    Column("goods_class", Text("商品类别", "Class of goods"), limit=30), _HS, Column("epidemic", Text("疫区", "Epidemic area"), flag, default=False),
    Column("prohibits", Text("禁止入境", "Entry prohibited"), flag, default=False), _FROM, _TO,
)  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """How many rows were new, changed, and there already just so."""

    new: int
    changed: int
    same: int


def load_rates(path: Path, *, replace: bool = False) -> Loaded:
    """Yuan for one unit of a currency from a day on. ``replace``: a rate of the same day may be corrected. :raises Refused:"""
    table = tables.read(path, RATES)
    for line, row in table.rows:
        row["currency"] = row["currency"].upper()
        if lists.get("currencies", row["currency"]) is None or row["currency"] == "CNY":
            table.refuse(line, "currency", Text("币种写外币的 3 位字母代码，例如 USD", "Write a foreign currency’s 3-letter code, such as USD"))
        if not 0 < row["cny"] < Decimal(10) ** 8 or row["cny"] != round(row["cny"], 6):
            table.refuse(line, "cny", Text("应大于 0，最多 6 位小数", "Must be above 0, with at most 6 decimal places"))
    _once(table, ("currency", "valid_from"))
    with transaction.atomic():
        found = ExchangeRate.objects.select_for_update().filter(currency__in={r["currency"] for _, r in table.rows}).order_by("pk")
        known = {(r.currency, r.valid_from): r.cny for r in found}
        for line, row in table.rows:
            old = known.get((row["currency"], row["valid_from"]))
            if old is not None and old != row["cny"] and not replace:
                text = Text("这一天已登记为 {o}；确要更正，加 --replace", "The rate of that day is {o} already; to correct it add --replace")
                table.refuse(line, "cny", text.format(o=f"{old.normalize():f}"))
        table.finish()
        return _write(ExchangeRate, table, ("currency", "valid_from"), lambda r: known.get((r["currency"], r["valid_from"])) == r["cny"], known)


def load_permits(path: Path) -> Loaded:
    """Permits with what was granted; another quantity for a known permit moves its balance by the difference. :raises Refused:"""
    table = tables.read(path, PERMITS)
    for line, row in table.rows:
        row["holder_code"] = validators.normalise(row["holder_code"])
        wrong = validators.credit_code(row["holder_code"])
        if lists.get("declarations.permit_kinds", row["kind"]) is None:
            table.refuse(line, "kind", Text("许可证种类不在代码表中，例如 325", "No such kind of permit; one is 325"))
        if wrong is not None:
            table.refuse(line, "holder_code", wrong.message)
        if row["granted"] <= 0 or row["granted"] != round(row["granted"], 4):
            table.refuse(line, "granted", Text("应大于 0，最多 4 位小数", "Must be above 0, with at most 4 decimal places"))
        if lists.get("units", row["unit"]) is None:
            table.refuse(line, "unit", Text("计量单位写 3 位海关代码，例如 035（千克）", "Write the customs code of the unit, such as 035 for kilograms"))
        _hs(table, line, row)
        _dates(table, line, row)
    _once(table, ("kind", "number"))
    with transaction.atomic():
        found = Permit.objects.select_for_update().filter(number__in={r["number"] for _, r in table.rows}).order_by("pk")
        known = {(p.kind, p.number): p for p in found}
        same: set[tuple[str, str]] = set()
        for line, row in table.rows:
            old = known.get((row["kind"], row["number"]))
            row["balance"] = row["granted"]
            if old is None:
                continue
            row["balance"] = old.balance + row["granted"] - old.granted
            if row["balance"] < 0:
                text = Text("已核销 {u}，核准数量不能少于它", "{u} was written off already: the quantity granted cannot be less")
                table.refuse(line, "granted", text.format(u=f"{(old.granted - old.balance).normalize():f}"))
            if old.unit != row["unit"] and old.balance != old.granted:
                table.refuse(line, "unit", Text("已核销过，计量单位不能改", "Part of it was written off: the unit cannot change"))
            if all(getattr(old, name) == value for name, value in row.items()):
                same.add((old.kind, old.number))
        table.finish()
        return _write(Permit, table, ("kind", "number"), lambda r: (r["kind"], r["number"]) in same, known)


def load_alerts(path: Path) -> Loaded:
    """Risk alerts by their number; the latest file says what they ask and until when. :raises Refused:"""
    table = tables.read(path, ALERTS)
    classes = goods_classes()
    for line, row in table.rows:
        row["country"] = row["country"].upper()
        if row["country"] and lists.get("countries", row["country"]) is None:
            table.refuse(line, "country", Text("国家写 2 位字母代码，例如 BR", "Write the country’s 2-letter code, such as BR"))
        if row["goods_class"] and row["goods_class"] not in classes:
            text = Text("商品类别写其中一种：{c}", "The class of goods is one of: {c}").format(c=", ".join(sorted(classes)))
            table.refuse(line, "goods_class", text)
        if not (row["country"] or row["goods_class"] or row["hs_prefix"]):
            text = Text("国家、商品类别、HS 编码至少写一项，否则涉及全部货物", "Write a country, a class of goods or an HS code: without any it would concern all goods")
            table.refuse(line, "country", text)
        _hs(table, line, row)
        _dates(table, line, row)
    _once(table, ("number",))
    with transaction.atomic():
        known = {a.number: a for a in Alert.objects.select_for_update().filter(number__in={r["number"] for _, r in table.rows}).order_by("pk")}
        table.finish()

        def unchanged(row: dict[str, Any]) -> bool:
            old = known.get(row["number"])
            return old is not None and all(getattr(old, name) == value for name, value in row.items())

        return _write(Alert, table, ("number",), unchanged, {(n,): a for n, a in known.items()})


def _hs(table: Table, line: int, row: dict[str, Any]) -> None:
    if row["hs_prefix"] and not re.fullmatch(r"\d{2,10}", row["hs_prefix"]):
        table.refuse(line, "hs_prefix", Text("写 HS 编码的前 2 至 10 位数字", "Write the first 2 to 10 digits of the HS code"))


def _dates(table: Table, line: int, row: dict[str, Any]) -> None:
    first, last = row["valid_from"], row["valid_to"]
    if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        table.refuse(line, "valid_to", Text("应在 {d} 或以后", "Must be {d} or later").format(d=first.isoformat()))


def _once(table: Table, key: tuple[str, ...]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for line, row in table.rows:
        first = seen.setdefault(tuple(row[name] for name in key), line)
        if first != line:
            table.refuse(line, key[0], Text("与第 {n} 行重复", "It stands on line {n} already").format(n=first))
    table.finish()


def _write(model: Any, table: Table, key: tuple[str, ...], unchanged: Callable[[dict[str, Any]], bool], known: Iterable[Any]) -> Loaded:
    kept = set(known)
    rows = [row for _, row in table.rows if not unchanged(row)]
    bulk.upsert(model, rows, key)
    changed = sum(1 for row in rows if tuple(row[name] for name in key) in kept)
    return Loaded(len(rows) - changed, changed, len(table.rows) - len(rows))
