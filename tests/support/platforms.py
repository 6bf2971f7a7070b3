"""A whole platform for a test: web server and worker as real processes on a database of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connections

from jinzhi.site import up
from jinzhi.site.datadir import ROOT
from jinzhi.site.processes import child_setup, signal_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.databases import Database, TestServer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Platform:
    """A running platform: ``url``, its ``database``, and its processes by name ("web", "worker")."""

    server: TestServer
    database: Database
    demo: bool = False
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        env = self.server.environment(self.database.for_app({}), demo=self.demo)
        return env | {"JINZHI_PUBLIC_URL": self.url, "JINZHI_HOSTS": "localhost,127.0.0.1"}

    def start(self, seconds: float = 60) -> None:
        """Start both processes and wait until ``/healthz`` says ready; raises RuntimeError with their last words."""
        self._assets()
        self._spawn("web", up.web_command("127.0.0.1", self.port, workers=1))
        self._spawn("worker", [sys.executable, "-m", "jinzhi.site.worker"])
        until = time.monotonic() + seconds
        answer = None
        while time.monotonic() < until:
            answer = up.health("127.0.0.1", self.port)
            if answer and answer["ready"]:
                return
            time.sleep(0.1)
        raise RuntimeError(f"the platform did not become ready: {answer}\n{self.logs()}")

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.server.folder / f"{self.port}-{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env=self.environment(),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=child_setup(signal.SIGTERM),  # noqa: PLW1509
            )

    def _assets(self) -> None:
        """Collected once a run."""
        with self.server.locked("assets"):
            if not (self.server.folder / "data" / "static" / ".digest").exists():
                env = self.server.environment(self.database.for_owner({}))
                subprocess.run([sys.executable, "-m", "jinzhi.site.bootstrap", "assets"], env=env, cwd=ROOT, check=True)

    def logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in self.server.folder.glob(f"{self.port}-*.log"))

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(3)
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()

    @contextmanager
    def orm(self) -> Iterator[None]:
        """Within this block Django's models in the test's own process speak to the platform's database."""
        with django_on(self.database.app):
            yield


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Point Django's default connection to another database for a while."""
    from jinzhi.site.settings import _database

    default = connections["default"]
    before = dict(default.settings_dict)
    default.close()
    default.settings_dict.update(_database(url))
    try:
        yield
    finally:
        default.close()
        default.settings_dict.clear()
        default.settings_dict.update(before)


def chromium() -> str | None:
    """Path of the browser for browser tests, None when there is none."""
    import shutil

    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("JINZHI_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
