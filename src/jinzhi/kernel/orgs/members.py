"""Who acts for a party: the only writer of memberships (called through ``commands``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.authority import log, need
from jinzhi.kernel.orgs.models import Membership, Party, Person
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today


@dataclass(frozen=True)
class MemberDraft:
    """A person to act for a party as ``admin`` (法人管理员) or ``representative`` (经办人员)."""

    person: Person
    party: Party
    role: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


def add_member(
    by: Actor, *, person: Person, party: Party, role: str, valid_from: dt.date | None = None, valid_to: dt.date | None = None
) -> Membership:
    """Let a person act for a party. :raises Refused: see :func:`add_members`."""
    return add_members(by, [MemberDraft(person, party, role, valid_from, valid_to)])[0]


def add_members(by: Actor, drafts: Sequence[MemberDraft]) -> list[Membership]:
    """Let people act for parties, all or none: by a system administrator, or by the administrator of that party.

    :raises Refused: not allowed; an unknown role; a membership that is held already in that time.
    """
    if not (by.is_system or by.has_role("sysadmin") or all(d.party.pk in by.administers for d in drafts)):
        need(by, "sysadmin")
    return write_members(by, drafts)


def write_members(by: Actor, drafts: Sequence[MemberDraft]) -> list[Membership]:
    """The same without asking who may: for commands that have asked in their own way (``joining``)."""
    start = today()
    members = [
        Membership(person=d.person, party=d.party, role=d.role, valid_from=d.valid_from or start, valid_to=d.valid_to) for d in drafts
    ]
    refusals: list[Refusal] = []
    with transaction.atomic():
        ids = sorted({m.person_id for m in members})
        list(Person.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        held = {(m.person_id, m.party_id) for m in Membership.objects.filter(person_id__in=ids).exclude(valid_to__lt=start)}
        for row, member in enumerate(members):
            if member.role not in ("admin", "representative"):
                message = Text("选择法人管理员或经办人员", "Choose administrator or representative")
                refusals.append(Refusal("role_unknown", message, "role", {"row": row}))
            if member.valid_to is not None and member.valid_to < member.valid_from:
                message = Text(
                    f"最后一天应在 {member.valid_from:%Y-%m-%d} 或以后", f"The last day must be {member.valid_from:%Y-%m-%d} or later"
                )
                refusals.append(Refusal("dates_order", message, "valid_to", {"row": row}))
            if (member.person_id, member.party_id) in held:
                message = Text("这个人已经是该单位的人员", "The person acts for this body already")
                refusals.append(Refusal("member_already", message, "person", {"row": row}))
            held.add((member.person_id, member.party_id))
        if refusals:
            raise Refused(*refusals)
        Membership.objects.bulk_create(members)
        log(by, "member.added", ((m.person, {"party": m.party_id, "role": m.role}) for m in members))
    return members


def end_member(by: Actor, membership_id: int, last_day: dt.date | None = None, *, at_once: bool = False) -> None:
    """End a membership after ``last_day`` (default today); ``at_once``: today already does not count, one that began today is withdrawn.

    :raises Refused: unknown, or not by this actor.
    """
    member = Membership.objects.select_related("person").filter(pk=membership_id).first()
    if member is None:
        raise Refused(Refusal("member_unknown", Text("没有这条人员记录", "There is no such membership")), status=404)
    if member.party_id not in by.administers:
        need(by, "sysadmin")
    day = today() - dt.timedelta(days=1) if at_once else max(last_day or today(), member.valid_from)
    with transaction.atomic():
        if day < member.valid_from:
            Membership.objects.filter(pk=membership_id).delete()
            log(by, "member.ended", [(member.person, {"party": member.party_id, "withdrawn": True})])
            return
        Membership.objects.filter(pk=membership_id).update(valid_to=day)
        log(by, "member.ended", [(member.person, {"party": member.party_id, "to": day.isoformat()})])
