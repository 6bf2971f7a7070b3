"""Drafts of declarations: read, saved section by section, copied, mended after a return, deleted.

Each section keeps its own number of saves: two people (or two tabs) on different sections never meet; on the same one the second
is told who saved and when, and what it typed stays on its page.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from jinzhi.kernel.forms.models import Draft
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.biz import convert
from jinzhi.supervision.declarations.models import Declaration as Header
from jinzhi.supervision.declarations.models import Message, Review

PROCESS = "declarations.import"
KEPT_DAYS = 30
MAX_DRAFTS = 500


@dataclass(frozen=True, slots=True)
class Saved:
    """Which save of a section this is, by whom and when (ISO)."""

    rev: int = 0
    by: int = 0
    at: str = ""


class Conflict(Refused):
    """Somebody saved the same section in between."""


def absent() -> Refused:
    return Refused(Refusal("draft.absent", Text("没有找到这份草稿。它可能已经申报或删除", "No such draft. It may have been sent or deleted")), status=404)


def get(actor: Actor, draft_id: uuid.UUID) -> Draft:
    """A draft of one of the actor's parties. Raises Refused (404); another party's draft looks absent."""
    draft = Draft.objects.filter(pk=draft_id, process=PROCESS, party_id__in=actor.parties).first()
    if draft is None:
        raise absent()
    return draft


def recent(party_id: int, limit: int = 20) -> list[Draft]:
    """The party's drafts, last saved first."""
    return list(Draft.objects.filter(party_id=party_id, process=PROCESS).order_by("-updated_at")[:limit])


def saved(draft: Draft, section: str) -> Saved:
    given = (draft.data.get("saved") or {}).get(section) or {}
    return Saved(int(given.get("rev", 0)), int(given.get("by", 0)), str(given.get("at", "")))


def _number(party_id: int) -> str:
    """The next number of collection of the day: CG20111123-0417."""
    stem = f"CG{today():%Y%m%d}-"
    taken = set(Message.objects.filter(declarant_id=party_id, enterprise_number__startswith=stem).values_list("enterprise_number", flat=True))
    taken |= set(Draft.objects.filter(party_id=party_id, process=PROCESS, title__startswith=stem).values_list("title", flat=True))
    used = [int(n[len(stem) :]) for n in taken if n[len(stem) :].isdigit()]
    return f"{stem}{max(used, default=0) + 1:04d}"


def _create(
    actor: Actor, party_id: int, data: dict[str, Any], *, number: str = "", case_id: int | None = None, request: uuid.UUID | None = None
) -> Draft:
    with transaction.atomic():
        # the party's row is locked so that two new drafts at once take two numbers, and a double click makes one
        Party.objects.select_for_update().get(pk=party_id)
        made = Draft.objects.filter(pk=request, party_id=party_id).first() if request else None
        made = made or (Draft.objects.filter(party_id=party_id, process=PROCESS, case_id=case_id).first() if case_id else None)
        if made is not None:
            return made
        if Draft.objects.filter(party_id=party_id, process=PROCESS).count() >= MAX_DRAFTS:
            text = Text("草稿已有 {n} 份，先删除不用的", "There are {n} drafts: delete those no longer needed").format(n=MAX_DRAFTS)
            raise Refused(Refusal("draft.many", text))
        number = number or _number(party_id)
        data["header"] = (data.get("header") or {}) | {"enterprise_number": number}
        at = now()
        return Draft.objects.create(
            pk=request or uuid.uuid4(), process=PROCESS, party_id=party_id, person_id=actor.person_id, case_id=case_id, title=number[:120], data=data, created_at=at, updated_at=at
        )  # fmt: skip


def begin(actor: Actor, party: Party, request: uuid.UUID | None = None) -> Draft:
    """A new draft with what is already known of the party, so that nobody writes it twice."""
    header = {
        "kind": "13", "consignee_code": party.code, "consignee_name_zh": party.name_zh, "consignee_name_en": party.name_en,
        "contact": actor.name,
    }  # fmt: skip
    latest = Header.objects.filter(declarant_id=party.pk).order_by("-case_id").values("organisation", "telephone", "entry_port", "trade_mode").first()
    if latest:
        header |= {k: str(v) for k, v in latest.items() if v}
    return _create(actor, party.pk, {"header": {k: v for k, v in header.items() if v}}, request=request)


def copy_of(actor: Actor, party_id: int, case_id: int, request: uuid.UUID | None = None) -> Draft:
    """A new draft with everything of an earlier declaration but its own number, dates, transport, seals and files."""
    sent = _own(party_id, case_id)
    data = convert.draft_data(sent)
    for name in ("enterprise_number", "bill_of_lading", "despatched_on", "arrived_on", "unloaded_on", "claim_until", "voyage"):
        data["header"].pop(name, None)
    for line in data["lines"]:
        line["batch_no"] = line["produced_on"] = ""
    data["containers"] = []
    data["attachments"] = []
    data["copied_from"] = sent.enterprise_number
    return _create(actor, party_id, data, request=request)


def latest_case(party_id: int) -> int | None:
    """The party's newest declaration."""
    return Header.objects.filter(declarant_id=party_id).order_by("-case_id").values_list("case_id", flat=True).first()


def mend(actor: Actor, party_id: int, case_id: int) -> Draft:
    """The draft in which a returned declaration is put right: the same one however often it is asked for."""
    sent = _own(party_id, case_id)
    standing = Draft.objects.filter(party_id=party_id, process=PROCESS, case_id=case_id).first()
    if standing is not None:
        return standing
    data = convert.draft_data(sent)
    review = Review.objects.filter(case_id=case_id).values_list("findings", flat=True).first()
    data["returned"] = [f for f in review or [] if f.get("severity") == "error"]
    data["sent_version"] = sent.version
    return _create(actor, party_id, data, number=sent.enterprise_number, case_id=case_id)


def _own(party_id: int, case_id: int) -> Any:
    if not Header.objects.filter(case_id=case_id, declarant_id=party_id).exists():
        raise Refused(Refusal("absent", Text("没有找到这票申报", "No such declaration")), status=404)
    return memo.load([case_id])[case_id]


def save(actor: Actor, draft_id: uuid.UUID, section: str, part: dict[str, Any], *, seen: int | None, explicit: bool) -> Draft:
    """Put a section's part into the draft. ``part`` holds ``header`` names and whole tables.

    ``seen`` is the number of saves the page had seen (None: do not ask). Raises Conflict (409) when there were more.
    """
    with transaction.atomic():
        draft = _locked(actor, draft_id)
        before = saved(draft, section)
        data = dict(draft.data)
        data["header"] = (data.get("header") or {}) | part.get("header", {})
        for table in ("lines", "containers", "certificates"):
            if table in part:
                data[table] = part[table]
        if "attachments" in part:
            data["attachments"] = _attachments(data.get("attachments") or [], part["attachments"])
        done = dict(data.get("done") or {})
        done[section] = bool(explicit or done.get(section))
        data["done"] = done
        if data == draft.data and section in (data.get("saved") or {}):
            return draft  # nothing changed: nobody else's page becomes stale by it
        if seen is not None and seen != before.rev:
            raise conflict(before)
        _write(draft, actor, data, section)
    return draft


def _attachments(held: list[dict[str, Any]], typed: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What was written beside each file; files themselves come and go by upload and removal only."""
    merged = [row | {k: v for k, v in typed.get(row["id"], {}).items() if k in ("kind", "number")} for row in held if not row.get("kept")]
    kept = [{"id": key, "kept": True, "kind": row.get("kind", ""), "number": row.get("number", ""), "name": "", "sha256": ""} for key, row in typed.items() if row.get("kept")]
    return merged + kept


def _locked(actor: Actor, draft_id: uuid.UUID) -> Draft:
    draft = Draft.objects.select_for_update().filter(pk=draft_id, process=PROCESS, party_id__in=actor.parties).first()
    if draft is None:
        raise absent()
    return draft


def _write(draft: Draft, actor: Actor, data: dict[str, Any], section: str) -> None:
    at = now()
    rev = saved(draft, section).rev + 1
    data["saved"] = (data.get("saved") or {}) | {section: {"rev": rev, "by": actor.person_id, "at": at.isoformat()}}
    number = convert.clean_text(data["header"].get("enterprise_number")) or draft.title
    draft.data, draft.title, draft.version, draft.updated_at, draft.person_id = data, number[:120], draft.version + 1, at, actor.person_id
    draft.save(update_fields=["data", "title", "version", "updated_at", "person_id"])


def conflict(by: Saved) -> Conflict:
    name = person_names([by.by]).get(by.by, Text("另一个人", "Somebody else"))
    text = Text(
        "{n}在 {t} 保存了这一节。您填写的内容还在本页：先看对方保存的，再决定保留哪一份",
        "{n} saved this section at {t}. What you entered is still on this page: look at theirs, then decide which to keep",
    ).format(n=name, t=by.at[11:16])
    return Conflict(Refusal("draft.conflict", text, data={"rev": by.rev}), status=409)


def attach(actor: Actor, draft_id: uuid.UUID, row: dict[str, Any], limit: int) -> Draft:
    """Add an uploaded file; the same file again changes nothing. Raises Refused when there are ``limit`` already."""
    with transaction.atomic():
        draft = _locked(actor, draft_id)
        held = list(draft.data.get("attachments") or [])
        if any(one.get("sha256") == row["sha256"] for one in held):
            raise Refused(Refusal("attachment.twice", Text("这份文件已经上传过了", "This file has been uploaded already")), status=409)
        if len(held) >= limit:
            raise Refused(Refusal("attachment.many", Text("单证最多 {n} 份", "At most {n} documents").format(n=limit)), status=409)
        draft.data = {**draft.data, "attachments": [*held, row]}
        draft.version += 1
        draft.updated_at = now()
        draft.save(update_fields=["data", "version", "updated_at"])
    return draft


def detach(actor: Actor, draft_id: uuid.UUID, attachment_id: str) -> Draft:
    """Take a file out of the draft; one that is not there is no error. The bytes stay, other papers may hold them."""
    with transaction.atomic():
        draft = _locked(actor, draft_id)
        held = [one for one in draft.data.get("attachments") or [] if one.get("id") != attachment_id]
        draft.data = {**draft.data, "attachments": held}
        draft.version += 1
        draft.updated_at = now()
        draft.save(update_fields=["data", "version", "updated_at"])
    return draft


def delete(actor: Actor, draft_id: uuid.UUID) -> None:
    """Delete a draft; one that is gone already is no error."""
    Draft.objects.filter(pk=draft_id, process=PROCESS, party_id__in=actor.parties).delete()
