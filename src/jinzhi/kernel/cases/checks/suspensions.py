"""Suspensions stop clocks that run there, and the party is told where a notice is named (check 26)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, suspension in c.d.suspension.items():
        if not suspension.while_states or not suspension.clocks:
            c.say("suspension", name, "needs the states it holds in (while) and the clocks that stand still (clocks)")
            continue
        tracks = {c.graph.track(s) for s in suspension.while_states}
        if len(tracks) > 1:
            c.say("suspension", name, f"while names states of several tracks: {', '.join(sorted(tracks))}; write one suspension for each", "while")
        for clock in suspension.clocks:
            own = c.graph.track(c.d.clock[clock].starts[0]) if c.d.clock[clock].starts else ""
            for state in suspension.while_states:
                if c.graph.track(state) == own and state not in c.graph.runs[clock]:
                    c.say("suspension", name, f"stops clock '{clock}' in '{state}', where it never runs", "clocks")
        entering = [n for n, a in c.d.action.items() if set(suspension.while_states) & set(c.graph.targets(a))]
        for action in entering:
            if suspension.told and not c.graph.has_before(suspension.told, action):
                c.say("suspension", name, f"told is counted from '{suspension.told}', and '{action}' enters it without asking for it", "told")
        if suspension.notice and not _told(c, name):
            c.say("suspension", name, f"notice '{suspension.notice}' is issued by no action into or inside its states", "notice")


def _told(c: Context, name: str) -> bool:
    suspension = c.d.suspension[name]
    inside = set(suspension.while_states)
    return any(
        suspension.notice in a.issues and (inside & set(c.graph.targets(a)) or (a.source_states and set(a.source_states) <= inside))
        for a in c.d.action.values()
    )
