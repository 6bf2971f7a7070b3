"""The end of an act: facts kept, events noted and chained, everything written (numbers and documents: ``issuing``)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from jinzhi.kernel.cases import issuing
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.kept import kept, plain
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.standing import Work


def _is_record(work: Work, name: str) -> bool:
    return "." in work.process.fields[name].type


def keep_facts(work: Work, action: Action) -> None:
    """The latest fact of the lane it was asked in; notes and signatures belong to the act, records to their module's tables."""
    shelf = work.facts if work.lane.track == "main" else work.lane.facts
    lifted = work.process.lifted if work.lane.track == "main" else ()
    for name, _ in action.asks:
        if name not in work.data or work.process.fields[name].type in ("note", "signature") or _is_record(work, name):
            continue
        shelf[name] = kept(work, name, work.data[name])
        work.row_changed = work.row_changed or name in lifted
        if work.lane.track != "main":
            work.lane.changed = True


def content_of(work: Work, action: Action) -> dict[str, Any]:
    """What is asked by this act, as it stands in the log: records by their digest, everything else in full."""
    content: dict[str, Any] = {}
    for name, _ in action.asks:
        if name not in work.data or work.data[name] is None:
            continue
        value = plain(work.data[name])
        if _is_record(work, name):
            digest = hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
            content[name] = {"sha256": digest}
        else:
            content[name] = kept(work, name, value)
    return content


def pending(work: Work, action: Action, content: dict[str, Any], signers: list[int], absent: list[int]) -> dict[str, Any]:
    """What waits on the lane for the next signature: the form in full, and the content whose digest all sign."""
    data = {name: kept(work, name, work.data[name]) for name, _ in action.asks if name in work.data}
    return {"action": action.name, "data": data, "content": content, "signers": signers} | ({"absent": absent} if absent else {})


def note(work: Work, action: Action, act: Act, *, to: list[str] | None = None, signature: int = 0) -> None:
    """Remember an event to be chained at the end, when numbers and documents are known."""
    grant = work.memo.get("grant")
    body: dict[str, Any] = {}
    content = content_of(work, action)
    if content:
        body["data"] = content
    if to:
        body["to"] = to
    if work.outcome:
        body["outcome"] = work.outcome
    if signature:
        body["signature"] = signature
    elif work.memo.get("signers"):
        body["signers"] = work.memo.pop("signers")
    extra = work.memo.pop("event", None)
    if extra:
        body |= extra
    if grant is not None and grant.role:
        body["role"] = grant.role
    if grant is not None and grant.for_person:
        body["for"] = grant.for_person
    work.memo.setdefault("_notes", []).append((action, work.lane, act.actor.person_id, grant, body, to or [], not signature))
    if action.name in work.done_by:
        work.done_by[action.name].add((act.actor.person_id, work.lane.slot))
        if grant is not None and grant.for_person:
            work.done_for.setdefault(action.name, set()).add((grant.for_person, work.lane.slot))


def conclude(works: Sequence[Work], act: Act) -> None:
    """Numbers, documents, duties, events: everything but the writing."""
    issuing.number(works, act.at)
    issuing.issue(works, act)
    for work in works:
        work.settle_duties()
        for action, lane, person, grant, body, _, _ in work.memo.pop("_notes"):
            if work.memo.get("_numbered") and not body.get("number") and issuing.takes_number(work, body.get("to", [])):
                body["number"] = work.number
            org = grant.org_path if grant is not None and grant.org_path else ""
            work.record(action=action.name, lane=lane, actor=person, post=grant.post_id if grant else 0, org=org, request=act.request, at=act.at, body=body)
