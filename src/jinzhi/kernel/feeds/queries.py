"""How the worker is: its pulse, and how far each feed is behind."""

from __future__ import annotations

from typing import Any

from django.db import connection


def heartbeat_age() -> float | None:
    """Seconds since a worker was last alive; None if there never was one."""
    with connection.cursor() as cursor:
        cursor.execute("select extract(epoch from now() - max(at)) from feeds_heartbeat")
        (age,) = cursor.fetchone()
    return float(age) if age is not None else None


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
