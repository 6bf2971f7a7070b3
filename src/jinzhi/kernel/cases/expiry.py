"""Clocks that ran out (期限届满): their actions, before any other act on the case and by the clock job."""

from __future__ import annotations

import logging

from django.db import OperationalError, connection, transaction

from jinzhi.kernel.cases import store
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.perform import act_on, finish, follow
from jinzhi.kernel.cases.results import is_busy
from jinzhi.kernel.cases.standing import OPEN, Clock, Work, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.time import now

log = logging.getLogger("jinzhi.cases")
ROUNDS = 10
"""How many clocks of one case may act one after the other; each acts once, so this is never reached by a sound process."""


def run_expired(works: list[Work], act: Act) -> None:
    """An expired right cannot be used because the job was late: actions of clocks run out come before any other act.

    Each clock acts once: one whose action moves a side track only stays running and overdue, and does not act again.
    """
    system = act.by(SYSTEM)
    for _ in range(ROUNDS):
        due: dict[tuple[int, str], list[Work]] = {}
        for work in works:
            clock = _ripe(work, act) if work.clocks and work.phase == OPEN else None
            if clock is None:
                continue
            clock.acted, clock.acting = act.at.isoformat(), True
            work.lane = work.lanes[(clock.track, clock.lane)]
            due.setdefault((work.process.id, work.process.clocks[clock.name].then), []).append(work)
        if not due:
            return
        for (_, name), group in due.items():
            for work in group:
                work.data = {}
                work.memo["grant"] = None
            act_on(group, group[0].process.actions[name], system)
            follow(group, act)


def _ripe(work: Work, act: Act) -> Clock | None:
    """The first clock that ran out, has not acted, and whose action can be done where its lane stands."""
    for clock in work.clocks:
        if clock.stopped is not None or clock.acted or clock.due is None:
            continue
        rule = work.process.clocks.get(clock.name)
        if rule is None or not rule.then or parse(clock.due) >= act.at:
            continue
        if work.lanes[(clock.track, clock.lane)].state in work.process.actions[rule.then].sources:
            return clock
    return None


@as_platform
def run_due(limit: int = 200) -> int:
    """Do the actions of clocks that ran out (the clock job); gives how many cases were looked at.

    Each call is one transaction of at most ``limit`` cases. Where it fails its cases are done one by one: the case that fails is
    recorded in ``clock_failure`` and tried again later (after 1, 2, 4 … minutes, at most a day), the others go on. A case somebody
    is working on (lock not free in 3 seconds) is left for the next call.
    """
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute("select due_cases(%s, %s)", [moment, limit])
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return 0
    try:
        _run(ids)
    except Exception as batch:  # one case must not stop the others, whatever its functions do wrong
        if isinstance(batch, OperationalError) and not is_busy(batch):
            raise
        for case_id in ids:
            try:
                _run([case_id])
            except OperationalError as error:
                if not is_busy(error):
                    raise
                log.info("clock of case %s waits: %s", case_id, error)
            except Exception as error:
                log.exception("the clock's action failed on case %s", case_id)
                _note_failure(case_id, f"{type(error).__name__}: {error}"[:2000])
    return len(ids)


def _run(ids: list[int]) -> None:
    with transaction.atomic():
        works = list(store.lock(ids).values())
        act = Act(actor=SYSTEM, at=now(), request="", calendar=calendar())
        run_expired(works, act)
        idle = [w.id for w in works if not w.memo.get("_notes")]
        finish(works, act, [])
        with connection.cursor() as cursor:
            cursor.execute("select clear_clock_failures(%s)", [[w.id for w in works if w.id not in set(idle)]])
        for case_id in idle:
            _note_failure(case_id, "nothing to do where the case stands")


def _note_failure(case_id: int, error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select note_clock_failure(%s, %s, %s)", [case_id, error, now()])
