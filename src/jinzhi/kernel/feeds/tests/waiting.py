"""Readers of the log wait for the oldest transaction of the whole server: so do tests that look at what they did."""

from __future__ import annotations

import time

from django.db import connection

from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import sight


def settled() -> None:
    """Wait until everything written lies behind every transaction still running, of other tests on the same server as well."""
    for _ in range(900):
        with sight(SYSTEM), connection.cursor() as cursor:
            cursor.execute("select not exists (select 1 from event where xid >= pg_snapshot_xmin(pg_current_snapshot()))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise TimeoutError("a transaction on this server has not ended for a minute and a half")
