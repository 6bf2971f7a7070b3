"""Columns of a list: the kernel's own, those a process lifts to its rows, and which of them a reader sees in what order.

A column gives its cell as markup for the page and as plain words for a spreadsheet; both come from the same row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from jinzhi.kernel.cases.levels import SECRET, SECRET_TITLE
from jinzhi.kernel.cases.masking import mask
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queues.fields import DAYS, NUMBERS
from jinzhi.kernel.cases.queues.items import QueueItem
from jinzhi.kernel.cases.signals import TITLES, TONES, WARN
from jinzhi.kernel.codes import lists as codes
from jinzhi.kernel.orgs.queries import org_by_code, org_by_path, org_name
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE
from jinzhi.kernel.web.components import marks
from jinzhi.kernel.web.components.words import amount, date_, time_tag
from jinzhi.kernel.workbench import RowMarks

Words = Text | str
DASH = "—"
LEAST = 1
"""A list shows at least one column besides the number, which leads to the case."""


@dataclass(frozen=True)
class Row:
    """A row as it is drawn or exported."""

    item: QueueItem
    url: str
    step_url: str
    pick: str
    due: Text
    tone: str
    share: float | None
    marks: RowMarks
    title: Words
    party: Words
    state_tone: str
    assignee: Words = ""
    role: Words = ""
    signal: str = ""

    @property
    def name(self) -> str:
        return self.item.number or f"#{self.item.case_id}"


@dataclass(frozen=True)
class ListColumn:
    """A column a reader may choose. ``html`` draws a row's cell, ``text`` says it in plain words."""

    key: str
    title: Text
    text: Callable[[Row], Any]
    html: Callable[[Row], Any] | None = None
    number: bool = False
    duties: bool = True
    """Whether lists of duties have it; ``cases`` whether lists of cases do."""
    cases: bool = True
    width: int = 18
    raw: Callable[[Row], Any] | None = None
    """What a spreadsheet holds where words would lose something: a number as a number."""

    def value(self, row: Row) -> Any:
        """The cell of a spreadsheet: a text in the reader's language, or a number."""
        found = self.raw(row) if self.raw else self.text(row)
        return found if isinstance(found, int | Decimal) and not isinstance(found, bool) else str(found)

    def cell(self, row: Row) -> SafeString:
        """The cell as markup: words are escaped, what is empty is a dash."""
        value = self.html(row) if self.html else self.text(row)
        css = ' class="q-num"' if self.number else ""
        return format_html('<td{} data-label="{}"><div>{}</div></td>', SafeString(css), self.title, value if str(value) else DASH)


def _local(moment: dt.datetime | None) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


def _number(row: Row) -> SafeString:
    kept = format_html(" {}", marks.tag(SECRET_TITLE, "r")) if row.item.secrecy == SECRET else ""
    return format_html('<a class="q-mono" href="{}">{}</a>{}<div class="q-sub">{}</div>', row.url, row.name, kept, row.item.process_title)


def _subject(row: Row) -> SafeString:
    sub = format_html('<div class="q-sub">{}</div>', row.marks.sub) if str(row.marks.sub) else ""
    return format_html("{}{}", row.title if str(row.title) else DASH, sub)


def _due(row: Row) -> Any:
    """The due date with the card a running clock has been shown: its shape and its word, not a colour alone."""
    if row.item.closed:
        return DASH
    return format_html("{}{}", marks.due(row.due, row.tone, row.share), _signal(row))


def _signal(row: Row) -> SafeString:
    return format_html(" {}", marks.tag(TITLES[row.signal], TONES[row.signal], "clock" if row.signal == WARN else "card")) if row.signal else SafeString("")


def _day(moment: dt.datetime | None) -> Any:
    return time_tag(moment, "short") if moment else ""


COLUMNS: dict[str, ListColumn] = {
    c.key: c
    for c in (
        ListColumn("due", Text("到期", "Due"), lambda r: _local(r.item.due), _due),
        ListColumn("number", Text("编号 / 事项", "Number / matter"), lambda r: r.name, _number, width=22),
        ListColumn("party", Text("企业", "Party"), lambda r: r.party, width=30),
        ListColumn("subject", Text("事由", "Subject"), lambda r: r.title, _subject, width=30),
        ListColumn("amount", Text("数量", "Amount"), lambda r: r.marks.amount, number=True),
        ListColumn("mark", Text("标记", "Mark"), lambda r: r.marks.tag, lambda r: marks.tag(r.marks.tag, r.marks.tone) if str(r.marks.tag) else ""),
        ListColumn(
            "step", Text("下一步", "Next step"), lambda r: r.item.step, lambda r: format_html('<a href="{}">{}</a>', r.step_url, r.item.step), cases=False
        ),
        ListColumn("state", Text("状态", "State"), lambda r: r.item.state, lambda r: marks.tag(r.item.state, r.state_tone)),
        ListColumn("signal", Text("亮牌", "Card"), lambda r: TITLES[r.signal] if r.signal else "", _signal),
        ListColumn("details", Text("说明", "Details"), lambda r: r.marks.sub, width=30),
        ListColumn("matter", Text("事项", "Matter"), lambda r: r.item.process_title),
        ListColumn("role", Text("岗位", "Role"), lambda r: r.role, cases=False),
        ListColumn("assignee", Text("经办", "Officer"), lambda r: r.assignee, cases=False, width=14),
        ListColumn("org", Text("主管机构", "Organisation"), lambda r: org_name(org_by_path(r.item.org_path), short=True)),
        ListColumn("opened", Text("立案时间", "Opened"), lambda r: _local(r.item.case_opened), lambda r: _day(r.item.case_opened)),
        ListColumn("arrived", Text("到达时间", "Arrived"), lambda r: _local(r.item.opened), lambda r: _day(r.item.opened), cases=False),
    )
}
DEFAULT = {
    "duties": ("due", "number", "party", "subject", "amount", "mark", "step", "state"),
    "cases": ("number", "party", "subject", "opened", "due", "state"),
}  # fmt: skip
SHEET = {
    "duties": ("due", "number", "matter", "party", "subject", "details", "amount", "mark", "step", "state", "role", "assignee", "org", "opened"),
    "cases": ("number", "matter", "party", "subject", "details", "amount", "mark", "state", "opened", "due", "org"),
}  # fmt: skip
"""What a spreadsheet holds where the reader has chosen nothing: all there is, since nobody can add a column to it afterwards."""


def side(kind: str) -> str:
    return "cases" if kind == "cases" else "duties"


def own(process: Process, name: str) -> ListColumn | None:
    """The column of a process's own field; None where the process does not lift it to its rows."""
    spec = process.fields.get(name) if name in process.lifted else None
    if spec is None:
        return None
    title = Text(spec.zh, spec.en)
    numeric = spec.type in NUMBERS

    def words(row: Row) -> Any:
        if row.item.process != process.code:
            return ""
        value = row.item.columns.get(name)
        return _value(mask(spec.personal, value), "text", "") if spec.personal else _value(value, spec.type, spec.list)

    def raw(row: Row) -> Any:
        try:
            return Decimal(str(row.item.columns.get(name))) if row.item.process == process.code else ""
        except InvalidOperation:
            return words(row)

    return ListColumn(f"c.{name}", title, words, number=numeric, raw=raw if numeric else None)


def _value(value: Any, type_: str, code_list: str) -> Any:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return "、".join(str(_value(v, type_, code_list)) for v in value)
    if type_ == "code":
        return codes.label(code_list, str(value))
    if type_ == "flag":
        return Text("是", "Yes") if value else Text("否", "No")
    if type_ == "org":
        return org_name(org_by_code(str(value)) or org_by_path(str(value)), short=True)
    if type_ in NUMBERS:
        return amount(value)
    if type_ in DAYS:
        return date_(str(value)[:10])
    return str(value)


def offered(kind: str, processes: Sequence[Process], process: str = "") -> dict[str, ListColumn]:
    """Columns a list can show, in a sensible order: the kernel's, then those of the process (of all processes where none is chosen)."""
    found = {key: c for key, c in COLUMNS.items() if (c.cases if kind == "cases" else c.duties)}
    for one in processes:
        if process in ("", one.code):
            for name in one.lifted:
                column = own(one, name)
                if column is not None:
                    found.setdefault(column.key, column)
    return found


def chosen(kind: str, keys: Sequence[str], offer: dict[str, ListColumn], sheet: bool = False) -> list[ListColumn]:
    """The columns of a list: those chosen that it has, else the usual ones. The number always stands among them."""
    kept = [key for key in dict.fromkeys(keys) if key in offer]
    if not kept:
        kept = [key for key in (SHEET if sheet else DEFAULT)[side(kind)] if key in offer]
    if "number" not in kept:
        kept.insert(0, "number")
    return [offer[key] for key in kept]
