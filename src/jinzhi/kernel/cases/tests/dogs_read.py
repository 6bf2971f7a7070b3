"""The dog licence with a reader of its log that writes one row for every event: what must be there once, whoever was killed in between.

The table ``dog_effect (case_id, seq)`` has no key on purpose: an effect done twice would be two rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.feeds.events import Event
from jinzhi.kernel.modules import Feed

TABLE = "create table dog_effect (case_id bigint not null, seq integer not null)"


def write_effects(events: Sequence[Event]) -> None:
    """One row an event."""
    wanted = [(e.case_id, e.seq) for e in events if e.process == dogs.CODE]
    with connection.cursor() as cursor:
        cursor.execute("insert into dog_effect select * from unnest(%s::bigint[], %s::integer[])", [[c for c, _ in wanted], [s for _, s in wanted]])


module = replace(dogs.module, feeds=(Feed("dogs.effect", write_effects, batch=200),))
