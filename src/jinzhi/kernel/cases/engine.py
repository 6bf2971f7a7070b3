"""The one door: ``open_cases`` and ``advance`` for any number of cases, in one transaction and a constant number of statements.

Order of an act: idempotency → lock → version, state, role, separation → form → guards (all refusals collected) → signatures where
several persons sign → deciders → effects → moves → what follows at once → numbers → documents → events → one write → commit.
A refused case is left untouched; the others of its batch go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction

from jinzhi.kernel.cases import answers, conclude, files, store
from jinzhi.kernel.cases.access import may_act, sees_work
from jinzhi.kernel.cases.batch import Act, Batch
from jinzhi.kernel.cases.forms import validate
from jinzhi.kernel.cases.moves import at_once_ready, move, needs_unmet, too_many_lanes
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.registry import functions, process_on
from jinzhi.kernel.cases.standing import Lane, Work, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import SYSTEM, Actor
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.time import now

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Draft:
    """A case to open: the process, the owning organisation's path, the party who asks (if one does) and the form."""

    process: str
    owner: str
    party: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """One case to move: ``lane`` 0 means the only (or newest) lane of the action's track; ``version`` what the actor had seen."""

    case: int
    lane: int = 0
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """What became of one item: ``done``, ``signed`` (further signatures are needed) or ``refused`` with all reasons."""

    case: int
    status: str
    refusals: list[Refusal] = field(default_factory=list)
    number: str | None = None
    state: str = ""
    version: int = 0

    @property
    def ok(self) -> bool:
        return self.status != "refused"


def open_cases(drafts: Sequence[Draft], action: str, *, actor: Actor, request_id: uuid.UUID | None = None) -> list[Result]:
    """Open cases by an opening action; one result per draft, in order. All drafts of a call are of one process."""
    return _chunked(drafts, request_id, lambda part, key: _open(part, action, actor, key))


def advance(moves: Sequence[Move], action: str, *, actor: Actor, request_id: uuid.UUID | None = None) -> list[Result]:
    """Do ``action`` on these cases; one result per move, in order. The same ``request_id`` again gives the same answer and does nothing."""
    return _chunked(moves, request_id, lambda part, key: _advance(part, action, actor, key))


def _chunked(items: Sequence[Any], request_id: uuid.UUID | None, do: Any) -> list[Result]:
    results: list[Result] = []
    for start in range(0, len(items), CHUNK):
        key = uuid.uuid5(request_id, str(start)) if request_id and start else request_id
        try:
            results += do(items[start : start + CHUNK], key)
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", "")
            if state not in ("55P03", "40001", "40P01"):
                raise
            busy = answers.busy()
            results += [Result(getattr(i, "case", 0), "refused", [busy]) for i in items[start : start + CHUNK]]
    return results


def _remembered(actor: Actor, key: uuid.UUID | None) -> list[Result] | None:
    if key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select begin_request(%s, %s)", [actor.person_id, key])
        (answer,) = cursor.fetchone()
    return answers.results_from(answer, Result) if answer is not None else None


def _remember(actor: Actor, key: uuid.UUID | None, results: list[Result]) -> None:
    if key is not None:
        with connection.cursor() as cursor:
            cursor.execute("select end_request(%s, %s, %s::jsonb)", [actor.person_id, key, answers.results_json(results)])


def _open(drafts: Sequence[Draft], name: str, actor: Actor, key: uuid.UUID | None) -> list[Result]:
    with transaction.atomic():
        known = _remembered(actor, key)
        if known is not None:
            return known
        at = now()
        works: list[Work] = []
        for draft, case_id in zip(drafts, store.new_ids(len(drafts)), strict=True):
            work = Work(
                id=case_id, process=process_on(draft.process, at.date()), owner=draft.owner, state="", version=1, facts={}, party=draft.party,
                fresh=True, opened=at.isoformat(), data=draft.data,
            )  # fmt: skip
            work.lane = Lane("main", 1, "", draft.owner, "", at.isoformat())
            works.append(work)
        act = Act(actor=actor, at=at, request=str(key or ""), calendar=calendar())
        results = _perform(works, name, act)
        _finish(works, act, results)
        _remember(actor, key, results)
    return results


def _advance(moves: Sequence[Move], name: str, actor: Actor, key: uuid.UUID | None) -> list[Result]:
    with transaction.atomic():
        known = _remembered(actor, key)
        if known is not None:
            return known
        at = now()
        found = store.lock(sorted({m.case for m in moves}))
        act = Act(actor=actor, at=at, request=str(key or ""), calendar=calendar())
        _run_expired(list(found.values()), act)
        results: list[Result | None] = [None] * len(moves)
        works: list[Work] = []
        places: list[int] = []
        seen: set[int] = set()
        for place, wanted in enumerate(moves):
            work = found.get(wanted.case)
            refusal = _aim(work, wanted, name, actor, repeated=wanted.case in seen)
            if refusal is not None or work is None:
                results[place] = Result(wanted.case, "refused", [refusal or answers.absent()])
                continue
            seen.add(wanted.case)
            work.data = wanted.data
            works.append(work)
            places.append(place)
        for place, result in zip(places, _perform(works, name, act), strict=True):
            results[place] = result
        done = [r for r in results if r is not None]
        _finish(list(found.values()), act, done)
        _remember(actor, key, done)
    return done


def _aim(work: Work | None, wanted: Move, name: str, actor: Actor, *, repeated: bool) -> Refusal | None:
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
    lane = work.lanes.get((action.track, wanted.lane)) if wanted.lane else _choose_lane(work, action, actor)
    if lane is None:
        return answers.wrong_state(work, action, None)
    work.lane = lane
    return None


def _choose_lane(work: Work, action: Action, actor: Actor) -> Lane | None:
    standing = [lane for lane in work.lanes_of(action.track) if lane.state in action.sources]
    mine = [lane for lane in standing if may_act(actor, work, action, lane)]
    found = mine or standing
    return found[0] if found else work.newest(action.track)


def _perform(works: list[Work], name: str, act: Act) -> list[Result]:
    """Do one action on works aimed at their lanes; refused ones are left as they were."""
    results = {w: Result(w.id, "done") for w in works}
    groups: dict[int, list[Work]] = {}
    for work in works:
        groups.setdefault(work.process.id, []).append(work)
    for group in groups.values():
        process = group[0].process
        if name not in process.actions:
            for work in group:
                results[work] = Result(work.id, "refused", [answers.no_such_action(name)])
            continue
        action = process.actions[name]
        if action.apart or action.once:
            store.load_doers(group, {*action.apart, action.name})
        ready = _admit(group, action, act, results)
        signed = [w for w in ready if action.persons > 1 and _sign(w, action, act, results)]
        acting = [w for w in ready if results[w].ok and w not in signed] if signed or action.persons > 1 else ready
        for work in signed:
            results[work].status = "signed"
        _act(acting, action, act)
        _follow(acting, act)
    return [results[w] for w in works]


def _admit(group: list[Work], action: Action, act: Act, results: dict[Work, Result]) -> list[Work]:
    """Everything that can be asked before anything changes: state, role, separation, joins, form, guards."""
    ready: list[Work] = []
    for work in group:
        refusals, grant = _ask(work, action, act)
        if refusals:
            results[work] = Result(work.id, "refused", refusals, work.number, work.state, work.version)
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
        results[work] = Result(work.id, "refused", refusals, work.number, work.state, work.version)
    return [w for w in ready if w not in collected]


def _ask(work: Work, action: Action, act: Act) -> tuple[list[Refusal], Any]:
    if not action.opens_case and work.lane.state not in action.sources:
        return [answers.wrong_state(work, action, work.lane)], None
    grant = may_act(act.actor, work, action, work.lane)
    if grant is None:
        return [answers.not_your_role(work, action)], None
    refusals: list[Refusal] = []
    person = act.actor.person_id
    if not act.actor.is_system:
        duty = work.duties.get(work.lane.slot)
        if duty is not None and duty.assignee not in (None, person):
            refusals.append(answers.claimed(duty.assignee))
        for other in action.apart:
            for doer, slot in work.done_by.get(other, ()):
                lane_bound = action.track != "main" and work.process.actions[other].track == action.track
                if doer == person and (not lane_bound or slot == work.lane.slot):
                    refusals.append(answers.separate_duties(work, action, other))
    if action.once and any(action.track == "main" or slot == work.lane.slot for _, slot in work.done_by.get(action.name, ())):
        refusals.append(answers.only_once(action))
    unmet = needs_unmet(work, action)
    if unmet:
        refusals.append(answers.needs(work, action, unmet))
    pending = work.lane.pending
    if action.persons > 1 and not work.data and pending and pending["action"] == action.name:
        work.data = pending["data"]  # the second person signs what the first one wrote
    clean, wrong = validate(work.process, action, work.data)
    refusals += wrong
    if not wrong:
        work.data = clean
        crowded = too_many_lanes(work, action)
        if crowded:
            refusals.append(crowded)
    return refusals, grant


def _sign(work: Work, action: Action, act: Act, results: dict[Work, Result]) -> bool:
    """Take one signature of several over the same content; True while others are still missing."""
    pending = work.lane.pending if work.lane.pending and work.lane.pending["action"] == action.name else None
    content = conclude.content_of(work, action)
    if pending and act.actor.person_id in pending["signers"]:
        results[work] = Result(work.id, "refused", [answers.signed_already(action, len(pending["signers"]))], work.number, work.state, work.version)
        return False
    if pending and pending["content"] != content:
        results[work] = Result(work.id, "refused", [answers.content_differs(pending["signers"][-1])], work.number, work.state, work.version)
        return False
    signers = [*(pending["signers"] if pending else []), act.actor.person_id]
    work.memo["signers"] = signers
    if len(signers) >= action.persons:
        work.lane.pending, work.lane.changed = None, True
        return False
    work.lane.pending, work.lane.changed = conclude.pending(work, action, content, signers), True
    conclude.note(work, action, act, signature=len(signers))
    return True


def _act(works: list[Work], action: Action, act: Act) -> None:
    """Deciders, effects, facts and moves of admitted works."""
    if not works:
        return
    registered = functions()
    batch = Batch(works, action, act)
    if action.decide:
        outcomes = registered["decider"][action.decide](batch)
        for work in works:
            work.outcome = outcomes[work]
    if action.opens_case:
        _found(works, action)
    for work in works:
        conclude.keep_facts(work, action)
    for effect in action.effects:
        registered["effect"][effect](batch)
    for work in works:
        moved = move(work, action, act)
        conclude.note(work, action, act, to=moved)
        work.outcome = ""


def _found(works: Iterable[Work], action: Action) -> None:
    """A new case knows its party and has its main lane."""
    for work in works:
        role = work.process.roles.get(action.by[0])
        if role is not None and role.party and work.party is not None:
            work.facts[role.party] = work.party
        work.lanes[("main", 1)] = work.lane


def _follow(works: list[Work], act: Act) -> None:
    """Do what the process says follows at once, until nothing does. The checks on a definition exclude circles."""
    system = act.by(SYSTEM)
    waiting = works
    while waiting:
        by_action: dict[tuple[int, str], list[Work]] = {}
        for work in waiting:
            found = at_once_ready(work)
            if found is not None:
                action, work.lane = found
                by_action.setdefault((work.process.id, action.name), []).append(work)
        if not by_action:
            return
        waiting = []
        for (_, name), group in by_action.items():
            for work in group:
                work.data = {}
                work.memo["grant"] = None
                work.memo.pop("signers", None)
            _act(group, group[0].process.actions[name], system)
            waiting += group


def _run_expired(works: list[Work], act: Act) -> None:
    """An expired right cannot be used because the job was late: actions of clocks run out come before any other act."""
    system = act.by(SYSTEM)
    due: dict[tuple[int, str], list[Work]] = {}
    for work in works:
        for clock in work.clocks:
            then = work.process.clocks[clock.name].then
            if not then or clock.stopped is not None or clock.due is None or parse(clock.due) >= act.at:
                continue
            lane = work.lanes[(clock.track, clock.lane)]
            if lane.state in work.process.actions[then].sources:
                work.lane = lane
                due.setdefault((work.process.id, then), []).append(work)
                break
    for (_, name), group in due.items():
        for work in group:
            work.memo["grant"] = None
        _act(group, group[0].process.actions[name], system)
        _follow(group, act)


def _finish(works: list[Work], act: Act, results: list[Result]) -> None:
    changed = [w for w in works if w.memo.get("_notes")]
    conclude.conclude(changed, act)
    by_id = {w.id: w for w in works}
    for result in results:
        work = by_id.get(result.case)
        if work is not None and result.status != "refused":
            result.number, result.state, result.version = work.number, work.state, work.version + (0 if work.fresh else 1)
        elif work is not None and work.fresh:
            result.case = 0


def run_due(limit: int = 200) -> int:
    """Do the actions of clocks that ran out (the clock job); gives how many cases were looked at. Each chunk is its own transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct case_id from (select case_id from clock where stopped_at is null and due is not null and has_then and due < %s"
            " order by due limit %s) x",
            [now(), limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        with transaction.atomic():
            works = list(store.lock(ids).values())
            act = Act(actor=SYSTEM, at=now(), request="", calendar=calendar())
            _run_expired(works, act)
            _finish(works, act, [])
    return len(ids)


def one(results: list[Result]) -> Result:
    """The single result of a single act. Raises Refused where it was refused."""
    (result,) = results
    if not result.ok:
        raise Refused(*result.refusals, status=404 if result.refusals[0].code == "absent" else 409)
    return result


__all__ = ["Draft", "Move", "Result", "advance", "one", "open_cases", "run_due"]
