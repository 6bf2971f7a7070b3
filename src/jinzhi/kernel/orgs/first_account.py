"""The first administrator: made by the first visitor who holds the one-time code printed on the console.

There is no default account and no default password. The code lives for a day, bears ten wrong tries, and serves once.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from jinzhi.kernel.orgs import commands, queries
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.keys import digest, normalised, readable_secret, same
from jinzhi.kernel.orgs.models import Person, SetupCode
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

LIFETIME = dt.timedelta(hours=24)
MAX_ATTEMPTS = 10

_done = False


def done() -> bool:
    """Whether an account exists. Asked on every request: once true it is remembered, as accounts are never deleted."""
    global _done
    if not _done:
        _done = Person.objects.exists()
    return _done


def remember(value: bool = True) -> None:
    """Set what ``done`` remembers (for tests, whose accounts disappear again)."""
    global _done
    _done = value


def new_code() -> str:
    """Make a new one-time code (80 bits) in place of any earlier one, and return it: it is kept only as a digest.

    :raises Refused: ``set_up_already`` when an account exists.
    """
    if Person.objects.exists():
        raise Refused(
            Refusal("set_up_already", Text("已有账号，不再需要首次开通代码", "An account exists: no set-up code is needed any more"))
        )
    code = readable_secret()
    SetupCode.objects.update_or_create(
        pk=1, defaults={"digest": digest(code), "expires_at": timezone.now() + LIFETIME, "attempts": 0, "used_at": None}
    )
    return code


def _wrong_code(left: int) -> Refusal:
    if left <= 0:
        return Refusal(
            "setup_code_locked",
            Text(
                "代码输错次数过多，已作废。在服务器上运行 ./jinzhi manage setup_code 取得新代码",
                "Too many wrong codes: this one is void. Run ./jinzhi manage setup_code on the server for a new one",
            ),
            "code",
        )
    return Refusal(
        "setup_code_wrong",
        Text(
            f"代码不对，还可以试 {left} 次。按控制台显示的 16 个字符填写",
            f"The code does not match; {left} tries left. Enter the 16 characters shown on the console",
        ),
        "code",
    )


def create_administrator(*, code: str, username: str, name_zh: str, password: str) -> Person:
    """Burn the code and open the first account, with the post of system administrator at the root organisation.

    Two visitors at once: the row of the code is locked, so the second waits and is told that the account exists.

    :raises Refused: a wrong, expired or used code; a name or password that does not do; no organisation loaded.
    """
    refusal = _count_try(code)
    if refusal is not None:
        raise Refused(refusal, status=403)
    with transaction.atomic():
        kept = SetupCode.objects.select_for_update().get(pk=1)
        if kept.used_at is not None or Person.objects.exists():
            raise Refused(
                Refusal(
                    "set_up_already",
                    Text("管理员账号已由另一人开通，直接登录", "Somebody else has just opened the administrator account: sign in"),
                )
            )
        root = next(iter(queries.org_children(None)), None)
        if root is None:
            queries.forget_orgs()
            root = next(iter(queries.org_children(None)), None)
        if root is None:
            raise Refused(
                Refusal(
                    "no_organisation",
                    Text(
                        "还没有机构。先在服务器上运行 ./jinzhi manage orgs load 装载机构树",
                        "There is no organisation yet. First run ./jinzhi manage orgs load on the server",
                    ),
                )
            )
        person = commands.open_account(SYSTEM, username=username, name_zh=name_zh, password=password).person
        commands.give_post(SYSTEM, person=person, role="sysadmin", org=root)
        kept.used_at = timezone.now()
        kept.save(update_fields=["used_at"])
    remember()
    return person


def _count_try(code: str) -> Refusal | None:
    """Check the code; a wrong one is counted in a transaction of its own, so that a refusal does not undo the count."""
    with transaction.atomic():
        kept = SetupCode.objects.select_for_update().filter(pk=1).first()
        if kept is None:
            return Refusal(
                "setup_code_missing",
                Text(
                    "还没有代码。在服务器上运行 ./jinzhi manage setup_code",
                    "There is no code yet. Run ./jinzhi manage setup_code on the server",
                ),
                "code",
            )
        if kept.used_at is not None:
            return Refusal("set_up_already", Text("这个代码已经用过，直接登录", "This code has been used: sign in"), "code")
        if kept.expires_at <= timezone.now():
            return Refusal(
                "setup_code_expired",
                Text(
                    "代码已过期（24 小时）。在服务器上运行 ./jinzhi manage setup_code 取得新代码",
                    "The code has expired (24 hours). Run ./jinzhi manage setup_code on the server for a new one",
                ),
                "code",
            )
        if kept.attempts >= MAX_ATTEMPTS:
            return _wrong_code(0)
        if not same(normalised(code), kept.digest):
            SetupCode.objects.filter(pk=1).update(attempts=F("attempts") + 1)
            return _wrong_code(MAX_ATTEMPTS - kept.attempts - 1)
    return None
