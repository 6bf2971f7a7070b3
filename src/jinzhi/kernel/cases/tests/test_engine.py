"""The one door: what moves a case, what refuses, and that a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine, queries
from jinzhi.kernel.cases.people import commands as people
from jinzhi.kernel.cases.tests.dogs import CODE, OWNER
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.refusals import Refused

pytestmark = pytest.mark.django_db


def snapshot(case: int) -> list[object]:
    with connection.cursor() as cursor:
        found: list[object] = []
        for table in ("case_", "lane", "duty", "clock", "suspension", "event", "case_row"):
            key = "id" if table == "case_" else "case_id"
            cursor.execute(f"select to_jsonb(t) from {table} t where {key} = %s order by 1::text", [case])
            found.append(cursor.fetchall())
        return found


def state(case: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select state from case_ where id = %s", [case])
        return str(cursor.fetchone()[0])


def codes(results: list[engine.Result]) -> list[str]:
    return [r.refusals[0].code if r.refusals else r.status for r in results]


def test_a_small_dog_goes_straight_to_the_decision(town: Town) -> None:
    (case,) = town.ask(8)
    assert codes(town.do("accept", town.clerk, case, vaccinated=True)) == ["done"]
    assert state(case) == "deciding"
    (granted,) = town.do("grant", town.head, case)
    assert granted.ok
    assert granted.number is not None
    assert granted.number.startswith("D120000")
    assert state(case) == "granted"
    (licence,) = documents.for_case(case)
    assert licence.number == granted.number


def test_a_big_dog_is_seen_by_every_vet_before_the_decision(town: Town) -> None:
    (case,) = town.ask(60)
    town.do("accept", town.clerk, case, vaccinated=True, vets=["a", "b"])
    assert state(case) == "visiting"
    for lane in (1, 2):
        assert engine.advance([engine.Move(case, lane, data={"finding": "好"})], "visit", actor=town.vet)[0].status == "signed"
        assert engine.advance([engine.Move(case, lane)], "visit", actor=town.vet2)[0].status == "done"
        assert state(case) == ("visiting" if lane == 1 else "deciding")


def test_the_second_signature_signs_the_same_content_by_another_person(town: Town) -> None:
    (case,) = town.ask(60)
    town.do("accept", town.clerk, case, vaccinated=True, vets=["a"])
    town.do("visit", town.vet, case, finding="好")
    assert codes(town.do("visit", town.vet, case)) == ["signed_already"]
    assert codes(town.do("visit", town.vet2, case, finding="不好")) == ["content_differs"]
    assert codes(town.do("visit", town.vet2, case, finding="好")) == ["done"]
    entries = queries.history(queries.access_case(town.head, case))
    assert next(e for e in entries if e.action == "visit" and "signers" in e.body).body["signers"] == [town.vet.person_id, town.vet2.person_id]


def test_separate_duties_hold_in_both_orders(town: Town) -> None:
    (case,) = town.ask(8)
    town.do("accept", town.clerk_and_head, case, vaccinated=True)
    before = snapshot(case)
    assert codes(town.do("grant", town.clerk_and_head, case)) == ["separate_duties"]
    assert snapshot(case) == before
    assert codes(town.do("grant", town.head, case)) == ["done"]


@pytest.mark.parametrize(
    ("action", "who", "data", "code"),
    [
        ("accept", "clerk", {}, "missing"),
        ("accept", "clerk", {"vaccinated": False}, "not_vaccinated"),
        ("accept", "clerk", {"vaccinated": True, "colour": "red"}, "unknown_field"),
        ("accept", "clerk", {"vaccinated": "perhaps"}, "format"),
        ("accept", "clerk_elsewhere", {"vaccinated": True}, "absent"),
        ("accept", "vet", {"vaccinated": True}, "not_your_role"),
        ("accept", "stranger", {"vaccinated": True}, "absent"),
        ("accept", "owner", {"vaccinated": True}, "not_your_role"),
        ("grant", "head", {}, "wrong_state"),
        ("bark", "clerk", {}, "no_such_action"),
        ("collect", "clerk", {}, "wrong_state"),
        ("ask", "owner", {"dog": "x", "weight": 1}, "no_such_action"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(town: Town, action: str, who: str, data: dict[str, object], code: str) -> None:
    (case,) = town.ask(8)
    before = snapshot(case)
    assert codes(town.do(action, getattr(town, who), case, **data)) == [code]
    assert snapshot(case) == before


def test_in_a_batch_each_stands_for_itself(town: Town) -> None:
    good, moved, heavy = town.ask(8, 9, 60)
    town.do("send_back", town.clerk, moved, reason="x")
    moves = [engine.Move(c, data={"vaccinated": True, **({"vets": ["a"]} if c == heavy else {})}) for c in (good, moved, 10**12, heavy, good)]
    results = engine.advance(moves, "accept", actor=town.clerk)
    assert codes(results) == ["done", "wrong_state", "absent", "done", "twice"]
    assert [state(c) for c in (good, moved, heavy)] == ["deciding", "waiting", "visiting"]


def test_a_stale_page_is_told_what_is_true_now(town: Town) -> None:
    (case,) = town.ask(8)
    version = queries.access_case(town.clerk, case).work.version
    town.do("send_back", town.clerk, case, reason="x")
    (result,) = engine.advance([engine.Move(case, version=version, data={"vaccinated": True})], "accept", actor=town.clerk)
    assert result.refusals[0].code == "stale"
    assert "待补正" in result.refusals[0].message.zh


def test_the_same_request_twice_is_one_event_and_one_answer(town: Town) -> None:
    (case,) = town.ask(8)
    key = uuid.uuid4()
    move = [engine.Move(case, data={"vaccinated": True})]
    first = engine.advance(move, "accept", actor=town.clerk, request_id=key)
    after = snapshot(case)
    again = engine.advance(move, "accept", actor=town.clerk, request_id=key)
    assert [(r.status, r.number, r.state, r.version) for r in first] == [(r.status, r.number, r.state, r.version) for r in again]
    assert snapshot(case) == after


def test_once_means_once(town: Town) -> None:
    (case,) = town.ask(8)
    town.do("accept", town.clerk, case, vaccinated=True)
    assert codes(town.do("accept", town.clerk, case, vaccinated=True)) == ["wrong_state"]


def test_an_expired_right_is_not_used_because_the_job_was_late(town: Town) -> None:
    start = dt.datetime(2011, 3, 1, 9, tzinfo=time.ZONE)
    with time.at(start):
        (case,) = town.ask(8)
        town.do("send_back", town.clerk, case, reason="x")
    with time.at(start + dt.timedelta(days=31)):
        assert codes(town.do("correct", town.owner, case, dog="阿黄", weight=8)) == ["wrong_state"]
    assert state(case) == "lapsed"


def test_the_clock_job_does_what_is_due_and_only_that(town: Town) -> None:
    start = dt.datetime(2011, 3, 1, 9, tzinfo=time.ZONE)
    with time.at(start):
        early, late = town.ask(8, 9)
        town.do("send_back", town.clerk, early, reason="x")
    with time.at(start + dt.timedelta(days=5)):
        town.do("send_back", town.clerk, late, reason="x")
    with time.at(start + dt.timedelta(days=31)):
        engine.run_due()
        assert (state(early), state(late)) == ("lapsed", "waiting")


def test_a_stopped_clock_stands_and_then_owes_the_rest(town: Town) -> None:
    def due(case: int) -> object:
        with connection.cursor() as cursor:
            cursor.execute("select due from clock where case_id = %s and name = 'deciding'", [case])
            return cursor.fetchone()[0]

    with time.at(dt.datetime(2011, 3, 1, 9, tzinfo=time.ZONE)):  # a Tuesday; 20 working days later is 2011-03-29
        (case,) = town.ask(8)
        assert due(case).astimezone(time.ZONE).date() == dt.date(2011, 3, 29)  # type: ignore[attr-defined]
    with time.at(dt.datetime(2011, 3, 3, 9, tzinfo=time.ZONE)):
        town.do("send_back", town.clerk, case, reason="x")
        assert due(case) is None
    with time.at(dt.datetime(2011, 3, 8, 9, tzinfo=time.ZONE)):  # stood from Thursday to Tuesday: 4 working days, each touched day once
        town.do("correct", town.owner, case, dog="阿黄", weight=8)
        assert due(case).astimezone(time.ZONE).date() == dt.date(2011, 4, 2)  # type: ignore[attr-defined]  # a make-up Saturday


def test_duties_follow_the_state(town: Town) -> None:
    (case,) = town.ask(8)
    assert [i.case_id for i in queries.queue("group", town.clerk, process="dogs.licence").items] == [case]
    assert queries.queue("group", town.clerk_elsewhere, process="dogs.licence").items == []
    town.do("send_back", town.clerk, case, reason="x")
    assert queries.queue("group", town.clerk, process="dogs.licence").items == []
    assert [i.case_id for i in queries.queue("party", town.owner).items] == [case]
    assert [i.case_id for i in queries.queue("waiting", town.clerk, process="dogs.licence").items] == [case]


def test_a_post_for_another_process_opens_no_queue_here(town: Town) -> None:
    town.ask(8)
    limited = Actor(900_020, "limited", (Grant("clerk", OWNER, "dogs.other"),))
    right = Actor(900_021, "right", (Grant("clerk", OWNER, "dogs.licence"),))
    assert queries.queue("group", limited).items == []
    assert people.claim_next(limited) is None
    assert len(queries.queue("group", right).items) == 1
    assert people.claim_next(right) is not None


def test_out_of_sight_looks_absent(town: Town) -> None:
    (case,) = town.ask(8)
    for who in (town.clerk_elsewhere, town.stranger):
        with pytest.raises(Refused) as refused:
            queries.access_case(who, case)
        assert refused.value.status == 404
    assert queries.access_case(town.owner, case).id == case


def sent(act: Callable[[], object]) -> list[str]:
    """The statements an act sends besides BEGIN and COMMIT, by their first words; without the once-a-second looks whether what is in memory is fresh."""
    with CaptureQueriesContext(connection) as found:
        act()
    skipped = ("codes_codelistversion", "orgs_orgstamp", "SAVEPOINT")
    # A look at freshness may have changed the session's sight; saying it again goes in one message with the statement that needs it.
    asked = [q["sql"].partition("'; ")[2] if q["sql"].startswith("set jinzhi.sight") else q["sql"] for q in found.captured_queries]
    return [sql.split("(")[0] for sql in asked if not any(word in sql for word in skipped)]


def test_a_thousand_cost_the_statements_of_one(town: Town) -> None:
    warm, few, many = town.ask(8), town.ask(8), town.ask(*[8] * 60)
    town.do("send_back", town.clerk, *warm, reason="x")  # what is remembered for good is read by now

    def send_back(cases: list[int]) -> Callable[[], object]:
        moves = [engine.Move(c, data={"reason": "x"}) for c in cases]
        return lambda: engine.advance(moves, "send_back", actor=town.clerk, request_id=uuid.uuid4())

    assert sent(send_back(few)) == sent(send_back(many)) == ["select * from lock_cases", "select write_cases"]
    drafts = [engine.Draft(CODE, OWNER, 77, {"dog": "x", "weight": 8})] * 20
    found = sent(lambda: engine.open_cases(drafts, "ask", actor=town.owner, request_id=uuid.uuid4()))
    assert found == ["select * from new_cases", "select prefix, first from take_numbers", "select write_cases"]
