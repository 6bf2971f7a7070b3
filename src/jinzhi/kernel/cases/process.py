"""A process as the engine uses it: a definition compiled once, everything looked up by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from jinzhi.kernel.cases.language import (
    CLASSIFICATIONS,
    ChildSpec,
    Definition,
    DocumentSpec,
    FieldSpec,
    QuotaSpec,
    SuspensionSpec,
    WindowSpec,
)
from jinzhi.kernel.cases.stages import STAGES
from jinzhi.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    title: Text
    party: str
    level: str


@dataclass(frozen=True, slots=True)
class State:
    name: str
    title: Text
    track: str
    stage: str
    duty: str
    closed: bool
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    suspends: tuple[str, ...]
    final: bool


@dataclass(frozen=True)
class Action:
    name: str
    title: Text
    by: tuple[str, ...]
    sources: frozenset[str]
    track: str
    to: dict[str, tuple[str, ...]]
    decide: str
    needs: dict[str, frozenset[str]]
    source: str
    asks: tuple[tuple[str, bool], ...]
    guards: tuple[str, ...]
    effects: tuple[str, ...]
    issues: tuple[str, ...]
    hand_level: str
    hand_field: str
    hand_back: bool
    assign: str
    persons: int
    apart: frozenset[str]
    once: bool
    opens: tuple[str, ...] = ()
    extends: str = ""
    extends_by: str = ""
    extends_field: str = ""
    within: str = ""
    takes: str = ""
    gives_back: str = ""
    hand_at_most: int = 0

    @property
    def opens_case(self) -> bool:
        return not self.sources

    @property
    def by_system(self) -> bool:
        return self.by == ("system",)


@dataclass(frozen=True, slots=True)
class ClockRule:
    name: str
    title: Text
    basis: str
    binds: str
    limit: str
    until: str
    then: str
    remind: tuple[str, ...]
    track: str
    since: str = ""
    earliest: str = ""


class Clocks(dict[str, ClockRule]):
    """The limits a process names; a stage's own limit (``~review``), which the authority sets beside the process, is found too."""

    def __missing__(self, name: str) -> ClockRule:
        if not name.startswith("~"):
            raise KeyError(name)
        return ClockRule(name, STAGES.get(name[1:], Text(name[1:], name[1:])), "internal", "stage", "", "", "", (), "main")


@dataclass
class Process:
    """One immutable version of a process."""

    id: int
    code: str
    title: Text
    hash: str
    effective: str
    definition: Definition
    roles: dict[str, Role]
    states: dict[str, State]
    actions: dict[str, Action]
    clocks: dict[str, ClockRule]
    suspensions: dict[str, SuspensionSpec]
    fields: dict[str, FieldSpec]
    documents: dict[str, DocumentSpec]
    tracks: dict[str, tuple[int, int, str]]
    params: dict[str, object]
    at_once: dict[str, tuple[Action, ...]] = field(default_factory=dict)
    children: dict[str, ChildSpec] = field(default_factory=dict)
    windows: dict[str, WindowSpec] = field(default_factory=dict)
    quotas: dict[str, QuotaSpec] = field(default_factory=dict)

    @cached_property
    def opening(self) -> tuple[Action, ...]:
        return tuple(a for a in self.actions.values() if a.opens_case)

    @cached_property
    def by_state(self) -> dict[str, tuple[Action, ...]]:
        found: dict[str, list[Action]] = {}
        for action in self.actions.values():
            for state in action.sources:
                found.setdefault(state, []).append(action)
        return {state: tuple(actions) for state, actions in found.items()}

    @cached_property
    def sealed(self) -> frozenset[str]:
        """Fields whose content only some may see."""
        return frozenset(name for name, spec in self.fields.items() if spec.seen_by)

    @cached_property
    def personal(self) -> dict[str, str]:
        """Fields that hold personal data, with its kind."""
        return {name: spec.personal for name, spec in self.fields.items() if spec.personal}

    @cached_property
    def secrecy(self) -> int:
        """How a case of this process is kept unless somebody raises or lowers it: 1 public, 2 internal, 3 work secret."""
        return CLASSIFICATIONS.index(self.definition.process.classification) + 1

    @cached_property
    def party_fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.party for r in self.roles.values() if r.party))

    @cached_property
    def lifted(self) -> tuple[str, ...]:
        """Fields whose latest value stands on the list row (``process.columns``); what only some may see never does."""
        return tuple(name for name in self.definition.process.columns if name in self.fields and not self.fields[name].seen_by)

    def state_title(self, name: str) -> Text:
        state = self.states.get(name)
        return state.title if state else Text(name, name)

    def role_title(self, name: str) -> Text:
        role = self.roles.get(name)
        return role.title if role else Text(name, name)


def compile_process(definition: Definition, version_id: int, digest: str) -> Process:
    """Turn a checked definition into a Process."""
    spec = definition.process
    starts: dict[str, list[str]] = {}
    stops: dict[str, list[str]] = {}
    for name, clock in definition.clock.items():
        ending = list(clock.stops)
        if clock.then:
            # the states a clock's own action leads to stop it too
            then = definition.action[clock.then]
            ending += [s for names in then.to.values() for s in names if s not in clock.stops]
        for state in clock.starts:
            starts.setdefault(state, []).append(name)
        for state in ending:
            stops.setdefault(state, []).append(name)
    suspends: dict[str, list[str]] = {}
    for name, suspension in definition.suspension.items():
        for state in suspension.while_states:
            suspends.setdefault(state, []).append(name)
    left = {state for action in definition.action.values() for state in action.source_states}
    states = {
        name: State(
            name, Text(s.zh, s.en), s.track, s.stage or "", s.duty, s.closed,
            tuple(starts.get(name, ())), tuple(stops.get(name, ())), tuple(suspends.get(name, ())), name not in left,
        )
        for name, s in definition.state.items()
    }  # fmt: skip
    actions: dict[str, Action] = {}
    apart: dict[str, set[str]] = {}
    for name, a in definition.action.items():
        for other in a.apart_from:  # separation holds in whichever order the two are done
            apart.setdefault(name, set()).add(other)
            apart.setdefault(other, set()).add(name)
    for name, a in definition.action.items():
        needs: dict[str, set[str]] = {}
        for state in a.needs:
            needs.setdefault(states[state].track, set()).add(state)
        actions[name] = Action(
            name=name,
            title=Text(a.zh, a.en),
            by=tuple(a.by),
            sources=frozenset(a.source_states),
            track=states[a.source_states[0]].track if a.source_states else "main",
            to={outcome: tuple(names) for outcome, names in a.to.items()},
            decide=a.decide,
            needs={track: frozenset(names) for track, names in needs.items()},
            source=a.source,
            asks=tuple((f.rstrip("?"), not f.endswith("?")) for f in a.asks),
            guards=tuple(a.guards),
            effects=tuple(a.effects),
            issues=tuple(a.issues),
            hand_level=a.hand.level if a.hand else "",
            hand_field=a.hand.field if a.hand else "",
            hand_back=bool(a.hand and a.hand.back),
            assign=a.assign,
            persons=a.persons,
            apart=frozenset(apart.get(name, ())),
            once=a.once,
            opens=tuple(a.opens),
            extends=a.extends.clock if a.extends else "",
            extends_by=(a.extends.by or "") if a.extends else "",
            extends_field=a.extends.field if a.extends else "",
            within=a.within,
            takes=a.takes,
            gives_back=a.gives_back,
            hand_at_most=a.hand.at_most if a.hand else 0,
        )
    at_once: dict[str, list[Action]] = {}
    for action in actions.values():
        if action.source == "at_once":
            for state in action.sources:
                at_once.setdefault(state, []).append(action)
    return Process(
        id=version_id,
        code=spec.code,
        title=Text(spec.zh, spec.en),
        hash=digest,
        effective=spec.effective.isoformat(),
        definition=definition,
        roles={n: Role(n, Text(r.zh, r.en), r.party, r.level) for n, r in definition.role.items()},
        states=states,
        actions=actions,
        clocks=Clocks({
            n: ClockRule(n, Text(c.zh, c.en), c.basis, c.binds, c.limit or "", c.until, c.then, tuple(c.remind), states[c.starts[0]].track, c.since, c.earliest or "")
            for n, c in definition.clock.items()
        }),
        suspensions=dict(definition.suspension),
        fields=dict(definition.field),
        documents=dict(definition.document),
        tracks={"main": (1, 1, ""), **{n: (t.lanes[0], t.lanes[1], t.each) for n, t in definition.track.items()}},
        params=dict(definition.params),
        at_once={state: tuple(found) for state, found in at_once.items()},
        children=dict(definition.child),
        windows=dict(definition.window),
        quotas=dict(definition.quota),
    )
