"""The database wrapper that Django loads: every statement runs under the sight of its context, whatever ran on the connection before.

The setting goes in front of the first statement that needs it, in one message with it: no further round trip. What a rollback may have
taken back, and what an error leaves open, is said again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.backends.postgresql import base

from jinzhi.kernel.orgs import sight
from jinzhi.kernel.orgs.actors import Actor

_BARE = ("SAVEPOINT", "RELEASE", "ROLLBACK")
"""Statements that must work in a failed transaction, where no setting can be made."""
_CARRYING = ("select * from lock_cases(", "select * from new_cases(", "select write_cases(")
"""Calls that carry their sight as an argument, bound by the server (``kernel.statements``)."""


server_binding: Any = base.ServerBindingCursor


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows which sight its session holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sight: sight.Held = sight.Held()
        self._caller: Any = None
        self.execute_wrappers.append(self._under_sight)

    def apply_sight(self) -> None:
        """For code that speaks to the driver itself: make the session hold the sight of this context now."""
        self.ensure_connection()
        setting = self.sight.missing(self.connection.info.backend_pid)
        if setting is not None:
            self._set(setting)

    def signed_sight(self, actor: Actor | None = None) -> str:
        """The sight of ``actor`` (of this context, if none is named), signed for this connection: an argument of the functions that take one."""
        self.ensure_connection()
        return self.sight.signed_for(actor or sight.who_asks(), self.connection.info.backend_pid)[0]

    def call(self, sql: str, values: Sequence[Any]) -> Any:
        """The first row of a call that carries its sight, over one cursor of the driver kept with the connection.

        Django's cursors are a third of a short call's time. Whoever watches statements (a log, a count in a test) is shown this one too, and errors,
        a broken transaction and a missing connection are what they are elsewhere.
        """
        self.ensure_connection()
        if self.queries_logged or len(self.execute_wrappers) > 1 or not sql.startswith(_CARRYING):
            wrapped: Any = self.make_debug_cursor if self.queries_logged else self.make_cursor
            with wrapped(server_binding(self.connection)) as watched:
                watched.execute(sql, values)
                return watched.fetchone()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            cursor = self._caller
            if cursor is None or cursor.connection is not self.connection:
                cursor = self._caller = self.Database.Cursor(self.connection)
            cursor.execute(sql, values)
            return cursor.fetchone()

    def _set(self, setting: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"set jinzhi.sight = '{setting}'")

    def _under_sight(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        held = self.sight
        if held.is_current() or (isinstance(sql, str) and sql.startswith(_BARE)):
            return execute(sql, params, many, context)
        if isinstance(context["cursor"].cursor, base.ServerBindingCursor) and sql.startswith(_CARRYING):
            return execute(sql, params, many, context)
        setting = held.missing(self.connection.info.backend_pid)
        try:
            if setting is None:
                return execute(sql, params, many, context)
            cursor = context["cursor"].cursor
            # Only a cursor that binds on the client's side may send two statements in one message.
            if many or not isinstance(sql, str) or not isinstance(cursor, base.Cursor) or self.connection.pgconn.pipeline_status:
                self._set(setting)
                return execute(sql, params, many, context)
            quoted = setting if params is None else setting.replace("%", "%%")
            answer = execute(f"set jinzhi.sight = '{quoted}'; {sql}", params, many, context)
            cursor.nextset()  # type: ignore[attr-defined]
            return answer
        except BaseException:
            held.forget()
            raise

    def get_new_connection(self, conn_params: Any) -> Any:
        self.sight = sight.Held()
        return super().get_new_connection(conn_params)

    def _rollback(self) -> None:
        self.sight.forget()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self.sight.forget()
        super()._savepoint_rollback(sid)  # type: ignore[misc]
