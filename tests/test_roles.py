"""Every action of every process against every role: allowed exactly where the definition file says, read here as plain TOML."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from jinzhi.kernel.cases import engine
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.models import Party
from jinzhi.supervision.declarations.module import module
from tests.support.standing import put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinzhi.supervision.declarations.tests.office_world import Bureau

pytestmark = pytest.mark.django_db

DEFINITION: dict[str, Any] = tomllib.loads(module.processes[0].read_text())
PROCESS = DEFINITION["process"]["code"]
ROLES: dict[str, Any] = DEFINITION["role"]
STATES: dict[str, Any] = DEFINITION["state"]
ACTIONS: dict[str, Any] = DEFINITION["action"]
OFFICERS = [name for name, role in ROLES.items() if "party" not in role]
PARTIES = {role["party"] for role in ROLES.values() if "party" in role}

HQ, BUREAU, BRANCH, SECTION = "000000/", "000000/380000/", "000000/380000/380100/", "000000/380000/380100/3801SP/"
SIBLING, BRANCH2, SECTION2, BUREAU2 = "000000/380000/380100/3801DZ/", "000000/380000/380200/", "000000/380000/380200/3802ZH/", "000000/310000/"
PLACES = (HQ, BUREAU, BRANCH, SECTION, SIBLING, BRANCH2, SECTION2, BUREAU2)
MARK = {"__matrix__": "1"}
"""No process asks for this field: whoever is allowed is refused for it alone, so that nothing is ever done."""


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def track_of(state: str) -> str:
    return STATES[state].get("track", "main")


@dataclass
class Stage:
    """A case standing in each state of the process, all of branch Beilun and its food section."""

    cases: dict[str, int]
    parties: dict[str, int]
    stranger: int


@pytest.fixture
def bureau() -> Iterator[Bureau]:
    from jinzhi.kernel import time
    from jinzhi.kernel.orgs import queries
    from jinzhi.supervision.declarations.tests.office_world import NOW, Bureau

    queries.forget_orgs()
    with time.at(NOW):
        yield Bureau()


@pytest.fixture
def stage(bureau: Bureau) -> Stage:
    party_ids = list(Party.objects.order_by("id").values_list("pk", flat=True)[10:14])
    parties = dict(zip(sorted(PARTIES), party_ids, strict=False))
    cases = dict(zip(STATES, bureau.send(len(STATES), doubtful=True), strict=True))
    for state, case in cases.items():
        put(case, state, holder=SECTION, key="3801SP", party=parties)
    return Stage(cases, parties, party_ids[-1])


def officer(role: str, place: str, process: str = "", person: int = 800_000) -> Actor:
    return Actor(person, role, (Grant(role, place, process),))


def place_that_acts(role: str) -> str:
    """Where the definition lets this role act on the staged cases."""
    return {"owner": BRANCH, "bureau": BUREAU, "": SECTION}[ROLES[role].get("level", "")]


def codes(stage: Stage, action: str, actor: Actor, states: list[str]) -> list[set[str]]:
    moves = [engine.Move(stage.cases[state], data=MARK) for state in states]
    return [{r.code for r in result.refusals} for result in engine.advance(moves, action, actor=actor)]


def test_every_action_is_for_exactly_the_roles_and_places_of_its_definition(stage: Stage) -> None:
    wrong: list[str] = []
    asked = 0
    for name, action in ACTIONS.items():
        sources, by = listed(action["from"]), listed(action["by"])
        if not sources:
            continue
        people: list[tuple[str, Actor, bool, bool]] = []  # who, actor, sees, may
        for role, place in itertools.product(OFFICERS, PLACES):
            may = role in by and place_that_acts(role).startswith(place)
            sees = BRANCH.startswith(place) or SECTION.startswith(place)
            people.append((f"{role} at {place}", officer(role, place), sees, may))
            if may:
                people.append((f"{role} at {place} for another process", officer(role, place, "some.other"), sees, False))
        for field, party in stage.parties.items():
            may = any(ROLES[r].get("party") == field for r in by if r in ROLES)
            people.append((f"member of {field}", Actor(800_001, field, parties=frozenset({party})), True, may))
        people.append(("member of another enterprise", Actor(800_002, "stranger", parties=frozenset({stage.stranger})), False, False))
        people += [(role, officer(role, HQ), False, False) for role in ("sysadmin", "secadmin", "auditor")]
        for who, actor, sees, may in people:
            for state, found in zip(sources, codes(stage, name, actor, sources), strict=True):
                asked += 1
                expected = "unknown_field" if may else "not_your_role" if sees else "absent"
                if expected not in found or (not may and len(found) > 1):
                    wrong.append(f"{name} from {state} by {who}: {found}, not {expected}")
    assert not wrong, f"{len(wrong)} of {asked}\n" + "\n".join(wrong[:40])
    assert asked > 5000


def test_every_action_is_refused_from_every_other_state(stage: Stage) -> None:
    from jinzhi.kernel.cases.queries import read_works

    works = read_works(list(stage.cases.values()))
    wrong = []
    for name, action in ACTIONS.items():
        by, sources = listed(action["by"]), set(listed(action["from"]))
        if by == ["system"] or not sources:
            continue
        role = by[0]
        actor = officer(role, place_that_acts(role)) if role in OFFICERS else Actor(800_001, role, parties=frozenset(stage.parties.values()))
        track = track_of(next(iter(sources)))
        for state, found in zip(STATES, codes(stage, name, actor, list(STATES)), strict=True):
            stands = {lane.state for lane in works[stage.cases[state]].lanes.values() if lane.track == track}
            expected = "unknown_field" if stands & sources else "wrong_state"
            if expected not in found:
                wrong.append(f"{name} from {state} ({stands}): {found}, not {expected}")
    assert not wrong, "\n".join(wrong[:40])


def test_who_is_assigned_acts_alone(bureau: Bureau) -> None:
    """A lane assigned to named inspectors is for them; the section's other inspector is refused."""
    (case,) = bureau.send(1, doubtful=True)
    put(case, "to_field", holder=SECTION, key="3801SP", assignees=[800_010])
    stage = Stage({"to_field": case}, {}, 0)
    (assigned,) = codes(stage, "record_field", officer("inspector", SECTION, person=800_010), ["to_field"])
    (other,) = codes(stage, "record_field", officer("inspector", SECTION, person=800_011), ["to_field"])
    assert "unknown_field" in assigned
    assert other == {"not_your_role"}


PAIRS = sorted({tuple(sorted((name, other))) for name, a in ACTIONS.items() for other in listed(a.get("apart_from", []))})


@pytest.mark.parametrize(("first", "second"), [*PAIRS, *[(b, a) for a, b in PAIRS]])
def test_separate_duties_hold_in_both_orders(bureau: Bureau, first: str, second: str) -> None:
    person, colleague = 800_020, 800_021
    state = listed(ACTIONS[second]["from"])[0]
    (case,) = bureau.send(1, doubtful=True)
    put(case, state, holder=SECTION, key="3801SP", done=[(first, person)])
    stage = Stage({state: case}, {}, 0)
    role = next(r for r in listed(ACTIONS[second]["by"]) if r in OFFICERS)
    (same,) = codes(stage, second, officer(role, place_that_acts(role), person=person), [state])
    (another,) = codes(stage, second, officer(role, place_that_acts(role), person=colleague), [state])
    assert "separate_duties" in same
    assert "separate_duties" not in another


def test_only_the_system_does_what_is_the_systems(stage: Stage) -> None:
    everybody = Actor(800_030, "everybody", tuple(Grant(role, HQ) for role in [*OFFICERS, "system"]), frozenset(stage.parties.values()))
    for name, action in ACTIONS.items():
        if listed(action["by"]) == ["system"]:
            sources = listed(action["from"])
            assert all(found == {"not_your_role"} for found in codes(stage, name, everybody, sources)), name


def test_a_case_is_opened_by_the_party_alone(bureau: Bureau) -> None:
    """Nobody opens a case for an enterprise they do not belong to, officers included."""
    from jinzhi.kernel.orgs.queries import org_by_code

    org = org_by_code("380100")
    assert org is not None
    mine, other = list(Party.objects.order_by("id").values_list("pk", flat=True)[:2])
    for actor, may in (
        (Actor(800_001, "member", parties=frozenset({mine})), True),
        (Actor(800_002, "stranger", parties=frozenset({other})), False),
        *[(officer(role, HQ), False) for role in [*OFFICERS, "sysadmin"]],
    ):
        (result,) = engine.open_cases([engine.Draft(PROCESS, org.path, mine, MARK)], "send", actor=actor)
        assert {r.code for r in result.refusals} >= ({"unknown_field"} if may else {"not_your_role"})
