"""The database of a data folder, for one command: the embedded server (started when nobody has) or the one of ``DATABASE_URL``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jinzhi.kernel.text import Text
from jinzhi.site.console import Step, Stop, say
from jinzhi.site.datadir import DataDir, Lock
from jinzhi.site.postgres import Cluster
from jinzhi.site.roles import Addresses, prepare_embedded, prepare_external

STARTING = Text("启动内嵌数据库", "starting the embedded database")
CREATING = Text("建立内嵌数据库", "creating the embedded database")


def external(data: DataDir) -> Addresses | None:
    """The addresses on the server of ``DATABASE_URL``, None when the embedded one is meant."""
    url = os.environ.get("DATABASE_URL", "")
    return prepare_external(url, data.secrets().app) if url else None


def create(cluster: Cluster) -> None:
    if not (cluster.files / "PG_VERSION").exists():
        with Step(CREATING):
            cluster.create()
    else:
        cluster.create()


def take_over(cluster: Cluster) -> Lock:
    """For ``up``: the exclusive use of the cluster, with no server running on it.

    A server left behind by a killed ``up`` is stopped; a ``./jinzhi manage`` at work is waited for.
    """
    lock = cluster.data.lock("database.lock")
    until = time.monotonic() + 600
    told = False
    while not lock.try_exclusive():
        if not told:
            say(Text("另一个 ./jinzhi 命令正在使用数据库，请稍候 …", "another ./jinzhi command is using the database, waiting …"))
            told = True
        if time.monotonic() > until:
            raise Stop(Text("另一个 ./jinzhi 命令一直占用数据库。", "Another ./jinzhi command keeps the database busy; end it and start again."))
        time.sleep(0.2)
    if cluster.postmaster() is not None:
        with Step(Text("停止上次遗留的数据库进程", "stopping a database left over from an earlier run")):
            cluster.stop()
    return lock


@contextmanager
def borrowed(data: DataDir) -> Iterator[Addresses]:
    """For ``manage`` and ``bench``: use the running server, or start one and stop it when the last command has ended."""
    found = external(data)
    if found is not None:
        yield found
        return
    cluster = Cluster(data)
    lock = data.lock("database.lock")
    try:
        if lock.try_exclusive():
            create(cluster)
            if not cluster.ready():
                with Step(STARTING):
                    if cluster.postmaster() is not None:
                        cluster.wait_ready()
                    else:
                        cluster.start(tied=False)
            lock.try_shared()
        else:
            _join(lock, cluster)
        yield prepare_embedded(cluster)
    finally:
        # Only the last one out can have the lock alone: it puts out the light.
        if lock.try_exclusive():
            cluster.stop()
        lock.release()


def _join(lock: Lock, cluster: Cluster) -> None:
    """Share the server somebody else has started or is starting."""
    with Step(STARTING):
        until = time.monotonic() + 120
        while not (lock.try_shared() and cluster.ready()):
            if time.monotonic() > until:
                raise Stop(Text("数据库没有就绪。", "The database did not become ready; look at log/postgres.log in the data folder."))
            time.sleep(0.1)
