"""Properties of made-up definitions: sound ones can always be walked to an end, spoilt ones are refused where they were spoilt."""

from __future__ import annotations

import copy
import datetime as dt
from itertools import combinations, count
from typing import Any

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinzhi.kernel import modules as registry_of_modules
from jinzhi.kernel import time
from jinzhi.kernel.cases import engine, forms, queries, registry
from jinzhi.kernel.cases.checks import check
from jinzhi.kernel.cases.checks.configurations import Explorer
from jinzhi.kernel.cases.language import DefinitionError, parse
from jinzhi.kernel.cases.log.verify import examine
from jinzhi.kernel.cases.process import compile_process
from jinzhi.kernel.cases.products.diagram import diagram
from jinzhi.kernel.cases.products.guide import guide
from jinzhi.kernel.cases.products.tables import permission_matrix
from jinzhi.kernel.cases.tests import generated
from jinzhi.kernel.cases.tests.generated import PARTY, Tables, definitions, mutations
from jinzhi.kernel.cases.tests.test_products import boxes, overlap
from jinzhi.kernel.orgs.actors import Actor, Grant

OWNER = "000000/120000/"
NUMBERS = count(1)
AMONG = [generated.module]


def problems(tables: Tables) -> list[str]:
    try:
        check(parse(tables), among=AMONG)
    except DefinitionError as error:
        return error.problems
    return []


@given(definitions())
@settings(max_examples=150, deadline=None)
def test_a_sound_one_passes_and_can_be_walked_to_an_end_from_everywhere(tables: Tables) -> None:
    definition = parse(tables)
    check(definition, among=AMONG)
    explorer = Explorer(definition)
    seen: set[str] = set()
    done: set[str] = set()
    for run in explorer.runs():
        _, stuck = explorer.stuck(run)
        assert stuck == []
        seen |= {main for main, _, _ in run.configs} | {lane for _, _, sides in run.configs for lanes in sides for lane, _ in lanes}
        done |= run.done
    assert seen == set(definition.state)
    assert done == set(definition.action)


@given(definitions())
@settings(max_examples=60, deadline=None)
def test_what_follows_from_it_can_be_made_and_stored(tables: Tables) -> None:
    definition = parse(tables)
    text, digest = registry.canonical(definition)
    assert registry.canonical(parse(msgspec.json.decode(text))) == (text, digest)
    svg = diagram(definition, "en")
    states = boxes(svg, "q-flow__state")
    assert len(states) == len(definition.state)
    assert not [1 for a, b in combinations(states, 2) if overlap(a, b)]
    assert {r.action for r in permission_matrix(definition)} == set(definition.action)
    assert guide(definition).ways
    assert set(compile_process(definition, 1, digest).actions) == set(definition.action)


@given(definitions(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_spoilt_one_is_refused_where_it_was_spoilt(tables: Tables, random: Any) -> None:
    ways = list(mutations(tables))
    what, section, spoil = ways[random.randrange(len(ways))]
    broken = copy.deepcopy(tables)
    spoil(broken)
    found = problems(broken)
    assert any(section in p for p in found), (what, found)


@pytest.fixture
def made(settings: Any, db: None) -> Any:
    settings.JINZHI_MODULES = [*settings.JINZHI_MODULES, "jinzhi.kernel.cases.tests.generated"]
    _forget()
    yield
    _forget()


def _forget() -> None:
    registry_of_modules.modules.cache_clear()
    registry.forget()
    registry._by_id.clear()
    forms._cache.clear()
    forms._records.cache_clear()


ASKER = Actor(910_009, "asker", parties=frozenset({PARTY}))
PEOPLE = [Actor(910_000 + n, f"p{n}", (Grant("first", OWNER), Grant("second", OWNER))) for n in range(2)]


def invariants(case: int) -> str:
    """What holds of a case after every act; gives its main state."""
    (work,) = queries.read_works([case]).values()
    assert examine(case) == []
    with connection.cursor() as cursor:
        cursor.execute("select slot, count(*) from duty where case_id = %s and closed_at is null group by slot", [case])
        duties = dict(cursor.fetchall())
        cursor.execute("select count(*) from clock where case_id = %s and stopped_at is null", [case])
        (running,) = cursor.fetchone()
    state = work.process.states[work.state]
    if state.closed:
        assert (work.phase, duties, running) == (2, {}, 0)
    else:
        expected = {lane.slot for lane in work.lanes.values() if work.process.states[lane.state].duty}
        assert work.phase == 1
        assert duties == dict.fromkeys(expected, 1)
    return work.state


@pytest.mark.slow
@given(definitions(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_real_case_walks_it_to_an_end(made: None, tables: Tables, random: Any) -> None:
    tables = copy.deepcopy(tables)
    tables["process"]["code"] = f"made.x{next(NUMBERS)}"
    definition = parse(tables)
    check(definition, among=AMONG)
    registry.publish(definition)
    at = dt.datetime(2011, 11, 23, 1, tzinfo=dt.UTC)
    with time.at(at):
        opened = engine.open_cases([engine.Draft(definition.process.code, OWNER, PARTY, {"number": random.randrange(4)})], "ask", actor=ASKER)
        case = engine.one(opened).case
        state = invariants(case)
        refused: set[tuple[str, int, int]] = set()
        for step in range(80):
            if definition.state[state].closed:
                break
            (work,) = queries.read_works([case]).values()
            offered = [(a.name, lane.no, a.persons) for lane in work.lanes.values() for a in work.process.by_state.get(lane.state, ()) if not a.by_system]
            onward = [o for o in offered if o[0].startswith(("go", "do_"))]
            now = offered if step < 12 else onward
            chosen = name, lane, persons = random.choice([o for o in now if o not in refused] or now)
            before = work.version
            for person in [ASKER] if work.process.actions[name].by == ("asker",) else PEOPLE[:persons]:
                (result,) = engine.advance([engine.Move(case, lane=lane, data={"word": "好"})], name, actor=person)
            refused = set() if result.ok else refused | {chosen}
            if not result.ok:
                assert queries.read_works([case])[case].version == before
            state = invariants(case)
    assert definition.state[state].closed or "coin" in {a.decide for a in definition.action.values()}
