"""J4 of the bench of cases: due dates of 10,000 cases with up to three suspensions each, then a changed calendar.

Three ways that share no code are compared on every clock: the statement in SQL, the arithmetic in Python, and a reference that walks day by day. Times
are what each costs alone; the recount after the change includes locking the cases, and their duties and list rows. Everything happens in one transaction
that is rolled back, so no figure holds a commit.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from typing import Any

import psycopg

from bench._cases_world import Found, World, Wrong
from jinzhi.kernel.cases import clocks
from jinzhi.kernel.cases.tests.slow_time import slow_due
from jinzhi.kernel.codes.calendar import Calendar

ZONE = dt.timezone(dt.timedelta(hours=8))
LIMITS = ("5wd", "10wd", "20wd", "20wd", "30wd", "60wd", "15d", "30d", "90d", "1m", "3m", "1y", "24h", "48h")


def run(world: World) -> Found:
    """Figures ``deadlines``: seconds, see ``measure``."""
    with world.owner.transaction(force_rollback=True):
        figures = measure(world.owner, world.version, world.choose(1_000, 10_000))
    n = f"{figures['clocks']:,}"
    table = [
        (f"{n} clocks, {figures['suspensions']:,} suspensions", "SQL: compute and store", "again, nothing to change", "Python: arithmetic alone", "walk day by day"),
        ("all due dates, s", *(f"{figures[k]:.3f}" for k in ("sql_s", "again_s", "python_s", "reference_s"))),
        ("three days flipped, s", f"renumber {figures['publish_s']:.3f} · recount {figures['recount_s']:.3f} ({figures['moved']:,} moved)", "—",
         f"{figures['after_python_s']:.3f}", f"{figures['after_reference_s']:.3f}"),
    ]  # fmt: skip
    return Found({"deadlines": figures}, table, ["all three agree on every clock, before and after the change"])


def measure(db: psycopg.Connection, version: int, n: int) -> dict[str, Any]:
    """Figures in seconds. Raises Wrong where two ways differ.

    ``sql_s`` computes and stores all due dates, ``again_s`` the same with nothing to change, ``python_s`` is arithmetic alone, ``reference_s`` the walk
    through the days; ``publish_s`` renumbers the calendar after the flip of ``flipped`` days, ``recount_s`` follows with ``moved`` clocks.
    """
    made = _fill(db, version, n)
    ids = list(made)
    sql_s, stored = _store(db, ids)
    again_s, changed = _store(db, ids)
    if (stored, changed) != (n, 0):
        raise Wrong(f"{stored} of {n} due dates stored, {changed} stored again")
    python_s, reference_s = _compare(db, made)
    days = _flip(db)
    begun = time.perf_counter()
    span = db.execute("select first_day, last_day from publish_cal(now())").fetchone()
    publish_s = time.perf_counter() - begun
    begun = time.perf_counter()
    (looked, moved) = db.execute("select looked, clocks from recompute_clocks(%s, %s, now())", span).fetchone()  # type: ignore[misc]
    recount_s = time.perf_counter() - begun
    after_python_s, after_reference_s = _compare(db, made)
    if not moved:
        raise Wrong("a changed calendar moved no clock")
    return {
        "clocks": n, "suspensions": sum(len(c["stops"]) for c in made.values()), "sql_s": round(sql_s, 4), "again_s": round(again_s, 4),
        "python_s": round(python_s, 4), "reference_s": round(reference_s, 3), "flipped": len(days), "publish_s": round(publish_s, 4),
        "recount_s": round(recount_s, 4), "recount_looked": looked, "moved": moved, "after_python_s": round(after_python_s, 4),
        "after_reference_s": round(after_reference_s, 3), "equal": True,
    }  # fmt: skip


def _fill(db: psycopg.Connection, version: int, n: int) -> dict[int, dict[str, Any]]:
    """Cases with one clock each and up to three suspensions, some overlapping, over two years with make-up working weekends."""
    rng = random.Random(20111123)
    (process,) = db.execute("select code from process_version where id = %s", [version]).fetchone()  # type: ignore[misc]
    org, base = "000000/330000/", dt.datetime(2011, 1, 4, 9, tzinfo=ZONE)
    (last,) = db.execute("select coalesce(max(id), 0) from case_").fetchone()  # type: ignore[misc]
    made: dict[int, dict[str, Any]] = {}
    cases, rows, duties, kept, stopped = [], [], [], [], []
    for case in range(last + 1, last + n + 1):
        started = base + dt.timedelta(days=rng.randrange(700), minutes=rng.randrange(600))
        limit = rng.choice(LIMITS)
        stops = []
        for number in range(rng.randrange(4)):
            began = started + dt.timedelta(days=rng.randrange(40), minutes=rng.randrange(600))
            stops.append((began, began + dt.timedelta(days=rng.randrange(15), minutes=rng.randrange(500))))
            stopped.append((case, "main", 1, f"reason{number}", "bench", ["decide"], *stops[-1]))
        extended = ["10wd"] if limit == "20wd" and rng.random() < 0.2 else []
        cases.append((case, version, process, "open", 1, 1, org, "{}", 1, b"", started, started))
        rows.append((case, process, "open", 1, org, "9999-12-31", started))
        duties.append((case, "main.1", "clerk", org, process, "open", "9999-12-31", started))
        kept.append((case, "main", 1, "decide", 1, "organ", limit, extended, started))
        made[case] = {"started": started, "limit": limit, "extended": extended, "stops": stops}
    _copy(db, "case_ (id, process_version, process, state, phase, version, org_path, facts, seq, head, opened_at, updated_at)", cases)
    _copy(db, "case_row (case_id, process, state, phase, org_path, due, opened_at)", rows)
    _copy(db, "duty (case_id, slot, role, org_path, process, state, due, opened_at)", duties)
    _copy(db, 'clock (case_id, track, lane, name, round, binds, "limit", extended, started_at)', kept)
    _copy(db, "suspension (case_id, track, lane, reason, basis, clocks, began_at, ended_at)", stopped)
    db.execute("analyze case_, case_row, duty, clock, suspension, cal")
    for clock, case in db.execute("select id, case_id from clock where case_id > %s", [last]).fetchall():
        made[case]["id"] = clock
    return {facts.pop("id"): facts for facts in made.values()}


def _copy(db: psycopg.Connection, target: str, rows: list[tuple[Any, ...]]) -> None:
    with db.cursor().copy(f"copy {target} from stdin") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


def _store(db: psycopg.Connection, ids: list[int]) -> tuple[float, int]:
    begun = time.perf_counter()
    done = db.execute(
        "update clock k set due = d.due, provisional = d.provisional from clock_dues(%s) d"
        " where k.id = d.id and (k.due, k.provisional) is distinct from (d.due, d.provisional)",
        [ids],
    ).rowcount
    return time.perf_counter() - begun, done


def _compare(db: psycopg.Connection, made: dict[int, dict[str, Any]]) -> tuple[float, float]:
    """Stored due dates against Python and the walk, clock by clock."""
    found = dict(db.execute("select id, due from clock where id = any(%s)", [list(made)]).fetchall())
    days = db.execute("select day, working, provisional from codes_calendarday order by day").fetchall()
    until = next((day - dt.timedelta(days=1) for day, _, provisional in days if provisional), days[-1][0])
    calendar = Calendar(days[0][0], [working for _, working, _ in days], until)
    begun = time.perf_counter()
    counted = {i: clocks.due(c["started"], c["limit"], calendar, c["stops"], c["extended"]).at for i, c in made.items()}
    python_s = time.perf_counter() - begun
    worked = {day: working for day, working, _ in days}
    begun = time.perf_counter()
    walked = {i: slow_due(c["started"], c["limit"], None, None, c["extended"], c["stops"], worked.__getitem__) for i, c in made.items()}
    reference_s = time.perf_counter() - begun
    wrong = [(i, made[i], found[i], counted[i], walked[i]) for i in made if not found[i] == counted[i] == walked[i]]
    if wrong:
        raise Wrong(f"{len(wrong)} of {len(made)} clocks differ, the first: {wrong[0]}")
    return python_s, reference_s


def _flip(db: psycopg.Connection) -> list[dt.date]:
    """Three days of 2012 declared otherwise: two working days become rest, one weekend is made up for."""
    days = [dt.date(2012, 4, 18), dt.date(2012, 4, 19), dt.date(2012, 4, 21)]
    db.execute("update codes_calendarday set working = not working where day = any(%s)", [days])
    return days
