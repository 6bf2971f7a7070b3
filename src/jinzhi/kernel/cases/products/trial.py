"""A new version tried on real cases (试运行): nothing is stored, nothing is published.

Standing open cases of the process are read and laid beside the new definition: whether their states exist there or the mapping covers
them, which actions would be offered and which not, which clocks would run differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from jinzhi.kernel.cases.checks.graph import Graph
from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.cases.process import Process, compile_process
from jinzhi.kernel.cases.products import words
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.cases.registry import canonical
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.text import Text


@dataclass(frozen=True)
class LaneTried:
    """One lane of a case: its state now, and where it would stand (empty: nowhere)."""

    track: str
    lane: int
    state: str
    title: Text
    becomes: str
    mapped: bool


@dataclass(frozen=True)
class CaseTried:
    """One case beside the new version."""

    case: int
    number: str
    version: str
    lanes: tuple[LaneTried, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    clocks: tuple[Text, ...]

    @property
    def stands(self) -> bool:
        """Whether the case could be moved to the new version."""
        return all(lane.becomes for lane in self.lanes)


@dataclass(frozen=True)
class Trial:
    """What a trial found. ``states`` counts all open cases by states the new version has not and the mapping does not name."""

    code: str
    effective: str
    open_cases: int
    states: dict[str, int]
    cases: tuple[CaseTried, ...]

    @property
    def sound(self) -> bool:
        return not self.states and all(c.stands for c in self.cases)


def try_definition(definition: Definition, cases: int = 20) -> Trial:
    """Lay up to ``cases`` open cases, of as many different states as there are, beside a checked definition. Reads only, what the caller's sight shows."""
    process = compile_process(definition, 0, canonical(definition)[1])
    code = definition.process.code
    with connection.cursor() as cursor:
        cursor.execute(
            "select v.effective, l.track, l.state, count(distinct l.case_id) from lane l join case_ c on c.id = l.case_id"
            " join process_version v on v.id = c.process_version where c.process = %s and c.phase = 1 group by 1, 2, 3",
            [code],
        )
        standing = cursor.fetchall()
        cursor.execute(
            "select id from (select id, row_number() over (partition by process_version, state order by id desc) as n from case_"
            " where process = %s and phase = 1) x order by n, id desc limit %s",
            [code, cases],
        )
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute("select count(*) from case_ where process = %s and phase = 1", [code])
        (number,) = cursor.fetchone()
    lost: dict[str, int] = {}
    for effective, track, state, count in standing:
        if not _becomes(process, effective.isoformat(), track, state):
            lost[state] = lost.get(state, 0) + count
    works = read_works(ids)
    return Trial(code, process.effective, number, lost, tuple(_case(works[i], process) for i in ids if i in works))


def _becomes(process: Process, version: str, track: str, state: str) -> str:
    """Where a lane would stand: by the mapping for its version, else in the state of the same name on the same track."""
    mapping = {day.isoformat(): states for day, states in process.definition.migrate.items()}.get(version, {})
    found = mapping.get(state, state)
    there = process.states.get(found)
    return found if there is not None and there.track == track else ""


def _case(work: Work, process: Process) -> CaseTried:
    lanes = []
    for lane in work.lanes.values():
        becomes = _becomes(process, work.process.effective, lane.track, lane.state)
        lanes.append(LaneTried(lane.track, lane.no, lane.state, work.process.state_title(lane.state), becomes, becomes not in ("", lane.state)))
    before = _offered(work.process, [lane.state for lane in work.lanes.values()])
    after = _offered(process, [lane.becomes for lane in lanes if lane.becomes])
    return CaseTried(
        work.id, work.number or "", work.process.effective, tuple(lanes), tuple(n for n in before if n in after),
        tuple(n for n in before if n not in after), tuple(n for n in after if n not in before), tuple(_clocks(work, process, lanes)),
    )  # fmt: skip


def _offered(process: Process, states: Sequence[str]) -> list[str]:
    """Actions of persons offered in these states, needs left aside."""
    return list(dict.fromkeys(a.name for s in states for a in process.by_state.get(s, ()) if not a.by_system))


def _clocks(work: Work, process: Process, lanes: Sequence[LaneTried]) -> list[Text]:
    """Clocks that run now and would not, that would be longer or shorter in a new case, or that would begin."""
    said = []
    runs = Graph(process.definition).runs
    running = {k.name: k for k in work.clocks if k.stopped is None and not k.name.startswith("~")}
    for name, clock in running.items():
        title = work.process.clocks[name].title
        rule = process.definition.clock.get(name)
        if rule is None:
            said.append(Text("时限“{t}”在新版本中没有，按原期限继续", "The clock “{t}” is not in the new version and runs on as it is").format(t=title))
        elif rule.limit and clock.limit and rule.limit != clock.limit:
            change = Text("时限“{t}”由{a}改为{b}，已开始的不变", "The clock “{t}” is {b} instead of {a}; one that runs keeps its own")
            said.append(change.format(t=title, a=words.duration(clock.limit), b=words.duration(rule.limit)))
    for name, rule in process.definition.clock.items():
        if name not in running and any(lane.becomes in rule.starts for lane in lanes) and name not in work.process.clocks and runs[name]:
            said.append(Text("时限“{t}”在新版本中会开始", "The clock “{t}” would start in the new version").format(t=words.title(rule)))
    return said
