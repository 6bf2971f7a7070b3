"""Raising and lowering how a case is kept (定密、解密): built in for every process, by a confidentiality keeper over the case's owner.

A work secret (工作秘密, 公务员法 and 档案法 know it; 保守国家秘密法 64 leaves its rules to the organs) is absent for who is not cleared: in
lists, counts, search and exports, with its events, notes and documents, held by the database's row security.
"""

from __future__ import annotations

from django.db import connection, transaction

from jinzhi.kernel.cases.levels import CODES, SECRET, TITLES, TONES
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.posts import CONFIDENTIAL_KEEPER, CONFIDENTIAL_TITLE
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.orgs.actors import SYSTEM, Actor, Grant
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

LONGEST = 200


def title_of(view: CaseView) -> tuple[Text, str]:
    """How the case is kept, and the tone of its tag."""
    return TITLES[view.work.secrecy], TONES[view.work.secrecy]


def _post(view: CaseView, actor: Actor) -> Grant | None:
    return actor.post_for(CONFIDENTIAL_KEEPER, view.work.owner, view.process.code)


def choices(view: CaseView) -> list[tuple[str, Text]]:
    """The levels this reader may put the case on: those other than its own; none for who is no keeper here or not cleared."""
    if not view.actor.cleared or _post(view, view.actor) is None:
        return []
    return [(CODES[n], TITLES[n]) for n in CODES if n != view.work.secrecy]


def classify(view: CaseView, level: str, reason: str, actor: Actor) -> int:
    """Put a case on a level (``public``, ``internal``, ``secret``); leaves ``~classify`` (old, new, reason) and gives its place in the log.

    Asks a post as ``confidential_keeper`` over the owner and a clearance: nobody may make a case vanish from his own sight.

    :raises Refused: 403 of anybody else; 422 fields ``level`` (unknown, the same) and ``reason`` (missing, too long); 409 where the level has
        changed since the view was read.
    """
    grant = _post(view, actor)
    if grant is None or not actor.cleared:
        message = Text("密级由{r}调整，本人须有工作秘密知悉权限", "The level is changed by: {r}, cleared for work secrets").format(r=CONFIDENTIAL_TITLE)
        raise Refused(Refusal("not_allowed", message), status=403)
    number = next((n for n, code in CODES.items() if code == level), 0)
    why = " ".join(reason.split())
    refusals = []
    if not number or number == view.work.secrecy:
        refusals.append(Refusal("level", Text("选择另一个密级", "Choose another level"), "level"))
    if not 2 <= len(why) <= LONGEST:
        refusals.append(Refusal("reason", Text("写明理由，2 至 {n} 个字符", "Give the reason, in 2 to {n} characters").format(n=LONGEST), "reason"))
    if refusals:
        raise Refused(*refusals, status=422)
    body = {"old": CODES[view.work.secrecy], "new": level, "reason": why}
    with transaction.atomic():
        with sight(actor):
            ((_, seq),) = append([Noted(view.id, "~classify", actor.person_id, grant.post_id, grant.org_path, body=body)])  # locks the case
        with sight(SYSTEM), connection.cursor() as cursor:
            cursor.execute("select secrecy from case_ where id = %s", [view.id])
            if cursor.fetchone()[0] != view.work.secrecy:
                raise Refused(Refusal("stale", Text("密级刚被他人调整，请看后再办", "Somebody else has just changed the level: look again")), status=409)
            cursor.execute("select set_secrecy(%s, %s::smallint)", [view.id, number])
    view.work.secrecy = number
    return seq


__all__ = ["SECRET", "choices", "classify", "title_of"]
