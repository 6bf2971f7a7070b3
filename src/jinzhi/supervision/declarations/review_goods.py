"""Machine review of the goods lines: HS code and category, quantities and values, permits, alerts, duplicates, documents."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.fees import side
from jinzhi.supervision.declarations.goods import CodeEntry, GoodsClass, categories_of, class_of, conditions_of
from jinzhi.supervision.declarations.requirements import requirements
from jinzhi.supervision.declarations.review_findings import FORM, QUARANTINE_LAW, RULES, Severity, Sheet, duplicate_key, number
from jinzhi.supervision.declarations.schema import GoodsLine

Seen = dict[tuple[str, str, str, Decimal], tuple[int, str]]
"""Goods met earlier in the batch: place in the batch and the number the enterprise gave."""
# Days a declaration must precede the entry (动植检法实施条例 18): breeding animals 30, other animals 15, plants for planting 7.
ADVANCE: Final = {"live_animal": 15, "plant": 7}
BREEDING = "11"
SPECIAL_KINDS: Final = {"13": frozenset("MPRV"), "14": frozenset("MPRV"), "15": frozenset("L")}


def check_goods(sheet: Sheet, used: dict[tuple[str, str], Decimal], seen: Seen, index: int, own: str, agent: bool) -> frozenset[str]:
    """All lines; ``used`` and ``seen`` run through the batch (permit quantities taken, goods already met).

    Gives the import categories of all lines together.
    """
    d = sheet.declaration
    entries = [sheet.codes.get("hs", line.hs_code, sheet.on) for line in d.lines]
    all_letters: frozenset[str] = frozenset()
    for i, (line, entry) in enumerate(zip(d.lines, entries, strict=True)):
        path = f"lines.{i}"
        goods = class_of(line.hs_code, entry)
        letters = side(categories_of(entry))
        all_letters |= letters
        _line_codes(sheet, line, path, letters)
        _hs(sheet, line, entry, letters, path)
        _amounts(sheet, line, entry, path)
        _permits(sheet, line, path, used)
        _alerts(sheet, line, goods, path)
        _duplicates(sheet, line, path, seen, index, own)
        _timing(sheet, line, goods, path)
    _kind(sheet, all_letters)
    _values(sheet)
    _documents(sheet, entries, agent)
    return all_letters


def _line_codes(sheet: Sheet, line: GoodsLine, path: str, letters: frozenset[str]) -> None:
    sheet.check("countries", line.origin_country, f"{path}.origin_country", "原产国", "country of origin", required=True)
    sheet.check("units", line.quantity_unit, f"{path}.quantity_unit", "数量单位", "unit of quantity", required=True)
    sheet.check("currencies", line.currency, f"{path}.currency", "币种", "currency", required=True)
    sheet.check(
        "declarations.package_kinds", line.package_kind, f"{path}.package_kind", "包装种类", "kind of packing", required=line.packages > 0
    )
    sheet.check("declarations.purposes", line.purpose, f"{path}.purpose", "用途", "purpose", required="P" in letters)
    for j, permit in enumerate(line.permits):
        sheet.check("declarations.permit_kinds", permit.kind, f"{path}.permits.{j}.kind", "许可证种类", "kind of permit", required=True)


def _hs(sheet: Sheet, line: GoodsLine, entry: CodeEntry | None, letters: frozenset[str], path: str) -> None:
    if entry is None:
        old = sheet.codes.get("hs", line.hs_code)
        if old is None:
            sheet.add(
                "hs.unknown", "error", f"{path}.hs_code", "HS 编码 {c} 不在税则里。核对 10 位编码", "HS code {c} is not in the tariff. Check the ten digits",
                c=line.hs_code,
            )  # fmt: skip
        else:
            sheet.add(
                "hs.inactive", "error", f"{path}.hs_code", "HS 编码 {c} 在 {d} 不可用。改用当年税则的编码", "HS code {c} is not in force on {d}. Use the code of this year's tariff",
                c=line.hs_code, d=sheet.on.isoformat(),
            )  # fmt: skip
        return
    conditions = conditions_of(entry)
    if "A" not in conditions and letters & frozenset("MPR"):
        sheet.add(
            "hs.condition", "doubt", f"{path}.hs_code", "这个编码有入境检验检疫类别 {k}，监管条件却没有 A。由人员核对目录",
            "This code has import categories {k} but no condition A. An officer checks the list", RULES, k=".".join(sorted(letters)),
        )  # fmt: skip
    elif not letters:
        sheet.add(
            "hs.outside",
            "note",
            f"{path}.hs_code",
            "这个编码不在入境法检目录内，按申请检验办理",
            "This code is outside the import list; it is inspected on request",
            RULES,
        )


def _amounts(sheet: Sheet, line: GoodsLine, entry: CodeEntry | None, path: str) -> None:
    if line.quantity <= 0:
        sheet.add("quantity.empty", "error", f"{path}.quantity", "填写数量", "Enter the quantity")
    if line.net_weight <= 0:
        sheet.add("weight.empty", "error", f"{path}.net_weight", "填写净重", "Enter the net weight")
    if line.value <= 0:
        sheet.add("value.empty", "error", f"{path}.value", "填写货值", "Enter the value")
    if line.gross_weight is not None and line.net_weight > line.gross_weight:
        sheet.add(
            "weight.net_gross", "error", f"{path}.net_weight", "净重应小于毛重 {g} 千克", "The net weight should be less than the gross weight, {g} kg",
            g=number(line.gross_weight),
        )  # fmt: skip
    if line.produced_on and line.produced_on > (sheet.declaration.despatched_on or sheet.on):
        sheet.add(
            "date.produced", "error", f"{path}.produced_on", "生产日期应不晚于 {d}", "The date of production should not be after {d}",
            d=(sheet.declaration.despatched_on or sheet.on).isoformat(),
        )  # fmt: skip
    factor, tolerance = _kilograms(sheet, line.quantity_unit), sheet.facts.settings.weight_tolerance
    if factor is not None and line.net_weight > 0 and abs(line.quantity * factor - line.net_weight) > line.net_weight * tolerance:
        sheet.add(
            "quantity.weight", "error", f"{path}.quantity", "数量折合 {q} 千克，与净重 {w} 千克不一致。改一处",
            "The quantity comes to {q} kg, the net weight says {w} kg. Correct one of them", q=number(line.quantity * factor), w=number(line.net_weight),
        )  # fmt: skip
    if entry is not None and line.quantity_unit:
        statutory = [u for u in (entry.extra.get("unit"), entry.extra.get("unit2")) if u]
        if (
            statutory
            and line.quantity_unit not in statutory
            and not (factor is not None and any(_kilograms(sheet, u) is not None for u in statutory))
        ):
            unit = sheet.codes.get("units", str(statutory[0]))
            sheet.add(
                "quantity.unit", "error", f"{path}.quantity_unit", "这个编码的法定计量单位是{u}。用{u}填写数量",
                "The statutory unit of this code is {u}. Give the quantity in {u}", u=unit.label if unit else str(statutory[0]),
            )  # fmt: skip
    if line.unit_price is not None:
        product, allowed = line.unit_price * line.quantity, max(line.value * sheet.facts.settings.price_tolerance, Decimal("0.01"))
        if abs(product - line.value) > allowed:
            sheet.add(
                "value.price", "doubt", f"{path}.value", "单价乘数量是 {p}，货值写的是 {v}。核对发票", "Price times quantity is {p}, the value says {v}. Compare the invoice",
                p=number(product), v=number(line.value),
            )  # fmt: skip


def _permits(sheet: Sheet, line: GoodsLine, path: str, used: dict[tuple[str, str], Decimal]) -> None:
    register, d, on = sheet.facts.permits, sheet.declaration, sheet.on
    for j, use in enumerate(line.permits):
        at = f"{path}.permits.{j}"
        if not use.number:
            sheet.add("permit.number", "error", f"{at}.number", "填写许可证号", "Enter the number of the permit")
            continue
        if register is None:
            continue
        key = (use.kind, use.number)
        permit = register.get(key)
        if permit is None:
            sheet.add("permit.unknown", "error", f"{at}.number", "没有找到许可证 {n}。核对种类和编号", "Permit {n} was not found. Check its kind and number", RULES, n=use.number)  # fmt: skip
            continue
        if not permit.valid_from <= on <= permit.valid_to:
            sheet.add(
                "permit.expired", "error", f"{at}.number", "许可证 {n} 的有效期是 {a} ～ {b}。换用有效的许可证", "Permit {n} is valid from {a} to {b}. Use one in force",
                RULES, n=use.number, a=permit.valid_from.isoformat(), b=permit.valid_to.isoformat(),
            )  # fmt: skip
        if permit.holders and d.consignee_code not in permit.holders:
            sheet.add(
                "permit.holder",
                "error",
                f"{at}.number",
                "许可证 {n} 不是发给这家收货人的",
                "Permit {n} was not given to this consignee",
                RULES,
                n=use.number,
            )
        if permit.hs and not line.hs_code.startswith(permit.hs):
            sheet.add(
                "permit.goods",
                "error",
                f"{at}.number",
                "许可证 {n} 不包括 HS 编码 {c}",
                "Permit {n} does not cover HS code {c}",
                RULES,
                n=use.number,
                c=line.hs_code,
            )
        if permit.origins and line.origin_country not in permit.origins:
            sheet.add("permit.origin", "error", f"{at}.number", "许可证 {n} 不包括原产国 {c}", "Permit {n} does not cover origin {c}", RULES, n=use.number, c=line.origin_country)  # fmt: skip
        if permit.balance is not None:
            wanted = line.net_weight if use.quantity is None else use.quantity
            left = permit.balance - used.get(key, Decimal(0))
            if wanted > left:
                sheet.add(
                    "permit.balance", "error", f"{at}.quantity", "许可证 {n} 只余 {l}，本次要核销 {w}。改数量或换许可证",
                    "Permit {n} has {l} left, this declaration takes {w}. Change the quantity or use another permit", RULES,
                    n=use.number, l=number(left), w=number(wanted),
                )  # fmt: skip
            used[key] = used.get(key, Decimal(0)) + wanted


def _alerts(sheet: Sheet, line: GoodsLine, goods: GoodsClass, path: str) -> None:
    for alert in sheet.facts.alerts:
        if not alert.hits(line, goods, sheet.on):
            continue
        if alert.level == "ban":
            sheet.add(
                "alert.ban", "error", f"{path}.origin_country", "{t}（{n}）：禁止输入。不能报检，联系口岸检验检疫机构",
                "{t} ({n}): entry is prohibited. Contact the inspection body at the port", QUARANTINE_LAW, t=alert.title, n=alert.number,
            )  # fmt: skip
        else:
            sheet.add(
                "alert.watch", "note", f"{path}.origin_country", "{t}（{n}）：将加严检验检疫", "{t} ({n}): inspection will be stricter",
                QUARANTINE_LAW, t=alert.title, n=alert.number,
            )  # fmt: skip


def _duplicates(sheet: Sheet, line: GoodsLine, path: str, seen: Seen, index: int, own: str) -> None:
    key = duplicate_key(sheet.declaration, line)
    earlier = sheet.facts.duplicates.get(key, "")
    if not earlier or earlier == own:
        before = seen.get(key)
        earlier = before[1] if before and before[0] != index else ""
    if earlier:
        sheet.add(
            "duplicate", "doubt", f"{path}.hs_code", "提单 {b} 的同样货物已在 {n} 报过。确认不是重复申报",
            "The same goods of bill {b} were declared as {n}. Make sure it is not declared twice", RULES, b=sheet.declaration.bill_of_lading, n=earlier,
        )  # fmt: skip


def _timing(sheet: Sheet, line: GoodsLine, goods: GoodsClass, path: str) -> None:
    days = 30 if goods.code == "live_animal" and line.purpose == BREEDING else ADVANCE.get(goods.code)
    if goods.code == "plant" and line.purpose != BREEDING:
        days = None
    if days is not None and (sheet.declaration.arrived_on - sheet.on).days < days:
        sheet.add(
            "date.advance", "doubt", f"{path}.hs_code", "{g}应在入境 {n} 个自然日前报检。说明原因，由人员决定",
            "{g} should be declared {n} days before entry. Say why; an officer decides",
            Text("进出境动植物检疫法实施条例第十八条", "Rules for the Law on Animal and Plant Quarantine, article 18"), g=goods.title, n=days,
        )  # fmt: skip


def _kind(sheet: Sheet, letters: frozenset[str]) -> None:
    kind = sheet.declaration.kind
    if kind == "15" and letters & frozenset("MPR"):
        sheet.add(
            "kind.verification", "error", "kind", "入境验证只用于检验检疫类别仅为 L 的商品，这票含 {k}。改选 13", "Verification is only for goods of category L alone, this has {k}. Choose 13",
            RULES, k=".".join(sorted(letters & frozenset("MPR"))),
        )  # fmt: skip
    elif kind in ("13", "14") and letters and letters <= SPECIAL_KINDS["15"]:
        sheet.add(
            "kind.category",
            "doubt",
            "kind",
            "商品的检验检疫类别只有 L。改选 15 入境验证",
            "The goods have category L alone. Choose 15, verification",
            RULES,
        )


def _values(sheet: Sheet) -> None:
    d, rates, settings = sheet.declaration, sheet.facts.rates, sheet.facts.settings
    totals: dict[str, Decimal] = {}
    for i, line in enumerate(d.lines):
        if line.currency not in totals and line.currency != "CNY" and line.currency not in rates:
            sheet.add(
                "rate.missing", "doubt", f"lines.{i}.currency", "{d} 没有 {c} 的汇率，不能折算货值。由计费人员登记", "There is no rate of {c} for {d}; a fee officer enters it",
                c=line.currency, d=sheet.on.isoformat(),
            )  # fmt: skip
        totals[line.currency] = totals.get(line.currency, Decimal(0)) + line.value
    if d.total_value is None:
        return
    currency = d.total_currency or next(iter(totals))
    if set(totals) == {currency}:
        total, allowed = totals[currency], settings.total_tolerance
    elif all(c == "CNY" or c in rates for c in (*totals, currency)):
        total = sum((v * _rate(c, rates) for c, v in totals.items()), Decimal(0)) / _rate(currency, rates)
        allowed = d.total_value * settings.mixed_currency_tolerance
    else:
        return
    if abs(total - d.total_value) > allowed:
        sheet.add(
            "value.total", "error", "total_value", "各行货值合计 {s} {c}，总值写的是 {t}。改一处", "The lines come to {s} {c}, the total says {t}. Correct one of them",
            FORM, s=number(total), c=currency, t=number(d.total_value),
        )  # fmt: skip


def _rate(currency: str, rates: Mapping[str, Decimal]) -> Decimal:
    return Decimal(1) if currency == "CNY" else rates[currency]


_decimal = lru_cache(maxsize=256)(Decimal)


def _kilograms(sheet: Sheet, unit: str) -> Decimal | None:
    """Kilograms of one unit of weight, None for other units."""
    entry = sheet.codes.get("units", unit)
    text = entry.extra.get("kilograms") if entry is not None else None
    return _decimal(str(text)) if text else None


def _documents(sheet: Sheet, entries: list[CodeEntry | None], agent: bool) -> None:
    for need in requirements(sheet.declaration, sheet.on, sheet.codes, agent=agent, entries=entries, only_missing=True):
        if need.level == "declare":
            continue
        permit = any(w.startswith("permit:") for w in need.any_of)
        path = f"lines.{need.lines[0] - 1}.{'permits' if permit else 'hs_code'}" if need.lines and permit else "attachments"
        severity: Severity = "error" if need.level == "must" else "doubt"
        where = (
            Text(f"（第 {'、'.join(map(str, need.lines))} 行）", f" (line {', '.join(map(str, need.lines))})")
            if need.lines
            else Text("", "")
        )
        sheet.add(
            f"document.{need.code}", severity, path, "缺{t}{l}：{w}。上传或填写编号", "{t} is missing{l}: {w}. Upload it or enter its number",
            need.basis, t=need.title, l=where, w=need.why,
        )  # fmt: skip
