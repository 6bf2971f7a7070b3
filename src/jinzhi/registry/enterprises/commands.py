"""The only writers of enterprise files. All of them take many, refuse with every reason, and leave an entry in the file's log.

By the platform itself (``actors.SYSTEM``: import, demonstration) or by a registrar of the organisation where the enterprise is
enrolled (``roles``). Administrators of the platform keep no files: they see no business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from jinzhi.kernel import bulk
from jinzhi.kernel.orgs import joining
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.commands import Opened
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.orgs.parties import PartyDraft, put_parties
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today
from jinzhi.registry.enterprises.drafts import FACTS, EnterpriseDraft, FirstMember, refusals, tidy
from jinzhi.registry.enterprises.models import Enterprise, EnterpriseEvent
from jinzhi.registry.enterprises.roles import need_registrar

BATCH = 2000


@dataclass(frozen=True)
class Enrolled:
    """A file opened; ``opened`` is its administrator's account where one was asked for, with the password to hand over once."""

    enterprise: Enterprise
    opened: Opened | None = None


@dataclass(frozen=True)
class Change:
    """The facts of a file as they shall be; ``version`` is what the actor had seen (None: whatever stands)."""

    party_id: int
    draft: EnterpriseDraft
    version: int | None = None


def enrol(by: Actor, drafts: Sequence[EnterpriseDraft]) -> list[Enrolled]:
    """Open the files of enterprises, all or none, in order.

    :raises Refused: 403 not a registrar there; else every refusal of every draft, fields as in ``EnterpriseDraft`` (those of the
        administrator: ``username``, ``admin_name_zh``, …), ``data["row"]`` from 0.
    """
    need_registrar(by, None)
    day = today()
    tidied = [tidy(d, day) for d in drafts]
    found = _refusals(tidied)
    taken = set(Enterprise.objects.filter(party__code__in=[d.code for d in tidied]).values_list("party__code", flat=True))
    for row, draft in enumerate(tidied):
        if draft.code in taken:
            message = Text("这家企业已经备案。打开它的档案修改", "This enterprise is enrolled already. Open its file to change it")
            found.append(Refusal("enrolled", message, "code", {"row": row, "code": draft.code}))
    _raise(found)
    for draft in {d.bureau.path: d for d in tidied if d.bureau}.values():
        need_registrar(by, draft.bureau)
    try:
        with transaction.atomic():
            parties = put_parties([PartyDraft(d.code, d.name_zh, d.name_en) for d in tidied])
            made = [_fill(Enterprise(party=party), d) for party, d in zip(parties, tidied, strict=True)]
            Enterprise.objects.bulk_create(made, batch_size=BATCH)
            _log(by, "enrolled", ((e.party_id, {}) for e in made))
            opened = _administrators(by, [(row, e.party, d.administrator) for row, (e, d) in enumerate(zip(made, tidied, strict=True))])
    except IntegrityError as error:
        # Somebody else was quicker between the questions above and the write.
        message = Text("企业或注册号刚由他人登记，重新查一次", "The enterprise or the number has just been enrolled by somebody else: look again")
        raise Refused(Refusal("enrolled", message, "code")) from error
    return [Enrolled(e, opened.get(row)) for row, e in enumerate(made)]


def change(by: Actor, changes: Sequence[Change]) -> list[Enterprise]:
    """Set the facts of files, all or none. The credit code stays: another code is another enterprise.

    :raises Refused: 403, 404; 409 ``stale`` where somebody changed the file meanwhile; else as :func:`enrol`.
    """
    day = today()
    with transaction.atomic():
        files = _locked([c.party_id for c in changes])
        found: list[Refusal] = []
        tidied: list[EnterpriseDraft] = []
        for row, one in enumerate(changes):
            file = files[one.party_id]
            need_registrar(by, file.bureau)
            if one.version is not None and one.version != file.version:
                message = Text("这份档案刚由他人改过，核对后再改", "Somebody has just changed this file: look at it again, then change it")
                found.append(Refusal("stale", message, "", {"row": row}))
            draft = tidy(one.draft, file.enrolled_on or day)
            if draft.code != file.party.code:
                message = Text("信用代码不能改；换了代码的企业另行备案", "The credit code cannot change; under another code it is another enterprise")
                found.append(Refusal("code_fixed", message, "code", {"row": row}))
            tidied.append(draft)
        found += _refusals(tidied, [c.party_id for c in changes])
        _raise(found)
        for draft in {d.bureau.path: d for d in tidied if d.bureau}.values():
            need_registrar(by, draft.bureau)
        changed: list[tuple[Enterprise, dict[str, Any]]] = []
        for one, draft in zip(changes, tidied, strict=True):
            file = files[one.party_id]
            before = _facts(file)
            _fill(file, draft)
            after = {**_facts(file), "name_zh": draft.name_zh, "name_en": draft.name_en}
            told = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
            if told:
                file.version += 1
                changed.append((file, told))
        try:
            with transaction.atomic():
                put_parties([PartyDraft(d.code, d.name_zh, d.name_en) for d in tidied])
                bulk.upsert(Enterprise, [_row(f) for f, _ in changed], ["party_id"])
        except IntegrityError as error:
            message = Text("注册号刚由他人登记，换一个", "The number has just been given to somebody else: choose another")
            raise Refused(Refusal("registration_taken", message, "registration_no")) from error
        _log(by, "changed", ((f.party_id, told) for f, told in changed))
    return [files[c.party_id] for c in changes]


def suspend(by: Actor, party_ids: Sequence[int], reason: str) -> None:
    """Suspend enterprises from today: they declare no more, and no consignment to them is accepted by machine.

    :raises Refused: 403, 404; no reason (``reason``); one that is suspended already.
    """
    _stand(by, party_ids, reason, suspended=True)


def resume(by: Actor, party_ids: Sequence[int], reason: str) -> None:
    """Lift a suspension. :raises Refused: as :func:`suspend`."""
    _stand(by, party_ids, reason, suspended=False)


def open_administrator(by: Actor, party_id: int, member: FirstMember) -> Opened:
    """Open the account of a person who administers the enterprise from now on (法人管理员).

    :raises Refused: 403, 404; fields ``username``, ``admin_name_zh``, ``email``.
    """
    with transaction.atomic():
        file = _locked([party_id])[party_id]
        need_registrar(by, file.bureau)
        opened = _administrators(by, [(0, file.party, member)])[0]
        _log(by, "administrator", [(party_id, {"person": opened.person.pk})])
    return opened


# -- what they share ---------------------------------------------------------------------------------------------------------


def _refusals(drafts: Sequence[EnterpriseDraft], own: Sequence[int] = ()) -> list[Refusal]:
    """What is wrong with each draft, and what clashes among them or with other files; ``own`` are the files that are changed."""
    found: list[Refusal] = []
    day = today()
    numbers = [d.registration_no for d in drafts if d.registration_no]
    holders = dict(Enterprise.objects.filter(registration_no__in=numbers).exclude(party_id__in=own).values_list("registration_no", "party__name_zh"))
    seen: dict[str, int] = {}
    for row, draft in enumerate(drafts):
        each = refusals(draft, day)
        holder = holders.get(draft.registration_no)
        if holder:
            message = Text("注册号 {n} 已给 {h}，换一个", "The number {n} belongs to {h}: choose another").format(n=draft.registration_no, h=holder)
            each.append(Refusal("registration_taken", message, "registration_no"))
        for field in ("code", "registration_no"):
            value = getattr(draft, field)
            first = seen.setdefault(f"{field} {value}", row) if value else row
            if first != row:
                message = Text("{v} 在前面已经出现过一次", "{v} stands once before this already").format(v=value)
                each.append(Refusal("twice", message, field, {"first": first}))
        found += [Refusal(r.code, r.message, r.field, {**r.data, "row": row}) for r in each]
    return found


def _raise(found: Sequence[Refusal]) -> None:
    if found:
        raise Refused(*sorted(found, key=lambda r: r.data.get("row", 0)), status=409 if any(r.code == "stale" for r in found) else 422)


def _fill(file: Enterprise, draft: EnterpriseDraft) -> Enterprise:
    file.bureau = draft.bureau
    for name in FACTS:
        setattr(file, name, getattr(draft, name))
    return file


def _row(file: Enterprise) -> dict[str, Any]:
    return {str(f.column): getattr(file, f.attname) for f in Enterprise._meta.concrete_fields}


def _facts(file: Enterprise) -> dict[str, Any]:
    """The facts as the log keeps them (JSON)."""
    facts: dict[str, Any] = {name: getattr(file, name) for name in FACTS}
    facts["enrolled_on"] = file.enrolled_on.isoformat() if file.enrolled_on else None
    return {**facts, "bureau": file.bureau.code if file.bureau else None, "name_zh": file.party.name_zh, "name_en": file.party.name_en}


def _locked(party_ids: Sequence[int]) -> dict[int, Enterprise]:
    """Files under lock, in id order. Raises Refused (404) where one does not exist."""
    rows = Enterprise.objects.select_for_update(of=("self",)).select_related("party", "bureau")
    files = {e.party_id: e for e in rows.filter(party_id__in=set(party_ids)).order_by("party_id")}
    if len(files) < len(set(party_ids)):
        raise Refused(Refusal("absent", Text("没有这份企业档案", "There is no such file")), status=404)
    return files


def _stand(by: Actor, party_ids: Sequence[int], reason: str, *, suspended: bool) -> None:
    reason = reason.strip()
    if not reason or len(reason) > 400:
        message = Text("写明理由，400 字以内", "Give the reason, in at most 400 characters")
        raise Refused(Refusal("reason", message, "reason"), status=422)
    with transaction.atomic():
        files = _locked(party_ids)
        found = []
        for file in files.values():
            need_registrar(by, file.bureau)
            if (file.suspended_on is not None) == suspended:
                message = Text("{n}已经停用", "{n} is suspended already") if suspended else Text("{n}没有停用", "{n} is not suspended")
                found.append(Refusal("stands", message.format(n=file.party.name_zh)))
            file.suspended_on = today() if suspended else None
            file.version += 1
        if found:
            raise Refused(*found)
        bulk.upsert(Enterprise, [_row(f) for f in files.values()], ["party_id"])
        _log(by, "suspended" if suspended else "resumed", ((party, {"reason": reason}) for party in files))


def _log(by: Actor, action: str, entries: Iterable[tuple[int, dict[str, Any]]]) -> None:
    at = now()
    EnterpriseEvent.objects.bulk_create(
        (EnterpriseEvent(party_id=party, at=at, by=max(by.person_id, 0), action=action, data=data) for party, data in entries), batch_size=BATCH
    )


def _administrators(by: Actor, wanted: Sequence[tuple[int, Party, FirstMember | None]]) -> dict[int, Opened]:
    """Open the accounts asked for; gives them by row. Their refusals name fields of the form that asked (``admin_name_zh``)."""
    asked = [(row, joining.Joiner(party, "admin", m.username, m.name_zh, m.name_en, m.email)) for row, party, m in wanted if m is not None]
    if not asked:
        return {}
    try:
        opened = joining.open_members(by, [joiner for _, joiner in asked], vouched=True)
    except Refused as refused:
        named = {"name_zh": "admin_name_zh", "name_en": "admin_name_en"}
        raise Refused(
            *(Refusal(r.code, r.message, named.get(r.field, r.field), {**r.data, "row": asked[r.data.get("row", 0)][0]}) for r in refused.refusals),
            status=422,
        ) from refused
    return {row: one for (row, _), one in zip(asked, opened, strict=True)}
