"""People of a party: accounts opened for them, people with an account taken in, passwords renewed, memberships ended.

By the party's administrator (法人管理员), by a system administrator, or by a module that enrols parties and has asked for itself
(``vouched``). Temporary passwords are given back once and kept nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.authority import log, need
from jinzhi.kernel.orgs.commands import AccountDraft, Opened, write_accounts
from jinzhi.kernel.orgs.members import MemberDraft, end_member, write_members
from jinzhi.kernel.orgs.models import Membership, Party, Person, Post
from jinzhi.kernel.orgs.passwords import temporary_password
from jinzhi.kernel.orgs.queries import in_force
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

ROLES = {"admin": Text("法人管理员", "Administrator"), "representative": Text("经办人员", "Representative")}
"""What a person may be to a party, by the value of ``Membership.role``."""


@dataclass(frozen=True)
class Joiner:
    """A person without an account, to act for a party as ``admin`` or ``representative``."""

    party: Party
    role: str
    username: str
    name_zh: str
    name_en: str = ""
    email: str = ""


def _may(by: Actor, party_ids: set[int], *, vouched: bool = False) -> None:
    if not (vouched or party_ids <= by.administers):
        need(by, "sysadmin")


def open_members(by: Actor, joiners: Sequence[Joiner], *, vouched: bool = False) -> list[Opened]:
    """Open accounts and memberships, all or none; each with its temporary password, to be changed at the first sign-in.

    :raises Refused: 403 not allowed; else fields ``username``, ``name_zh``, ``email``, ``role``, with ``data["row"]`` from 0.
    """
    _may(by, {j.party.pk for j in joiners}, vouched=vouched)
    secrets = [temporary_password() for _ in joiners]
    drafts = [
        AccountDraft(j.username, j.name_zh, j.name_en, j.email, password_hash=make_password(secret))
        for j, secret in zip(joiners, secrets, strict=True)
    ]
    with transaction.atomic():
        people = write_accounts(by, drafts, must_change=True)
        write_members(by, [MemberDraft(person, j.party, j.role) for person, j in zip(people, joiners, strict=True)])
    return [Opened(person, secret) for person, secret in zip(people, secrets, strict=True)]


def take_member(by: Actor, party: Party, *, username: str, name_zh: str, role: str) -> Membership:
    """Let somebody who has an account already act for the party as well; user name and name must both be right.

    :raises Refused: 403 not allowed; nobody fits (``username``), an officer, one who acts for the party already.
    """
    _may(by, {party.pk})
    person = Person.objects.filter(username=username.strip().lower(), name_zh=name_zh.strip(), is_active=True).first()
    if person is None:
        message = Text(
            "没有用户名和姓名都相符的账号。核对后再填，或为本人开通新账号",
            "No account has this user name and this name. Check both, or open a new account",
        )
        raise Refused(Refusal("person_unknown", message, "username"), status=422)
    if Post.objects.filter(in_force(today()), person=person).exists():
        message = Text("在岗的机关人员不能代办企业业务", "An officer in post cannot act for an enterprise")
        raise Refused(Refusal("is_officer", message, "username"), status=422)
    return write_members(by, [MemberDraft(person, party, role)])[0]


def members_of(party_id: int, on: dt.date | None = None) -> list[Membership]:
    """Memberships in force with their people, administrators first. One query."""
    found = Membership.objects.filter(in_force(on or today()), party_id=party_id).select_related("person")
    return sorted(found, key=lambda m: (m.role != "admin", m.person.username))


def leave(by: Actor, party_id: int, membership_id: int) -> Membership:
    """End a membership at once: the next request of that person, and of a key of theirs for the party, is refused.

    :raises Refused: 404 not of this party; 403 not allowed; the party's last administrator.
    """
    with transaction.atomic():
        # Administrators are locked in id order: two of them ending each other at once leave one.
        administrators = list(
            Membership.objects.select_for_update(of=("self",))
            .filter(in_force(today()), party_id=party_id, role="admin", person__is_active=True)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        member = _member(party_id, membership_id)
        _may(by, {party_id})
        if administrators == [membership_id]:
            message = Text("这是本单位最后一位法人管理员，先指定另一位", "This is the company's last administrator: appoint another first")
            raise Refused(Refusal("last_administrator", message))
        end_member(by, membership_id, at_once=True)
    return member


def renew_password(by: Actor, party_id: int, membership_id: int) -> tuple[Person, str]:
    """Give a temporary password to a person who acts for this party alone; sessions end, a lock after failed tries is lifted.

    :raises Refused: 404, 403; oneself; one who acts for other parties or holds a post (the password is not this party's alone).
    """
    member = _member(party_id, membership_id)
    _may(by, {party_id})
    person = member.person
    if person.pk == by.person_id:
        raise Refused(Refusal("own_account", Text("自己的密码在个人设置里修改", "Change your own password in your settings")))
    elsewhere = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today()), person=person).exclude(party_id=party_id)
    if elsewhere.exists() or Post.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today()), person=person).exists():
        message = Text(
            "这个人还为别的单位办事，密码由系统管理员重置", "This person also acts for others: a system administrator resets the password"
        )
        raise Refused(Refusal("not_yours_alone", message))
    secret = temporary_password()
    with transaction.atomic():
        person.set_password(secret)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        AccessAttempt.objects.filter(username=person.username).delete()
        log(by, "password.reset", [(person, {"party": party_id})])
    return person, secret


def _member(party_id: int, membership_id: int) -> Membership:
    member = Membership.objects.filter(in_force(today()), pk=membership_id, party_id=party_id).select_related("person").first()
    if member is None:
        raise Refused(Refusal("member_unknown", Text("没有这条人员记录", "There is no such membership")), status=404)
    return member
