"""Withdrawal from a case (回避): by the officer himself or by his lead. It stands in the log (``~recuse``) and is asked from there."""

from __future__ import annotations

from django.db import connection, transaction

from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.people import answers, duties
from jinzhi.kernel.cases.queries import CaseView, access_case
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.orgs.sight import in_sight
from jinzhi.kernel.refusals import Refusal, Refused

LONGEST = 200


@in_sight
def recuse(view: CaseView, reason: str, person: int = 0) -> int:
    """Withdraw ``person`` (the actor himself when 0) from the case; gives how many duties went back to their groups.

    A duty the process gave to him by name has no group: it stays until his lead gives it to somebody else, and he cannot act on it.

    :raises Refused: no reason, withdrawn already, not by this actor, or the case is out of sight (404).
    """
    actor, who = view.actor, person or view.actor.person_id
    reason = reason.strip()[:LONGEST]
    if not reason:
        raise Refused(answers.reason_missing(), status=422)
    with transaction.atomic():
        held = list(duties.lock(_held_by(view.id, who)).values())
        now = access_case(actor, view.id)
        if who in now.work.recused:
            raise Refused(_named(answers.recused_already(who), who), status=409)
        post = next((grant for duty in held if (grant := duties.leads(actor, duty)) is not None), None)
        if who != actor.person_id and post is None:
            raise Refused(answers.not_to_recuse(), status=403)
        if who == actor.person_id:
            post = next((grant for grant in actor.grants if now.work.owner.startswith(grant.org_path) or grant.org_path in now.work.sight), None)
        back = [duty for duty in held if duty.open and not duty.personal]
        body = {"person": who, "reason": reason} | ({"slots": [duty.slot for duty in back]} if back else {})
        append([Noted(view.id, "~recuse", actor.person_id, post.post_id if post else 0, post.org_path if post else "", body=body)])
        duties.give([(duty, None) for duty in back])
    return len(back)


def _held_by(case: int, person: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select id from duty where case_id = %s and assignee = %s and closed_at is null", [case, person])
        return [row[0] for row in cursor.fetchall()]


def _named(refusal: Refusal, person: int) -> Refusal:
    return answers.named([refusal], person_names([person]))[0]
