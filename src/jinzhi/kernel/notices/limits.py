"""Notices of time limits: from the signals the clock job raised, in their order, each looked at once.

Told are whoever holds the duty of the clock's lane, leads over it from a yellow card on or while nobody holds it, and, where the limit binds
a party, that party's people. Signals become visible in the order of their ids (``cases.signals``), so the last one read is the checkpoint.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from jinzhi.kernel.feeds.models import Checkpoint
from jinzhi.kernel.notices.derive import Row, keep
from jinzhi.kernel.orgs.actors import LEAD
from jinzhi.kernel.orgs.models import Membership, Post
from jinzhi.kernel.orgs.queries import in_force, prefixes
from jinzhi.kernel.time import today

NAME = "kernel.notices.signals"
BATCH = 500
_SQL = """
select s.id, s.case_id, s.kind, s.level, s.name, s.org_path, s.holder, s.process, s.binds, s.raised_at, d.assignee, d.party_id, c.party_id
from signal s join clock k on k.id = s.clock_id join case_ c on c.id = s.case_id
left join duty d on d.case_id = s.case_id and d.closed_at is null and split_part(d.slot, '.', 1) = k.track and split_part(d.slot, '.', 2) = k.lane::text
where s.id > %s and s.id <= (select max(id) from (select id from signal where id > %s order by id limit %s) x) order by s.id
"""


def notify_signals() -> int:
    """Notices of signals raised since the last look; gives how many signals were read."""
    Checkpoint.objects.bulk_create([Checkpoint(name=NAME)], ignore_conflicts=True)
    with transaction.atomic():
        point = Checkpoint.objects.select_for_update(skip_locked=True).filter(name=NAME).first()
        if point is None:  # another worker is at it
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_SQL, [point.pos, point.pos, BATCH])
            rows = cursor.fetchall()
        if not rows:
            return 0
        keep(_rows(rows))
        point.pos = rows[-1][0]
        point.save()
    return len({row[0] for row in rows})


def _rows(found: list[Any]) -> list[Row]:
    officers = [r for r in found if r[8] != "party"]
    leads = _leads({path for r in officers for path in (r[5], r[6])})
    members = _members({p for r in found if r[8] == "party" for p in (r[11], r[12]) if p})
    told: dict[tuple[int, str], Row] = {}
    held = {r[0] for r in officers if r[10]}
    for sid, case, kind, level, name, owner, holder, process, binds, at, assignee, duty_party, case_party in found:
        data = {"signal": kind, "clock": name}
        if binds == "party":
            people, what = members.get(duty_party or case_party or 0, []), "party_limit"
        else:
            people, what = [assignee] if assignee else [], "signal"
            if level >= 2 or sid not in held:
                people = [*people, *(p for p, path, of in leads if of in ("", process) and (owner.startswith(path) or holder.startswith(path)))]
        for person in people:
            told[(person, f"s{sid}")] = (person, f"s{sid}", what, case, at, data)
    return list(told.values())


def _leads(paths: set[str]) -> list[tuple[int, str, str]]:
    """(person, path, process) of the posts of leads at or above these places."""
    above = {p for path in paths for p in prefixes(path)}
    posts = Post.objects.filter(in_force(today()), role=LEAD, org__path__in=above, person__is_active=True)
    return list(posts.values_list("person_id", "org__path", "process"))


def _members(parties: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Membership.objects.filter(in_force(today()), party_id__in=parties, person__is_active=True)
    for party, person in rows.values_list("party_id", "person_id"):
        found.setdefault(party, []).append(person)
    return found
