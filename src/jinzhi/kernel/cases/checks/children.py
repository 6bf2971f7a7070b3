"""Children: the start opens and is open to the system, and what comes back can be taken (check 33)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, child in c.d.child.items():
        openers = {n: a for n, a in c.d.action.items() if name in a.opens}
        if not openers:
            c.say("child", name, "is opened by no action (opens)")
        _start(c, name)
        for other in child.apart_from:
            if c.d.action[other].by == ["system"]:
                c.say("child", name, f"apart_from names an act of the system, '{other}'", "apart_from")
        if not child.returns:
            continue
        back = c.d.action[child.returns]
        if "system" not in back.by:
            c.say("child", name, f"returns '{child.returns}', which the system does not do", "returns")
            continue
        if required := [f for f in back.asks if not f.endswith("?")]:
            c.say("child", name, f"returns '{child.returns}', which asks for '{required[0]}': nobody is there to say it", "returns")
        track = c.graph.track_of(back)
        for opener, action in openers.items():
            stays = action.source_states if c.graph.track_of(action) == track else []
            starts = [t for t in c.graph.targets(action) if c.graph.track(t) == track] or stays or [n for n, s in c.d.state.items() if s.track == track]
            if not c.graph.reach(starts) & set(back.source_states):
                c.say("child", name, f"returns '{child.returns}', which cannot be done after '{opener}'", "returns")


def _start(c: Context, name: str) -> None:
    child = c.d.child[name]
    others = {c.d.process.code: c.d} if c.others is None else {**c.others, c.d.process.code: c.d}
    process = others.get(child.process)
    if process is None:
        if c.others is not None:
            c.say("child", name, f"process '{child.process}' is no process of any module{c.near(child.process, others)}", "process")
        return
    start = process.action.get(child.start)
    if start is None:
        c.say("child", name, f"start names the action '{child.start}', which '{child.process}' has not{c.near(child.start, process.action)}", "start")
    elif start.source_states:
        c.say("child", name, f"start '{child.start}' does not open a case of '{child.process}'", "start")
    elif "system" not in start.by:
        c.say("child", name, f"start '{child.start}' is not open to the system: add \"system\" to its by in '{child.process}'", "start")
