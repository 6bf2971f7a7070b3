"""Who must not hold a duty: separation of duties (不相容岗位分离) and conflicts of interest (回避) and signatures already given, asked for many in one question.

An act stands for who did it and for who was stood in for: neither may do what is apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from jinzhi.kernel.cases.conflict import interests, tied
from jinzhi.kernel.cases.people import answers
from jinzhi.kernel.cases.people.duties import Held
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text


@dataclass
class Doers:
    """``acts``: (case, action) → (person, lane) of everybody who did it or for whom it was done. ``parents``: (child case, person) → the act of
    the parent that bars this person from the child."""

    acts: dict[tuple[int, str], set[tuple[int, str]]] = field(default_factory=dict)
    parents: dict[tuple[int, int], Text] = field(default_factory=dict)


def doers(duties: Iterable[Held]) -> Doers:
    """Who did what is apart from the acts of these duties: one question, two where cases are children, none where nothing is apart."""
    asked = list(duties)
    found = Doers()
    children = sorted({d.case for d in asked if d.child})
    if children:
        _from_parents(children, found)
    wanted = {(d.case, other) for d in asked for a in d.actions for other in a.apart}
    if not wanted:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, action, lane, actor, case when strpos(body, '\"for\":') > 0 then (body::jsonb->>'for')::bigint end"
            " from event where case_id = any(%s) and action = any(%s)",
            [sorted({c for c, _ in wanted}), sorted({a for _, a in wanted})],
        )
        for case, action, lane, actor, absent in cursor.fetchall():
            found.acts.setdefault((case, action), set()).update((person, lane) for person in (actor, absent) if person)
    return found


def _from_parents(children: list[int], found: Doers) -> None:
    """Who did an act in the parent from which the child is apart."""
    with connection.cursor() as cursor:
        cursor.execute("select * from parents_acts(%s)", [children])
        for child, version, name, action, actor, absent in cursor.fetchall():
            process = process_by_id(version)
            if name in process.children and action in process.children[name].apart_from:
                title = process.actions[action].title if action in process.actions else Text(action, action)
                found.parents.update({(child, person): title for person in (actor, absent) if person})


def in_conflict(duty: Held, who: Actor) -> Refusal | None:
    """Whether this person has withdrawn from the case or is tied to one of its parties (利害关系): the same words for both, told to a third person."""
    return answers.recused(who.person_id) if who.person_id in duty.recused or tied(interests(who), duty.parties) else None


def why_not(duty: Held, who: Actor, done: Doers) -> Refusal | None:
    """Why this person must not hold the duty, or None. Every act the duty is there for must be open to its holder."""
    person = who.person_id
    if (refusal := in_conflict(duty, who)) is not None:
        return refusal
    if (duty.case, person) in done.parents:
        return answers.apart_parent(person, done.parents[(duty.case, person)])
    for action in duty.actions:
        for other in sorted(action.apart):
            bound = action.track != "main" and duty.process.actions[other].track == action.track
            if any(doer == person and (not bound or lane == duty.lane) for doer, lane in done.acts.get((duty.case, other), ())):
                return answers.apart(person, duty, action, other)
    pending = duty.pending
    if pending and any(a.name == pending["action"] for a in duty.actions) and person in (*pending["signers"], *pending.get("absent", ())):
        return answers.signed(person, duty)
    return None


def free_of_bars(duties: Sequence[Held], who: Actor) -> list[Held]:
    """The duties this person may hold, in order."""
    done = doers(duties)
    return [d for d in duties if why_not(d, who, done) is None]
