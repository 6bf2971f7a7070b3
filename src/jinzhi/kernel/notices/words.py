"""Notices in words, made when they are read: in the reader's language, with titles as they are called today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection
from django.urls import NoReverseMatch, reverse

from jinzhi.kernel.cases import signals
from jinzhi.kernel.cases.log import titles
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.notices.models import Notice
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.workbench import Words, row_names


@dataclass(frozen=True)
class Told:
    """A notice as it is read: sentence, the case's number and matter, its title, where it leads."""

    id: int
    kind: str
    sentence: Text
    case: Text
    title: Words
    url: str
    at: dt.datetime
    read: bool


def told(notices: Sequence[Notice]) -> dict[int, Told]:
    """Notices in words, by id: two questions for any number. A case the reader may no longer see is named by nothing but its kind."""
    rows = _cases({n.case_id for n in notices})
    names = person_names({p for n in notices for p in (n.data.get("by", 0), n.data.get("person") or 0)})
    return {n.pk: _told(n, rows.get(n.case_id), names) for n in notices}


def _cases(ids: Iterable[int]) -> dict[int, tuple[Process, str | None, str, str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.id, c.process_version, r.number, r.title, r.party, r.columns from case_ c join case_row r on r.case_id = c.id where c.id = any(%s)", [list(ids)]
        )
        return {
            i: (process_by_id(pv), number, title, party, columns if isinstance(columns, dict) else msgspec.json.decode(columns))
            for i, pv, number, title, party, columns in cursor.fetchall()
        }


def _told(notice: Notice, row: Any, names: dict[int, Text]) -> Told:
    if row is None:
        gone = Text("案件已不在您的查看范围", "The case is out of your sight now")
        return Told(notice.pk, notice.kind, Text("通知", "Notice"), gone, "", "", notice.at, notice.read_at is not None)
    process, number, title, party, columns = row
    pages = case_pages(process.code)
    shown, _ = row_names(pages, title, party, columns)
    case = Text(f"{process.title.zh} {number or ''}".strip(), f"{process.title.en} {number or ''}".strip())
    return Told(notice.pk, notice.kind, _sentence(notice, process, names), case, shown, _url(notice, pages.party_url), notice.at, notice.read_at is not None)


def _sentence(notice: Notice, process: Process, names: dict[int, Text]) -> Text:
    data = notice.data
    by = names.get(data.get("by", 0), Text("—", "—"))
    action = process.actions.get(data.get("action", ""))
    title = action.title if action else titles.title(data.get("action", ""))
    if notice.kind == "mention":
        return Text("{b}在备注中提到您", "{b} mentioned you in a note").format(b=by)
    if notice.kind == "duty":
        return _duty(notice, by, names, process)
    if notice.kind == "party_duty":
        return Text("请办理：{s}", "Your turn: {s}").format(s=process.state_title(data.get("state", "")))
    if notice.kind == "document":
        spec = process.documents.get(data.get("document", ""))
        name, n = Text(spec.zh, spec.en) if spec else Text("", ""), data.get("more", 1)
        return Text(f"文书送达：{name.zh} 等 {n} 份", f"{n} documents for you: {name.en} …") if n > 1 else Text("文书送达：{d}", "A document for you: {d}").format(d=name)
    if notice.kind in ("signal", "party_limit"):
        clock = process.clocks.get(data.get("clock", ""))
        level = signals.TITLES.get(data.get("signal", "").split(":")[0], Text("期限提醒", "Reminder of a time limit"))
        return Text(f"{level.zh}：{clock.title.zh}", f"{level.en}: {clock.title.en}") if clock else level
    return Text("{b}：{a}", "{b}: {a}").format(b=by, a=title)


def _duty(notice: Notice, by: Text, names: dict[int, Text], process: Process) -> Text:
    to, state = notice.data.get("person"), notice.data.get("state", "")
    what = process.state_title(state) if state else Text("待办", "a duty")
    if to == notice.person_id:
        return Text("{b}交给您办理：{s}", "{b} gave you: {s}").format(b=by, s=what)
    if to:
        return Text("{b}转给{n}办理：{s}", "{b} gave to {n}: {s}").format(b=by, s=what, n=names.get(to, Text("他人", "somebody else")))
    return Text("{b}收回本组待领：{s}", "{b} took back into the queue: {s}").format(b=by, s=what)


def _url(notice: Notice, party_page: str) -> str:
    name = "office:case" if notice.shell == "office" else party_page
    try:
        return reverse(name, args=[notice.case_id]) if name else ""
    except NoReverseMatch:  # a deployment without that room
        return ""
