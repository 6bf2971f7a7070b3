"""The groups (岗位组) a person works in, in numbers: free duties, one's own, those of colleagues. Counts stop at 500 and cost the same at any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from jinzhi.kernel.cases.queues.plan import COUNT_CAP, upper
from jinzhi.kernel.orgs import roles
from jinzhi.kernel.orgs.actors import ADMIN_ROLES, LEAD, Actor
from jinzhi.kernel.orgs.models import Post
from jinzhi.kernel.orgs.queries import in_force, org_by_path, org_name
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

MOST_GROUPS = 30
MOST_PEOPLE = 40


@dataclass(frozen=True)
class Member:
    """A colleague of a group and how many of its duties that person holds."""

    id: int
    name: Text
    count: int


@dataclass
class Group:
    """A role at a place. ``others``: duties that the members shown hold beside one's own. ``lead``: the reader gives out its work."""

    role: str
    org: str
    process: str
    free: int = 0
    mine: int = 0
    others: int = 0
    lead: bool = False
    members: list[Member] = field(default_factory=list)

    @property
    def title(self) -> Text:
        return roles.title(self.role)

    @property
    def place(self) -> Text:
        return org_name(org_by_path(self.org), short=True)


def groups(actor: Actor) -> list[Group]:
    """The groups of the actor's posts; for a lead those of the roles held in the lead's organisations. Four questions at most."""
    found = {(g.role, g.org_path, g.process): Group(g.role, g.org_path, g.process) for g in actor.grants if g.role not in (*ADMIN_ROLES, LEAD)}
    leads = [g for g in actor.grants if g.role == LEAD]
    posts = _posts(actor, leads)
    for post in posts:
        for lead in leads:
            if post.org.path.startswith(lead.org_path) and lead.process in ("", post.process):
                found.setdefault((post.role, post.org.path, post.process), Group(post.role, post.org.path, post.process)).lead = True
    shown = list(found.values())[:MOST_GROUPS]
    _count(actor, shown)
    _count_members(actor, shown, posts)
    return shown


def _posts(actor: Actor, leads: Sequence[object]) -> list[Post]:
    """Posts of colleagues: same role at the same place, and all below a lead's organisations."""
    own = {(g.role, g.org_path) for g in actor.grants if g.role not in (*ADMIN_ROLES, LEAD)}
    held = Post.objects.filter(in_force(today()), person__is_active=True).exclude(role__in=(*ADMIN_ROLES, LEAD)).select_related("person", "org")
    near = list(held.filter(role__in={r for r, _ in own}, org__path__in={p for _, p in own}).order_by("person__username")[:400]) if own else []
    for grant in leads:
        low = getattr(grant, "org_path", "")
        near += list(held.filter(org__path__gte=low, org__path__lt=upper(low)).order_by("org__path", "role", "person__username")[:400])
    return list({post.pk: post for post in near}.values())


def _count(actor: Actor, shown: list[Group]) -> None:
    """Free and own duties of each group, in one question."""
    if not shown:
        return
    base = "from duty where closed_at is null and party_id is null and role = g.role and org_path >= g.low and org_path < g.high and (g.of = '' or process = g.of)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select g.n, (select count(*) from (select 1 {base} and assignee is null limit {COUNT_CAP}) x),"
            f" (select count(*) from (select 1 {base} and assignee = %s limit {COUNT_CAP}) x)"
            " from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) with ordinality as g(role, low, high, of, n)",
            [actor.person_id, [g.role for g in shown], [g.org for g in shown], [upper(g.org) for g in shown], [g.process for g in shown]],
        )
        for n, free, mine in cursor.fetchall():
            shown[n - 1].free, shown[n - 1].mine = free, mine


def _count_members(actor: Actor, shown: list[Group], posts: Sequence[Post]) -> None:
    """What each colleague holds of a group, in one question."""
    asked: list[tuple[int, Post]] = []
    for place, group in enumerate(shown):
        same = [p for p in posts if p.role == group.role and p.org.path == group.org and p.person_id != actor.person_id]
        asked += [(place, p) for p in list({p.person_id: p for p in same}.values())[:MOST_PEOPLE]]
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select g.n, (select count(*) from (select 1 from duty where assignee = g.person and assignee is not null and closed_at is null and role = g.role"
            f" and org_path >= g.low and org_path < g.high and (g.of = '' or process = g.of) limit {COUNT_CAP}) x)"
            " from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) with ordinality as g(person, role, low, high, of, n)",
            [[p.person_id for _, p in asked], *([getattr(shown[i], a) for i, _ in asked] for a in ("role", "org")), [upper(shown[i].org) for i, _ in asked],
             [shown[i].process for i, _ in asked]],
        )  # fmt: skip
        counts = dict(cursor.fetchall())
    for n, (place, post) in enumerate(asked, start=1):
        name = Text(post.person.name_zh, post.person.name_en or post.person.name_zh)
        shown[place].members.append(Member(post.person_id, name, counts[n]))
        shown[place].others += counts[n]
