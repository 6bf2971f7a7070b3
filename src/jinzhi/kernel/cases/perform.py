"""Doing an action on works aimed at their lanes: deciders, effects, moves, and what follows at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jinzhi.kernel.cases import answers, conclude, quotas, store
from jinzhi.kernel.cases.admit import admit, led_nowhere, sign
from jinzhi.kernel.cases.batch import Act, Batch
from jinzhi.kernel.cases.extensions import extend, too_early
from jinzhi.kernel.cases.kept import kept
from jinzhi.kernel.cases.moves import at_once_ready, move
from jinzhi.kernel.cases.opening import ChildrenRefused, new_works
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.registry import functions
from jinzhi.kernel.cases.results import Result, refused
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.refusals import Refusal


def perform(works: list[Work], name: str, act: Act) -> list[Result]:
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
        if action.apart or action.once or action.hand_at_most:
            store.load_doers(group, {*action.apart, action.name})
        children = [] if act.actor.is_system else [w for w in group if w.parent is not None]
        if children:
            store.load_bars(children)
        ready = admit(group, action, act, results)
        signed = [w for w in ready if action.persons > 1 and sign(w, action, act, results)]
        acting = [w for w in ready if results[w].ok and w not in signed] if signed or action.persons > 1 else ready
        for work in signed:
            results[work].status = "signed"
        if action.decide:
            acting = _decided(acting, action, act, results)
        acting = quotas.take(acting, action, act, results)
        act_on(acting, action, act)
        follow(acting, act)
    return [results[w] for w in works]


def _decide(works: list[Work], action: Action, act: Act) -> None:
    """Ask the decider once for all: it says where each leads and changes nothing."""
    outcomes = functions()["decider"][action.decide](Batch(works, action, act)) if works else {}
    for work in works:
        work.outcome = outcomes[work]


def _decided(works: list[Work], action: Action, act: Act, results: dict[Work, Result]) -> list[Work]:
    """Outcomes of admitted works; those whose outcome leads where it may not yet, or no more, are refused."""
    _decide(works, action, act)
    fine: list[Work] = []
    for work in works:
        refusals = led_nowhere(work, action, act)
        if refusals:
            work.outcome = ""
            results[work] = refused(work, refusals)
        else:
            fine.append(work)
    return fine


def act_on(works: list[Work], action: Action, act: Act) -> None:
    """Deciders, effects, facts and moves of admitted works."""
    if not works:
        return
    registered = functions()
    batch = Batch(works, action, act)
    if action.decide and any(not w.outcome for w in works):
        _decide(works, action, act)
    if action.opens_case:
        _found(works, action)
    for work in works:
        conclude.keep_facts(work, action)
    for effect in action.effects:
        registered["effect"][effect](batch)
    moved: dict[Work, list[str]] = {}
    for work in works:
        if action.extends:
            extend(work, action, act, work.memo.get("grant"))
        moved[work] = move(work, action, act)
        quotas.give_back(work, action, act)
    for name in action.opens:
        _open_children(batch, name)
    for work in works:
        conclude.note(work, action, act, to=moved[work])
        work.outcome, work.children = "", ()


def _open_children(batch: Batch, name: str) -> None:
    """Open the children one act opens: the brief asked once for all, every child a case of its own, told of in the parent's event.

    Raises ChildrenRefused where a child is refused (a window, a quota, a form its brief filled in wrongly): its parent's act does not stand.
    """
    spec = batch.works[0].process.children[name]
    briefs = functions()["brief"][spec.brief](batch)
    drafts = [(work, replace(draft, process=spec.process)) for work in batch for draft in briefs.get(work, ())]
    children = new_works([draft for _, draft in drafts], batch.at)
    for (parent, _), child in zip(drafts, children, strict=True):
        child.parent, child.parent_lane, child.parent_as = parent.id, parent.lane.slot, name
    results = perform(children, spec.start, batch.act.by(SYSTEM))
    wrong: dict[int, list[Refusal]] = {}
    for (parent, _), child, result in zip(drafts, children, results, strict=True):
        if result.refusals:
            wrong.setdefault(parent.memo.get("place", -1), []).extend(result.refusals)
        told = parent.memo.setdefault("event", {}).setdefault("children", [])
        told.append({"child": name, "id": child.id, "process": spec.process, "org": child.owner})
    if wrong:
        raise ChildrenRefused(wrong)
    batch.act.opened.extend(children)


def _found(works: Iterable[Work], action: Action) -> None:
    """A new case knows its party and has its main lane."""
    for work in works:
        role = work.process.roles.get(action.by[0])
        if role is not None and role.party and work.party is not None:
            work.facts[role.party] = kept(work, role.party, work.party)
        work.lanes[("main", 1)] = work.lane


def follow(works: list[Work], act: Act) -> None:
    """Do what the process says follows at once, until nothing does. The checks on a definition exclude circles."""
    system = act.by(SYSTEM)
    waiting = works
    while waiting:
        by_action: dict[tuple[int, str], list[Work]] = {}
        for work in waiting:
            found = at_once_ready(work)
            if found is not None:
                action, work.lane = found
                if too_early(work, action, act):
                    continue
                by_action.setdefault((work.process.id, action.name), []).append(work)
        if not by_action:
            return
        waiting = []
        for (_, name), group in by_action.items():
            for work in group:
                work.data = {}
                work.memo["grant"] = None
                work.memo.pop("signers", None)
            act_on(group, group[0].process.actions[name], system)
            waiting += group


def finish(works: list[Work], act: Act, results: list[Result], request: store.Request = store.NOBODY) -> None:
    """Conclude what changed, and write it together with the answer to the request; the results learn numbers, states and versions."""
    changed = [w for w in (*works, *act.opened) if w.memo.get("_notes")]
    if changed:
        conclude.conclude(changed, act)
    by_id = {w.id: w for w in works}
    for result in results:
        work = by_id.get(result.case)
        if work is not None and result.status != "refused":
            result.number, result.state, result.version = work.number, work.state, work.version + (0 if work.fresh else 1)
        elif work is not None and work.fresh:
            result.case = 0
    store.write(changed, act.at, request, answers.results_json(results) if request.key else None)
    quotas.write(act)
