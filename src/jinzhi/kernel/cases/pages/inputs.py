"""The form of an act: from the declared fields of an action to inputs, and from what was sent back to the engine's data.

Nothing is judged here: what cannot be read is handed on as it was typed, and the engine's validation answers in its own words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from jinzhi.kernel.cases import personal
from jinzhi.kernel.cases.access import place_of
from jinzhi.kernel.cases.forms import fields_of
from jinzhi.kernel.cases.kept import opened
from jinzhi.kernel.cases.masking import mask
from jinzhi.kernel.cases.pages import record_inputs, uploads
from jinzhi.kernel.cases.pages.typed import read_date, read_moment, read_number
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.standing import Lane
from jinzhi.kernel.codes import lists as codes
from jinzhi.kernel.forms.fields import Field
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.orgs.queries import org_by_path, org_name, orgs_below, persons_with_role
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.kernel.web.parts import Problem
from jinzhi.kernel.workbench import Words

SELECT_AT_MOST = 40


@dataclass
class Input:
    """One asked field as the template draws it. ``widget``: text, note, number, date, flag, select, ticks, code, files, record."""

    name: str
    title: Text
    widget: str
    optional: bool = False
    value: Any = ""
    text: Words = ""
    options: Sequence[tuple[str, Words]] = ()
    list: str = ""
    hint: Words = ""
    error: Words = ""
    record: record_inputs.RecordInput | None = None
    files: Sequence[uploads.Kept] = ()

    @property
    def own(self) -> str:
        """The id of its input; error summaries lead to it."""
        return field_id(self.name)


@dataclass
class ActForm:
    """An action's form in one lane."""

    action: Action
    lane: Lane
    inputs: list[Input]
    problems: list[Problem] = field(default_factory=list)
    conflict: Text | None = None
    signed_by: Sequence[Text] = ()
    content: Sequence[tuple[Words, Words]] = ()

    @property
    def wide(self) -> bool:
        """Records want more room than the rail has."""
        return any(i.widget == "record" for i in self.inputs)

    @property
    def multipart(self) -> bool:
        return any(i.widget == "files" or (i.record is not None and i.record.has_files) for i in self.inputs)


def widget_of(asked: Field, options: Sequence[Any]) -> str:
    """Which input a declared field gets."""
    if asked.record is not None:
        return "record"
    if asked.type == "file":
        return "files"
    if options:
        return "ticks" if asked.many else "select"
    plain = {"note": "note", "integer": "number", "decimal": "number", "money": "number", "flag": "flag", "date": "date", "code": "code"}
    return plain.get(asked.type, "text")


def options_for(view: CaseView, asked: Field, action: Action, lane: Lane) -> list[tuple[str, Words]]:
    """What can be chosen for a field: the module's own answer, or a short code list, departments below, people of the role needed."""
    own = case_pages(view.process.code).choices
    found = own(view, asked.name, lane) if own else None
    if found is not None:
        return list(found)
    if asked.type == "code":
        entries = codes.entries(asked.code_list, today())
        return [(e.code, e.label) for e in entries] if len(entries) <= SELECT_AT_MOST or asked.many else []
    if asked.type == "org":
        return [(o.code, org_name(o)) for o in orgs_below(view.work.owner) if o.path != view.work.owner]
    if asked.type == "person":
        role = _role_of(view, asked, action)
        place = place_of(view.process.roles[role], view.work.owner, lane.holder) if role else lane.holder
        people = persons_with_role(role, place, view.process.code) if role else []
        return [(str(p.pk), Text(p.name_zh, p.name_en or p.name_zh)) for p in people]
    return []


def _role_of(view: CaseView, asked: Field, action: Action) -> str:
    """The role a chosen person must have: the duty of the state an assignment leads to, else the role that acts."""
    if action.assign == asked.name:
        for names in action.to.values():
            for name in names:
                state = view.process.states[name]
                if state.track == action.track and state.duty:
                    return state.duty
    return next((name for name in action.by if name in view.process.roles and not view.process.roles[name].party), "")


def build(view: CaseView, action: Action, lane: Lane, data: dict[str, Any] | None = None, refusals: Sequence[Refusal] = ()) -> ActForm:
    """The form; ``data`` is what was typed (None: at first, known facts stand in it), ``refusals`` what was wrong with it."""
    inputs: list[Input] = []
    errors: dict[str, list[Refusal]] = {}
    for refusal in refusals:
        errors.setdefault(refusal.field.split(".")[0], []).append(refusal)
    problems = [Problem(r.message) for r in errors.pop("", [])]
    for asked in fields_of(view.process, action):
        wrong = errors.pop(asked.name, [])
        options = options_for(view, asked, action, lane)
        one = Input(asked.name, asked.title, widget_of(asked, options), not asked.required, options=options, list=asked.code_list)
        value = data.get(asked.name) if data is not None else opened(view.work, lane.facts.get(asked.name, view.work.facts.get(asked.name)))
        kind = view.process.personal.get(asked.name, "") if data is None else ""
        before, value = (value, None) if kind else (None, value)  # what stands is not given away by a form; what is typed stays as typed
        if one.widget == "record":
            one.record = record_inputs.build(view, asked, lane, value if data is not None else None, wrong)
            problems += [Problem(_named(asked, one.record, r), field_id(r.field)) for r in wrong]
        else:
            _fill(one, asked, value, view, data is not None)
            one.error = "；".join(str(r.message) for r in wrong)
            problems += [Problem(r.message, field_id(asked.name)) for r in wrong]
        if before not in (None, "", []):
            one.hint = Text("现为 {v}", "Now {v}").format(v=str(mask(kind, before)))
        if data is None and len(options) == 1 and asked.required and not one.value and one.widget in ("ticks", "select"):
            one.value = [options[0][0]] if one.widget == "ticks" else options[0][0]
        if one.widget == "select":
            one.options = [("", Text("—", "—")), *options]
        inputs.append(one)
    for left in errors.values():  # guards may name something the form does not ask
        problems += [Problem(r.message) for r in left]
    return ActForm(action, lane, inputs, problems)


def _fill(one: Input, asked: Field, value: Any, view: CaseView, typed: bool) -> None:
    if one.widget == "files":
        one.files = uploads.kept(value if typed else [])
    elif one.widget == "flag":
        one.value = value in (True, "1", "true", "on")
    elif one.widget == "ticks":
        one.value = [str(v) for v in value] if isinstance(value, list | tuple) else ([str(value)] if value else [])
    else:
        one.value = "" if value is None else ("，".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
    if one.widget == "code" and one.value:
        one.text = codes.label(asked.code_list, one.value)
    if asked.type == "date":
        one.hint = Text("写成 2011-11-23，也可以写 20111123、今天", "Such as 2011-11-23; 20111123 and “today” will do")
    elif asked.type == "party" and one.widget == "text":
        one.hint = Text("统一社会信用代码", "Unified social credit code")
    elif asked.type == "person" and not one.options:
        one.hint = Text("这里没有可选的人员，请管理员先设岗", "Nobody here holds this post; ask the administrator")


def _named(asked: Field, record: record_inputs.RecordInput, refusal: Refusal) -> Text:
    """A record's error names what it is about: the part's title, and the row where there are several."""
    path = refusal.field.split(".")[1:]
    row = next((int(p) + 1 for p in path if p.isdigit()), 0)
    title = record.title_of(path[-1]) if path else asked.title
    place = Text(f"第 {row} 行，", f"row {row}, ") if row else Text("", "")
    return Text(f"{place.zh}{title.zh}：{refusal.message.zh}", f"{place.en}{title.en}: {refusal.message.en}")


def read(request: HttpRequest, view: CaseView, action: Action, lane: Lane) -> tuple[dict[str, Any], list[Refusal]]:
    """What was sent, for the engine; refusals are only of files that could not be taken."""
    post = request.POST
    data: dict[str, Any] = {}
    refusals: list[Refusal] = []
    value: Any
    for asked in fields_of(view.process, action):
        if asked.record is not None:
            value, wrong = record_inputs.read(request, view, asked, lane)
            refusals += wrong
        elif asked.type == "file":
            value, wrong = uploads.take(request, asked.name)
            refusals += wrong
        elif asked.type == "flag":
            value = asked.name in post
        elif asked.many:
            value = [v.strip() for v in post.getlist(asked.name) if v.strip()]
        else:
            value = _plain(asked, post.get(asked.name, "").strip())
        if value not in (None, "", []):
            data[asked.name] = value
    return data, refusals


def _plain(asked: Field, text: str) -> Any:
    if not text:
        return None
    if asked.type == "date":
        return read_date(text, today())
    if asked.type == "moment":
        return read_moment(text, today())
    if asked.type in ("integer", "decimal", "money"):
        return read_number(text)
    if asked.type == "party" and not text.isdigit():
        found = Party.objects.filter(code=text.upper()).values_list("pk", flat=True).first()
        return found if found is not None else text
    return text


def shown(view: CaseView, action: Action, data: dict[str, Any]) -> list[tuple[Words, Words]]:
    """The content of an act as it waits for the second signature, in words."""
    lines: list[tuple[Words, Words]] = []
    for asked in fields_of(view.process, action):
        value = data.get(asked.name)
        if value in (None, "", []):
            continue
        if asked.record is not None:
            lines += record_inputs.shown(view, asked, value)
        else:
            value = personal.shown(view.process, asked.name, value)
            values = value if isinstance(value, list) else [value]
            lines.append((asked.title, "、".join(str(_say(asked, v)) for v in values)))
    return lines


def _say(asked: Field, value: Any) -> Words:
    if asked.type == "code":
        return codes.label(asked.code_list, str(value))
    if asked.type == "org":
        return org_name(next((o for o in orgs_below("") if o.code == value), None))
    if isinstance(value, bool):
        return Text("是", "Yes") if value else Text("否", "No")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def org_of(path: str) -> Text:
    """Name of an organisation by its path."""
    return org_name(org_by_path(path))
