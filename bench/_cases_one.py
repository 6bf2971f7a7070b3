"""J1: a case opened and driven six transitions: one by one, in batches, the floor, the peers, in rotated rounds."""

from __future__ import annotations

import os
import statistics
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

from bench import _cases_drive as drive
from bench._cases_floor import Floor, rows_per_case
from bench._cases_peers import COMPARABLE, KINDS
from bench._cases_world import Found, World, Wrong, rotated, spread, wal, whole
from jinzhi.kernel.cases import engine

OURS = "access check, form, row lock, version, state, duty closed and opened, two clocks in working days, list row, hash-chained event, number, request key"
FLOOR = "bare copies of the same tables: no lock, check, hash, trigger, key of a request; one call an act"


def run(world: World) -> Found:
    """Figures ``one.*``, ``batch.*`` and ``peers.*``. An act is the opening or one transition; a case is seven acts."""
    cases = world.choose(60, 300)
    many = world.choose(1000, 5000)
    size = world.choose({"fsm": 60, "spiff": 40, "viewflow": 15, "caluma": 6}, {"fsm": 200, "spiff": 150, "viewflow": 60, "caluma": 25})
    floor = Floor(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True), world.version)  # its settings of the planner are for it alone
    drive.one_by_one(10)
    drive.batches(200, 100)
    floor.one_by_one(10)
    floor.batches(200, 100)
    ways: dict[str, Callable[[], tuple[float, int, list[int], list[float]]]] = {
        "one": lambda: _ours(drive.one_by_one(cases)),
        "one floor": lambda: _ours(floor.one_by_one(cases)),
        "batch": lambda: _ours(drive.batches(many)),
        "batch floor": lambda: _ours(floor.batches(many)),
        "two streams": lambda: _ours(drive.streams(many)),
        **{name: _peer(world, name, size[name]) for name in world.peers.running},
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    logged: dict[str, list[float]] = {name: [] for name in ways}
    latency: dict[str, list[float]] = {name: [] for name in ways}
    ids: list[int] = []
    written: dict[str, dict[str, float]] = {}
    for name in rotated(list(ways), world.choose(3, 5)):
        before = wal(world.owner)
        seconds, acts, made, ms = ways[name]()
        logged[name].append((wal(world.owner) - before) / (acts / 7))
        rates[name].append(acts / seconds)
        latency[name] += ms
        if name in ("one", "batch"):
            ids += made
        if name in ("one", "one floor"):
            written[name] = rows_per_case(world.owner, "floor" if "floor" in name else "public", made)
    whole(world.owner, ids)
    _same_rows(written)
    return _found(world, rates, logged, latency, {"one": cases, "batch": many, **size})


def _ours(run: drive.Run) -> tuple[float, int, list[int], list[float]]:
    return run.seconds, run.acts, run.ids, run.ms


def _peer(world: World, name: str, cases: int) -> Callable[[], tuple[float, int, list[int], list[float]]]:
    def go() -> tuple[float, int, list[int], list[float]]:
        answer = world.peers.running[name].ask("drive", cases=cases)
        if answer["problems"]:
            raise Wrong(f"{name}: {answer['problems']}")
        return answer["seconds"], answer["acts"], [], answer["ms"]

    return go


def _same_rows(written: dict[str, dict[str, float]]) -> None:
    """The floor writes as many rows into each table as the engine does: else it is no floor of this work."""
    ours, bare = written["one"], written["one floor"]
    differing = {t: (ours[t], bare[t]) for t in ours if not t.endswith("bytes") and abs(ours[t] - bare[t]) > 0.01}
    if differing:
        raise Wrong(f"rows a case differ between engine and floor: {differing}")


def _found(world: World, rates: dict[str, list[float]], logged: dict[str, list[float]], latency: dict[str, list[float]], sizes: dict[str, int]) -> Found:
    middle = {name: statistics.median(values) for name, values in rates.items()}
    bytes_each = {name: round(statistics.median(values)) for name, values in logged.items()}
    opening, moving = _statements()
    peers: dict[str, Any] = {}
    for kind in KINDS:
        if kind.name not in middle:
            peers[kind.name] = {"not_run": world.peers.missing.get(kind.name, "?")}
            continue
        counted = world.peers.running[kind.name].ask("count")
        peers[kind.name] = {
            "per_s": round(middle[kind.name], 1), "tier": kind.tier, "sql_open": counted["open"], "sql_step": counted["step"],
            "wal_bytes_per_case": bytes_each[kind.name], "one_per_this": round(middle["one"] / middle[kind.name], 2),
        }  # fmt: skip
    comparable = [middle[name] for name in COMPARABLE if name in middle]
    one = {
        "per_s": round(middle["one"], 1), "floor_per_s": round(middle["one floor"], 1), "of_floor": round(middle["one"] / middle["one floor"], 3),
        "per_best_peer": round(middle["one"] / max(comparable), 2) if comparable else None, "p50_ms": _cut(latency["one"], 0.5), "p95_ms": _cut(latency["one"], 0.95),
        "sql_open": opening, "sql_step": moving, "wal_bytes_per_case": bytes_each["one"], "cases_a_round": sizes["one"],
    }  # fmt: skip
    batch = {
        "per_s": round(middle["batch"]), "floor_per_s": round(middle["batch floor"]), "of_floor": round(middle["batch"] / middle["batch floor"], 3),
        "two_streams_per_s": round(middle["two streams"]), "size": 1000, "wal_bytes_per_case": bytes_each["batch"], "cases_a_round": sizes["batch"],
    }  # fmt: skip
    table = [("one act at a time, one client", "tier", "acts/s", "p50 / p95 ms", "SQL open / step", "WAL kB a case", "each act does", "and does not")]

    def line(name: str, title: str, tier: str, sql: str, does: str, lacks: str) -> None:
        times = f"{_cut(latency[name], 0.5)} / {_cut(latency[name], 0.95)}" if latency[name] else ""
        table.append((title, tier, spread(rates[name]), times, sql, f"{bytes_each[name] / 1000:.1f}", does, lacks))

    line("one", "**Jinzhi, one by one**", "H", f"{opening} / {moving}", OURS, "document")
    line("one floor", "floor: bare SQL, the same rows", "", "1 / 1", FLOOR, "")
    for kind in KINDS:
        if kind.name in middle:
            p = peers[kind.name]
            line(kind.name, kind.title, kind.tier, f"{p['sql_open']} / {p['sql_step']:g}", kind.does, kind.not_done)
        else:
            table.append((kind.title, kind.tier, f"not run: {peers[kind.name]['not_run']}", "", "", "", kind.does, kind.not_done))
    line("batch", "**Jinzhi, batches of 1,000**", "H", "", "the same, a thousand cases a transaction", "document")
    line("batch floor", "floor: bare SQL, batches of 1,000", "", "", "one call a batch", "")
    line("two streams", "Jinzhi, two processes with batches of 1,000", "H", "", "the same, side by side", "document")
    return Found({"one": one, "batch": batch, "peers": peers}, table)


def _cut(values: list[float], share: float) -> float:
    return round(drive.percentile(values, share), 2) if values else 0.0


def _statements() -> tuple[int, int]:
    with drive.RoundTrips() as trips:
        opened = engine.one(engine.open_cases([drive.draft(0)], "ask", actor=drive.APPLICANT, request_id=uuid.uuid4()))
        opening = len(trips.statements)
        engine.advance([engine.Move(opened.case, data=dict(drive.OPINION))], "accept", actor=drive.CLERK, request_id=uuid.uuid4())
    return opening, len(trips.statements) - opening
