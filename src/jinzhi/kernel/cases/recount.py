"""When the calendar changes (调整工作日历): every open clock, duty and list row that ends after the first changed day, counted anew in SQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.time import now

CHUNK = 50_000
AGAIN_AFTER = dt.timedelta(seconds=5)
"""Other processes may count by the old calendar for a second (it is kept in memory); after these the job looks once more."""


@dataclass
class Counted:
    """What a recount did: clocks looked at and changed, duties and list rows whose due moved."""

    looked: int = 0
    clocks: int = 0
    duties: int = 0
    rows: int = 0


@as_platform
def recount(first: dt.date, last: dt.date, chunk: int = CHUNK) -> Counted:
    """Count open clocks that end on or after ``first`` anew, so many at a time; each chunk is a transaction of its own unless one is open."""
    total, after = Counted(), 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select looked, clocks, duties, rows, next from recompute_clocks(%s, %s, %s, %s, %s)", [first, last, now(), after, chunk])
            looked, clocks, duties, rows, following = cursor.fetchone()
        total = Counted(total.looked + looked, total.clocks + clocks, total.duties + duties, total.rows + rows)
        if following is None:
            return total
        after = following


@as_platform
def settle() -> int:
    """The clock job's second pass over calendars published a moment ago; gives how many clocks still had to move."""
    with connection.cursor() as cursor:
        cursor.execute("select id, first_day, last_day from calendar_change where not settled and at < %s order by id", [now() - AGAIN_AFTER])
        changes = cursor.fetchall()
    moved = 0
    for change, first, last in changes:
        moved += recount(first, last).clocks
        with connection.cursor() as cursor:
            cursor.execute("select settle_calendar(%s)", [change])
    return moved
