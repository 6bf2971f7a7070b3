"""Extensions (延长) of running clocks, and states that may not be entered before a least time has passed (最短期限)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from jinzhi.kernel.cases import answers
from jinzhi.kernel.cases import clocks as time_limits
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.moves import targets
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.standing import Clock, Work, counted_from, parse, stops_of
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text


def clock_of(work: Work, name: str) -> Clock | None:
    """The running clock of that name: the lane's own, else the newest of its track."""
    running = [c for c in work.clocks if c.name == name and c.stopped is None]
    own = [c for c in running if (c.track, c.lane) == (work.lane.track, work.lane.no)]
    return own[0] if own else (max(running, key=lambda c: c.lane) if running else None)


def refused(work: Work, action: Action, act: Act) -> list[Refusal]:
    """Why the clock an action extends cannot be extended."""
    if not action.extends:
        return []
    title = work.process.clocks[action.extends].title
    clock = clock_of(work, action.extends)
    if clock is None:
        return [answers.no_clock_to_extend(action, title)]
    wanted = work.fact(action.extends_field) if action.extends_field else None
    if isinstance(wanted, int) and not 0 < wanted < 10_000:
        return [Refusal("bad_length", Text("延长的天数应在 1 至 9999 之间", "The extension is from 1 to 9999 days"), action.extends_field)]
    if isinstance(wanted, str) and len(wanted) == 10:
        wanted = dt.date.fromisoformat(wanted)
    if isinstance(wanted, dt.date) and clock.due is not None and wanted <= parse(clock.due).date():
        return [answers.not_longer(action.extends_field, title, parse(clock.due))]
    return []


def extend(work: Work, action: Action, act: Act, grant: Any) -> None:
    """Lengthen the clock; the row says by how much, who granted it, when and why. The event's sequence is known when it is written."""
    clock = clock_of(work, action.extends)
    if clock is None:
        return
    by = action.extends_by
    if action.extends_field:
        value = work.fact(action.extends_field)
        by = f"{value}d" if isinstance(value, int) else str(value)
    if len(by) == 10 and by[4] == "-":  # a date: the limit is that day from now on, whatever it was counted by before
        clock.until, clock.since, clock.extended = by, act.at.date().isoformat(), []
    else:
        clock.extended = [*clock.extended, by]
    clock.redated = True
    work.memo["event"] = {**(work.memo.get("event") or {}), "extended": {"clock": clock.name, "by": by, "from": clock.due}}
    reason = next((str(work.data[f]) for f, _ in action.asks if work.process.fields[f].type == "note" and work.data.get(f)), "")
    work.memo.setdefault("_extensions", []).append({
        "case": work.id, "track": clock.track, "lane": clock.lane, "name": clock.name, "by_time": by, "action": action.name,
        "actor": act.actor.person_id, "post": grant.post_id if grant else 0, "reason": reason, "at": act.at.isoformat(),
        "seq": work.seq + 1 + len(work.memo.get("_notes", ())),
    })  # fmt: skip
    work.redate(clock)


def opens_at(work: Work, clock: Clock, calendar: time_limits.WorkingDays) -> dt.datetime:
    """The instant from which the stop states of a clock may be entered."""
    spans, _ = stops_of(work, clock)
    start, least = counted_from(clock), clock.earliest or "0d"
    amount, unit = time_limits.split(least)
    if unit in ("wd", "h"):
        return time_limits.due(start, least, calendar, spans).at
    # a least time only has to pass: it does not move to a working day
    day = start.date() + dt.timedelta(days=amount) if unit == "d" else time_limits.add_months(start.date(), amount if unit == "m" else 12 * amount)
    return time_limits.due_by(day, calendar, spans, start.date()).at


def too_early(work: Work, action: Action, act: Act) -> Refusal | None:
    """A state that stops a clock with a least time may not be entered before that has passed."""
    waiting = [c for c in work.clocks if c.earliest and c.stopped is None]
    if not waiting:
        return None
    for name in targets(work, action):
        state = work.process.states[name]
        for clock in waiting:
            own = state.track != work.lane.track or clock.lane == work.lane.no
            if clock.track == state.track and own and clock.name in work.process.clocks and name in _stops(work, clock):
                moment = opens_at(work, clock, act.calendar)
                if act.at <= moment:
                    return answers.too_early(action, work.process.clocks[clock.name].title, moment)
    return None


def _stops(work: Work, clock: Clock) -> list[str]:
    return work.process.definition.clock[clock.name].stops
