"""The case kernel measured beside the floor and its peers: jobs J1–J7 and J9, each followed by its oracle.

``./jinzhi bench cases [--quick] [--json FILE]``. The file is written after every job, so that a run that ends early keeps what it has.
``JINZHI_BENCH_JOBS=race,numbers`` runs these jobs only and keeps the file's other figures; ``JINZHI_BENCH_PEERS=fsm`` (or ``none``) these peers only;
``JINZHI_BENCH_SIZES=10000,1000000`` these numbers of cases in queues.
A job that fails prints its reason, the others go on, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from bench import _cases_drive as drive  # first: it makes Django ready

import psycopg  # isort: skip
from bench._cases_peers import Peers  # isort: skip
from bench._cases_world import Found, Line, World, Wrong, here, machine  # isort: skip

JOBS = {
    "one": ("_cases_one", "J1 · a case opened and driven six transitions"),
    "race": ("_cases_race", "J2 · contention"),
    "queues": ("_cases_queues", "J3 · queues"),
    "deadlines": ("_cases_deadlines", "J4 · deadlines"),
    "versions": ("_cases_versions", "J5 · a definition changes under running cases"),
    "crash": ("_cases_crash", "J6 · a reader of the log is killed"),
    "numbers": ("_cases_numbers", "J7 · numbers"),
    "bulk": ("_cases_bulk", "J9 · five hundred ticked rows"),
    "log": ("_cases_log", "the log worked out again"),
}
ORDER = ("one", "race", "numbers", "bulk", "versions", "crash", "deadlines", "queues", "log")  # the last two leave millions of rows
NEED_PEERS = {"one", "race", "bulk"}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    there = [j for j in ORDER if here(f"{JOBS[j][0]}.py").exists()]
    wanted = [j for j in there if j in (os.environ.get("JINZHI_BENCH_JOBS") or ",".join(ORDER)).split(",")]
    result = _earlier(options.json, options.quick) if os.environ.get("JINZHI_BENCH_JOBS") else {}
    owner = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    world = World(options.quick, owner, Peers(), drive.prepare())
    result |= {"quick": options.quick, "machine": machine(owner)}
    failed: dict[str, str] = {}
    try:
        if NEED_PEERS & set(wanted):
            only = os.environ.get("JINZHI_BENCH_PEERS")
            world.peers.start(tuple(only.split(",")) if only else None)
        for job in wanted:
            _run(job, world, result, failed)
            result["failed"] = failed
            if options.json:
                options.json.write_text(json.dumps(result, indent=1, default=str))
    finally:
        world.peers.stop()
    for job, reason in failed.items():
        print(f"FAILED {job}: {reason}")
    return 1 if failed else 0


def _earlier(file: Path | None, quick: bool) -> dict[str, Any]:
    if file is None or not file.exists():
        return {}
    found: dict[str, Any] = json.loads(file.read_text())
    return found if found.get("quick") == quick else {}


def _run(job: str, world: World, result: dict[str, Any], failed: dict[str, str]) -> None:
    module, title = JOBS[job]
    print(f"\n## {title}", flush=True)
    load = os.getloadavg()[0]
    began = time.monotonic()
    try:
        found = _queues(module, world) if job == "queues" else importlib.import_module(f"bench.{module}").run(world)
    except Wrong as error:
        failed[job] = f"the oracle: {error}"
    except Exception as error:  # one job's fault must not cost the figures of the others
        traceback.print_exc()
        failed[job] = f"{type(error).__name__}: {error}"[:500]
    else:
        result.update(found.figures)
        show(found.table)
        for remark in found.remarks:
            print(f"- {remark}")
    if job in failed:
        print(f"not measured: {failed[job]}")
    print(f"({time.monotonic() - began:.0f} s; load {load:.1f} before, {os.getloadavg()[0]:.1f} after)", flush=True)


def _queues(module: str, world: World) -> Found:
    """J3 makes a country of its own in this database, on connections of its own."""
    queues = importlib.import_module(f"bench.{module}")
    sizes = tuple(int(n) for n in os.environ.get("JINZHI_BENCH_SIZES", "").split(",") if n) or world.choose((10_000, 100_000), (10_000, 1_000_000, 10_000_000))
    result = queues.run(os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"], sizes)
    lines = [tuple(cell.strip() for cell in line.strip("| ").split("|")) for line in queues.table(result).splitlines()]
    return Found({"queue": result}, [lines[0], *lines[2:]])


def show(table: list[Line]) -> None:
    """A table in Markdown."""
    for place, line in enumerate(table):
        print("| " + " | ".join(line) + " |")
        if place == 0:
            print("|" + "---|" * len(line))


if __name__ == "__main__":
    sys.exit(main())
