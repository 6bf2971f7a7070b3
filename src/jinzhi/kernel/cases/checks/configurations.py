"""Exploration: every configuration a case can come to, with at most two lanes a track.

A configuration is the main track's state and the lanes of the other tracks. Guards may let through or refuse, deciders may say any of
their outcomes; what happens at once happens before anything else. Where the tracks together have more than
``ALL_TOGETHER`` configurations, the main track is explored with every two tracks that some action names together; what lies on the others counts as met. What
three side tracks can do to each other only together is then not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from jinzhi.kernel.cases.checks.graph import Graph
from jinzhi.kernel.cases.language import ActionSpec, Definition

LIMIT = 12_000
ALL_TOGETHER = 6_000
LANES = 2

Lane = tuple[str, tuple[str, ...]]
Config = tuple[str, frozenset[str], tuple[tuple[Lane, ...], ...]]
"""Main state, ``once`` actions used on it, and for each side track its lanes (state, ``once`` actions used in it), sorted.

Once-only actions are kept account of only where it matters: see ``Explorer.stuck``.
"""

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """An action as the exploration sees it."""

    name: str
    track: str
    sources: frozenset[str]
    needs: tuple[tuple[int, frozenset[str], int], ...]
    main_needs: frozenset[str]
    outcomes: tuple[tuple[str, ...], ...]
    urgent: bool
    once: bool
    least_new: int
    moves: frozenset[str]
    simple: bool
    still: bool


@dataclass
class Explored:
    """What a run of the exploration found."""

    tracks: tuple[str, ...]
    configs: dict[Config, tuple[Config | None, str]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    back: dict[Config, list[tuple[Config, str]]] = field(default_factory=dict)
    moving: set[Config] = field(default_factory=set)

    def road(self, config: Config) -> list[str]:
        """Actions that lead to a configuration, from the opening."""
        names: list[str] = []
        at: Config | None = config
        while at is not None:
            before, name = self.configs[at]
            names.append(name)
            at = before
        return names[::-1]

    def words(self, config: Config) -> str:
        """``main 'inspecting', inspection 'lost' 'inspected'``."""
        main, _, sides = config
        parts = [f"main '{main}'"]
        parts += [f"{track} " + " ".join(f"'{s}'" for s, _ in lanes) for track, lanes in zip(self.tracks, sides, strict=True) if lanes]
        return ", ".join(parts)


class TooMany(Exception):
    """More configurations than the limit."""


class Explorer:
    """Explores one definition whose names resolve and whose roads are sound."""

    def __init__(self, definition: Definition, graph: Graph | None = None) -> None:
        self.d, self.graph = definition, graph or Graph(definition)
        self.closed = frozenset(n for n, s in definition.state.items() if s.closed)

    def steps(self, tracks: tuple[str, ...]) -> list[Step]:
        """The actions as seen on these side tracks; what lies on others is left out, and needs there count as met."""
        place = {track: i for i, track in enumerate(tracks)}
        found = []
        for name, a in self.d.action.items():
            needs: dict[str, set[str]] = {}
            for state in a.needs:
                needs.setdefault(self.graph.track(state), set()).add(state)
            own = self.graph.track_of(a)
            outside = own != "main" and own not in place
            asks_optional = {f[:-1] for f in a.asks if f.endswith("?")}
            begun = {self.graph.tracks[self.graph.track(t)][2] for t in self.graph.targets(a)} - {""}
            outcomes = tuple(
                dict.fromkeys(tuple(t for t in names if self.graph.track(t) == "main" or self.graph.track(t) in place) for names in a.to.values())
            ) or ((),)
            found.append(
                Step(
                    name=name,
                    track=own,
                    sources=frozenset(a.source_states),
                    needs=tuple((place[t], frozenset(s), self.graph.tracks[t][0]) for t, s in needs.items() if t in place),
                    main_needs=frozenset(needs.get("main", ())),
                    outcomes=outcomes,
                    urgent=a.source == "at_once" and not outside and all(t == "main" or t in place for t in needs),
                    once=a.once,
                    least_new=0 if begun & asks_optional else 1,
                    moves=frozenset(needs),
                    still=not any(outcomes) and bool(a.source_states),
                    simple=all(len(o) <= 1 and all(self.graph.track(t) == "main" for t in o) for o in outcomes),
                )
            )
        return found

    def explore(self, tracks: Sequence[str], once: frozenset[str] = NONE, limit: int = LIMIT) -> Explored:
        """Everything reachable on the main track and these. Raises TooMany."""
        tracks = tuple(tracks)
        found = Explored(tracks)
        steps = self.steps(tracks)
        by_state: dict[str, list[Step]] = {}
        free = []
        resting: dict[str, list[Step]] = {}
        for step in steps:
            if step.still and step.name not in once:
                for state in step.sources if step.track == "main" or step.track in tracks else [""]:
                    resting.setdefault(state, []).append(step)
                continue
            if step.track != "main" and step.track not in tracks:
                free.append(step)
                continue
            for state in step.sources:
                by_state.setdefault(state, []).append(step)
        waiting: list[Config] = []

        def reach(config: Config, before: Config | None, name: str) -> None:
            if config not in found.configs:
                if len(found.configs) >= limit:
                    raise TooMany
                found.configs[config] = (before, name)
                waiting.append(config)

        empty: Config = ("", NONE, tuple(() for _ in tracks))
        for step in steps:
            if not step.sources:
                for config in self._after(step, empty, tracks, -1, None, once):
                    if config[0]:
                        found.done.add(step.name)
                        reach(config, None, step.name)
        at = 0
        while at < len(waiting):
            config = waiting[at]
            at += 1
            for state in ("", config[0], *(lane[0] for lanes in config[2] for lane in lanes)) if resting else ():
                if state in resting:  # what moves nothing is asked only until it was done once
                    found.done |= {s.name for s in resting[state] if self._met(s, config) and (state == config[0] or config[0] not in self.closed)}
                    resting[state] = [s for s in resting[state] if s.name not in found.done]
                    if not resting[state]:
                        del resting[state]
            for step, after in self._successors(config, tracks, by_state, free, once):
                found.done.add(step.name)
                if after != config:
                    found.moving.add(config)
                    found.back.setdefault(after, []).append((config, step.name))
                    reach(after, config, step.name)
        return found

    def _successors(
        self, config: Config, tracks: tuple[str, ...], by_state: dict[str, list[Step]], free: list[Step], once: frozenset[str]
    ) -> Iterator[tuple[Step, Config]]:
        main, used, sides = config
        offered: list[tuple[Step, int, Lane | None]] = [(s, -1, None) for s in by_state.get(main, ()) if s.name not in used and self._met(s, config)]
        if main not in self.closed:
            for place, lanes in enumerate(sides):
                for one in dict.fromkeys(lanes):
                    offered += [(s, place, one) for s in by_state.get(one[0], ()) if s.name not in one[1] and self._met(s, config)]
            offered += [(s, -1, None) for s in free if self._met(s, config)]
        urgent = [o for o in offered if o[0].urgent]
        for step, place, lane in urgent or offered:
            for after in self._after(step, config, tracks, place, lane, once):
                yield step, after

    def _met(self, step: Step, config: Config) -> bool:
        if step.main_needs and config[0] not in step.main_needs:
            return False
        for place, states, least in step.needs:
            lanes = config[2][place]
            if len(lanes) < min(least, LANES) or any(lane[0] not in states for lane in lanes):
                return False
        return True

    def _after(self, step: Step, config: Config, tracks: tuple[str, ...], place: int, lane: Lane | None, once: frozenset[str]) -> Iterator[Config]:
        """The configurations an action leads to, one for each outcome and each number of lanes begun."""
        main, used, sides = config
        if place < 0 and not once and step.simple:  # by far the most: one state of the main track, or none
            for names in step.outcomes:
                yield names[0] if names else main, used, sides
            return
        for names in step.outcomes:
            now = [(main, used | {step.name} if place < 0 and step.name in once else used, [list(lanes) for lanes in sides])]
            if lane is not None and step.name in once:
                now[0][2][place][now[0][2][place].index(lane)] = (lane[0], (*lane[1], step.name))
            after = (lane[0], (*lane[1], step.name)) if lane is not None and step.name in once else lane
            for name in names:
                track = self.graph.track(name)
                if track == "main":
                    now = [(name, u, s) for _, u, s in now]
                elif lane is not None and after is not None and track == step.track:
                    for _, _, s in now:
                        s[place][s[place].index(after)] = (name, after[1])
                else:
                    now = self._beside(step, now, tracks.index(track), track, name)
            for main_after, used_after, lanes_after in now:
                yield main_after, used_after, tuple(tuple(sorted(lanes)) if len(lanes) > 1 else tuple(lanes) for lanes in lanes_after)

    def _beside(self, step: Step, now: list[tuple[str, frozenset[str], list[list[Lane]]]], place: int, track: str, name: str) -> list[tuple[str, frozenset[str], list[list[Lane]]]]:
        """A state of another track: one of its lanes is moved where ``needs`` says from where, else lanes begin; a full track refuses."""
        _, most, each = self.graph.tracks[track]
        found = []
        for main, used, lanes in now:
            there = lanes[place]
            if track in step.moves and there:
                for moved in dict.fromkeys(there):
                    rest = list(there)
                    rest[rest.index(moved)] = (name, moved[1])
                    found.append((main, used, [rest if i == place else list(x) for i, x in enumerate(lanes)]))
                continue
            room = min(most, LANES) - len(there)
            found += [
                (main, used, [[*x, *[(name, ())] * new] if i == place else list(x) for i, x in enumerate(lanes)])
                for new in range(step.least_new if each else 1, (LANES if each else 1) + 1)
                if new <= room
            ]
        return found

    def _named(self, action: ActionSpec) -> set[str]:
        """The tracks an action lies on, needs or moves."""
        return {self.graph.track(s) for s in (*action.source_states, *action.needs, *self.graph.targets(action))}

    def closing(self, found: Explored, without: frozenset[str] = NONE) -> set[Config]:
        """Configurations from which the case can close, not using the actions ``without``."""
        good = {c for c in found.configs if c[0] in self.closed}
        waiting = list(good)
        while waiting:
            for before, name in found.back.get(waiting.pop(), ()):
                if before not in good and name not in without:
                    good.add(before)
                    waiting.append(before)
        return good

    def stuck(self, found: Explored, limit: int = LIMIT) -> tuple[Explored, list[Config]]:
        """Configurations that can never close, those reached first at the front. ``once`` is kept account of where it matters."""
        moving = frozenset(n for n, a in self.d.action.items() if a.once and a.to)
        good = self.closing(found, moving)
        if len(good) < len(found.configs) and moving:
            bad = {c for c in found.configs if c not in good}
            matter = frozenset(n for steps in found.back.values() for c, n in steps if c in bad and n in moving)
            if matter:
                found = self.explore(found.tracks, matter, limit * 2)
            good = self.closing(found)
        return found, [c for c in found.configs if c not in good]

    def runs(self, limit: int = LIMIT) -> Iterator[Explored]:
        """All tracks together; where that is too much, the main track with every two that some action names together, and each alone."""
        sides = tuple(self.d.track)
        try:
            yield self.explore(sides, limit=min(limit, ALL_TOGETHER))
            return
        except TooMany:
            pass
        seen: set[str] = set()
        together = {pair for a in self.d.action.values() for pair in combinations([t for t in sides if t in self._named(a)], 2)}
        for pair in sorted(together, key=lambda p: (sides.index(p[0]), sides.index(p[1]))):
            try:
                yield self.explore(pair, limit=limit)
                seen |= set(pair)
            except TooMany:
                continue
        for side in sides:
            if side not in seen:
                yield self.explore((side,), limit=limit * 4)

