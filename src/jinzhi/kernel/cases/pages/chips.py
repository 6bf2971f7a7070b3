"""What stands above a list: tabs by state, its conditions as chips that can be taken out, and the form that sets all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.cases.pages.listing import Filter
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queues import conditions, fields
from jinzhi.kernel.cases.queues.conditions import Conditions, Value
from jinzhi.kernel.cases.queues.reading import List, Summary
from jinzhi.kernel.codes import lists as codes
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.orgs.queries import org_by_code, org_name, orgs_below, person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components.words import amount, date_
from jinzhi.kernel.web.parts import Chip, Tab

_TABS = 6
_ORGS = 40
_CODES = 60


@dataclass
class Input:
    """An input of the form of conditions. ``kind``: choice, text, date, number; ``options`` of a choice are (value, words)."""

    name: str
    title: Text
    kind: str
    value: Any = ""
    options: Sequence[tuple[str, Text]] = ()
    hint: Text | str = ""
    error: Text | str = ""


@dataclass
class Form:
    """All conditions of a list as inputs, and what the address keeps besides."""

    inputs: list[Input] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)


def figures(wanted: Filter, found: List, actor: Actor) -> tuple[Summary, int | None]:
    """The figures above a list of duties (all its states), and how many rows the list itself holds; None where only a walk could tell."""
    if wanted.kind == "cases":
        return Summary(unknown=True), found.count()
    asked = wanted.conditions
    summary = (found if not asked.states and not asked.sort else List(wanted.kind, actor, asked.without("states", "sort"))).summary()
    if summary.unknown:
        return summary, None
    if not asked.states:
        return summary, summary.total
    if not summary.capped:
        return summary, sum(n for _, state, n in summary.states if state in asked.states)
    return summary, found.count()


def tabs(wanted: Filter, summary: Summary, processes: Sequence[Process]) -> list[Tab]:
    """All, and the states most cases stand in."""
    if wanted.kind == "cases":
        phase = wanted.conditions.phase
        found = [Tab(Text("全部", "All"), wanted.having(phase=""), current=not phase)]
        return found + [Tab(title, wanted.having(phase=key), current=phase == key) for key, title in conditions.PHASES.items()]
    asked = wanted.conditions.states
    total = None if summary.capped or summary.unknown else summary.total
    found = [Tab(Text("全部", "All"), wanted.without("states"), total, not asked)]
    counted: dict[str, int] = {}
    for _, state, n in summary.states:
        counted[state] = counted.get(state, 0) + n
    shown = sorted(counted, key=lambda state: -counted[state])[:_TABS]
    for state in [*shown, *(s for s in asked if s not in shown)]:
        known = not summary.capped and not summary.unknown  # of the first CAP only, otherwise
        found.append(Tab(state_title(state, processes), wanted.having(states=(state,)), counted.get(state, 0) if known else None, asked == (state,)))
    return found


def state_title(state: str, processes: Sequence[Process]) -> Text:
    """The title of a state in whichever process knows it."""
    return next((p.states[state].title for p in processes if state in p.states), Text(state, state))


def chips(wanted: Filter, summary: Summary, processes: Sequence[Process]) -> list[Chip]:
    """Set conditions, each to be taken out; and the three that are used most, to be set."""
    c = wanted.conditions
    found = [Chip(label, wanted.without(*names), True) for label, names in _set(c, wanted.kind, processes)]
    if not c.process and len(processes) > 1:
        found.append(Chip(Text("业务", "Business"), options=[(p.title, wanted.having(process=p.code, states=())) for p in processes]))
    if not c.states and summary.states and wanted.kind != "cases":
        states = dict.fromkeys(state for _, state, _ in summary.states)
        found.append(Chip(Text("状态", "State"), options=[(state_title(s, processes), wanted.having(states=(s,))) for s in states]))
    if not c.due and not c.due_from and not c.due_to:
        found.append(Chip(Text("到期时间", "Due time"), options=[(title, wanted.having(due=key)) for key, title in conditions.DUES.items()]))
    return found


def _pair(zh: str, en: str, value: Any) -> Text:
    said = value if isinstance(value, Text) else Text(str(value), str(value))
    return Text(f"{zh}：{said.zh}", f"{en}: {said.en}")


def _span(low: Any, high: Any) -> Text:
    if low is None:
        return Text(f"不晚于 {high}", f"up to {high}")
    return Text(f"{low} 起", f"from {low}") if high is None else Text(f"{low} ～ {high}", f"{low} to {high}")


def _days(low: dt.date | None, high: dt.date | None) -> Text:
    return _span(date_(low) if low else None, date_(high) if high else None)


def _set(c: Conditions, kind: str, processes: Sequence[Process]) -> list[tuple[Text, tuple[str, ...]]]:
    """(words, names of the conditions to take out) of every condition that is set."""
    found: list[tuple[Text, tuple[str, ...]]] = []
    process = next((p for p in processes if p.code == c.process), None)
    if process is not None:
        found.append((_pair("业务", "Business", process.title), ("process",)))
    for names, zh, en, value in (
        (("states",), "状态", "State", _joined([state_title(s, processes) for s in c.states])),
        (("phase",), "阶段", "Phase", conditions.PHASES.get(c.phase)),
        (("role",), "岗位", "Role", next((p.roles[c.role].title for p in processes if c.role in p.roles), None)),
        (("assignee",), "经办", "Officer", _assignee(c.assignee)),
        (("due",), "到期", "Due", conditions.DUES.get(c.due)),
        (("signal",), "时限信号", "Signal", conditions.SIGNALS.get(c.signal)),
        (("org",), "机构", "Organisation", org_name(org_by_code(c.org), short=True) if c.org else None),
        (("party",), "企业", "Party", _party(c.party)),
        (("text",), "文字", "Words", f"“{c.text}”" if c.text else None),
    ):
        if value is not None:
            found.append((_pair(zh, en, value), names))
    if c.due_from or c.due_to:
        found.append((_pair("到期日", "Due", _days(c.due_from, c.due_to)), ("due_from", "due_to")))
    if c.opened_from or c.opened_to:
        found.append((_pair("立案", "Opened", _days(c.opened_from, c.opened_to)), ("opened_from", "opened_to")))
    for one in c.values:
        column = fields.filterable(process, one.name)
        if column is not None:
            found.append((_pair(column.title.zh, column.title.en, _said(one, column)), (f"c.{one.name}",)))
    return found


def _joined(titles: Sequence[Text]) -> Text | None:
    return Text("、".join(t.zh for t in titles), ", ".join(t.en for t in titles)) if titles else None


def _assignee(value: str) -> Text | None:
    if not value.isdigit():
        return conditions.ASSIGNEES.get(value)
    return person_names({int(value)}).get(int(value), Text(f"#{value}", f"#{value}"))


def _party(party: int | None) -> Text | None:
    if party is None:
        return None
    found = Party.objects.filter(pk=party).first()
    return Text(found.name_zh, found.name_en or found.name_zh) if found else Text(f"#{party}", f"#{party}")


def _said(value: Value, column: fields.Filterable) -> Any:
    if isinstance(value.low, bool):
        return Text("是", "Yes") if value.low else Text("否", "No")
    if column.type == "code":
        return codes.label(column.list, str(value.low))
    if column.type in fields.DAYS:
        return _days(value.low, value.high)
    if column.type in fields.NUMBERS:
        return _span(*(None if v is None else amount(v) for v in (value.low, value.high)))
    return value.low


# -- the form ----------------------------------------------------------------------------------------------------------


def form(wanted: Filter, actor: Actor, processes: Sequence[Process], asked: dict[str, str]) -> Form:
    """All conditions as inputs, with what was typed wrongly still standing in them and told beside them."""
    c = wanted.conditions
    query = dict(c.query())
    problems = dict(wanted.problems)
    anything = ("", Text("不限", "Any"))
    process = next((p for p in processes if p.code == c.process), None)
    inputs = [Input("q", Text("文字", "Words"), "text", hint=Text("编号、企业、事由中的字", "In number, party or subject"))]
    inputs.append(Input("process", Text("业务", "Business"), "choice", options=[anything, *((p.code, p.title) for p in processes)]))
    states = {s.name: s.title for p in ([process] if process else processes) for s in p.states.values() if s.duty or wanted.kind == "cases"}
    if len(c.states) < 2:
        inputs.append(Input("state", Text("状态", "State"), "choice", options=[anything, *states.items()]))
    if wanted.kind in ("all", "group", "mine"):
        held = set(actor.roles()) if wanted.kind == "group" else None
        roles = {r.name: r.title for p in ([process] if process else processes) for r in p.roles.values() if not r.party and (held is None or r.name in held)}
        inputs.append(Input("role", Text("岗位", "Role"), "choice", options=[anything, *roles.items()]))
    if wanted.kind in ("all", "group"):
        who = list(conditions.ASSIGNEES.items())
        if c.assignee.isdigit():
            who.append((c.assignee, _assignee(c.assignee) or Text("", "")))
        inputs.append(Input("assignee", Text("经办", "Officer"), "choice", options=[anything, *who]))
    below = [o for path in actor.scopes() for o in orgs_below(path)]
    if len(below) > 1:
        near = [o for o in below if o.path.count("/") <= min(x.path.count("/") for x in below) + 1][:_ORGS]
        options = [anything, *((o.code, org_name(o, short=True)) for o in near)]
        if c.org and c.org not in dict(options):
            options.append((c.org, org_name(org_by_code(c.org), short=True)))
        inputs.append(Input("org", Text("机构", "Organisation"), "choice", options=options))
    if wanted.kind != "cases":
        inputs.append(Input("signal", Text("时限信号", "Signal"), "choice", options=[anything, *conditions.SIGNALS.items()]))
    inputs += _range("due", Text("到期日", "Due day"), "date") + _range("opened", Text("立案日", "Opened on"), "date")
    if process is not None:
        for column in fields.filterables(process):
            inputs += _column(column)
    for one in inputs:
        one.value = query.get(one.name, "") or (asked.get(one.name, "") if one.name in problems else "")
        one.error = problems.get(one.name, "")
    names = {one.name for one in inputs}
    hidden = [(key, value) for key, value in query.items() if key not in names]
    if wanted.view is not None:
        hidden.append(("view", str(wanted.view.id)))
    return Form(inputs, hidden)


def _range(name: str, title: Text, kind: str) -> list[Input]:
    low, high = Text(f"{title.zh}（从）", f"{title.en}, from"), Text(f"{title.zh}（到）", f"{title.en}, to")
    return [Input(f"{name}.from", low, kind), Input(f"{name}.to", high, kind)]


def _column(column: fields.Filterable) -> list[Input]:
    name = f"c.{column.name}"
    if column.type in fields.NUMBERS:
        return _range(name, column.title, "number")
    if column.type in fields.DAYS:
        return _range(name, column.title, "date")
    anything = ("", Text("不限", "Any"))
    if column.type == "flag":
        return [Input(name, column.title, "choice", options=[anything, ("1", Text("是", "Yes")), ("0", Text("否", "No"))])]
    if column.type == "code":
        entries = codes.entries(column.list)
        if len(entries) <= _CODES:
            return [Input(name, column.title, "choice", options=[anything, *((e.code, e.label) for e in entries)])]
        return [Input(name, column.title, "text", hint=Text("填代码", "The code"))]
    return [Input(name, column.title, "text", hint=Text("完全相同", "Exactly the same"))]


