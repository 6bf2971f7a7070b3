"""No officer's duty without a clock on its lane or on the case, and no waiting on a party for ever (checks 24, 25)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    with_main: dict[str, set[str]] = {}
    for run in c.explored:
        for main, _, sides in run.configs:
            for lanes in sides:
                for lane, _ in lanes:
                    with_main.setdefault(lane, set()).add(main)
    for name, state in c.d.state.items():
        if not state.duty or state.closed:
            continue
        timed = any(name in c.graph.runs[k] for k in c.d.clock)
        if not timed and state.track != "main":
            timed = any(c.graph.runs[k] & with_main.get(name, set()) for k in c.d.clock)
        if c.staff(state.duty) and not timed:
            c.say("state", name, "asks an officer to act and no clock runs: give it a clock, of our own (basis = \"internal\") if no law sets one", "duty")
        if c.party(state.duty):
            officers = any(c.staff(b) for a in c.graph.doable[name] for b in c.d.action[a].by)
            ends = any(k.then and name in c.graph.runs[n] and name in c.d.action[k.then].source_states for n, k in c.d.clock.items())
            timed_by_party = any(name in c.graph.runs[n] for n, k in c.d.clock.items())
            if not officers and not ends and not timed_by_party:
                c.say("state", name, "waits on a party for ever: no clock with a then, no officer's way out", "duty")
