"""Events beside the road (claims, notes): in the chain, in order, and nobody's open form becomes stale."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from jinzhi.kernel.cases import engine, lists, store
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


def test_they_continue_the_chain_and_leave_the_version(town: Town) -> None:
    first, second = town.ask(8, 9)
    seen = store.lock([first])[first].version
    written = append([Noted(second, "~claim", 5), Noted(first, "~note", 5, body={"text": "电话联系过 | 第一次"}), Noted(first, "~claim", 6, post=3, org="110000")])
    assert written == [(second, 2), (first, 2), (first, 3)]
    assert store.lock([first])[first].version == seen
    done = engine.one(engine.advance([engine.Move(first, version=seen, data={"vaccinated": True})], "accept", actor=town.clerk))
    assert done.version == seen + 1
    log = lists.log(first)
    assert [(line.seq, line.action, line.actor) for line in log[1:3]] == [(2, "~note", 5), (3, "~claim", 6)]
    assert log[-1].action != "~claim"
    assert all(line.intact for line in log)
    assert log[1].data == {"text": "电话联系过 | 第一次"}


def test_only_built_in_acts_of_cases_there_are(town: Town) -> None:
    (case,) = town.ask(8)
    with pytest.raises(ValueError, match="goes through the engine"):
        append([Noted(case, "grant", 5)])
    with pytest.raises(DatabaseError, match="built-in acts"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("""select append_events('[{"case": 1, "action": "grant"}]')""")
    with pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
        append([Noted(10**9, "~note", 5)])
    assert len(lists.log(case)) == 1
    assert append([]) == []
