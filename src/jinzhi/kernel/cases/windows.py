"""Intake windows (受理时段): spans of each year (``MM-DD``) or of whole dates in which an act may be done. Pure functions.

Both ends belong to the span. A yearly span whose end comes before its start runs over New Year. 29 February is, in a year without
it, 1 March as a beginning and 28 February as an end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

Dates = tuple[dt.date, dt.date]
_FAR = 9
"""Years looked ahead for the next yearly span; one always begins within them."""


def parse_span(first: str, last: str) -> tuple[str, str]:
    """The pair as it is if both are ``MM-DD`` or both dates, in order where dated. Raises ValueError otherwise."""
    if len(first) != len(last):
        raise ValueError(f"'{first}' to '{last}': write both as MM-DD or both as dates")
    if len(first) == 5:
        _day(first, 2000, end=False)
        _day(last, 2000, end=True)
    elif dt.date.fromisoformat(last) < dt.date.fromisoformat(first):
        raise ValueError(f"'{first}' to '{last}' ends before it begins")
    return first, last


def _day(month_day: str, year: int, *, end: bool) -> dt.date:
    month, day = int(month_day[:2]), int(month_day[3:])
    if (month, day) == (2, 29) and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return dt.date(year, 2, 28) if end else dt.date(year, 3, 1)
    return dt.date(year, month, day)


def _dated(spans: Iterable[Sequence[str]], years: Iterable[int]) -> list[Dates]:
    found: list[Dates] = []
    years = list(years)
    for first, last in spans:
        if len(first) != 5:
            found.append((dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
            continue
        over = last < first
        found += [(_day(first, year, end=False), _day(last, year + over, end=True)) for year in years]
    return sorted((a, b) for a, b in found if a <= b)  # 29 February alone is no day of most years


def inside(spans: Iterable[Sequence[str]], day: dt.date) -> bool:
    """Whether a day lies in one of the spans."""
    return any(a <= day <= b for a, b in _dated(spans, (day.year - 1, day.year)))


def coming(spans: Iterable[Sequence[str]], day: dt.date) -> Dates | None:
    """The first span that begins after a day; None where all are over."""
    return next(((a, b) for a, b in _dated(spans, range(day.year, day.year + _FAR)) if a > day), None)
