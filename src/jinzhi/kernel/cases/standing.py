"""A case in memory while it is moved (办理中的案件): lanes, clocks, suspensions and duties, and what of them changed.

The engine loads many of these in one round trip, moves them without touching the database, and writes the difference in one call.
Nothing here knows SQL; ``store`` reads and writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from jinzhi.kernel.cases import clocks as time_limits
from jinzhi.kernel.cases import promises
from jinzhi.kernel.cases.kept import kept, opened
from jinzhi.kernel.cases.log import chain
from jinzhi.kernel.cases.process import Process, State
from jinzhi.kernel.orgs.queries import prefixes
from jinzhi.kernel.orgs.sight import veiled
from jinzhi.kernel.time import ZONE

NO_DUE = "9999-12-31T00:00:00+08:00"
OPEN, CLOSED = 1, 2
STAGE = "~"
"""A clock's name with this before it is a stage's own limit: ``~review``."""


# The database gives these as arrays, in the order of their fields: what it does not know has a default and comes last.
class Lane(msgspec.Struct, array_like=True, eq=False):
    track: str
    no: int
    key: str
    holder: str
    state: str
    since: str
    way: list[str] = []
    facts: dict[str, Any] = {}
    assignees: list[int] = []
    pending: dict[str, Any] | None = None
    case: int = 0
    changed: bool = False

    @property
    def slot(self) -> str:
        return f"{self.track}.{self.no}"


class Clock(msgspec.Struct, array_like=True):
    track: str
    lane: int
    name: str
    limit: str
    until: str | None
    started: str
    due: str | None = None
    since: str | None = None
    earliest: str | None = None
    extended: list[str] = []
    acted: str | None = None
    promised: str | None = None
    promised_due: str | None = None
    id: int = 0
    case: int = 0
    stopped: str | None = None
    provisional: bool = False
    void: bool = False
    next_signal: str | None = None
    fresh: bool = False
    changed: bool = False
    """Whether its due instants changed and must be written; that it stopped shows by itself."""
    redated: bool = False
    acting: bool = False
    """Whether ``acted`` changed and must be written."""


class Suspension(msgspec.Struct, array_like=True):
    track: str
    lane: int
    reason: str
    began: str
    ended: str | None = None
    clocks: list[str] = []
    told: str | None = None
    id: int = 0
    case: int = 0
    told_until: str | None = None
    retold: bool = False
    began_by: int = 0
    ended_by: int | None = None
    basis: str = ""
    fresh: bool = False
    changed: bool = False

    def stops(self, clock: Clock) -> bool:
        """Whether that clock stands still because of it: by name, unless it belongs to a sister lane; a stage's limit with any of the authority's."""
        if self.track == clock.track and self.lane != clock.lane:
            return False
        return (STAGE if clock.name.startswith(STAGE) else clock.name) in self.clocks


class Duty(msgspec.Struct, array_like=True):
    slot: str
    role: str
    assignee: int | None
    due: str
    id: int = 0
    case: int = 0


class Row(msgspec.Struct, array_like=True):
    """What lists show of the case; ``changed`` says whether it must be written."""

    title: str = ""
    party: str = ""
    amount: Any = None
    columns: dict[str, Any] = {}
    due: str = NO_DUE
    case: int = 0


class Work(msgspec.Struct, eq=False):
    """One case being moved in one lane. ``memo`` is the module's own shelf for what it has loaded or computed in this act."""

    id: int
    process: Process
    owner: str
    state: str
    version: int
    facts: dict[str, Any]
    party: int | None = None
    number: str | None = None
    phase: int = OPEN
    seq: int = 0
    head: bytes = b""
    opened: str = ""
    parent: int | None = None
    parent_lane: str = ""
    parent_as: str = ""
    sight: list[str] = []
    sight_changed: bool = False
    process_changed: bool = False
    secrecy: int = 2
    fresh: bool = False
    lanes: dict[tuple[str, int], Lane] = {}
    clocks: list[Clock] = []
    suspensions: list[Suspension] = []
    duties: dict[str, Duty] = {}
    row: Row = msgspec.field(default_factory=Row)
    row_changed: bool = False
    stops_changed: bool = False
    opened_duties: dict[str, dict[str, Any]] = {}
    closed_duties: list[str] = []
    touched: set[tuple[str, int]] = set()
    events: list[dict[str, Any]] = []
    done_by: dict[str, set[tuple[int, str]]] = {}
    done_for: dict[str, set[tuple[int, str]]] = {}
    """Absent people for whom a stand-in did these acts: separation counts them, signatures do not."""
    lane: Lane = None  # type: ignore[assignment]
    doer: int = 0
    data: dict[str, Any] = {}
    times: dict[tuple[str, str], int] = {}
    """How often an action was done in a lane (slot), of the actions asked for."""
    redated: list[Clock] = []
    memo: dict[str, Any] = {}
    outcome: str = ""
    children: Sequence[Any] = ()
    """In an act that takes children back (``returns``): the closed children (``results.Child``) of this lane, in the order they closed; empty in every other act."""
    barred: dict[int, str] = {}
    """Who may not act here for what he did in the parent: person and that act."""
    recused: list[int] = []
    """Who has withdrawn from this case for a conflict of interest (回避)."""
    issued: list[dict[str, Any]] = []
    sealed: dict[str, tuple[str, Any]] = {}
    """Contents of sealed fields that whoever asks may see: digest to field and value."""

    def fact(self, name: str) -> Any:
        """The latest fact: of the lane at hand, else of the case."""
        if name in self.data:
            return self.data[name]
        shelf = self.lane.facts if self.lane is not None and name in self.lane.facts else self.facts
        return opened(self, shelf.get(name))

    def party_in(self, field: str, lane: Lane | None = None) -> Any:
        """The party a field names, in a lane or the case; None where there is none, or it is sealed from whoever asks."""
        return opened(self, (lane.facts.get(field) if lane is not None else None) or self.facts.get(field))

    def set(self, name: str, value: Any) -> None:
        """Write a fact of the case (an effect's right, declared by ``set_by``)."""
        value = kept(self, name, value) if name in self.process.sealed else value
        if self.facts.get(name) != value:
            self.facts[name] = value
            self.row_changed = self.row_changed or name in self.process.definition.process.columns

    def held_by(self, org_path: str) -> None:
        """Remember that this organisation held a lane: it and all above it keep sight of the case, whatever becomes of the lane."""
        if org_path and org_path not in self.sight and not self.owner.startswith(org_path):
            self.sight += [path for path in prefixes(org_path) if path not in self.sight and not self.owner.startswith(path)]
            self.sight_changed = True

    def did(self, action: str, people: tuple[int, ...], lane: str = "") -> bool:
        """Whether one of these people did the act, or had it done by a stand-in (in this lane, if one is named)."""
        acts = self.done_by.get(action, set()) | self.done_for.get(action, set())
        return any(person in people and (not lane or slot == lane) for person, slot in acts)

    def seen_by_people(self) -> None:
        """Write down who sees the case for themselves, as things stand: parties beside the one who brought it, persons lanes are given to."""
        parties = {mark for mark in self.sight if mark[:2] == "q:"}  # sealed ones stay: whoever acts may not be able to read who they are
        for name in self.process.party_fields:
            for lane in (None, *(lane for lane in self.lanes.values() if lane.facts)):
                party = self.party_in(name, lane)
                if party is not None and party != self.party:
                    parties.add(f"q:{veiled(party)}" if self.process.fields[name].seen_by else f"p:{party}")
        people = {person for lane in self.lanes.values() for person in lane.assignees}
        if not parties and not people and not self.sight:
            return
        now = [path for path in self.sight if ":" not in path] + sorted(parties) + sorted(f"u:{person}" for person in people)
        if now != self.sight:
            self.sight, self.sight_changed = now, True

    def lanes_of(self, track: str) -> list[Lane]:
        return [lane for (name, _), lane in self.lanes.items() if name == track]

    def newest(self, track: str) -> Lane | None:
        lanes = self.lanes_of(track)
        return max(lanes, key=lambda lane: lane.no) if lanes else None

    # -- moving ------------------------------------------------------------------------------------------------------

    def enter(self, lane: Lane, state: str, at: str) -> None:
        """Put a lane into a state: clocks start and stop, suspensions begin and end."""
        target = self.process.states[state]
        lane.state, lane.since, lane.changed = state, at, True
        self.touched.add((lane.track, lane.no))
        self.suspend_as(lane, target, at)
        for clock in self.clocks:
            if clock.stopped is None and (clock.track, clock.lane) == (lane.track, lane.no) and clock.name in target.stops:
                clock.stopped = at
        for name in target.starts:
            if not any(c.name == name and c.stopped is None and (c.track, c.lane) == (lane.track, lane.no) for c in self.clocks):
                self._start(name, lane, at)
        if lane.track == "main":
            self._enter_stage(lane, "" if target.closed else target.stage, at)
            self.state, self.row_changed = state, True
            if target.closed:
                self._close(at)

    def suspend_as(self, lane: Lane, target: State, at: str) -> None:
        """End the suspensions a state does not know, begin those it does."""
        for suspension in self.suspensions:
            if suspension.ended is None and (suspension.track, suspension.lane) == (lane.track, lane.no) and suspension.reason not in target.suspends:
                suspension.ended, suspension.ended_by, suspension.changed, self.stops_changed = at, self.doer, True, True
        running = {s.reason for s in self.suspensions if s.ended is None and (s.track, s.lane) == (lane.track, lane.no)}
        for reason in target.suspends:
            if reason not in running:
                self._suspend(lane, reason, at)

    def begin(self, track: str, state: str, at: str, *, key: str = "", holder: str = "") -> Lane:
        """Begin a lane on a track."""
        no = max((n for name, n in self.lanes if name == track), default=0) + 1
        lane = Lane(track, no, key, holder, "", at)
        self.lanes[(track, no)] = lane
        self.held_by(holder)
        self.enter(lane, state, at)
        return lane

    def _start(self, name: str, lane: Lane, at: str) -> None:
        rule = self.process.clocks[name]
        until = self.fact(rule.until) if rule.until else None
        if rule.until and not until:
            return
        if isinstance(until, dt.date):
            until = until.isoformat()
        since = self.fact(rule.since) if rule.since else None
        if isinstance(since, dt.date):
            since = since.isoformat()
        promised = promises.limit(self.process.code, name, self.owner, parse(at).date()) if rule.limit and rule.binds == "organ" else None
        self.clocks.append(
            Clock(lane.track, lane.no, name, rule.limit, until, at, fresh=True, since=since or None, earliest=rule.earliest or None, promised=promised)
        )

    def _enter_stage(self, lane: Lane, stage: str, at: str) -> None:
        """A stage's own limit, where the authority has set one, runs while the main lane is in that stage."""
        name = STAGE + stage
        running = [c for c in self.clocks if c.stopped is None and c.name.startswith(STAGE)]
        for clock in running:
            if clock.name != name:
                clock.stopped = at
        limit = promises.limit(self.process.code, name, self.owner, parse(at).date()) if stage and all(c.name != name for c in running) else None
        if limit:
            self.clocks.append(Clock(lane.track, lane.no, name, limit, None, at, fresh=True))

    def _suspend(self, lane: Lane, reason: str, at: str) -> None:
        """Time stands still for the clocks the reason names; what the party is told about how long comes with the act, or later."""
        rule = self.process.suspensions[reason]
        stopped = [*rule.clocks, STAGE] if any(self.process.clocks[c].binds == "organ" for c in rule.clocks) else list(rule.clocks)
        self.suspensions.append(Suspension(lane.track, lane.no, reason, at, fresh=True, clocks=stopped, began_by=self.doer, basis=rule.basis))
        self.stops_changed = True

    def _close(self, at: str) -> None:
        self.phase = CLOSED
        for clock in self.clocks:
            if clock.stopped is None:
                clock.stopped, clock.void = at, True
        for suspension in self.suspensions:
            if suspension.ended is None:
                suspension.ended, suspension.ended_by, suspension.changed = at, self.doer, True
        self.touched.update(self.lanes)

    def redate(self, clock: Clock) -> None:
        """Derive this clock's due instant again after this move: what it is counted by has changed."""
        self.redated.append(clock)

    # -- duties ------------------------------------------------------------------------------------------------------

    def due_for(self, lane: Lane, binds: str) -> str:
        """The earliest running clock of a lane (organ's clocks for staff, party's for a party), else of the main lane."""
        found = [
            c.due for c in self.clocks
            if c.stopped is None and c.due and self.process.clocks[c.name].binds == binds and (c.track, c.lane) in ((lane.track, lane.no), ("main", 1))
        ]  # fmt: skip
        return min(found, key=parse) if found else NO_DUE

    def settle_duties(self) -> None:
        """After all moves: close and open duties of lanes that moved, refresh due dates where a clock changed."""
        self.seen_by_people()
        for key in self.touched:
            lane = self.lanes[key]
            self.closed_duties += [slot for slot in self.duties if slot == lane.slot or slot.startswith(lane.slot + ".")]
            role_name = self.process.states[lane.state].duty
            if role_name and self.phase == OPEN:
                self._open_duty(lane, role_name)
        for slot, duty in self.duties.items():
            if slot in self.closed_duties:
                continue
            track, no = slot.split(".")[:2]
            lane = self.lanes[(track, int(no))]
            role = self.process.roles[duty.role]
            due = self.due_for(lane, "party" if role.party else "organ")
            if due != duty.due and parse(due) != parse(duty.due):
                duty.due = due
                self.memo.setdefault("_redue", []).append((slot, due))
        due = self._case_due()
        if due != self.row.due and parse(due) != parse(self.row.due):
            self.row.due, self.row_changed = due, True

    def _case_due(self) -> str:
        dues = [c.due for c in self.clocks if c.stopped is None and c.due and self.process.clocks[c.name].binds == "organ"]
        return min(dues, key=parse) if dues else NO_DUE

    def _open_duty(self, lane: Lane, role_name: str) -> None:
        role = self.process.roles[role_name]
        party = (opened(self, self.facts.get(role.party)) or self.party_in(role.party, lane)) if role.party else None
        base = {
            "role": role_name,
            "org": self.owner if role.level == "owner" or role.party else lane.holder,
            "state": lane.state,
            "party": party,
            "due": self.due_for(lane, "party" if role.party else "organ"),
        }
        people: list[int | None] = list(lane.assignees) or [None]
        for person in people:
            slot = lane.slot if person is None else f"{lane.slot}.{person}"
            self.opened_duties[slot] = {**base, "assignee": person}

    # -- the log -----------------------------------------------------------------------------------------------------

    def record(self, *, action: str, lane: Lane, actor: int, post: int, org: str, request: str, at: dt.datetime, body: dict[str, Any]) -> None:
        """Append an event to the case's chain; the bytes hashed are the bytes stored."""
        self.seq += 1
        text = chain.canonical(body)
        self.head = chain.link(self.head, chain.line(self.id, self.seq, at, actor, post, org, action, lane.slot, request, text))
        self.events.append({
            "case": self.id, "seq": self.seq, "at": chain.stamp(at)[0], "actor": actor, "post": post, "org": org, "action": action,
            "lane": lane.slot, "request": request, "body": text, "hash": self.head.hex(),
        })  # fmt: skip


def stops_of(work: Work, clock: Clock) -> tuple[list[time_limits.Stop], bool]:
    """The times a clock stood still, and whether it does now."""
    if not work.suspensions:
        return [], False
    found = [s for s in work.suspensions if s.stops(clock)]
    return [(parse(s.began), parse(s.ended)) for s in found if s.ended is not None], any(s.ended is None for s in found)


def counted_from(clock: Clock) -> dt.datetime:
    """The instant a clock counts from: its start, or the beginning of the day its rule names."""
    return dt.datetime.combine(dt.date.fromisoformat(clock.since), dt.time(), ZONE) if clock.since else parse(clock.started)


_PARSED: dict[str, dt.datetime] = {}


def parse(value: str) -> dt.datetime:
    """An ISO instant as written by us or by PostgreSQL; the few distinct ones of a batch are parsed once."""
    found = _PARSED.get(value)
    if found is None:
        if len(_PARSED) > 50_000:
            _PARSED.clear()
        found = dt.datetime.fromisoformat(value)
        found = found.replace(tzinfo=ZONE) if found.tzinfo is None else found.astimezone(ZONE)
        _PARSED[value] = found
    return found
