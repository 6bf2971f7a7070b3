"""Claim, release, assign, transfer, take back: who may, who gets, what the log says, and what a refusal leaves alone."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection

from jinzhi.kernel import time
from jinzhi.kernel.cases import lists
from jinzhi.kernel.cases.people import commands
from jinzhi.kernel.cases.people.commands import Outcome
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.tests.dogs import OWNER
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.sight import sight

pytestmark = pytest.mark.django_db


def duty_ids(*cases: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select id from duty where case_id = any(%s) and closed_at is null order by case_id, slot", [list(cases)])
        return [row[0] for row in cursor.fetchall()]


def holders(*cases: int) -> list[int | None]:
    with connection.cursor() as cursor:
        cursor.execute("select assignee from duty where case_id = any(%s) and closed_at is null order by case_id, slot", [list(cases)])
        return [row[0] for row in cursor.fetchall()]


def codes(outcomes: list[Outcome]) -> list[str]:
    return [o.refusals[0].code if o.refusals else "ok" for o in outcomes]


def test_claim_release_and_the_events_they_leave(office: Office) -> None:
    (case,) = office.town.ask(8)
    ids = duty_ids(case)
    before = version(case)
    assert codes(commands.claim(office["ann"], ids)) == ["ok"]
    assert codes(commands.claim(office["ann"], ids)) == ["ok"], "again changes nothing"
    refused = commands.claim(office["bob"], ids)
    assert codes(refused) == ["claimed"]
    assert "ann甲" in refused[0].refusals[0].message.zh
    assert codes(commands.release(office["bob"], ids)) == ["not_yours"]
    assert codes(commands.release(office["ann"], ids)) == ["ok"]
    assert holders(case) == [None]
    assert [(line.action, line.actor) for line in lists.log(case)][-2:] == [("~claim", office.id("ann")), ("~release", office.id("ann"))]
    assert all(line.intact for line in lists.log(case))
    assert version(case) == before, "nobody's open form becomes stale"


def version(case: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select version from case_ where id = %s", [case])
        return cursor.fetchone()[0]


def test_nobody_claims_what_no_post_is_for_or_what_is_out_of_sight(office: Office) -> None:
    (case,) = office.town.ask(8)
    ids = duty_ids(case)
    assert codes(commands.claim(office["cat"], ids)) == ["no_post"]
    assert codes(commands.claim(office["fay"], ids)) == ["absent"]
    assert codes(commands.claim(office["ann"], [*ids, 2**40])) == ["ok", "absent"]


def test_a_transfer_goes_to_a_colleague_of_the_same_post_only(office: Office) -> None:
    (case,) = office.town.ask(8)
    ids = duty_ids(case)
    commands.claim(office["ann"], ids)
    assert codes(commands.transfer(office["ann"], ids, office.id("cat"))) == ["no_post_of"]
    assert codes(commands.transfer(office["ann"], ids, office.id("fay"))) == ["no_post_of"]
    assert codes(commands.transfer(office["ann"], ids, 2**40)) == ["no_post_of"]
    assert codes(commands.transfer(office["bob"], ids, office.id("bob"))) == ["not_yours"]
    assert holders(case) == [office.id("ann")]
    assert codes(commands.transfer(office["ann"], ids, office.id("bob"), reason="休假")) == ["ok"]
    assert holders(case) == [office.id("bob")]
    assert lists.log(case)[-1].data == {"slot": "main.1", "role": "clerk", "state": "asked", "from": office.id("ann"), "person": office.id("bob"), "reason": "休假"}


def test_a_lead_assigns_and_takes_back_and_nobody_else_does(office: Office) -> None:
    cases = office.town.ask(8, 9, 10)
    ids = duty_ids(*cases)
    assert codes(commands.assign(office["ann"], ids, office.id("bob"))) == ["not_lead"] * 3
    assert codes(commands.assign(office["gus"], ids, office.id("bob"))) == ["ok"] * 3
    assert codes(commands.assign(office["gus"], ids, office.id("dan"))) == ["no_post_of"] * 3
    assert codes(commands.take_back(office["ann"], ids)) == ["not_lead"] * 3
    assert codes(commands.take_back(office["gus"], ids[:1])) == ["ok"]
    assert holders(*cases) == [None, office.id("bob"), office.id("bob")]


def test_a_party_s_duty_is_nobody_else_s(office: Office) -> None:
    (case,) = office.town.ask(8)
    office.town.do("send_back", office["ann"], case, reason="x")
    assert codes(commands.assign(office["gus"], duty_ids(case), office.id("ann"))) == ["of_party"]


def test_who_accepted_is_never_given_the_decision(office: Office) -> None:
    """``grant`` is apart from ``accept``: not by claim, not by the next one, not by a lead."""
    first, second = office.town.ask(8, 9)
    office.town.do("accept", office["hal"], first, vaccinated=True)
    office.town.do("accept", office["ann"], second, vaccinated=True)
    ids = duty_ids(first)
    assert codes(commands.claim(office["hal"], ids)) == ["separate_duties"]
    refused = commands.assign(office["gus"], ids, office.id("hal"))
    assert codes(refused) == ["separate_duties"]
    assert "hal甲" in refused[0].refusals[0].message.zh
    head = Actor(office.id("hal"), "hal", (Grant("head", OWNER),))
    assert commands.claim_next(head) == second, "the older one is passed over"
    assert commands.claim_next(head) is None
    assert holders(first) == [None]


def test_the_next_is_the_most_urgent_of_all_scopes_and_roles(office: Office) -> None:
    """Not of the first scope: posts over two places and roles are one queue."""
    day = time.now()
    with time.at(day - dt.timedelta(days=3)):
        (older,) = office.town.ask(8)
    (newer,) = office.town.ask(8)
    office.town.do("accept", office["ann"], older, vaccinated=True)  # the head's duty, due first
    both = Actor(office.id("hal"), "hal", (Grant("clerk", "000000/120000/"), Grant("head", OWNER), Grant("clerk", "000000/000001/")))
    assert [commands.claim_next(both), commands.claim_next(both), commands.claim_next(both)] == [older, newer, None]


def test_hundreds_cost_no_more_statements_than_one(office: Office) -> None:
    few, many = office.town.ask(8), office.town.ask(*[8] * 40)

    def statements(act: Any, cases: list[int]) -> int:
        ids = duty_ids(*cases)
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        try:
            assert all(o.ok and o.changed for o in act(ids))
            return len(connection.queries_log) - before
        finally:
            connection.force_debug_cursor = False

    ann, gus, bob = office["ann"], office["gus"], office.id("bob")
    for act in (lambda i: commands.claim(ann, i), lambda i: commands.transfer(ann, i, bob), lambda i: commands.take_back(gus, i)):
        one, forty = statements(act, few), statements(act, many)
        assert forty <= one <= 12


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_claim_at_once_and_no_duty_is_claimed_twice(office: Office) -> None:
    cases = office.town.ask(*[8] * 60)
    won: list[list[int]] = [[] for _ in range(8)]
    gate = threading.Barrier(8)

    def run(n: int) -> None:
        who = Actor(n + 1, "c", (Grant("clerk", OWNER),))
        gate.wait()
        with sight(who):
            while (case := commands.claim_next(who)) is not None:
                won[n].append(case)
        connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(case for mine in won for case in mine) == sorted(cases)
    with connection.cursor() as cursor:
        cursor.execute("select count(*), count(distinct case_id) from event where action = '~claim' and case_id = any(%s)", [cases])
        assert cursor.fetchone() == (60, 60)
    assert all(line.intact for case in cases[:5] for line in lists.log(case))
    for n, mine in enumerate(won):
        assert holders(*mine) == [n + 1] * len(mine)
