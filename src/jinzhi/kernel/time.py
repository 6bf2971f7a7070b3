"""The platform's time: one place to ask, so that a demonstration can live in another week.

``JINZHI_CLOCK_SHIFT`` (seconds, set by the launcher from the data folder) moves business time; the time of
sessions, signatures and time-outs stays the machine's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.conf import settings

ZONE = ZoneInfo("Asia/Shanghai")
_moment: ContextVar[dt.datetime | None] = ContextVar("moment", default=None)


def now() -> dt.datetime:
    """Business time now, aware, in China Standard Time."""
    return _moment.get() or dt.datetime.now(ZONE) + dt.timedelta(seconds=settings.JINZHI_CLOCK_SHIFT)


def today() -> dt.date:
    """The business day."""
    return now().date()


def day_of(text: str) -> dt.date | None:
    """A day written 2011-12-31; None for anything else."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Let business time stand at ``moment`` (aware): for demonstrations made of past days, and for tests."""
    token = _moment.set(moment.astimezone(ZONE))
    try:
        yield
    finally:
        _moment.reset(token)
