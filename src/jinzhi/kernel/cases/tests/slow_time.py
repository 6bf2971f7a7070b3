"""Statutory time the slow way, written apart from the product: it walks day by day, hour limits minute by minute, and knows no formula."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence

ZONE = dt.timezone(dt.timedelta(hours=8))
ONE = dt.timedelta(days=1)
Works = Callable[[dt.date], bool]
Instants = tuple[dt.datetime, dt.datetime]


def slow_due(
    started: dt.datetime, limit: str, until: dt.date | None, since: dt.date | None, extended: Sequence[str], stops: Sequence[Instants], works: Works
) -> dt.datetime:
    """The end of a clock that counts: its limit or date, what was granted, and every day (for hours: minute) it stood still left out."""
    at = dt.datetime(since.year, since.month, since.day, tzinfo=ZONE) if since else started.astimezone(ZONE)
    todo = list(extended)
    if until is not None:
        at = _end(_natural(at.date(), (until - at.date()).days, stops))
        if not todo:
            return at
        limit = todo.pop(0)
    amount, unit = _read(limit)
    others = []
    for more in todo:
        n, kind = _read(more)
        if kind == unit:
            amount += n
        else:
            others.append((n, kind))
    for n, kind in [(amount, unit), *others]:
        at = _one(at, n, kind, stops, works)
    return at


def _read(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d+)(\D+)", text)
    assert found
    return int(found[1]), found[2]


def _one(at: dt.datetime, n: int, unit: str, stops: Sequence[Instants], works: Works) -> dt.datetime:
    if unit == "h":
        minute = dt.timedelta(minutes=1)
        left = n * 60
        while left:
            if not any(a <= at < b for a, b in stops):
                left -= 1
            at += minute
        return at
    start = at.date()
    if unit == "wd":
        day = start
        while n:
            day += ONE
            if works(day) and not _stopped(day, stops):
                n -= 1
        return _end(day)
    day = _natural(start, n if unit == "d" else (_months(start, n if unit == "m" else 12 * n) - start).days, stops)
    while not works(day) or _stopped(day, stops):
        day += ONE
    return _end(day)


def _natural(day: dt.date, n: int, stops: Sequence[Instants]) -> dt.date:
    if n < 0:
        return day + n * ONE
    while n:
        day += ONE
        if not _stopped(day, stops):
            n -= 1
    return day


def _months(day: dt.date, n: int) -> dt.date:
    """Month after month on foot: the same day number where there is one, else the last day."""
    wanted, first = day.day, day.replace(day=1)
    for _ in range(n):
        first = (first + 31 * ONE).replace(day=1)
    found = first
    while found.day < wanted and (found + ONE).month == first.month:
        found += ONE
    return found


def _stopped(day: dt.date, stops: Sequence[Instants]) -> bool:
    return any(a.astimezone(ZONE).date() <= day <= b.astimezone(ZONE).date() for a, b in stops)


def _end(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE)
