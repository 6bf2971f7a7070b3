"""The CSV files of code lists shipped with the platform: their shape, read with errors that name line and column.

Columns: ``code,zh,en``, optionally ``valid_from,valid_to`` (2011-11-23); every other column goes to ``extra``. A heading may
carry a type: ``to_confirm:bool`` (``true`` or empty), ``modes:list`` (``1/4``), ``chapter:int``. Empty cells leave no key.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinzhi.kernel.codes.pinyin import search_key
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

KNOWN = ("code", "zh", "en", "valid_from", "valid_to")
MAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A row ready for the table ``CodeEntry``."""

    code: str
    zh: str
    en: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    pinyin: str = ""


def make_row(code: str, zh: str, en: str, valid_from: dt.date | None = None, valid_to: dt.date | None = None, **extra: Any) -> Row:
    """A row with its pinyin search key."""
    return Row(code, zh, en, valid_from, valid_to, extra, search_key(zh))


class Problems:
    """The faults of a file, collected so that a person mends them in one go; ``finish`` raises Refused if there are any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Refusal] = []

    def add(self, line: int, column: str, zh: str, en: str, **values: object) -> None:
        place = {"file": self.path.name, "line": line, "column": column}
        where = Text("{file} 第 {line} 行", "{file}, line {line}")
        if column:
            where = Text(where.zh + "，“{column}”列：", where.en + ", column “{column}”: ")
        else:
            where = Text(where.zh + "：", where.en + ": ")
        at = where.format(**place)
        what = Text(zh, en).format(**values)
        self.found.append(Refusal("codes.file", Text(at.zh + what.zh, at.en + what.en), column, place))
        if len(self.found) >= MAX_PROBLEMS:
            self.finish()

    def finish(self) -> None:
        if self.found:
            raise Refused(*self.found, status=400)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 (with or without mark). Refused: missing, a folder, not UTF-8."""
    problems = Problems(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        message = Text("没有找到文件 {path}。检查路径", "There is no file {path}. Check the path").format(path=path)
        raise Refused(Refusal("codes.file", message), status=400) from None
    except IsADirectoryError:
        message = Text("{path} 是文件夹，需要一个 CSV 文件", "{path} is a folder; a CSV file is needed").format(path=path)
        raise Refused(Refusal("codes.file", message), status=400) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.add(
            line,
            "",
            "不是 UTF-8 编码。另存为 UTF-8 的 CSV 再导入",
            "The text is not UTF-8. Save the file as CSV in UTF-8 and import it again",
        )
        problems.finish()
        raise


def csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number (from 1) and cells of every line that is not blank."""
    reader = csv.reader(read_text(path).splitlines(keepends=True), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        problems = Problems(path)
        problems.add(reader.line_num, "", "引号或分隔符不成对（{why}）", "Quotes or separators do not match ({why})", why=error)
        problems.finish()


def _bool(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise ValueError(cell)
    return cell.lower() == "true"


CONVERTERS: dict[str, Callable[[str], Any]] = {"": str, "bool": _bool, "int": int, "list": lambda cell: cell.split("/")}


def read_list(path: Path) -> list[Row]:
    """The rows of a shipped list. Raises Refused with line and column of every fault (at most 20)."""
    problems = Problems(path)
    lines = csv_lines(path)
    line, header = next(lines, (1, []))
    columns = [h.strip().partition(":")[::2] for h in header]
    for name in ("code", "zh", "en"):
        if name not in (c[0] for c in columns):
            problems.add(line, name, "缺这一列", "This column is missing")
    for name, kind in columns:
        if kind not in CONVERTERS:
            problems.add(line, name, "不认识类型 {kind}，可用 bool、int、list", "Unknown type {kind}; use bool, int or list", kind=kind)
    problems.finish()
    rows: list[Row] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in lines:
        if len(cells) != len(columns):
            problems.add(
                line,
                "",
                "有 {found} 格，应为 {wanted} 格",
                "It has {found} cells, {wanted} expected",
                found=len(cells),
                wanted=len(columns),
            )
            continue
        values: dict[str, Any] = {}
        for (name, kind), cell in zip(columns, cells, strict=True):
            if not (cell := cell.strip()):
                continue
            try:
                values[name] = dt.date.fromisoformat(cell) if name.startswith("valid_") else CONVERTERS[kind](cell)
            except ValueError:
                problems.add(line, name, "读不懂“{cell}”", "“{cell}” cannot be read", cell=cell)
        for name in ("code", "zh", "en"):
            if not values.get(name):
                problems.add(line, name, "填写这一格", "Fill in this cell")
        key = (values.get("code", ""), str(values.get("valid_from", "")))
        if key in seen:
            problems.add(line, "code", "{code} 与第 {other} 行重复", "{code} stands already on line {other}", code=key[0], other=seen[key])
        seen[key] = line
        if not problems.found:
            rows.append(make_row(**values))
    problems.finish()
    return rows


def digest(path: Path) -> str:
    """SHA-256 of the file: an unchanged list is not loaded again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
