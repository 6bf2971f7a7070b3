"""The launcher's parts that need no platform: space, secrets, addresses, settings, stamps, console."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import psycopg
import pytest
from tests.support.databases import Database

from jinzhi.kernel.text import Text
from jinzhi.site import console, postgres, roles, stamps, up
from jinzhi.site.cli import parser
from jinzhi.site.datadir import ROOT, DataDir, Lock


def test_too_little_space_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 9 * 10**8, 10**8))
    with pytest.raises(console.Stop, match="95 MB free"):
        DataDir(tmp_path).require_space()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_one_may_not_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(console.Stop, match="may not write"):
        DataDir(tmp_path / "data")


def test_secrets_stay_the_same(tmp_path: Path) -> None:
    first = DataDir(tmp_path).secrets()
    assert DataDir(tmp_path).secrets() == first
    assert len({first.secret_key, first.superuser, first.owner, first.app}) == 4


def test_damaged_secrets_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(console.Stop, match="restore it"):
        DataDir(tmp_path).secrets()


def test_the_demonstrations_clock(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    assert data.clock() is None
    shift = data.start_demo_clock()
    assert shift < 0
    env = data.environment()
    assert env["JINZHI_DEMO"] == "1"
    assert float(env["JINZHI_CLOCK_SHIFT"]) == shift


def test_the_environment_has_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner@host/name")
    assert not {"DATABASE_URL", "DATABASE_APP_URL"} & set(DataDir(tmp_path).environment())


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.try_exclusive()
    assert not second.try_exclusive()
    first.release()
    assert second.try_exclusive()
    second.release()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    cluster = postgres.Cluster(DataDir(tmp_path / ("x" * 90) / "data"))
    assert len(str(cluster.sockets)) < 60
    assert cluster.sockets != postgres.Cluster(DataDir(tmp_path / ("y" * 90) / "data")).sockets


@pytest.mark.parametrize(("memory", "buffers"), [(512, "64MB"), (2048, "256MB"), (64_000, "512MB")])
def test_buffers_follow_the_memory(memory: int, buffers: str) -> None:
    assert postgres.settings(memory)["shared_buffers"] == buffers


def test_only_tests_give_up_durability() -> None:
    assert "fsync" not in postgres.settings(4096)
    assert postgres.settings(4096, durable=False)["fsync"] == "off"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:x@db.example:5433/jz", "postgresql://a:b@db.example:5433/jz"),
        ("postgresql://me:p%40ss@/jz?host=/run/pg", "postgresql://a:b@/jz?host=/run/pg"),
    ],
)
def test_the_same_address_for_another_role(url: str, expected: str) -> None:
    assert roles.with_login(url, "a", "b") == expected


def test_own_names_only_when_listening_to_the_outside() -> None:
    assert up.hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    assert "192.0.2.7" in up.hosts("192.0.2.7")


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1"])
def test_a_wrong_port_is_refused(text: str) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["up", f"--port={text}"])


def test_a_table_lines_up_chinese() -> None:
    assert console.table([("a", "金质", "x"), ("bb", "j", "y")]) == ["a   金质  x", "bb  j     y"]


def test_both_languages_on_one_line() -> None:
    assert console.both(Text("启动", "starting")) == "启动 · starting"


def test_a_digest_sees_every_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "ROOT", tmp_path)
    (tmp_path / "a").write_text("1")
    before = stamps.digest([tmp_path / "a"])
    (tmp_path / "b").write_text("")
    with_new_file = stamps.digest([tmp_path / "a", tmp_path / "b"])
    (tmp_path / "b").write_text("2")
    assert len({before, with_new_file, stamps.digest([tmp_path / "a", tmp_path / "b"])}) == 3


def test_help_names_every_command() -> None:
    shown = subprocess.run([sys.executable, "-m", "jinzhi.site.cli", "--help"], env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True)
    assert all(f"./jinzhi {name}" in shown.stdout for name in ("up", "manage", "test", "bench"))


class TestTheApplicationsRole:
    """What the web server's role may not do, whatever the program tries."""

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (a int)",
            "TRUNCATE orgs_person CASCADE",
            "ALTER TABLE orgs_person ADD COLUMN mine int",
            "DROP TABLE orgs_person",
            "CREATE ROLE other",
            "DELETE FROM django_migrations",
            "SET ROLE jinzhi_owner",
        ],
    )
    def test_is_refused(self, fresh_database: Database, statement: str) -> None:
        with psycopg.connect(fresh_database.app) as connection, pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)):
            connection.execute(statement)  # type: ignore[call-overload]

    def test_may_read_and_write_rows(self, fresh_database: Database) -> None:
        with psycopg.connect(fresh_database.app) as connection:
            connection.execute("CREATE TEMPORARY TABLE staging (a int)")
            assert connection.execute("DELETE FROM django_session").rowcount == 0
