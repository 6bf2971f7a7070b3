"""J9: five hundred ticked rows are approved, five of them cannot be: 495 done, 5 reported with their reason; beside it, the peers' loop.

``python -m bench._cases_bulk CASES INVALID`` is a process of its own, so that its memory can be read.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import uuid
from typing import Any

from bench import _cases_drive as drive
from bench._cases_peers import KINDS
from bench._cases_world import Found, Line, World, Wrong, log_problems
from jinzhi.kernel.cases import engine
from jinzhi.site.datadir import ROOT


def run(world: World) -> Found:
    """Figures ``bulk.*``: ours in one call; ``bulk.peers.<name>`` the same by a loop of single acts."""
    done = subprocess.run([sys.executable, "-m", "bench._cases_bulk", "500", "5"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    ours = json.loads(done.stdout)
    problems = log_problems(world.owner, ours.pop("ids"))
    if problems or (ours["done"], ours["refused"], ours["with_reason"]) != (495, 5, 5):
        raise Wrong(f"{ours}; {problems}")
    table: list[Line] = [("500 ticked rows, 5 of them invalid", "done", "refused with a reason", "seconds", "a row, ms", "memory above the start, MB")]

    def line(title: str, found: dict[str, Any]) -> None:
        rows = found["done"] + found["refused"]
        table.append(
            (title, str(found["done"]), f"{found['with_reason']} of {found['refused']}", f"{found['seconds']:.2f}", f"{found['seconds'] * 1000 / rows:.2f}", f"{found['grown_mb']:.0f}")
        )

    line("**Jinzhi**, one request", ours)
    peers: dict[str, Any] = {}
    for kind in KINDS:
        if kind.name in world.peers.running:
            number = 100 if world.quick or kind.name == "caluma" else 500
            peers[kind.name] = world.peers.running[kind.name].ask("bulk", cases=number, invalid=number // 100)
            line(f"{kind.title}, a loop{'' if number == 500 else f' over {number}'}", peers[kind.name])
    return Found({"bulk": {**ours, "peers": peers}}, table)


def _ours(number: int, invalid: int) -> dict[str, Any]:
    drive.prepare()
    drive.batches(20, 20)
    opened = engine.open_cases([drive.draft(n) for n in range(number)], "ask", actor=drive.APPLICANT)
    stale = opened[:: number // invalid][:invalid]  # somebody has already accepted these: the page's versions are old
    engine.advance([engine.Move(r.case, data=dict(drive.OPINION)) for r in stale], "accept", actor=drive.CLERK)
    moves = [engine.Move(r.case, version=r.version, data=dict(drive.OPINION)) for r in opened]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    results = engine.advance(moves, "accept", actor=drive.CLERK, request_id=uuid.uuid4())
    seconds = time.perf_counter() - began
    refused = [r for r in results if not r.ok]
    return {
        "done": sum(r.ok for r in results), "refused": len(refused), "with_reason": sum(bool(r.refusals and str(r.refusals[0].message)) for r in refused),
        "seconds": round(seconds, 4), "grown_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1), "ids": [r.case for r in opened],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_ours(int(sys.argv[1]), int(sys.argv[2]))))
