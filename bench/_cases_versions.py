"""J5: a definition changes under a thousand running cases: the next version has a state less.

Those of the old version go on under it to their end, a hundred are moved by a recorded act, new ones open under the new version; at the
end no case stands in a state that its version does not know, and a case of the old version still shows its old state's title.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import psycopg

from bench import _cases_drive as drive
from bench._cases_world import Found, World, Wrong, ask, here, log_problems
from jinzhi.kernel.cases import engine, registry
from jinzhi.kernel.cases.migration import migrate
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.posts import KEEPER
from jinzhi.kernel.cases.queries import access_case
from jinzhi.kernel.orgs.actors import Actor, Grant

CODE, CASES, MOVED = "plain.versions", 1000, 100
CHIEF = Actor(910_009, "keeper", (Grant(KEEPER, drive.OWNER, post_id=9), Grant("clerk", drive.OWNER, post_id=1)))
STANDS = ("asked", "accepted", "examined", "reviewed", "decided", "sealed", "issued")


def run(world: World) -> Found:
    """Figures ``versions.*``; raises Wrong where a case is orphaned or a label lost."""
    cases = world.choose(200, CASES)
    old = _publish("2004-01-01")
    places = _spread(cases)
    began = time.perf_counter()
    new = _publish("2005-01-01")
    published = time.perf_counter() - began
    moving = [case for case, stands in places.items() if stands < 6][:MOVED]
    began = time.perf_counter()
    results = migrate(moving, new, actor=CHIEF, reason="新版施行")
    migrated = time.perf_counter() - began
    if bad := [r for r in results if not r.ok]:
        raise Wrong(f"{len(bad)} of {len(moving)} could not be moved: {bad[0].refusals}")
    waiting = next(case for case, stands in places.items() if stands == 5 and case not in moving)
    label = access_case(CHIEF, waiting).state_title
    began = time.perf_counter()
    finished = sum(_finish([c for c in moving if places[c] == stands], stands, new=True) for stands in range(6))
    staying = {case: stands for case, stands in places.items() if case not in set(moving)}
    finished += sum(_finish([c for c, at in staying.items() if at == stands], stands, new=False) for stands in range(6))
    seconds = time.perf_counter() - began
    fresh = engine.one(engine.open_cases([_draft(0)], "ask", actor=drive.APPLICANT)).case
    _check(world.owner, places, moving, old, new, fresh)
    figures = {"cases": cases, "migrated": len(moving), "orphans": 0, "publish_ms": round(published * 1000, 1), "migrate_s": round(migrated, 3),
               "finished": finished, "finish_per_s": round(finished / seconds), "old_label": label.as_dict()}  # fmt: skip
    table = [
        ("a thousand running cases, the next version has a state less", ""),
        ("publishing the next version", f"{figures['publish_ms']} ms; no case changes"),
        (f"moving {len(moving)} cases, each with its event ~migrate", f"{migrated:.2f} s"),
        ("then all to their end, each under its own version", f"{finished:,} acts, {figures['finish_per_s']:,}/s"),
        ("orphans (cases in a state that their version does not know)", "0"),
        ("a case of the old version still shows", f"{label.zh} · {label.en}"),
    ]
    return Found({"versions": figures}, [(a, b) for a, b in table])


def _publish(effective: str) -> int:
    """The bench's process under a code of its own; from 2005 without the state ``sealed``."""
    text = here("_cases_process.toml").read_text()
    changes = [(f'code      = "{drive._cases_module.CODE}"', f'code      = "{CODE}"'), ("effective = 2004-01-01", f"effective = {effective}"), ('"P{org', '"V{org')]
    if effective > "2005":
        seal, sealed = _section(text, "[action.seal]"), _section(text, "[clock.at_sealed]")
        state = next(line for line in text.splitlines() if line.startswith("sealed "))
        changes += [(seal, ""), (sealed, ""), (state + "\n", ""), ('from = ["sealed"]', 'from = ["decided"]'), ('stops  = ["sealed"]', 'stops  = ["issued"]')]
        text += '\n[migrate."2004-01-01"]\nsealed = "decided"\n'
    for before, after in changes:
        if text.count(before) != 1:
            raise Wrong(f"the process file has changed: {before!r} is there {text.count(before)} times")
        text = text.replace(before, after)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "versions.toml"
        file.write_text(text)
        return registry.publish(read(file))


def _section(text: str, head: str) -> str:
    begin = text.index(head)
    end = text.find("\n[", begin)
    return text[begin : end + 1]


def _draft(number: int) -> engine.Draft:
    return engine.Draft(CODE, drive.OWNER, drive.PARTY, {"title": f"测量申请 {number}", "amount": "1250.50"})


def _spread(cases: int) -> dict[int, int]:
    """Cases under the old version, scattered over its states by a fixed draw; gives how many steps each has gone."""
    ids = [r.case for r in engine.open_cases([_draft(n) for n in range(cases)], "ask", actor=drive.APPLICANT)]
    randomly = random.Random(5)
    places = {case: randomly.randrange(7) for case in ids}
    for step, action in enumerate(drive.STEPS):
        _act([case for case, stands in places.items() if stands > step], action)
    return places


def _finish(cases: list[int], stands: int, *, new: bool) -> int:
    """Drive cases that have gone ``stands`` steps to their end; gives the acts done."""
    if not cases:
        return 0
    steps = drive.STEPS[stands:] if not new else [s for s in drive.STEPS[min(stands, 4) if stands == 5 else stands :] if s != "seal"]
    for action in steps:
        _act(cases, action)
    return len(cases) * len(steps)


def _act(cases: list[int], action: str) -> None:
    results = engine.advance([engine.Move(case, data=dict(drive.OPINION)) for case in cases], action, actor=drive.DOES[action])
    if bad := [r for r in results if not r.ok]:
        raise Wrong(f"{action}: {len(bad)} of {len(cases)} refused, {bad[0].refusals[0].code} in {bad[0].state}")


def _check(owner: psycopg.Connection, places: dict[int, int], moved: list[int], old: int, new: int, fresh: int) -> None:
    ids = list(places)
    problems = log_problems(owner, ids)
    for what, wrong in {
        "orphans": ask(owner, "select count(*) from case_ c join process_version v on v.id = c.process_version where c.process = %s and not v.body->'state' ? c.state", CODE),
        "not at their end": ask(owner, "select count(*) from case_ where id = any(%s) and state <> 'issued'", ids),
        "without their event of moving": len(moved) - int(ask(owner, "select count(*) from event where case_id = any(%s) and action = '~migrate'", moved)),
        "moved without being asked": ask(owner, "select count(*) from case_ where id = any(%s) and not id = any(%s) and process_version <> %s", ids, moved, old),
        "not moved": ask(owner, "select count(*) from case_ where id = any(%s) and process_version <> %s", moved, new),
        "opened under the old version": ask(owner, "select count(*) from case_ where id = %s and process_version <> %s", fresh, new),
    }.items():
        if wrong:
            problems.append(f"{wrong} {what}")
    if problems:
        raise Wrong("; ".join(problems))
