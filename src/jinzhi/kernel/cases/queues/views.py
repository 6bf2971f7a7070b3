"""Saved views (保存的视图): named conditions and columns of a list, one's own or shared by a lead; and what a person has chosen for a list.

A view is an address kept under a name. It is read again for who opens it and only narrows what that person may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from django.db import connection

from jinzhi.kernel.cases.queues.conditions import LISTS, Conditions
from jinzhi.kernel.cases.queues.plan import COUNT_CAP
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.orgs.actors import ADMIN_ROLES, LEAD, Actor
from jinzhi.kernel.orgs.queries import org_by_path, org_name, prefixes
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

MOST = 50
"""Views one person may keep."""
IN_NAVIGATION = 8
"""Views that stand in the navigation with their counts: one's own first, then by name."""
_COLUMNS = "v.id, v.owner, v.list, v.name, v.query, v.columns, v.org_path, v.role"


@dataclass(frozen=True)
class View:
    """A saved view as its reader sees it. ``query`` are its conditions as parts of an address."""

    id: int
    owner: int
    list: str
    name: str
    query: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    org_path: str
    role: str

    @property
    def shared(self) -> bool:
        return bool(self.org_path)

    @property
    def place(self) -> Text:
        return org_name(org_by_path(self.org_path), short=True) if self.org_path else Text("", "")


def _view(row: Sequence[Any]) -> View:
    id_, owner, of_list, name, query, columns, org_path, role = row
    return View(id_, owner, of_list, name, tuple(parse_qsl(query)), tuple(columns), org_path, role)


def _seen_by(actor: Actor) -> tuple[str, list[Any]]:
    """Condition and values: one's own views, and those shared with a place and role of one's posts."""
    where, values = ["v.owner = %s"], [actor.person_id]  # type: list[str], list[Any]
    for grant in actor.grants:
        if grant.role not in ADMIN_ROLES:
            where.append("(v.org_path <> '' and v.org_path = any(%s) and v.role in ('', %s))")  # the post lies in the place it is shared with
            values += [prefixes(grant.org_path), grant.role]
    return "(" + " or ".join(where) + ")", values


def seen(actor: Actor) -> list[View]:
    """The views this person may open, one's own first, then by name."""
    where, values = _seen_by(actor)
    with connection.cursor() as cursor:
        cursor.execute(f"select {_COLUMNS} from list_view v where {where} order by v.owner <> %s, v.name, v.id limit 200", [*values, actor.person_id])
        return [_view(row) for row in cursor.fetchall()]


def view(actor: Actor, view_id: int) -> View | None:
    """One view, if this person may open it."""
    where, values = _seen_by(actor)
    with connection.cursor() as cursor:
        cursor.execute(f"select {_COLUMNS} from list_view v where v.id = %s and {where}", [view_id, *values])
        row = cursor.fetchone()
    return _view(row) if row else None


def asked(kept: Sequence[View], choice: Choice, kind: str, address: Mapping[str, str]) -> View | None:
    """The view an address names, or the default where it says nothing at all; None for another list's or one not seen."""
    number = address.get("view", "")
    if not number:
        if choice.view is None or any(value for key, value in address.items() if key != "size"):
            return None
        number = str(choice.view)
    return next((v for v in kept if str(v.id) == number and v.list == kind), None)


@dataclass(frozen=True)
class Choice:
    """What a person has chosen for a list: columns in order (none: the usual ones) and the view it begins with."""

    columns: tuple[str, ...] = ()
    view: int | None = None


def choice(actor: Actor, kind: str) -> Choice:
    """What this person has chosen for the list."""
    with connection.cursor() as cursor:
        cursor.execute("select columns, view_id from list_choice where person = %s and list = %s", [actor.person_id, kind])
        row = cursor.fetchone()
    return Choice(tuple(row[0]), row[1]) if row else Choice()


def of_list(actor: Actor, kind: str) -> tuple[list[View], Choice]:
    """All views this person may open, as ``seen`` gives them, and what was chosen for one list: in one question."""
    where, values = _seen_by(actor)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select c.columns, c.view_id, {_COLUMNS} from (select 1) one left join list_choice c on c.person = %s and c.list = %s"
            f" left join list_view v on {where} order by v.owner <> %s, v.name, v.id limit 200",
            [actor.person_id, kind, *values, actor.person_id],
        )
        rows = cursor.fetchall()
    chosen = Choice(tuple(rows[0][0] or ()), rows[0][1]) if rows else Choice()
    return [_view(row[2:]) for row in rows if row[2] is not None], chosen


def default_of(actor: Actor) -> dict[str, int]:
    """{list: view} of the defaults this person has chosen."""
    with connection.cursor() as cursor:
        cursor.execute("select list, view_id from list_choice where person = %s and view_id is not null", [actor.person_id])
        return dict(cursor.fetchall())


def counts(actor: Actor, views: Sequence[tuple[View, Conditions]]) -> dict[int, str]:
    """How many rows each of these views holds, up to COUNT_CAP (``500+``), in one question; views that search row by row are not counted."""
    parts: list[str] = []
    values: list[Any] = []
    for one, conditions in views:
        found = List(one.list, actor, conditions)
        if found.plan.rest or not found.plan.branches:
            continue
        inner, own = found.thin(COUNT_CAP)
        parts.append(f"select {int(one.id)}, count(*) from (select 1 from ({inner}) u limit {COUNT_CAP}) x")
        values += own
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), values)
        return {row[0]: f"{row[1]}+" if row[1] >= COUNT_CAP else str(row[1]) for row in cursor.fetchall()}


# -- keeping -----------------------------------------------------------------------------------------------------------


def may_share(actor: Actor, org_path: str) -> bool:
    """Whether this person leads the place (组长): its lead may share views with it."""
    return any(g.role == LEAD and org_path.startswith(g.org_path) for g in actor.grants)


def save(actor: Actor, kind: str, name: str, conditions: Conditions, columns: Sequence[str], *, org_path: str = "", role: str = "", view_id: int | None = None) -> int:
    """Keep a view, or change one's own; gives its id. :raises Refused: name missing or too long, list unknown, too many, sharing without being the lead."""
    problems: list[Refusal] = []
    name = " ".join(name.split())
    if not 1 <= len(name) <= 60:
        problems.append(Refusal("view_name", Text("给视图起个名称，最多 60 个字", "Give the view a name of at most 60 characters"), "name"))
    if kind not in LISTS:
        problems.append(Refusal("view_list", Text("没有这个列表", "There is no such list"), "list"))
    if org_path and not may_share(actor, org_path):
        problems.append(Refusal("view_share", Text("只有该机构的组长能与其共享视图", "Only a lead of that organisation may share views with it"), "org"))
    query = urlencode(conditions.query())
    if len(query) > 2000:
        problems.append(Refusal("view_long", Text("条件太多，减少后再保存", "Too many conditions; take some out"), "query"))
    if view_id is None and not problems:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from list_view where owner = %s", [actor.person_id])
            if cursor.fetchone()[0] >= MOST:
                most = Text("最多保存 {n} 个视图，先删去不用的", "At most {n} views are kept; delete some first").format(n=MOST)
                problems.append(Refusal("view_many", most, "name"))
    if problems:
        raise Refused(*problems, status=422)
    doc = {"id": view_id, "list": kind, "name": name, "query": query, "columns": list(columns)[:40], "org": org_path, "role": role if org_path else ""}
    with connection.cursor() as cursor:
        cursor.execute("select save_view(%s, %s::jsonb)", [actor.person_id, msgspec.json.encode(doc).decode()])
        (kept,) = cursor.fetchone()
    if kept is None:
        raise Refused(Refusal("view_absent", Text("没有这个视图，或不是你的", "There is no such view of yours"), "view"), status=404)
    return int(kept)


def delete(actor: Actor, view_id: int) -> bool:
    """Delete one's own view; False where it is not one's own."""
    with connection.cursor() as cursor:
        cursor.execute("select drop_view(%s, %s)", [actor.person_id, view_id])
        return bool(cursor.fetchone()[0])


def choose_columns(actor: Actor, kind: str, columns: Sequence[str]) -> None:
    """Remember which columns a person sees in a list, in which order; none: the usual ones again."""
    with connection.cursor() as cursor:
        cursor.execute("select choose_columns(%s, %s, %s)", [actor.person_id, kind, list(dict.fromkeys(columns))[:40]])


def choose_default(actor: Actor, kind: str, view_id: int | None) -> None:
    """What a bare address of the list shows from now on; None: everything."""
    with connection.cursor() as cursor:
        cursor.execute("select choose_view(%s, %s, %s)", [actor.person_id, kind, view_id])
