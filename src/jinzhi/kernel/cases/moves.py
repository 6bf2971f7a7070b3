"""Where an action leads: lanes entered and begun, joins asked, hand-overs made."""

from __future__ import annotations

from typing import Any

from jinzhi.kernel.cases import answers, timing
from jinzhi.kernel.cases.access import ancestor_at_level
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.log.chain import stamp
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.standing import OPEN, Lane, Work
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text


def needs_unmet(work: Work, action: Action) -> dict[str, list[Lane]]:
    """Tracks whose lanes do not (all) stand where the action needs them, with the lanes that are in the way."""
    unmet: dict[str, list[Lane]] = {}
    for track, states in action.needs.items():
        lanes = work.lanes_of(track)
        least = work.process.tracks[track][0]
        waiting = [lane for lane in lanes if lane.state not in states]
        if waiting or len(lanes) < least:
            unmet[track] = waiting
    return unmet


def at_once_ready(work: Work) -> tuple[Action, Lane] | None:
    """The next action the platform does by itself on this case, if any."""
    if work.phase != OPEN:
        return None
    for lane in list(work.lanes.values()):
        for action in work.process.at_once.get(lane.state, ()):
            if not needs_unmet(work, action):
                return action, lane
    return None


def targets(work: Work, action: Action) -> tuple[str, ...]:
    return action.to.get(work.outcome, ()) if action.decide else action.to.get("", ())


def values_of(work: Work, track: str) -> list[Any]:
    """The values a track with ``each`` opens lanes for."""
    each = work.process.tracks[track][2]
    value = work.fact(each) if each else None
    return list(value) if isinstance(value, list | tuple) else ([value] if value else [])


def too_many_lanes(work: Work, action: Action) -> Refusal | None:
    """A full track refuses."""
    for name in targets(work, action):
        track = work.process.states[name].track
        if track in (action.track, "main") or track in action.needs:
            continue
        most = work.process.tracks[track][1]
        new = len(values_of(work, track)) if work.process.tracks[track][2] else 1
        if len(work.lanes_of(track)) + new > most:
            return Refusal("track_full", Text("已达到允许的次数（{n}）", "The limit of {n} is reached").format(n=most), data={"track": track})
    return None


def move(work: Work, action: Action, act: Act) -> list[str]:
    """Apply ``to``, ``hand`` and ``assign``; gives the states entered."""
    at = stamp(act.at)[0]
    work.doer = act.actor.person_id
    entered: list[str] = []
    lane = work.lane
    if action.hand_field or action.hand_level or action.hand_back:
        _hand(work, action, lane)
    if action.assign:
        people = work.fact(action.assign)
        lane.assignees, lane.changed = [int(p) for p in (people if isinstance(people, list) else [people])], True
    for name in targets(work, action):
        state = work.process.states[name]
        if state.track == lane.track:
            if not action.assign and lane.assignees and work.process.states[name].duty != _duty(work, lane):
                lane.assignees = []
            work.enter(lane, name, at)
        elif state.track == "main" or (state.track in action.needs and work.newest(state.track) is not None):
            other = work.newest(state.track)
            assert other is not None
            work.enter(other, name, at)
        else:
            _begin(work, lane, state.track, name, at)
        entered.append(name)
    timing.recompute(work, action, act)
    return entered


def _duty(work: Work, lane: Lane) -> str:
    state = work.process.states.get(lane.state)
    return state.duty if state else ""


def _begin(work: Work, lane: Lane, track: str, state: str, at: str) -> None:
    if not work.process.tracks[track][2]:
        work.begin(track, state, at, holder=lane.holder)
        return
    kind = work.process.fields[work.process.tracks[track][2]].type
    for value in values_of(work, track):
        org = org_by_code(str(value)) if kind == "org" else None
        work.begin(track, state, at, key=str(value), holder=org.path if org else lane.holder)


def receiver(work: Work, action: Action, lane: Lane) -> str:
    """The organisation an action hands the lane to; empty where there is none (no such organisation or level, nobody to go back to)."""
    if action.hand_field:
        value = work.fact(action.hand_field)
        org = org_by_code(str(value)) if value else None
        return org.path if org else ""
    if action.hand_level:
        return ancestor_at_level(lane.holder, action.hand_level)
    return lane.way[-1] if lane.way else ""


def hand_refused(work: Work, action: Action) -> list[Refusal]:
    """A lane goes only where there is somebody: what is handed to nobody would stay where it is and look as if it had gone."""
    handing = action.hand_field or action.hand_level or action.hand_back
    if not handing or (action.hand_field and not work.fact(action.hand_field)):
        return []
    return [] if receiver(work, action, work.lane) else [answers.nowhere_to_hand(action)]


def _hand(work: Work, action: Action, lane: Lane) -> None:
    holder = receiver(work, action, lane) or lane.holder
    if action.hand_back and lane.way:
        lane.way.pop()
    if holder != lane.holder:
        if not action.hand_back:
            lane.way.append(lane.holder)
        lane.holder, lane.changed, lane.assignees = holder, True, []
        work.touched.add((lane.track, lane.no))
        work.held_by(holder)
