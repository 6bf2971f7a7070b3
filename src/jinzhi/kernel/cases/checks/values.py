"""Values that are well formed: levels, stages, types, code lists, patterns, windows, counts (check 8)."""

from __future__ import annotations

import datetime as dt
import re

from jinzhi.kernel.cases.checks.context import Context
from jinzhi.kernel.cases.language import FIELD_TYPES, LEVELS

_PART = re.compile(r"\{([^}]*)\}")
_SIZED = re.compile(r"(\w+)(?::(\d+))?")
_BUILT_IN = ("org", "prov", "yy", "yyyy", "seq")
_DAY = re.compile(r"\d\d-\d\d")


def check(c: Context) -> None:
    _process(c)
    for name, state in c.d.state.items():
        if state.track == "main" and not state.closed and state.stage is None:
            c.say("state", name, "is an open main state and lacks 'stage' (prepare intake review field test decide issue perform follow)")
        if state.closed and state.track != "main":
            c.say("state", name, "is closed but not on the main track: a case ends on main only", "closed")
        if state.closed and state.duty:
            c.say("state", name, "is closed and gives a duty; nobody need act on a closed case", "duty")
    for name, track in c.d.track.items():
        least, most = track.lanes
        if not 0 <= least <= most or most < 1:
            c.say("track", name, f"lanes [{least}, {most}] is no range: least may not be above most, and most is 1 or more", "lanes")
        if name not in {s.track for s in c.d.state.values()}:
            c.say("track", name, "has no state; give it some or leave it out")
        if track.each in c.d.field and not c.d.field[track.each].many:
            c.say("track", name, f"opens a lane for each '{track.each}', which holds one value only; write many = true there", "each")
    _fields(c)
    for name, document in c.d.document.items():
        if document.number:
            _pattern(c, "document", name, "number", document.number, own=True)
        if document.valid and document.valid.endswith(("wd", "h")):
            c.say("document", name, "valid is counted in natural days, months or years", "valid")
    for name, window in c.d.window.items():
        _window(c, name, window.spans)
    for name, quota in c.d.quota.items():
        if quota.amount in c.d.field and c.d.field[quota.amount].type not in ("integer", "decimal", "money"):
            c.say("quota", name, f"amount names '{quota.amount}', which is no number; name an integer, decimal or money field", "amount")
    _counts(c)


def _process(c: Context) -> None:
    spec = c.d.process
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.\w+", spec.code):
        c.say("process", "code", f"'{spec.code}' is no code: write module.name")
    if not spec.owners:
        c.say("process", "owners", "is empty: no organisation could own a case")
    if not spec.basis:
        c.say("process", "basis", "is empty: name the laws or rules")
    state = c.d.state.get(spec.number.on)
    if state is not None and state.track != "main":
        c.say("process", "number", f"on names '{spec.number.on}', which is not on the main track")
    _pattern(c, "process", "number", "pattern", spec.number.pattern, own=False)


def _fields(c: Context) -> None:
    for name, field in c.d.field.items():
        if "." in field.type:
            pass  # a record: whether it is registered is asked with the functions
        elif field.type not in FIELD_TYPES:
            c.say("field", name, f"type '{field.type}' is unknown{c.near(field.type, FIELD_TYPES)}; write one of {' '.join(FIELD_TYPES)} or module.record", "type")
        if field.type == "code" and not field.list:
            c.say("field", name, "is a code and names no list of codes", "type")
        if field.list and field.type != "code":
            c.say("field", name, f"names a list of codes and is of type '{field.type}'; write type = \"code\"", "list")
        if isinstance(field.many, tuple) and not 0 <= field.many[0] <= field.many[1]:
            c.say("field", name, f"many [{field.many[0]}, {field.many[1]}] is no range", "many")
    _typed(c)


def _typed(c: Context) -> None:
    """Fields are of the type their use asks for."""
    uses: list[tuple[str, str, str, str, tuple[str, ...]]] = []
    uses += [("role", n, "party", r.party, ("party",)) for n, r in c.d.role.items()]
    uses += [("clock", n, "until", k.until, ("date", "moment")) for n, k in c.d.clock.items()]
    uses += [("clock", n, "since", k.since, ("date", "moment")) for n, k in c.d.clock.items()]
    uses += [("action", n, "assign", a.assign, ("person",)) for n, a in c.d.action.items()]
    uses += [("action", n, "hand", a.hand.field, ("org",)) for n, a in c.d.action.items() if a.hand]
    uses += [("action", n, "extends", a.extends.field, ("span", "date", "moment")) for n, a in c.d.action.items() if a.extends]
    uses += [("suspension", n, "told", x.told, ("integer", "date", "span")) for n, x in c.d.suspension.items()]
    for section, name, key, field, types in uses:
        if field in c.d.field and c.d.field[field].type not in types:
            c.say(section, name, f"{key} names '{field}', which is {c.a(c.d.field[field].type)}; it must be {c.a(' or '.join(types))}", key)


def _pattern(c: Context, section: str, name: str, key: str, pattern: str, own: bool) -> None:
    known = {*_BUILT_IN, *c.d.params, *c.d.field, *(("number", "copy") if own else ())}
    serials = 0
    for part in _PART.findall(pattern):
        found = _SIZED.fullmatch(part)
        if found is None or found[1] not in known:
            c.say(section, name, f"{key} has the part {{{part}}}, which is none of {{org}} {{prov}} {{yy}} {{yyyy}} {{seq}}, a param or a field{c.near(part, known)}", key)
        elif found[1] == "seq":
            serials += 1
    if serials != 1 and not (own and serials == 0 and "{number}" in pattern):
        c.say(section, name, f"{key} needs exactly one {{seq:n}}", key)


def _window(c: Context, name: str, spans: list[tuple[str, str]]) -> None:
    if not spans:
        c.say("window", name, "has no span: nothing could ever be taken in; write spans = [[\"03-01\", \"03-31\"]]", "spans")
    for first, last in spans:
        yearly = bool(_DAY.fullmatch(first)) and bool(_DAY.fullmatch(last))
        try:
            days = [dt.date.fromisoformat(f"2004-{day}" if yearly else day) for day in (first, last)]
        except ValueError:
            c.say("window", name, f"'{first}' to '{last}' is no span: write MM-DD to MM-DD, or YYYY-MM-DD to YYYY-MM-DD", "spans")
            continue
        if not yearly and days[0] > days[1]:
            c.say("window", name, f"'{first}' to '{last}' ends before it begins", "spans")


def _counts(c: Context) -> None:
    levels = ("owner", *LEVELS)
    for name, role in c.d.role.items():
        if role.level and role.level not in levels:
            c.say("role", name, f"level '{role.level}' is unknown{c.near(role.level, levels)}; write owner or one of {' '.join(LEVELS)}", "level")
        if role.level and role.party:
            c.say("role", name, "is a party and has a level: a party has none", "level")
    for name, action in c.d.action.items():
        if action.persons < 1:
            c.say("action", name, f"persons = {action.persons}: at least one person acts", "persons")
        if action.hand is None:
            continue
        chosen = [bool(action.hand.level), bool(action.hand.field), action.hand.back].count(True)
        if chosen != 1:
            c.say("action", name, "hand needs exactly one of level, field and back", "hand")
        if action.hand.level and action.hand.level not in LEVELS:
            c.say("action", name, f"hand.level '{action.hand.level}' is unknown{c.near(action.hand.level, LEVELS)}", "hand")
        if action.hand.at_most < 0 or (action.hand.at_most and action.hand.back):
            c.say("action", name, "hand.at_most bounds how often a lane goes on; it is 1 or more, and not with back", "hand")
