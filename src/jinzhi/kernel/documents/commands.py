"""The only writers of documents: issue many, change state, record a printing, sign what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from jinzhi.kernel.documents import canonical
from jinzhi.kernel.documents.facts import facts, number_key
from jinzhi.kernel.documents.kinds import kinds
from jinzhi.kernel.documents.models import Document, Print
from jinzhi.kernel.documents.signer import sign_pending
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

__all__ = ["DocumentDraft", "issue", "record_print", "set_state", "sign_pending"]


@dataclass(slots=True)
class DocumentDraft:
    """A document about to be issued. ``content`` fits the kind's template; ``signatories`` are ``{"zh", "en", "role": {"zh", "en"}}``.

    ``supersedes`` names the document this one replaces: with the same number it becomes the next version, with another number
    it is a reissue. ``replaced_because`` is kept as the reason on the one replaced.
    """

    kind: str
    case_id: int
    lane: str
    number: str
    title: Text
    content: dict[str, Any]
    org_code: str
    org_name: Text
    issued_at: dt.datetime
    issued_by: int
    signatories: list[dict[str, Any]] = field(default_factory=list)
    public: bool = False
    valid_until: dt.date | None = None
    supersedes: int | None = None
    copy: str = ""
    replaced_because: str = ""
    recipients: list[tuple[str, int]] = field(default_factory=list)
    """On whom it is to be served: role and party, each party once."""


_INSERT = """
with new as (
insert into documents_document (kind, number, number_key, version, copy, case_id, lane, title_zh, title_en, content, digest, org_id, org_code,
    org_name_zh, org_name_en, issued_at, issued_by, signatories, valid_until, public, state, state_reason, supersedes_id, signed,
    sign_attempts, sign_next_at)
select d.kind, d.number, d.number_key, d.version, d.copy, d.case_id, d.lane, d.title_zh, d.title_en, d.content, d.digest, o.id, d.org_code,
    d.org_name_zh, d.org_name_en, d.issued_at, d.issued_by, d.signatories, d.valid_until, d.public, 'valid', '', d.supersedes, d.signed,
    0, case when d.signed then clock_timestamp() end
from jsonb_to_recordset(%s::jsonb) as d (kind text, number text, number_key text, version int, copy text, case_id bigint, lane text, title_zh text,
    title_en text, content jsonb, digest text, org_code text, org_name_zh text, org_name_en text, issued_at timestamptz,
    issued_by bigint, signatories jsonb, valid_until date, public bool, supersedes bigint, signed bool)
left join orgs_org o on o.code = d.org_code
returning number, kind, version, copy, id
), served as (
insert into documents_service (document_id, party_id, role, way, receipt)
select new.id, r.party, r.role, '', '' from jsonb_to_recordset(%s::jsonb) as r (number text, kind text, version int, copy text, party bigint, role text)
join new using (number, kind, version, copy) on conflict do nothing
)
select number, kind, version, copy, id from new
"""


def issue(drafts: Sequence[DocumentDraft]) -> list[int]:
    """Issue documents in the caller's transaction: one statement, three when some of them replace others. Gives ids in order.

    Raises ``Refused`` before anything is written: ``document_kind`` unknown, ``document_text`` not storable,
    ``document_replaces`` when the one to be replaced is no longer valid (another officer was quicker).
    A number that was already used ends in the database's ``IntegrityError``: numbers come from the kernel's counters.
    """
    if not drafts:
        return []
    versions = _lock_superseded(drafts)
    known = kinds()
    rows: list[bytes] = []
    recipients: list[dict[str, Any]] = []
    keys: list[tuple[str, str, int, str]] = []
    for draft in drafts:
        kind = known.get(draft.kind)
        if kind is None:
            raise Refused(_unknown_kind(draft.kind), status=422)
        version = 1
        if draft.supersedes is not None:
            number, of_kind, earlier = versions[draft.supersedes]
            version = earlier + 1 if (number, of_kind) == (draft.number, draft.kind) else 1
        content = canonical.encode(draft.content)
        digest = canonical.digest(canonical.encode(_facts(draft, version)))
        keys.append((draft.number, draft.kind, version, draft.copy))
        recipients += [dict(zip(("number", "kind", "version", "copy", "role", "party"), (*keys[-1], *pair), strict=True)) for pair in draft.recipients]
        # The content is encoded once and set in as it is: parsing it back for the outer text would double the work.
        row = canonical.encode(
            {
                "kind": draft.kind,
                "number": draft.number,
                "number_key": number_key(draft.number),
                "version": version,
                "copy": draft.copy,
                "case_id": draft.case_id,
                "lane": draft.lane,
                "title_zh": draft.title.zh,
                "title_en": draft.title.en,
                "digest": digest,
                "org_code": draft.org_code,
                "org_name_zh": draft.org_name.zh,
                "org_name_en": draft.org_name.en,
                "issued_at": draft.issued_at.isoformat(),
                "issued_by": draft.issued_by,
                "signatories": draft.signatories,
                "valid_until": draft.valid_until.isoformat() if draft.valid_until else None,
                "public": draft.public,
                "supersedes": draft.supersedes,
                "signed": kind.signed,
            }
        )
        rows.append(row[:-1] + b',"content":' + content + b"}")
    with connection.cursor() as cursor:
        if versions:
            _replace(cursor, drafts)
        cursor.execute(_INSERT, [b"".join((b"[", b",".join(rows), b"]")).decode(), canonical.encode(recipients).decode()])
        ids = {tuple(key): pk for *key, pk in cursor.fetchall()}
    return [ids[key] for key in keys]


def _facts(draft: DocumentDraft, version: int) -> dict[str, Any]:
    return facts(
        kind=draft.kind,
        number=draft.number,
        version=version,
        copy=draft.copy,
        title=draft.title,
        org_code=draft.org_code,
        org_name=draft.org_name,
        issued_at=draft.issued_at,
        signatories=draft.signatories,
        valid_until=draft.valid_until,
        content=draft.content,
    )


def _lock_superseded(drafts: Iterable[DocumentDraft]) -> dict[int, tuple[str, str, int]]:
    """Lock what will be replaced, in id order; gives {id: (number, kind, version)}. Raises ``Refused`` when one is not valid."""
    wanted = sorted({draft.supersedes for draft in drafts if draft.supersedes is not None})
    if not wanted:
        return {}
    locked = (
        Document.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk", "number", "kind", "version", "state")
    )
    found = {pk: (number, kind, version) for pk, number, kind, version, state in locked if state == "valid"}
    if missing := [pk for pk in wanted if pk not in found]:
        raise Refused(*(_no_longer_valid(pk) for pk in missing))
    return found


def _replace(cursor: Any, drafts: Iterable[DocumentDraft]) -> None:
    changed = [d for d in drafts if d.supersedes is not None]
    cursor.execute(
        "update documents_document as d set state = 'replaced', state_reason = n.reason, state_at = n.at, state_by = n.by "
        "from unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[]) as n (id, reason, at, by) where d.id = n.id",
        [
            [d.supersedes for d in changed],
            [d.replaced_because for d in changed],
            [d.issued_at for d in changed],
            [d.issued_by for d in changed],
        ],
    )


def _unknown_kind(code: str) -> Refusal:
    return Refusal(
        "document_kind",
        Text(
            f"没有名为 {code} 的证单种类。检查流程文件里的 document 一节",
            f"There is no kind of document called {code}. Check the process file's document section",
        ),
        data={"kind": code},
    )


def _no_longer_valid(pk: int) -> Refusal:
    return Refusal(
        "document_replaces",
        Text(
            "要替换的证单已经不是有效状态，可能刚由别人替换或作废。重新打开案件查看现在有效的版本",
            "The document to be replaced is no longer valid: somebody may just have replaced or voided it. Open the case again and look at the version in force",
        ),
        data={"document": pk},
    )


def set_state(ids: Sequence[int], state: str, reason: str, by: Actor | int) -> int:
    """Void documents or mark them expired or replaced, with the reason in the officer's words; gives how many were changed.

    Only valid documents change and nothing becomes valid again (a new version is issued instead): those already in ``state`` are
    passed over, any other raises ``Refused`` (``document_state``) and changes nothing.
    """
    if state not in ("replaced", "voided", "expired"):
        raise ValueError(f"a document cannot be made {state!r}")
    if state != "expired" and not reason.strip():
        raise Refused(Refusal("document_reason", Text("填写理由", "Enter the reason"), field="reason"), status=422)
    person = by if isinstance(by, int) else by.person_id
    with transaction.atomic():
        rows = list(Document.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk").values_list("pk", "state"))
        if any(old not in ("valid", state) for _, old in rows):
            refused = [pk for pk, old in rows if old not in ("valid", state)]
            raise Refused(
                *(
                    Refusal(
                        "document_state",
                        Text(
                            "这份证单已经替换、作废或过期，状态不再改变。需要时重新签发",
                            "This document was already replaced, voided or has expired; its state no longer changes. Issue a new one if needed",
                        ),
                        data={"document": pk},
                    )
                    for pk in refused
                )
            )
        return Document.objects.filter(pk__in=[pk for pk, old in rows if old == "valid"]).update(
            state=state, state_reason=reason.strip(), state_at=now(), state_by=person
        )


def record_print(document_id: int, by: Actor, copies: int = 1, serials: Sequence[str] = ()) -> Print:
    """Record a printing. Raises ``Refused`` for more than 99 copies or fewer serials of blanks than sheets they are for."""
    if not 1 <= copies <= 99:
        raise Refused(Refusal("print_copies", Text("份数写 1 到 99", "Enter a number of copies from 1 to 99"), field="copies"), status=422)
    wanted = [serial.strip()[:40] for serial in serials if serial.strip()]
    if wanted and len(wanted) < copies:
        raise Refused(
            Refusal(
                "print_serials",
                Text(
                    f"打印 {copies} 份，只写了 {len(wanted)} 个印刷流水号。每份至少写一个",
                    f"{copies} copies but {len(wanted)} serials: enter at least one for each copy",
                ),
                field="serials",
            ),
            status=422,
        )
    return Print.objects.create(document_id=document_id, at=now(), by=by.person_id, by_name=by.name, copies=copies, serials=wanted)
