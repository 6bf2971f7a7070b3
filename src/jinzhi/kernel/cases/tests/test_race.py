"""Many at once: one winner, one event, no number twice, whoever presses how often."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.people.commands import claim_next
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.sight import sight

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def together(number: int, act: Callable[[int], object]) -> list[object]:
    """Run ``act`` in so many threads from one starting gun."""
    gate = threading.Barrier(number)
    results: list[object] = [None] * number

    def run(place: int) -> None:
        try:
            gate.wait()
            results[place] = act(place)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def one_value(sql: str, *args: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        return cursor.fetchone()[0]


def test_eight_press_on_twenty_cases_and_one_wins_each(town: Town) -> None:
    cases = town.ask(*[8] * 20)
    won = together(8, lambda n: [r.ok for r in town.do("accept", town.clerk, *cases, vaccinated=True)])
    assert [sum(bool(row[i]) for row in won) for i in range(20)] == [1] * 20  # type: ignore[index]
    assert one_value("select count(*) from event where case_id = any(%s) and action = 'accept'", cases) == 20


def test_one_request_pressed_eight_times_is_one_act_and_eight_equal_answers(town: Town) -> None:
    (case,) = town.ask(8)
    key = uuid.uuid4()
    move = [engine.Move(case, data={"vaccinated": True})]
    answers = together(8, lambda n: [(r.status, r.version) for r in engine.advance(move, "accept", actor=town.clerk, request_id=key)])
    assert len({str(a) for a in answers}) == 1
    assert one_value("select count(*) from event where case_id = %s and action = 'accept'", case) == 1


def test_numbers_are_unique_and_without_a_gap(town: Town) -> None:
    together(6, lambda n: [town.ask(*[8] * 5) for _ in range(4)])
    assert one_value("select count(distinct number) from case_ where process = 'dogs.licence'") == 120
    assert one_value("select max(right(number, 5)::int) - min(right(number, 5)::int) + 1 from case_ where process = 'dogs.licence'") == 120


def test_two_batches_over_the_same_cases_never_deadlock(town: Town) -> None:
    cases = town.ask(*[8] * 30)

    def act(n: int) -> int:
        order = cases if n % 2 else cases[::-1]
        return sum(r.ok for r in town.do("accept", town.clerk, *order, vaccinated=True))

    assert sum(together(6, act)) == 30  # type: ignore[arg-type]


def test_next_is_claimed_by_one_only(town: Town) -> None:
    cases = town.ask(*[8] * 24)

    def claim(n: int) -> list[int | None]:
        clerk = Actor(n + 1, "c", (Grant("clerk", "000000/"),))
        with sight(clerk):  # a thread begins with nobody's
            return [claim_next(clerk) for _ in range(4)]

    claimed = [c for row in together(6, claim) for c in row]  # type: ignore[attr-defined]
    assert sorted(c for c in claimed if c in cases) == sorted(cases)
