"""Goods from spreadsheets: good ones, wrong ones, huge ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest

from jinzhi.kernel.refusals import Refused
from jinzhi.supervision.declarations.biz import sheets

HEAD = ["HS 编码", "货物名称和规格", "数量", "单位", "净重（千克）", "货值", "原产国"]
BEEF = ["0202300090", "冷冻去骨牛腱", 8400, "千克", 8400, 36120, "巴西"]


def book(rows: list[list[Any]], *more: str) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    for title in more:
        made.create_sheet(title)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        sheets.read(data)
    (refusal,) = caught.value.refusals
    assert caught.value.status == 422
    assert refusal.message.zh
    assert refusal.message.en
    return refusal.code


def test_a_sheet_is_read_by_its_titles() -> None:
    found = sheets.read(book([["2011 年 11 月发票附件"], [], [*HEAD, "备注"], [*BEEF, "x"], ["合计", None, 8400]]))
    assert found.rows == [{"hs_code": "0202300090", "name_zh": "冷冻去骨牛腱", "quantity": "8400", "quantity_unit": "千克", "net_weight": "8400", "value": "36120", "origin_country": "巴西"}]
    assert found.address(0, "value") == "F4"
    assert found.unknown == ["备注"]
    assert not found.problems


@pytest.mark.parametrize("head", [
    ["HS code", "Description", "Qty", "Unit", "Net Weight (kg)", "Amount", "Country of Origin"],
    ["hs_code", "name_zh", "quantity", "quantity_unit", "net_weight", "value", "origin_country"],
    ["商品编码", "品名", "数量", "计量单位", "净重", "总价", "原产地"],
])  # fmt: skip
def test_titles_in_both_languages(head: list[str]) -> None:
    (row,) = sheets.read(book([head, BEEF])).rows
    assert row["hs_code"] == "0202300090"
    assert row["origin_country"] == "巴西"


def test_a_total_in_any_first_column_is_no_goods() -> None:
    assert len(sheets.read(book([HEAD, BEEF, ["合计", "", "", "", 8400, 36120], ["TOTAL"], ["Grand total"]])).rows) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_people_have(encoding: str) -> None:
    text = "HS 编码,品名,数量,单位,净重,总价,原产国\r\n0202300090,\"牛腱，20 千克/箱\",8400,千克,8400,36120,巴西\r\n"
    assert sheets.read(text.encode(encoding)).rows[0]["name_zh"] == "牛腱，20 千克/箱"


def test_cells_pasted_without_a_header() -> None:
    found = sheets.read_text("0202300090\t牛腱\t8400\t035\t420\t8400\t8820\t36120\tBR\tSIF 9217\n0202.3000.90\t牛霖\t6100\t035\t305\t6100\t6405\t25315\tBR\tSIF 9217\n")
    assert [r["name_zh"] for r in found.rows] == ["牛腱", "牛霖"]
    assert found.rows[0]["producer_no"] == "SIF 9217"


def test_wrong_cells_are_named_by_address() -> None:
    formula = book([HEAD, [*BEEF[:2], "=1+1", *BEEF[3:]], [*BEEF[:5], "#REF!", "巴西"]])
    assert [(p.address, p.message.en[:12]) for p in sheets.read(formula).problems] == [("C2", "This cell is"), ("F3", "This cell sh")]


def test_further_sheets_merged_cells_and_missing_columns_are_told() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(HEAD[:-1])
    sheet.append(BEEF[:-1])
    sheet.merge_cells("B2:C2")
    made.create_sheet("二")
    stream = io.BytesIO()
    made.save(stream)
    notes = " ".join(n.zh for n in sheets.read(stream.getvalue()).notes)
    assert "2 张表" in notes
    assert "B2:C2" in notes
    assert "原产国" in notes


def test_five_thousand_rows_are_answered_with_the_limit() -> None:
    with pytest.raises(Refused) as caught:
        sheets.read(book([HEAD, *[BEEF] * 5000]))
    assert "5000" in caught.value.refusals[0].message.zh
    assert "500" in caught.value.refusals[0].message.en


def test_a_format_drawn_to_the_last_row_costs_nothing() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(HEAD)
    sheet.append(BEEF)
    sheet.cell(row=1_048_576, column=1).font = openpyxl.styles.Font(bold=True)
    stream = io.BytesIO()
    made.save(stream)
    assert len(sheets.read(stream.getvalue()).rows) == 1


def test_files_that_are_no_sheets() -> None:
    assert refused(b"") == "sheet.empty"
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)) == "sheet.old"
    assert refused(b"PK\x03\x04" + bytes(100)) == "sheet.broken"
    assert refused(book([HEAD, BEEF])[:2000]) == "sheet.broken"
    assert refused(b"\x89PNG\r\n\x1a\n" + bytes(range(256))) in ("sheet.encoding", "sheet.nothing")
    assert refused("你好，这里没有商品".encode()) == "sheet.nothing"
    assert refused(b"x" * (sheets.MAX_BYTES + 1)) == "sheet.large"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(stream.getvalue()) == "sheet.kind"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(70):
                part.write(bytes(1024 * 1024))
    assert len(stream.getvalue()) < 200_000
    assert refused(stream.getvalue()) == "sheet.bomb"


def test_entities_in_a_workbook_are_not_followed() -> None:
    data = book([HEAD, BEEF])
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                content = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + content.split(b"?>", 1)[-1].replace(b"<v>8400</v>", b"<v>&a;</v>")
            new.writestr(item, content)
    try:
        found = sheets.read(stream.getvalue())
    except Refused:
        return
    assert "root:" not in str(found.rows)


def test_what_begins_like_a_formula_is_written_as_text_and_comes_back() -> None:
    evil = "=cmd|' /C calc'!A0"
    data = sheets.template(True, [{"hs_code": "0202300090", "name_zh": evil, "quantity": "1", "brand": "@SUM(1)"}])
    cells = openpyxl.load_workbook(io.BytesIO(data)).active
    assert cells["B2"].value == f"'{evil}"
    assert cells["B2"].data_type == "s"
    assert sheets.read(data).rows[0]["name_zh"] == evil


@pytest.mark.parametrize("chinese", [True, False])
def test_the_template_knows_its_own_titles(chinese: bool) -> None:
    row = {name: f"x{i}" for i, name in enumerate(sheets.TITLES)} | {"hs_code": "0202300090"}
    assert sheets.read(sheets.template(chinese, [row])).rows == [row]


def test_letters() -> None:
    assert [sheets.letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
