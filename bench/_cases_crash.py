"""J6: a reader of the log is killed with -9 at random moments, a hundred times, while others write; every event is delivered, its effect done once.

``python -m bench._cases_crash writer`` writes until its input ends; ``… nursery KILLS SEED`` bears readers and kills them.
The effect is a row in a table without a key: done twice it would be there twice.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from django.db import connection

from bench import _cases_drive as drive
from bench._cases_world import Found, World, Wrong, ask, crowd
from jinzhi.kernel.feeds.models import Checkpoint
from jinzhi.kernel.feeds.runner import run_feed
from jinzhi.kernel.modules import Feed
from jinzhi.site.datadir import ROOT

NAME = "bench.effect"


def _effect(events: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into bench_effect select * from unnest(%s::bigint[], %s::int[])", [[e.case_id for e in events], [e.seq for e in events]])


FEED = Feed(NAME, _effect, batch=100)


def run(world: World) -> Found:
    """Figures ``crash.*``: kills, events, missed, twice, events_per_s (of the last reader, undisturbed, over what is left)."""
    kills = world.choose(15, 100)
    role = ask(world.owner, "select rolname from pg_roles where rolname = %s", os.environ["JINZHI_APP_ROLE"])
    world.owner.execute(f"drop table if exists bench_effect; create table bench_effect (case_id bigint not null, seq integer not null); grant select, insert on bench_effect to {role}")  # type: ignore[arg-type]
    top = int(ask(world.owner, "select coalesce(max(pos), 0) from event"))
    world.owner.execute("delete from feeds_checkpoint where name = %s", [NAME])
    world.owner.execute(
        "insert into feeds_checkpoint (name, epoch, xid, pos, failures, error, updated_at)"
        " select %s, epoch, xid::text::numeric, pos, 0, '', now() from event where pos = %s",
        [NAME, top],
    )
    writers = crowd("bench._cases_crash", 2, "writer")
    try:
        nursery = subprocess.run([sys.executable, "-m", "bench._cases_crash", "nursery", str(kills), "20111123"], cwd=ROOT, capture_output=True, text=True, timeout=600)
    finally:
        written = sum(int(process.communicate()[0].split()[-1]) for process in writers)
    if nursery.returncode:
        raise RuntimeError(nursery.stderr.strip().splitlines()[-1])
    told = json.loads(nursery.stdout)
    left = _drain()
    events = int(ask(world.owner, "select count(*) from event where pos > %s", top))
    missed = int(ask(world.owner, "select count(*) from event e where pos > %s and not exists (select from bench_effect b where b.case_id = e.case_id and b.seq = e.seq)", top))
    twice = int(ask(world.owner, "select count(*) from (select 1 from bench_effect group by case_id, seq having count(*) > 1) x"))
    if missed or twice or told["killed"] < kills:
        raise Wrong(f"{missed} events missed, {twice} twice, {told['killed']} killed")
    figures = {"kills": told["killed"], "in_the_middle": told["in_the_middle"], "acts_written": written, "events": events, "missed": 0, "twice": 0, **left}
    return Found(
        {"crash": figures},
        [
            ("a reader of the log killed with -9 while two others write", "killed", "of these within a batch", "events", "missed", "effect twice"),
            ("**Jinzhi**: effect and checkpoint in one transaction", str(told["killed"]), str(told["in_the_middle"]), f"{events:,}", "0", "0"),
        ],
    )


def _drain() -> dict[str, Any]:
    began, read = time.perf_counter(), 0
    while (n := run_feed(FEED)) > 0:
        read += n
    return {"left_for_the_last": read, "events_per_s": round(read / (time.perf_counter() - began)) if read else None}


def _writer() -> None:
    drive.prepare()
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    acts = 0
    print("ready", flush=True)
    while not ended.is_set():
        acts += drive.one_by_one(2).acts + drive.batches(20, 20).acts
    print(acts, flush=True)


def _nursery(kills: int, seed: int) -> None:
    """Bear a reader, kill it a moment later, bear the next. A reader that was killed between reading and commit had a batch in hand."""
    randomly = random.Random(seed)
    middle = 0
    for place in range(kills):
        connection.close()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            try:
                _read_on(write)
            finally:
                os._exit(1)
        os.close(write)
        os.read(read, 1)  # it is at its first batch, or found nothing
        if place % 2:
            time.sleep(randomly.random() * 0.15)
        else:  # aimed: just after it began with a batch
            _until_begun(read)
            time.sleep(randomly.random() * 0.005)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        marks = b"<" if not place % 2 else b""  # an aimed one had begun; what came after says whether it had ended
        while part := os.read(read, 65536):
            marks += part
        os.close(read)
        middle += marks.endswith(b"<")
    print(json.dumps({"killed": kills, "in_the_middle": middle}))


def _until_begun(read: int) -> None:
    until = time.monotonic() + 2
    while time.monotonic() < until and select.select([read], [], [], 0.1):
        if os.read(read, 65536).endswith(b"<"):
            return


def _read_on(mark: int) -> None:
    def noted(events: Any) -> None:
        os.write(mark, b"<")
        _effect(events)

    feed = Feed(NAME, noted, batch=100)
    while True:
        run_feed(feed)
        os.write(mark, b">")


if __name__ == "__main__":
    if sys.argv[1] == "writer":
        _writer()
    else:
        Checkpoint.objects.exists()
        _nursery(int(sys.argv[2]), int(sys.argv[3]))
