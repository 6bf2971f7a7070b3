"""What the writers of this package share: who may do it, and the log of what was done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import AccountEvent, Person
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

ADMIN_TITLES = {
    "sysadmin": Text("系统管理员", "System administrator"),
    "secadmin": Text("安全管理员", "Security administrator"),
    "auditor": Text("审计管理员", "Audit administrator"),
}


def log(by: Actor, action: str, people: Iterable[tuple[Person | None, dict[str, Any]]]) -> None:
    """Write what was done into the append-only account log, in one statement."""
    at, who = now(), by.person_id if by.person_id > 0 else None
    AccountEvent.objects.bulk_create(AccountEvent(at=at, by_id=who, person=person, action=action, data=data) for person, data in people)


def need(by: Actor, *roles: str) -> None:
    """Refuse (403) unless ``by`` is the platform itself or holds one of these administrator roles today."""
    if by.is_system or by.has_role(*roles):
        return
    titles = [ADMIN_TITLES[role] for role in roles]
    message = Text(f"这项操作由{'、'.join(t.zh for t in titles)}办理", f"This is done by: {', '.join(t.en.lower() for t in titles)}")
    raise Refused(Refusal("not_allowed", message), status=403)
