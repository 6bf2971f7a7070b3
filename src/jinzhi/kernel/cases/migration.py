"""Moving running cases to another version of their process (流程版本转换): an officer's recorded act, never a side effect of publishing.

States of the same name move without being named; others as the new version's ``[migrate."date"]`` says for the version effective that
day. A case that stands anywhere else stays, with the reason. What runs keeps its limit: a clock goes on under the new version's name
and with the time it was given; one the new version no longer knows becomes void, and the event says so; one it adds begins at the next
entry of its start state. Duties are settled anew where state or role changed; suspensions follow the new version's states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from jinzhi.kernel.cases import answers, store, timing
from jinzhi.kernel.cases.access import sees_work
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.posts import KEEPER, KEEPER_TITLE
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.cases.results import Result, refused
from jinzhi.kernel.cases.standing import OPEN, STAGE, Lane, Work
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.sight import in_sight
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

CHUNK = 1000
States = dict[Lane, str]


@in_sight
def migrate(case_ids: Sequence[int], to_version: int, *, actor: Actor, reason: str) -> list[Result]:
    """Move these cases to a published version; one result each, in order: ``done``, or ``refused`` (it stays) with the reason.

    Asks a post as ``process_keeper`` over the owner. Raises LookupError where there is no such version, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("moving cases to another version needs a reason")
    target = process_by_id(to_version)
    results: list[Result] = []
    for start in range(0, len(case_ids), CHUNK):
        with transaction.atomic():
            results += _part(case_ids[start : start + CHUNK], target, actor, reason.strip())
    return results


def _part(case_ids: Sequence[int], target: Process, actor: Actor, reason: str) -> list[Result]:
    works = store.lock(sorted(set(case_ids)))
    act = Act(actor=actor, at=now(), request="", calendar=calendar())
    results: list[Result] = []
    moved: list[Work] = []
    for case_id in case_ids:
        work = works.get(case_id)
        if work is None or not sees_work(actor, work):
            results.append(Result(case_id, "refused", [answers.absent()]))
        elif work in moved:
            results.append(Result(case_id, "refused", [answers.twice()]))
        else:
            results.append(_one(work, target, act, reason))
            if results[-1].ok:
                moved.append(work)
    store.write(moved, act.at)
    return results


def _one(work: Work, target: Process, act: Act, reason: str) -> Result:
    grant = Grant(role="", org_path="") if act.actor.is_system else act.actor.post_for(KEEPER, work.owner, work.process.code)
    if grant is None:
        return refused(work, [_said("not_keeper", "转换流程版本由{r}办理", "Moving cases is done by: {r}", r=KEEPER_TITLE)])
    problem, states = places(work, target)
    if problem is not None:
        return refused(work, [problem])
    old = work.process
    renamed = {lane.slot: [lane.state, state] for lane, state in states.items() if lane.state != state}
    voided = _resettle(work, target, states, act)
    body: dict[str, Any] = {"from": old.hash, "to": target.hash, "effective": [old.effective, target.effective], "reason": reason}
    body |= {key: value for key, value in (("states", renamed), ("void", voided)) if value}
    work.settle_duties()
    work.record(
        action="~migrate", lane=work.lanes[("main", 1)], actor=act.actor.person_id, post=grant.post_id, org=grant.org_path, request="", at=act.at, body=body
    )
    return Result(work.id, "done", [], work.number, work.state, work.version + 1)


def places(work: Work, target: Process) -> tuple[Refusal | None, States]:
    """Where each lane of a case would stand in another version; or why the case stays."""
    old = work.process
    if target.code != old.code:
        return _said("other_process", "这是另一个流程的版本", "That is a version of another process"), {}
    if target.id == old.id:
        return _said("same_version", "已按这个版本办理", "It stands under this version already"), {}
    if work.phase != OPEN:
        return _said("closed", "已办结的案件保留原版本", "A closed case keeps its version"), {}
    mapping = next((names for day, names in target.definition.migrate.items() if day.isoformat() == old.effective), {})
    states: States = {}
    for lane in work.lanes.values():
        name = mapping.get(lane.state, lane.state)
        state = target.states.get(name)
        if state is None or state.track != lane.track or (state.closed and lane.track == "main"):
            title = old.state_title(lane.state)
            return _said("no_place", "新版本没有与「{s}」对应的状态", "The new version has no place for “{s}”", s=title), {}
        states[lane] = name
    return None, states


def _said(code: str, zh: str, en: str, **values: Text) -> Refusal:
    return Refusal(code, Text(zh, en).format(**values) if values else Text(zh, en))


def _resettle(work: Work, target: Process, states: States, act: Act) -> list[str]:
    """Stand the case under the new version; gives the clocks that became void."""
    at = act.at.isoformat()
    old, work.process, work.doer = work.process, target, act.actor.person_id
    work.process_changed = True
    for lane, name in states.items():
        before, after = old.states[lane.state], target.states[name]
        if lane.pending and lane.pending["action"] not in target.actions:
            lane.pending, lane.changed = None, True
        role = target.roles.get(after.duty)
        if name != lane.state or before.duty != after.duty or (role is not None and role != old.roles.get(after.duty)):
            work.touched.add((lane.track, lane.no))
        if name != lane.state:
            lane.state, lane.changed, work.row_changed = name, True, True
        if lane.track == "main":
            work.state = name
        work.suspend_as(lane, after, at)
    voided: list[str] = []
    for clock in work.clocks:
        if clock.stopped is None and clock.name not in target.clocks and not clock.name.startswith(STAGE):
            clock.stopped, clock.changed, clock.void = at, True, True
            voided.append(clock.name)
    if work.stops_changed:
        for clock in work.clocks:
            if clock.stopped is None and (clock.limit or clock.until):
                timing.end(work, clock, act.calendar)
        work.stops_changed = False
    return voided
