"""Tables as files: what a spreadsheet reads back, that nothing becomes a formula, and that a long table takes the memory of a short one."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from jinzhi.kernel import spreadsheets

EVIL = ["=1+1", "+SUM(1)", "-2+3", "@x", "\t=1", "\r=1", "=HYPERLINK(\"http://x\")"]


def test_a_workbook_is_read_back_as_it_was_given() -> None:
    rows = [["冷冻<牛肉>&\"'", 12, Decimal("3.50"), "380100112345678901", None, "a\x00b\ud800c"], EVIL]
    data = b"".join(spreadsheets.xlsx_pieces("列表: [1]/2", [(f"h{i}", 10) for i in range(7)], iter(rows)))
    sheet: Any = openpyxl.load_workbook(io.BytesIO(data)).active
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert found[0][:6] == ["冷冻<牛肉>&\"'", 12, 3.5, "380100112345678901", None, "abc"]
    assert [str(v).strip() for v in found[1]] == [v.strip() for v in EVIL]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sheet.freeze_panes == "A2"


def test_csv_opens_in_excel_and_holds_no_formula() -> None:
    data = b"".join(spreadsheets.csv_pieces(iter([["编号", "数"], ["一,\"二\"\n三", -5], EVIL, ["-12.5", "+86 574"]])))
    assert data.startswith("\ufeff".encode())
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert table[1] == ["一,\"二\"\n三", "-5"]
    assert all(cell.startswith("'") for cell in table[2])
    assert table[3] == ["-12.5", "'+86 574"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_twenty_times_the_rows_take_the_same_memory(form: str) -> None:
    def rows(number: int) -> Iterator[list[Any]]:
        for n in range(number):
            yield [f"3802001120{n:08d}", "冷冻去骨牛肉", "宁波测试食品有限公司", n]

    def peak(number: int) -> int:
        tracemalloc.start()
        try:
            pieces = spreadsheets.csv_pieces(rows(number)) if form == "csv" else spreadsheets.xlsx_pieces("x", [("h", 9)] * 4, rows(number))
            sent = sum(len(piece) for piece in pieces)
            assert sent > number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(20_000) < peak(1_000) + 1_500_000
