"""Who must not hold a duty: separation of duties (不相容岗位分离) and signatures already given, asked for many in one question.

An act stands for who did it and for who was stood in for: neither may do what is apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from jinzhi.kernel.cases.people import answers
from jinzhi.kernel.cases.people.duties import Held
from jinzhi.kernel.refusals import Refusal

Doers = dict[tuple[int, str], set[tuple[int, str]]]
"""(case, action) → (person, lane) of everybody who did it or for whom it was done."""


def doers(duties: Iterable[Held]) -> Doers:
    """Who did what is apart from the acts of these duties: one question, none where nothing is apart."""
    wanted = {(d.case, other) for d in duties for a in d.actions for other in a.apart}
    if not wanted:
        return {}
    found: Doers = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, action, lane, actor, case when strpos(body, '\"for\":') > 0 then (body::jsonb->>'for')::bigint end"
            " from event where case_id = any(%s) and action = any(%s)",
            [sorted({c for c, _ in wanted}), sorted({a for _, a in wanted})],
        )
        for case, action, lane, actor, absent in cursor.fetchall():
            found.setdefault((case, action), set()).update((person, lane) for person in (actor, absent) if person)
    return found


def why_not(duty: Held, person: int, done: Doers) -> Refusal | None:
    """Why this person must not hold the duty, or None. Every act the duty is there for must be open to its holder."""
    for action in duty.actions:
        for other in sorted(action.apart):
            bound = action.track != "main" and duty.process.actions[other].track == action.track
            if any(doer == person and (not bound or lane == duty.lane) for doer, lane in done.get((duty.case, other), ())):
                return answers.apart(person, duty, action, other)
    pending = duty.pending
    if pending and any(a.name == pending["action"] for a in duty.actions) and person in (*pending["signers"], *pending.get("absent", ())):
        return answers.signed(person, duty)
    return None


def free_of_bars(duties: Sequence[Held], person: int) -> list[Held]:
    """The duties this person may hold, in order."""
    done = doers(duties)
    return [d for d in duties if why_not(d, person, done) is None]
