"""Inputs of records: parts declared by a module become fields, rows or a table, and what was sent becomes the record again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from jinzhi.kernel.cases.pages import uploads
from jinzhi.kernel.cases.pages.typed import read_date, read_moment, read_number, show_moment
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.standing import Lane
from jinzhi.kernel.codes import lists as codes
from jinzhi.kernel.forms.fields import Field
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.kernel.workbench import Part, RecordForm, RecordRow, Words

BLANK_ROWS = 3


@dataclass
class Cell:
    """One input of a record: ``name`` is its path with dots, its id follows from it."""

    name: str
    part: Part
    value: Any = ""
    text: Words = ""
    error: Words = ""
    files: Sequence[uploads.Kept] = ()

    @property
    def own(self) -> str:
        """The id of its input; error summaries lead to it."""
        return field_id(self.name)

    @property
    def options(self) -> list[tuple[str, Words]]:
        return [("", Text("—", "—")), *self.part.options]


@dataclass
class Line:
    """A row: what stands fixed in it, hidden values, inputs."""

    number: int
    cells: list[Cell]
    fixed: Sequence[Words] = ()
    hidden: Sequence[tuple[str, Any]] = ()


@dataclass
class RecordInput:
    """A record as the template draws it: single parts, or rows (``many``), and a table of known rows."""

    title: Text
    name: str
    form: RecordForm
    parts: list[Cell] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    many: bool = False
    count: int = 0
    heads: Sequence[Text] = ()
    errors: Sequence[Words] = ()

    @property
    def has_files(self) -> bool:
        return any(part.kind == "files" for part in self.form.parts)

    def title_of(self, name: str) -> Text:
        """The title of a part by its name; the record's own where it has none."""
        return next((p.title for p in (*self.form.parts, *self.form.columns) if p.name == name), self.title)


def form_of(view: CaseView, asked: Field) -> RecordForm:
    """The module's form of a record type; one text for each field of the model where it has none."""
    found = case_pages(view.process.code).records.get(asked.type)
    if found is not None:
        return found
    assert asked.record is not None
    return RecordForm(tuple(Part(name, Text(name, name), optional=not info.is_required()) for name, info in asked.record.model_fields.items()))


def build(view: CaseView, asked: Field, lane: Lane, value: Any, wrong: Sequence[Refusal]) -> RecordInput:
    """Inputs of a record; ``value`` is what was sent, None for what stands at first."""
    form = form_of(view, asked)
    if value is None and form.initial is not None:
        value = form.initial(view, lane)
    errors: dict[str, str] = {}
    for refusal in wrong:
        errors[refusal.field] = f"{errors[refusal.field]}；{refusal.message}" if refusal.field in errors else str(refusal.message)
    record = RecordInput(asked.title, asked.name, form, many=asked.many is not None, heads=form.heads)
    if record.many:
        values = [v for v in (value or []) if isinstance(v, Mapping)]
        rows = [*values, *({} for _ in range(BLANK_ROWS))]
        record.lines = [
            Line(i + 1, [_cell(p, f"{asked.name}.{i}.{p.name}", v.get(p.name), errors) for p in form.parts]) for i, v in enumerate(rows)
        ]
        record.count = len(rows)
    else:
        sent: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        record.parts = [_cell(p, f"{asked.name}.{p.name}", sent.get(p.name), errors) for p in form.parts]
        if form.table and form.rows is not None:
            record.lines = _table(asked, form, form.rows(view, lane), sent.get(form.table), errors)
            record.count = len(record.lines)
    drawn = {c.name for c in [*record.parts, *(c for line in record.lines for c in line.cells)]}
    record.errors = [message for path, message in errors.items() if path not in drawn]
    return record


def _table(asked: Field, form: RecordForm, rows: Sequence[RecordRow], sent: Any, errors: dict[str, str]) -> list[Line]:
    by_key: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for place, item in enumerate(sent if isinstance(sent, list) else []):
        by_key[_key(item)] = (place, item)
    lines = []
    for index, row in enumerate(rows):
        place, values = by_key.get(_key(row.hidden), (-1, row.values))
        cells = []
        for part in form.columns:
            cell = _cell(part, f"{asked.name}.{form.table}.{index}.{part.name}", values.get(part.name), {})
            # errors count the rows that were sent, the page counts all of them
            cell.error = errors.pop(f"{asked.name}.{form.table}.{place}.{part.name}", "") if place >= 0 else ""
            cells.append(cell)
        hidden = [(f"{asked.name}.{form.table}.{index}.{key}", value) for key, value in row.hidden.items()]
        lines.append(Line(index + 1, cells, row.cells, hidden))
    return lines


def _key(values: Mapping[str, Any]) -> str:
    return str(values.get("no", ""))


def _cell(part: Part, name: str, value: Any, errors: Mapping[str, str]) -> Cell:
    cell = Cell(name, part, error=errors.get(name, ""))
    if part.kind == "files":
        cell.files = uploads.kept(value or [])
    elif part.kind == "flag":
        cell.value = value in (True, "1", "true", "on")
    elif part.kind == "moment":
        cell.value = show_moment(value) if value else ""
    elif isinstance(value, bool):
        cell.value = "true" if value else "false"
    elif isinstance(value, list | tuple):
        cell.value = "，".join(map(str, value))
    else:
        cell.value = "" if value is None else str(value)
    if part.kind == "code" and cell.value:
        cell.text = codes.label(part.list, cell.value)
    return cell


def read(request: HttpRequest, view: CaseView, asked: Field, lane: Lane) -> tuple[Any, list[Refusal]]:
    """The record, or the list of records, that was sent; None where nothing was filled in."""
    form = form_of(view, asked)
    post = request.POST
    refusals: list[Refusal] = []
    if asked.many is not None:
        found = []
        for index in range(_count(post.get(f"{asked.name}-count", ""))):
            row = {p.name: v for p in form.parts if (v := _value(post, f"{asked.name}.{index}.{p.name}", p)) not in (None, "")}
            if any(v is not False for v in row.values()):
                found.append(row)
        return found, refusals
    value: dict[str, Any] = {}
    for part in form.parts:
        name = f"{asked.name}.{part.name}"
        if part.kind == "files":
            digests, wrong = uploads.take(request, name)
            refusals += wrong
            if digests:
                value[part.name] = digests
        elif (one := _value(post, name, part)) not in (None, ""):
            value[part.name] = one
    if form.table:
        rows = []
        for index in range(_count(post.get(f"{asked.name}.{form.table}-count", ""))):
            start = f"{asked.name}.{form.table}.{index}."
            typed = {p.name: v for p in form.columns if (v := _value(post, start + p.name, p)) not in (None, "")}
            if typed:
                columns = {p.name for p in form.columns}
                rows.append({key[len(start):]: post[key] for key in post if key.startswith(start) and key[len(start):] not in columns} | typed)
        value[form.table] = rows
    return value, refusals


def _count(text: str) -> int:
    return min(int(text), 500) if text.isdigit() and len(text) < 6 else 0


def _value(post: Mapping[str, Any], name: str, part: Part) -> Any:
    if part.kind == "flag":
        return name in post
    text = str(post.get(name, "")).strip()
    if not text:
        return None
    if part.kind == "date":
        return read_date(text, today())
    if part.kind == "moment":
        return read_moment(text, today())
    if part.kind in ("number", "integer"):
        return read_number(text)
    if part.kind == "list":
        return [piece.strip() for piece in re.split(r"[,，、;；]", text) if piece.strip()]
    if part.kind == "choice" and text in ("true", "false"):
        return text == "true"
    return text


def shown(view: CaseView, asked: Field, value: Any) -> list[tuple[Words, Words]]:
    """A record in words, for who signs it second."""
    form = form_of(view, asked)
    lines: list[tuple[Words, Words]] = []
    for number, record in enumerate(value if isinstance(value, list) else [value], start=1):
        for part in form.parts:
            words = _say(part, record.get(part.name))
            if words not in ("", None):
                title = Text(f"{number}. {part.title.zh}", f"{number}. {part.title.en}") if isinstance(value, list) else part.title
                lines.append((title, words))
        for item in record.get(form.table) or () if form.table else ():
            says = [str(_say(p, item.get(p.name))) for p in form.columns if item.get(p.name) not in (None, "")]
            lines.append((_row_title(view, form, item), "，".join(says)))
    return lines


def _row_title(view: CaseView, form: RecordForm, item: Mapping[str, Any]) -> Words:
    rows = form.rows(view, view.work.lane) if form.rows is not None else ()
    return next((row.cells[0] for row in rows if row.cells and _key(row.hidden) == _key(item)), Text(f"第 {_key(item)} 项", f"Item {_key(item)}"))


def _say(part: Part, value: Any) -> Words:
    if value is None or value == "" or value == []:
        return ""
    if part.kind == "moment":
        return show_moment(value)
    if part.kind == "files":
        return Text(f"{len(value)} 个文件", f"{len(value)} files")
    if part.kind == "code":
        return codes.label(part.list, str(value))
    if part.kind == "choice":
        key = str(value).lower() if isinstance(value, bool) else str(value)
        return next((words for option, words in part.options if option == key), key)
    if isinstance(value, bool):
        return Text("是", "Yes") if value else Text("否", "No")
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
