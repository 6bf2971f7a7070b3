"""Windows and quotas are used, and what is given back was taken."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    within = {a.within for a in c.d.action.values()}
    for name in c.d.window:
        if name not in within:
            c.say("window", name, "is used by no action (within)")
    taken = {a.takes for a in c.d.action.values()}
    given = {a.gives_back for a in c.d.action.values()}
    for name in c.d.quota:
        if name not in taken:
            c.say("quota", name, "is given back and never taken (takes)" if name in given else "is used by no action (takes)")
