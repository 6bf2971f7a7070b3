"""Statutory time (期限): due dates from facts: start day, limit, unit, and the days that do not count.

Pure functions. The start day is not counted; working days follow the published calendar; limits in natural days, months and
years that end on a rest day move to the next working day (民法典 art. 203); hours run through. A day touched by a stop is not
counted, and counted out once, however many reasons stop the clock on it; hours lose exactly the time they stood still. A limit cannot end
on a day on which it stands still. ``sql/clocks.sql`` holds the same computation for any set of clocks: the two must agree.
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
"""Days, both ends included."""
Stop = tuple[dt.date, dt.date]
"""A time that does not count: two days (both included) or, known to the second, two aware instants."""


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


def days_of(stops: Iterable[Stop]) -> list[Span]:
    """The days that stops touch, merged."""
    return union((_day(first), _day(last)) for first, last in stops)


def _day(moment: dt.date) -> dt.date:
    return moment.astimezone(ZONE).date() if isinstance(moment, dt.datetime) else moment


def _instants(stops: Iterable[Stop]) -> list[tuple[dt.datetime, dt.datetime]]:
    """Stops as instants, merged where they touch or overlap."""
    merged: list[tuple[dt.datetime, dt.datetime]] = []
    for first, last in sorted((_beginning(a), _ending(b)) for a, b in stops):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _beginning(moment: dt.date) -> dt.datetime:
    return moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time(), ZONE)


def _ending(moment: dt.date) -> dt.datetime:
    return moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment + dt.timedelta(days=1), dt.time(), ZONE)


def due(started: dt.datetime, limit: str, calendar: WorkingDays, stopped: Iterable[Stop] = (), extended: Sequence[str] = ()) -> Due:
    """The end of ``limit`` counted from ``started``; ``stopped`` is time that does not count.

    ``extended`` are durations granted later: of the limit's unit they lengthen it, of another they are counted from its end.
    Raises ValueError for a limit that is no duration.
    """
    stops = list(stopped)
    found = Due(started, False)
    for amount, unit in parts(limit, extended):
        found = _due(found.at, amount, unit, calendar, stops)
    return found


def parts(limit: str, extended: Sequence[str] = ()) -> list[tuple[int, str]]:
    """What is counted, one after the other: the limit with all extensions of its unit, then those of other units."""
    amount, unit = split(limit)
    more = [split(e) for e in extended]
    return [(amount + sum(n for n, kind in more if kind == unit), unit), *((n, kind) for n, kind in more if kind != unit)]


def _due(started: dt.datetime, amount: int, unit: str, calendar: WorkingDays, stops: list[Stop]) -> Due:
    local = started.astimezone(ZONE)
    start = local.date()
    if unit == "h":
        return Due(after(local, dt.timedelta(hours=amount), stops), False)
    spans = days_of(stops)
    if unit == "wd":
        day = _working(start, amount, calendar, spans)
        return Due(end_of(day), calendar.is_provisional(day))
    base = start + dt.timedelta(days=amount) if unit == "d" else add_months(start, amount if unit == "m" else 12 * amount)
    day = _rolled(_pushed(start, base, spans), calendar, spans)
    return Due(end_of(day), calendar.is_provisional(day))


def due_by(day: dt.date, calendar: WorkingDays, stopped: Iterable[Stop] = (), started: dt.date | None = None, extended: Sequence[str] = ()) -> Due:
    """A limit given as a date: it moves by the days that did not count, and by what was granted; a rest day is no reason to move it."""
    stops = list(stopped)
    moved = _pushed(started, day, days_of(stops)) if started else day
    if extended:
        return due(end_of(moved), extended[0], calendar, stops, extended[1:])
    return Due(end_of(moved), calendar.is_provisional(moved))


def after(started: dt.datetime, time: dt.timedelta, stops: Iterable[Stop] = ()) -> dt.datetime:
    """The instant at which so much time has run, what stood still left out."""
    end = started + time
    for first, last in _instants(stops):
        first = max(first, started)
        if first < end and last > first:
            end += last - first
    return end


def stood_still(start: dt.datetime, end: dt.datetime, stops: Iterable[Stop]) -> dt.timedelta:
    """How long it stood still between two instants."""
    found = ((max(first, start), min(last, end)) for first, last in _instants(stops))
    return sum((last - first for first, last in found if last > first), dt.timedelta())


def counted(start: dt.date, end: dt.date, unit: str, calendar: WorkingDays, stops: Iterable[Stop] = ()) -> int:
    """Days that count after ``start`` up to and including ``end``: working days for ``wd``, else natural ones; stopped days do not."""
    total = calendar.working_days_between(start, end) if unit == "wd" else (end - start).days
    for first, last in days_of(stops):
        first, last = max(first, start + dt.timedelta(days=1)), min(last, end)
        if first <= last:
            before = first - dt.timedelta(days=1)
            total -= calendar.working_days_between(before, last) if unit == "wd" else (last - before).days
    return total


def nth_day(start: dt.date, n: int, unit: str, calendar: WorkingDays, stops: Iterable[Stop] = ()) -> dt.date:
    """The ``n``-th day that counts after ``start``; a natural day is not moved off a rest day."""
    spans = days_of(stops)
    return _working(start, n, calendar, spans) if unit == "wd" else _pushed(start, start + dt.timedelta(days=n), spans)


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


def _rolled(day: dt.date, calendar: WorkingDays, spans: list[Span]) -> dt.date:
    """The first working day from ``day`` on that is not stopped."""
    day = calendar.roll_to_working(day)
    for first, last in spans:
        if first <= day <= last:
            day = calendar.roll_to_working(last + dt.timedelta(days=1))
    return day
