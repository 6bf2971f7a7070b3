"""The log at scale: two hundred thousand (quick) or ten million events, all chains worked out again, five of them tampered with, a signed root over all.

The events are made in the database, every hash by the function that the trigger asks, with the triggers off; they are committed, so that the
check may work on several connections as it does in life. They stay, tampered with as they are: this is the last job on a database that is thrown away. Beside it, the floor: reading and hashing the same
rows without comparing anything.
"""

from __future__ import annotations

import os
import time

import psycopg

from bench._cases_world import Found, World, Wrong, ask
from jinzhi.kernel.cases.log.verify import verify

BASE = 5_000_000_000
LONG = 10
"""Events of a case."""

CASES = """
insert into case_ (id, process_version, process, state, phase, version, org_path, facts, seq, head, opened_at, updated_at, closed_at)
select %s + i, %s, 'bench.cases', 'issued', 2, %s, '000000/110000/', '{}', %s, '\\x00', now(), now(), now() from generate_series(0, %s - 1) i
"""
FIRST = """
insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
select id, 1, t, 7, 3, '000000/110000/', 'open', 'main.1', '', b, sha256(event_line(id, 1, t, 7, 3, '000000/110000/', 'open', 'main.1', '', b))
from case_, (select now() as t, '{"data":{"goods":"樱桃","weight":"1200.5"},"role":"declarant","to":["opened"]}' as b) x where id >= %s and id < %s
"""
NEXT = """
insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
select case_id, seq + 1, at, actor + 1, post, org, 'step', lane, request, body,
  sha256(hash || event_line(case_id, seq + 1, at, actor + 1, post, org, 'step', lane, request, body))
from event where case_id >= %s and case_id < %s and seq = %s
"""
HEADS = "update case_ c set head = e.hash from event e where c.id >= %s and c.id < %s and e.case_id = c.id and e.seq = c.seq"
FLOOR = """
select count(h) from (select sha256(coalesce(lag(hash) over (partition by case_id order by seq), '') || event_line(case_id, seq, at, actor, post, org, action, lane,
  request, body)) as h from event where case_id >= %s and case_id < %s offset 0) x
"""
DAMAGE = {
    "changed": "update event set body = '{}' where case_id = {c} and seq = 4",
    "missing": "delete from event where case_id = {c} and seq = 4",
    "reordered": "update event set seq = case seq when 4 then 105 else 104 end where case_id = {c} and seq in (4, 5); update event set seq = seq - 100 where case_id = {c} and seq > 100",
    "added": "insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash) select case_id, 11, at, 1, 0, '', 'step', lane, request, body, '\\x01'"
             " from event where case_id = {c} and seq = 10",
    "cut": "delete from event where case_id = {c} and seq > 8",
}  # fmt: skip
EXPECTED = {"changed": {"changed"}, "missing": {"missing"}, "reordered": {"reordered"}, "added": {"added"}, "cut": {"missing"}}


def run(world: World) -> Found:
    """Figures ``log``: events, seconds of the check and of its floor, events a second."""
    events = world.choose(200_000, 10_000_000)
    cases, owner = events // LONG, world.owner
    jobs = os.cpu_count() or 1
    _fill(owner, cases, world.version)
    began = time.monotonic()
    ask(owner, FLOOR, BASE, BASE + cases)
    floor = time.monotonic() - began
    report = verify(low=BASE, high=BASE + cases, jobs=jobs)
    if not report.intact or report.events != events:
        raise Wrong(f"{report.events} of {events} events read, {len(report.findings)} findings in an untouched log: {report.findings[:3]}")
    found = _damage(owner, cases, jobs)
    figures = {
        "events": events, "verify_s": round(report.seconds, 1), "per_s": round(events / report.seconds), "floor_s": round(floor, 1), "jobs": jobs,
        "of_floor": round(floor / report.seconds, 2), "tampered_found": found,
    }  # fmt: skip
    table = [
        ("events", "checked in, s", "events/s", "floor: read and hash on one connection, s", "tampered chains found"),
        (f"{events:,}", f"{report.seconds:.1f} on {jobs} connections", f"{figures['per_s']:,}", f"{floor:.1f}", f"{found} of {len(DAMAGE)}, each named"),
    ]  # fmt: skip
    return Found({"log": figures}, table)


def _fill(owner: psycopg.Connection, cases: int, version: int) -> None:
    _triggers(owner, "disable")
    owner.execute(CASES, [BASE, version, 7, LONG, cases])
    for low in range(BASE, BASE + cases, 100_000):
        high = min(low + 100_000, BASE + cases)
        owner.execute(FIRST, [low, high])
        for seq in range(1, LONG):
            owner.execute(NEXT, [low, high, seq])
        owner.execute(HEADS, [low, high])
    _triggers(owner, "enable")
    owner.execute("vacuum (analyze) event")
    owner.execute("vacuum (analyze) case_")


def _damage(owner: psycopg.Connection, cases: int, jobs: int) -> int:
    """Tamper with one case each way, spread over the log; how many the check finds and names. Raises Wrong where one is missed or mistaken."""
    _triggers(owner, "disable")
    places = {name: BASE + (2 * n + 1) * cases // (2 * len(DAMAGE)) for n, name in enumerate(DAMAGE)}
    for name, text in DAMAGE.items():
        for part in text.replace("{c}", str(places[name])).split("; "):
            owner.execute(part)  # type: ignore[call-overload]
    _triggers(owner, "enable")
    report = verify(low=BASE, high=BASE + cases, jobs=jobs)
    named = {name: {f.kind for f in report.findings if f.case == case} for name, case in places.items()}
    if named != EXPECTED or {f.case for f in report.findings} != set(places.values()):
        raise Wrong(f"tampered with {EXPECTED}, found {named}")
    return len(named)


def _triggers(owner: psycopg.Connection, how: str) -> None:
    for table in ("event", "case_"):
        owner.execute(f"alter table {table} {how} trigger user")  # type: ignore[call-overload]
