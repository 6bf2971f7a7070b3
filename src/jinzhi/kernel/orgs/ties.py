"""Ties of people to parties (利害关系): declared by the person or entered by the security administrator, never taken away, only ended.

While a tie lasts its person acts as an officer on no case of that party (``kernel.cases.conflict``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.authority import log, need
from jinzhi.kernel.orgs.models import Party, Person, Tie
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today

KINDS = {
    "own": Text("本人的企业或投资", "One’s own business or share"),
    "employer": Text("任职或兼职单位", "Employer"),
    "former_employer": Text("曾任职单位", "Former employer"),
    "relative": Text("近亲属的企业或任职单位", "Business or employer of a relative"),
}


@dataclass(frozen=True)
class Line:
    """A tie as pages show it. ``state``: now, coming or over."""

    id: int
    code: str
    party: Text
    kind: Text
    valid_from: dt.date
    valid_to: dt.date | None
    note: str
    state: str


def declare(by: Actor, *, person: Person, party: str, kind: str, valid_from: dt.date | None = None, valid_to: dt.date | None = None, note: str = "") -> Tie:
    """Register a tie to the party with this code, from a day (today) to a day (without end), both included.

    :raises Refused: not the person and not the security administrator (403); fields ``party``, ``kind``, ``valid_to``.
    """
    if by.person_id != person.pk:
        need(by, "secadmin")
    start = valid_from or today()
    found = Party.objects.filter(code=party.strip().upper()).first()
    refusals: list[Refusal] = []
    if found is None:
        refusals.append(Refusal("party_unknown", Text("没有这个代码的单位，填写统一社会信用代码", "There is no such party: enter its unified social credit code"), "party"))
    if kind not in KINDS:
        refusals.append(Refusal("kind_unknown", Text("选择是什么关系", "Choose the kind of tie"), "kind"))
    if valid_to is not None and valid_to < start:
        refusals.append(Refusal("dates_order", Text("最后一天应在第一天或以后", "The last day must be the first day or later"), "valid_to"))
    if refusals or found is None:
        raise Refused(*refusals, status=422)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        same = Tie.objects.filter(Q(valid_to=None) | Q(valid_to__gte=start), person=person, party=found, kind=kind)
        if valid_to is not None:
            same = same.filter(valid_from__lte=valid_to)
        if same.exists():
            raise Refused(Refusal("tie_held", Text("这段时间里已登记同样的关系", "This tie is registered already for that time"), "party"), status=422)
        made = Tie.objects.create(
            person=person, party=found, kind=kind, valid_from=start, valid_to=valid_to, note=note.strip()[:200], made_by_id=by.person_id if by.person_id > 0 else None,
            made_at=now(),
        )  # fmt: skip
        log(by, "tie.made", [(person, _data(made))])
    return made


def end(by: Actor, person: Person, tie_id: int, last_day: dt.date) -> None:
    """End a tie after a day: the security administrator's, since it opens the party's cases to the person again.

    :raises Refused: by somebody else (403), unknown (404), or a day before the tie's first (field ``last_day``).
    """
    need(by, "secadmin")
    if by.person_id == person.pk:
        raise Refused(Refusal("own_account", Text("自己的关系由另一位安全管理员终止", "Another security administrator ends one’s own ties")), status=403)
    with transaction.atomic():
        found = Tie.objects.select_for_update().filter(pk=tie_id, person=person).first()
        if found is None:
            raise Refused(Refusal("absent", Text("没有这条登记", "There is no such entry")), status=404)
        if last_day < found.valid_from:
            raise Refused(Refusal("dates_order", Text("最后一天应在第一天或以后", "The last day must be the first day or later"), "last_day"), status=422)
        found.valid_to = last_day
        found.save(update_fields=["valid_to"])
        log(by, "tie.ended", [(person, _data(found))])


def of(person_id: int) -> list[Line]:
    """The ties of a person, newest first. One query."""
    day = today()
    return [
        Line(
            t.pk, t.party.code, Text(t.party.name_zh, t.party.name_en or t.party.name_zh), KINDS[t.kind], t.valid_from, t.valid_to, t.note,
            "over" if t.valid_to is not None and t.valid_to < day else "coming" if t.valid_from > day else "now",
        )
        for t in Tie.objects.filter(person_id=person_id).select_related("party").order_by("-valid_from", "-id")[:200]
    ]  # fmt: skip


def _data(tie: Tie) -> dict[str, object]:
    return {"name": tie.party.name_zh, "party": tie.party_id, "kind": tie.kind, "from": tie.valid_from.isoformat(), "to": tie.valid_to.isoformat() if tie.valid_to else None}
