"""No idle roles, documents and fields: what nobody uses is a mistake or a leftover (check 30)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    d = c.d
    opening = {role.party for a in d.action.values() if not a.source_states for n, role in d.role.items() if n in a.by and role.party}
    for name, field in d.field.items():
        if not c.graph.asked[name] and not field.set_by and name not in opening:
            c.say("field", name, "is asked by no action and set by no effect")
    issued = {i for a in d.action.values() for i in a.issues}
    for name in d.document:
        if name not in issued:
            c.say("document", name, "is never issued")
    acting = {b for a in d.action.values() for b in a.by} | {r for x in d.document.values() for r in x.to} | {r for f in d.field.values() for r in f.seen_by}
    for name in d.role:
        if name not in acting:
            c.say("role", name, "does nothing in this process")
    for name, params in d.params.items():
        if isinstance(params, dict):
            c.say("params", name, "is a table; a param is a name, a number, a date, a duration or a list of these")
