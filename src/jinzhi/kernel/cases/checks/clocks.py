"""Clocks: what starts can stop, runs nowhere for ever, ends in an act that can be done (checks 21, 22, 23, 27)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name in c.d.clock:
        if _shape(c, name):
            _stops(c, name)
            _then(c, name)
            _counted_from(c, name)
    _extensions(c)


def _shape(c: Context, name: str) -> bool:
    clock = c.d.clock[name]
    before = len(c.problems)
    if not clock.starts or not clock.stops:
        missing = "starts" if not clock.starts else "stops"
        c.say("clock", name, f"'{missing}' is empty: name the states whose entry {missing.rstrip('s')}s it", missing)
    if clock.limit is not None and clock.until:
        c.say("clock", name, "needs either 'limit' or 'until', not both", "until")
    if clock.limit is None and not clock.until and clock.earliest is None:
        c.say("clock", name, "needs either 'limit' or 'until' (or 'earliest' alone): nothing says when it is due")
    if clock.earliest is not None and (clock.until or clock.then) and clock.limit is None:
        c.say("clock", name, "'earliest' says when the stop may come, not when it is due: it takes no 'until' and no 'then' without 'limit'", "earliest")
    if clock.since and clock.until:
        c.say("clock", name, "'since' is the day a limit is counted from; with 'until' there is none", "since")
    if clock.remind and clock.limit is None and not clock.until:
        c.say("clock", name, "reminds before a due date it has not", "remind")
    tracks = {c.graph.track(s) for s in [*clock.starts, *clock.stops]}
    if len(tracks) > 1:
        c.say("clock", name, f"starts and stops on several tracks: {', '.join(sorted(tracks))}")
    if both := set(clock.starts) & set(clock.stops):
        c.say("clock", name, f"starts and stops in the same state, '{min(both)}'", "stops")
    return len(c.problems) == before


def _stops(c: Context, name: str) -> None:
    clock = c.d.clock[name]
    after = c.graph.reach(clock.starts)
    for state in clock.stops:
        if state not in after:
            c.say("clock", name, f"stops in '{state}', which cannot follow its start", "stops")
    track = c.graph.track(clock.starts[0])
    if track == "main":
        return  # the end of the case makes a clock of the main track void; every open main state leads there
    good = c.graph.leads_to(c.graph.stops(name))
    for state in sorted(c.graph.runs[name]):
        if state in c.graph.final:
            c.say("clock", name, f"never stops in '{state}', where the lane is finished: name it in stops, or the state in which it was met before", "stops")
        elif state not in good:
            c.say("clock", name, f"never stops on roads through '{state}': no state after it stops the clock", "stops")


def _then(c: Context, name: str) -> None:
    clock = c.d.clock[name]
    if not clock.then:
        return
    then = c.d.action[clock.then]
    if "system" not in then.by:
        c.say("clock", name, f"then names '{clock.then}', which the system does not do", "then")
        return
    if not then.source_states:
        c.say("clock", name, f"then names '{clock.then}', which opens a case", "then")
        return
    if required := [f for f in then.asks if not f.endswith("?")]:
        c.say("clock", name, f"then names '{clock.then}', which asks for '{required[0]}': nobody is there to say it; write \"{required[0]}?\"", "then")
    still = {s for x in c.d.suspension.values() if name in x.clocks for s in x.while_states}
    for state in [s for s in c.d.state if s in c.graph.runs[name]]:
        if state not in then.source_states and state not in still:
            c.say("clock", name, f"may run out in '{state}', where its action '{clock.then}' cannot be done: add the state to its from, or stop the clock there", "then")


def _counted_from(c: Context, name: str) -> None:
    """A date counted by is there when the clock starts: asked on every road, or written by an effect (empty: the clock does not start)."""
    clock = c.d.clock[name]
    for key, field in (("until", clock.until), ("since", clock.since)):
        if not field or c.graph.sets(field):
            continue
        for action_name, action in c.d.action.items():
            entered = [s for s in c.graph.targets(action) if s in clock.starts]
            if not entered or c.graph.has_before(field, action_name):
                continue
            if action.source_states and all(s in c.graph.runs[name] for s in action.source_states):
                continue
            c.say("clock", name, f"counts by '{field}', and '{action_name}' starts it without asking for it", key)


def _extensions(c: Context) -> None:
    for name, action in c.d.action.items():
        if action.extends is None:
            continue
        if (action.extends.by is None) == (not action.extends.field):
            c.say("action", name, "extends needs exactly one of 'by' and 'field'", "extends")
        if action.extends.by is not None and not action.once:
            c.say("action", name, "extends without once: it could be extended for ever; write once = true", "extends")
        clock = c.d.clock[action.extends.clock]
        if clock.limit is None and not clock.until:
            c.say("action", name, f"extends '{action.extends.clock}', which has no due date", "extends")
        track = c.graph.track(clock.starts[0]) if clock.starts else ""
        if track in (c.graph.track_of(action), "main"):
            here = set(action.source_states) if track == c.graph.track_of(action) else None
            if here is not None and not here & c.graph.runs[action.extends.clock]:
                c.say("action", name, f"extends '{action.extends.clock}', which never runs where the action is offered", "extends")
        else:
            c.say("action", name, f"extends '{action.extends.clock}', which runs on the track '{track}': an action of that track must do it", "extends")
