"""Stand-ins for absence (代理): named by the absent person, or by a system administrator for one who cannot. Ends by itself.

A stand-in may see and do the absent person's assigned duties, nothing else of that person's posts; the log says for whom. Separation of
duties counts an act for both people (``kernel.cases.admit``), so that one person is never two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from jinzhi.kernel.orgs import roles
from jinzhi.kernel.orgs.actors import ADMIN_ROLES, Actor
from jinzhi.kernel.orgs.authority import log, need
from jinzhi.kernel.orgs.models import Person, Post, StandIn
from jinzhi.kernel.orgs.queries import in_force, org, org_name
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today

LONGEST = 366
"""Days; a longer absence is a hand-over."""


@dataclass(frozen=True)
class Absence:
    """A stand-in as pages show it. ``state``: now, coming or over."""

    id: int
    person: Text
    deputy: Text
    roles: Text
    first_day: dt.date
    last_day: dt.date
    state: str
    ended: bool


def business_roles(person_id: int) -> list[str]:
    """Roles of the person's posts of business today, in order."""
    held = Post.objects.filter(in_force(today()), person_id=person_id).exclude(role__in=ADMIN_ROLES).values_list("role", flat=True)
    return sorted(set(held))


def deputies(person_id: int, text: str = "", limit: int = 20) -> list[Person]:
    """Active people with a post of business in the person's organisations, or above or below them; by user name."""
    places = _places(person_id)
    found: dict[int, Person] = {}
    posts = Post.objects.filter(in_force(today()), person__is_active=True).exclude(role__in=ADMIN_ROLES).exclude(person_id=person_id)
    wanted = text.strip().lstrip("@").casefold()
    for post in posts.select_related("person", "org").order_by("person__username"):
        one = post.person
        near = any(post.org.path.startswith(p) or p.startswith(post.org.path) for p in places)
        if near and (not wanted or wanted in f"{one.username} {one.name_zh} {one.name_en}".casefold()):
            found.setdefault(one.pk, one)
            if len(found) == limit:
                break
    return list(found.values())


def _places(person_id: int) -> set[str]:
    posts = Post.objects.filter(in_force(today()), person_id=person_id).exclude(role__in=ADMIN_ROLES)
    return set(posts.values_list("org__path", flat=True))


def put_stand_in(by: Actor, *, person: Person, deputy: Person, first_day: dt.date, last_day: dt.date, roles: Sequence[str] = ()) -> StandIn:
    """Let ``deputy`` do ``person``'s assigned duties from one day to another, in these roles (none: all).

    :raises Refused: not by this actor; fields ``deputy``, ``first_day``, ``last_day``, ``roles``.
    """
    if by.person_id != person.pk:
        need(by, "sysadmin")
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        refusals = _refusals(person, deputy, first_day, last_day, list(roles))
        if refusals:
            raise Refused(*refusals, status=422)
        made = StandIn.objects.create(
            person=person, deputy=deputy, roles=sorted(set(roles)), first_day=first_day, last_day=last_day,
            made_by_id=by.person_id if by.person_id > 0 else None, made_at=now(),
        )  # fmt: skip
        data = {"name": deputy.name_zh, "deputy": deputy.pk, "roles": sorted(set(roles)), "from": first_day.isoformat(), "to": last_day.isoformat()}
        log(by, "standin.made", [(person, data)])
    return made


def _refusals(person: Person, deputy: Person, first: dt.date, last: dt.date, wanted: list[str]) -> list[Refusal]:
    found: list[Refusal] = []
    if last < first:
        found.append(Refusal("dates_order", Text("最后一天应在第一天或以后", "The last day must be the first day or later"), "last_day"))
    if last < today():
        found.append(Refusal("day_gone", Text("最后一天应在今天或以后", "The last day must be today or later"), "last_day"))
    if (last - first).days >= LONGEST:
        text = Text("一次代理最长一年；时间更长的，由管理员移交工作", "A stand-in is for a year at most; for longer, an administrator hands the work over")
        found.append(Refusal("too_long", text, "last_day"))
    own = business_roles(person.pk)
    for role in wanted:
        if role not in own:
            found.append(Refusal("role_unknown", Text("只能选择本人现有的岗位", "Choose among the roles held now"), "roles"))
            break
    if deputy.pk == person.pk or deputy.pk not in {p.pk for p in deputies(person.pk, deputy.username, 50)}:
        text = Text("代理人须是本机构或上下级机构的在岗人员", "The stand-in must hold a post in the same organisation, or one above or below it")
        found.append(Refusal("deputy_far", text, "deputy"))
    for other in StandIn.objects.filter(person=person, ended_at=None, first_day__lte=last, last_day__gte=first).select_related("deputy"):
        if not other.roles or not wanted or set(other.roles) & set(wanted):
            text = Text("{f} ～ {t} 已由 {n} 代理", "{n} stands in from {f} to {t} already").format(f=other.first_day, t=other.last_day, n=other.deputy.name_zh)
            found.append(Refusal("standin_held", text, "first_day"))
            break
    return found


def end_stand_in(by: Actor, stand_in_id: int) -> None:
    """End a stand-in now: by the absent person, the stand-in, or a system administrator. :raises Refused: unknown (404) or not by this actor."""
    with transaction.atomic():
        found = StandIn.objects.select_for_update().filter(pk=stand_in_id).first()
        mine = found is not None and by.person_id in (found.person_id, found.deputy_id)
        if found is None or not (mine or by.is_system or by.has_role("sysadmin")):
            raise Refused(Refusal("absent", Text("没有这条代理", "There is no such stand-in")), status=404)
        if found.ended_at is None and found.last_day >= today():
            found.ended_at = now()
            found.save(update_fields=["ended_at"])
            log(by, "standin.ended", [(found.person, {"name": found.deputy.name_zh, "deputy": found.deputy_id})])


def absences(*, person_id: int | None = None, deputy_id: int | None = None, limit: int = 50) -> list[Absence]:
    """Stand-ins of an absent person, or those a person stands in, newest first. One query."""
    rows = StandIn.objects.select_related("person", "deputy").order_by("-first_day", "-id")
    rows = rows.filter(person_id=person_id) if person_id is not None else rows.filter(deputy_id=deputy_id)
    return [_absence(row) for row in rows[:limit]]


def _absence(row: StandIn) -> Absence:
    day = today()
    titles = [roles.title(code) for code in row.roles] or [Text("全部岗位", "All roles")]
    state = "over" if row.ended_at is not None or row.last_day < day else "coming" if row.first_day > day else "now"
    said = Text("、".join(t.zh for t in titles), ", ".join(t.en for t in titles))
    return Absence(row.pk, _name(row.person), _name(row.deputy), said, row.first_day, row.last_day, state, row.ended_at is not None)


def _name(person: Person) -> Text:
    return Text(person.name_zh, person.name_en or person.name_zh)


def place_words(person: Person) -> Text:
    """Where a person works, for choosing among people of one name."""
    post = Post.objects.filter(in_force(today()), person=person).exclude(role__in=ADMIN_ROLES).order_by("id").first()
    return org_name(org(post.org_id), short=True) if post else Text("—", "—")
