"""A carried call over the driver's own cursor: errors, broken transactions, watchers and new connections are what they are elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.statements import call, signed

NEW = "select * from new_cases(%s, %s, %s, %s)"


def ids(n: int = 2) -> list[int]:
    known, found = call(NEW, n, 0, None, signed(SYSTEM))
    assert known is None
    return list(found)


@pytest.mark.django_db
def test_values_are_bound_and_the_first_row_comes_back() -> None:
    assert len(ids(3)) == 3
    assert [len(ids(n)) for n in range(1, 9)] == list(range(1, 9))  # also once the driver has prepared it


@pytest.mark.django_db
def test_a_refused_call_is_djangos_error_and_breaks_only_its_own_block() -> None:
    for _ in range(8):  # before and after the driver prepares the statement; a savepoint's end throws prepared statements away
        with pytest.raises(DatabaseError, match="nobody asks"), transaction.atomic():
            call(NEW, 1, 0, None, signed(SYSTEM)[:-1] + "x")
        assert len(ids()) == 2


@pytest.mark.django_db
def test_a_broken_transaction_refuses_it() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            ids()


@pytest.mark.django_db
def test_watchers_see_it() -> None:
    with CaptureQueriesContext(connection) as found:
        ids()
    assert [q["sql"].split("(")[0] for q in found.captured_queries] == ["select * from new_cases"]
    seen: list[Any] = []

    def watch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        ids()
    assert seen == [NEW]


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_gets_a_cursor_of_its_own() -> None:
    before = ids()
    connection.close()
    assert set(ids()).isdisjoint(before)
    with transaction.atomic():
        assert len(ids()) == 2
