"""What is still wrong with a draft, section by section: the declared fields first, then the same review the office runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from jinzhi.kernel.forms.errors import from_pydantic
from jinzhi.kernel.forms.models import Draft
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.kernel.web.parts import Problem, Task, Words
from jinzhi.supervision.declarations import facts
from jinzhi.supervision.declarations.biz import convert, sections
from jinzhi.supervision.declarations.review import Finding, ReviewInput, review
from jinzhi.supervision.declarations.schema import (
    Attachment,
    CertificateRequest,
    Container,
    ContainerShare,
    Declaration,
    GoodsLine,
    PermitUse,
)

_ITEMS: dict[str, Any] = {"lines": GoodsLine, "containers": Container, "attachments": Attachment, "certificates": CertificateRequest}


@dataclass
class State:
    """A draft looked at: the declaration as far as it can be read, what is wrong by path, and what a person will look at.

    ``sound`` is the declaration when every field can be read, else None; ``rough`` always stands, with blanks where nothing fits.
    """

    payload: dict[str, Any]
    rough: Declaration
    sound: Declaration | None
    agent: bool = False
    errors: list[Refusal] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def errors_in(self, key: str) -> list[Refusal]:
        return [e for e in self.errors if sections.section_of(e.field) == key]


def _blank(annotation_owner: Any, name: str) -> Any:
    """A placeholder of the right type for a field that is missing or cannot be read."""
    if name == "arrived_on":
        return today()
    if name in ("quantity", "net_weight", "value", "weight"):
        return Decimal(0)
    info = annotation_owner.model_fields[name]
    if not info.is_required():
        return info.get_default(call_default_factory=True)
    return 1 if name == "line" else ""


def _rough(model: Any, given: dict[str, Any], error: ValidationError | None, at: tuple[Any, ...] = ()) -> Any:
    """The record with what is right of it; nested lists keep their places."""
    bad = {e["loc"][len(at)] for e in (error.errors(include_url=False) if error else ()) if e["loc"][: len(at)] == at and len(e["loc"]) > len(at)}
    nested = {"lines": GoodsLine, "containers": Container, "attachments": Attachment, "certificates": CertificateRequest, "permits": PermitUse, "shares": ContainerShare}
    values: dict[str, Any] = {}
    for name in model.model_fields:
        if name in nested and isinstance(given.get(name), list):
            values[name] = [_rough(nested[name], item if isinstance(item, dict) else {}, error, (*at, name, i)) for i, item in enumerate(given[name])]
        elif name in given and name not in bad:
            values[name] = given[name]
        else:
            values[name] = _blank(model, name)
    good = {k: v for k, v in values.items() if k in given and k not in nested and k not in bad}
    return model.model_construct(**{**values, **_typed(model, good)})


def _typed(model: Any, good: dict[str, Any]) -> dict[str, Any]:
    """Values of fields that have no error of their own, converted one by one."""
    made = {}
    for name, value in good.items():
        try:
            made[name] = getattr(model.__pydantic_validator__.validate_assignment(model.model_construct(), name, value), name)
        except ValidationError:
            made[name] = _blank(model, name)
    return made


def look(draft: Draft, on: dt.date | None = None) -> State:
    """Read and check a draft. A constant number of queries, whatever it holds."""
    declarant = Party.objects.filter(pk=draft.party_id).values_list("code", flat=True).first() or ""
    version = int(draft.data.get("sent_version") or 0) + 1
    return look_at(convert.payload(draft.data), version=version, declarant=declarant, own_case=draft.case_id, on=on)


def look_at(payload: dict[str, Any], *, version: int = 1, declarant: str = "", own_case: int | None = None, on: dt.date | None = None) -> State:
    """Check a payload as the wizard shows it. ``declarant``: credit code of the declaring unit; another consignee makes it an agent."""
    day = on or today()
    payload = {**payload, "version": version}
    try:
        sound: Declaration | None = Declaration.model_validate(payload)
        error = None
        rough = sound
    except ValidationError as wrong:
        sound, error = None, wrong
        rough = _rough(Declaration, payload, wrong)
    assert rough is not None
    agent = bool(declarant) and bool(rough.consignee_code) and declarant != rough.consignee_code
    state = State(payload, rough, sound, agent, [_worded(r) for r in from_pydantic(error)] if error else [])
    said = {e.field for e in state.errors}
    gathered = facts.gather([rough], day, skip=[own_case] if own_case else ())
    given = ReviewInput(rough, day, gathered, agent=agent)
    for finding in review([given])[0].findings:
        if finding.field in said or _follows(finding.field, said) or (sound is None and not _written(payload, finding.field)):
            continue
        if finding.severity == "error":
            state.errors.append(Refusal(finding.code, finding.message, finding.field, {"basis": str(finding.basis)}))
        else:
            (state.doubts if finding.severity == "doubt" else state.notes).append(finding)
    state.errors.sort(key=lambda e: _order(e.field))
    return state


def _follows(path: str, said: set[str]) -> bool:
    """Whether a finding stands on something already said to be wrong above or below it."""
    return any(s.startswith(f"{path}.") or path.startswith(f"{s}.") for s in said)


def _written(payload: dict[str, Any], path: str) -> bool:
    """Whether the field of a path was given at all; a finding about a placeholder is none."""
    value: Any = payload
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        if value in (None, "", []):
            return False
    return True


def _order(path: str) -> tuple[int, int, str]:
    keys = [s.key for s in sections.SECTIONS]
    parts = path.split(".")
    section = sections.BY_KEY[sections.section_of(path)]
    name = section.names.index(parts[0]) if parts[0] in section.names else 99
    place = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
    return keys.index(section.key), name * 1000 + place, path


_MISSING = ("missing", "string_too_short", "decimal_type", "decimal_parsing", "string_type", "date_parsing", "date_type", "date_from_datetime_parsing")


def _worded(refusal: Refusal) -> Refusal:
    """"Fill this in" says which: 填写提单号."""
    title = sections.titles().get(_flat(refusal.field))
    if title is None or refusal.code not in ("missing", "string_too_short"):
        if refusal.field == "lines" and refusal.code == "too_short":
            return Refusal(refusal.code, Text("至少写一行商品", "Write at least one line of goods"), "lines")
        return refusal
    choose = _flat(refusal.field) in ("organisation", "trade_mode", "transport_mode", "trade_country", "despatch_country", "entry_port", "lines.origin_country", "attachments.kind")
    verb = Text("选择{t}", "Choose: {t}") if choose else Text("填写{t}", "Enter: {t}")
    return Refusal(refusal.code, verb.format(t=title), refusal.field, refusal.data)


def _flat(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdigit())


def place(path: str, draft_data: dict[str, Any] | None = None) -> str:
    """The name of the input where a field of the declaration is typed (an address of the error summary is made of it)."""
    parts = path.split(".")
    if len(parts) == 1:
        return {"lines": "lines-0-hs_code", "attachments": "file", "total_currency": "line_currency", "containers": "containers-0-number"}.get(path, path)
    table, row, *rest = parts
    name = rest[0] if rest else {"lines": "hs_code", "containers": "number"}.get(table, "kind")
    name = {"is_waste": "is_waste"}.get(name, name)
    if table == "lines" and draft_data is not None and name in {c.name for c in sections.MORE_COLUMNS}:
        written = convert.rows(draft_data, "lines")
        at = written[int(row)] if int(row) < len(written) else {}
        shared = next((ask for ask, column in sections.SHARED.items() if column == name), "")
        if shared and not convert.clean_text(at.get(name)):
            return shared
        return f"more-{at.get('key', '')}-{name}"
    if table == "attachments" and draft_data is not None:
        held = draft_data.get("attachments") or []
        return f"att-{held[int(row)]['id']}-{name}" if int(row) < len(held) else "file"
    return f"{table}-{row}-{name}"


def problem(refusal: Refusal, draft_data: dict[str, Any] | None = None) -> Problem:
    """A line of the error summary: where it is, what to do, and the address of the field."""
    return Problem(located(refusal), field_id(place(refusal.field, draft_data)))


def located(refusal: Refusal) -> Text:
    """The sentence with its place: 第 3 行净重：净重应小于毛重."""
    parts = refusal.field.split(".")
    title = sections.titles().get(_flat(refusal.field))
    if len(parts) > 1 and parts[0] in sections.ITEM_TITLES and parts[1].isdigit():
        where = sections.ITEM_TITLES[parts[0]].format(n=int(parts[1]) + 1)
        if title is not None:
            where = Text(where.zh + title.zh, f"{where.en}, {title.en[:1].lower()}{title.en[1:]}")
        return Text(f"{where.zh}：{refusal.message.zh}", f"{where.en}: {refusal.message.en}")
    if title is not None and title.zh not in refusal.message.zh and title.en.lower() not in refusal.message.en.lower():
        return Text(f"{title.zh}：{refusal.message.zh}", f"{title.en}: {refusal.message.en}")
    return refusal.message


def cell_errors(errors: Sequence[Refusal], table: str, draft_data: dict[str, Any]) -> dict[int, dict[str, Words]]:
    """Errors by row (from 0, blank rows counted) and column of a table; "" is the row itself."""
    places = [i for i, row in enumerate(draft_data.get(table) or []) if not convert.is_empty(row)]
    found: dict[int, dict[str, Words]] = {}
    for error in errors:
        parts = error.field.split(".")
        if parts[0] != table or len(parts) < 2 or not parts[1].isdigit():
            continue
        row = places[int(parts[1])] if int(parts[1]) < len(places) else 0
        column = parts[2] if len(parts) > 2 else ""
        found.setdefault(row, {}).setdefault(column, _SHORT.get(error.code, error.message))  # the summary lists them all
    return found


# In a narrow cell the address says which field it is.
_SHORT = {"code.unknown": Text("从列表中选择", "Choose from the list"), "missing": Text("填写", "Enter"), "string_too_short": Text("填写", "Enter")}


def statuses(draft: Draft, state: State, current: str, url: Any) -> list[Task]:
    """The task list: one of five words for each section (未开始 填写中 已完成 有问题 暂不能填写)."""
    done = draft.data.get("done") or {}
    found: list[Task] = []
    for section in sections.SECTIONS:
        if section.key == "check":
            ready = all(task.state == "done" for task in found)
            word = "todo" if ready else "blocked"
        else:
            word = _word(draft, section, bool(state.errors_in(section.key)), bool(done.get(section.key)), section.key == current)
        found.append(Task(section.title, word, url(section.key), section.key == current))
    return found


def _word(draft: Draft, section: sections.Section, wrong: bool, saved: bool, current: bool) -> str:
    touched = saved or section.key in (draft.data.get("saved") or {})
    copied = bool(draft.data.get("copied_from") or draft.case_id)
    if wrong:
        return "wrong" if saved or draft.case_id else "doing" if current or touched or copied else "todo"
    if saved or draft.case_id:
        return "done"
    return "doing" if current or touched or copied else "todo"
