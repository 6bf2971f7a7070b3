"""The official working-day calendar (工作日历): weekends, public holidays and make-up working days (调休上班).

``Calendar`` is pure: an array of days, with ordinals by bisection. Outside its days it counts by weekends, and what falls
after the last published day is called provisional, because the State Council publishes the holidays of a year only at the
end of the year before. Counting: the start day is not counted (民法典 art. 201); a period that ends on a rest day ends on the next
working day (art. 203); a month ends on the same day of the month, or its last day (art. 202); 行政许可法 art. 82 counts working days.
"""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
import logging
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from django.db import connection

from jinzhi.kernel.codes import lists
from jinzhi.kernel.codes.models import CalendarDay
from jinzhi.kernel.time import now, today

LIST = "calendar"
WARN_DAYS_BEFORE = 31  # the notice for a year usually appears in November: by December it should be in the table
log = logging.getLogger(__name__)


def _weekdays_until(number: int) -> int:
    """Weekdays (Monday to Friday) up to and including the day of that proleptic number; day 1 was a Monday."""
    weeks, rest = divmod(number - 1, 7)
    return weeks * 5 + min(rest + 1, 5)


def _weekday_of(count: int) -> int:
    """The day number of the ``count``-th weekday: inverse of ``_weekdays_until``."""
    weeks, rest = divmod(count - 1, 5)
    return weeks * 7 + rest + 1


class Calendar:
    """Working days from ``first`` on: ``working[i]`` is the day ``first + i``; published up to ``published_until``.

    Ordinals count working days from ``first``: the first of them has ordinal 1, and a rest day the ordinal of the working day before it.
    """

    def __init__(self, first: dt.date, working: Sequence[bool], published_until: dt.date) -> None:
        self.first, self.published_until = first, published_until
        self._first = first.toordinal()
        self._last = self._first + len(working) - 1
        self._days = [self._first + i for i, works in enumerate(working) if works]

    @classmethod
    def by_weekends(cls) -> Calendar:
        """A calendar that knows no holiday: everything it says is provisional."""
        start = dt.date(2004, 1, 1)
        return cls(start, (), start - dt.timedelta(days=1))

    def _ordinal(self, number: int) -> int:
        if number > self._last:
            return len(self._days) + _weekdays_until(number) - _weekdays_until(self._last)
        if number < self._first:
            return _weekdays_until(number) - _weekdays_until(self._first - 1)
        return bisect_right(self._days, number)

    def _nth(self, ordinal: int) -> int:
        """The number of the working day with that ordinal."""
        if ordinal > len(self._days):
            return _weekday_of(_weekdays_until(self._last) + ordinal - len(self._days))
        if ordinal < 1:
            return _weekday_of(_weekdays_until(self._first - 1) + ordinal)
        return self._days[ordinal - 1]

    def ordinal(self, day: dt.date) -> int:
        """Working days from the calendar's first day up to and including ``day`` (zero or less before it)."""
        return self._ordinal(day.toordinal())

    def is_working(self, day: dt.date) -> bool:
        number = day.toordinal()
        if not self._first <= number <= self._last:
            return day.weekday() < 5
        place = bisect_left(self._days, number)
        return place < len(self._days) and self._days[place] == number

    def is_provisional(self, day: dt.date) -> bool:
        """Whether no official notice covers the day: after the last published, or before the calendar begins."""
        return day > self.published_until or day < self.first

    def roll_to_working(self, day: dt.date) -> dt.date:
        """``day`` itself when worked, otherwise the next working day (民法典 art. 203)."""
        return day if self.is_working(day) else self.next_working(day)

    def next_working(self, day: dt.date) -> dt.date:
        """The first working day after ``day``."""
        return dt.date.fromordinal(self._nth(self.ordinal(day) + 1))

    def add_working_days(self, day: dt.date, n: int) -> tuple[dt.date, bool]:
        """The ``n``-th working day after ``day`` (not counted), and whether the answer is provisional.

        ``n`` = 0 gives ``day`` rolled to a working day; a negative ``n`` counts back, again without ``day``.
        """
        if n == 0:
            end = self.roll_to_working(day)
        elif n > 0:
            end = dt.date.fromordinal(self._nth(self.ordinal(day) + n))
        else:
            end = dt.date.fromordinal(self._nth(self._ordinal(day.toordinal() - 1) + n + 1))
        return end, self._said(day, end)

    def working_days_between(self, a: dt.date, b: dt.date) -> int:
        """Working days after ``a`` up to and including ``b``; negative when ``b`` is earlier."""
        return self.ordinal(b) - self.ordinal(a)

    def add_natural_days(self, day: dt.date, n: int) -> tuple[dt.date, bool]:
        """``n`` natural days (自然日) after ``day``, moved to the next working day when it ends on a rest day."""
        end = self.roll_to_working(day + dt.timedelta(days=n))
        return end, self._said(day, end)

    def add_months(self, day: dt.date, n: int) -> tuple[dt.date, bool]:
        """``n`` months after ``day``: same day of the month or its last day, moved to the next working day."""
        year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
        last = gregorian.monthrange(year, month + 1)[1]
        end = self.roll_to_working(dt.date(year, month + 1, min(day.day, last)))
        return end, self._said(day, end)

    def _said(self, start: dt.date, end: dt.date) -> bool:
        return self.is_provisional(start) or self.is_provisional(end)


followers: list[Callable[[dt.date, dt.date], object]] = []
"""Who must act when days change: called with the first and the last changed day, once the change is written."""


def publish() -> tuple[dt.date, dt.date] | None:
    """Write the ordinals anew (table ``cal``); gives the first and last changed day, None when nothing changed. Call ``follow`` with it next."""
    with connection.cursor() as cursor:
        cursor.execute("select first_day, last_day from publish_cal(%s)", [now()])
        first, last = cursor.fetchone()
    return None if first is None else (first, last)


def follow(changed: tuple[dt.date, dt.date] | None) -> None:
    """Tell the followers. Cut short it is made good by the clock job: the change stays unsettled in ``calendar_change``."""
    lists.forget()
    if changed is not None:
        for follower in followers:
            follower(*changed)


_lock = threading.Lock()
_kept: tuple[int, Calendar] | None = None
_warned = False


def calendar() -> Calendar:
    """The calendar of the table, kept in memory and read again within a second after it was changed.

    Warns once per process, loudly, when the published days end within a month.
    """
    global _kept
    version = lists.version(LIST)
    kept = _kept
    if kept is None or kept[0] != version:
        with _lock:
            kept = _kept = (version, _read())
    return kept[1]


def _read() -> Calendar:
    rows = list(CalendarDay.objects.order_by("day").values_list("day", "working", "provisional"))
    if not rows:
        _warn("The working-day calendar is empty: counting by weekends. Run: ./jinzhi manage codes load")
        return Calendar.by_weekends()
    first, last = rows[0][0], rows[-1][0]
    if (last - first).days + 1 != len(rows):
        raise RuntimeError("The working-day calendar has gaps. Run: ./jinzhi manage codes load --force")
    until = next((day - dt.timedelta(days=1) for day, _, provisional in rows if provisional), last)
    if until < today() + dt.timedelta(days=WARN_DAYS_BEFORE):
        _warn(f"The working-day calendar is published until {until} only; later time limits count by weekends and are provisional")
    return Calendar(first, [working for _, working, _ in rows], until)


def _warn(message: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        log.warning(message)
