"""A queue page put together: tabs by state, filter chips, rows with their due words. The address is the state of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.pages import words
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.queries import QueueItem
from jinzhi.kernel.cases.registry import process_on
from jinzhi.kernel.modules import case_pages, modules
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today
from jinzhi.kernel.web.parts import Action as Button
from jinzhi.kernel.web.parts import Chip, Column, Tab
from jinzhi.kernel.workbench import RowMarks, row_names

SIZES = (25, 50, 100)
TITLES = {
    "mine": Text("我的待办", "My tasks"),
    "group": Text("本组待领", "Group queue"),
    "waiting": Text("等待对方", "Waiting on the party"),
    "done": Text("我已办结", "Done by me"),
    "search": Text("查询结果", "Search results"),
}
DUES = {
    "late": Text("已超期", "Overdue"),
    "today": Text("今日前到期", "Due by today"),
    "week": Text("7 日内到期", "Due within 7 days"),
}
_NAMES = {"mine": "office:queue", "group": "office:group", "waiting": "office:waiting"}
_TONES = {"mine": "b", "group": "o", "waiting": "w"}


@dataclass(frozen=True)
class Filter:
    """What the address asks for."""

    kind: str
    process: str = ""
    state: str = ""
    due: str = ""
    size: int = SIZES[1]
    after: str = ""

    @classmethod
    def of(cls, kind: str, request: HttpRequest) -> Filter:
        """From the query string; what cannot be is left out."""
        asked = request.GET
        size = asked.get("size", "")
        due = asked.get("due", "")
        known = {process.code for process in known_processes()}
        process = asked.get("process", "") if asked.get("process", "") in known else ""
        after = asked.get("after", "")
        return cls(
            kind, process, asked.get("state", "")[:60], due if due in DUES else "", int(size) if size.isdigit() and int(size) in SIZES else SIZES[1],
            after if _is_key(after) else "",
        )  # fmt: skip

    def url(self, **changes: Any) -> str:
        """The same list with something changed; a new condition begins at the first page."""
        values = {"process": self.process, "state": self.state, "due": self.due, "size": self.size if self.size != SIZES[1] else "", "after": ""} | changes
        return reverse(_NAMES[self.kind]) + _query(values)

    @property
    def back(self) -> str:
        """What a case page must know to lead back here: put behind its address."""
        return _query({"from": self.kind, "process": self.process, "state": self.state})

    @property
    def before(self) -> dt.datetime | None:
        if self.due == "late":
            return now()
        if self.due == "today":
            return lists.end_of_today()
        return lists.end_of_today() + dt.timedelta(days=6) if self.due == "week" else None


def _is_key(text: str) -> bool:
    stamp, _, number = text.rpartition("_")
    try:
        dt.datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return number.isdigit() and len(number) < 19


def _query(values: dict[str, Any]) -> str:
    kept = {key: value for key, value in values.items() if value not in ("", None)}
    return f"?{urlencode(kept)}" if kept else ""


def known_processes() -> list[Process]:
    """Processes in force today, of all modules, that office pages can show."""
    found = []
    for code in dict.fromkeys(code for module in modules() for pages in module.case_pages for code in pages.processes):
        try:
            found.append(process_on(code, today()))
        except LookupError:  # not published on this installation
            continue
    return found


@dataclass(frozen=True)
class Row:
    """A row as the template draws it."""

    item: QueueItem
    url: str
    step_url: str
    pick: str
    due: Text
    tone: str
    share: float | None
    marks: RowMarks
    title: Text | str
    party: Text | str
    state_tone: str


@dataclass
class Listing:
    """Everything a queue's template needs."""

    filter: Filter
    title: Text
    sentence: Text
    rows: list[Row] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    bulk: list[Button] = field(default_factory=list)
    summary: lists.Summary = field(default_factory=lists.Summary)
    total: int | None = None
    next: str = ""
    clear: str = ""
    sizes: Sequence[tuple[int, str]] = ()


def build(kind: str, request: HttpRequest) -> Listing:
    """A queue page: two questions to the database, four where the queue is long."""
    actor = request.actor  # type: ignore[attr-defined]
    wanted = Filter.of(kind, request)
    summary = lists.summary(kind, actor, process=wanted.process)
    page = queries.queue(
        kind, actor, process=wanted.process, state=wanted.state, after=wanted.after, limit=wanted.size, due_before=wanted.before,
        few=None if summary.capped else True,
    )
    moment = now()
    listing = Listing(wanted, TITLES[kind], sentence(kind, summary), summary=summary)
    listing.rows = [_row(item, wanted, moment) for item in page.items]
    listing.tabs, listing.chips = _tabs(wanted, summary), _chips(wanted, summary)
    listing.clear = wanted.url(process="", state="", due="") if wanted.process or wanted.state or wanted.due else ""
    listing.total = _total(wanted, summary)
    listing.next = wanted.url(after=page.after) if page.after else ""
    listing.sizes = [(n, wanted.url(size=n if n != SIZES[1] else "")) for n in SIZES]
    listing.columns = _columns(page.items)
    listing.bulk = [] if kind == "waiting" else _bulk(page.items)
    return listing


def sentence(kind: str, summary: lists.Summary) -> Text:
    """The line below the title."""
    n = f"{lists.CAP} 件以上" if summary.capped else f"{summary.total} 件"
    n_en = f"More than {lists.CAP} cases" if summary.capped else f"{summary.total} case{'' if summary.total == 1 else 's'}"
    parts = [Text(f"{summary.late} 件已超期", f"{summary.late} overdue")] if summary.late else []
    parts += [Text(f"{summary.today} 件今日到期", f"{summary.today} due today")] if summary.today else []
    among = Text("，其中 " + "、".join(p.zh for p in parts), ", of which " + ", ".join(p.en for p in parts)) if parts else Text("", "")
    order = Text("按到期时间排序", "In order of due time")
    if kind == "waiting":
        order = Text("在对方手中，按对方的期限排序", "In the hands of the party, by the party’s time limit")
    return Text(f"共 {n}{among.zh}。{order.zh}", f"{n_en}{among.en}. {order.en}")


def _state_title(process: str, state: str) -> Text:
    try:
        return process_on(process, today()).state_title(state)
    except LookupError:
        return Text(state, state)


def _tabs(wanted: Filter, summary: lists.Summary) -> list[Tab]:
    total = None if summary.capped else summary.total
    tabs = [Tab(Text("全部", "All"), wanted.url(state=""), total, not wanted.state)]
    merged: dict[str, tuple[str, int]] = {}
    for process, state, n in summary.states:
        merged[state] = (process, merged.get(state, ("", 0))[1] + n)
    chosen = sorted(merged.items(), key=lambda item: -item[1][1])
    shown = chosen[:6]
    if wanted.state and wanted.state not in dict(shown):
        shown.append((wanted.state, merged.get(wanted.state, (wanted.process or (summary.states[0][0] if summary.states else ""), 0))))
    for state, (process, n) in shown:
        tabs.append(Tab(_state_title(process, state), wanted.url(state=state), None if summary.capped else n, wanted.state == state))  # of the first CAP only
    return tabs


def _chips(wanted: Filter, summary: lists.Summary) -> list[Chip]:
    chips: list[Chip] = []
    processes = known_processes()
    if wanted.process:
        title = next(p.title for p in processes if p.code == wanted.process)
        chips.append(Chip(Text(f"业务：{title.zh}", f"Business: {title.en}"), wanted.url(process="", state=""), True))
    elif len(processes) > 1:
        chips.append(Chip(Text("业务", "Business"), options=[(p.title, wanted.url(process=p.code, state="")) for p in processes]))
    if wanted.state:
        process = next((p for p, s, _ in summary.states if s == wanted.state), wanted.process or (processes[0].code if processes else ""))
        title = _state_title(process, wanted.state)
        chips.append(Chip(Text(f"状态：{title.zh}", f"State: {title.en}"), wanted.url(state=""), True))
    elif summary.states:
        chips.append(
            Chip(Text("状态", "State"), options=[(_state_title(p, s), wanted.url(state=s)) for p, s, _ in summary.states])
        )
    if wanted.due:
        chips.append(Chip(Text(f"到期：{DUES[wanted.due].zh}", f"Due: {DUES[wanted.due].en}"), wanted.url(due=""), True))
    else:
        chips.append(Chip(Text("到期时间", "Due time"), options=[(words_, wanted.url(due=key)) for key, words_ in DUES.items()]))
    return chips


def _total(wanted: Filter, summary: lists.Summary) -> int | None:
    """How many the list holds, where the numbers above it say so; None where they do not."""
    if wanted.due == "late" and not wanted.state:
        return summary.late
    if wanted.due == "today" and not wanted.state:
        return summary.late + summary.today
    if wanted.due:
        return None
    if wanted.state:
        return None if summary.capped else sum(n for _, s, n in summary.states if s == wanted.state)
    return summary.total


def _row(item: QueueItem, wanted: Filter, moment: dt.datetime) -> Row:
    due, tone = words.due_words(item.due, moment)
    pages = case_pages(item.process)
    marks = pages.row(item) if pages.row else RowMarks(amount="" if item.amount is None else f"{item.amount:,}")
    url = reverse("office:case", args=[item.case_id]) + wanted.back
    track, no = item.slot.split(".")[:2]
    return Row(
        item, url, url + "#next-h", f"{item.case_id}.{no}.{track}", due, tone, words.share(item.opened, item.due, moment), marks, *row_names(pages, item.title, item.party, item.columns), _TONES[wanted.kind],
    )  # fmt: skip


def _columns(items: Sequence[QueueItem]) -> list[Column]:
    """Head cells; the three that the module fills are called as the module calls them when all rows are of one process."""
    one = {item.process for item in items}
    titles = case_pages(next(iter(one))).columns if len(one) == 1 else None
    subject, amount, tag = titles or (Text("事由", "Subject"), Text("数量", "Amount"), Text("标记", "Mark"))
    return [
        Column(Text("到期", "Due"), order="ascending"),
        Column(Text("编号 / 事项", "Number / matter")),
        Column(Text("企业", "Party")),
        Column(subject),
        Column(amount, number=True),
        Column(tag),
        Column(Text("下一步", "Next step")),
        Column(Text("状态", "State")),
    ]


def bulk_actions(items: Sequence[QueueItem]) -> list[Action]:
    """Actions that can be done on ticked rows together: of the roles and states seen on the page, signed by one person, no records."""
    found: dict[str, Action] = {}
    for process_code in dict.fromkeys(item.process for item in items):
        process = process_on(process_code, today())
        for item in items:
            if item.process != process_code:
                continue
            for action in process.by_state.get(item.lane_state, ()):
                if item.role in action.by and allowed_in_bulk(process, action):
                    found.setdefault(action.name, action)
    return list(found.values())


def allowed_in_bulk(process: Process, action: Action) -> bool:
    """Whether one form can serve many cases: simple fields only, one person."""
    types = [process.fields[name].type for name, required in action.asks if required]
    simple = all("." not in t and t not in ("file", "party", "case") for t in types)
    return simple and action.persons == 1 and "system" not in action.by


def _bulk(items: Sequence[QueueItem]) -> list[Button]:
    return [
        Button(Text(f"批量{a.title.zh}", f"{a.title.en}: all ticked"), reverse("office:bulk", args=[a.name]), method="post") for a in bulk_actions(items)[:6]
    ]
