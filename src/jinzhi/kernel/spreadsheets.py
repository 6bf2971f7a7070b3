"""Tables written as they are read: CSV and XLSX row by row, in bounded memory, however many rows.

Both give bytes in pieces as soon as there are some. Nothing in a cell can become a formula: XLSX keeps every text an inline string,
CSV puts an apostrophe before what a spreadsheet would take for one (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, cast
from xml.sax.saxutils import escape

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's own encoding, and Chinese is lost."""
PIECE = 64 * 1024
MOST_ROWS = 1_000_000
"""A worksheet holds 1,048,576 rows."""
_MOST_CELL = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d+)?\Z")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def plain(value: Any) -> str:
    """A value as CSV holds it: what would be a formula begins with an apostrophe, numbers stay numbers."""
    text = _CONTROL.sub("", "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value))
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.match(text) else text


def csv_pieces(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as CSV for Excel: UTF-8 with a byte-order mark, CRLF."""
    buffer = io.StringIO()
    buffer.write(BOM)
    write = csv.writer(buffer).writerow
    for row in rows:
        write([plain(value) for value in row])
        if buffer.tell() >= PIECE:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")


class _Sink(io.RawIOBase):
    """What a zip is written to: gathers bytes until somebody takes them. It cannot seek, so sizes follow the data."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        self.size += len(self.parts[-1])
        return len(self.parts[-1])

    def take(self) -> bytes:
        found = b"".join(self.parts)
        self.parts.clear()
        self.size = 0
        return found


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STATIC = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def xlsx_pieces(title: str, heads: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as a workbook of one sheet. ``heads`` are (heading, width in characters). Numbers are numbers, everything else is text."""
    sink = _Sink()
    with zipfile.ZipFile(cast(Any, sink), "w", zipfile.ZIP_DEFLATED, compresslevel=4) as book:
        for name, text in _STATIC.items():
            book.writestr(name, _HEAD + text)
        name = escape(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "1", {'"': "&quot;"})
        book.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            widths = "".join(f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>' for i, (_, width) in enumerate(heads, start=1))
            sheet.write(
                f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView>'
                f"</sheetViews><cols>{widths}</cols><sheetData>".encode()
            )
            sheet.write(_row([head for head, _ in heads], ' s="1"'))
            waiting: list[bytes] = []
            for count, row in enumerate(rows, start=1):
                waiting.append(_row(row))
                if count % 200 == 0:
                    sheet.write(b"".join(waiting))
                    waiting.clear()
                    if sink.size >= PIECE:
                        yield sink.take()
            sheet.write(b"".join(waiting) + b"</sheetData></worksheet>")
    yield sink.take()


def _row(values: Sequence[Any], style: str = "") -> bytes:
    cells = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            if isinstance(value, dt.date):
                value = value.isoformat()
            text = escape(_CONTROL.sub("", "" if value is None else str(value))[:_MOST_CELL])
            cells.append(f'<c t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>' if text else "<c/>")
        elif len(f"{value:f}" if isinstance(value, Decimal) else str(value)) > 15:  # a spreadsheet's numbers hold fifteen digits: longer ones stay texts
            cells.append(f'<c t="inlineStr"{style}><is><t>{value}</t></is></c>')
        else:
            cells.append(f"<c{style}><v>{value:f}</v></c>" if isinstance(value, Decimal) else f"<c{style}><v>{value}</v></c>")
    return f"<row>{''.join(cells)}</row>".encode("utf-8", "replace")
