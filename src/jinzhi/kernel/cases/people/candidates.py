"""The free duties of a person's roles and places, most urgent first: what ``claim_next`` chooses from."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.conflict import marks
from jinzhi.kernel.cases.people.duties import Held, post_of
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.orgs.actors import Actor


def candidates(actor: Actor, *, after: str = "", limit: int = 32) -> tuple[list[Held], str]:
    """A page of free duties over all the actor's scopes and roles at once, those left out that no post of the actor's is for; and the
    key of the next page (empty: there is none). A short queue is gathered and sorted, a long one read in its order."""
    found = List("group", actor)
    if found.shape == "none":
        return [], ""
    inner, values = found.thin_page(after, limit)
    sql = (
        "select d.id, d.case_id, d.slot, d.role, d.org_path, d.state, c.process_version, c.org_path, l.holder, c.number, l.pending, k.due, c.parent_id, c.party_id, c.sight, recused_in(c.id)"
        f" from ({inner}) k"
        " join duty d on d.case_id = k.case_id and d.slot = k.slot and d.closed_at is null join case_ c on c.id = k.case_id"
        " left join lane l on l.case_id = d.case_id and l.track = split_part(d.slot, '.', 1) and l.no = split_part(d.slot, '.', 2)::smallint"
        " order by k.due, k.case_id, k.slot"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    held = [
        Held(r[0], r[1], r[2], r[3], r[4], r[5], None, process_by_id(r[6]), r[7], r[8] or r[4], r[9], None, True, _json(r[10]), r[12] is not None,
            parties=marks(r[13], r[14]), recused=frozenset(r[15]),
        )
        for r in rows
    ]  # fmt: skip
    more = found.key_of(due=rows[-1][11], case_id=rows[-1][1], slot=rows[-1][2]) if len(rows) >= limit else ""
    return [d for d in held if post_of(actor, d) is not None], more


def _json(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, str | bytes) else value
