"""Clocks that ran out (期限届满): their actions, before any other act on the case and by the clock job."""

from __future__ import annotations

from django.db import connection, transaction

from jinzhi.kernel.cases import store
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.perform import act_on, finish, follow
from jinzhi.kernel.cases.standing import Work, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.time import now


def run_expired(works: list[Work], act: Act) -> None:
    """An expired right cannot be used because the job was late: actions of clocks run out come before any other act."""
    system = act.by(SYSTEM)
    due: dict[tuple[int, str], list[Work]] = {}
    for work in works:
        for clock in work.clocks:
            then = work.process.clocks[clock.name].then
            if not then or clock.stopped is not None or clock.due is None or parse(clock.due) >= act.at:
                continue
            lane = work.lanes[(clock.track, clock.lane)]
            if lane.state in work.process.actions[then].sources:
                work.lane = lane
                due.setdefault((work.process.id, then), []).append(work)
                break
    for (_, name), group in due.items():
        for work in group:
            work.memo["grant"] = None
        act_on(group, group[0].process.actions[name], system)
        follow(group, act)


def run_due(limit: int = 200) -> int:
    """Do the actions of clocks that ran out (the clock job); gives how many cases were looked at. Each chunk is its own transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct case_id from (select case_id from clock where stopped_at is null and due is not null and has_then and due < %s"
            " order by due limit %s) x",
            [now(), limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        with transaction.atomic():
            works = list(store.lock(ids).values())
            act = Act(actor=SYSTEM, at=now(), request="", calendar=calendar())
            run_expired(works, act)
            finish(works, act, [])
    return len(ids)
