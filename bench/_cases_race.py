"""J2: eight processes press the same button on the same twenty cases, ten milliseconds after they have read them.

``python -m bench._cases_race CALLER`` is one of the eight; it reads its orders, one JSON a line, from standard input.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench import _cases_drive as drive
from bench._cases_peers import KINDS, PeerFailed
from bench._cases_world import Found, Line, World, Wrong, ask, crowd, gaps, log_problems
from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.queries import access_case
from jinzhi.kernel.orgs.actors import Actor, Grant

CALLERS, THINK, EVERY = 8, 0.01, 0.25


def run(world: World) -> Found:
    """Figures ``race.*``: told = how many callers were told that it is done; extra_successes = those beyond the first of each case."""
    cases = world.choose(8, 20)
    ours = _ours(world, cases)
    table: list[Line] = [("8 processes, the same action on the same cases", "told \"done\" on each case", "records of the one act", "callers told \"done\" for nothing")]
    table.append(("**Jinzhi**", _range(ours["told"]), _range(ours["records"]), str(ours["extra_successes"])))
    peers: dict[str, Any] = {}
    for kind in KINDS:
        if kind.name not in world.peers.running:
            table.append((kind.title, f"not run: {world.peers.missing.get(kind.name, '?')}", "", ""))
            continue
        try:
            raced = world.peers.race(kind.name, cases, CALLERS, THINK, EVERY)
        except PeerFailed as error:
            table.append((kind.title, f"not run: {error}", "", ""))
            continue
        for way, found in raced.items():
            extra = sum(max(0, n - 1) for n in found["told"])
            peers[f"{kind.name}, {way}" if way else kind.name] = {"told_most": max(found["told"]), "records_most": max(found["records"]), "extra_successes": extra}
            table.append((f"{kind.title}{': ' + way if way else ''}", _range(found["told"]), _range(found["records"]), str(extra)))
    figures = {"callers": CALLERS, "cases": cases, "think_ms": THINK * 1000, "extra_successes": ours["extra_successes"], "events_most": max(ours["records"]),
               "own_cases_per_s": ours["own_cases_per_s"], "peers": peers}  # fmt: skip
    return Found({"race": figures}, table, [f"8 processes on 20 cases each of their own, opened and accepted: {ours['own_cases_per_s']:,} acts/s, numbers unique and without a gap"])


def _range(values: list[int]) -> str:
    return str(values[0]) if min(values) == max(values) else f"{min(values)}–{max(values)}"


def _ours(world: World, cases: int) -> dict[str, Any]:
    ids = [r.case for r in engine.open_cases([drive.draft(n) for n in range(cases)], "ask", actor=drive.APPLICANT)]
    callers = crowd("bench._cases_race", CALLERS)
    try:
        with ThreadPoolExecutor(CALLERS) as pool:

            def order(n: int, orders: dict[str, Any]) -> dict[str, Any]:
                stdin, stdout = callers[n].stdin, callers[n].stdout
                assert stdin is not None
                assert stdout is not None
                stdin.write(json.dumps({**orders, "caller": n}) + "\n")
                stdin.flush()
                return dict(json.loads(stdout.readline()))

            at = time.time() + 0.3
            answers = list(pool.map(lambda n: order(n, {"cases": ids, "at": at}), range(CALLERS)))
            began = time.perf_counter()
            own = list(pool.map(lambda n: order(n, {"own": 20}), range(CALLERS)))
            seconds = time.perf_counter() - began
    finally:
        for process in callers:
            process.communicate()
    told = [sum(answer["told"][n] for answer in answers) for n in range(cases)]
    records = [int(ask(world.owner, "select count(*) from event where case_id = %s and action = 'accept'", case)) for case in ids]
    mine = [case for answer in own for case in answer["cases"]]
    problems = log_problems(world.owner, ids + mine) + gaps(world.owner)
    if len(set(mine)) != CALLERS * 20 or problems:
        raise Wrong(f"{len(set(mine))} cases of {CALLERS * 20}; {problems}")
    return {"told": told, "records": records, "extra_successes": sum(max(0, n - 1) for n in told) + sum(max(0, n - 1) for n in records),
            "own_cases_per_s": round(CALLERS * 40 / seconds)}  # fmt: skip


def _caller() -> None:
    drive.prepare()
    print("ready", flush=True)
    for line in sys.stdin:
        orders = json.loads(line)
        clerk = Actor(920_000 + orders["caller"], f"clerk{orders['caller']}", (Grant("clerk", drive.OWNER, post_id=10 + orders["caller"]),))
        if "own" in orders:
            opened = [engine.one(engine.open_cases([drive.draft(n)], "ask", actor=drive.APPLICANT, request_id=uuid.uuid4())) for n in range(orders["own"])]
            for r in opened:
                engine.one(engine.advance([engine.Move(r.case, version=r.version, data=dict(drive.OPINION))], "accept", actor=clerk, request_id=uuid.uuid4()))
            print(json.dumps({"cases": [r.case for r in opened]}), flush=True)
            continue
        told = []
        for place, case in enumerate(orders["cases"]):
            time.sleep(max(0.0, orders["at"] + place * EVERY - time.time()))
            seen = access_case(clerk, case).work.version
            time.sleep(THINK)
            told.append(engine.advance([engine.Move(case, version=seen, data=dict(drive.OPINION))], "accept", actor=clerk, request_id=uuid.uuid4())[0].ok)
        print(json.dumps({"told": told}), flush=True)


if __name__ == "__main__":
    _caller()
