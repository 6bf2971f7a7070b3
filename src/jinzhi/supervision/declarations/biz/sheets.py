"""Goods lines from a spreadsheet: XLSX, CSV or cells pasted as text, with every wrong cell named by its address.

Pure: bytes in, rows and problems out; nothing is computed, no formula is run, no link followed. Sizes are limited before anything
is unpacked. Headers are recognised in Chinese and English; without headers the columns of the template are taken in order.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 24 * 1024 * 1024
MAX_LINES = 500
MAX_COLUMNS = 60
_EMPTY_RUN = 50  # so many empty rows end a sheet: a format drawn to row 1,048,576 is no data

# Column → titles by which it is recognised; the first Chinese and English title are those of the template.
TITLES: dict[str, tuple[str, ...]] = {
    "hs_code": ("HS 编码", "HS code", "hs", "hscode", "商品编码", "税号", "商品编号", "海关编码", "tariff code"),
    "name_zh": ("货物名称和规格", "Goods", "货物名称", "品名", "商品名称", "中文品名", "名称", "description", "name", "goods description", "中文名称"),
    "name_en": ("英文名称", "English name", "英文品名", "name en", "description in english"),
    "model": ("规格型号", "Model", "规格", "型号", "specification", "spec"),
    "brand": ("品牌", "Brand"),
    "quantity": ("数量", "Quantity", "qty"),
    "quantity_unit": ("单位", "Unit", "数量单位", "计量单位", "uom"),
    "packages": ("件数", "Packages", "箱数", "包装件数", "ctns", "cartons", "no of packages"),
    "package_kind": ("包装种类", "Packing", "包装", "package", "package type"),
    "net_weight": ("净重（千克）", "Net kg", "净重", "净重kg", "net weight", "nw", "net weight kg"),
    "gross_weight": ("毛重（千克）", "Gross kg", "毛重", "毛重kg", "gross weight", "gw", "gross weight kg"),
    "unit_price": ("单价", "Unit price", "price"),
    "value": ("货值", "Value", "总价", "金额", "总值", "amount", "total", "total value"),
    "currency": ("币种", "Currency", "币制", "ccy"),
    "origin_country": ("原产国", "Origin", "原产国（地区）", "原产地", "产地", "country of origin", "origin country"),
    "purpose": ("用途", "Purpose"),
    "producer_no": ("境外厂号", "Plant no.", "厂号", "生产企业注册号", "plant number", "establishment no", "plant no"),
    "batch_no": ("生产批号", "Batch", "批号", "lot", "batch no", "lot no"),
    "produced_on": ("生产日期", "Produced", "production date", "produced on", "date of production"),
    "is_waste": ("废旧物品", "Waste", "废旧"),
    "permits": ("许可证", "Permits", "许可证号", "permit", "permit no"),
}
NEEDED = ("hs_code", "name_zh", "quantity", "quantity_unit", "net_weight", "value", "origin_country")


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that cannot be taken: its address as the spreadsheet shows it (``F7``), and what to do."""

    address: str
    message: Text


@dataclass
class Read:
    """What a sheet holds: rows by column name, where each stood, problems, and columns nobody knows."""

    rows: list[dict[str, str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def address(self, place: int, column: str) -> str:
        """The address of a column's cell in the row at ``place`` (from 0)."""
        return f"{letter(self.columns[column])}{self.numbers[place]}" if column in self.columns else str(self.numbers[place])


def letter(index: int) -> str:
    """0 → A, 26 → AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _fold(title: Any) -> str:
    plain = unicodedata.normalize("NFKC", str(title or "")).casefold()
    return re.sub(r"[\s_\-./()（）*:：]+", "", plain)


def _known() -> dict[str, str]:
    return {_fold(title): column for column, titles in TITLES.items() for title in titles} | {_fold(column): column for column in TITLES}


_KNOWN = _known()


def _refuse(code: str, zh: str, en: str, **values: Any) -> Refused:
    return Refused(Refusal(code, Text(zh, en).format(**values), "file"), status=422)


def read(data: bytes, name: str = "") -> Read:
    """Read a file. Raises Refused with one sentence when it cannot be read as a whole."""
    if not data:
        raise _refuse("sheet.empty", "这个文件是空的，换一份", "This file is empty; choose another")
    if len(data) > MAX_BYTES:
        raise _refuse("sheet.large", "这个文件是 {a} MB，表格最大 {b} MB。分成几份导入", "This file is {a} MB, a sheet may have {b} MB. Split it", a=len(data) // 1024 // 1024, b=MAX_BYTES // 1024 // 1024)
    if data[:4] == b"PK\x03\x04":
        return _read_xlsx(data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise _refuse("sheet.old", "这是旧格式（.xls）或加了密码的表格。在 Excel 里另存为 .xlsx 再导入", "This is an old .xls or a protected sheet. Save it as .xlsx and try again")
    return read_text(decode(data))


def decode(data: bytes) -> str:
    """Text of a CSV file: UTF-8 (with or without mark), UTF-16 with mark, else GB 18030 as Excel in Chinese writes it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise _refuse("sheet.encoding", "读不出这个文件的文字。在 Excel 里另存为 .xlsx 或 UTF-8 的 CSV 再导入", "The text of this file cannot be read. Save it as .xlsx or as CSV in UTF-8")


def read_text(text: str) -> Read:
    """CSV, semicolon or tab separated text, as of a file or the clipboard."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = "\t" if "\t" in head else ";" if head.count(";") > head.count(",") else "，" if "，" in head and "," not in head else ","
    csv.field_size_limit(100_000)
    try:
        cells = [(number, [cell[:2000] for cell in row]) for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator), start=1)]
    except csv.Error as error:
        raise _refuse("sheet.csv", "这个文件的引号没有配对，读不完整。检查后再导入", "Quotation marks in this file do not match; mend it and try again") from error
    return _take((number, row, {}) for number, row in cells)


def _read_xlsx(data: bytes) -> Read:
    import openpyxl

    _guard_zip(data)
    try:
        # values as stored; formulas are looked for in a second, formula-seeing read of the same rows
        shown = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        written = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise _refuse("sheet.broken", "这个文件不是完整的 Excel 表格，打不开。重新保存后再导入", "This is not a whole Excel file. Save it again and try once more") from error
    try:
        sheet = shown.worksheets[0]
        formulas = written.worksheets[0]
        for one in (sheet, formulas):
            one.reset_dimensions()
        found = _take(_rows(sheet, formulas))
    except Refused:
        raise
    except Exception as error:
        raise _refuse("sheet.broken", "读这张表格时出错，可能已损坏。重新保存后再导入", "The sheet cannot be read; it may be damaged. Save it again and try once more") from error
    finally:
        shown.close()
        written.close()
    if len(shown.worksheets) > 1:
        found.notes.append(Text("文件里有 {n} 张表，只读第一张「{t}」", "The file has {n} sheets; only the first, “{t}”, was read").format(n=len(shown.worksheets), t=sheet.title))
    merged = _merged(data)
    if merged:
        found.notes.append(Text("有合并的单元格（{m}），只有左上角一格有内容，请核对", "There are merged cells ({m}); only the upper left cell holds a value, please check").format(m=merged))
    return found


def _guard_zip(data: bytes) -> None:
    """Refuse what is no workbook or would unpack to more than it should, before any part is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise _refuse("sheet.broken", "这个文件不是完整的 Excel 表格，打不开。重新保存后再导入", "This is not a whole Excel file. Save it again and try once more") from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise _refuse("sheet.kind", "这不是 Excel 表格。用 .xlsx 或 .csv", "This is not an Excel sheet. Use .xlsx or .csv")
    if len(parts) > 2000 or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _refuse("sheet.bomb", "这张表格展开后太大。只保留要导入的行，去掉图片和多余的格式", "This sheet is too large when unpacked. Keep only the rows to import, without pictures and spare formats")


def _merged(data: bytes) -> str:
    """The first merged ranges of the first sheet, as text; found by a look at its XML's tail, without a parser."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n))
        if not names:
            return ""
        with archive.open(names[0]) as file:
            text = file.read(MAX_UNPACKED).decode("utf-8", errors="replace")
    ranges = re.findall(r'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"', text)
    return "、".join(ranges[:3]) + ("…" if len(ranges) > 3 else "")


def _rows(sheet: Any, formulas: Any) -> Iterator[tuple[int, list[str], dict[int, str]]]:
    """Row number, texts, and by column what is wrong with a cell as such."""
    pairs = zip(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), formulas.iter_rows(max_col=MAX_COLUMNS, values_only=True), strict=False)
    for number, (values, sources) in enumerate(pairs, start=1):
        wrong: dict[int, str] = {}
        texts = []
        for index, value in enumerate(values):
            source = sources[index] if index < len(sources) else None
            if isinstance(source, str) and source.startswith("=") and value is None:
                wrong[index] = "formula"
            elif isinstance(value, str) and re.fullmatch(r"#(REF|N/A|VALUE|DIV/0|NAME|NUM|NULL)[!?]?", value):
                wrong[index] = "error"
            texts.append(_cell(value))
        yield number, texts, wrong


def _cell(value: Any) -> str:
    """A stored value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else str(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)[:2000]
    return text[1:] if re.match(r"'[=+\-@]", text) else text


_WRONG = {
    "formula": Text("这一格是公式，没有算好的结果。复制后「选择性粘贴」为数值", "This cell is a formula without a result. Copy it and paste it as a value"),
    "error": Text("这一格是 Excel 的出错提示。改成实际的值", "This cell shows an Excel error. Write the value itself"),
}


def _take(rows: Iterable[tuple[int, Sequence[str], dict[int, str]]]) -> Read:
    """Recognise the header and gather the rows below it."""
    found = Read()
    empty = 0
    template = list(TITLES)
    for number, cells, wrong in rows:
        if not any(cell.strip() for cell in cells):
            empty += 1
            if empty > _EMPTY_RUN:
                break
            continue
        empty = 0
        if not found.columns and not found.rows:
            header = _header(cells)
            if header:
                found.columns = header
                found.unknown = [cell.strip() for i, cell in enumerate(cells) if cell.strip() and i not in header.values()][:20]
                continue
            if not _looks_like_goods(cells):
                if number > 20:
                    break
                continue  # a title above the table
            found.columns = _guess(cells, template)
        row = {name: cells[i].strip() for name, i in found.columns.items() if i < len(cells) and cells[i].strip()}
        if not row or _is_total(cells, row):
            continue
        if len(found.rows) >= MAX_LINES:
            total = number + sum(1 for n, more, _ in rows if any(c.strip() for c in more) and n < 100_000)
            raise _refuse(
                "sheet.many", "这张表有 {n} 行，一票最多 {m} 行商品。分成几票申报，或合并相同的商品",
                "This sheet has about {n} rows; one declaration takes {m} lines of goods. Split it, or merge equal goods", n=total - 1, m=MAX_LINES,
            )  # fmt: skip
        found.problems += [CellProblem(f"{letter(i)}{number}", _WRONG[kind]) for i, kind in wrong.items() if i in found.columns.values()]
        found.rows.append(row)
        found.numbers.append(number)
    if not found.rows:
        raise _refuse(
            "sheet.nothing", "没有找到商品行。第一行写栏目名，例如：HS 编码、货物名称和规格、数量、单位、净重（千克）、货值、原产国；或下载模板填写",
            "No goods were found. Write the column names in the first row, such as: HS code, Goods, Quantity, Unit, Net kg, Value, Origin; or fill in the template",
        )  # fmt: skip
    missing = [name for name in NEEDED if name not in found.columns]
    if missing:
        names = Text("、".join(TITLES[n][0] for n in missing), ", ".join(TITLES[n][1] for n in missing))
        found.notes.append(Text("表里没有这些栏目，导入后补上：{n}", "These columns are not in the sheet; add them after the import: {n}").format(n=names))
    return found


def _header(cells: Sequence[str]) -> dict[str, int]:
    """Column places when at least two titles, one of them of goods, are recognised."""
    header: dict[str, int] = {}
    for index, cell in enumerate(cells[:MAX_COLUMNS]):
        column = _KNOWN.get(_fold(cell))
        if column and column not in header:
            header[column] = index
    return header if len(header) >= 2 and ("hs_code" in header or "name_zh" in header) else {}


def _looks_like_goods(cells: Sequence[str]) -> bool:
    return any(re.fullmatch(r"\d{4}\.?\d{2,4}\.?\d{0,4}", unicodedata.normalize("NFKC", cell).strip()) for cell in cells[:3])


_PLAIN = ("hs_code", "name_zh", "quantity", "quantity_unit", "packages", "net_weight", "gross_weight", "value", "origin_country", "producer_no")


def _guess(cells: Sequence[str], template: Sequence[str]) -> dict[str, int]:
    """Without a header: the columns of the form, from the HS code on; as many as the template has if the row is that wide."""
    start = next(i for i, cell in enumerate(cells[:3]) if re.match(r"\d{4}", unicodedata.normalize("NFKC", cell).strip()))
    order = template if len([c for c in cells if c.strip()]) > len(_PLAIN) + 2 else _PLAIN
    return {name: start + i for i, name in enumerate(order)}


def _is_total(cells: Sequence[str], row: dict[str, str]) -> bool:
    first = next((cell.strip().casefold() for cell in cells if cell.strip()), "")
    return not re.search(r"\d{4}", row.get("hs_code", "")) and bool(re.match(r"(合计|总计|小计|本页小计|total|sub-?total|grand total|sum)\b", first))


def safe(value: str) -> str:
    """A text that a spreadsheet will not run as a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def template(chinese: bool, rows: Sequence[dict[str, str]] = ()) -> bytes:
    """A workbook to fill in (or, with ``rows``, the lines as they stand): titles, widths, notes; texts are written as texts."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    sheet = book.add_worksheet("商品明细" if chinese else "Goods")
    head = book.add_format({"bold": True, "bg_color": "#EBEFF3", "bottom": 1})
    text = book.add_format({"num_format": "@"})
    for index, (column, titles) in enumerate(TITLES.items()):
        sheet.write_string(0, index, titles[0 if chinese else 1], head)
        sheet.set_column(index, index, 26 if column in ("name_zh", "name_en", "permits") else 13, text)
        note = _NOTES.get(column)
        if note:
            sheet.write_comment(0, index, note.zh if chinese else note.en)
    for line, row in enumerate(rows, start=1):
        for index, column in enumerate(TITLES):
            if row.get(column):
                sheet.write_string(line, index, safe(row[column]), text)
    sheet.freeze_panes(1, 0)
    book.close()
    return stream.getvalue()


_NOTES = {
    "hs_code": Text("10 位数字", "10 digits"),
    "quantity_unit": Text("代码或名称，例如 035 或 千克", "Code or name, such as 035"),
    "origin_country": Text("代码或名称，例如 BR 或 巴西", "Code or name, such as BR or Brazil"),
    "produced_on": Text("2011-11-23 这样的格式", "Like 2011-11-23"),
    "permits": Text("类别 编号 数量，几个之间用；分开，例如 325 AP1120110633 8400", "Kind, number, quantity; several are parted by ;"),
    "is_waste": Text("是 或 否", "Yes or no"),
}
