"""Acts of the platform: what leaves states nobody need act in, and what sets them off (checks 14, 15)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    d = c.d
    for name, state in d.state.items():
        if state.duty or state.closed or state.track != "main":
            continue
        if not any("system" in d.action[a].by for a in c.graph.doable[name]):
            beside = {a for a, spec in d.action.items() if name in spec.needs and "system" in spec.by}
            if not beside:
                c.say("state", name, "has no duty and no system action leaves it: give it a duty, or an action of the system")
    set_off = {k.then for k in d.clock.values()} | {child.returns for child in d.child.values()}
    started = {child.start for child in d.child.values() if child.process == d.process.code}
    for name, action in d.action.items():
        if action.by == ["system"] and not action.source and name not in set_off and name not in started and action.source_states:
            c.say("action", name, "is done by the system and nothing sets it off (source, a clock's then, a child's returns or start)", "by")
        if action.source and "system" not in action.by:
            c.say("action", name, "has a source and is not done by the system", "source")
        if action.source == "at_once" and action.by != ["system"]:
            c.say("action", name, "happens at once and is done by the system alone", "by")
        if action.source == "at_once" and (required := [f for f in action.asks if not f.endswith("?")]):
            c.say("action", name, f"happens at once and asks for '{required[0]}': nobody is there to say it", "asks")
