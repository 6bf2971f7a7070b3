"""People: duties somebody can fulfil, roles somebody can hold, separation and joint signing of real persons (checks 13, 20, 28, 29)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context
from jinzhi.kernel.cases.language import LEVELS
from jinzhi.kernel.orgs.authority import ADMIN_TITLES

_FIRST = ("hq", "bureau", "branch", "office", "section")
_SECOND = ("hq", "province", "prefecture", "county")
ABOVE: dict[str, frozenset[str]] = (
    {level: frozenset(_SECOND[: i + 1]) for i, level in enumerate(_SECOND)}
    | {level: frozenset(_FIRST[: i + 1]) for i, level in enumerate(_FIRST)}
    | {"institute": frozenset({"institute", *_FIRST, *_SECOND}), "corps": frozenset({"corps", *_SECOND})}
)
"""Level → the levels an organisation of it may be, or lie below, in one of the two trees of organisations."""


def check(c: Context) -> None:
    for name, state in c.d.state.items():
        if state.duty and not any(state.duty in c.d.action[a].by for a in c.graph.doable[name]):
            c.say("state", name, f"gives a duty to '{state.duty}', who can do nothing there", "duty")
    _held(c)
    _back(c)
    for name, action in c.d.action.items():
        for other in action.apart_from:
            if c.d.action[other].by == ["system"]:
                c.say("action", name, f"apart_from names an act of the system, '{other}': the system is no person", "apart_from")
            if other == name:
                c.say("action", name, "apart_from names the action itself; persons and once say how often and by how many", "apart_from")
        if action.apart_from and action.by == ["system"]:
            c.say("action", name, "is done by the system, who is no person, and says apart_from", "apart_from")
        parties = [b for b in action.by if c.party(b)]
        if action.persons > 1 and (parties or "system" in action.by):
            c.say("action", name, f"persons asks officers, not parties ('{(parties or ['system'])[0]}')", "persons")


def _held(c: Context) -> None:
    """A role nobody can hold: no organisation where it could be posted, no party it could be, or the platform's own administrators."""
    d = c.d
    anywhere = any(a.hand and a.hand.field for a in d.action.values())
    below = LEVELS if anywhere else d.process.owners
    for name, role in d.role.items():
        if name in ADMIN_TITLES:
            c.say("role", name, "is an administrator of the platform, and such posts open no business: choose another name")
        if role.level and role.level != "owner" and not any(role.level in ABOVE[owner] for owner in below):
            c.say("role", name, f"acts at level '{role.level}', and no owner ({', '.join(d.process.owners)}) lies at or below such an organisation: nobody can hold it", "level")
        if role.party and role.party in d.field:
            opens = any(not a.source_states and name in a.by for a in d.action.values())
            if not (opens or c.graph.asked[role.party] or d.field[role.party].set_by):
                c.say("role", name, f"is the party in '{role.party}', which is asked by no action and set by no effect: nobody can be it", "party")


def _back(c: Context) -> None:
    for name, action in c.d.action.items():
        if action.hand is None or not action.hand.back:
            continue
        track = c.graph.track_of(action)
        given = [a for a in c.d.action.values() if a.hand and not a.hand.back and a.source_states and c.graph.track_of(a) == track]
        after = c.graph.reach({s for a in given for s in ([t for t in c.graph.targets(a) if c.graph.track(t) == track] or a.source_states)})
        if not after & set(action.source_states):
            c.say("action", name, "a hand back and nothing was ever handed over before it", "hand")
