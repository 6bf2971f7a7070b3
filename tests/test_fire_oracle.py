"""The oracle of the race is itself tried: on cases in order it finds nothing, and each thing done to them behind the engine's back it names."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest

from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.tests import dogs, dogs_read
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from tests.support.fire import Journals, Oracle

if TYPE_CHECKING:
    from tests.support.databases import TestServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROAD = (("accept", "clerk", {"vaccinated": True, "vets": ["王兽医"]}), ("visit", "vet", {"finding": "健康"}), ("visit", "vet2", {"finding": "健康"}), ("grant", "head", {}))


@pytest.fixture
def journals(town: Town) -> Journals:
    """Seven cases, each a step further than the last, with what was asked and answered."""
    found = Journals()

    def kept(action: str, results: list[engine.Result], key: uuid.UUID) -> list[int]:
        found.asked[str(key)] = {"action": action}
        found.answers[str(key)].append([[r.case, r.status, r.version, ""] for r in results])
        assert all(r.ok for r in results), results
        return [r.case for r in results]

    key = uuid.uuid4()
    drafts = [engine.Draft(dogs.CODE, dogs.OWNER, 77, {"dog": "阿黄", "weight": 55}) for _ in range(7)]
    cases = kept("ask", engine.open_cases(drafts, "ask", actor=town.owner, request_id=key), key)
    for step, (action, who, data) in enumerate(ROAD):
        key = uuid.uuid4()
        moves = [engine.Move(case, data=dict(data)) for case in cases[step + 2 :]]
        kept(action, engine.advance(moves, action, actor=getattr(town, who), request_id=key), key)
    key = uuid.uuid4()
    kept("send_back", engine.advance([engine.Move(cases[0], data={"reason": "照片不清"})], "send_back", actor=town.clerk, request_id=key), key)
    return found


@pytest.fixture
def oracle(journals: Journals, owner_connection: psycopg.Connection, test_server: TestServer) -> Iterator[Oracle]:
    with test_server.superuser(owner_connection.info.dbname) as connection:
        connection.execute(f"{dogs_read.TABLE}; insert into dog_effect select case_id, seq from event")  # type: ignore[arg-type]
        connection.execute("set session_replication_role = replica")  # past the triggers, as somebody with the disk in his hands
        yield Oracle(connection, journals)


_LAST = "(select max(id) from case_ where process = 'dogs.licence')"
_FIRST = "(select min(id) from case_ where process = 'dogs.licence')"
DONE = {
    "events": [
        f"delete from event where case_id = {_LAST} and action = 'grant'",
        (f"insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash) select case_id, seq + 1, at, actor, post, org, action, lane, request, body, hash"
        f" from event where case_id = {_LAST} order by seq desc limit 1"),
        f"update event set request = 'nobody''s' where case_id = {_FIRST} and seq = 1",
    ],
    "transitions": [
        f"update case_ set state = 'asked' where id = {_LAST}",
        f"update event set seq = seq + 5 where case_id = {_LAST} and action = 'grant'",
        f"update event set action = 'grant' where case_id = {_FIRST} and action = 'send_back'",
        f"update event set actor = (select min(actor) from event where action = 'visit' and case_id = {_LAST}) where action = 'visit' and case_id = {_LAST}",
    ],
    "numbers": [f"update case_ set number = left(number, -5) || '99999' where id = {_FIRST}", f"update case_ set number = null where id = {_FIRST}"],
    "documents": [f"delete from documents_document where case_id = {_LAST}"],
    "duties": [
        f"update duty set closed_at = null where id = (select max(id) from duty where case_id = {_LAST})",
        f"delete from duty where case_id = {_FIRST} and closed_at is null",
        f"update case_row set state = 'lapsed' where case_id = {_LAST}",
    ],
    "clocks": [
        f"update clock set stopped_at = now() where case_id = {_FIRST} and name = 'correcting'",
        f"update suspension set ended_at = now() where case_id = {_FIRST}",
    ],
    "effects": [
        f"insert into dog_effect values ({_FIRST}, 1)",
        f"delete from dog_effect where case_id = {_FIRST} and seq = 1",
        "insert into dog_effect values (1234567, 1)",
    ],
    "requests": ["insert into request (actor, request_id, answer) values (1, gen_random_uuid(), 'null')"],
}


def test_the_oracle_names_what_was_done_to_the_cases(oracle: Oracle) -> None:
    assert oracle.problems() == []
    for check, statements in DONE.items():
        for statement in statements:
            with oracle.connection.transaction(force_rollback=True):
                changed = oracle.connection.execute(statement).rowcount  # type: ignore[call-overload]
                assert changed > 0, statement
                found = getattr(oracle, check)()
                assert found, statement
    assert oracle.problems() == []


def test_the_oracle_reads_the_journals(oracle: Oracle) -> None:
    key, given = next(iter(oracle.journals.answers.items()))
    given.append([[case, "refused", 1, ""] for case, *_ in given[0]])
    assert "not alike" in oracle.answers()[0]
    del oracle.journals.answers[key]
    assert "not answered so" in oracle.events()[0]
    oracle.journals.lost.append("k: gone")
    assert "never answered: k: gone" in oracle.problems()
