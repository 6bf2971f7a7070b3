"""``./jinzhi up``: the whole platform in the foreground, until Ctrl-C."""

from __future__ import annotations

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import suppress

import psycopg

from jinzhi.kernel.orgs import sight
from jinzhi.kernel.text import Text
from jinzhi.site import database, stamps
from jinzhi.site.console import Step, Stop, complain, say, table
from jinzhi.site.datadir import ROOT, DataDir
from jinzhi.site.postgres import Cluster, tail
from jinzhi.site.processes import child_setup
from jinzhi.site.roles import Addresses, drop_embedded, prepare_embedded
from jinzhi.site.supervisor import Child, Supervisor, program

WEB = Text("网页服务", "the web server")
WORKER = Text("后台任务", "the worker")
POSTGRES = Text("数据库", "the database")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def require_port(host: str, port: int) -> None:
    """Refuse early and clearly: the web server itself shares a port silently (SO_REUSEPORT)."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise Stop(Text(f"无法识别主机 {host}。", f"The host {host} is not known; give an address of this machine with --host.")) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Stop(Text(f"端口 {port} 已被占用，请用 --port 另选。", f"Port {port} is taken; choose another with --port N.")) from None
        if error.errno == errno.EACCES:
            raise Stop(Text(f"无权使用端口 {port}，请选 1024 以上。", f"You may not use port {port}; choose one above 1023 with --port N.")) from None
        raise Stop(Text(f"无法在 {host}:{port} 监听：{error.strerror}。", f"Cannot listen on {host}:{port}: {error.strerror}.")) from None


def up(options: Namespace) -> int:
    """Run until told to end; 0 after an orderly end."""
    began = time.monotonic()
    data = DataDir(options.data)
    lock = data.lock("up.lock")
    if not lock.try_exclusive():
        raise Stop(
            Text(
                f"数据目录 {data.path} 上已有 ./jinzhi up 在运行。",
                f"A ./jinzhi up is already running on {data.path}; stop it, or choose another folder with --data DIR.",
            )
        )
    data.require_space()
    require_port(options.host, options.port)
    supervisor = Supervisor()
    supervisor.catch_signals()
    try:
        addresses = start_database(data, supervisor)
        clear_half_demo(data, addresses, options)
        prepare(data, addresses, options, supervisor)
        if supervisor.ending:
            return 0
        start_programs(data, addresses, options, supervisor)
        wait_ready(options, supervisor, data)
        if not supervisor.ending:
            announce(data, options, time.monotonic() - began)
        supervisor.run()
        say(Text("正在停止 …", "stopping …"))
    finally:
        supervisor.stop()
        lock.release()
    return 0


def start_database(data: DataDir, supervisor: Supervisor) -> Addresses:
    found = database.external(data)
    if found is not None:
        return found
    cluster = Cluster(data)
    lock = database.take_over(cluster)
    database.create(cluster)
    with Step(database.STARTING):
        cluster.start()
    lock.try_shared()
    # Fast shutdown writes a checkpoint: it is given time, since ending it early only moves the work to the next start.
    supervisor.add(Child(POSTGRES, cluster.spawn, signal.SIGINT, 60.0, cluster.process, time.monotonic()))
    return prepare_embedded(cluster)


def clear_half_demo(data: DataDir, addresses: Addresses, options: Namespace) -> None:
    """A demonstration whose loading was cut short is loaded anew. The database was empty before it, so nothing else is lost."""
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        known = stamps.read(connection)
    if "demo-begun" not in known or "demo" in known:
        return
    if os.environ.get("DATABASE_URL"):
        raise Stop(
            Text(
                "演示数据上次没有装完；请清空该数据库（DROP SCHEMA public CASCADE; CREATE SCHEMA public;）后重新启动。",
                "Loading the demonstration was cut short; empty the database (DROP SCHEMA public CASCADE; CREATE SCHEMA public;) "
                "and start again.",
            )
        )
    say(Text("演示数据上次没有装完，重新装入", "loading the demonstration was cut short, it is loaded anew"))
    cluster = Cluster(data)
    drop_embedded(cluster)
    prepare_embedded(cluster)
    options.demo = True


def prepare(data: DataDir, addresses: Addresses, options: Namespace, supervisor: Supervisor) -> None:
    """Do what the stamps say is missing, in one process that runs as the owner."""
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        known = stamps.read(connection)
        # Row security checks a key made from the secret key: a database brought to another data folder is given that one's.
        key = sight.mark(data.environment(options.port)["JINZHI_SECRET_KEY"])
        parts = [] if known.get("database") == stamps.database_digest() and known.get("sight") == key else ["database"]
        empty = bool(parts) or connection.execute("SELECT 1 FROM orgs_person LIMIT 1").fetchone() is None
    static = data.path / "static" / ".digest"
    if not static.exists() or static.read_text() != stamps.assets_digest():
        parts.append("assets")
    if "demo" in known:
        if data.clock() is None:  # the data folder was lost, the database was not: business time comes from there
            data.start_demo_clock(float(known["demo"]))
        if not (data.path / "demo.json").exists():
            parts.append("accounts")
    elif options.demo:
        data.start_demo_clock()
        parts += ["demo", "accounts"]
    elif empty:
        parts.append("setup")
    if not parts:
        return
    env = addresses.for_owner(data.environment(options.port))
    command = [sys.executable, "-m", "jinzhi.site.bootstrap", *parts]
    with subprocess.Popen(command, env=env, cwd=ROOT, preexec_fn=child_setup(signal.SIGTERM), start_new_session=True) as process:  # noqa: PLW1509
        while process.poll() is None:
            if supervisor.ending:
                process.terminate()
            time.sleep(0.05)
    if process.returncode and not supervisor.ending:
        raise SystemExit(1)  # it has said why


def start_programs(data: DataDir, addresses: Addresses, options: Namespace, supervisor: Supervisor) -> None:
    env = addresses.for_app(data.environment(options.port))
    env.setdefault("JINZHI_HOSTS", ",".join(hosts(options.host)))
    python = sys.executable
    worker = program([python, "-m", "jinzhi.site.worker"], env, data.path / "log" / "worker.log", ROOT)
    web = program(web_command(options.host, options.port), env, data.path / "log" / "web.log", ROOT)
    supervisor.add(Child(WORKER, worker))
    supervisor.add(Child(WEB, web))


def web_command(host: str, port: int, workers: int = 2) -> list[str]:
    """granian serving WSGI: few threads, because a request is short and the database is the limit; the rest waits in the backlog."""
    command = [sys.executable, "-m", "granian", "jinzhi.site.web:application", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", "4", "--backpressure", "64", "--backlog", "1024"]
    return [*command, "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "2", "--respawn-failed-workers"]


def hosts(host: str) -> list[str]:
    """Names under which the platform answers: this machine's own when it listens to the outside."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host not in LOOPBACK:
        names += [host, socket.gethostname(), socket.getfqdn()]
        with suppress(socket.gaierror):
            names += sorted({str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)})
    return list(dict.fromkeys(names))


def health(host: str, port: int) -> dict[str, object] | None:
    """The answer of ``/healthz``; None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1" if host in ("0.0.0.0", "::") else host, port, timeout=5)  # noqa: S104
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return dict(json.loads(connection.getresponse().read()))
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def wait_ready(options: Namespace, supervisor: Supervisor, data: DataDir, seconds: float = 60) -> None:
    """Wait until the platform says it is ready; says what is missing if it does not become so."""
    until, answer = time.monotonic() + seconds, None
    with Step(Text("启动网页服务与后台任务", "starting the web server and the worker")):
        while not supervisor.ending and time.monotonic() < until:
            supervisor.tick()
            answer = health(options.host, options.port)
            if answer and answer.get("ready"):
                return
            time.sleep(0.05)
    if supervisor.ending:
        return
    folder = data.path / "log"
    if answer is None:
        last = (tail(folder / "web.log").strip().splitlines() or ["-"])[-1]
        complain(Text(f"网页服务未就绪：{last}（见 {folder}）", f"the web server does not answer: {last} (see {folder})"))
    else:
        complain(Text(f"尚未就绪：{answer}（见 {folder}）", f"not ready yet: {answer} (see {folder})"))


def announce(data: DataDir, options: Namespace, seconds: float) -> None:
    """Addresses, and on a demonstration who may sign in."""
    address = os.environ.get("JINZHI_PUBLIC_URL") or f"http://localhost:{options.port}"
    say(f"\n  金质 Jinzhi    {address}    ({seconds:.1f} s)")
    clock = data.clock()
    if clock and clock.get("demo"):
        rows = json.loads((data.path / "demo.json").read_text())
        say(Text("\n  演示账号", "demo accounts (login, password)"))
        for line in table([tuple(row) for row in rows]):
            say(f"    {line}")
    say(f"\n  {data.path}")
    say(Text("  按 Ctrl-C 停止", "Ctrl-C stops everything"))
