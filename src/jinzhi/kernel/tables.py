"""Rows of a CSV file with declared columns, as people keep them: headings in either language, every fault with line and column.

A file is read whole before anything is written; up to 20 faults are collected, then ``Refused`` is raised.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from jinzhi.kernel.codes import files
from jinzhi.kernel.codes.files import Problems
from jinzhi.kernel.forms.fields import half_width, parse_date
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

_YES = {"是", "有", "y", "yes", "true", "1", "√", "t"}
_NO = {"否", "无", "n", "no", "false", "0", "", "f"}


def text(cell: str) -> str:
    return cell


def flag(cell: str) -> bool:
    """是 or 否, yes or no, true or false, 1 or 0. Raises ValueError."""
    word = half_width(cell).casefold()
    if word not in _YES | _NO:
        raise ValueError(cell)
    return word in _YES


def day(cell: str) -> dt.date:
    """2011-11-23, 20111123, 2011/11/23. Raises ValueError."""
    return parse_date(cell)


def number(cell: str) -> Decimal:
    """1250.50 or 1,250.50. Raises ValueError."""
    try:
        found = Decimal(half_width(cell).replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(cell) from error
    if not found.is_finite() or abs(found) >= Decimal(10) ** 14:
        raise ValueError(cell)
    return found


HINTS: dict[Any, Text] = {
    flag: Text("写“是”或“否”", "write yes or no"),
    day: Text("写成 2011-11-23 这样的格式", "write it like 2011-11-23"),
    number: Text("写成数字，例如 1250.50", "write a number such as 1250.50"),
}


@dataclass(frozen=True)
class Column:
    """A column: its name, which is also a heading, its title, which is one in either language, and how a cell is read."""

    name: str
    title: Text
    convert: Callable[[str], Any] = text
    required: bool = False
    default: Any = ""
    """What an empty cell, or a file without the column, gives."""
    limit: int = 400


@dataclass
class Table:
    """A file as read: ``rows`` are (line of the file, {column name: value}); ``refuse`` adds a fault, ``finish`` raises them all."""

    problems: Problems
    headings: dict[str, str]
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def refuse(self, line: int, column: str, message: Text) -> None:
        """Note a fault of a row; the twentieth raises at once. :raises Refused:"""
        self.problems.add(line, self.headings.get(column, column), "{m}", "{m}", m=message)

    def refuse_all(self, refusals: Sequence[Refusal]) -> None:
        """Faults a command found, each at the line its ``data["row"]`` (from 0) came from. :raises Refused: always, if there are any."""
        for one in refusals:
            line = self.rows[one.data["row"]][0] if "row" in one.data else 1
            self.refuse(line, one.field, one.message)
        self.finish()

    def finish(self) -> None:
        """:raises Refused: (400) if anything was wrong."""
        self.problems.finish()


def read(path: Path, columns: Sequence[Column]) -> Table:
    """Read a file. :raises Refused: not there, not UTF-8, headings unknown, missing or twice, no rows."""
    problems = Problems(path)
    lines = files.csv_lines(path)
    line, header = next(lines, (1, []))
    places, headings = _places(header, columns, line, problems)
    table = Table(problems, headings)
    for line, cells in lines:
        if len(cells) > len(header):
            problems.add(line, "", "有 {n} 格，表头只有 {m} 格", "It has {n} cells, the heading only {m}", n=len(cells), m=len(header))
            continue
        table.rows.append((line, _row(table, line, [*cells, *[""] * (len(header) - len(cells))], columns, places)))
    table.finish()
    if not table.rows:
        problems.add(line, "", "表头之后没有数据", "There is nothing after the heading")
        table.finish()
    return table


def _places(header: Sequence[str], columns: Sequence[Column], line: int, problems: Problems) -> tuple[dict[str, int], dict[str, str]]:
    known = {word.casefold(): c.name for c in columns for word in (c.name, c.title.zh, c.title.en)}
    places: dict[str, int] = {}
    headings: dict[str, str] = {}
    for place, cell in enumerate(header):
        name = known.get(cell.strip().casefold())
        if name is None:
            titles = "、".join(c.title.zh for c in columns)
            names = ", ".join(c.name for c in columns)
            problems.add(line, cell.strip()[:40], "没有这一列。可用的列：{t}", "There is no such column. Known columns: {n}", t=titles, n=names)
        elif name in places:
            problems.add(line, cell.strip(), "这一列出现两次", "This column stands twice")
        else:
            places[name], headings[name] = place, cell.strip()
    for column in columns:
        if column.required and column.name not in places:
            problems.add(line, column.name, "缺少“{t}”这一列", "The column “{t}” is missing", t=column.title)
    problems.finish()
    return places, headings


def _row(table: Table, line: int, cells: Sequence[str], columns: Sequence[Column], places: dict[str, int]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in columns:
        place = places.get(column.name)
        cell = cells[place].strip() if place is not None else ""
        row[column.name] = column.default
        if not cell:
            if column.required:
                table.refuse(line, column.name, Text("填写{t}", "Enter: {t}").format(t=column.title))
        elif len(cell) > column.limit or "\x00" in cell:
            table.refuse(line, column.name, Text("最多 {n} 个字符", "At most {n} characters").format(n=column.limit))
        else:
            try:
                row[column.name] = column.convert(cell)
            except ValueError:
                hint = HINTS.get(column.convert, Text("不符合格式", "not as it should be"))
                table.refuse(line, column.name, Text("“{c}”{h}", "“{c}”: {h}").format(c=cell[:40], h=hint))
    return row
