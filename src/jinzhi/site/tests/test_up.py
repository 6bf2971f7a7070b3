"""``./jinzhi up`` with real processes: what is killed comes back, what is refused is one line, what ends leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.support.platforms import free_port

from jinzhi.site.datadir import ROOT
from jinzhi.site.processes import is_running
from jinzhi.site.up import health

pytestmark = [pytest.mark.slow, pytest.mark.processes]


def wait(what: Callable[[], object], seconds: float = 60) -> None:
    """Wait until ``what()`` is true; fails the test when it never is. Generous: other tests run beside these."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if what():
            return
        time.sleep(0.05)
    pytest.fail(f"still not so after {seconds} s")


def children(pid: int) -> dict[int, str]:
    """Living direct children of a process with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                line = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if parent == pid and is_running(int(entry.name)):
                found[int(entry.name)] = line
    return found


def command(data: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "jinzhi.site.cli", "up", "--data", str(data), "--port", str(port), *more]


@dataclass
class Running:
    """A platform started from the command line."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    more: dict[str, str] = field(default_factory=dict)  # environment beside the usual

    def start(self) -> None:
        """Start and wait until ready."""
        with (self.data.parent / "up.out").open("a") as out:
            self.process = subprocess.Popen(command(self.data, self.port), cwd=ROOT, env=environment() | self.more, stdout=out, stderr=out, text=True)
        wait(self.ready_or_dead, 180)

    @property
    def said(self) -> str:
        """All it wrote to the console, over all starts."""
        return (self.data.parent / "up.out").read_text()

    def ready_or_dead(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(self.said)
        return self.ready()

    def ready(self) -> bool:
        answer = health("127.0.0.1", self.port)
        return bool(answer and answer["ready"])

    def child(self, words: str) -> int:
        assert self.process is not None
        return next((pid for pid, line in children(self.process.pid).items() if words in line), 0)

    def everything(self) -> set[int]:
        """Process ids of the supervisor, its children and theirs."""
        assert self.process is not None
        found, new = set(), {self.process.pid}
        while new:
            found |= new
            new = {child for pid in new for child in children(pid)} - found
        return found


def environment() -> dict[str, str]:
    hidden = ("DATABASE_URL", "DATABASE_APP_URL", "JINZHI_SECRET_KEY", "JINZHI_DATA", "JINZHI_PUBLIC_URL")
    return {key: value for key, value in os.environ.items() if key not in hidden} | {"PYTHONPATH": str(ROOT / "src")}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    platform = Running(tmp_path_factory.mktemp("up") / "data")
    platform.start()
    yield platform
    assert platform.process is not None
    if platform.process.poll() is None:
        platform.process.terminate()
        platform.process.wait(60)


def refused(*arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """The one line with which a second ``up`` ends; it must end by itself, with code 1 and without a traceback."""
    data, port = arguments
    done = subprocess.run(command(Path(data), int(port)), cwd=ROOT, env=env or environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_health_is_honest(running: Running) -> None:
    answer = health("127.0.0.1", running.port)
    assert answer is not None
    assert answer["database"] == "ok"
    assert answer["migrations"] == 0
    assert isinstance(answer["worker"], float)


def test_a_second_up_on_the_same_data_is_refused(running: Running) -> None:
    assert "already running" in refused(running.data, str(free_port()))


def test_a_taken_port_is_named(running: Running, tmp_path: Path) -> None:
    assert f"Port {running.port} is taken" in refused(tmp_path / "other", str(running.port))


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a file" in refused(tmp_path / "file", str(free_port()))


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    env = environment() | {"DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/none"}
    line = refused(tmp_path / "data", str(free_port()), env=env)
    assert "127.0.0.1:1/none" in line
    assert "secret" not in line


def test_secrets_are_private(running: Running) -> None:
    assert (running.data / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (running.data / "run").stat().st_mode & 0o777 == 0o700
    assert (running.data / "postgres").stat().st_mode & 0o777 == 0o700


def test_the_web_server_knows_the_applications_address_only(running: Running) -> None:
    for words in ("granian", "jinzhi.site.worker"):
        variables = Path(f"/proc/{running.child(words)}/environ").read_text().split("\0")
        names = {variable.split("=", 1)[0] for variable in variables}
        assert "DATABASE_APP_URL" in names
        assert "DATABASE_URL" not in names


@pytest.mark.parametrize("words", ["granian", "jinzhi.site.worker", "postgres"])
def test_what_is_killed_comes_back(running: Running, words: str) -> None:
    before = running.child(words)
    os.kill(before, signal.SIGKILL)
    wait(lambda: running.child(words) not in (0, before))
    try:
        wait(running.ready, 120)
    except pytest.fail.Exception:  # with what a reader needs to find out why
        logs = "".join(f"\n--- {log.name}\n{log.read_text()[-2000:]}" for log in (running.data / "log").iterdir())
        pytest.fail(f"{health('127.0.0.1', running.port)}\n{running.said[-1000:]}{logs}")


def test_kill_up_and_its_children_go_with_it(running: Running) -> None:
    assert running.process is not None
    everything = running.everything()
    running.process.kill()
    running.process.wait()
    wait(lambda: not any(map(is_running, everything)), 30)
    prepared = running.said.count("migrating")
    running.start()
    assert running.said.count("migrating") == prepared  # what is prepared is not prepared again


def test_kill_everything_at_once(running: Running) -> None:
    assert running.process is not None
    for pid in running.everything():
        with suppress(ProcessLookupError):  # its parent was killed a moment earlier, it went by itself
            os.kill(pid, signal.SIGKILL)
    running.process.wait()
    running.start()


def test_interrupt_ends_everything(running: Running) -> None:
    assert running.process is not None
    everything = running.everything()
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0
    assert time.monotonic() - began < 30  # 1–2 s on a machine with nothing else to do
    wait(lambda: not any(map(is_running, everything)), 5)
