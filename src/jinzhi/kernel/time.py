"""The platform's time: one place to ask, so that a demonstration can live in another week.

``JINZHI_CLOCK_SHIFT`` (seconds, set by the launcher from the data folder) moves business time; the time of
sessions, signatures and time-outs stays the machine's own.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """Business time now, aware, in China Standard Time."""
    return dt.datetime.now(ZONE) + dt.timedelta(seconds=settings.JINZHI_CLOCK_SHIFT)


def today() -> dt.date:
    """The business day."""
    return now().date()
