"""One statement with its values bound by the server: what the hot paths use."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from jinzhi.kernel.orgs.actors import Actor


def signed(actor: Actor | None = None) -> str:
    """The sight of ``actor`` (of this context, if none is named), signed for this connection: what functions take that carry it."""
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    return str(wrapper.signed_sight(actor))


def call(sql: str, *values: Any) -> Any:
    """Run a call of one of the kernel's functions that carry their sight, and give its first row (None without one).

    Elsewhere values are written into the text of the statement, which suits page queries: each is planned for its own values. A call of one of
    the kernel's functions wants the opposite: the statement is parsed once a connection and prepared, and a large document goes over as it is.
    """
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    return wrapper.call(sql, values)
