"""Rows of lists: fetched for the page at the end, for cases and slots that are known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec

from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.text import Text


@dataclass(frozen=True)
class QueueItem:
    """One row of a work queue."""

    case_id: int
    process: str
    number: str | None
    title: str
    party: str
    amount: Any
    columns: dict[str, Any]
    state: Text
    lane_state: str
    role: str
    due: dt.datetime | None
    assignee: int | None
    slot: str
    duty_id: int
    step: Text
    opened: dt.datetime
    process_title: Text
    org_path: str = ""
    case_opened: dt.datetime | None = None
    version_id: int = 0
    closed: bool = False
    secrecy: int = 2


@dataclass(frozen=True)
class Page:
    """A page of a list by keyset: ``after`` is the key to ask the next one with, ``before`` that of the previous one; empty where there is none.

    ``looked``: how many entries were passed over where the page ends before it is full (0: the list itself ended).
    """

    items: list[Any]
    after: str = ""
    before: str = ""
    looked: int = 0


def dicts(cursor: Any) -> list[dict[str, Any]]:
    """Rows of a cursor by column name."""
    names = [c.name for c in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def plain(value: Any) -> Any:
    """A jsonb value, whether the driver has decoded it or not."""
    return msgspec.json.decode(value) if isinstance(value, str | bytes) else value


DUTY_ROW = (
    "select k.due, k.slot, r.case_id, r.process, r.number, r.title, r.party, r.amount, r.columns, r.org_path, r.opened_at as case_opened, r.secrecy,"
    " c.process_version, d.id as duty_id, d.state as lane_state, d.role, d.assignee, d.opened_at"
)
DUTY_JOIN = (
    " join case_row r on r.case_id = k.case_id join case_ c on c.id = k.case_id"
    " join duty d on d.case_id = k.case_id and d.slot = k.slot and d.closed_at is null"
)


def of_duty(row: dict[str, Any]) -> QueueItem:
    """A duty's row."""
    process = process_by_id(row["process_version"])
    steps = [a for a in process.by_state.get(row["lane_state"], ()) if row["role"] in a.by]
    state = process.state_title(row["lane_state"])
    return QueueItem(
        row["case_id"], row["process"], row["number"], row["title"], row["party"], row["amount"], plain(row["columns"]), state, row["lane_state"],
        row["role"], row["due"] if row["due"].year < 9999 else None, row["assignee"], row["slot"], row["duty_id"], steps[0].title if steps else state,
        row["opened_at"], process.title, row["org_path"], row["case_opened"], row["process_version"], secrecy=row["secrecy"],
    )  # fmt: skip


CASE_ROW = "select r.*, c.process_version"
CASE_JOIN = " join case_row r on r.case_id = k.case_id join case_ c on c.id = k.case_id"


def of_case(row: dict[str, Any]) -> QueueItem:
    """A case's row: no duty of its own."""
    process = process_by_id(row["process_version"])
    state = process.state_title(row["state"])
    closed = row["phase"] == 2
    return QueueItem(
        row["case_id"], row["process"], row["number"], row["title"], row["party"], row["amount"], plain(row["columns"]), state, row["state"], "",
        row["due"] if row["due"].year < 9999 and not closed else None, None, "main.1", 0, Text("", ""), row["opened_at"], process.title,
        row["org_path"], row["opened_at"], row["process_version"], closed, row["secrecy"],
    )  # fmt: skip
