"""Every name in the file resolves (check 5)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    d = c.d
    for name, state in d.state.items():
        c.known("state", name, "track", "track", [state.track], {"main", *d.track})
        c.known("state", name, "duty", "role", [state.duty], d.role)
    _actions(c)
    for name, clock in d.clock.items():
        c.known("clock", name, "starts", "state", clock.starts, d.state)
        c.known("clock", name, "stops", "state", clock.stops, d.state)
        c.known("clock", name, "then", "action", [clock.then], d.action)
        c.known("clock", name, "until", "field", [clock.until], d.field)
        c.known("clock", name, "since", "field", [clock.since], d.field)
    for name, suspension in d.suspension.items():
        c.known("suspension", name, "while", "state", suspension.while_states, d.state)
        c.known("suspension", name, "clocks", "clock", suspension.clocks, d.clock)
        c.known("suspension", name, "notice", "document", [suspension.notice], d.document)
        c.known("suspension", name, "told", "field", [suspension.told], d.field)
    for name, track in d.track.items():
        c.known("track", name, "each", "field", [track.each], d.field)
    effects = {e for a in d.action.values() for e in a.effects}
    for name, role in d.role.items():
        c.known("role", name, "party", "field", [role.party], d.field)
    for name, field in d.field.items():
        c.known("field", name, "set_by", "effect", field.set_by, effects)
        c.known("field", name, "seen_by", "role", field.seen_by, d.role)
    for name, document in d.document.items():
        c.known("document", name, "to", "role", document.to, d.role)
        c.known("document", name, "signed_by", "action", document.signed_by, d.action)
    for name, child in d.child.items():
        c.known("child", name, "returns", "action", [child.returns], d.action)
        c.known("child", name, "apart_from", "action", child.apart_from, d.action)
    for name, quota in d.quota.items():
        c.known("quota", name, "key", "field", quota.key, d.field)
        c.known("quota", name, "amount", "field", [quota.amount], d.field)
    c.known("process", "columns", "columns", "field", d.process.columns, d.field)
    c.known("process", "subject", "subject", "field", [d.process.subject], d.field)
    c.known("process", "number", "number.on", "state", [d.process.number.on], d.state)


def _actions(c: Context) -> None:
    d = c.d
    for name, action in d.action.items():
        c.known("action", name, "by", "role", action.by, {*d.role, "system"})
        c.known("action", name, "from", "state", action.source_states, d.state)
        c.known("action", name, "to", "state", [s for names in action.to.values() for s in names], d.state)
        c.known("action", name, "needs", "state", action.needs, d.state)
        c.known("action", name, "asks", "field", [f.rstrip("?") for f in action.asks], d.field)
        c.known("action", name, "apart_from", "action", action.apart_from, d.action)
        c.known("action", name, "issues", "document", action.issues, d.document)
        c.known("action", name, "assign", "field", [action.assign], d.field)
        c.known("action", name, "opens", "child", action.opens, d.child)
        c.known("action", name, "within", "window", [action.within], d.window)
        c.known("action", name, "takes", "quota", [action.takes], d.quota)
        c.known("action", name, "gives_back", "quota", [action.gives_back], d.quota)
        if action.hand:
            c.known("action", name, "hand", "field", [action.hand.field], d.field)
        if action.extends:
            c.known("action", name, "extends", "clock", [action.extends.clock], d.clock)
            c.known("action", name, "extends", "field", [action.extends.field], d.field)
