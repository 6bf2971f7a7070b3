"""Signals of time (预警、黄牌、红牌): when each is due (pure), and the job that raises them.

Warn: a share of the limit is used, or few working days are left. Yellow: the promised limit, a stage's limit or an internal one has passed. Red: the
limit set by law has passed. Only the authority's lateness is raised; a party's clock has the reminders its process asks for, no more. A clock that
stands still raises nothing. Each kind is raised once a clock: ``signal`` is unique in it, so a job that runs late, twice or after a crash
raises what is missing and nothing else.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection, transaction

from jinzhi.kernel.cases import clocks as limits
from jinzhi.kernel.cases import promises
from jinzhi.kernel.cases.promises import Threshold
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.codes.calendar import calendar as working_days
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now

WARN, YELLOW, RED, REMIND = "warn", "yellow", "red", "remind"
LEVELS = {REMIND: 0, WARN: 1, YELLOW: 2, RED: 3}
TITLES = {REMIND: Text("提醒", "Reminder"), WARN: Text("预警", "Warning"), YELLOW: Text("黄牌", "Yellow card"), RED: Text("红牌", "Red card")}
TONES = {REMIND: "", WARN: "w", YELLOW: "w", RED: "r"}
AFTER = dt.timedelta(seconds=1)
"""A limit may be used to its last second; it has passed in the next."""


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that counts, as the plan of its signals needs it. ``remind``: durations before its end."""

    started: dt.datetime
    limit: str
    until: str | None
    extended: Sequence[str]
    stops: Sequence[limits.Stop]
    due: dt.datetime
    promised: str | None = None
    promised_due: dt.datetime | None = None
    binds: str = "organ"
    internal: bool = False
    remind: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A signal and the instant from which it is due. ``kind`` is ``warn``, ``yellow``, ``red`` or ``remind:5wd``."""

    kind: str
    at: dt.datetime


def plan(clock: Running, rule: Threshold, calendar: limits.WorkingDays) -> list[Planned]:
    """Everything this clock will raise if it runs on, in order of time."""
    found = [Planned(f"{REMIND}:{before}", at) for before in clock.remind if (at := _before(clock.due, before, calendar)) > clock.started]
    if clock.binds == "stage":
        found.append(Planned(YELLOW, clock.due + AFTER))
    elif clock.binds == "organ":
        found.append(Planned(YELLOW if clock.internal else RED, clock.due + AFTER))
        if clock.promised_due is not None and not clock.internal:
            found.append(Planned(YELLOW, clock.promised_due + AFTER))
        elif clock.promised_due is not None:
            found[-1] = Planned(YELLOW, min(clock.due, clock.promised_due) + AFTER)
    if clock.binds != "party":
        found.append(Planned(WARN, _warning(clock, rule, calendar)))
    return sorted(found, key=lambda p: (p.at, LEVELS[p.kind.split(":")[0]]))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZONE)


def _before(due: dt.datetime, before: str, calendar: limits.WorkingDays) -> dt.datetime:
    """So long before an end: to the hour for hours, else from the beginning of that day."""
    amount, unit = limits.split(before)
    if unit == "h":
        return due - dt.timedelta(hours=amount)
    day = due.astimezone(ZONE).date()
    if unit == "wd":
        return _midnight(calendar.add_working_days(day, -amount)[0])
    return _midnight(day - dt.timedelta(days=amount) if unit == "d" else limits.add_months(day, -amount if unit == "m" else -12 * amount))


def _warning(clock: Running, rule: Threshold, calendar: limits.WorkingDays) -> dt.datetime:
    """The beginning of the day after the share was used, or of the day with so many working days left; for hours to the second."""
    end, limit = (clock.promised_due, clock.promised) if clock.promised and clock.promised_due else (clock.due, clock.limit)
    unit = "d" if clock.until and limit == clock.limit else limits.split(limit)[1]
    stops = list(clock.stops)
    if unit == "h":
        whole = end - clock.started - limits.stood_still(clock.started, end, stops)
        return limits.after(clock.started, whole * rule.share, stops)
    start, last = clock.started.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    unit = "wd" if unit == "wd" else "d"
    counted = limits.counted(start, last, unit, calendar, stops)
    used = max(1, math.ceil(counted * rule.share - 1e-9))
    by_share = limits.nth_day(start, used, unit, calendar, stops) + dt.timedelta(days=1)
    by_left = max(calendar.add_working_days(last, -rule.left)[0] if rule.left else last, start + dt.timedelta(days=1))
    return _midnight(min(by_share, by_left, max(last, start)))


# -- the job -----------------------------------------------------------------------------------------------------------


@as_platform
def raise_due(limit: int = 500) -> int:
    """Raise what is due by now (the clock job); gives how many clocks were looked at. One indexed read when there is nothing.

    Several workers may call it: one works, the others find nothing. Signals therefore become visible in the order of their ids.
    """
    moment = now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select due_signals(%s, %s)", [moment, limit])
        rows: list[dict[str, Any]] = msgspec.json.decode(cursor.fetchone()[0])
        if not rows:
            return 0
        raised: list[dict[str, Any]] = []
        moved: list[dict[str, Any]] = []
        days = working_days()
        for row in rows:
            clock = _running(row)
            rule = promises.threshold(row["process"], row["name"], row["org"], clock.started.astimezone(ZONE).date())
            following = None
            for planned in plan(clock, rule, days):
                if planned.at <= moment:
                    level = LEVELS[planned.kind.split(":")[0]]
                    raised.append({"clock": row["id"], "kind": planned.kind, "level": level, "at": planned.at.isoformat()})
                elif following is None:
                    following = planned.at.isoformat()
            moved.append({"clock": row["id"], "next": following})
        cursor.execute("select write_signals(%s::jsonb, %s)", [msgspec.json.encode({"raised": raised, "moved": moved}).decode(), moment])
    return len(rows)


def _running(row: dict[str, Any]) -> Running:
    at = dt.datetime.fromisoformat
    started = _midnight(dt.date.fromisoformat(row["since"])) if row["since"] else at(row["started"])
    rule = process_by_id(row["pv"]).clocks[row["name"]]
    return Running(
        started, row["limit"], row["until"], row["extended"], [(at(a), at(b)) for a, b in row["stops"]], at(row["due"]), row["promised"],
        at(row["pdue"]) if row["pdue"] else None, row["binds"], rule.basis == "internal", rule.remind,
    )  # fmt: skip


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it was raised. ``at``: from when it was due; ``raised_at``: when the job said it."""

    id: int
    clock: int
    case: int
    name: str
    kind: str
    level: int
    at: dt.datetime
    raised_at: dt.datetime
    running: bool = field(default=True)

    @property
    def title(self) -> Text:
        return TITLES[self.kind.split(":")[0]]


def of_cases(ids: Sequence[int]) -> dict[int, list[Signal]]:
    """Signals of these cases, newest first, with whether their clock still runs. No access check: for callers that show these cases."""
    found: dict[int, list[Signal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.id, s.clock_id, s.case_id, k.name, s.kind, s.level, s.at, s.raised_at, k.stopped_at is null"
            " from signal s join clock k on k.id = s.clock_id where s.case_id = any(%s) order by s.id desc",
            [list(ids)],
        )
        for row in cursor.fetchall():
            found.setdefault(row[2], []).append(Signal(*row))
    return found


def worst(ids: Sequence[int]) -> dict[int, str]:
    """The gravest signal of a running clock of each case: ``red``, ``yellow`` or ``warn``; cases without one are absent."""
    found: dict[int, str] = {}
    for case, signals in of_cases(ids).items():
        levels = [s for s in signals if s.running and s.level > 0]
        if levels:
            found[case] = max(levels, key=lambda s: s.level).kind
    return found
