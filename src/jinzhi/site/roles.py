"""Roles and database, on the embedded server or on one given by ``DATABASE_URL``.

Two roles: the *owner* owns the tables and runs migrations; the *application* may read and write rows, owns nothing and
creates nothing. The web server and the worker know the application's address only.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from jinzhi.kernel.text import Text
from jinzhi.site.console import Stop
from jinzhi.site.postgres import Cluster

DATABASE = "jinzhi"
OWNER = "jinzhi_owner"
APP = "jinzhi_app"
OLDEST = 150000


@dataclass(frozen=True)
class Addresses:
    """Where the database is, once for the owner and once for the application."""

    owner: str
    app: str

    @property
    def app_role(self) -> str:
        return urlsplit(self.app).username or APP

    def for_owner(self, env: dict[str, str]) -> dict[str, str]:
        """Environment of the one process that migrates and loads."""
        return env | {"DATABASE_URL": self.owner, "JINZHI_APP_ROLE": self.app_role}

    def for_app(self, env: dict[str, str]) -> dict[str, str]:
        """Environment of the web server and the worker: without the owner's address."""
        return env | {"DATABASE_APP_URL": self.app, "JINZHI_APP_ROLE": self.app_role}


def embedded_addresses(cluster: Cluster, database: str = DATABASE) -> Addresses:
    secrets = cluster.data.secrets()
    return Addresses(cluster.url(OWNER, secrets.owner, database), cluster.url(APP, secrets.app, database))


def prepare_embedded(cluster: Cluster) -> Addresses:
    """Create the two roles and the database on the embedded server where they are missing."""
    secrets = cluster.data.secrets()
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        for role, password in ((OWNER, secrets.owner), (APP, secrets.app)):
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
    addresses = embedded_addresses(cluster)
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        _close_to_others(connection, DATABASE, APP)
    return addresses


def drop_embedded(cluster: Cluster) -> None:
    """Remove the platform's database from the embedded server, with everything in it."""
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


def _close_to_others(connection: psycopg.Connection, database: str, app: str) -> None:
    """Only the owner and the application may connect; the application may make temporary tables (for COPY), no others."""
    db, role = sql.Identifier(database), sql.Identifier(app)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(db))
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(db, role))


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None


# -- a server of the deployer's own ------------------------------------------------------------------------------------
def prepare_external(url: str, password: str) -> Addresses:
    """Check the server of ``DATABASE_URL`` and make the application's role there if the owner may.

    ``DATABASE_APP_URL``, when given, is taken as it is. Raises :class:`Stop` with one line: server not reached, too old,
    wrong encoding, no right to create tables, or the statement a database administrator has to run.
    """
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Stop(_unreachable(url, str(error))) from None
    except psycopg.ProgrammingError:
        raise Stop(
            Text("DATABASE_URL 格式不正确。", "DATABASE_URL is not understood; it looks like postgresql://user:password@host:5432/name.")
        ) from None
    with connection:
        _check_server(connection)
        given = os.environ.get("DATABASE_APP_URL", "")
        if given:
            _check_login(given)
            return Addresses(url, given)
        database = connection.info.dbname
        # Roles belong to the whole server: two platforms on one server must not share one.
        role = f"{database}_app"
        addresses = Addresses(url, with_login(url, role, password))
        _create_app_role(connection, addresses.app, role, password)
        with suppress(psycopg.errors.InsufficientPrivilege):  # the database may belong to somebody else, who decides who connects
            _close_to_others(connection, database, role)
    return addresses


def with_login(url: str, role: str, password: str) -> str:
    """The same address for another role; passwords made here need no quoting in a URL."""
    parts = urlsplit(url)
    place = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{place}"))


def _check_server(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < OLDEST:
        raise Stop(
            Text(
                f"数据库服务器版本为 PostgreSQL {version // 10000}，需要 15 或更高版本。",
                f"The server of DATABASE_URL is PostgreSQL {version // 10000}; version 15 or later is needed.",
            )
        )
    row = connection.execute("SELECT current_setting('server_encoding'), has_schema_privilege('public', 'CREATE')").fetchone()
    assert row is not None
    if row[0] != "UTF8":
        raise Stop(
            Text(f"数据库编码为 {row[0]}，需要 UTF8。", f"The database's encoding is {row[0]}; create it with ENCODING 'UTF8' TEMPLATE template0.")
        )
    if not row[1]:
        user, database = connection.info.user, connection.info.dbname
        raise Stop(
            Text(
                f"用户 {user} 不能在数据库 {database} 中建表。",
                f"{user} may not create tables in {database}; ask the administrator to run: ALTER DATABASE {database} OWNER TO {user};",
            )
        )


def _create_app_role(connection: psycopg.Connection, url: str, role: str, password: str) -> None:
    known = _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role)
    if known and _can_login(url):
        return
    verb = "ALTER" if known else "CREATE"
    try:
        connection.execute(sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    except psycopg.errors.InsufficientPrivilege:
        raise Stop(
            Text(
                f"DATABASE_URL 的用户不能建立应用角色，请管理员执行：{verb} ROLE {role} LOGIN PASSWORD '…'; 再设置 DATABASE_APP_URL。",
                f"The role of DATABASE_URL may not make the application's role; ask the administrator to run: {verb} ROLE {role} "
                f"LOGIN PASSWORD 'choose-one'; and start with DATABASE_APP_URL=postgresql://{role}:that-password@host/name",
            )
        ) from None
    _check_login(url)


def _can_login(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _check_login(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.Error as error:
        raise Stop(_unreachable(url, str(error))) from None


def _unreachable(url: str, message: str) -> Text:
    parts = urlsplit(url)
    where = f"{parts.hostname or 'socket'}:{parts.port or 5432}{parts.path}"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    last = re.sub(r"^.*(FATAL|ERROR|failed): +", "", lines[0]) if lines else ""
    return Text(f"无法连接数据库 {where}：{last}", f"The database {where} cannot be used: {last}")
