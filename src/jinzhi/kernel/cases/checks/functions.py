"""Functions, records, code lists and document kinds exist; deciders declare their outcomes (checks 6, 7)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, action in c.d.action.items():
        _function(c, "action", name, "guards", "guard", action.guards)
        _function(c, "action", name, "decide", "decider", [action.decide] if action.decide else [])
        _function(c, "action", name, "effects", "effect", action.effects)
        _function(c, "action", name, "source", "source", [action.source] if action.source not in ("", "at_once") else [])
        _outcomes(c, name)
    for name, child in c.d.child.items():
        _function(c, "child", name, "brief", "brief", [child.brief])
    for name, field in c.d.field.items():
        if "." in field.type:
            c.known("field", name, "type", "record", [field.type], c.offered.records)
        if field.list:
            c.known("field", name, "list", "code list", [field.list], c.offered.lists)
    for name in c.d.document:
        kind = c.offered.documents.get(name)
        if kind is None:
            c.say("document", name, f"is no document kind of any module{c.near(name, c.offered.documents)}; register one with its content and template")
        elif not kind.template.exists():
            c.say("document", name, f"has the template {kind.template.name}, which does not exist; write it or name another")


def _function(c: Context, section: str, name: str, key: str, kind: str, names: list[str]) -> None:
    for function in names:
        kinds = [k for k, offered in c.offered.functions.items() if function in offered]
        if kind not in kinds:
            if kinds:
                c.say(section, name, f"{key} names '{function}', which is {c.a(kinds[0])} and no {kind}", key)
            else:
                c.say(section, name, f"{key}: the {kind} '{function}' has no function{c.near(function, c.offered.functions[kind])}", key)
        elif len(kinds) > 1:
            c.say(section, name, f"'{function}' is registered as {' and '.join(kinds)}; give each kind a name of its own", key)


def _outcomes(c: Context, name: str) -> None:
    action = c.d.action[name]
    if action.decide and "" in action.to:
        c.say("action", name, "decides, so 'to' must be a table of outcomes", "to")
        return
    if not action.decide:
        if action.to and "" not in action.to:
            c.say("action", name, "has outcomes in 'to' and no 'decide'", "to")
        return
    function = c.offered.functions["decider"].get(action.decide)
    if function is None:
        return
    declared = getattr(function, "outcomes", None)
    if declared is None:
        c.say("action", name, f"the decider '{action.decide}' does not say its outcomes; write @outcomes(…) on the function", "decide")
        return
    if len(declared) < 2:
        c.say("action", name, f"the decider '{action.decide}' has one outcome; then nothing is decided: leave decide out", "decide")
    for missing in [o for o in declared if o not in action.to]:
        c.say("action", name, f"to lacks the outcome '{missing}' of {action.decide}", "to")
    for extra in [o for o in action.to if o not in declared]:
        c.say("action", name, f"to has the outcome '{extra}', which {action.decide} never gives{c.near(extra, declared)}", "to")
