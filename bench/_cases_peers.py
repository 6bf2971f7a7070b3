"""The peers: each in a virtual environment of its own under ``var/peers``, each on a database of its own on the same PostgreSQL.

Nothing of them is part of the product. An environment is made on demand from the peer's lock file, every hash checked, and kept
under the lock's digest; ``var/peers`` may be deleted at any time. A peer's program (``bench/peers/<peer>.py``) is a long-lived process that
answers one command a line, so that rounds can be rotated without paying for its start.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from jinzhi.site.datadir import ROOT, DataDir
from jinzhi.site.postgres import Cluster

FOLDER = Path(__file__).with_name("peers")
KEPT = ROOT / "var" / "peers"


@dataclass(frozen=True)
class Kind:
    """A peer: its program, what it does and does not do in a step, and its tier (L state + audit; M + task, assignment, permission)."""

    name: str
    title: str
    program: str
    tier: str
    does: str
    not_done: str

    @property
    def lock(self) -> Path:
        return FOLDER / f"requirements-{self.name}.txt"


KINDS = (
    Kind(
        "fsm", "django-fsm-2 4.2", "fsm.py", "L", "row lock, state, permission check in Python, audit row",
        "task, assignment, deadline, number, list row, chain, request key",
    ),
    Kind(
        "spiff", "SpiffWorkflow 3.2", "spiff.py", "L", "row lock, BPMN engine, its state as JSON, audit row",
        "task rows, assignment, permission, deadline, number, list row, chain, request key",
    ),
    Kind(
        "viewflow", "django-viewflow 2.4", "viewflow_peer.py", "M", "row lock, process and task rows, assignment, permission check",
        "deadline, number, list row, chain, request key",
    ),
    Kind(
        "caluma", "Caluma 11.3", "caluma_peer.py", "M", "case and work-item rows, groups by expression, lead time, history rows",
        "lock, permission check (only in its GraphQL), working days, number, list row, chain, request key",
    ),
)  # fmt: skip
COMPARABLE = ("viewflow", "caluma")  # tier M: the nearest to ours, which is H


class PeerFailed(RuntimeError):
    """A peer's program ended or answered with an error; the text says why."""


def python_of(kind: Kind) -> Path:
    """The interpreter of a peer's environment, made now where it is missing (a minute or so, from the package index)."""
    digest = hashlib.sha256(kind.lock.read_bytes() + repr(sys.version_info[:2]).encode()).hexdigest()[:12]
    folder = KEPT / f"{kind.name}-{digest}"
    python, done = folder / "bin" / "python", folder / ".done"
    if done.exists():
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"  making the environment of {kind.title} …", flush=True)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(kind.lock)]
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], install):
        made = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if made.returncode:
            last = [line for line in (made.stderr or made.stdout).splitlines() if line.strip() and "WARNING" not in line]
            raise PeerFailed(f"cannot be installed: {' '.join(last[-2:])[:400]}")
    done.touch()
    return python


def superuser() -> str:
    """An address that may make databases: the embedded server's superuser, else whoever ``DATABASE_URL`` names."""
    cluster = Cluster(DataDir(os.environ["JINZHI_DATA"]))
    with suppress(Exception):
        if cluster.postmaster() is not None:
            return cluster.superuser_url()
    return os.environ["DATABASE_URL"]


def make_database(kind: Kind) -> str:
    """An empty database for a peer on the same server; gives its address. Caluma's library needs a type ``hstore``: the extension or a stand-in."""
    name = f"bench_{kind.name}"
    with psycopg.connect(superuser(), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("create database {} encoding 'UTF8' locale 'C' template template0").format(sql.Identifier(name)))
    url = urlunsplit(urlsplit(superuser())._replace(path=f"/{name}"))
    if kind.name == "caluma":
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("select 1 from pg_available_extensions where name = 'hstore'").fetchone():
                connection.execute("create extension hstore")
            else:
                connection.execute(_HSTORE)  # type: ignore[arg-type]
    return url


_HSTORE = """
create type hstore;
create function hstore_in(cstring) returns hstore language internal immutable strict as 'textin';
create function hstore_out(hstore) returns cstring language internal immutable strict as 'textout';
create type hstore (input = hstore_in, output = hstore_out, like = text);
"""


class Process:
    """A running program of a peer."""

    def __init__(self, kind: Kind, url: str) -> None:
        self.kind = kind
        env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DATABASE_APP_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")}
        self.log = (KEPT / f"{kind.name}.log").open("a")
        self.process = subprocess.Popen(
            [str(python_of(kind)), str(FOLDER / kind.program)], env=env | {"PEER_DATABASE": url, "PYTHONPATH": str(FOLDER)}, cwd=FOLDER,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise PeerFailed(f"its program ended at {do}; see {self.log.name}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerFailed(f"{do}: {answer['error']}")
        return answer

    def stop(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@dataclass
class Peers:
    """Every peer that runs here, set up and warm; and why the others do not."""

    running: dict[str, Process] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def start(self, only: tuple[str, ...] | None = None) -> None:
        for kind in KINDS:
            if only is not None and kind.name not in only:
                self.missing[kind.name] = "not asked for"
                continue
            try:
                url = make_database(kind)
                process = Process(kind, url)
                process.ask("setup")
                process.ask("drive", cases=10)
            except (PeerFailed, OSError, subprocess.TimeoutExpired, psycopg.Error) as error:
                self.missing[kind.name] = str(error).strip().splitlines()[0][:300]
                print(f"  {kind.title}: not run: {self.missing[kind.name]}", flush=True)
                continue
            self.running[kind.name], self.urls[kind.name] = process, url

    def stop(self) -> None:
        for process in self.running.values():
            process.stop()
        self.running.clear()

    def race(self, name: str, cases: int, callers: int, think: float, every: float) -> dict[str, dict[str, list[int]]]:
        """So many callers on the same cases at the same moments, by each way the peer knows.

        Gives, by way, how many were told "done" on each case and how many records of the one act are left behind.
        """
        kind = next(k for k in KINDS if k.name == name)
        main = self.running[name]
        crowd = [Process(kind, self.urls[name]) for _ in range(callers)]
        found: dict[str, dict[str, list[int]]] = {}
        try:
            with ThreadPoolExecutor(callers) as pool:
                list(pool.map(lambda p: p.ask("drive", cases=2), crowd))  # each warm
                for way in main.ask("ways")["ways"]:
                    ids = main.ask("open", cases=cases)["cases"]
                    plan = {"cases": ids, "at": time.time() + 0.5, "every": every, "think": think, "way": way}
                    told = list(pool.map(lambda n, plan=plan: crowd[n].ask("race", caller=n, **plan)["told"], range(callers)))
                    records = main.ask("records", cases=ids)["records"]
                    found[way] = {"told": [sum(row[n] for row in told) for n in range(cases)], "records": records}
        finally:
            for process in crowd:
                process.stop()
        return found
