"""Machine review of the header: codes, parties, dates, ports against the way of transport, containers, certificates asked for."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from jinzhi.kernel.codes import validators
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.goods import CodeEntry
from jinzhi.supervision.declarations.review_findings import RULES, Sheet, number

PORTS = (
    ("despatch_port", "启运口岸", "port of despatch", False),
    ("via_port", "经停口岸", "port of call", False),
    ("arrival_port", "到达口岸", "port of arrival", False),
    ("entry_port", "入境口岸", "port of entry", True),
)
COUNTRIES = (
    ("trade_country", "贸易国", "trading country", True),
    ("despatch_country", "启运国", "country of despatch", True),
    ("consignor_country", "发货人国别", "consignor's country", False),
)
# Certificates that speak of one inspection category: asked for where no line has it, somebody chose the wrong one.
CERTIFICATE_NEEDS = {"14": "PR", "17": "P", "18": "P", "16": "R", "15": "R"}
SEA, RAIL, ROAD, AIR = "1", "2", "3", "4"

_check_credit_code = lru_cache(maxsize=100_000)(validators.credit_code)
_check_organisation_code = lru_cache(maxsize=100_000)(validators.organisation_code)
_VALUES = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (*range(10), 10, *range(12, 22), *range(23, 33), *range(34, 39)), strict=True))
_WEIGHTS = tuple(2**i for i in range(10))


def _container_is_right(number: str) -> bool:
    """ISO 6346 in the plain form ABCU1234567; whatever fails here goes to the validator, which finds the words."""
    if len(number) != 11 or number[3] not in "UJZ" or not number[:4].isalpha() or not number[4:].isdigit() or not number.isascii():
        return False
    if not number.isupper():
        return False
    total = sum(_VALUES[c] * w for c, w in zip(number, _WEIGHTS, strict=False))
    return bool(total % 11 % 10 == int(number[10]))


def check_header(sheet: Sheet) -> None:
    _codes(sheet)
    _parties(sheet)
    _dates(sheet)
    _transport(sheet)
    _containers(sheet)


def _codes(sheet: Sheet) -> None:
    d = sheet.declaration
    if sheet.check("declarations.kinds", d.kind, "kind", "报检类别", "kind of declaration", required=True) and d.kind[:1] != "1":
        sheet.add(
            "kind.direction", "error", "kind", "报检类别 {k} 是出境类别。入境货物选 13、14 或 15",
            "Kind {k} is for export. For import choose 13, 14 or 15", k=d.kind,
        )  # fmt: skip
    if d.kind == "14" and not d.destination:
        sheet.add(
            "kind.destination",
            "error",
            "destination",
            "入境流向报检要填写目的地",
            "Enter the destination: goods go on to another place",
            RULES,
        )
    sheet.check("organisations", d.organisation, "organisation", "报检机构", "inspection body", required=True)
    sheet.check("declarations.trade_modes", d.trade_mode, "trade_mode", "贸易方式", "mode of trade", required=True)
    sheet.check("declarations.transport_modes", d.transport_mode, "transport_mode", "运输方式", "mode of transport", required=True)
    if d.total_currency:
        sheet.check("currencies", d.total_currency, "total_currency", "总值币种", "currency of the total value")
    for field, zh, en, required in COUNTRIES:
        sheet.check("countries", getattr(d, field), field, zh, en, required=required)
    for i, paper in enumerate(d.attachments):
        sheet.check("declarations.attachment_kinds", paper.kind, f"attachments.{i}.kind", "随附单据种类", "kind of paper", required=True)
    for i, asked in enumerate(d.certificates):
        sheet.check(
            "declarations.certificate_kinds", asked.kind, f"certificates.{i}.kind", "申请单证种类", "kind of certificate", required=True
        )
    kinds = [c.kind for c in d.certificates]
    if "21" in kinds and "24" in kinds:
        sheet.add(
            "certificate.contradiction", "error", f"certificates.{kinds.index('24')}.kind",
            "检验检疫证明同时选了“申请出具”和“申请不出具”。只留一项",
            "The inspection certificate is asked for both to be issued and not to be issued. Keep one",
        )  # fmt: skip


def check_certificates(sheet: Sheet, letters: frozenset[str]) -> None:
    """Certificates asked for against the inspection categories of all lines together."""
    for i, asked in enumerate(sheet.declaration.certificates):
        needs = CERTIFICATE_NEEDS.get(asked.kind)
        if needs and not letters & frozenset(needs):
            sheet.add(
                "certificate.category", "doubt", f"certificates.{i}.kind", "没有一行商品的检验检疫类别含 {n}，不出这种证书。删去或改选",
                "No line has inspection category {n}, for which this certificate is issued. Remove it or choose another",
                RULES, n="/".join(needs),
            )  # fmt: skip


def _parties(sheet: Sheet) -> None:
    d = sheet.declaration
    refusal: Refusal | None = (_check_organisation_code if len(d.consignee_code) == 9 else _check_credit_code)(d.consignee_code)
    if refusal is not None:
        sheet.add("consignee.code", "error", "consignee_code", refusal.message.zh, refusal.message.en)
    elif d.consignee_code not in sheet.facts.registered:
        sheet.add(
            "consignee.unregistered", "error", "consignee_code", "收货人 {c} 没有备案。先办理收发货人备案，或核对代码",
            "Consignee {c} is not registered. Register it first, or check the code", RULES, c=d.consignee_code,
        )  # fmt: skip
    if not d.contract_no:
        sheet.add("contract.missing", "error", "contract_no", "填写合同号", "Enter the contract number")
    if not d.bill_of_lading:
        sheet.add("bill.missing", "error", "bill_of_lading", "填写提单号", "Enter the bill of lading number")


def _dates(sheet: Sheet) -> None:
    d, on, settings = sheet.declaration, sheet.on, sheet.facts.settings
    if d.despatched_on and d.despatched_on > d.arrived_on:
        sheet.add(
            "date.order", "error", "despatched_on", "发货日期应不晚于到货日期 {d}", "The date of despatch should not be after the arrival, {d}",
            d=d.arrived_on.isoformat(),
        )  # fmt: skip
    if d.unloaded_on and d.unloaded_on < d.arrived_on:
        sheet.add(
            "date.order", "error", "unloaded_on", "卸毕日期应不早于到货日期 {d}", "The end of unloading should not be before the arrival, {d}",
            d=d.arrived_on.isoformat(),
        )  # fmt: skip
    if d.unloaded_on and d.unloaded_on > on:
        sheet.add(
            "date.future", "error", "unloaded_on", "卸毕日期应不晚于今天 {d}。还没卸完的留空", "The end of unloading should not be after today, {d}. Leave it empty until then",
            d=on.isoformat(),
        )  # fmt: skip
    ahead, late = (d.arrived_on - on).days, (on - d.arrived_on).days
    if ahead > settings.arrival_ahead_days:
        sheet.add(
            "date.far",
            "doubt",
            "arrived_on",
            "到货日期在 {n} 个自然日之后。核对年份",
            "The arrival is {n} days ahead. Check the year",
            RULES,
            n=ahead,
        )
    elif late > settings.declared_late_days:
        sheet.add(
            "date.late", "doubt", "arrived_on", "货物已到 {n} 个自然日才报检。说明原因", "The goods arrived {n} days ago. Say why they are declared now",
            RULES, n=late,
        )  # fmt: skip
    if d.claim_until:
        if d.claim_until < d.arrived_on:
            sheet.add("date.order", "error", "claim_until", "索赔有效期应不早于到货日期 {d}", "The claim period should not end before the arrival, {d}", d=d.arrived_on.isoformat())  # fmt: skip
        elif (d.claim_until - on).days < settings.claim_days:
            sheet.add(
                "date.claim", "note", "claim_until", "离索赔有效期不足 {n} 个自然日，可能来不及出证",
                "The claim period ends in less than {n} days; a certificate may come too late", RULES, n=settings.claim_days,
            )  # fmt: skip


@lru_cache(maxsize=4096)
def _modes(text: str) -> frozenset[str]:
    return frozenset(c for c in text if c.isdigit())


def port_modes(entry: CodeEntry) -> frozenset[str]:
    """Modes a port serves, by the UN/LOCODE functions (1 sea, 2 rail, 3 road, 4 air …), the same digits as our transport modes."""
    modes = entry.extra.get("modes") or ""
    return _modes(modes if isinstance(modes, str) else "".join(map(str, modes)))


def _transport(sheet: Sheet) -> None:
    d = sheet.declaration
    for field, zh, en, required in PORTS:
        entry = sheet.check("ports", getattr(d, field), field, zh, en, required=required)
        if entry is None:
            continue
        name = entry.label
        if field in ("entry_port", "arrival_port"):
            if str(entry.extra.get("country") or entry.code[:2]) != "CN":
                sheet.add(
                    "port.country", "error", field, "{p} 不在中国境内。选择境内口岸", "{p} is not in China. Choose a port in China", p=name
                )
            elif field == "entry_port" and d.transport_mode in (SEA, RAIL, ROAD, AIR):
                modes = port_modes(entry)
                if modes and d.transport_mode not in modes:
                    sheet.add(
                        "port.mode", "error", field, "{p} 没有这种运输方式的口岸。改选口岸或运输方式",
                        "{p} is no port for this mode of transport. Change the port or the mode", p=name,
                    )  # fmt: skip
        elif field == "despatch_port" and d.despatch_country and str(entry.extra.get("country") or entry.code[:2]) != d.despatch_country:
            sheet.add(
                "port.despatch", "doubt", field, "{p} 不在启运国 {c}。核对启运口岸和启运国", "{p} is not in {c}, the country of despatch. Check both",
                p=name, c=d.despatch_country,
            )  # fmt: skip
    if not d.transport_name and d.transport_mode in (SEA, AIR):
        words = Text("船名", "name of the ship") if d.transport_mode == SEA else Text("航班号", "flight number")
        sheet.add("transport.name", "error", "transport_name", "填写{w}", "Enter the {w}", w=words)


def _containers(sheet: Sheet) -> None:
    d = sheet.declaration
    seen: dict[str, int] = {}
    held: dict[int, Decimal] = {}
    for i, container in enumerate(d.containers):
        path = f"containers.{i}"
        right = d.transport_mode == AIR or _container_is_right(container.number)
        refusal = None if right else validators.container_number(container.number)
        if refusal is not None:
            sheet.add("container.number", "error", f"{path}.number", refusal.message.zh, refusal.message.en)
        plain = container.number.upper().replace(" ", "")
        if plain in seen:
            sheet.add(
                "container.twice", "error", f"{path}.number", "第 {n} 个集装箱已是这个箱号。删去一个或改箱号", "Container {n} has this number too. Remove one or correct it",
                n=seen[plain] + 1,
            )  # fmt: skip
        seen.setdefault(plain, i)
        sheet.check("declarations.container_kinds", container.kind, f"{path}.kind", "集装箱规格", "kind of container", required=True)
        for j, share in enumerate(container.shares):
            if share.line > len(d.lines):
                sheet.add(
                    "container.line", "error", f"{path}.shares.{j}.line", "商品明细只有 {n} 行。改为其中一行", "There are only {n} lines of goods. Give one of them",
                    n=len(d.lines),
                )  # fmt: skip
                continue
            line = d.lines[share.line - 1]
            held[share.line] = held.get(share.line, Decimal(0)) + share.weight
            if held[share.line] > line.net_weight:
                sheet.add(
                    "container.share", "error", f"{path}.shares.{j}.weight", "装箱重量合计 {s} 千克，应不超过第 {n} 行净重 {w} 千克",
                    "The weights in containers come to {s} kg and should not exceed the net weight of line {n}, {w} kg",
                    s=number(held[share.line]), n=share.line, w=number(line.net_weight),
                )  # fmt: skip
    if d.containers and held:
        for n, line in enumerate(d.lines, 1):
            short = line.net_weight - held.get(n, Decimal(0))
            if short > line.net_weight * sheet.facts.settings.weight_tolerance:
                sheet.add(
                    "container.short", "note", f"lines.{n - 1}.net_weight", "集装箱里只写了这行的 {s} 千克，少 {m} 千克",
                    "The containers hold {s} kg of this line, {m} kg less than its net weight", s=number(held.get(n, Decimal(0))), m=number(short),
                )  # fmt: skip
