"""Published files read as they come: the HS nomenclature (datasets/harmonized-system) and UN/LOCODE (two distributions).

A file is read whole before anything is written; faults are collected with line and column (``Refused``, at most 20).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinzhi.kernel.codes import files
from jinzhi.kernel.codes.files import Problems, Row, make_row
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

HS_COLUMNS = ["section", "hscode", "description", "parent", "level"]
# The official layout has no heading; datasets/un-locode gives one and puts Status before Function.
LOCODE_COLUMNS = [
    "Change", "Country", "Location", "Name", "NameWoDiacritics", "Subdivision", "Function", "Status", "Date", "IATA", "Coordinates", "Remarks",
]  # fmt: skip
# UN/LOCODE functions that goods pass (recommendation 16): 1 port, 2 rail, 3 road, 4 airport; 6 inland terminal, 7 pipeline, B border crossing.
MODES = {"1": "1", "2": "2", "3": "3", "4": "4", "7": "6", "B": "3"}
GOODS_FUNCTIONS = frozenset("146B")


def read_hs(path: Path) -> list[Row]:
    """Rows of list ``hs6``: chapters (2 digits), headings (4), subheadings (6), with level, parent and section in ``extra``."""
    problems = Problems(path)
    lines = files.csv_lines(path)
    line, header = next(lines, (1, []))
    if [h.strip() for h in header] != HS_COLUMNS:
        problems.add(line, "", "表头应为 {wanted}，现在是 {found}。选择 harmonized-system.csv",
                     "The heading should be {wanted}, found {found}. Choose harmonized-system.csv",
                     wanted=",".join(HS_COLUMNS), found=",".join(header)[:80])  # fmt: skip
        problems.finish()
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        if len(cells) != len(HS_COLUMNS):
            problems.add(line, "", "有 {found} 格，应为 5 格", "It has {found} cells, 5 expected", found=len(cells))
            continue
        section, code, description, parent, level = (cell.strip() for cell in cells)
        if code == "TOTAL":
            continue
        if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6)):
            problems.add(line, "hscode", "“{code}”应为 2、4 或 6 位数字", "“{code}” should be 2, 4 or 6 digits", code=code[:20])
        elif level != str(len(code)):
            problems.add(
                line,
                "level",
                "“{level}”与编码 {code} 的位数不符",
                "“{level}” is not the length of the code {code}",
                level=level[:20],
                code=code,
            )
        elif not description:
            problems.add(line, "description", "填写名称", "Fill in the description")
        elif code in seen:
            problems.add(line, "hscode", "{code} 与第 {other} 行重复", "{code} stands already on line {other}", code=code, other=seen[code])
        else:
            seen[code] = line
            extra: dict[str, Any] = {"level": len(code), "section": section} | ({"parent": parent} if parent != "TOTAL" else {})
            rows.append(make_row(code, description[:400], description[:600], **extra))
    problems.finish()
    if not rows:
        problems.add(line, "", "表头之后没有数据", "There is nothing after the heading")
        problems.finish()
    return rows


def read_locode(path: Path, everything: bool = False) -> list[Row]:
    """Rows of list ``ports`` from one file or a folder of them (one per country).

    Without ``everything`` only what international goods pass: sea ports, airports, inland terminals and border crossings.
    ``extra``: country, modes (1 water, 2 rail, 3 road, 4 air, 6 pipeline), function, status, subdivision, iata, coordinates.
    """
    paths = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not paths:
        message = Text("文件夹 {path} 里没有 CSV 文件", "There is no CSV file in the folder {path}").format(path=path)
        raise Refused(Refusal("codes.file", message), status=400)
    rows: dict[str, Row] = {}
    for one in paths:
        for row in _locode_file(one, everything):
            rows.setdefault(row.code, row)
    return list(rows.values())


def _locode_file(path: Path, everything: bool) -> list[Row]:
    problems = Problems(path)
    columns: list[str] | None = None
    rows = []
    line = 1
    for line, cells in files.csv_lines(path):
        if columns is None:
            columns = _locode_columns(cells, line, problems)
            if cells[1].strip() == "Country":
                continue
        if len(cells) < len(columns):
            problems.add(
                line,
                "",
                "有 {found} 格，应为 {wanted} 格",
                "It has {found} cells, {wanted} expected",
                found=len(cells),
                wanted=len(columns),
            )
            continue
        cell = dict(zip(columns, (c.strip() for c in cells), strict=False))
        country, place, function = cell["Country"], cell["Location"], cell["Function"]
        if not place or cell["Change"] in ("X", "="):  # name of the country, removed place, cross reference
            continue
        if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
            problems.add(line, "Country", "“{found}”应为两个大写字母", "“{found}” should be two capital letters", found=country[:20])
        elif not (len(place) == 3 and place.isascii() and place.isalnum()):
            problems.add(line, "Location", "“{found}”应为三位字母或数字", "“{found}” should be three letters or digits", found=place[:20])
        elif set(function) - set("01234567B-?"):
            problems.add(
                line,
                "Function",
                "“{found}”不是功能代码（如 1--4----）",
                "“{found}” is no function code (such as 1--4----)",
                found=function[:20],
            )
        elif everything or GOODS_FUNCTIONS & set(function):
            rows.append(_locode_row(cell))
    if columns is None:
        problems.add(line, "", "文件是空的", "The file is empty")
    problems.finish()
    return rows


def _locode_columns(cells: list[str], line: int, problems: Problems) -> list[str]:
    """The columns of this file: from its heading, or the official order when it has none."""
    if len(cells) > 1 and cells[1].strip() == "Country":
        header = [c.strip() for c in cells]
        for name in sorted(set(LOCODE_COLUMNS[:8]) - set(header)):
            problems.add(line, name, "缺这一列", "This column is missing")
        problems.finish()
        return header
    if len(cells) < 11 or len(cells[1].strip()) != 2:
        problems.add(line, "", "不是 UN/LOCODE 的表：应有 12 列，第 2 列是国家代码。选择 code-list.csv 或按国家的文件",
                     "This is no UN/LOCODE table: 12 columns expected, the second with the country. Choose code-list.csv or the files by country")  # fmt: skip
        problems.finish()
    return LOCODE_COLUMNS[: len(cells)]


def _locode_row(cell: dict[str, str]) -> Row:
    country, function = cell["Country"], cell["Function"]
    modes = sorted({MODES[f] for f in function if f in MODES})
    optional = {
        "status": cell["Status"], "subdivision": cell["Subdivision"],
        "iata": cell.get("IATA", ""), "coordinates": cell.get("Coordinates", ""),
    }  # fmt: skip
    extra = {"country": country, "modes": modes, "function": function} | {key: value for key, value in optional.items() if value}
    name = cell["Name"] or cell["NameWoDiacritics"]
    plain = cell["NameWoDiacritics"]
    return Row(country + cell["Location"], name, plain or name, extra=extra)
