"""Statutory time (期限): due dates from facts: start day, limit, unit, and the days that do not count.

Pure functions. The start day is not counted; working days follow the published calendar; limits in natural days, months and
years that end on a rest day move to the next working day (民法典 art. 203); hours run through. Suspended days are counted once,
however many reasons stop the clock on the same day.
"""

from __future__ import annotations

import calendar as _calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from jinzhi.kernel.cases.language import DURATION
from jinzhi.kernel.time import ZONE

Span = tuple[dt.date, dt.date]


class WorkingDays(Protocol):
    """What a due date needs of the calendar."""

    def is_working(self, day: dt.date) -> bool: ...
    def add_working_days(self, day: dt.date, n: int) -> tuple[dt.date, bool]: ...
    def working_days_between(self, a: dt.date, b: dt.date) -> int: ...
    def roll_to_working(self, day: dt.date) -> dt.date: ...
    def is_provisional(self, day: dt.date) -> bool: ...


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends: the instant, and whether the calendar behind it is not yet published."""

    at: dt.datetime
    provisional: bool


def split(duration: str) -> tuple[int, str]:
    """``20wd`` → (20, ``wd``)."""
    match = DURATION.match(duration)
    if match is None:
        raise ValueError(duration)
    return int(match.group(1)), match.group(2)


def union(spans: Iterable[Span]) -> list[Span]:
    """Merge spans of days (both ends included) that touch or overlap."""
    merged: list[Span] = []
    for first, last in sorted(s for s in spans if s[0] <= s[1]):
        if merged and first <= merged[-1][1] + dt.timedelta(days=1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day where that month is shorter."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(day.day, _calendar.monthrange(year, month)[1]))


def end_of(day: dt.date) -> dt.datetime:
    """The last second of a day in China Standard Time: a limit in days may be used to its end."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), ZONE)


def due(started: dt.datetime, limit: str, calendar: WorkingDays, stopped: Iterable[Span] = (), extended: Sequence[str] = ()) -> Due:
    """The end of ``limit`` counted from ``started``; ``stopped`` are days that do not count (both ends included).

    ``extended`` are durations granted later: of the limit's unit they lengthen it, of another they are counted from its end.
    Raises ValueError for a limit that is no duration.
    """
    amount, unit = split(limit)
    others = []
    for more in extended:
        n, kind = split(more)
        if kind == unit:
            amount += n
        else:
            others.append(more)
    found = _due(started, amount, unit, calendar, list(stopped))
    for more in others:
        found = _due(found.at, *split(more), calendar, list(stopped))
    return found


def _due(started: dt.datetime, amount: int, unit: str, calendar: WorkingDays, stopped: list[Span]) -> Due:
    local = started.astimezone(ZONE)
    start = local.date()
    spans = union(stopped)
    if unit == "h":
        lost = sum(((min(b, dt.date.max) - a).days + 1) for a, b in spans if b > start)
        return Due(local + dt.timedelta(hours=amount, days=lost), False)
    if unit == "wd":
        day = _working(start, amount, calendar, spans)
        return Due(end_of(day), calendar.is_provisional(day))
    base = start + dt.timedelta(days=amount) if unit == "d" else add_months(start, amount if unit == "m" else 12 * amount)
    day = _pushed(start, base, spans)
    day = calendar.roll_to_working(day)
    return Due(end_of(day), calendar.is_provisional(day))


def due_by(
    day: dt.date, calendar: WorkingDays, stopped: Iterable[Span] = (), started: dt.date | None = None, extended: Sequence[str] = ()
) -> Due:
    """A limit given as a date: it moves by the days that did not count, and by what was granted."""
    stopped = list(stopped)
    moved = _pushed(started or day, day, union(stopped)) if started else day
    if extended:
        return due(end_of(moved), extended[0], calendar, stopped, extended[1:])
    return Due(end_of(moved), calendar.is_provisional(moved))


def _working(start: dt.date, amount: int, calendar: WorkingDays, spans: list[Span]) -> dt.date:
    day, _ = calendar.add_working_days(start, amount)
    for first, last in spans:
        first = max(first, start + dt.timedelta(days=1))
        if first > last or first > day:
            continue
        # working_days_between(a, b) counts in (a, b]
        lost = calendar.working_days_between(first - dt.timedelta(days=1), last)
        day, _ = calendar.add_working_days(day, lost)
    return day


def _pushed(start: dt.date, day: dt.date, spans: list[Span]) -> dt.date:
    for first, last in spans:
        first = max(first, start + dt.timedelta(days=1))
        if first > last or first > day:
            continue
        day += dt.timedelta(days=(last - first).days + 1)
    return day
