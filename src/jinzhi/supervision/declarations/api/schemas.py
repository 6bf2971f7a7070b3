"""Shapes of the API's answers, for its OpenAPI description. The answers themselves are written without them, straight from rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Schema


class Words(Schema):
    """A text in both languages."""

    zh: str
    en: str


class Error(Schema):
    """What is wrong and where. ``field`` is the path in what was sent, places from 0: ``lines.2.net_weight``."""

    code: str
    field: str
    message: str
    message_zh: str
    message_en: str


class Problem(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    message_zh: str
    message_en: str
    errors: list[Error]


class SendResult(Schema):
    """What became of one declaration. ``duplicate``: this very message had been received before, nothing was done again."""

    enterprise_number: str
    version: int
    status: Literal["accepted", "manual", "returned", "refused"]
    case_id: int | None
    number: str | None
    state: str
    duplicate: bool
    errors: list[Error]


class SendResults(Schema):
    """The answer to a batch, in the order of the batch, with how many of each status."""

    results: list[SendResult]
    counts: dict[str, int]


class ActionItem(Schema):
    """One case to act on: ``case`` id or ``number``; ``version`` as seen, to be refused if the case has moved on; ``data`` the form."""

    case: int | None = None
    number: str | None = None
    lane: int = 0
    version: int | None = None
    data: dict[str, Any] = {}


class ActionBody(Schema):
    items: list[ActionItem]


class ActionResult(Schema):
    case: int
    number: str | None
    status: Literal["done", "signed", "refused"]
    state: str
    version: int
    errors: list[Error]


class ActionResults(Schema):
    results: list[ActionResult]
    counts: dict[str, int]


class Offer(Schema):
    """An action the asker could do now; ``blocked`` says what is still in the way, ``form`` is JSON Schema of ``data``."""

    action: str
    title: Words
    lane: int
    blocked: list[Error]
    form: dict[str, Any]


class Track(Schema):
    track: str
    lane: int
    state: str
    title: Words
    holder: str


class ClockOut(Schema):
    clock: str
    title: Words
    binds: Literal["organ", "party"]
    due: dt.datetime | None
    stopped: bool


class DocumentOut(Schema):
    id: int
    kind: str
    number: str
    version: int
    title: Words
    state: str
    issued_at: dt.datetime
    pdf: str


class CaseOut(Schema):
    case: int
    number: str | None
    process: str
    state: str
    state_title: Words
    version: int
    closed: bool
    opened_at: str
    title: str
    tracks: list[Track]
    actions: list[Offer]
    clocks: list[ClockOut]
    documents: list[DocumentOut]


class DeclarationRow(Schema):
    """A declaration in the list; ``case_id`` is also the cursor."""

    case_id: int
    enterprise_number: str
    version: int
    number: str | None
    state: str
    state_title: Words
    closed: bool
    declared_at: dt.datetime


class DeclarationList(Schema):
    items: list[DeclarationRow]
    after: int | None


class DeclarationOut(DeclarationRow):
    """One declaration with what was sent and what the review found."""

    declaration: dict[str, Any]
    findings: list[dict[str, Any]]


class ReceiptOut(Schema):
    """A receipt R1–R8; ``id`` is the cursor."""

    id: int
    kind: str
    title: Words
    case_id: int
    enterprise_number: str
    number: str | None
    at: dt.datetime
    payload: dict[str, Any]


class ReceiptList(Schema):
    items: list[ReceiptOut]
    after: int | None


class CodeOut(Schema):
    code: str
    zh: str
    en: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    extra: dict[str, Any]


class CodeList(Schema):
    version: int
    entries: list[CodeOut]
    list: str


class RequirementOut(Schema):
    document: str
    title: Words
    why: Words
    basis: Words
    lines: list[int]
    any_of: list[str]
    missing: list[str]
    level: str


class PrecheckOut(Schema):
    """``outcome``: fit (would be accepted), doubtful (a person would look), faulty (would be returned)."""

    outcome: Literal["fit", "doubtful", "faulty"]
    errors: list[Error]
    doubts: list[Error]
    requirements: list[RequirementOut]
    categories: list[dict[str, Any]]
    estimate: dict[str, Any] | None


class FileOut(Schema):
    sha256: str
    media_type: str
    size: int
    certificate: dict[str, Any] | None
