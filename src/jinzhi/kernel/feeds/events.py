"""Reading the log in commit-safe order: only events of transactions that ended before every one still running."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.time import ZONE

Position = tuple[int, int, int]
START: Position = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as feeds see it, with the number and party of its case as they are now."""

    case_id: int
    seq: int
    at: dt.datetime
    actor: int
    post: int
    org: str
    action: str
    lane: str
    body: dict[str, Any]
    process: str
    number: str | None
    party_id: int | None
    position: Position


# Transaction ids begin anew when a dump is loaded into another server: each such life is an epoch, and what an earlier one wrote is settled.
_COLUMNS = "e.case_id, e.seq, e.at, e.actor, e.post, e.org, e.action, e.lane, e.body, c.process, c.number, c.party_id, e.epoch, e.xid::text as x, e.pos"
_SQL = f"""
select {_COLUMNS}
from (
  select * from event
  where (epoch, xid, pos) > (%s::smallint, %s::text::xid8, %s::bigint)
    and (xid < pg_snapshot_xmin(pg_current_snapshot()) or epoch < (select epoch from event order by epoch desc, xid desc, pos desc limit 1))
  order by epoch, xid, pos limit %s
) e join case_ c on c.id = e.case_id
order by e.epoch, e.xid, e.pos
"""


def read_after(position: Position, limit: int) -> list[Event]:
    """The next events after a position, in an order no later commit can come before."""
    epoch, xid, pos = position
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [epoch, str(Decimal(xid)), pos, limit])
        return [_event(*row) for row in cursor.fetchall()]


@as_platform
def read_one(case_id: int, seq: int) -> Event | None:
    """One event by its case and number."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {_COLUMNS} from event e join case_ c on c.id = e.case_id where e.case_id = %s and e.seq = %s", [case_id, seq])
        row = cursor.fetchone()
    return _event(*row) if row else None


@as_platform
def position_before(day: dt.date) -> Position:
    """The position behind which everything written since the start of a day lies (an event may be read again, none is passed over)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select epoch, xid::text, 0 from event where at >= %s order by event.epoch, event.xid limit 1", [dt.datetime.combine(day, dt.time(), ZONE)]
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute("select epoch, xid::text, pos from event order by event.epoch desc, event.xid desc, event.pos desc limit 1")
            row = cursor.fetchone() or (0, "0", 0)
    return row[0], int(row[1]), row[2]


def _event(*row: Any) -> Event:
    facts: Any = (*row[:8], msgspec.json.decode(row[8]), *row[9:12], (row[12], int(row[13]), row[14]))
    return Event(*facts)
