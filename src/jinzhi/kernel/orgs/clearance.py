"""Clearance for work secrets (工作秘密知悉权限): dated, given and ended by the security administrator, in the account log."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.authority import log, need
from jinzhi.kernel.orgs.models import Clearance, Person
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today

LONGEST = 366
"""Days; need to know is looked at anew each year."""


def held(person_id: int) -> Clearance | None:
    """The clearance in force or to come."""
    return Clearance.objects.filter(person_id=person_id, ended_at=None, valid_to__gte=today()).order_by("valid_from").first()


def give(by: Actor, person: Person, valid_from: dt.date, valid_to: dt.date) -> Clearance:
    """Clear a person between two days. :raises Refused: 403 of anybody but a security administrator; oneself; field ``valid_to``; held already."""
    need(by, "secadmin")
    if by.person_id == person.pk:
        raise Refused(Refusal("own_account", Text("自己的知悉权限由另一位安全管理员授予", "Another security administrator has to clear you")))
    if valid_to < max(valid_from, today()) or (valid_to - valid_from).days >= LONGEST:
        message = Text("最后一天不早于第一天和今天，最长一年", "The last day is not before the first or today, and a year later at most")
        raise Refused(Refusal("span", message, "valid_to"))
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        if held(person.pk) is not None:
            raise Refused(Refusal("held", Text("已有知悉权限，先终止再授予", "There is a clearance already: end it first")))
        found = Clearance.objects.create(person=person, valid_from=valid_from, valid_to=valid_to, given_by_id=by.person_id or None)
        log(by, "clearance.given", [(person, {"from": f"{valid_from}", "to": f"{valid_to}"})])
    return found


def end(by: Actor, person: Person) -> None:
    """End what is in force or to come, now: the next request of the person is asked without it. :raises Refused: 403; nothing held."""
    need(by, "secadmin")
    with transaction.atomic():
        found = held(person.pk)
        if found is None:
            raise Refused(Refusal("none_held", Text("没有可终止的知悉权限", "There is no clearance to end")))
        Clearance.objects.filter(pk=found.pk).update(ended_at=now())
        log(by, "clearance.ended", [(person, {"from": f"{found.valid_from}", "to": f"{found.valid_to}"})])
