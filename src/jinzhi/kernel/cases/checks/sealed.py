"""Sealed fields stay sealed: asked for only by those who may see them, and in no list that others read (check 31)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, field in c.d.field.items():
        if not field.seen_by:
            continue
        themselves = {n for n, role in c.d.role.items() if role.party == name}
        for action_name, action in c.d.action.items():
            if name not in {f.rstrip("?") for f in action.asks}:
                continue
            for role in action.by:
                if role != "system" and role not in field.seen_by and role not in themselves:
                    c.say("action", action_name, f"asks for '{name}', which '{role}' may not see; add the role to seen_by or take the field out", "asks")
        if name in c.d.process.columns:
            c.say("process", "columns", f"'{name}' is not a fact that every reader of the queue may see; name a masked field instead")
        if "{" + name in c.d.process.number.pattern:
            c.say("process", "number", f"pattern shows '{name}', which is sealed")
