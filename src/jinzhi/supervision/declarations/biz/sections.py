"""The six sections of the declaration form: their fields and tables, in the order in which they are asked.

One description serves the page, the conversion of what was typed, the places of errors and the printed draft. Titles follow the
instructions for the import declaration form (入境货物报检单填制要求).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import LineColumn


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of the header. ``kind``: text, note, date, number, select (short code list), code (long one), party."""

    name: str
    title: Text
    kind: str = "text"
    list: str = ""
    optional: bool = False
    hint: Text | str = ""
    width: str = ""
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Questions under one heading."""

    title: Text
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its key in addresses, its title, the header questions, and the lists of the declaration it holds."""

    key: str
    title: Text
    groups: tuple[Group, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(ask.name for group in self.groups for ask in group.asks)


def _t(zh: str, en: str) -> Text:
    return Text(zh, en)


TRADE = Section(
    "trade",
    _t("贸易信息", "Trade"),
    (
        Group(
            _t("申报", "Declaration"),
            (
                Ask("organisation", _t("报检机构", "Inspection body"), "code", "organisations", hint=_t("货物入境口岸或目的地的检验检疫机构", "The body at the port of entry or the destination")),
                Ask("kind", _t("报检类别", "Kind of declaration"), "select", "declarations.kinds"),
                Ask("enterprise_number", _t("企业报检号", "Your own number"), mono=True, hint=_t("您单位自己的编号，回执以它对应", "Your own reference; receipts carry it")),
                Ask("trade_mode", _t("贸易方式", "Mode of trade"), "select", "declarations.trade_modes"),
            ),
        ),
        Group(
            _t("合同与运输", "Contract and transport"),
            (
                Ask("contract_no", _t("合同号", "Contract number"), mono=True),
                Ask("bill_of_lading", _t("提单号", "Bill of lading"), mono=True, hint=_t("水运提单、空运单或运单的号码", "Number of the bill of lading, air waybill or consignment note")),
                Ask("transport_mode", _t("运输方式", "Mode of transport"), "select", "declarations.transport_modes"),
                Ask("transport_name", _t("运输工具名称", "Vessel, flight or vehicle"), optional=True),
                Ask("voyage", _t("航次", "Voyage"), optional=True, mono=True),
                Ask("trade_country", _t("贸易国（地区）", "Trading country"), "code", "countries"),
                Ask("despatch_country", _t("启运国（地区）", "Country of despatch"), "code", "countries"),
                Ask("despatch_port", _t("启运口岸", "Port of despatch"), "code", "ports", optional=True),
                Ask("via_port", _t("经停口岸", "Port of call"), "code", "ports", optional=True),
                Ask("entry_port", _t("入境口岸", "Port of entry"), "code", "ports"),
                Ask("arrival_port", _t("到达口岸", "Port of arrival"), "code", "ports", optional=True),
                Ask("destination", _t("目的地", "Destination"), optional=True, hint=_t("入境流向报检必须填写", "Needed when goods go on to another place")),
            ),
        ),
        Group(
            _t("日期", "Dates"),
            (
                Ask("despatched_on", _t("发货日期", "Despatched on"), "date", optional=True),
                Ask("arrived_on", _t("到货日期", "Arrived on"), "date", hint=_t("还没到的写预计日期，例如 2011-11-25 或 11-25", "The expected date if still on the way, such as 2011-11-25")),
                Ask("unloaded_on", _t("卸毕日期", "Unloaded on"), "date", optional=True),
                Ask("claim_until", _t("索赔有效期至", "Claims until"), "date", optional=True),
            ),
        ),
        Group(
            _t("其他", "Other"),
            (
                Ask("goods_place", _t("货物存放地点", "Place of the goods"), optional=True),
                Ask("marks", _t("标记及号码", "Marks and numbers"), "note", optional=True),
                Ask("special_requirements", _t("特殊检验检疫要求", "Special requirements"), "note", optional=True, hint=_t("合同订明的检验检疫条款", "Terms of inspection stated in the contract")),
            ),
        ),
    ),
)

PARTIES = Section(
    "parties",
    _t("收发货人", "Parties"),
    (
        Group(
            _t("收货人", "Consignee"),
            (
                Ask("consignee_code", _t("收货人信用代码", "Consignee's credit code"), "party", hint=_t("输入名称或代码查找，找到后自动填写名称", "Type a name or a code; the name is filled in")),
                Ask("consignee_name_zh", _t("收货人中文名称", "Consignee in Chinese")),
                Ask("consignee_name_en", _t("收货人外文名称", "Consignee in English"), optional=True),
            ),
        ),
        Group(
            _t("发货人", "Consignor"),
            (
                Ask("consignor_name", _t("发货人名称", "Consignor"), hint=_t("与合同、外国证书上的写法一致", "As written in the contract and on the foreign certificate")),
                Ask("consignor_country", _t("发货人国家（地区）", "Consignor's country"), "code", "countries", optional=True),
            ),
        ),
        Group(
            _t("联系人", "Contact"),
            (
                Ask("contact", _t("联系人", "Contact"), optional=True),
                Ask("telephone", _t("联系电话", "Telephone"), optional=True, mono=True, hint=_t("施检员会打这个电话约查验时间", "Inspectors call this number to arrange the visit")),
            ),
        ),
    ),
)

GOODS = Section(
    "goods",
    _t("商品明细", "Goods"),
    (
        Group(
            _t("整票相同的写一次", "The same for all lines"),
            (
                Ask("line_currency", _t("币种", "Currency"), "code", "currencies", mono=True),
                Ask("line_package_kind", _t("包装种类", "Packing"), "code", "declarations.package_kinds", optional=True),
                Ask("line_purpose", _t("用途", "Purpose"), "select", "declarations.purposes", optional=True),
                Ask("total_value", _t("发票总值", "Invoice total"), "number", optional=True, hint=_t("用来与各行合计比对", "Compared with the sum of the lines")),
            ),
        ),
    ),
    ("lines",),
)

CONTAINERS = Section("containers", _t("集装箱", "Containers"), (), ("containers",))
PAPERS = Section("papers", _t("随附单证", "Documents"), (), ("attachments", "certificates"))
CHECK = Section("check", _t("核对并申报", "Check and send"))

SECTIONS = (TRADE, PARTIES, GOODS, CONTAINERS, PAPERS, CHECK)
BY_KEY = {section.key: section for section in SECTIONS}

# Questions that are not fields of the declaration but stand for a column of every line.
SHARED = {"line_currency": "currency", "line_package_kind": "package_kind", "line_purpose": "purpose"}

KEY = LineColumn("key", _t("行标识", "Row key"))  # hidden: ties a row to what else was written about it, wherever the row goes

LINE_COLUMNS = (
    KEY,
    LineColumn("hs_code", _t("HS 编码", "HS code"), "code", "hs", width=7),
    LineColumn("name_zh", _t("货物名称和规格", "Goods")),
    LineColumn("quantity", _t("数量", "Quantity"), "number", width=6),
    LineColumn("quantity_unit", _t("单位", "Unit"), "code", "units", width=4),
    LineColumn("packages", _t("件数", "Pkgs"), "number", total=True, width=5),
    LineColumn("net_weight", _t("净重（千克）", "Net kg"), "number", places=2, total=True, width=7),
    LineColumn("gross_weight", _t("毛重（千克）", "Gross kg"), "number", places=2, total=True, width=7),
    LineColumn("value", _t("货值", "Value"), "number", places=2, total=True, width=7),
    LineColumn("origin_country", _t("原产国", "Origin"), "code", "countries", width=4),
    LineColumn("producer_no", _t("境外厂号", "Plant no."), width=6),
)

MORE_COLUMNS = (
    LineColumn("name_en", _t("英文名称", "English name"), width=12),
    LineColumn("model", _t("规格型号", "Model"), width=9),
    LineColumn("brand", _t("品牌", "Brand"), width=7),
    LineColumn("batch_no", _t("生产批号", "Batch"), width=7),
    LineColumn("produced_on", _t("生产日期", "Produced"), width=7),
    LineColumn("permits", _t("许可证", "Permits"), width=16),
    LineColumn("unit_price", _t("单价", "Unit price"), "number", places=4, width=6),
    LineColumn("currency", _t("币种", "Currency"), "code", "currencies", width=4),
    LineColumn("package_kind", _t("包装种类", "Packing"), "code", "declarations.package_kinds", width=5),
    LineColumn("purpose", _t("用途", "Purpose"), "code", "declarations.purposes", width=4),
    LineColumn("is_waste", _t("废旧物品", "Waste"), width=5),
)

CONTAINER_COLUMNS = (
    LineColumn("number", _t("箱号", "Container"), width=10),
    LineColumn("kind", _t("规格", "Size and type"), "code", "declarations.container_kinds", width=7),
    LineColumn("seal", _t("封识号", "Seal"), width=9),
    LineColumn("shared", _t("拼箱", "Shared"), width=5),
    LineColumn("shares", _t("装的货：行号 净重（千克）", "Holds: line and net kg")),
)

CERTIFICATE_COLUMNS = (
    LineColumn("kind", _t("申请单证", "Certificate"), "code", "declarations.certificate_kinds"),
    LineColumn("originals", _t("正本", "Originals"), "number", width=6),
    LineColumn("copies", _t("副本", "Copies"), "number", width=6),
)

TABLES: dict[str, tuple[LineColumn, ...]] = {"lines": LINE_COLUMNS, "containers": CONTAINER_COLUMNS, "certificates": CERTIFICATE_COLUMNS}
ITEM_TITLES = {
    "lines": _t("第 {n} 行", "Line {n}"),
    "containers": _t("第 {n} 个集装箱", "Container {n}"),
    "certificates": _t("第 {n} 张申请单证", "Certificate {n}"),
    "attachments": _t("第 {n} 份单证", "Document {n}"),
}


def asks() -> Iterator[Ask]:
    """All questions of the header, in order."""
    for section in SECTIONS:
        for group in section.groups:
            yield from group.asks


@lru_cache(maxsize=1)
def titles() -> dict[str, Text]:
    """Titles by path without places: ``contract_no``, ``lines.net_weight``."""
    found = {ask.name: ask.title for ask in asks()}
    for table, columns in {**TABLES, "lines": (*LINE_COLUMNS, *MORE_COLUMNS)}.items():
        found |= {f"{table}.{column.name}": column.label if isinstance(column.label, Text) else Text(column.label, column.label) for column in columns}
    found |= {f"lines.permits.{name}": found["lines.permits"] for name in ("kind", "number", "quantity")}
    found["attachments.kind"] = Text("单证种类", "Kind of document")
    found["attachments.number"] = Text("编号", "Number")
    return found


def section_of(path: str) -> str:
    """The key of the section where a field of the declaration is asked."""
    head = path.split(".", 1)[0]
    for section in SECTIONS:
        if head in section.names or head in section.lists:
            return section.key
    if head == "total_currency":
        return "goods"
    if head == "declared":  # the statement on the last page
        return "check"
    return "trade"
