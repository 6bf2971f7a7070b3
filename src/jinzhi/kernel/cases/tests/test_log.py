"""The log: nobody changes it, and the database itself refuses a chain that does not hold."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from jinzhi.kernel.cases import store
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.time import now

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "sql",
    [
        "update event set body = '{}'", "delete from event", "truncate event", "insert into event (case_id) values (1)",
        "update case_ set state = 'granted', version = version + 1", "delete from case_", "update duty set assignee = 1", "insert into counter values ('x', 1)",
        "update counter set last = 0", "delete from process_version", "update case_row set title = 'x'", "update clock set due = null",
        "alter table event disable trigger all", "drop trigger append_only on event", "set session_replication_role = replica",
    ],
)  # fmt: skip
def test_the_application_may_not(town: Town, sql: str) -> None:
    town.ask(8)
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("sql", ["update event set body = '{}'", "truncate event cascade", "delete from process_version"])
def test_not_even_the_owner_changes_what_was_written(owner_connection: psycopg.Connection, sql: str) -> None:
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        owner_connection.execute(sql)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"hash": "00" * 32}, "continue its chain"), ({"seq": 3}, "continue its chain"), ({"body": "{}"}, "continue its chain"),
        ({"actor": 5}, "continue its chain"), ({"seq": 1}, "duplicate key"),
    ],
)  # fmt: skip
def test_a_forged_event_is_refused_by_the_database(town: Town, change: dict[str, object], why: str) -> None:


    (case,) = town.ask(8)
    work = store.lock([case])[case]




    work.record(action="grant", lane=work.lanes[("main", 1)], actor=1, post=0, org="", request="", at=now(), body={"x": 1})
    work.events[-1] |= change
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        store.write([work], dt.datetime.now(dt.UTC))


def test_a_state_cannot_change_without_its_version(town: Town) -> None:



    (case,) = town.ask(8)
    work = store.lock([case])[case]
    work.version += 3
    work.record(action="grant", lane=work.lanes[("main", 1)], actor=1, post=0, org="", request="", at=now(), body={})
    with pytest.raises(DatabaseError, match="stale version"), transaction.atomic():
        store.write([work], now())
