"""Conflict of interest: tied officers and those who withdrew act on nothing of the case, alone or in a batch; the others go on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel.cases import engine, queries
from jinzhi.kernel.cases.batch import Act, Batch
from jinzhi.kernel.cases.conflict import no_conflict_of_interest
from jinzhi.kernel.cases.people import commands, duties, recusal
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.models import Party, Tie
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import now, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def parties() -> tuple[int, int]:
    one, two = (Party.objects.create(code=f"91330200CONFLICT0{n}", name_zh=f"当事人{n}") for n in (1, 2))
    return one.pk, two.pk


def ask(party: int, n: int = 1) -> list[int]:
    owner = Actor(900_001, "owner", parties=frozenset({party}))
    drafts = [engine.Draft(dogs.CODE, dogs.OWNER, party, {"dog": f"狗{i}", "weight": 8}) for i in range(n)]
    return [engine.one([r]).case for r in engine.open_cases(drafts, "ask", actor=owner)]


def tie(office: Office, name: str, party: int, until: dt.date | None = None) -> Tie:
    start = today() - dt.timedelta(days=30)
    return Tie.objects.create(person=office.people[name], party_id=party, kind="relative", valid_from=start, valid_to=until, made_at=now())


def back(actor: Actor, *cases: int) -> list[list[str]]:
    results = engine.advance([engine.Move(c, data={"reason": "补材料"}) for c in cases], "send_back", actor=actor)
    return [[r.code for r in result.refusals] for result in results]


def duty_of(case: int) -> list[int]:
    return duties.open_ids(case, "main.1")


def test_a_tied_officer_is_refused_alone_and_in_a_batch_while_others_go_on(office: Office, parties: tuple[int, int]) -> None:
    mine, other = parties
    (a,), (b,), (c,) = ask(mine), ask(other), ask(mine)
    tie(office, "ann", mine)
    assert back(office["ann"], a) == [["conflict_of_interest"]]
    assert back(office["ann"], a, b, c) == [["conflict_of_interest"], [], ["conflict_of_interest"]]
    before = queries.access_case(office["bob"], a)
    assert (before.work.version, before.work.seq) == (1, 1)  # nothing was changed by being refused
    assert back(office["bob"], a, c) == [[], []]
    (offer,) = [o for o in queries.offers(queries.access_case(office["ann"], ask(mine)[0])) if o.action.name == "send_back"]
    assert [r.code for r in offer.blocked] == ["conflict_of_interest"]
    assert str(mine) not in str(offer.blocked[0].message)


def test_the_tie_is_asked_without_a_statement_more(office: Office, parties: tuple[int, int]) -> None:
    mine, other = parties
    tie(office, "ann", mine)
    ann, few, many = office["ann"], ask(mine, 2), [*ask(mine, 20), *ask(other, 20)]
    back(ann, *ask(other))

    def cost(cases: list[int]) -> int:
        with CaptureQueriesContext(connection) as found:
            back(ann, *cases)
        return len([q for q in found.captured_queries if "lock_cases" in q["sql"] or "write_cases" in q["sql"] or "tie" in q["sql"] or "event" in q["sql"]])

    assert cost(few) <= cost(many) == 2


def test_duties_of_a_tied_party_are_neither_claimed_nor_given(office: Office, parties: tuple[int, int]) -> None:
    mine, other = parties
    (a,), (b,) = ask(mine), ask(other)
    tie(office, "ann", mine)
    assert commands.claim_next(office["ann"]) == b
    assert commands.claim_next(office["ann"]) is None
    (claimed,) = commands.claim(office["ann"], duty_of(a))
    assert [r.code for r in claimed.refusals] == ["conflict_of_interest"]
    (given,) = commands.assign(office["gus"], duty_of(a), office.id("ann"))
    assert [r.code for r in given.refusals] == ["conflict_of_interest"]
    assert commands.claim(office["bob"], duty_of(a))[0].ok
    (handed,) = commands.transfer(office["bob"], duty_of(a), office.id("ann"))
    assert [r.code for r in handed.refusals] == ["conflict_of_interest"]


def test_after_the_last_day_of_the_tie_one_acts_again(office: Office, parties: tuple[int, int]) -> None:
    mine, _ = parties
    (a,) = ask(mine)
    found = tie(office, "ann", mine, until=today())
    assert back(office["ann"], a) == [["conflict_of_interest"]]
    found.valid_to = today() - dt.timedelta(days=1)
    found.save()
    assert back(office["ann"], a) == [[]]


def test_who_belongs_to_the_party_acts_for_it_and_not_as_an_officer(office: Office, parties: tuple[int, int]) -> None:
    mine, _ = parties
    (a,) = ask(mine)
    both = Actor(900_050, "both", (Grant("clerk", dogs.OWNER),), parties=frozenset({mine}))
    assert back(both, a) == [["conflict_of_interest"]]
    assert engine.one(engine.open_cases([engine.Draft(dogs.CODE, dogs.OWNER, mine, {"dog": "x", "weight": 8})], "ask", actor=both)).ok


def test_the_guard_says_the_same(office: Office, parties: tuple[int, int]) -> None:
    mine, other = parties
    (a,), (b,) = ask(mine), ask(other)
    tie(office, "ann", mine)
    ann = office["ann"]
    works = [queries.access_case(ann, c).work for c in (a, b)]
    for work in works:
        work.memo["grant"] = ann.grants[0]
    action = works[0].process.actions["send_back"]
    found = no_conflict_of_interest(Batch(works, action, Act(actor=ann, at=now(), request="", calendar=calendar())))
    assert {w.id: r.code for w, r in found.items()} == {a: "conflict_of_interest"}


def test_who_withdraws_is_barred_and_the_duty_is_free_again(office: Office, parties: tuple[int, int]) -> None:
    (a,) = ask(parties[0])
    assert commands.claim(office["ann"], duty_of(a))[0].ok
    with pytest.raises(Refused):
        recusal.recuse(queries.access_case(office["ann"], a), "  ")
    assert recusal.recuse(queries.access_case(office["ann"], a), "申请人是同学") == 1
    view = queries.access_case(office["ann"], a)
    assert view.work.duties["main.1"].assignee is None
    entry = queries.history(view)[0]
    assert (entry.action, entry.actor.zh, entry.body["person"], entry.body["reason"]) == ("~recuse", "ann甲", office.id("ann"), "申请人是同学")
    assert back(office["ann"], a) == [["conflict_of_interest"]]
    assert commands.claim_next(office["ann"]) is None
    assert [r.code for r in commands.claim(office["ann"], duty_of(a))[0].refusals] == ["conflict_of_interest"]
    with pytest.raises(Refused) as twice:
        recusal.recuse(queries.access_case(office["ann"], a), "again")
    assert twice.value.refusals[0].code == "recused_already"
    assert back(office["bob"], a) == [[]]


def test_a_lead_withdraws_his_officer_and_nobody_else_does(office: Office, parties: tuple[int, int]) -> None:
    (a,) = ask(parties[0])
    assert commands.claim(office["ann"], duty_of(a))[0].ok
    with pytest.raises(Refused) as refused:
        recusal.recuse(queries.access_case(office["bob"], a), "x", office.id("ann"))
    assert refused.value.status == 403
    assert recusal.recuse(queries.access_case(office["gus"], a), "举报有利害关系", office.id("ann")) == 1
    assert back(office["ann"], a) == [["conflict_of_interest"]]
