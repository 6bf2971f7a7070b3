"""The readers of organisations and people.

The tree is small (some 3,500 organisations), changes rarely and is read on every page: it lives in memory, one copy a
process, checked against the tree's stamp at most once a second and whenever something looked for is not there.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from jinzhi.kernel.orgs.actors import ADMIN_ROLES, SYSTEM, Actor, Grant, StandIn
from jinzhi.kernel.orgs.models import Org, OrgStamp, Person, Post
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

CHECK_EVERY = 1.0
"""Seconds for which the tree in memory is taken as current without asking the database."""

SYSTEM_NAME = Text("系统", "System")


@dataclass(frozen=True)
class _Tree:
    stamp: Any = None
    by_id: dict[int, Org] = field(default_factory=dict)
    by_code: dict[str, Org] = field(default_factory=dict)
    by_path: dict[str, Org] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


_tree = _Tree()
_checked = 0.0
_lock = threading.Lock()


def _load(stamp: Any) -> _Tree:
    orgs = list(Org.objects.order_by("path"))
    by_id = {org.pk: org for org in orgs}
    for org in orgs:
        if org.parent_id:
            org.parent = by_id.get(org.parent_id)
    return _Tree(stamp, by_id, {o.code: o for o in orgs}, {o.path: o for o in orgs}, [o.path for o in orgs])


def _current(force: bool = False) -> _Tree:
    global _tree, _checked
    if not force and time.monotonic() - _checked < CHECK_EVERY:
        return _tree
    with _lock:
        stamp = OrgStamp.objects.values_list("stamp", flat=True).first()
        if stamp is None or stamp != _tree.stamp:
            _tree = _load(stamp)
        _checked = time.monotonic()
        return _tree


def forget_orgs() -> None:
    """Read the tree again at the next question (called by whoever has just changed it in this process)."""
    global _checked
    _checked = 0.0


def org(org_id: int | None) -> Org | None:
    """The organisation with this id, from memory; shared, so not to be changed."""
    if org_id is None:
        return None
    return _current().by_id.get(org_id) or _current(force=True).by_id.get(org_id)


def org_by_code(code: str) -> Org | None:
    """The organisation with this code, such as ``330200``."""
    return _current().by_code.get(code) or _current(force=True).by_code.get(code)


def org_by_path(path: str) -> Org | None:
    """The organisation at this path, such as ``000000/330000/330200/``."""
    return _current().by_path.get(path) or _current(force=True).by_path.get(path)


def orgs_below(path: str, level: str | None = None) -> list[Org]:
    """Organisations of the subtree of ``path``, itself included, in path order; of one ``level`` if given."""
    tree = _current()
    if path and path not in tree.by_path:
        tree = _current(force=True)
    found: list[Org] = []
    for at in range(bisect_left(tree.paths, path), len(tree.paths)):
        if not tree.paths[at].startswith(path):
            break
        one = tree.by_path[tree.paths[at]]
        if level is None or one.level == level:
            found.append(one)
    return found


def org_children(org_id: int | None) -> list[Org]:
    """Organisations directly below (``None``: the roots), in path order."""
    return [o for o in _current().by_path.values() if o.parent_id == org_id]


def search_orgs(text: str, limit: int = 20) -> list[Org]:
    """Organisations whose code begins with ``text`` or whose names contain it, in path order."""
    wanted = text.strip().casefold()
    if not wanted:
        return []
    found: list[Org] = []
    for one in _current().by_path.values():
        if one.code.casefold().startswith(wanted) or wanted in f"{one.name_zh} {one.short_zh} {one.name_en}".casefold():
            found.append(one)
            if len(found) == limit:
                break
    return found


def org_name(one: Org | None, short: bool = False) -> Text:
    """The name of an organisation in both languages; a dash for none."""
    if one is None:
        return Text("—", "—")
    if short:
        return Text(one.short_zh or one.name_zh, one.short_en or one.name_en)
    return Text(one.name_zh, one.name_en)


def in_force(on: dt.date) -> Q:
    """Condition for posts and memberships that hold on this day (first and last day included)."""
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gte=on))


_TIE = "~tie"
_GRANTS = """
SELECT p.person_id, o.path, o.id, p.id, p.role, p.process, NULL::bigint, NULL::bigint, NULL::text[]
FROM orgs_post p JOIN orgs_org o ON o.id = p.org_id
WHERE p.person_id = ANY(%(people)s) AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to >= %(on)s)
UNION ALL
SELECT m.person_id, '', 0, 0, m.role, '', m.party_id, NULL, NULL
FROM orgs_membership m
WHERE m.person_id = ANY(%(people)s) AND m.valid_from <= %(on)s AND (m.valid_to IS NULL OR m.valid_to >= %(on)s)
UNION ALL
SELECT t.person_id, '', 0, 0, '~tie', '', t.party_id, NULL, NULL
FROM orgs_tie t
WHERE t.person_id = ANY(%(people)s) AND t.valid_from <= %(on)s AND (t.valid_to IS NULL OR t.valid_to >= %(on)s)
UNION ALL
SELECT s.deputy_id, '', 0, 0, '~tie', '', t.party_id, s.person_id, s.roles
FROM orgs_standin s JOIN orgs_tie t ON t.person_id = s.person_id AND t.valid_from <= %(on)s AND (t.valid_to IS NULL OR t.valid_to >= %(on)s)
WHERE s.deputy_id = ANY(%(people)s) AND s.ended_at IS NULL AND s.first_day <= %(on)s AND s.last_day >= %(on)s
UNION ALL
SELECT s.deputy_id, coalesce(o.path, ''), coalesce(o.id, 0), coalesce(p.id, 0), coalesce(p.role, ''), coalesce(p.process, ''), NULL, s.person_id, s.roles
FROM orgs_standin s JOIN orgs_person a ON a.id = s.person_id AND a.is_active
LEFT JOIN orgs_post p ON p.person_id = s.person_id AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to >= %(on)s)
LEFT JOIN orgs_org o ON o.id = p.org_id
WHERE s.deputy_id = ANY(%(people)s) AND s.ended_at IS NULL AND s.first_day <= %(on)s AND s.last_day >= %(on)s
UNION ALL
SELECT c.person_id, '', 0, 0, '~cleared', '', NULL, NULL, NULL
FROM orgs_clearance c
WHERE c.person_id = ANY(%(people)s) AND c.ended_at IS NULL AND c.valid_from <= %(on)s AND c.valid_to >= %(on)s
ORDER BY 2, 4
"""


def actor_for(person: Person, on: dt.date | None = None) -> Actor:
    """The actor this person is on the day ``on`` (default: the business day). One query; an inactive person holds nothing."""
    return actors_for([person], on)[person.pk]


def actors_for(people: Iterable[Person], on: dt.date | None = None) -> dict[int, Actor]:
    """The actors these people are, by person id, in one query."""
    wanted = {p.pk: p for p in people}
    active = [pk for pk, p in wanted.items() if p.is_active]
    rows: list[Any] = []
    if active:
        with connection.cursor() as cursor:
            cursor.execute(_GRANTS, {"people": active, "on": on or today()})
            rows = cursor.fetchall()
    by_person: dict[int, list[Any]] = {}
    for row in rows:
        by_person.setdefault(row[0], []).append(row[1:])
    return {pk: _actor(person, by_person.get(pk, [])) for pk, person in wanted.items()}


def _actor(person: Person, rows: list[Any]) -> Actor:
    absent: dict[int, tuple[frozenset[str], list[Grant]]] = {}
    ties: dict[int | None, set[int]] = {}
    for _, _, _, role, _, party, whose, _ in rows:
        if role == _TIE:
            ties.setdefault(whose, set()).add(party)
    rows = [row for row in rows if row[3] != _TIE]
    for path, org_id, post_id, role, process, _, whose, roles in rows:
        if whose is not None:
            found = absent.setdefault(whose, (frozenset(roles), []))
            if role and role not in ADMIN_ROLES:
                found[1].append(Grant(role, path, process, org_id, post_id, whose))
    return Actor(
        person_id=person.pk,
        name=person.name_zh,
        grants=tuple(
            Grant(role=role, org_path=path, process=process, org_id=org_id, post_id=post_id)
            for path, org_id, post_id, role, process, party, whose, _ in rows
            if party is None and whose is None and role != "~cleared"
        ),
        parties=frozenset(row[5] for row in rows if row[5] is not None),
        administers=frozenset(row[5] for row in rows if row[5] is not None and row[3] == "admin"),
        cleared=any(row[3] == "~cleared" for row in rows),
        standing_in=tuple(StandIn(whose, roles, tuple(grants), frozenset(ties.get(whose, ()))) for whose, (roles, grants) in absent.items()),
        ties=frozenset(ties.get(None, ())),
    )


def prefixes(org_path: str) -> list[str]:
    """The path itself and those of all organisations above it: ``a/b/`` gives ``a/`` and ``a/b/``."""
    codes = org_path.strip("/").split("/")
    return ["/".join(codes[: n + 1]) + "/" for n in range(len(codes))] if codes != [""] else []


def persons_with_role(role: str, org_path: str, process: str, on: dt.date | None = None) -> list[Person]:
    """Active people who may act as ``role`` at ``org_path`` in ``process``: the nearest organisation first, then by user name."""
    posts = (
        Post.objects.filter(
            in_force(on or today()), role=role, org__path__in=prefixes(org_path), process__in=("", process), person__is_active=True
        )
        .select_related("person")
        .order_by("-org__path", "person__username")
    )
    return list({post.person_id: post.person for post in posts}.values())


def person_names(ids: Iterable[int]) -> dict[int, Text]:
    """Names by person id, in one query; 0 is the platform itself. Ids nobody has are left out."""
    wanted = set(ids)
    names = {
        pk: Text(zh, en or zh)
        for pk, zh, en in Person.objects.filter(pk__in=[i for i in wanted if i > 0]).values_list("pk", "name_zh", "name_en")
    }
    if SYSTEM.person_id in wanted:
        names[SYSTEM.person_id] = SYSTEM_NAME
    return names


def people(text: str = "", after: str = "", limit: int = 50, active: bool | None = None) -> list[Person]:
    """A page of people by user name, those after the user name ``after``; ``text`` is part of a name or of a user name."""
    found: QuerySet[Person] = Person.objects.order_by("username")
    if text.strip():
        found = found.filter(Q(username__icontains=text.strip()) | Q(name_zh__contains=text.strip()) | Q(name_en__icontains=text.strip()))
    if active is not None:
        found = found.filter(is_active=active)
    if after:
        found = found.filter(username__gt=after)
    return list(found[:limit])
