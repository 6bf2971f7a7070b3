"""What proves a definition sound before it is stored: a file that cannot work is refused, with place and reason."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from jinzhi.kernel.cases.language import FIELD_TYPES, Definition, DefinitionError, Places, Problem
from jinzhi.kernel.modules import modules

_HAN = re.compile(r"[\u4e00-\u9fff]")


def check(definition: Definition, places: Places | None = None) -> None:
    """Raises DefinitionError with every problem found."""
    found = _Checker(definition, places or Places())
    found.run()
    if found.problems:
        raise DefinitionError(found.problems)


class _Checker:
    def __init__(self, definition: Definition, places: Places) -> None:
        self.d, self.places = definition, places
        self.problems: list[Problem] = []

    def say(self, section: str, name: str, sentence: str) -> None:
        self.problems.append(self.places.problem(section, name, sentence))

    def known(self, section: str, name: str, what: str, names: Iterable[str], pool: Iterable[str]) -> bool:
        pool = set(pool)
        fine = True
        for item in names:
            if item and item not in pool:
                near = difflib.get_close_matches(item, pool, 1)
                self.say(section, name, f"{what} '{item}' does not exist" + (f" ({near[0]}?)" if near else ""))
                fine = False
        return fine

    def run(self) -> None:
        self.titles()
        self.names()
        if not self.problems:  # the rest walks the graph and needs names that resolve
            self.functions()
            self.roads()
            self.duties()
            self.clocks()
            self.idle()

    def titles(self) -> None:
        d = self.d
        sections: dict[str, dict[str, Any]] = {
            "role": d.role, "track": d.track, "state": d.state, "action": d.action, "clock": d.clock, "suspension": d.suspension, "field": d.field,
            "document": d.document,
        }  # fmt: skip
        for section, entries in sections.items():
            seen: dict[str, str] = {}
            for name, entry in entries.items():
                if not _HAN.search(entry.zh):
                    self.say(section, name, "zh title has no Chinese")
                if not entry.en or _HAN.search(entry.en):
                    self.say(section, name, "en title is empty or has Chinese")
                if section == "state" and entry.zh in seen:
                    self.say(section, name, f"shares the zh title {entry.zh} with '{seen[entry.zh]}'")
                seen[entry.zh] = name

    def names(self) -> None:
        d = self.d
        tracks = {"main", *d.track}
        for name, state in d.state.items():
            self.known("state", name, "track", [state.track], tracks)
            self.known("state", name, "role", [state.duty], d.role)
            if state.track == "main" and not state.closed and state.stage is None:
                self.say("state", name, "is an open main state and lacks 'stage'")
            if state.closed and state.track != "main":
                self.say("state", name, "is closed but not on the main track")
        for name, action in d.action.items():
            self.known("action", name, "role", action.by, {*d.role, "system"})
            self.known("action", name, "state", action.source_states, d.state)
            self.known("action", name, "state", [s for names in action.to.values() for s in names], d.state)
            self.known("action", name, "state", action.needs, d.state)
            self.known("action", name, "field", [f.rstrip("?") for f in action.asks], d.field)
            self.known("action", name, "action", action.apart_from, d.action)
            self.known("action", name, "document", action.issues, d.document)
            self.known("action", name, "field", [action.assign, action.hand.field if action.hand else ""], d.field)
            if action.decide and "" in action.to:
                self.say("action", name, "decides, so 'to' must be a table of outcomes")
            if not action.decide and action.to and "" not in action.to:
                self.say("action", name, "has outcomes in 'to' and no 'decide'")
            if not (action.to or action.asks or action.effects or action.issues):
                self.say("action", name, "does nothing")
        for name, clock in d.clock.items():
            self.known("clock", name, "state", [*clock.starts, *clock.stops], d.state)
            self.known("clock", name, "action", [clock.then], d.action)
            self.known("clock", name, "field", [clock.until], d.field)
            if (clock.limit is None) == (not clock.until):
                self.say("clock", name, "needs either 'limit' or 'until'")
        for name, suspension in d.suspension.items():
            self.known("suspension", name, "state", suspension.while_states, d.state)
            self.known("suspension", name, "clock", suspension.clocks, d.clock)
            if self.known("suspension", name, "field", [suspension.told], d.field) and suspension.told and d.field[suspension.told].type not in (
                "integer", "date", "span",
            ):
                self.say("suspension", name, f"told '{suspension.told}' must be an integer (working days), a date or a span")
        for name, track in d.track.items():
            self.known("track", name, "field", [track.each], d.field)
        for name, field in d.field.items():
            if "." not in field.type and field.type not in FIELD_TYPES:
                self.say("field", name, f"type '{field.type}' is unknown")
            self.known("field", name, "effect", field.set_by, {e for a in d.action.values() for e in a.effects})
        for name, document in d.document.items():
            self.known("document", name, "role", document.to, d.role)
            self.known("document", name, "action", document.signed_by, d.action)
            if document.valid and document.valid.endswith(("wd", "h")):
                self.say("document", name, "valid is counted in natural days, months or years")
        self.known("process", "columns", "field", d.process.columns, d.field)
        self.known("process", "subject", "field", [d.process.subject], d.field)
        self.known("process", "number", "state", [d.process.number.on], d.state)
        if d.process.number.pattern.count("{seq") != 1:
            self.say("process", "number", "pattern needs exactly one {seq:n}")

    def functions(self) -> None:
        guards: set[str] = set()
        deciders: set[str] = set()
        effects: set[str] = set()
        sources: set[str] = {"at_once"}
        records: set[str] = set()
        kinds: set[str] = set()
        for module in modules():
            guards |= set(module.guards)
            deciders |= set(module.deciders)
            effects |= set(module.effects)
            sources |= set(module.sources)
            records |= set(module.records)
            kinds |= {k.code for k in module.documents}
        for name, action in self.d.action.items():
            self.known("action", name, "guard", action.guards, guards)
            self.known("action", name, "decider", [action.decide], deciders)
            self.known("action", name, "effect", action.effects, effects)
            self.known("action", name, "source", [action.source], sources)
            if action.source == "at_once" and action.guards:
                self.say("action", name, "happens at once and may have no guard")
        for name, field in self.d.field.items():
            if "." in field.type:
                self.known("field", name, "record type", [field.type], records)
        self.known("document", "*", "document kind", self.d.document, kinds)

    def roads(self) -> None:
        d = self.d
        targets = {s for a in d.action.values() for names in a.to.values() for s in names}
        for name in d.state:
            if name not in targets:
                self.say("state", name, "cannot be reached")
        for name, action in d.action.items():
            tracks = {d.state[s].track for s in action.source_states}
            if len(tracks) > 1:
                self.say("action", name, f"from names states of several tracks: {', '.join(sorted(tracks))}")
            for names in action.to.values():
                on = [d.state[s].track for s in names]
                if len(on) != len(set(on)):
                    self.say("action", name, "leads to two states of one track")
        opening = [a for a in d.action.values() if not a.source_states]
        if not opening:
            self.say("process", "code", "no action opens a case (from = [])")
        back: dict[str, set[str]] = {}
        for action in d.action.values():
            sources = action.source_states or ["*"]
            if d.state.get(sources[0]) is not None and d.state[sources[0]].track != "main":
                sources = [s for s in action.needs if d.state[s].track == "main"] or [s for s in d.state if d.state[s].track == "main"]
            for names in action.to.values():
                for target in names:
                    if d.state[target].track == "main":
                        for source in sources:
                            back.setdefault(target, set()).add(source)
        good = {n for n, s in d.state.items() if s.closed}
        waiting = list(good)
        while waiting:
            for source in back.get(waiting.pop(), ()):
                if source not in good:
                    good.add(source)
                    waiting.append(source)
        for name, state in d.state.items():
            if state.track == "main" and name not in good:
                self.say("state", name, "has no way to an end")
        self.circles()

    def circles(self) -> None:
        d = self.d
        once = {n: a for n, a in d.action.items() if a.source == "at_once"}
        edges = {s: {t for a in once.values() if s in a.source_states for names in a.to.values() for t in names} for s in d.state}
        for start, targets in edges.items():
            seen, waiting = set(), list(targets)
            while waiting:
                state = waiting.pop()
                if state == start:
                    self.say("state", start, "at-once actions run in a circle")
                    break
                if state not in seen:
                    seen.add(state)
                    waiting += edges.get(state, ())

    def duties(self) -> None:
        d = self.d
        for name, state in d.state.items():
            doable = [a for a in d.action.values() if name in a.source_states]
            if state.duty and not any(state.duty in a.by for a in doable):
                self.say("state", name, f"gives a duty to '{state.duty}', who can do nothing there")
            if not state.duty and not state.closed and state.track == "main" and not any("system" in a.by for a in doable):
                self.say("state", name, "has no duty and no system action leaves it")
        set_off = {c.then for c in d.clock.values()}
        for name, action in d.action.items():
            if action.by == ["system"] and not action.source and name not in set_off:
                self.say("action", name, "is done by the system and nothing sets it off (source, or a clock's then)")
            if action.source and action.by != ["system"]:
                self.say("action", name, "has a source but is not done by the system alone")
            if "system" in [b for other in action.apart_from for b in d.action[other].by]:
                self.say("action", name, "apart_from names an act of the system, who is no person")
            if action.persons > 1 and any(d.role[b].party for b in action.by if b in d.role):
                self.say("action", name, "persons asks officers, not parties")

    def clocks(self) -> None:
        d = self.d
        for name, clock in d.clock.items():
            tracks = {d.state[s].track for s in [*clock.starts, *clock.stops]}
            if len(tracks) > 1:
                self.say("clock", name, "starts and stops on several tracks")
            if set(clock.starts) & set(clock.stops):
                self.say("clock", name, "starts and stops in the same state")
            if clock.then and d.action[clock.then].by != ["system"]:
                self.say("clock", name, f"then names '{clock.then}', which the system does not do")
        timed = {s for c in d.clock.values() for s in c.starts}
        for name, state in d.state.items():
            role = d.role.get(state.duty)
            waits_for_party = role is not None and bool(role.party) and not state.closed
            ways_out = [a for a in d.action.values() if name in a.source_states]
            officers = any(b in d.role and not d.role[b].party for a in ways_out for b in a.by)
            ends = any(c.then and name in d.action[c.then].source_states for c in d.clock.values())
            if waits_for_party and name not in timed and not officers and not ends:
                self.say("state", name, "waits on a party for ever: no clock with a then, no officer's way out")

    def idle(self) -> None:
        d = self.d
        asked = {f.rstrip("?") for a in d.action.values() for f in a.asks}
        used = asked | {r.party for r in d.role.values()} | {t.each for t in d.track.values()}
        for name, field in d.field.items():
            if name not in used and not field.set_by:
                self.say("field", name, "is asked by no action and set by no effect")
        issued = {i for a in d.action.values() for i in a.issues}
        for name in d.document:
            if name not in issued:
                self.say("document", name, "is never issued")
        acting = {b for a in d.action.values() for b in a.by}
        for name in d.role:
            if name not in acting:
                self.say("role", name, "does nothing in this process")
