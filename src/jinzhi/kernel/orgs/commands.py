"""The only writers of accounts, posts and memberships. Each checks, refuses with a sentence, and leaves an entry in the log.

``by`` is the actor who does it; ``actors.SYSTEM`` for the launcher and for demonstration data. Everything takes many: the
singular form is the plural of length one. Memberships are written in ``members``, keys for machines in ``tokens``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models.functions import Upper

from jinzhi.kernel.orgs import desk
from jinzhi.kernel.orgs.actors import ADMIN_ROLES, Actor
from jinzhi.kernel.orgs.authority import ADMIN_TITLES, log, need
from jinzhi.kernel.orgs.members import MemberDraft, add_member, add_members, end_member
from jinzhi.kernel.orgs.models import ApiToken, Org, Person, Post
from jinzhi.kernel.orgs.passwords import password_refusals, temporary_password
from jinzhi.kernel.orgs.queries import in_force
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today

__all__ = [
    "AccountDraft",
    "MemberDraft",
    "Opened",
    "PostDraft",
    "add_member",
    "add_members",
    "deactivate",
    "end_member",
    "end_post",
    "first_days",
    "give_post",
    "give_posts",
    "may_give",
    "open_account",
    "open_accounts",
    "reactivate",
    "reset_password",
    "write_accounts",
]

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")


@dataclass(frozen=True)
class AccountDraft:
    """An account to be opened. ``password_hash`` (made by ``make_password``) spares hashing for each of many; without
    either a temporary password is made, to be changed at the first sign-in."""

    username: str
    name_zh: str
    name_en: str = ""
    email: str = ""
    password: str = ""
    password_hash: str = ""


@dataclass(frozen=True)
class Opened:
    """An opened account, and the temporary password to hand over once (empty when one was given)."""

    person: Person
    temporary_password: str = ""


@dataclass(frozen=True)
class PostDraft:
    """A post to be given: from today and without end unless said otherwise."""

    person: Person
    role: str
    org: Org
    process: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


# Accounts


def open_account(by: Actor, *, username: str, name_zh: str, name_en: str = "", email: str = "", password: str = "") -> Opened:
    """Open one account; without a password a temporary one is made and returned, this once.

    :raises Refused: fields ``username``, ``name_zh``, ``email``, ``password``.
    """
    temporary = "" if password else temporary_password()
    draft = AccountDraft(username, name_zh, name_en, email, password, make_password(temporary) if temporary else "")
    person = open_accounts(by, [draft], must_change=bool(temporary))[0]
    return Opened(person, temporary)


def open_accounts(by: Actor, drafts: Sequence[AccountDraft], *, must_change: bool = False) -> list[Person]:
    """Open many accounts, all or none.

    :raises Refused: with every refusal of every draft; ``data["row"]`` is its place from 0.
    """
    need(by, "sysadmin")
    return write_accounts(by, drafts, must_change=must_change)


def write_accounts(by: Actor, drafts: Sequence[AccountDraft], *, must_change: bool = False) -> list[Person]:
    """The same without asking who may: for commands that have asked in their own way (``joining``)."""
    wanted = [d.username.strip().lower() for d in drafts]
    people = [
        Person(username=u, name_zh=d.name_zh.strip(), name_en=d.name_en.strip(), email=d.email.strip(), must_change_password=must_change)
        for u, d in zip(wanted, drafts, strict=True)
    ]
    taken = set(
        Person.objects.annotate(upper=Upper("username")).filter(upper__in=[u.upper() for u in wanted]).values_list("upper", flat=True)
    )
    refusals: list[Refusal] = []
    for row, (person, draft) in enumerate(zip(people, drafts, strict=True)):
        found = _account_refusals(person, draft)
        if person.username.upper() in taken:
            found.append(_taken(person.username))
        refusals += [Refusal(r.code, r.message, r.field, {"row": row}) for r in found]
        taken.add(person.username.upper())
    if refusals:
        raise Refused(*refusals)
    for person, draft in zip(people, drafts, strict=True):
        person.password = draft.password_hash or make_password(draft.password)
    try:
        with transaction.atomic():
            Person.objects.bulk_create(people)
            log(by, "account.opened", ((p, {"username": p.username}) for p in people))
    except IntegrityError as error:
        # Another administrator was quicker between the question above and the write.
        raise Refused(
            Refusal("taken", Text("用户名刚被占用，换一个", "A user name has just been taken: choose another"), "username")
        ) from error
    return people


def _taken(username: str) -> Refusal:
    message = Text(f"用户名 {username} 已有人使用，换一个", f"The user name {username} is taken: choose another")
    return Refusal("taken", message, "username")


def _account_refusals(person: Person, draft: AccountDraft) -> list[Refusal]:
    found: list[Refusal] = []
    if not _USERNAME.fullmatch(person.username):
        message = Text(
            "用户名用 3 ～ 60 个小写字母、数字或 . _ -，以字母或数字开头和结尾",
            "Use 3 to 60 small letters, digits or . _ - for the user name, beginning and ending with a letter or digit",
        )
        found.append(Refusal("username_form", message, "username"))
    if not person.name_zh:
        found.append(Refusal("name_missing", Text("填写姓名", "Enter the name"), "name_zh"))
    for field, limit in (("name_zh", 60), ("name_en", 80)):
        if len(getattr(person, field)) > limit:
            found.append(Refusal("name_long", Text(f"姓名最多 {limit} 个字符", f"Shorten the name to {limit} characters"), field))
    if person.email:
        try:
            validate_email(person.email)
        except ValidationError:
            message = Text("邮箱写成 name@example.org 这样的格式", "Enter the e-mail address like name@example.org")
            found.append(Refusal("email_form", message, "email"))
    if not draft.password_hash:
        found += password_refusals(draft.password, person)
    return found


def reset_password(by: Actor, person: Person) -> str:
    """Give a temporary password, to be changed at the next sign-in; it is shown once.

    The person's sessions end by it, and a lock after failed tries is lifted: who is locked out asks for just this.
    """
    need(by, "sysadmin")
    if by.person_id == person.pk:
        raise Refused(Refusal("own_account", Text("自己的密码在个人设置里修改", "Change your own password in your settings"), "person"))
    temporary = temporary_password()
    with transaction.atomic():
        person.set_password(temporary)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        AccessAttempt.objects.filter(username=person.username).delete()
        log(by, "password.reset", [(person, {})])
    return temporary


def deactivate(by: Actor, person: Person) -> None:
    """Close an account: it can sign in no more, its sessions and keys end now. Posts stay as they were, for the record.

    :raises Refused: one's own account, or the last of the three sorts of administrators.
    """
    need(by, "sysadmin")
    if by.person_id == person.pk:
        raise Refused(
            Refusal(
                "own_account", Text("不能停用自己的账号，由另一位系统管理员办理", "Another system administrator has to close your account")
            )
        )
    with transaction.atomic():
        # Administrators are locked in id order: two of them closing each other at once leave one.
        _lock_administrators()
        holders: dict[str, set[int]] = {}
        for role, holder in Post.objects.filter(in_force(today()), role__in=ADMIN_ROLES, person__is_active=True).values_list("role", "person_id"):
            holders.setdefault(role, set()).add(holder)
        alone = next((role for role, found in holders.items() if found == {person.pk}), None)
        if alone is not None:
            raise Refused(_last_administrator(alone))
        Person.objects.filter(pk=person.pk).update(is_active=False)
        ApiToken.objects.filter(person=person, revoked_at=None).update(revoked_at=now())
        log(by, "account.closed", [(person, {})])
    person.is_active = False


def reactivate(by: Actor, person: Person) -> None:
    """Open a closed account again; keys that ended stay ended."""
    need(by, "sysadmin")
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=True)
        log(by, "account.reopened", [(person, {})])
    person.is_active = True


def _lock_administrators() -> None:
    held = Post.objects.filter(in_force(today()), role__in=ADMIN_ROLES).values("person_id")
    list(Person.objects.select_for_update().filter(pk__in=held).order_by("pk").values_list("pk"))


def _last_administrator(role: str) -> Refusal:
    title = ADMIN_TITLES[role]
    message = Text(f"这是最后一位{title.zh}，先指定另一位", f"This is the last {title.en.lower()}: appoint another first")
    return Refusal("last_administrator", message)


# Posts


def give_post(
    by: Actor, *, person: Person, role: str, org: Org, process: str = "", valid_from: dt.date | None = None, valid_to: dt.date | None = None
) -> Post:
    """Give one post. :raises Refused: fields ``role``, ``valid_to``; see :func:`give_posts`."""
    return give_posts(by, [PostDraft(person, role, org, process, valid_from, valid_to)])[0]


def first_days() -> bool:
    """Whether nobody was ever given the post of security administrator: until then the system administrator names the other two."""
    return not Post.objects.filter(role="secadmin").exists()


def may_give(by: Actor) -> bool:
    """Whether this actor can give some post now."""
    return by.has_role("secadmin") or (by.has_role("sysadmin") and first_days())


def give_posts(by: Actor, drafts: Sequence[PostDraft]) -> list[Post]:
    """Give many posts, all or none.

    :raises Refused: a post to oneself; a post that is held already; two of the three administrator roles (三员) in one
        person at one time (GB/T 22239-2019, 8.1.5: system, audit and security management are kept apart). Posts are the security
        administrator's; while there never was one, the system administrator names the other two, and nobody else.
    """
    setting_up = by.has_role("sysadmin") and first_days() and all(d.role in ("secadmin", "auditor") for d in drafts)
    if not setting_up:
        need(by, "secadmin")
    start = today()
    posts = [
        Post(person=d.person, role=d.role.strip(), org=d.org, process=d.process, valid_from=d.valid_from or start, valid_to=d.valid_to)
        for d in drafts
    ]
    with transaction.atomic():
        ids = sorted({p.person_id for p in posts})
        list(Person.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        held: dict[int, list[Post]] = {}
        for post in Post.objects.filter(person_id__in=ids):
            held.setdefault(post.person_id, []).append(post)
        refusals: list[Refusal] = []
        for row, post in enumerate(posts):
            own = held.setdefault(post.person_id, [])
            refusals += [Refusal(r.code, r.message, r.field, {"row": row}) for r in _post_refusals(by, post, own)]
            own.append(post)
        if refusals:
            raise Refused(*refusals)
        Post.objects.bulk_create(posts)
        log(by, "post.given", ((p.person, post_data(p)) for p in posts))
    return posts


def post_data(post: Post) -> dict[str, Any]:
    """A post as the account log keeps it."""
    to = post.valid_to.isoformat() if post.valid_to else None
    return {"post": post.pk, "role": post.role, "org": post.org_id, "process": post.process, "from": post.valid_from.isoformat(), "to": to}


def _overlap(a: Post, b: Post) -> bool:
    return (b.valid_to is None or a.valid_from <= b.valid_to) and (a.valid_to is None or b.valid_from <= a.valid_to)


def _post_refusals(by: Actor, post: Post, held: list[Post]) -> list[Refusal]:
    found: list[Refusal] = []
    if by.person_id == post.person_id:
        message = Text("不能给自己授岗，由另一位管理员办理", "Nobody gives a post to himself: another administrator has to")
        found.append(Refusal("own_account", message, "person"))
    if not post.role:
        found.append(Refusal("role_missing", Text("选择角色", "Choose a role"), "role"))
    if post.valid_to is not None and post.valid_to < post.valid_from:
        message = Text(f"最后一天应在 {post.valid_from:%Y-%m-%d} 或以后", f"The last day must be {post.valid_from:%Y-%m-%d} or later")
        found.append(Refusal("dates_order", message, "valid_to"))
        return found
    for other in held:
        if not _overlap(post, other):
            continue
        if (other.role, other.org_id, other.process) == (post.role, post.org_id, post.process):
            message = Text("这段时间里已有同样的岗位", "The person holds this post already in that time")
            found.append(Refusal("post_held", message, "role"))
        elif post.role in ADMIN_ROLES and other.role in ADMIN_ROLES and post.role != other.role:
            has, wants = ADMIN_TITLES[other.role], ADMIN_TITLES[post.role]
            message = Text(
                f"已是{has.zh}的人不能再任{wants.zh}：系统、安全、审计三员分设，选择另一个人",
                f"A {has.en.lower()} cannot also be {wants.en.lower()}: the three are kept apart. Choose another person",
            )
            found.append(Refusal("roles_conflict", message, "role"))
    return found


def end_post(by: Actor, post_id: int, last_day: dt.date | None = None, *, leave_desk: bool = False) -> None:
    """End a post after ``last_day`` (default today); a post that has not begun is withdrawn. What was done under it stands.

    :raises Refused: a day gone by, a post over already, the last system administrator's, or one under which work is still held, unless
        ``leave_desk`` says that it may stay behind (``desk``).
    """
    need(by, "secadmin")
    day = last_day or today()
    with transaction.atomic():
        _lock_administrators()
        post = Post.objects.select_for_update(of=("self",)).select_related("person", "org").filter(pk=post_id).first()
        if post is None:
            raise Refused(Refusal("post_unknown", Text("没有这个岗位", "There is no such post")), status=404)
        if day < today():
            message = Text(
                f"最后一天应在 {today():%Y-%m-%d} 或以后；要立即停止，停用账号",
                f"The last day must be {today():%Y-%m-%d} or later; to stop at once, close the account",
            )
            raise Refused(Refusal("day_gone", message, "last_day"))
        if post.valid_to is not None and post.valid_to < today():
            raise Refused(Refusal("post_over", Text("这个岗位已经结束", "This post is over already")))
        others = Post.objects.filter(role=post.role, valid_to=None, valid_from__lte=today(), person__is_active=True).exclude(pk=post_id)
        if post.role in ADMIN_ROLES and not others.exists():
            raise Refused(_last_administrator(post.role))
        kept = desk.held(post.person_id, post.role, post.org.path, post.process) if not leave_desk else []
        if kept:
            what = Text("、".join(f"{n} 件{t.zh}" for t, n in kept), ", ".join(f"{n} {t.en}" for t, n in kept))
            message = Text("本岗位还有{w}。先移交，再终止岗位", "This post still holds {w}: hand them over first").format(w=what)
            raise Refused(Refusal("desk_not_empty", message, "leave_desk"))
        if post.valid_from > day:
            log(by, "post.withdrawn", [(post.person, post_data(post))])
            post.delete()
            return
        post.valid_to = day
        post.save(update_fields=["valid_to"])
        log(by, "post.ended", [(post.person, post_data(post))])
