"""A list page put together: conditions from the address, rows in the reader's columns, figures. The address is the state of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from jinzhi.kernel.cases import lists
from jinzhi.kernel.cases.pages import columns, words
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.queues import conditions, views
from jinzhi.kernel.cases.queues.conditions import Conditions
from jinzhi.kernel.cases.queues.items import Page, QueueItem
from jinzhi.kernel.cases.queues.reading import List, Summary
from jinzhi.kernel.cases.registry import in_force, process_by_id
from jinzhi.kernel.cases.signals import worst
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.actors import LEAD, Actor
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.kernel.web.parts import Action as Button
from jinzhi.kernel.web.parts import Chip, Column, Tab
from jinzhi.kernel.workbench import RowMarks, row_names

SIZES = (25, 50, 100)
TITLES = {
    "mine": Text("我的待办", "My tasks"),
    "group": Text("本组待领", "Group queue"),
    "all": Text("全部在办", "All open duties"),
    "waiting": Text("等待对方", "Waiting on the party"),
    "done": Text("我已办结", "Done by me"),
    "cases": Text("案件", "Cases"),
    "search": Text("查询结果", "Search results"),
}
NAMES = {"mine": "office:queue", "group": "office:group", "all": "office:all", "waiting": "office:waiting", "cases": "office:search"}
_TONES = {"mine": "b", "group": "o", "waiting": "w", "all": "b", "cases": "b"}


@dataclass(frozen=True)
class Filter:
    """What the address asks for."""

    kind: str
    conditions: Conditions = field(default_factory=Conditions)
    size: int = SIZES[1]
    after: str = ""
    before: str = ""
    view: views.View | None = None
    problems: tuple[tuple[str, Text], ...] = ()
    columns: tuple[str, ...] = ()
    """Columns of the view, else those chosen for the list; none: the usual ones."""
    kept: tuple[views.View, ...] = ()
    """All views the reader sees."""

    @classmethod
    def of(cls, kind: str, actor: Actor, asked: dict[str, str], processes: Sequence[Process]) -> Filter:
        """From the parts of an address, a view that it names or that is the reader's default included; what cannot be is told in ``problems``."""
        kept, choice = views.of_list(actor, kind)
        view = views.asked(kept, choice, kind, asked)
        if view is not None and not _narrows(asked):
            asked = dict(view.query) | {k: v for k, v in asked.items() if k in ("size", "after", "before")}
        found = cls.read(kind, asked, processes, view)
        return replace(found, columns=(view.columns if view is not None else ()) or choice.columns, kept=tuple(kept))

    @classmethod
    def read(cls, kind: str, asked: dict[str, str], processes: Sequence[Process], view: views.View | None = None) -> Filter:
        reading = conditions.read(asked, processes, kind)
        size = asked.get("size", "")
        return cls(
            kind, reading.conditions, int(size) if size.isdigit() and int(size) in SIZES else SIZES[1], asked.get("after", ""), asked.get("before", ""),
            view, tuple(reading.problems),
        )  # fmt: skip

    def url(self, changed: Conditions | None = None, **more: Any) -> str:
        """The same list with other conditions; a new condition begins at the first page."""
        values = list((changed or self.conditions).query())
        if self.view is not None:
            values.append(("view", str(self.view.id)))
        elif not values:
            values.append(("all", "1"))  # not one's default view, but everything
        if self.size != SIZES[1] and "size" not in more:
            values.append(("size", str(self.size)))
        return reverse(NAMES[self.kind]) + _query([*values, *((key, str(value)) for key, value in more.items() if value)])

    def without(self, *names: str) -> str:
        """The address of the list without these conditions."""
        return self.url(self.conditions.without(*names))

    def having(self, **changes: Any) -> str:
        """The address of the list with other values of these conditions."""
        return self.url(replace(self.conditions, **changes))

    @cached_property
    def back(self) -> str:
        """What a case page must know to lead back here: put behind its address."""
        return _query([("from", self.kind), *self.conditions.query(), *([("view", str(self.view.id))] if self.view else [])])


def _narrows(asked: dict[str, str]) -> bool:
    """Whether an address says anything itself, so that a view does not speak for it."""
    return any(value and key not in ("size", "after", "before", "view") for key, value in asked.items())


def _query(values: Sequence[tuple[str, str]]) -> str:
    return f"?{urlencode(values)}" if values else ""


def known_processes() -> list[Process]:
    """Processes in force today."""
    return in_force()


@dataclass
class Listing:
    """Everything a list's template needs."""

    filter: Filter
    title: Text
    sentence: Text
    page: Page
    shown: list[columns.ListColumn]
    rows: list[columns.Row] = field(default_factory=list)
    heads: list[Column] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    bulk: list[Button] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)
    total: int | None = None
    next: str = ""
    previous: str = ""
    clear: str = ""
    sizes: Sequence[tuple[int, str]] = ()
    form: Any = None
    saved: Sequence[tuple[str, str]] = ()

    @property
    def capped(self) -> bool:
        return self.total is not None and self.total >= lists.CAP

    @property
    def cells(self) -> list[tuple[columns.Row, list[Any]]]:
        """Rows with their cells, drawn once."""
        return [(row, [column.cell(row) for column in self.shown]) for row in self.rows]


def read(kind: str, request: HttpRequest) -> tuple[Listing, List, list[Process]]:
    """A list before its rows; ``chips`` asks for its figures, which tell how to read it, then ``fill`` reads it."""
    actor = request.actor  # type: ignore[attr-defined]
    processes = known_processes()
    wanted = Filter.of(kind, actor, request.GET.dict(), processes)
    offer = columns.offered(kind, processes, wanted.conditions.process)
    return Listing(wanted, TITLES[kind], Text("", ""), Page([]), columns.chosen(kind, wanted.columns, offer)), List(kind, actor, wanted.conditions), processes


def fill(listing: Listing, found: List, actor: Actor) -> None:
    """Read the page and put its rows, heads and ways on into the listing."""
    wanted = listing.filter
    page = listing.page = found.page(after=wanted.after, before=wanted.before, limit=wanted.size)
    listing.rows = rows_of(page.items, wanted)
    listing.next = wanted.url(after=page.after) if page.after else ""
    listing.previous = wanted.url(before=page.before) if page.before else ""
    listing.sizes = [(n, wanted.url(size=n)) for n in SIZES]
    listing.heads = _heads(listing, page.items)
    listing.bulk = [] if wanted.kind in ("waiting", "cases") else _bulk(page.items, wanted.kind, actor)


def rows_of(items: Sequence[QueueItem], wanted: Filter) -> list[columns.Row]:
    """Rows with their words: names of officers, and the gravest signal of each case, in one question each for all of them."""
    moment = now()
    names = person_names({item.assignee for item in items if item.assignee}) if wanted.kind != "cases" else {}
    raised = worst([item.case_id for item in items]) if items else {}
    return [_row(item, wanted, moment, names, raised.get(item.case_id, "")) for item in items]


def _row(item: QueueItem, wanted: Filter, moment: dt.datetime, names: dict[int, Any], signal: str) -> columns.Row:
    due, tone = words.due_words(item.due, moment)
    pages = case_pages(item.process)
    marks = pages.row(item) if pages.row else RowMarks(amount="" if item.amount is None else f"{item.amount:,}")
    url = reverse("office:case", args=[item.case_id]) + wanted.back
    role = process_by_id(item.version_id).role_title(item.role) if item.role else ""
    return columns.Row(
        item, url, url + "#next-h", pick_of(item), due, tone, words.share(item.opened, item.due, moment), marks,
        *row_names(pages, item.title, item.party, item.columns), "" if item.closed else _TONES[wanted.kind], names.get(item.assignee or 0, ""), role, signal,
    )  # fmt: skip


def pick_of(item: QueueItem) -> str:
    """What the box of a row says when it is ticked: case, lane, track, duty."""
    track, no = item.slot.split(".")[:2]
    return f"{item.case_id}.{no}.{track}.{item.duty_id}"


def _heads(listing: Listing, items: Sequence[QueueItem]) -> list[Column]:
    """Head cells; the three that a module fills are called as it calls them when all rows are of one process. Sorts that an index gives are links."""
    one = {item.process for item in items}
    titles = dict(zip(("subject", "amount", "mark"), case_pages(next(iter(one))).columns or (), strict=False)) if len(one) == 1 else {}
    wanted = listing.filter
    now_ = wanted.conditions.sort or conditions.default_sort(wanted.kind)
    found = []
    for column in listing.shown:
        sort, order = "", ""
        if column.key == "due" and wanted.kind != "cases":
            sort, order = (wanted.having(sort=""), "") if now_ != "due" else ("", "ascending")
        elif column.key in ("opened", "number"):
            if now_ in ("new", "old"):
                order = {"new": "descending", "old": "ascending"}[now_]
            if wanted.kind == "cases":
                sort = wanted.having(sort="old" if now_ == "new" else "")
            else:
                sort = wanted.having(sort="new") if now_ != "new" else ""
            if column.key == "number" and any(c.key == "opened" for c in listing.shown):
                sort, order = "", ""
        found.append(Column(titles.get(column.key, column.title), sort=sort, order=order, number=column.number))
    return found


def sentence(kind: str, summary: Summary, sort: str = "") -> Text:
    """The line below the title."""
    order = Text("最新立案的在前", "Newest cases first") if sort == "new" else Text("按到期时间排序", "In order of due time")
    if kind == "cases":
        order = Text("最早立案的在前", "Oldest first") if sort == "old" else Text("管辖范围内的案件，最近立案的在前", "Cases of your places, latest first")
    if kind == "waiting" and sort != "new":
        order = Text("在对方手中，按对方的期限排序", "In the hands of the party, by the party’s time limit")
    if summary.unknown:
        return order
    n = f"{lists.CAP} 件以上" if summary.capped else f"{summary.total} 件"
    n_en = f"More than {lists.CAP} cases" if summary.capped else f"{summary.total} case{'' if summary.total == 1 else 's'}"
    parts = [Text(f"{summary.late} 件已超期", f"{summary.late} overdue")] if summary.late else []
    parts += [Text(f"{summary.today} 件今日到期", f"{summary.today} due today")] if summary.today else []
    among = Text("，其中 " + "、".join(p.zh for p in parts), ", of which " + ", ".join(p.en for p in parts)) if parts else Text("", "")
    return Text(f"共 {n}{among.zh}。{order.zh}", f"{n_en}{among.en}. {order.en}")


# -- many at once ------------------------------------------------------------------------------------------------------


def bulk_actions(items: Sequence[QueueItem]) -> list[Action]:
    """Actions that can be done on ticked rows together: of the roles and states seen on the page, signed by one person, no records."""
    found: dict[str, Action] = {}
    for item in items:
        process = process_by_id(item.version_id)
        for action in process.by_state.get(item.lane_state, ()):
            if item.role in action.by and action.name not in found and allowed_in_bulk(process, action):
                found[action.name] = action
    return list(found.values())


def allowed_in_bulk(process: Process, action: Action) -> bool:
    """Whether one form can serve many cases: simple fields only, one person."""
    types = [process.fields[name].type for name, required in action.asks if required]
    simple = all("." not in t and t not in ("file", "party", "case") for t in types)
    return simple and action.persons == 1 and "system" not in action.by


def _bulk(items: Sequence[QueueItem], kind: str, actor: Actor) -> list[Button]:
    """What can be done with ticked rows: acts of the process, then giving the duties."""
    found = [
        Button(Text(f"批量{a.title.zh}", f"{a.title.en}: all ticked"), reverse("office:bulk", args=[a.name]), method="post") for a in bulk_actions(items)[:6]
    ]
    return found + [Button(title, reverse("office:bulk_give", args=[what]), method="post") for what, title in giving(kind, actor)]


GIVING = {
    "claim": Text("领取", "Claim"), "release": Text("退回本组", "Give back to the group"), "transfer": Text("转交", "Hand over"),
    "assign": Text("指派", "Assign"), "take-back": Text("收回", "Take back"),
}  # fmt: skip
"""Acts that give duties and move no case (``people.commands``)."""
_OFFERED = {"group": ("claim", "assign"), "mine": ("release", "transfer"), "all": ("claim", "assign", "take-back")}


def giving(kind: str, actor: Actor) -> list[tuple[str, Text]]:
    """Which of them a list offers its reader: giving out and taking back is a lead's."""
    return [(what, GIVING[what]) for what in _OFFERED.get(kind, ()) if what not in ("assign", "take-back") or actor.has_role(LEAD)]
