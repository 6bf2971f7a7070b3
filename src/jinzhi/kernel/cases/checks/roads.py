"""Roads: tracks kept apart, every state reached, every open state with a way to an end, actions that do something (checks 9 to 12, 16 to 18)."""

from __future__ import annotations

from collections.abc import Iterable

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    before = len(c.problems)
    _tracks(c)
    if len(c.problems) > before:
        return
    _reached(c)
    _ends(c)
    _joins(c)
    _circles(c)


def _tracks(c: Context) -> None:
    d = c.d
    opening = [n for n, a in d.action.items() if not a.source_states]
    if not opening:
        c.say("process", "code", "no action opens a case (from = [])")
    for name, action in d.action.items():
        tracks = {c.graph.track(s) for s in action.source_states}
        if len(tracks) > 1:
            c.say("action", name, f"from names states of several tracks: {', '.join(sorted(tracks))}", "from")
        for names in action.to.values():
            on = [c.graph.track(s) for s in names]
            if len(on) != len(set(on)):
                c.say("action", name, "leads to two states of one track", "to")
        own = c.graph.track_of(action)
        for state in action.needs:
            if c.graph.track(state) == own and action.source_states:
                c.say("action", name, f"needs names '{state}' of its own track; from says where it is offered", "needs")
        if not action.source_states:
            if any(not any(c.graph.track(s) == "main" for s in names) for names in action.to.values()) or not action.to:
                c.say("action", name, "opens a case and leads to no state of the main track", "to")
            for state in [s for s in c.graph.targets(action) if d.state[s].closed]:
                c.say("action", name, f"opens a case in '{state}', which is closed", "to")
            if action.needs:
                c.say("action", name, "opens a case and needs states; a new case has none", "needs")
        elif own != "main" and any(c.graph.track(s) == "main" for s in c.graph.targets(action)):
            target = next(s for s in c.graph.targets(action) if c.graph.track(s) == "main")
            if not any(c.graph.track(s) == "main" for s in action.needs):
                c.say("action", name, f"moves the main track to '{target}' and its needs do not say from where", "needs")
        done = (action.to, action.asks, action.effects, action.issues, action.opens, action.extends, action.hand, action.assign, action.takes, action.gives_back)
        if not any(done):
            c.say("action", name, "does nothing: it moves, asks, makes and changes nothing")


def _reached(c: Context) -> None:
    """From the openings along all tracks: a lane begins where some reached action begins it."""
    reached: set[str] = set()
    done: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, action in c.d.action.items():
            if name in done or (action.source_states and not reached & set(action.source_states)):
                continue
            done.add(name)
            reached |= set(c.graph.targets(action))
            changed = True
    for name in c.d.state:
        if name not in reached:
            c.say("state", name, "cannot be reached")
    for name, action in c.d.action.items():
        if name not in done and all(s in reached for s in action.source_states):
            c.say("action", name, "can never be done")


def _ends(c: Context) -> None:
    good = c.graph.leads_to(n for n, s in c.d.state.items() if s.closed)
    for name, state in c.d.state.items():
        if state.track == "main" and name not in good:
            c.say("state", name, "has no way to an end")


def _joins(c: Context) -> None:
    """What the platform does at once waits for every lane of the tracks it needs: none may end elsewhere."""
    for name, action in c.d.action.items():
        if action.source != "at_once":
            continue
        for track in dict.fromkeys(c.graph.track(s) for s in action.needs):
            if track == "main":
                continue
            good = c.graph.leads_to(s for s in action.needs if c.graph.track(s) == track)
            for state in [n for n, s in c.d.state.items() if s.track == track and n not in good]:
                c.say("action", name, f"needs {_quoted(s for s in action.needs if c.graph.track(s) == track)}; a lane that ends in '{state}' blocks it for ever", "needs")


def _circles(c: Context) -> None:
    once = {n: a for n, a in c.d.action.items() if a.source == "at_once"}
    for name, action in once.items():
        if action.guards:
            c.say("action", name, "happens at once and may have no guard", "guards")
    edges = {s: {t for a in once.values() if s in a.source_states for t in c.graph.targets(a)} for s in c.d.state}
    for start, targets in edges.items():
        seen: set[str] = set()
        waiting = list(targets)
        while waiting:
            state = waiting.pop()
            if state == start:
                c.say("state", start, "at-once actions run in a circle")
                break
            if state not in seen:
                seen.add(state)
                waiting += edges.get(state, ())


def _quoted(names: Iterable[str]) -> str:
    return " or ".join(f"'{n}'" for n in names)
