"""The time of a case in memory (计时): due instants, promised ones, the next signal, and what the party was told of a suspension.

Runs after every move, on facts already in memory; asks the database nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from jinzhi.kernel.cases import clocks as limits
from jinzhi.kernel.cases import promises, signals
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.language import DURATION
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.standing import Clock, Suspension, Work, counted_from, parse, stops_of


def recompute(work: Work, action: Action, act: Act) -> None:
    """Derive the ends of clocks that have just started, and of every running one where a suspension began or ended."""
    everything, work.stops_changed = work.stops_changed, False
    redated, work.redated = work.redated, []
    for suspension in work.suspensions:
        if suspension.ended is None:
            _tell(work, suspension, action, act)
    for clock in work.clocks:
        if not clock.limit and not clock.until:  # only a least time: it is never due
            continue
        if clock.stopped is None and (everything or clock in redated or (clock.fresh and clock.due is None)):
            end(work, clock, act.calendar)


Ends = tuple[str, bool, str | None, str | None, str | None]
"""Due instant, provisional, the promise that still counts, its instant, the next signal."""
_same: dict[Any, Ends] = {}
"""A batch starts a thousand clocks in one instant under one rule: their ends are worked out once."""


def end(work: Work, clock: Clock, calendar: limits.WorkingDays) -> None:
    """Set the due instants of one running clock; none of them while it stands still."""
    stops, still = stops_of(work, clock)
    due = promised = signal = None
    if still:
        clock.provisional = False
    elif stops or clock.extended:
        due, clock.provisional, clock.promised, promised, signal = _ends(work, clock, calendar, stops)
    else:
        first = clock.fresh and clock.due is None
        key = (work.process.id, clock.name, clock.started, clock.since, clock.until, clock.limit, clock.promised, first, work.owner, calendar, promises.version())
        found = _same.get(key)
        if found is None:
            if len(_same) > 10_000:
                _same.clear()
            found = _same[key] = _ends(work, clock, calendar, stops)
        due, clock.provisional, clock.promised, promised, signal = found
    if clock.acted and due is not None and due != clock.due:  # a new due date lets its action be done again
        clock.acted, clock.acting = None, True
    if (due, promised, signal) != (clock.due, clock.promised_due, clock.next_signal):
        clock.due, clock.promised_due, clock.next_signal, clock.changed = due, promised, signal, True


def _ends(work: Work, clock: Clock, calendar: limits.WorkingDays, stops: list[limits.Stop]) -> Ends:
    started = counted_from(clock)
    found = due_of(clock, calendar, stops)
    ours = limits.due(started, clock.promised, calendar, stops, clock.extended).at if clock.promised else None
    promise = clock.promised
    if ours is not None and clock.fresh and clock.due is None and ours > found.at:  # a law shortened since the promise was made stays the law
        promise = ours = None
    rule = work.process.clocks[clock.name]
    plan = signals.plan(
        signals.Running(
            started, clock.limit, clock.until, clock.extended, stops, found.at, promise, ours, rule.binds, rule.basis == "internal", rule.remind,
        ),
        promises.threshold(work.process.code, clock.name, work.owner, started.date()), calendar,
    )  # fmt: skip
    return found.at.isoformat(), found.provisional, promise, ours.isoformat() if ours else None, plan[0].at.isoformat() if plan else None


def due_of(clock: Clock, calendar: limits.WorkingDays, stops: list[limits.Stop]) -> limits.Due:
    """When a clock ends by law, with what was granted on top."""
    started = counted_from(clock)
    if clock.until:
        return limits.due_by(dt.date.fromisoformat(clock.until), calendar, stops, started.date(), clock.extended)
    return limits.due(started, clock.limit, calendar, stops, clock.extended)


def _tell(work: Work, suspension: Suspension, action: Action, act: Act) -> None:
    """Keep the time the party is told (行政许可法 art. 45), from the field the process names: asked by this act, or set by its effects.

    A later act may tell a longer time; what an act does not say stays as it was told.
    """
    rule = work.process.suspensions.get(suspension.reason)
    if rule is None or not rule.told:
        return
    asked = rule.told in work.data
    if not asked and not any(name in work.process.fields[rule.told].set_by for name in action.effects):
        return
    value = work.data[rule.told] if asked else work.fact(rule.told)
    told = _said(value)
    if told and told != suspension.told:
        suspension.told, suspension.retold = told, not suspension.fresh
        suspension.told_until = told_until(parse(suspension.began), told, act.calendar).isoformat()


def _said(value: Any) -> str | None:
    """A number is working days; a date is the last day; a span ends with its second day."""
    if isinstance(value, dict):
        value = value.get("to")
    if isinstance(value, list | tuple):
        value = value[-1] if value else None
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, int):
        return f"{value}wd" if 0 < value < 1000 else None
    return value.isoformat()[:10] if isinstance(value, dt.date) else str(value)


def told_until(began: dt.datetime, told: str, calendar: limits.WorkingDays) -> dt.date:
    """The last day of a told time: a duration counted from the day it began, or the date itself."""
    if DURATION.match(told):
        return limits.due(began, told, calendar).at.date()
    return dt.date.fromisoformat(told)
