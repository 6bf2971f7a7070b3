"""A throw-away PostgreSQL for a test run: migrated once into a template, cloned in a moment for whoever needs one.

Tests work as the application's role, as the platform does: what that role may not do, no test can do by accident.
``JINZHI_TEST_SERVER`` (a superuser's address) puts them on a server of your own, ≥ 15; its templates are kept between runs.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from jinzhi.site import stamps
from jinzhi.site.datadir import ROOT, DataDir, Lock
from jinzhi.site.postgres import Cluster
from jinzhi.site.roles import APP, OWNER, Addresses, with_login

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "JINZHI_TEST_FOLDER"
SERVER = "JINZHI_TEST_SERVER"
PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class Database(Addresses):
    """A database of its own: addresses of owner and application, and its name."""

    name: str


class TestServer:
    """The server of a test run. The controlling process makes it; parallel workers find it through the environment."""

    __test__ = False

    def __init__(self) -> None:
        self.mine = FOLDER not in os.environ
        if self.mine:
            folder = Path(tempfile.mkdtemp(prefix="jinzhi-test-"))
            folder.chmod(0o711)  # the server's own user passes through when root runs the tests
            os.environ[FOLDER] = str(folder)
        self.folder = Path(os.environ[FOLDER])
        self.cluster: Cluster | None = None

    def start(self) -> None:
        """Have a server: the given one, the controller's, or one started now and tied to this process."""
        if os.environ.get(SERVER):
            return
        self.cluster = Cluster(DataDir(self.folder / "data"), durable=False)
        self.cluster.create()
        self.cluster.start()
        os.environ[SERVER] = self.cluster.superuser_url()

    def stop(self) -> None:
        if self.cluster is not None:
            self.cluster.stop()
            os.environ.pop(SERVER, None)
        if self.mine:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.environ.pop(FOLDER, None)

    # -- databases -----------------------------------------------------------------------------------------------------
    def superuser(self, database: str = "") -> psycopg.Connection:
        url = os.environ[SERVER]
        return psycopg.connect(_with_name(url, database) if database else url, autocommit=True)

    def addresses(self, name: str) -> Database:
        url = _with_name(os.environ[SERVER], name)
        return Database(with_login(url, OWNER, PASSWORD), with_login(url, APP, PASSWORD), name)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One worker at a time."""
        import fcntl

        lock = Lock(self.folder / f"{name}.lock")
        fcntl.flock(lock.handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            lock.release()

    def template(self, demo: bool = False) -> str:
        """Name of the migrated database with reference data (and the demo bureau), made by the first who asks."""
        parts = ["database", "demo"] if demo else ["database"]
        name = f"jinzhi_{'demo' if demo else 'base'}_{stamps.database_digest()[:12]}"
        failed = self.folder / f"{name}.failed"
        with self.locked(name), self.superuser() as connection:
            if failed.exists():  # once is enough: every test would try again for seconds
                raise RuntimeError("preparing the test database failed, see the first error: " + failed.read_text().splitlines()[-1])
            if _exists(connection, "pg_database", "datname", f"{name}_done"):
                return f"{name}_done"
            for role in (OWNER, APP):
                verb = "ALTER" if _exists(connection, "pg_roles", "rolname", role) else "CREATE"
                connection.execute(sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))
            self._drop(connection, name)
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0").format(
                    sql.Identifier(name), sql.Identifier(OWNER)
                )
            )
            env = self.environment(self.addresses(name).for_owner({}), demo=demo)
            done = subprocess.run(
                [sys.executable, "-m", "jinzhi.site.bootstrap", *parts], env=env, cwd=ROOT, capture_output=True, text=True
            )
            if done.returncode:
                failed.write_text(done.stdout + done.stderr or "-")
                raise RuntimeError(f"preparing the test database failed:\n{done.stdout}\n{done.stderr}")
            # Renamed when whole: an interrupted attempt is never taken for a template.
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(f"{name}_done")))
        return f"{name}_done"

    def clone(self, name: str = "", demo: bool = False) -> Database:
        """A database of one's own, copied from the template."""
        name = name or f"jinzhi_{secrets.token_hex(6)}"
        template = self.template(demo)
        # CREATE DATABASE wants nobody else copying from the template at the same moment.
        with self.locked("clone"), self.superuser() as connection:
            self._drop(connection, name)
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
        return self.addresses(name)

    def drop(self, name: str) -> None:
        with self.superuser() as connection:
            self._drop(connection, name)

    @staticmethod
    def _drop(connection: psycopg.Connection, name: str) -> None:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    # -- environment of processes --------------------------------------------------------------------------------------
    def environment(self, addresses: dict[str, str], demo: bool = False) -> dict[str, str]:
        """Environment for a process of the platform that works on a test database."""
        env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DATABASE_APP_URL")}
        env |= {"PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "jinzhi.site.settings", "JINZHI_SECRET_KEY": PASSWORD}
        env |= {"JINZHI_DATA": str(self.folder / "data")} | addresses
        if demo:
            # The same shift for every process of the run, so that all agree on the time.
            data = DataDir(self.folder / "data")
            clock = data.clock()
            shift = clock["shift"] if clock else data.start_demo_clock()
            env |= {"JINZHI_DEMO": "1", "JINZHI_CLOCK_SHIFT": str(shift)}
        return env


def _exists(connection: psycopg.Connection, table: str, column: str, value: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column))
    return connection.execute(query, (value,)).fetchone() is not None


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
