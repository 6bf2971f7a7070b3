"""Queues over ten thousand, a million and ten million cases: "my queue", claim the next, counts, case page, as one clerk, a province, the nation see it.

``run(owner_dsn, app_dsn, sizes)`` makes a country in a database of its own (organisations, processes and cases by ``generate_series``; every
tenth case is open, scattered over all of time and all bureaus: the worst there is for locality) and asks what the pages ask, through the
product's own readers, as the application's role, row security included. Growth is the median of the last size over that of the first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from django.db import connection

from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.people import commands
from jinzhi.kernel.cases.queues.conditions import Conditions
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.cases.registry import in_force
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.time import now

BASE = 700_000_000
"""Ids of made cases begin here: nothing real is touched."""
ROLES = ("clerk", "inspector", "section_head", "signatory", "certifier", "fee_officer")
_TURNS, _WARM = 40, 8

_PLACES = """
create table if not exists bench_place as
select row_number() over (order by path) - 1 as n, path, level, split_part(path, '/', 2) as province from orgs_org where level in ('bureau', 'branch', 'office', 'section');
create unique index if not exists bench_place_n on bench_place (n)
"""
# Case ids grow with time; a case's place, role, officer and due time follow from its number by multiplication, so that neighbours in one are
# strangers in the others. Nothing depends on the size: a larger country holds the smaller one.
_CASES = """
insert into case_ (id, number, process_version, process, state, phase, version, org_path, facts, seq, head, opened_at, updated_at, closed_at)
select %(base)s + g.n, 'Q' || lpad(g.n::text, 14, '0'), v.id, v.code, case when g.n %% 10 = 3 then %(open)s else %(closed)s end,
  case when g.n %% 10 = 3 then 1 else 2 end, 1, o.path, '{}', 0, ''::bytea, t.at, t.at, case when g.n %% 10 = 3 then null else t.at end
from generate_series(%(low)s::bigint, %(high)s::bigint - 1) g (n)
join process_version v on v.id = %(version)s
join bench_place o on o.n = (g.n / 10 * 7919) %% %(places)s
cross join lateral (select %(now)s::timestamptz - (%(most)s - g.n) * interval '30 seconds' as at) t
"""
_ROWS = """
insert into case_row (case_id, process, number, title, party, amount, columns, state, phase, org_path, due, opened_at, words)
select c.id, c.process, c.number, w.title, '宁波测试食品有限公司', c.id %% 90000, '{"unit": "035", "origin": "BR"}', c.state, c.phase, c.org_path,
  c.opened_at + interval '40 days', c.opened_at, array_to_tsvector(w.words)
from case_ c
join (values (0, '冷冻去骨牛肉', array['冷冻','冻去','去骨','骨牛','牛肉','宁波']), (1, '电吹风', array['电吹','吹风','宁波']),
  (2, '辐射松原木', array['辐射','射松','松原','原木','宁波'])) w (k, title, words) on w.k = c.id %% 3
where c.id >= %(base)s + %(low)s and c.id < %(base)s + %(high)s
"""
_DUTIES = """
insert into duty (case_id, slot, role, org_path, process, state, assignee, due, opened_at)
select c.id, 'main.1', (%(roles)s::text[])[1 + (k * 31) %% %(role_count)s], c.org_path, c.process, c.state,
  case when k %% 2 = 0 then %(officer)s + (k * 104729) %% (40 + k / 25) end,
  %(now)s::timestamptz + ((k * 7919) %% 86400 - 4000) * interval '2 minutes', c.opened_at
from case_ c cross join lateral (select (c.id - %(base)s) / 10 as k) x
where c.phase = 1 and c.id >= %(base)s + %(low)s and c.id < %(base)s + %(high)s
"""
_LANES = """
insert into lane (case_id, track, no, key, holder, state, since)
select id, 'main', 1, '', org_path, state, opened_at from case_ where phase = 1 and id >= %(base)s + %(low)s and id < %(base)s + %(high)s
"""
_STEPS = (_CASES, _ROWS, _DUTIES, _LANES)
OFFICER = 1_000_000
CHUNK = 500_000


def load(owner_dsn: str, total: int, most: int, made: int = 0) -> float:
    """Make cases numbered ``made`` to ``total`` (``most`` in the end), as the owner, then vacuum and analyse; gives the seconds it took."""
    process = next(p for p in in_force() if any(s.duty and s.track == "main" for s in p.states.values()))
    opened = next(s.name for s in process.states.values() if s.duty and s.track == "main")
    closed = next(s.name for s in process.states.values() if s.closed)
    began = time.perf_counter()
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '64MB'; set statement_timeout = 0")
        owner.execute(_PLACES)
        (places,) = owner.execute("select count(*) from bench_place").fetchone() or (0,)
        for low in range(made, total, CHUNK):
            values = {
                "base": BASE, "low": low, "high": min(total, low + CHUNK), "most": most, "now": now(), "roles": list(ROLES), "role_count": len(ROLES),
                "officer": OFFICER, "places": places, "version": process.id, "open": opened, "closed": closed,
            }  # fmt: skip
            with owner.transaction():
                for statement in _STEPS:
                    owner.execute(statement, values)
        for table in ("case_", "case_row", "duty", "lane"):
            owner.execute(f"vacuum (analyze, parallel 0) {table}")  # type: ignore[arg-type]
    return time.perf_counter() - began


def actors(owner_dsn: str) -> dict[str, Actor]:
    """A clerk of one place with two roles, an officer of the largest province with four, one of the nation with all."""
    with psycopg.connect(owner_dsn) as owner:
        (place,) = owner.execute("select path from bench_place where level = 'branch' order by n limit 1 offset 3").fetchone() or ("",)
        (province,) = owner.execute("select split_part(path, '/', 1) || '/' || province || '/' from bench_place where province <> '' group by 1 order by count(*) desc limit 1").fetchone() or ("",)
    top = province.split("/")[0] + "/"
    who = {"clerk": (place, ROLES[:2]), "province": (province, ROLES[:4]), "nation": (top, ROLES)}
    return {name: Actor(OFFICER + 7, name, tuple(Grant(role, path) for role in roles)) for name, (path, roles) in who.items()}


def _fiftieth(kind: str, actor: Actor) -> str:
    """The key behind which page 50 begins, or the last page where the list is shorter."""
    found, after = List(kind, actor), ""
    for _ in range(49):
        page = found.page(after=after, limit=50)
        if not page.after:
            break
        after = page.after
    return after


def shapes(actor: Actor, case: int) -> dict[str, Callable[[], Any]]:
    """What a page asks, by name: each makes its list anew, as each request does."""
    found: dict[str, Callable[[], Any]] = {"mine": lambda: List("mine", actor).page(limit=50)}
    for kind in ("group", "all", "cases"):
        key = _fiftieth(kind, actor)
        found[f"{kind}, page 1"] = lambda kind=kind: List(kind, actor).page(limit=50)  # type: ignore[misc]
        found[f"{kind}, page 50"] = lambda kind=kind, key=key: List(kind, actor).page(after=key, limit=50)  # type: ignore[misc]
    found["group, newest first"] = lambda: List("group", actor, Conditions(sort="new")).page(limit=50)
    found["all, overdue of one role"] = lambda: List("all", actor, Conditions(role=ROLES[0], due="late")).page(limit=50)
    found["figures"] = lambda: List("group", actor).summary()
    found["counts"] = lambda: lists.totals(actor)
    found["search, rare word"] = lambda: List("all", actor, Conditions(text="无此字样")).page(limit=50)
    found["search, common word"] = lambda: List("all", actor, Conditions(text="牛肉")).page(limit=50)
    found["claim next"] = lambda: commands.claim_next(actor)
    found["case page"] = lambda: _case_page(actor, case)
    return found


def _case_page(actor: Actor, case: int) -> None:
    view = queries.access_case(actor, case)
    queries.offers(view)
    queries.history(view)
    lists.order("group", actor)


def measure(actor: Actor) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of every shape, in milliseconds, turn by turn through all shapes so that a busy moment meets them alike."""
    with sight(actor):  # as the middleware does for a request: row security holds every statement
        page = List("all", actor).page(limit=1)
        found = shapes(actor, page.items[0].case_id)
        taken: dict[str, list[float]] = {name: [] for name in found}
        for turn in range(_WARM + _TURNS):
            for name, ask in found.items():
                began = time.perf_counter()
                ask()
                if turn >= _WARM:
                    taken[name].append((time.perf_counter() - began) * 1000)
    return {name: {"p50": round(statistics.median(t), 2), "p95": round(sorted(t)[int(len(t) * 0.95)], 2)} for name, t in taken.items()}


def run(owner_dsn: str, app_dsn: str, sizes: Sequence[int] = (10_000, 1_000_000, 10_000_000)) -> dict[str, Any]:
    """Load each size on top of the one before and measure: ``{"sizes": {size: {who: {shape: {p50, p95}}}}, "loaded_s", "growth", …}``.

    ``growth`` is the median over all shapes and askers of (median at the last size / median at the first); ``growth_worst`` the worst of them.
    The default connection of Django must already lead to ``app_dsn``.
    """
    if connection.settings_dict["USER"] and connection.settings_dict["USER"] not in app_dsn:
        raise ValueError("Django works on another database than app_dsn")
    result: dict[str, Any] = {"sizes": {}, "loaded_s": {}}
    with psycopg.connect(owner_dsn) as owner:
        made = int((owner.execute("select coalesce(max(id) + 1 - %s, 0) from case_ where id >= %s", [BASE, BASE]).fetchone() or (0,))[0])
    if made > min(sizes):
        raise ValueError(f"{made:,} made cases are there already, more than {min(sizes):,}")
    for size in sorted(sizes):
        result["loaded_s"][size] = round(load(owner_dsn, size, max(sizes), made), 1)
        made = size
        result["sizes"][size] = {name: measure(actor) for name, actor in actors(owner_dsn).items()}
    first, last = (result["sizes"][size] for size in (min(sizes), max(sizes)))
    ratios = {f"{who}: {shape}": round(last[who][shape]["p50"] / first[who][shape]["p50"], 2) for who in last for shape in last[who]}
    result |= {"growth_of": ratios, "growth": round(statistics.median(ratios.values()), 2), "growth_worst": max(ratios.values())}
    return result


def table(result: dict[str, Any]) -> str:
    """The result as a table: one row a shape, medians and 95th percentiles side by side."""
    sizes = list(result["sizes"])
    lines = [f"| ms, p50 / p95 | {' | '.join(f'{s:,}' for s in sizes)} | growth |", "|---" * (len(sizes) + 2) + "|"]
    for who, found in result["sizes"][sizes[-1]].items():
        for shape in found:
            cells = [result["sizes"][s][who][shape] for s in sizes]
            told = " | ".join(f"{c['p50']} / {c['p95']}" for c in cells)
            lines.append(f"| {who}: {shape} | {told} | {result['growth_of'][f'{who}: {shape}']} |")
    return "\n".join(lines)
