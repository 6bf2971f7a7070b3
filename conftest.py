"""Fixtures of all tests: a template database migrated once, clones of it, and whole platforms of real processes.

Tests marked ``django_db`` run as the application's role in a transaction that is rolled back; with ``transaction=True`` the
database is copied anew afterwards (that role may not truncate). Reference data (code lists, organisations, processes) is there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

os.environ["JINZHI_SECRET_KEY"] = "only-for-tests"  # the databases of the tests check sights signed with it
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinzhi.site.settings")
# Playwright keeps an event loop in the thread of the tests; Django would take every later query there for one from a coroutine.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
for _name in ("DATABASE_URL", "DATABASE_APP_URL", "JINZHI_DEMO", "JINZHI_CLOCK_SHIFT"):
    os.environ.pop(_name, None)

from tests.support.databases import Database, TestServer  # noqa: E402  (the environment comes first)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from tests.support.platforms import Platform

_server: TestServer | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Parallel run: the controller starts the server, the workers find it in their environment."""
    global _server
    if os.environ.get("CI"):  # the same examples each time there; new ones at every desk
        hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
        hypothesis.settings.load_profile("same")
    import django

    _server = TestServer()
    os.environ["JINZHI_DATA"] = str(_server.folder / "data")
    django.setup()
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        _server.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server is not None:
        _server.stop()


@pytest.fixture(scope="session")
def test_server() -> TestServer:
    """The run's PostgreSQL server, started by whoever asks first."""
    assert _server is not None
    _server.start()
    return _server


def _worker_database() -> str:
    return f"jinzhi_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_setup(test_server: TestServer, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's: this worker's own copy of the template, entered as the application's role."""
    from django.db import connections
    from django.test import TransactionTestCase

    from jinzhi.site.settings import _database

    name = _worker_database()
    database = test_server.clone(name)
    connection = connections["default"]

    def copy_anew(case: Any) -> None:
        connection.close()
        test_server.clone(name)

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        connection.close()
        connection.settings_dict.update(_database(database.app))
        # After a test that commits: Django would TRUNCATE, which this role may not, and lose the reference data.
        patch.setattr(TransactionTestCase, "_fixture_teardown", copy_anew)
        yield
        connections.close_all()
    test_server.drop(name)


@pytest.fixture
def owner_connection(db: None, test_server: TestServer) -> Iterator[psycopg.Connection]:
    """A connection as the owner of the tables to the database the test works on. Sees committed rows only."""
    import psycopg

    with psycopg.connect(test_server.addresses(_worker_database()).owner, autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def platform_sight() -> Iterator[None]:
    """What a test looks up itself it sees as the platform. Requests begin as nobody's all the same, and whatever names an actor runs under
    that actor's sight; tests of row security say ``sight(None)``."""
    from jinzhi.kernel.orgs.actors import SYSTEM
    from jinzhi.kernel.orgs.sight import sight

    with sight(SYSTEM):
        yield


@pytest.fixture
def fresh_database(test_server: TestServer) -> Iterator[Database]:
    """A database of its own, for tests with several processes: ``.owner`` and ``.app`` addresses, ``.for_app(env)``."""
    database = test_server.clone()
    yield database
    test_server.drop(database.name)


def _platform(test_server: TestServer, django_db_blocker: Any, demo: bool) -> Iterator[Platform]:
    from tests.support.platforms import Platform

    platform = Platform(test_server, test_server.clone(demo=demo), demo)
    try:
        platform.start()
        with django_db_blocker.unblock():
            yield platform
    finally:
        platform.stop()
        test_server.drop(platform.database.name)


@pytest.fixture(scope="module")
def live_platform(test_server: TestServer, django_db_blocker: Any) -> Iterator[Platform]:
    """Web server and worker as real processes on an empty platform; ``with live_platform.orm():`` to make people and cases."""
    yield from _platform(test_server, django_db_blocker, demo=False)


@pytest.fixture(scope="module")
def demo_platform(test_server: TestServer, django_db_blocker: Any) -> Iterator[Platform]:
    """The same with the demo bureau, at the demonstration's time."""
    yield from _platform(test_server, django_db_blocker, demo=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium; skips where there is none."""
    from tests.support.platforms import chromium

    path = chromium()
    if path is None:
        pytest.skip("no Chromium: sudo apt install chromium fonts-noto-cjk")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": [*sandbox, "--lang=zh-CN", "--disable-dev-shm-usage"]}
