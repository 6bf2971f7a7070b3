"""One statement with its values bound by the server: what the hot paths use."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor

from jinzhi.kernel.orgs.actors import Actor


def signed(actor: Actor | None = None) -> str:
    """The sight of ``actor`` (of this context, if none is named), signed for this connection: what functions take that carry it."""
    wrapper: Any = connection
    return str(wrapper.signed_sight(actor))


def call(sql: str, *values: Any) -> Any:
    """Run a statement and give its first row (None without one).

    Elsewhere values are written into the text of the statement, which suits page queries: each is planned for its own values. A call of one of
    the kernel's functions wants the opposite: the statement is parsed once a connection and prepared, and a large document goes over as it is.
    """
    connection.ensure_connection()
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrapped(ServerBindingCursor(connection.connection)) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()
