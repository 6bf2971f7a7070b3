"""How the worker is: its pulse, and how far each feed is behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count

from jinzhi.kernel.feeds.models import Checkpoint, DeadLetter
from jinzhi.kernel.orgs.sight import as_platform


def heartbeat_age() -> float | None:
    """Seconds since a worker was last alive; None if there never was one."""
    with connection.cursor() as cursor:
        cursor.execute("select extract(epoch from now() - max(at)) from feeds_heartbeat")
        (age,) = cursor.fetchone()
    return float(age) if age is not None else None


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed is: events still to be read (counted up to 10,000), failures in a row, when it tries again, what it gave up on."""

    name: str
    behind: int
    failures: int
    retry_at: dt.datetime | None
    error: str
    dead: int


@as_platform
def states(names: Sequence[str]) -> list[FeedState]:
    """Every feed, in order."""
    points = {point.name: point for point in Checkpoint.objects.filter(name__in=names)}
    dead = dict(DeadLetter.objects.filter(feed__in=names).values_list("feed").annotate(n=Count("id")))
    found = []
    for name in names:
        point = points.get(name) or Checkpoint(name=name)
        found.append(FeedState(name, backlog(name)["behind"], point.failures, point.retry_at, point.error, dead.get(name, 0)))
    return found


@as_platform
def dead_letters(after: int = 0, limit: int = 50) -> tuple[list[DeadLetter], int | None]:
    """What feeds gave up on, oldest first, and where the next page begins."""
    rows = list(DeadLetter.objects.filter(id__gt=after).order_by("id")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None


def backlog(name: str) -> dict[str, Any]:
    """The checkpoint of a feed and the events still to be read (counted up to 10,000)."""
    with connection.cursor() as cursor:
        cursor.execute("select epoch, xid::text, pos, failures, error from feeds_checkpoint where name = %s", [name])
        row = cursor.fetchone() or (0, "0", 0, 0, "")
        cursor.execute(
            "select count(*) from (select 1 from event where (epoch, xid, pos) > (%s::smallint, %s::text::xid8, %s::bigint) limit 10000) x", list(row[:3])
        )
        (behind,) = cursor.fetchone()
    return {"name": name, "behind": behind, "failures": row[3], "error": row[4]}
