"""Who holds a duty: claimed, given back, assigned, transferred, taken back, for one duty or for hundreds, each with its own answer.

Claim, release and transfer are the holder's; assign and take back are the lead's (组长: the post ``lead`` over the duty's organisation).
Nobody is given a duty he may not do: the post at the place, separation of duties and signatures given are asked first. Each change is an
event (``~claim ~release ~assign ~transfer``) and leaves the case's version alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction

from jinzhi.kernel.cases.levels import SECRET
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.people import answers, barred, duties
from jinzhi.kernel.cases.people.candidates import candidates
from jinzhi.kernel.cases.people.duties import Held
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import actors_for, person_names
from jinzhi.kernel.orgs.sight import in_sight
from jinzhi.kernel.refusals import Refusal

CHUNK = 500
WINDOW = 32
_BUSY = ("55P03", "40001", "40P01")


@dataclass(slots=True)
class Outcome:
    """What became of one duty: ``ok`` (done, or as wanted already: ``changed`` says which), or refused with the reasons."""

    duty: int
    case: int = 0
    number: str | None = None
    refusals: list[Refusal] = field(default_factory=list)
    changed: bool = False

    @property
    def ok(self) -> bool:
        return not self.refusals


Asked = tuple[Refusal | None, Grant | None]
Ask = Callable[[Held], Asked]


@in_sight
def claim_next(actor: Actor) -> int | None:
    """Take the most urgent free duty of all the actor's roles and places that the actor may do; gives its case, or None.

    Two who ask at once get different ones: a duty whose case somebody is at is passed over, not waited for.
    """
    after = ""
    while True:
        found, after = candidates(actor, after=after, limit=WINDOW)
        while found:
            with transaction.atomic():
                taken = _take(found, actor)
            if taken is None:
                break
            if taken.case:
                return taken.case
            found = [d for d in found if d.id != taken.duty]
        if not after:
            return None


def _take(found: Sequence[Held], actor: Actor) -> Outcome | None:
    """The first that can be had of these; None if none can; an Outcome without a case where it turned out to be barred."""
    free = barred.free_of_bars(found, actor)
    if not free:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select duty_id from take_duty(%s, %s)", [[d.id for d in free], actor.person_id])
        row = cursor.fetchone()
    if row is None:
        return None
    duty = next(d for d in free if d.id == row[0])
    if barred.why_not(duty, actor, barred.doers([duty])) is not None:  # done in another window since
        transaction.set_rollback(True)
        return Outcome(duty.id)
    append([_event(duty, "~claim", actor, duties.post_of(actor, duty), {"person": actor.person_id})])
    return Outcome(duty.id, duty.case, duty.number, changed=True)


@in_sight
def claim(actor: Actor, ids: Sequence[int]) -> list[Outcome]:
    """Take these free duties for the actor."""

    def ask(duty: Held) -> Asked:
        post = duties.post_of(actor, duty)
        if duty.assignee not in (None, actor.person_id):
            return answers.claimed(duty.assignee or 0), None
        return (None, post) if post is not None or duty.assignee == actor.person_id else (answers.no_post(duty), None)

    return _give(actor, ids, "~claim", ask, lambda duty: actor)


@in_sight
def release(actor: Actor, ids: Sequence[int]) -> list[Outcome]:
    """Give the actor's duties back to their groups."""
    return _give(actor, ids, "~release", lambda duty: _of_holder(actor, duty), lambda duty: None)


@in_sight
def transfer(actor: Actor, ids: Sequence[int], person: int, *, reason: str = "") -> list[Outcome]:
    """Hand the actor's duties (or those of who the actor stands in for) to a colleague who holds the role there."""
    to = _actor(person)
    return _give(actor, ids, "~transfer", lambda duty: _of_holder(actor, duty, lead=True), lambda duty: to, reason)


@in_sight
def assign(actor: Actor, ids: Sequence[int], person: int, *, reason: str = "") -> list[Outcome]:
    """As a lead: give these duties, free or held, to somebody who holds the role there."""
    to = _actor(person)
    return _give(actor, ids, "~assign", lambda duty: _of_lead(actor, duty), lambda duty: to, reason)


@in_sight
def take_back(actor: Actor, ids: Sequence[int], *, reason: str = "") -> list[Outcome]:
    """As a lead: put held duties back into their groups' queues."""
    return _give(actor, ids, "~release", lambda duty: _of_lead(actor, duty), lambda duty: None, reason)


def _actor(person: int) -> Actor | None:
    found = Person.objects.filter(pk=person, is_active=True).first()
    return actors_for([found])[person] if found is not None else Actor(person, "")


def _of_holder(actor: Actor, duty: Held, *, lead: bool = False) -> Asked:
    if duty.assignee == actor.person_id:
        return None, duties.post_of(actor, duty)
    absence = actor.stands_in(duty.assignee, duty.role)
    if absence is not None:
        post = absence.post_for(duty.role, duty.place, duty.process.code)
        return None, post or Grant(duty.role, duty.org, for_person=absence.person_id)
    if lead and duty.assignee is not None and (post := duties.leads(actor, duty)) is not None:
        return None, post
    return answers.not_yours(duty.assignee), None


def _of_lead(actor: Actor, duty: Held) -> Asked:
    post = duties.leads(actor, duty)
    return (None, post) if post is not None else (answers.not_lead(duty), None)


def _give(actor: Actor, ids: Sequence[int], what: str, ask: Ask, to: Callable[[Held], Actor | None], reason: str = "") -> list[Outcome]:
    """One outcome for each duty, in order; each chunk is one transaction of a constant number of statements."""
    outcomes: list[Outcome] = []
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        try:
            with transaction.atomic():
                outcomes += _give_part(actor, part, what, ask, to, reason)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _BUSY:
                raise
            outcomes += [Outcome(i, refusals=[answers.busy()]) for i in part]
    return name_people(outcomes)


def _give_part(actor: Actor, ids: Sequence[int], what: str, ask: Ask, to: Callable[[Held], Actor | None], reason: str) -> list[Outcome]:
    shown = duties.visible(ids)
    locked = duties.lock([i for i in ids if i in shown]) if shown else {}
    done = barred.doers(locked.values())
    outcomes: dict[int, Outcome] = {}
    changes: list[tuple[Held, int | None]] = []
    acts: list[Noted] = []
    taken = slots(locked)
    for i in dict.fromkeys(ids):
        duty = locked.get(i)
        if duty is None or not duties.sees(actor, duty):
            outcomes[i] = Outcome(i, refusals=[answers.absent()])
            continue
        outcome = outcomes[i] = Outcome(i, duty.case, duty.number)
        refusal, post = _standing(duty), None
        if refusal is None:
            refusal, post = ask(duty)
        target = to(duty)
        person = target.person_id if target is not None else None
        if refusal is None and person != duty.assignee:
            refusal = _may_hold(duty, target, done, taken)
        if refusal is not None:
            outcome.refusals.append(refusal)
        elif person != duty.assignee:
            changes.append((duty, person))
            outcome.changed = True
            acts.append(_event(duty, what, actor, post, {"from": duty.assignee, "person": person, "reason": reason}))
    duties.give(changes)
    append(acts)
    return [outcomes[i] for i in ids]


def _standing(duty: Held) -> Refusal | None:
    if not duty.open:
        return answers.over()
    return answers.of_party() if duty.party is not None else None


def _may_hold(duty: Held, target: Actor | None, done: barred.Doers, taken: set[tuple[int, str]]) -> Refusal | None:
    """Whether a duty may go to this person (None: to the group)."""
    if target is None:
        return answers.personal() if duty.personal else None
    if duties.post_of(target, duty) is None:
        return answers.no_post_of(target.person_id, duty)
    if duty.secrecy >= SECRET and not target.cleared:
        return answers.not_cleared(target.person_id)
    if duty.personal:
        # Two people of one lane must stay two.
        key = (duty.case, f"{duty.lane}.{target.person_id}")
        if key in taken:
            return answers.colleague_has_it(target.person_id)
        taken.add(key)
    return barred.why_not(duty, target, done)


def slots(locked: dict[int, Held]) -> set[tuple[int, str]]:
    """(case, slot) of the open duties of the cases where the process gave duties to people by name."""
    cases = sorted({d.case for d in locked.values() if d.personal})
    if not cases:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("select case_id, slot from duty where case_id = any(%s) and closed_at is null", [cases])
        return set(cursor.fetchall())


def _event(duty: Held, what: str, actor: Actor, post: Grant | None, body: dict[str, Any]) -> Noted:
    kept = {"slot": duty.slot, "role": duty.role, "state": duty.state} | {key: value for key, value in body.items() if value}
    if post is not None and post.for_person:
        kept["for"] = post.for_person
    return Noted(duty.case, what, actor.person_id, post.post_id if post else 0, post.org_path if post else "", duty.lane, kept)


def name_people(outcomes: list[Outcome]) -> list[Outcome]:
    """The refusals with the names of the people they speak of, in one question."""
    wanted = {r.data["person"] for o in outcomes for r in o.refusals if r.data.get("person")}
    names = person_names(wanted) if wanted else {}
    for outcome in outcomes:
        outcome.refusals = answers.named(outcome.refusals, names)
    return outcomes


__all__ = ["Outcome", "assign", "claim", "claim_next", "release", "take_back", "transfer"]
