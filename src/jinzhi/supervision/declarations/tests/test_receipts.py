"""Receipts R1–R8: the whole road gives all of them, in order, once however often the log is read, each to its own unit."""

from __future__ import annotations

from time import sleep
from typing import Any

import pytest

from jinzhi.kernel import time
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.feeds import runner
from jinzhi.kernel.feeds.queries import backlog
from jinzhi.supervision.declarations import commands, sample
from jinzhi.supervision.declarations.demo import people
from jinzhi.supervision.declarations.demo.week import ROUNDS, Week
from jinzhi.supervision.declarations.models import Receipt
from jinzhi.supervision.declarations.receipts import TITLES
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.office_world import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FEED = "declarations.receipts"
ASIDE = ("return", "decline", "ask_withdrawal", "grant_withdrawal", "order_treatment", "report_payment")


@pytest.fixture
def walked() -> list[int]:
    """Declarations of two units walked by the demonstration's officers as far as they go, one of them faulty."""
    with time.at(NOW):
        cast = people.Cast()
        people.organisations()
        people.officers(cast)
        people.enterprises(cast, 20)
        cases = []
        units = [e for e in cast.enterprises if e.declarant][:2]
        for unit in units:
            made = sample.labelled(4, 31, [unit], NOW.date(), faulty=0.0, doubtful=0.0, organisations=["380100"])
            given = [Declaration.model_validate(m.payload | {"enterprise_number": f"R-{n}", "bill_of_lading": f"R{unit.code[-4:]}{n}"}) for n, m in enumerate(made)]
            if unit is units[0]:
                given.append(given[0].model_copy(update={"enterprise_number": "R-bad", "transport_mode": "99"}))
            cases += [r.case_id for r in commands.send(given, actor=cast.agent, party_id=cast.parties[unit.code]) if r.case_id]
        week = Week(cast, 0, lambda line: None)
        for _ in range(2):
            for _, _, action, state, _ in ROUNDS:
                if action not in ASIDE:
                    week.act(action, state, 1.1)
    return cases


def read_log() -> None:
    feed = next(f for f in runner.all_feeds() if f.name == FEED)
    for _ in range(600):
        if not runner.run_feed(feed) and not backlog(FEED)["behind"]:
            return
        sleep(0.1)  # a transaction in another database of the same server holds readers back
    raise AssertionError(backlog(FEED))


def rows() -> list[tuple[Any, ...]]:
    return list(Receipt.objects.order_by("case_id", "seq", "kind").values_list("case_id", "seq", "kind", "party_id", "at", "payload"))


def test_a_whole_road_gives_every_receipt_and_a_replay_gives_the_same(walked: list[int]) -> None:
    read_log()
    found = rows()
    works = read_works(walked)
    whole = next(w for w in works.values() if w.state == "archived" and any(kind == "R4" for case, _, kind, *_ in found if case == w.id))
    kinds = [kind for case, _, kind, *_ in found if case == whole.id]
    assert set(kinds) == set(TITLES) - {"R2"}
    assert kinds[:3] == ["R1", "R3", "R5"]
    order = [kinds.index(kind) for kind in ("R1", "R3", "R5", "R4", "R7")]
    assert order == sorted(order)
    assert kinds.count("R8") == 1 + (whole.lanes.get(("release", 1)) is not None)
    assert {party for case, _, _, party, *_ in found if case == whole.id} == {whole.party}
    payloads = {kind: payload for case, _, kind, _, _, payload in found if case == whole.id}
    assert payloads["R3"]["case"] == whole.number
    assert payloads["R5"]["reason"]["zh"]
    assert payloads["R5"]["reason"]["en"]
    assert payloads["R7"]["verdict"] == "qualified"
    returned = next(w for w in works.values() if w.state == "returned")
    assert [kind for case, _, kind, *_ in found if case == returned.id] == ["R1", "R2"]
    findings = next(p for case, _, kind, _, _, p in found if case == returned.id and kind == "R2")["findings"]
    assert any(f["field"] == "transport_mode" for f in findings)
    # read again from the first event: nothing new, nothing lost, and the cursor of who follows them stays true
    keys = list(Receipt.objects.order_by("pk").values_list("pk", flat=True))
    runner.replay(FEED)
    read_log()
    assert rows() == found
    assert list(Receipt.objects.order_by("pk").values_list("pk", flat=True)) == keys
    # lost with the table, made again from the log
    Receipt.objects.all().delete()
    runner.replay(FEED)
    read_log()
    assert rows() == found
