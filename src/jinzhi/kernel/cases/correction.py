"""Correcting a wrong fact (更正): built in for every process. The old value stays in the log, what depends on the fact is derived anew."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from jinzhi.kernel.cases import answers, store, timing
from jinzhi.kernel.cases.access import place_of, sees_work
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.forms import field_of
from jinzhi.kernel.cases.kept import kept, opened, plain
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.results import Result, refused
from jinzhi.kernel.cases.standing import Lane, Work
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.forms import fields
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.sight import in_sight
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now


def correctors(process: Process, field: str) -> tuple[str, ...]:
    """The officers' roles that may correct a field: those asked for it; where only parties or effects give it, every role that acts."""
    closed_to = set(process.roles) - set(process.fields[field].seen_by) if process.fields[field].seen_by else set()
    asked = {r for a in process.actions.values() if any(name == field for name, _ in a.asks) for r in a.by}
    officers = [r.name for r in process.roles.values() if not r.party and r.name not in closed_to]
    return tuple(r for r in officers if r in asked) or tuple(officers)


@in_sight
def correct(
    case_id: int, field: str, value: Any, *, reason: str, actor: Actor, lane: str = "main.1", version: int | None = None
) -> Result:
    """Put a right value in the place of a wrong one, in the case (``main.1``) or a lane (``track.no``); the list row's columns and running
    clocks that count by the field follow. Recorded as ``~correct`` with both values, the reason and what moved; the case's version rises.

    Refused (in the result): out of sight, stale, closed to this role, a field that holds no fact there, or that is no plain fact (notes and
    signatures belong to their act, records to their module, parties are changed by acts of the process), a value that is wrong or the same.
    """
    with transaction.atomic():
        work = store.lock([case_id]).get(case_id)
        if work is None or not sees_work(actor, work):
            return Result(case_id, "refused", [answers.absent()])
        act = Act(actor=actor, at=now(), request="", calendar=calendar())
        if version is not None and version != work.version:
            return refused(work, [answers.stale(work, version)])
        track, _, no = lane.partition(".")
        place = work.lanes.get((track, int(no) if no.isdigit() else 0))
        if place is None or field not in work.process.fields:
            return refused(work, [_said("no_such_fact", "没有这项内容，检查字段名", "There is no such fact; check the field", field)])
        work.lane = place
        grant = _grant(actor, work, field, place)
        if grant is None:
            roles = [work.process.role_title(r) for r in correctors(work.process, field)]
            by = Text("、".join(r.zh for r in roles), ", ".join(r.en for r in roles))
            return refused(work, [_said("not_your_role", "更正由{r}办理", "Corrections are made by: {r}", field, r=by)])
        right, problems = _checked(work, place, field, value, reason)
        if problems:
            return refused(work, problems)
        _put(work, place, field, right, act, grant, reason.strip())
        store.write([work], act.at)
        return Result(work.id, "done", [], work.number, work.state, work.version + 1)


def _said(code: str, zh: str, en: str, field: str, **values: Text) -> Refusal:
    return Refusal(code, Text(zh, en).format(**values) if values else Text(zh, en), field)


def _grant(actor: Actor, work: Work, field: str, lane: Lane) -> Grant | None:
    for name in correctors(work.process, field):
        grant = actor.post_for(name, place_of(work.process.roles[name], work.owner, lane.holder), work.process.code)
        if grant is not None:
            return grant
    return None


def _shelf(work: Work, lane: Lane) -> dict[str, Any]:
    return work.facts if lane.track == "main" else lane.facts


def _checked(work: Work, lane: Lane, field: str, value: Any, reason: str) -> tuple[Any, list[Refusal]]:
    """The new value as it is kept, and all that is wrong."""
    spec = work.process.fields[field]
    title = Text(spec.zh, spec.en)
    if "." in spec.type or spec.type in ("note", "signature", "party"):
        return None, [_said("not_correctable", "「{t}」不能在这里更正", "“{t}” is not corrected here", field, t=title)]
    if field not in _shelf(work, lane):
        return None, [_said("no_such_fact", "这里没有「{t}」可更正", "There is no “{t}” here to correct", field, t=title)]
    clean, problems = fields.validate([field_of(work.process, field, required=True)], {field: value})
    if not reason.strip():
        problems = [*problems, _said("missing", "填写更正的理由", "Enter the reason of the correction", "reason")]
    if not problems and plain(clean[field]) == opened(work, _shelf(work, lane)[field]):
        problems = [_said("same_value", "「{t}」已经是这个内容", "“{t}” is this already", field, t=title)]
    return plain(clean.get(field)), problems


def _put(work: Work, lane: Lane, field: str, value: Any, act: Act, grant: Grant, reason: str) -> None:
    shelf = _shelf(work, lane)
    old, shelf[field] = shelf[field], kept(work, field, value)
    lane.changed = lane.changed or lane.track != "main"
    if field in work.row.columns:
        work.row.columns = {**work.row.columns, field: value}
        work.row_changed = True
    moved: list[str] = []
    for clock in work.clocks:
        rule = work.process.clocks.get(clock.name)
        if rule is None or clock.stopped is not None or field not in (rule.until, rule.since):
            continue
        if (clock.track, clock.lane) != (lane.track, lane.no) and lane.track != "main":
            continue  # another lane's clock counts by that lane's own fact
        if rule.until == field and not clock.extended and clock.until == old:
            clock.until = value
        elif rule.since == field and clock.since == old:
            clock.since = value
        else:
            continue  # moved on by an extension since
        clock.redated = True
        timing.end(work, clock, act.calendar)
        moved.append(clock.name)
    work.settle_duties()
    body = {"field": field, "old": old, "new": shelf[field], "reason": reason, "role": grant.role, **({"clocks": moved} if moved else {})}
    work.record(
        action="~correct", lane=lane, actor=act.actor.person_id, post=grant.post_id, org=grant.org_path, request="", at=act.at, body=body
    )
