"""Starts the platform's processes, starts a dead one again, and stops them all in order.

Every child leads a process group of its own and is tied to this process: whatever way the supervisor dies, the kernel tells
the children to end.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinzhi.kernel.text import Text
from jinzhi.site.console import say
from jinzhi.site.postgres import rotate
from jinzhi.site.processes import child_setup, signal_group

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before the first, second … restart in a row."""
STEADY = 30.0
"""A child that lived this long was well: its next restart is a first one again."""


@dataclass
class Child:
    """A process kept alive: ``spawn`` starts it, ``end`` is the signal that asks it to stop, ``patience`` in seconds."""

    name: Text
    spawn: Callable[[], subprocess.Popen[bytes]]
    end: int = signal.SIGTERM
    patience: float = 3.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    next_start: float = field(default=0.0)

    def start(self) -> None:
        self.process = self.spawn()
        self.started = time.monotonic()

    def watch(self, now: float) -> None:
        """Notice a death, or start again when the pause is over."""
        if self.process is None:
            if now >= self.next_start:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        signal_group(self.process.pid, signal.SIGKILL)  # what it started itself must not linger on its port
        if now - self.started > STEADY:
            self.failures = 0
        pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        self.process, self.next_start = None, now + pause
        how = signal.Signals(-code).name if code < 0 else f"{code}"
        name = self.name
        say(
            Text(
                f"{name.zh}意外结束（{how}），{pause:g} 秒后重新启动", f"{name.en} ended unexpectedly ({how}), starting again in {pause:g} s"
            )
        )

    def stop(self, hurry: bool = False) -> None:
        """Ask the process to end, then end it and all of its group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.end)
            try:
                self.process.wait(0.5 if hurry else self.patience)
            except subprocess.TimeoutExpired:
                signal_group(self.process.pid, signal.SIGKILL)
                self.process.wait()
        signal_group(self.process.pid, signal.SIGKILL)
        self.process = None


class Supervisor:
    """Runs children until SIGINT, SIGTERM or SIGHUP; they are stopped in the reverse of the order they were added in."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.ending = 0

    def catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, number: int, frame: object) -> None:
        self.ending += 1

    def add(self, child: Child) -> Child:
        """Start a child (unless it runs already) and keep it running from now on."""
        self.children.append(child)
        if child.process is None:
            child.start()
        return child

    def run(self) -> None:
        while not self.ending:
            self.tick()
            time.sleep(0.1)

    def tick(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if not self.ending:
                child.watch(now)

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop(hurry=self.ending > 1)
        self.children.clear()


def program(command: Sequence[str], env: dict[str, str], log: Path, cwd: Path) -> Callable[[], subprocess.Popen[bytes]]:
    """How to start ``command`` as a tied child that writes to ``log``."""

    def spawn() -> subprocess.Popen[bytes]:
        rotate(log)
        with log.open("ab") as stream:
            return subprocess.Popen(
                list(command),
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=child_setup(signal.SIGTERM),  # noqa: PLW1509
            )

    return spawn
