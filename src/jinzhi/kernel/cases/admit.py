"""Everything asked before anything changes: which lane, state, role, separation, joins, form, guards, signatures (办理前的审查)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from jinzhi.kernel.cases import answers, conclude, conflict, extensions, files, kept, windows
from jinzhi.kernel.cases.access import may_act, sees_work
from jinzhi.kernel.cases.batch import Act, Batch
from jinzhi.kernel.cases.forms import validate
from jinzhi.kernel.cases.moves import hand_refused, needs_unmet, too_many_lanes
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.registry import functions
from jinzhi.kernel.cases.results import Move, Result, refused
from jinzhi.kernel.cases.standing import Lane, Work
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.queries import org_by_path
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text


def aim(work: Work | None, wanted: Move, name: str, actor: Actor, *, repeated: bool) -> Refusal | None:
    """Put the work at the lane the move names, or say why that cannot be."""
    if work is None or not sees_work(actor, work):
        return answers.absent()
    if repeated:
        return answers.twice()
    action = work.process.actions.get(name)
    if action is None or action.opens_case:
        return answers.no_such_action(name)
    if wanted.version is not None and wanted.version != work.version:
        return answers.stale(work, wanted.version)
    lane = work.lanes.get((action.track, wanted.lane)) if wanted.lane else choose_lane(work, action, actor)
    if lane is None:
        return answers.wrong_state(work, action, None)
    work.lane = lane
    return None


def choose_lane(work: Work, action: Action, actor: Actor) -> Lane | None:
    standing = [lane for lane in work.lanes_of(action.track) if lane.state in action.sources]
    if len(standing) == 1:
        return standing[0]  # whoever may act: the role is asked when the act is admitted
    mine = [lane for lane in standing if may_act(actor, work, action, lane)]
    found = mine or standing
    return found[0] if found else work.newest(action.track)


def admit(group: list[Work], action: Action, act: Act, results: dict[Work, Result]) -> list[Work]:
    """Everything that can be asked before anything changes: state, role, separation, joins, form, guards."""
    ready: list[Work] = []
    for work in group:
        refusals, grant = _ask(work, action, act)
        if refusals:
            results[work] = refused(work, refusals)
            continue
        work.memo["grant"] = grant
        ready.append(work)
    registered = functions()["guard"]
    collected = files.not_theirs(ready, action, act)
    batch = Batch(ready, action, act)
    for guard in action.guards if ready else ():
        for work, refusal in registered[guard](batch).items():
            collected.setdefault(work, []).append(refusal)
    for work, refusals in collected.items():
        results[work] = refused(work, refusals)
    return [w for w in ready if w not in collected]


def _ask(work: Work, action: Action, act: Act) -> tuple[list[Refusal], Any]:
    if not action.opens_case and work.lane.state not in action.sources:
        return [answers.wrong_state(work, action, work.lane)], None
    grant = may_act(act.actor, work, action, work.lane)
    if grant is None:
        return [answers.not_your_role(work, action)], None
    refusals: list[Refusal] = []
    if not act.actor.is_system:
        refusals += held_or_apart(work, action, work.lane, act.actor, grant)
    if action.opens_case:
        refusals += _owned_wrongly(work)
    refusals += spent_or_waiting(work, action, work.lane, act.at.date())
    pending = work.lane.pending
    if action.persons > 1 and not work.data and pending and pending["action"] == action.name:
        work.data = {name: kept.opened(work, value) for name, value in pending["data"].items()}  # the second person signs what the first one wrote
    clean, wrong = validate(work.process, action, work.data)
    refusals += wrong
    if not wrong:
        work.data = clean
        refusals += hand_refused(work, action)
        refusals += extensions.refused(work, action, act)
        if not action.decide:
            refusals += led_nowhere(work, action, act)
    return refusals, grant


def _owned_wrongly(work: Work) -> list[Refusal]:
    """A case is opened at an organisation of a level that may own it."""
    owner, levels = org_by_path(work.owner), work.process.definition.process.owners
    if owner is None or not levels or owner.level in levels:
        return []
    return [answers.wrong_owner(work, Text(owner.name_zh, owner.name_en))]


def spent_or_waiting(work: Work, action: Action, lane: Lane, day: dt.date) -> list[Refusal]:
    """Done as often as it may be, outside its window, or waiting for another track: what a page can say before anything is filled in."""
    refusals: list[Refusal] = []
    if action.once and any(action.track == "main" or slot == lane.slot for _, slot in work.done_by.get(action.name, ())):
        refusals.append(answers.only_once(action))
    if action.within:
        spec = work.process.windows[action.within]
        if not windows.inside(spec.spans, day):
            refusals.append(answers.outside_window(action, Text(spec.zh, spec.en), windows.coming(spec.spans, day)))
    if action.hand_at_most and work.times.get((action.name, lane.slot), 0) // action.persons >= action.hand_at_most:
        refusals.append(answers.forwarded_enough(action, action.hand_at_most))
    unmet = needs_unmet(work, action)
    if unmet:
        refusals.append(answers.needs(work, action, unmet))
    return refusals


def held_or_apart(work: Work, action: Action, lane: Lane, actor: Actor, grant: Grant) -> list[Refusal]:
    """Claimed by somebody else, or apart from an act of the actor or of the absent person the actor stands in for."""
    people = (actor.person_id, grant.for_person) if grant.for_person else (actor.person_id,)
    duty = work.duties.get(lane.slot)
    refusals = [answers.claimed(duty.assignee)] if duty is not None and duty.assignee not in (None, *people) else []
    for other in action.apart:
        bound = action.track != "main" and work.process.actions[other].track == action.track
        if work.did(other, people, lane.slot if bound else ""):
            refusals.append(answers.separate_duties(work, action, other))
    refusals += [answers.separate_from_parent(work.barred[p], action) for p in people if p in work.barred]
    return refusals + conflict.refused(work, actor, grant)


def signed_by(pending: dict[str, Any], actor: Actor, grant: Grant | None) -> bool:
    """Whether the actor, or who the actor stands in for, has signed: one person is never two."""
    people = {actor.person_id, grant.for_person if grant else 0} - {0}
    return bool(people.intersection([*pending["signers"], *pending.get("absent", ())]))


def led_nowhere(work: Work, action: Action, act: Act) -> list[Refusal]:
    """Whether where the action leads is open: no full track, and no state that may not be entered yet. Asked when the outcome is known."""
    crowded = too_many_lanes(work, action)
    early = extensions.too_early(work, action, act)
    return [r for r in (crowded, early) if r is not None]


def sign(work: Work, action: Action, act: Act, results: dict[Work, Result]) -> bool:
    """Take one signature of several over the same content; True while others are still missing."""
    pending = work.lane.pending if work.lane.pending and work.lane.pending["action"] == action.name else None
    content = conclude.content_of(work, action)
    grant = work.memo.get("grant")
    if pending and signed_by(pending, act.actor, grant):
        results[work] = refused(work, [answers.signed_already(action, len(pending["signers"]))])
        return False
    if pending and pending["content"] != content:
        results[work] = refused(work, [answers.content_differs(pending["signers"][-1])])
        return False
    signers = [*(pending["signers"] if pending else []), act.actor.person_id]
    absent = [*(pending.get("absent", ()) if pending else ()), *([grant.for_person] if grant is not None and grant.for_person else ())]
    work.memo["signers"] = signers
    if len(signers) >= action.persons:
        work.lane.pending, work.lane.changed = None, True
        return False
    work.lane.pending, work.lane.changed = conclude.pending(work, action, content, signers, absent), True
    conclude.note(work, action, act, signature=len(signers))
    return True
