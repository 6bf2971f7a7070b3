"""The data folder of one platform: secrets, the demonstration's clock, logs, the embedded database; who may use it now.

::

    var/                 (or --data DIR)
    ├── postgres/        the embedded database's files
    ├── run/             its socket (mode 0700)
    ├── log/             web.log, worker.log, postgres.log
    ├── static/          collected assets
    ├── secrets.json     keys and passwords, mode 0600
    ├── clock.json       the demonstration's shift of business time, if it is one
    ├── demo.json        accounts of the demonstration
    ├── up.lock          held by the running ./jinzhi up
    └── database.lock    shared by every command that uses the embedded database
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinzhi.kernel.text import Text
from jinzhi.site.console import DISK_FULL, Stop

ROOT = Path(__file__).resolve().parents[3]
LEAST_FREE = 500 * 1024 * 1024
# The demonstration's week: a Wednesday morning, with overdue work behind it and a working week around it.
DEMO_NOW = dt.datetime(2011, 11, 23, 10, 42, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@dataclass(frozen=True)
class Secrets:
    """Random keys of this data folder: Django's secret key and the passwords of the embedded database's roles."""

    secret_key: str
    superuser: str
    owner: str
    app: str


class DataDir:
    """A data folder that exists and can be written; raises :class:`Stop` with one line otherwise."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().resolve()
        try:
            # Root's database runs as a user of its own, who must be able to pass through.
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
            probe = self.path / f".write-test-{os.getpid()}"
            probe.write_bytes(b"x" * 4096)
            probe.unlink()
        except OSError as error:
            raise Stop(self._unusable(error)) from None
        (self.path / "log").mkdir(exist_ok=True)

    def _unusable(self, error: OSError) -> Text:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DISK_FULL
        where = str(self.path)
        if isinstance(error, FileExistsError | NotADirectoryError):
            return Text(f"数据目录 {where} 是文件，不是文件夹。", f"The data folder {where} is a file; give a folder with --data DIR.")
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            return Text(
                f"无权写入数据目录 {where}，请用 --data 另选。",
                f"You may not write to the data folder {where}; choose another with --data DIR.",
            )
        return Text(f"数据目录 {where} 无法使用：{error.strerror}。", f"The data folder {where} cannot be used: {error.strerror}.")

    def require_space(self) -> None:
        """Refuse to start with too little room: a database that fills its disk stops in the middle of work."""
        free = shutil.disk_usage(self.path).free
        if free < LEAST_FREE:
            mb = free // (1024 * 1024)
            raise Stop(
                Text(
                    f"磁盘空间不足：{self.path} 所在磁盘仅余 {mb} MB，至少需要 500 MB。",
                    f"Not enough disk space: {mb} MB free where {self.path} lies, at least 500 MB are needed.",
                )
            )

    def secrets(self) -> Secrets:
        """The secrets of this folder, made at first use; written whole or not at all, readable by the owner only."""
        file = self.path / "secrets.json"
        try:
            return Secrets(**json.loads(file.read_text()))
        except FileNotFoundError:
            made = Secrets(*(secrets.token_urlsafe(size) for size in (48, 24, 24, 24)))
            self._write_private(file, json.dumps(made.__dict__, indent=1))
            return Secrets(**json.loads(file.read_text()))
        except PermissionError:
            raise Stop(self._unusable(PermissionError())) from None
        except (ValueError, TypeError):
            raise Stop(Text(f"{file} 已损坏，请从备份恢复。", f"{file} is damaged; restore it from a backup.")) from None

    def _write_private(self, file: Path, text: str) -> None:
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, file)  # two first starts at once: one wins, both read the winner's
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def clock(self) -> dict[str, Any] | None:
        """``{"shift": seconds, "demo": true}`` of a demonstration, None for a platform that works in real time."""
        try:
            return json.loads((self.path / "clock.json").read_text())
        except FileNotFoundError:
            return None

    def start_demo_clock(self, shift: float | None = None) -> float:
        """Set business time so that it is now the morning of the demonstration (or take a shift set earlier)."""
        if shift is None:
            shift = round((DEMO_NOW - dt.datetime.now(dt.UTC)).total_seconds())
        (self.path / "clock.json").write_text(json.dumps({"shift": shift, "demo": True}))
        return shift

    def environment(self, port: int = 8000) -> dict[str, str]:
        """Environment for every process of this platform, without any database address."""
        hidden = {"DATABASE_URL", "DATABASE_APP_URL"}
        env = {key: value for key, value in os.environ.items() if key not in hidden}
        env.update(PYTHONPATH=str(ROOT / "src"), DJANGO_SETTINGS_MODULE="jinzhi.site.settings", JINZHI_DATA=str(self.path))
        env.setdefault("JINZHI_SECRET_KEY", self.secrets().secret_key)
        env.setdefault("JINZHI_PUBLIC_URL", f"http://localhost:{port}")
        clock = self.clock()
        if clock:
            env["JINZHI_CLOCK_SHIFT"] = str(clock["shift"])
            env["JINZHI_DEMO"] = "1" if clock.get("demo") else "0"
        return env

    def lock(self, name: str) -> Lock:
        return Lock(self.path / name)


class Lock:
    """An advisory lock on a file; the kernel lets it go when the process dies, so it is never stale."""

    def __init__(self, path: Path) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1
