"""A list as SQL: ranges of indexes (branches), what only the list row knows (rest), and which of the two leads.

Every shape is one of three. **Few**: fewer than ``COUNT_CAP`` duties match on index columns; they are gathered and then sorted. **Led**: a rare
word or a party names the cases; their duties are looked up. **Walked**: the index is followed in the order of the list, and rows are
looked at until the page is full or ``WALK`` entries have been passed; the page then says how far it looked and where to go on. So no
combination of conditions costs more than a bounded walk, and none is refused for being slow. ``sql/tables.sql`` has the indexes: all
that a branch asks for, policies of row security included, is carried in them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.cases.bigrams import bigrams
from jinzhi.kernel.cases.queues import fields
from jinzhi.kernel.cases.queues.conditions import LEVELS, Conditions, Value, default_sort, start_of
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import org_by_code

COUNT_CAP = 500
"""Counts end here: a list never pays for an exact large number."""
WALK = 10_000
"""Entries of an index that one page may pass over."""
LEAD = 2_000
"""Cases that a word or a party may name to lead."""
DUTIES = ("mine", "group", "all", "waiting", "party")


@dataclass(frozen=True)
class Branch:
    """A range of an index: a condition on ``duty`` (or on ``case_row r``) and its arguments."""

    where: str
    args: list[Any]


@dataclass(frozen=True)
class Plan:
    """A list before its page: ``rest`` are conditions on ``case_row r``, ``lead`` gives case ids (SQL, arguments) where something rare is asked."""

    kind: str
    sort: str
    branches: list[Branch]
    rest: str = ""
    rest_args: list[Any] = field(default_factory=list)
    words: str = ""
    party: int | None = None

    @property
    def of_duties(self) -> bool:
        return self.kind in DUTIES


def upper(path: str) -> str:
    """The end of the range of paths below ``path``: '/' is followed by '0' byte by byte."""
    return path[:-1] + "0"


def plan(kind: str, actor: Actor, c: Conditions) -> Plan:
    """The plan of a list for who asks. No branch: nothing can be in it."""
    sort = c.sort or default_sort(kind)
    branches = _duty_branches(kind, actor, c) if kind in DUTIES else _case_branches(actor, c)
    rest, args = _rest(kind, c)
    return Plan(kind, sort, branches, rest, args, words_query(c.text), c.party)


# -- duties ------------------------------------------------------------------------------------------------------------


def _duty_branches(kind: str, actor: Actor, c: Conditions) -> list[Branch]:
    shared, args = _shared(kind, actor, c)
    found: list[Branch] = []
    for where, own in _ranges(kind, actor, c):
        found.append(Branch(" and ".join([where, "closed_at is null", *shared]), [*own, *args]))
    return found


def _ranges(kind: str, actor: Actor, c: Conditions) -> list[tuple[str, list[Any]]]:
    """The (role, place) ranges of a list, narrowed to the organisation asked for."""
    if kind == "mine":
        return _mine(actor, c)
    if kind == "party":
        return [("party_id = any(%s) and party_id is not null", [sorted(actor.parties)])] if actor.parties else []
    place = "org_path >= %s and org_path < %s"
    if kind == "group":
        scopes: dict[tuple[str, str], set[str]] = {}
        for grant in actor.grants:
            if c.role in ("", grant.role) and c.process in ("", grant.process or c.process):
                scopes.setdefault((grant.org_path, grant.process), set()).add(grant.role)
        return [
            (f"role = any(%s) and {place}" + (" and process = %s" if of else "") + " and party_id is null", [sorted(roles), low, upper(low), *([of] if of else [])])
            for (path, of), roles in sorted(scopes.items())
            for low in narrowed([path], c.org)
        ]
    side = "party_id is not null" if kind == "waiting" else "party_id is null"
    if c.role:
        return [(f"role = any(%s) and {place} and {side}", [[c.role], low, upper(low)]) for low in narrowed(actor.scopes(), c.org)]
    return [(f"{place} and {side}", [low, upper(low)]) for low in narrowed(actor.scopes(), c.org)]


def _mine(actor: Actor, c: Conditions) -> list[tuple[str, list[Any]]]:
    """One's own duties, and those of absent people in whose place one stands, in the roles agreed."""
    place, within = "", narrowed([""], c.org) if c.org else []
    if within:
        place = " and (" + " or ".join("(org_path >= %s and org_path < %s)" for _ in within) + ")"
    elif c.org:
        return []
    args = [v for low in within for v in (low, upper(low))]
    found: list[tuple[str, list[Any]]] = [(f"assignee = %s and assignee is not null{place}", [actor.person_id, *args])]
    for absent in actor.standing_in:
        roles = sorted(absent.roles)
        of = " and role = any(%s)" if roles else ""
        found.append((f"assignee = %s and assignee is not null{of}{place}", [absent.person_id, *([roles] if roles else []), *args]))
    return found


def narrowed(scopes: Sequence[str], org: str) -> list[str]:
    """Scopes cut down to an organisation's subtree: the organisation itself where a scope holds it, else those scopes that lie in it."""
    if not org:
        return list(scopes)
    found = org_by_code(org)
    if found is None:
        return []
    return [found.path] if any(found.path.startswith(s) for s in scopes) else [s for s in scopes if s.startswith(found.path)]


def _shared(kind: str, actor: Actor, c: Conditions) -> tuple[list[str], list[Any]]:
    """Conditions on columns that every index of duties carries."""
    where: list[str] = []
    args: list[Any] = []
    for condition, value in (("process = %s", c.process), ("state = any(%s)", list(c.states)), ("role = %s", c.role if kind == "mine" else "")):
        if value:
            where.append(condition)
            args.append(value)
    low, high = c.due_range()
    if low is not None:
        where, args = [*where, "due >= %s"], [*args, low]
    if high is not None:
        where, args = [*where, "due < %s"], [*args, high]
    if kind in ("group", "all"):
        asked = c.assignee or ("free" if kind == "group" else "")
        if asked == "free":
            where.append("assignee is null")
        elif asked == "taken":
            where.append("assignee is not null")
        elif asked:
            where, args = [*where, "assignee = %s and assignee is not null"], [*args, actor.person_id if asked == "me" else int(asked)]
    return where, args


# -- cases -------------------------------------------------------------------------------------------------------------


def _case_branches(actor: Actor, c: Conditions) -> list[Branch]:
    """Cases of the actor's places, and those owned elsewhere of which one of these places holds or held a lane (``case_.sight``)."""
    shared: list[str] = []
    args: list[Any] = []
    if c.process:
        shared, args = [*shared, "r.process = %s"], [*args, c.process]
    if c.phase:
        shared, args = [*shared, "r.phase = %s"], [*args, 1 if c.phase == "open" else 2]
    opened, own = _opened(c)
    shared, args = [*shared, *opened], [*args, *own]
    place = " and ".join(["r.org_path >= %s and r.org_path < %s", *shared])
    found = [Branch(place, [low, upper(low), *args]) for low in narrowed(actor.scopes(), c.org)]
    if actor.scopes():
        for low in narrowed([""], c.org) if c.org else [""]:
            within, own_range = ("r.org_path >= %s and r.org_path < %s and ", [low, upper(low)]) if low else ("", [])
            held = within + "r.case_id in (select id from case_ where sight && %s and sight <> '{}')"
            found.append(Branch(" and ".join([held, *shared]), [*own_range, list(actor.scopes()), *args]))
    if actor.parties and not found:
        found.append(Branch(" and ".join(["r.party_id = any(%s)", *shared]), [sorted(actor.parties), *args]))
    return found


def _opened(c: Conditions) -> tuple[list[str], list[Any]]:
    where, args = [], []
    if c.opened_from is not None:
        where, args = ["r.opened_at >= %s"], [start_of(c.opened_from)]
    if c.opened_to is not None:
        where, args = [*where, "r.opened_at < %s"], [*args, start_of(c.opened_to + dt.timedelta(days=1))]
    return where, args


# -- what only the list row knows --------------------------------------------------------------------------------------


_SIGNAL = "(select max(s.level) from signal s join clock k on k.id = s.clock_id where s.case_id = r.case_id and k.stopped_at is null)"


def _rest(kind: str, c: Conditions) -> tuple[str, list[Any]]:
    where: list[str] = []
    args: list[Any] = []
    if c.text:
        where, args = [*where, "r.words @@ %s::tsquery"], [*args, words_query(c.text)]
    if c.signal:
        where, args = [*where, f"coalesce({_SIGNAL}, 0) = %s"], [*args, LEVELS[c.signal]]
    if c.party is not None:
        where, args = [*where, "r.party_id = %s"], [*args, c.party]
    if kind in DUTIES:
        opened, own = _opened(c)
        where, args = [*where, *opened], [*args, *own]
    else:
        if c.states:
            where, args = [*where, "r.state = any(%s)"], [*args, list(c.states)]
        low, high = c.due_range()
        if low is not None or high is not None:
            where.append("r.phase = 1")
        if low is not None:
            where, args = [*where, "r.due >= %s"], [*args, low]
        if high is not None:
            where, args = [*where, "r.due < %s"], [*args, high]
    for value in c.values:
        conditions, own = _value(value)
        where, args = [*where, *conditions], [*args, *own]
    return " and ".join(where), args


_AS_NUMBER = r"case when r.columns->>%s ~ '^-?[0-9]+(\.[0-9]+)?$' then (r.columns->>%s)::numeric end"


def _value(value: Value) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    args: list[Any] = []
    if isinstance(value.low, bool):
        return ["(r.columns->>%s) = %s"], [value.name, "true" if value.low else "false"]
    if isinstance(value.low, str):
        return ["(r.columns->>%s) = %s"], [value.name, value.low]
    for sign, bound in ((">=", value.low), ("<=", value.high)):
        if bound is None:
            continue
        if value.name == fields.AMOUNT.name:
            where, args = [*where, f"r.amount {sign} %s"], [*args, bound]
        elif hasattr(bound, "isoformat"):  # days are kept as ISO texts: their order is that of the texts
            where, args = [*where, f"left(r.columns->>%s, 10) {sign} %s"], [*args, value.name, bound.isoformat()]
        else:
            where, args = [*where, f"{_AS_NUMBER} {sign} %s"], [*args, value.name, value.name, bound]
    return where, args


def words_query(text: str) -> str:
    """Words as a query on the column of bigrams; empty where there is nothing to look for."""
    return " & ".join("'" + g.replace("'", "''").replace("\\", "\\\\") + "'" for g in bigrams(text))
