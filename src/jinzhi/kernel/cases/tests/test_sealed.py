"""Sealed fields: their content stands in no fact and no event, works all the same, is shown to who may see it, and proves itself."""

from __future__ import annotations

import json

import pytest
from django.db import ProgrammingError, connection, transaction

from jinzhi.kernel.cases import engine, queries
from jinzhi.kernel.cases.correction import correct
from jinzhi.kernel.cases.kept import opened
from jinzhi.kernel.cases.results import Move
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.cases.tests.kennels import Kennels, kennels  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import codes
from jinzhi.kernel.cases.tests.test_levels import value
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Person, Post
from jinzhi.kernel.orgs.queries import actor_for, org_by_code
from jinzhi.kernel.refusals import Refused

pytestmark = pytest.mark.django_db
NEIGHBOUR = Actor(900_500, "neighbour", parties=frozenset({4711}))


def informed(kennels: Kennels) -> int:
    (case,) = kennels.reviewing(accepted_on="2026-11-20")
    told = {"informant": "王某某", "neighbour": 4711, "suspicion": "夜间超养"}
    assert codes(kennels.do("inform", kennels.head, case, **told)) == ["done"]
    return case


def test_no_fact_and_no_event_holds_the_content(kennels: Kennels) -> None:
    case = informed(kennels)
    with connection.cursor() as cursor:
        for table, key in (("case_", "id"), ("lane", "case_id"), ("event", "case_id"), ("case_row", "case_id"), ("request", None)):
            cursor.execute(f"select t::text from {table} t" + (f" where {key} = %s" if key else ""), [case] if key else [])
            text = str(cursor.fetchall())
            assert "王某某" not in text
            assert "超养" not in text
            assert "4711" not in text
    facts = json.loads(str(value("select facts::text from case_ where id = %s", case)))
    assert facts["informant"].keys() == {"sealed"}
    assert "suspicion" not in facts, "a note belongs to its act"
    body = json.loads(str(value("select body from event where case_id = %s and action = 'inform'", case)))
    assert body["data"]["informant"] == facts["informant"]


def test_the_application_may_not_read_the_contents_but_through_the_function(kennels: Kennels) -> None:
    informed(kennels)
    with pytest.raises(ProgrammingError, match="sealed_fact"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select value from sealed_fact")


def test_the_engine_works_with_what_it_does_not_show(kennels: Kennels) -> None:
    case = informed(kennels)
    assert value("select party_id from duty where case_id = %s and slot = 'voice.1' and closed_at is null", case) == 4711
    (other,) = engine.advance([Move(case, data={"statement": "x"})], "hear", actor=Actor(900_501, "x", parties=frozenset({4712})))
    assert codes([other]) == ["absent"]
    assert codes(engine.advance([Move(case, data={"statement": "没有听见"})], "hear", actor=NEIGHBOUR)) == ["done"]


def test_who_may_not_see_a_party_still_gives_it_its_duty(kennels: Kennels) -> None:
    case = informed(kennels)
    assert codes(engine.advance([Move(case, data={"statement": "没有听见"})], "hear", actor=NEIGHBOUR)) == ["done"]
    assert codes(kennels.do("hear_again", kennels.clerk, case)) == ["done"]
    assert value("select party_id from duty where case_id = %s and slot = 'voice.1' and closed_at is null", case) == 4711


def test_a_page_shows_the_content_to_a_post_of_the_role_over_the_case_and_to_nobody_else(kennels: Kennels) -> None:
    case = informed(kennels)
    seen: dict[str, object] = {}
    for role, code in (("head", "Z330102"), ("clerk", "Z330102"), ("head", "Z330103"), ("head", "Z330000")):
        org = org_by_code(code)
        assert org is not None
        person = Person.objects.create(username=f"{role}.{code}", name_zh="某")
        Post.objects.create(person=person, role=role, org_id=org.pk, valid_from="2000-01-01")
        try:
            seen[person.username] = queries.access_case(actor_for(person), case).work.fact("informant")
        except Refused:
            seen[person.username] = "absent"
    assert seen == {"head.Z330102": "王某某", "clerk.Z330102": None, "head.Z330103": "absent", "head.Z330000": "王某某"}
    neighbour = queries.access_case(NEIGHBOUR, case).work
    assert (neighbour.fact("informant"), neighbour.party_in("neighbour")) == (None, 4711)


def test_the_same_content_keeps_its_seal_and_a_correction_makes_a_new_one(kennels: Kennels) -> None:
    case = informed(kennels)
    before = json.loads(str(value("select facts::text from case_ where id = %s", case)))["informant"]
    for who, code in ((kennels.clerk, "not_your_role"), (kennels.head, "done")):
        assert codes([correct(case, "informant", "李某", reason="听错了", actor=who)]) == [code]
    assert codes([correct(case, "informant", "李某", reason="x", actor=kennels.head)]) == ["same_value"]
    after = json.loads(str(value("select facts::text from case_ where id = %s", case)))["informant"]
    assert after != before
    body = json.loads(str(value("select body from event where case_id = %s and action = '~correct'", case)))
    assert (body["old"], body["new"]) == (before, after)
    work = queries.read_works([case])[case]
    assert (opened(work, before), opened(work, after)) == ("王某某", "李某")


def test_every_seal_can_be_proved(kennels: Kennels) -> None:
    informed(kennels)
    assert value("select count(*) from broken_seals()") == 0


def test_a_process_without_sealed_fields_asks_no_further_question(kennels: Kennels) -> None:
    (case,) = kennels.ask()
    work: Work = queries.read_works([case])[case]
    assert work.process.sealed == {"informant", "neighbour", "suspicion"}
    assert work.sealed == {}
