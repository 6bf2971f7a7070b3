"""Why a limit ends on that day (为什么是这一天): every day between start and end, and what it counts as. Pure.

The same rules as ``clocks``, told instead of added up: what is shown here must come to the day that was stored, which the tests hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from jinzhi.kernel.cases import clocks
from jinzhi.kernel.cases.clocks import WorkingDays
from jinzhi.kernel.time import ZONE

COUNTED, MADE_UP, REST, HOLIDAY, STOPPED, MOVED = "counted", "made_up", "rest", "holiday", "stopped", "moved"
"""Counted · a worked weekend day (调休上班), counted · weekend · public holiday · stood still · a rest day the end moved off."""
DAYS = 4000
"""At most so many days are told one by one (about eleven years); the end is right all the same."""


@dataclass(frozen=True, slots=True)
class Held:
    """A time the clock stood still; ``ended`` None: it still does."""

    began: dt.datetime
    ended: dt.datetime | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A clock's facts: counted from ``started``; ``until`` a date instead of a duration; ``extended`` what was granted; ``met`` when it was stopped."""

    started: dt.datetime
    limit: str
    until: dt.date | None = None
    extended: Sequence[str] = ()
    held: Sequence[Held] = ()
    met: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Days that follow one another and count alike; ``total`` is how many have been counted by the last of them."""

    kind: str
    first: dt.date
    last: dt.date
    days: int
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """One limit counted through: the law's, then each extension in another unit. ``unit`` as in durations, or ``until``."""

    amount: int
    unit: str
    start: dt.datetime
    end: dt.datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Why:
    """The whole story. Counts are in ``unit``: working days (``wd``), days (``d``) or hours (``h``); ``due`` None while it stands still."""

    unit: str
    parts: tuple[Part, ...]
    due: dt.datetime | None
    provisional: bool
    used: int
    total: int
    stops: tuple[tuple[int, int, str], ...] = field(default=())
    """What the bar draws hatched: (counted before it, days that would have counted, label)."""

    @property
    def left(self) -> int:
        return self.total - self.used


def explain(clock: Limit, calendar: WorkingDays, today: dt.date) -> Why:
    """Tell a limit day by day, up to its end, or up to ``today`` while it stands still."""
    still = any(h.ended is None for h in clock.held) and clock.met is None
    now = dt.datetime.combine(today, dt.time(12), ZONE)
    stops = [(h.began, h.ended or clock.met or now) for h in clock.held]
    spans = clocks.days_of(stops)
    first = clock.started.astimezone(ZONE)
    todo: list[tuple[int, str]] = [((clock.until - first.date()).days, "until")] if clock.until else clocks.parts(clock.limit, clock.extended)
    if clock.until and clock.extended:
        todo += clocks.parts(clock.extended[0], clock.extended[1:])
    parts: list[Part] = []
    at, provisional = first, False
    for amount, unit in todo:
        if unit == "until":
            found = clocks.due_by(clock.until or first.date(), calendar, stops, at.date())
        else:
            found = clocks.due(at, f"{amount}{unit}", calendar, stops)
        lines = _lines(at.astimezone(ZONE).date(), (now if still and found.at > now else found.at).astimezone(ZONE).date(), unit, amount, calendar, spans)
        parts.append(Part(amount, unit, at, found.at, tuple(lines)))
        at, provisional = found.at, found.provisional
    unit = parts[0].unit if parts[0].unit in ("wd", "h") else "d"
    until = min(today, clock.met.astimezone(ZONE).date()) if clock.met else today
    if unit == "h":
        used, total = _hours(first, clock, stops, now, parts)
    else:
        total = sum(_whole(p) for p in parts)
        used = sum(_counted_by(p, until, p is parts[-1], calendar, spans) for p in parts)
    return Why(
        unit, tuple(parts), None if still else at, provisional and not still, used, total,
        tuple(_hatched(clock.held, first.date(), at.astimezone(ZONE).date() if not still else today, unit, calendar, now)),
    )  # fmt: skip


def _whole(part: Part) -> int:
    """Days that count in a part: the figure of its limit, months and years as the days they come to."""
    start = part.start.astimezone(ZONE).date()
    if part.unit in ("m", "y"):
        return (clocks.add_months(start, part.amount * (12 if part.unit == "y" else 1)) - start).days
    return max(part.amount, 0)


def _counted_by(part: Part, day: dt.date, last: bool, calendar: WorkingDays, spans: Sequence[clocks.Span]) -> int:
    """Days of a part counted by a day; the last part goes on counting when it is overdue."""
    start, end = part.start.astimezone(ZONE).date(), part.end.astimezone(ZONE).date()
    if day <= start:
        return 0
    found = clocks.counted(start, day, "wd" if part.unit == "wd" else "d", calendar, spans)
    return found if last and day > end else min(found, _whole(part))


def _hours(first: dt.datetime, clock: Limit, stops: Sequence[clocks.Stop], now: dt.datetime, parts: Sequence[Part]) -> tuple[int, int]:
    upto = min(clock.met, now) if clock.met else now
    ran = max(upto - first, dt.timedelta()) - clocks.stood_still(first, max(upto, first), stops)
    return int(ran.total_seconds() // 3600), sum(p.amount for p in parts if p.unit == "h")


def _lines(start: dt.date, end: dt.date, unit: str, amount: int, calendar: WorkingDays, spans: Sequence[clocks.Span]) -> list[Line]:
    if unit == "h":
        return []
    whole = amount
    if unit in ("m", "y"):
        whole = (clocks.add_months(start, amount * (12 if unit == "y" else 1)) - start).days
    found: list[Line] = []
    total, place = 0, 0
    for n in range(1, min((end - start).days, DAYS) + 1):
        day = start + dt.timedelta(days=n)
        while place < len(spans) and spans[place][1] < day:
            place += 1
        kind = _kind(day, unit, total >= whole, place < len(spans) and spans[place][0] <= day, calendar)
        total += kind in (COUNTED, MADE_UP)
        if found and found[-1].kind == kind:
            found[-1] = Line(kind, found[-1].first, day, found[-1].days + 1, total)
        else:
            found.append(Line(kind, day, day, 1, total))
    return found


def _kind(day: dt.date, unit: str, full: bool, stopped: bool, calendar: WorkingDays) -> str:
    if stopped:
        return STOPPED
    if unit == "wd":
        if calendar.is_working(day):
            return MADE_UP if day.weekday() > 4 else COUNTED
        return REST if day.weekday() > 4 else HOLIDAY
    return MOVED if full else COUNTED


def _hatched(
    held: Sequence[Held], start: dt.date, end: dt.date, unit: str, calendar: WorkingDays, now: dt.datetime
) -> list[tuple[int, int, str]]:
    """Stops as the bar draws them, each day once: a day that several stop belongs to the one that began first."""
    found: list[tuple[int, int, str]] = []
    seen: list[clocks.Stop] = []
    for h in sorted(held, key=lambda h: h.began):
        a, b = clocks.days_of([(h.began, h.ended or now)])[0]
        a, b = max(a, start + dt.timedelta(days=1)), min(b, end)
        if a > b:
            continue
        kind = "wd" if unit == "wd" else "d"
        taken = clocks.counted(a - dt.timedelta(days=1), b, kind, calendar, seen)
        before = clocks.counted(start, a - dt.timedelta(days=1), kind, calendar, seen)
        seen.append((a, b))
        if taken > 0:
            found.append((before, taken, h.label))
    return found
