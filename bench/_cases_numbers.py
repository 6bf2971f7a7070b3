"""J7: gapless numbers under eight writers: ours (counter row taken last), beside LOCK TABLE, an advisory lock with max, the counter row first, a sequence.

Every transaction inserts three rows, has 5 ms of other work (reading, thinking in Python, another service) and takes one number of one of 1, 8 or 40 series.
Ours runs the application's own function on the application's own counter.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import time
from typing import Any

import psycopg

from bench._cases_world import Found, World, Wrong, ask

WRITERS, OTHER_WORK = 8, 0.005
SERIES = (1, 8, 40)
WAYS = {
    "ours": "Jinzhi: counter row, taken last",
    "lock_table": "LOCK TABLE, then max + 1",
    "advisory": "advisory lock, then max + 1",
    "first": "counter row, taken first",
    "sequence": "sequence (leaves gaps)",
}
GAPLESS = ("ours", "lock_table", "advisory", "first")


def run(world: World) -> Found:
    """Figures ``numbers.<way>.<series>``: {per_s, p95_ms}; ``numbers.of_none``: ours on one series against the sequence, which waits for nobody."""
    seconds = world.choose(0.7, 3.0)
    rounds = world.choose(1, 3)
    world.owner.execute(_TABLES)  # type: ignore[arg-type]
    rates: dict[tuple[str, int], list[float]] = {}
    worst: dict[tuple[str, int], float] = {}
    places = [(way, series) for series in SERIES for way in WAYS]
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        for turn in range(rounds):
            for way, series in places[turn:] + places[:turn]:
                name = f"{way}-{series}-{turn}"
                orders = [(way, series, name, seconds, writer, time.time() + 0.3) for writer in range(WRITERS)]
                taken = [ms for part in pool.map(_write, orders, chunksize=1) for ms in part]
                _check(world, way, name, len(taken))
                rates.setdefault((way, series), []).append(len(taken) / seconds)
                worst[way, series] = max(worst.get((way, series), 0.0), statistics.quantiles(taken, n=20)[18])
    figures: dict[str, Any] = {
        way: {str(s): {"per_s": round(statistics.median(rates[way, s])), "p95_ms": round(worst[way, s], 1)} for s in SERIES} for way in WAYS
    }
    one = {way: statistics.median(rates[way, 1]) for way in WAYS}
    figures |= {"of_sequence": round(one["ours"] / one["sequence"], 2), "per_lock_table": round(one["ours"] / one["lock_table"], 1)}
    table = [("8 writers, cases/s (p95 ms)", *(f"{s} series" for s in SERIES), "unique, without a gap")]
    for way, title in WAYS.items():
        title = f"**{title}**" if way == "ours" else title
        table.append((title, *(f"{figures[way][str(s)]['per_s']:,} ({figures[way][str(s)]['p95_ms']})" for s in SERIES), "yes" if way in GAPLESS else "unique only"))
    return Found({"numbers": figures}, table)


_TABLES = """
drop schema if exists numbering cascade; create schema numbering;
create table numbering.made (way text not null, series text not null, n bigint not null, at timestamptz not null default now(), primary key (way, series, n));
create table numbering.other (id bigint generated always as identity primary key, way text not null, body text not null);
create table numbering.counter (series text primary key, last bigint not null) with (fillfactor = 10);
create sequence numbering.serial;
"""


def _write(orders: tuple[str, int, str, float, int, float]) -> list[float]:
    """One writer: as many cases as it can until the time is up; gives milliseconds of each."""
    way, series, name, seconds, writer, at = orders
    random_ = random.Random(writer)
    url = os.environ["DATABASE_URL"]
    taken: list[float] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.prepare_threshold = 2
        time.sleep(max(0.0, at - time.time()))
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            with connection.transaction():
                _one(connection, way, name, f"{name}-{random_.randrange(series)}")
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def _one(connection: psycopg.Connection, way: str, name: str, series: str) -> None:
    n = 0
    if way == "first":
        n = _next(connection, series)
    elif way == "lock_table":
        connection.execute("lock table numbering.made in share row exclusive mode")
    elif way == "advisory":
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [series])
    if way in ("lock_table", "advisory"):
        n = ask(connection, "select coalesce(max(n), 0) + 1 from numbering.made where way = %s and series = %s", name, series)
    for _ in range(2):
        connection.execute("insert into numbering.other (way, body) values (%s, 'three rows of a case, about a hundred bytes each, as the kernel writes them')", [name])
    time.sleep(OTHER_WORK)
    if way == "ours":
        n = ask(connection, "select first from take_numbers(array[%s], array[1])", f"bench:{series}")
    elif way == "sequence":
        n = ask(connection, "select nextval('numbering.serial')")
    connection.execute("insert into numbering.made (way, series, n) values (%s, %s, %s)", [name, series, n])


def _next(connection: psycopg.Connection, series: str) -> int:
    query = "insert into numbering.counter as k (series, last) values (%s, 1) on conflict (series) do update set last = k.last + 1 returning last"
    return int(ask(connection, query, series))


def _check(world: World, way: str, name: str, cases: int) -> None:
    rows, missing = world.owner.execute(
        "select sum(c), sum(top - c) from (select series, count(*) as c, max(n) as top from numbering.made where way = %s group by series) x", [name]
    ).fetchone() or (0, 0)
    if rows != cases or (way in GAPLESS and missing):
        raise Wrong(f"{name}: {rows} numbers for {cases} cases, {missing} missing")
