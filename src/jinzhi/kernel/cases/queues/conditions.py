"""What a list is filtered by: typed, read from an address and written back to one. Only narrows: a condition never widens a scope."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queues import fields
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.forms.fields import half_width, parse_date
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now

LISTS = ("mine", "group", "all", "waiting", "cases")
"""Duties of one's own · free ones of one's roles · all of one's places · those a party must do · cases, closed ones included."""
SORTS = {"due": Text("到期先后", "Due first"), "new": Text("最新在前", "Newest first"), "old": Text("最早在前", "Oldest first")}
DUES = {
    "late": Text("已超期", "Overdue"), "today": Text("今日前到期", "Due by today"), "soon": Text("3 个工作日内到期", "Due within 3 working days"),
    "week": Text("7 日内到期", "Due within 7 days"), "none": Text("未计时", "No time limit"),
}  # fmt: skip
ASSIGNEES = {"me": Text("我", "Me"), "free": Text("未领取", "Nobody yet"), "taken": Text("已领取", "Somebody")}
SIGNALS = {"green": Text("正常", "Green"), "warn": Text("预警", "Warned"), "yellow": Text("黄灯", "Yellow"), "red": Text("红灯", "Red")}
"""The strongest signal that a running clock of the case has raised (``sql/clocks.sql``: signal); green: none."""
LEVELS = {"green": 0, "warn": 1, "yellow": 2, "red": 3}
PHASES = {"open": Text("办理中", "Open"), "closed": Text("已办结", "Closed")}
NEVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
MOST_STATES = 20
_SOON = 3
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}\Z")


@dataclass(frozen=True)
class Value:
    """A condition on one of the process's own columns: ``low`` alone is equality for codes, flags and texts; numbers and days are ranges."""

    name: str
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Conditions:
    """All conditions of a list; what is empty does not filter. Days are business days (China Standard Time), ends included."""

    process: str = ""
    states: tuple[str, ...] = ()
    role: str = ""
    assignee: str = ""
    """me, free, taken, or a person's id."""
    due: str = ""
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    signal: str = ""
    org: str = ""
    """Code of an organisation; its subtree counts."""
    opened_from: dt.date | None = None
    opened_to: dt.date | None = None
    phase: str = ""
    party: int | None = None
    text: str = ""
    values: tuple[Value, ...] = ()
    sort: str = ""

    def query(self) -> list[tuple[str, str]]:
        """As parts of an address; ``read`` gives the same conditions back."""
        found = [("process", self.process), ("state", ",".join(self.states)), ("role", self.role), ("assignee", self.assignee), ("due", self.due)]
        found += [("due.from", _day(self.due_from)), ("due.to", _day(self.due_to)), ("signal", self.signal), ("org", self.org)]
        found += [("opened.from", _day(self.opened_from)), ("opened.to", _day(self.opened_to)), ("phase", self.phase)]
        found += [("party", str(self.party or "")), ("q", self.text)]
        for value in self.values:
            if value.high is None and isinstance(value.low, str | bool):
                found.append((f"c.{value.name}", {True: "1", False: "0"}.get(value.low, str(value.low)) if isinstance(value.low, bool) else value.low))
            else:
                found += [(f"c.{value.name}.from", _plain(value.low)), (f"c.{value.name}.to", _plain(value.high))]
        found.append(("sort", self.sort))
        return [(key, text) for key, text in found if text]

    def without(self, *names: str) -> Conditions:
        """The same without these conditions; a column of the process is called ``c.<name>``. Without the process its own columns go too."""
        changes: dict[str, Any] = {}
        for name in names:
            if name.startswith("c."):
                changes["values"] = tuple(v for v in changes.get("values", self.values) if v.name != name[2:])
            else:
                changes[name] = getattr(_EMPTY, name)
        if "process" in names:
            changes["values"] = tuple(v for v in changes.get("values", self.values) if v.name == "amount")
        return replace(self, **changes)

    @property
    def any(self) -> bool:
        return replace(self, sort="") != _EMPTY

    def due_range(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Due times from (included) and before (excluded); both None where the due time does not matter."""
        moment = now()
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        low = start_of(self.due_from) if self.due_from else None
        high = start_of(self.due_to + dt.timedelta(days=1)) if self.due_to else None
        named: tuple[dt.datetime | None, dt.datetime | None] = {
            "late": (None, moment), "today": (None, midnight + dt.timedelta(days=1)), "week": (None, midnight + dt.timedelta(days=7)),
            "soon": (None, soon(moment)), "none": (NEVER - dt.timedelta(days=365), None),
        }.get(self.due, (None, None))  # fmt: skip
        lows = [x for x in (low, named[0]) if x is not None]
        highs = [x for x in (high, named[1]) if x is not None]
        return max(lows, default=None), min(highs, default=None)


_EMPTY = Conditions()


def start_of(day: dt.date) -> dt.datetime:
    """Midnight that begins a business day."""
    return dt.datetime.combine(day, dt.time(), ZONE)


def soon(moment: dt.datetime) -> dt.datetime:
    """The end of the third working day from ``moment``: what falls before it is due soon."""
    day, _ = calendar().add_working_days(moment.astimezone(ZONE).date(), _SOON)
    return start_of(day + dt.timedelta(days=1))


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _plain(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else format(value, "f") if isinstance(value, Decimal) else str(value)


@dataclass
class Reading:
    """Conditions as read from an address, and what could not be understood, each with the parameter it stands in."""

    conditions: Conditions = field(default_factory=Conditions)
    problems: list[tuple[str, Text]] = field(default_factory=list)


def read(asked: Mapping[str, str], processes: Iterable[Process], kind: str = "") -> Reading:
    """Conditions of an address. What is wrong is told and left out; the rest holds.

    ``asked`` maps parameters to texts (of one given twice the last counts); ``processes`` are those the reader may choose from.
    """
    reader = _Reader(asked, {p.code: p for p in processes}, kind)
    return Reading(reader.conditions(), reader.problems)


class _Reader:
    def __init__(self, asked: Mapping[str, str], processes: dict[str, Process], kind: str) -> None:
        self.asked = {key: half_width(str(value)).strip()[:200] for key, value in asked.items() if str(value).strip()}
        self.processes, self.kind = processes, kind
        self.problems: list[tuple[str, Text]] = []

    def wrong(self, name: str, message: Text) -> None:
        self.problems.append((name, message))

    def one_of(self, name: str, known: Mapping[str, Any]) -> str:
        value = self.asked.get(name, "")
        if value and value not in known:
            choices = "、".join(known)
            self.wrong(name, Text("条件“{v}”不认识，可以是：{c}", "“{v}” is not known here; it may be: {c}").format(v=value, c=choices))
            return ""
        return value

    def day(self, name: str) -> dt.date | None:
        value = self.asked.get(name, "")
        if not value:
            return None
        try:
            return parse_date(value)
        except ValueError:
            self.wrong(name, Text("“{v}”不是日期，写成 2011-11-23 这样的格式", "“{v}” is not a day; write it like 2011-11-23").format(v=value))
            return None

    def days(self, name: str) -> tuple[dt.date | None, dt.date | None]:
        low, high = self.day(f"{name}.from"), self.day(f"{name}.to")
        if low and high and low > high:
            self.wrong(f"{name}.to", Text("结束日期早于开始日期，按相反顺序理解", "The end lies before the beginning; they were taken the other way round"))
            low, high = high, low
        return low, high

    def number(self, name: str) -> Decimal | None:
        value = self.asked.get(name, "").replace(",", "")
        if not value:
            return None
        try:
            found = Decimal(value)
            if not found.is_finite() or abs(found) >= Decimal(10) ** 18:
                raise InvalidOperation
        except InvalidOperation:
            self.wrong(name, Text("“{v}”不是数，写成 1250.50 这样的格式", "“{v}” is not a number; write it like 1250.50").format(v=value))
            return None
        return found

    def conditions(self) -> Conditions:
        process = self.one_of("process", self.processes)
        due_from, due_to = self.days("due")
        opened_from, opened_to = self.days("opened")
        return Conditions(
            process=process, states=self.states(process), role=self.role(), assignee=self.assignee(), due=self.one_of("due", DUES),
            due_from=due_from, due_to=due_to, signal=self.one_of("signal", SIGNALS), org=self.org(), opened_from=opened_from, opened_to=opened_to,
            phase=self.one_of("phase", PHASES) if self.kind == "cases" else "", party=self.id("party"), text=self.text(),
            values=self.values(process), sort=self.sort(),
        )  # fmt: skip

    def states(self, process: str) -> tuple[str, ...]:
        asked = tuple(dict.fromkeys(s for s in self.asked.get("state", "").split(",") if s))
        known = {s for p in self.processes.values() if process in ("", p.code) for s in p.states}
        kept = tuple(s for s in asked if _NAME.match(s))[:MOST_STATES]
        if set(kept) - known or len(kept) < len(asked):
            self.wrong("state", Text("有的状态不在现行流程中，可能没有结果", "Some of the states are in no process in force; there may be nothing"))
        return kept

    def role(self) -> str:
        known = {r for p in self.processes.values() for r in p.roles}
        value = self.asked.get("role", "")
        if value and value not in known:
            self.wrong("role", Text("没有“{v}”这个岗位", "There is no role “{v}”").format(v=value))
            return ""
        return value

    def assignee(self) -> str:
        value = self.asked.get("assignee", "")
        if value.isdigit() and len(value) < 18:
            return value
        return self.one_of("assignee", ASSIGNEES)

    def org(self) -> str:
        code = self.asked.get("org", "")
        if code and org_by_code(code) is None:
            self.wrong("org", Text("没有代码为“{v}”的机构", "There is no organisation with the code “{v}”").format(v=code))
            return ""
        return code

    def id(self, name: str) -> int | None:
        value = self.asked.get(name, "")
        if value and not (value.isdigit() and len(value) < 18):
            self.wrong(name, Text("“{v}”不是编号", "“{v}” is not an id").format(v=value))
            return None
        return int(value) if value else None

    def text(self) -> str:
        value = self.asked.get("q", "").replace("\x00", "")[:100]
        words = "".join(ch if ch.isalnum() else " " for ch in value).split()
        if value and not any(len(word) > 1 for word in words):
            self.wrong("q", Text("按文字查找至少要两个字", "Looking for words takes at least two characters"))
            return ""
        return value

    def sort(self) -> str:
        known = [s for s in SORTS if s != ("due" if self.kind == "cases" else "old")]
        value = self.one_of("sort", dict.fromkeys(known))
        return "" if value == default_sort(self.kind) else value

    def values(self, code: str) -> tuple[Value, ...]:
        names = list(dict.fromkeys(key.split(".")[1] for key in self.asked if key.startswith("c.") and key.count(".") in (1, 2)))
        process = self.processes.get(code)
        found: list[Value] = []
        for name in names:
            column = fields.filterable(process, name)
            if column is None:
                message = Text("先选业务，再按它的“{v}”筛选", "Choose the business first, then filter by its “{v}”") if process is None else Text(
                    "“{p}”不能按“{v}”筛选", "“{p}” cannot be filtered by “{v}”").format(p=process.title)
                self.wrong(f"c.{name}", message.format(v=name))
                continue
            value = self.value(name, column.type)
            if value is not None:
                found.append(value)
        return tuple(found)

    def value(self, name: str, type_: str) -> Value | None:
        key = f"c.{name}"
        if type_ in fields.NUMBERS or type_ in fields.DAYS:
            low, high = (self.number(f"{key}.from"), self.number(f"{key}.to")) if type_ in fields.NUMBERS else (self.day(f"{key}.from"), self.day(f"{key}.to"))
            return Value(name, low, high) if low is not None or high is not None else None
        text = self.asked.get(key, "")
        if not text:
            return None
        if type_ == "flag":
            if text not in ("0", "1"):
                self.wrong(key, Text("只能是 1（是）或 0（否）", "It may be 1 (yes) or 0 (no)"))
                return None
            return Value(name, text == "1")
        return Value(name, text)


def default_sort(kind: str) -> str:
    """Duties by due time, cases by age."""
    return "new" if kind == "cases" else "due"
