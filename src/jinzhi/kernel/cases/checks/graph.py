"""A definition as a graph: who moves which track from where to where, and how far one can go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from jinzhi.kernel.cases.language import ActionSpec, Definition


@dataclass(frozen=True)
class Edge:
    """One step of one track: ``source`` is empty where an opening begins the case or a lane begins."""

    source: str
    target: str
    action: str


class Graph:
    """Needs a definition whose names resolve."""

    def __init__(self, definition: Definition) -> None:
        self.d = definition
        self._track = {name: state.track for name, state in definition.state.items()}

    @cached_property
    def tracks(self) -> dict[str, tuple[int, int, str]]:
        """Track → least and most lanes, field that opens one lane each."""
        return {"main": (1, 1, "")} | {n: (t.lanes[0], t.lanes[1], t.each) for n, t in self.d.track.items()}

    def track(self, state: str) -> str:
        return self._track[state]

    def track_of(self, action: ActionSpec) -> str:
        """The track an action belongs to; ``main`` for one that opens."""
        return self.track(action.source_states[0]) if action.source_states else "main"

    @cached_property
    def doable(self) -> dict[str, list[str]]:
        """State → actions offered there."""
        found: dict[str, list[str]] = {name: [] for name in self.d.state}
        for name, action in self.d.action.items():
            for state in action.source_states:
                found[state].append(name)
        return found

    @cached_property
    def final(self) -> set[str]:
        """States of side tracks that no action leaves: there a lane is finished."""
        left = {s for a in self.d.action.values() for t in a.to.values() if t for s in a.source_states if any(self.track(x) == self.track(s) for x in t)}
        moved = {e.source for edges in self.edges.values() for e in edges}
        return {n for n, s in self.d.state.items() if s.track != "main" and n not in left and n not in moved}

    def targets(self, action: ActionSpec) -> Iterator[str]:
        for names in action.to.values():
            yield from names

    def moves_lanes(self, action: ActionSpec, track: str) -> list[str]:
        """The states from which an action of another track moves lanes of this one; none where it begins lanes."""
        named = [s for s in action.needs if self.track(s) == track]
        if track == "main" and not named:
            return [n for n, s in self.d.state.items() if s.track == "main" and not s.closed]
        return named

    @cached_property
    def edges(self) -> dict[str, list[Edge]]:
        """Track → all steps of it, those made from other tracks included."""
        found: dict[str, list[Edge]] = {track: [] for track in self.tracks}
        for name, action in self.d.action.items():
            own = self.track_of(action)
            for target in self.targets(action):
                track = self.track(target)
                if not action.source_states and track == "main":
                    sources = [""]
                else:
                    sources = action.source_states if track == own else (self.moves_lanes(action, track) or [""])
                    if track not in (own, "main"):
                        sources = [*sources, ""] if "" not in sources else sources
                found[track] += [Edge(source, target, name) for source in sources]
        return found

    @cached_property
    def steps(self) -> dict[str, list[Edge]]:
        """State → steps that leave it."""
        found: dict[str, list[Edge]] = {name: [] for name in self.d.state}
        for edges in self.edges.values():
            for edge in edges:
                if edge.source:
                    found[edge.source].append(edge)
        return found

    def reach(self, starts: Iterable[str], until: Iterable[str] = ()) -> set[str]:
        """States of the track that can follow ``starts`` (these included), not going beyond ``until`` and not into it."""
        stop = set(until)
        seen = {s for s in starts if s not in stop}
        waiting = list(seen)
        while waiting:
            for edge in self.steps[waiting.pop()]:
                if edge.target not in seen and edge.target not in stop:
                    seen.add(edge.target)
                    waiting.append(edge.target)
        return seen

    def leads_to(self, goals: Iterable[str]) -> set[str]:
        """States from which one of ``goals`` can be reached on their track."""
        back: dict[str, set[str]] = {}
        for edges in self.edges.values():
            for edge in edges:
                if edge.source:
                    back.setdefault(edge.target, set()).add(edge.source)
        good = set(goals)
        waiting = list(good)
        while waiting:
            for source in back.get(waiting.pop(), ()):
                if source not in good:
                    good.add(source)
                    waiting.append(source)
        return good

    def stops(self, clock: str) -> set[str]:
        """States that stop a clock: its own, and those its ``then`` leads to."""
        spec = self.d.clock[clock]
        then = self.d.action.get(spec.then)
        return {*spec.stops, *(self.targets(then) if then else ())}

    @cached_property
    def runs(self) -> dict[str, set[str]]:
        """Clock → open states of its track in which it may be running."""
        found = {}
        for name, spec in self.d.clock.items():
            states = self.reach(spec.starts, self.stops(name) - set(spec.starts))
            found[name] = {s for s in states if not self.d.state[s].closed or s in spec.starts}
        return found

    @cached_property
    def asked(self) -> dict[str, set[str]]:
        """Field → actions that ask for it, as required or as optional."""
        found: dict[str, set[str]] = {name: set() for name in self.d.field}
        for name, action in self.d.action.items():
            for field in action.asks:
                found[field.rstrip("?")].add(name)
        return found

    def sets(self, field: str) -> set[str]:
        """Actions one of whose effects writes a field."""
        by = set(self.d.field[field].set_by)
        return {n for n, a in self.d.action.items() if by & set(a.effects)}

    @cached_property
    def known_at(self) -> dict[str, set[str]]:
        """State → fields asked on every road to it, whichever is taken: facts of the case and of the lane."""
        everything = set(self.d.field)
        known: dict[str, set[str]] = {name: set(everything) for name in self.d.state}
        changed = True
        while changed:
            changed = False
            for action in self.d.action.values():
                gives = {f.rstrip("?") for f in action.asks}
                before = [known[s] for s in action.source_states] or [set()]
                for target in self.targets(action):
                    track = self.track(target)
                    beside = []
                    if track != self.track_of(action) and (named := self.moves_lanes(action, track)):
                        beside = [set.intersection(*(known[s] for s in named))]
                    at_least = set.intersection(*before) | gives
                    for more in beside:
                        at_least |= more
                    if not known[target] <= at_least:
                        known[target] &= at_least
                        changed = True
        return known

    def has_before(self, field: str, action: str) -> bool:
        """Whether an action has a field when it is done: asked by it or on every road to it, or written by some effect."""
        spec = self.d.action[action]
        if field in {f.rstrip("?") for f in spec.asks} or self.sets(field):
            return True
        return bool(spec.source_states) and all(field in self.known_at[s] for s in spec.source_states)
