"""Cases put into any state for tests of who may do what, through the kernel's own write function: rows, duties and chain are real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from jinzhi.kernel.cases import store, timing
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.standing import OPEN, Lane, Work
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.time import now

if TYPE_CHECKING:
    from collections.abc import Iterable


def put(
    case: int, state: str, *, holder: str, key: str = "", party: dict[str, int] | None = None, done: Iterable[tuple[str, int]] = (), assignees: Iterable[int] = ()
) -> Lane:
    """Put a case into ``state``: on the main track its one lane, elsewhere the newest lane or a new one, held by ``holder``.

    ``party`` are facts that name parties; ``done`` are (action, person) that the log shall hold, done in that lane.
    """
    at = now()
    with transaction.atomic():
        work: Work = store.lock([case])[case]
        track = work.process.states[state].track
        work.facts |= party or {}
        lane = work.newest(track)
        if lane is None:
            lane = work.begin(track, state, at.isoformat(), key=key, holder=holder)
        else:
            lane.holder = holder
            work.held_by(holder)
            work.enter(lane, state, at.isoformat())
        work.phase = max(work.phase, OPEN)
        lane.assignees = list(assignees)
        for action, person in [*done, ("put", 0)]:
            work.record(action=action, lane=lane, actor=person, post=0, org="", request="", at=at, body={"to": [state]} if action == "put" else {})
        timing.recompute(work, next(iter(work.process.actions.values())), Act(SYSTEM, at, "", calendar()))
        work.settle_duties()
        store.write([work], at)
    return lane
