"""Small tools on operating-system processes (Linux): who lives, who dies with whom."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send this process ``number`` when its parent dies, however it dies."""
    _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def child_setup(number: int) -> Callable[[], None]:
    """A ``preexec_fn`` for children that must not outlive this process; default signal handling for them."""
    parent = os.getpid()

    def setup() -> None:
        die_with_parent(number)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return setup


def is_running(pid: int) -> bool:
    """Whether a process with this id lives (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X")


def command_of(pid: int) -> str:
    """The command line of a process, blank when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def working_in(folder: Path) -> list[int]:
    """Living processes whose working directory is ``folder`` (PostgreSQL's processes work in their data folder)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                here = (entry / "cwd").readlink() == folder
            except OSError:
                continue
            if here and is_running(int(entry.name)):
                found.append(int(entry.name))
    return found


def signal_group(leader: int, number: int) -> None:
    """Send a signal to the whole process group of ``leader``; nothing when it is gone."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return
