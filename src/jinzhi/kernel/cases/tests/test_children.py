"""Children: opened in the act, living by themselves, taken back once; the parent waits for all of them."""

from __future__ import annotations

import pytest
from django.db import connection

from jinzhi.kernel.cases import children, engine
from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.queries import access_case, history, read_works
from jinzhi.kernel.cases.registry import functions
from jinzhi.kernel.cases.results import Draft, Move
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.cases.tests import kennels as kennel_module
from jinzhi.kernel.cases.tests.kennels import LABS, Kennels, kennels  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import codes, snapshot, state
from jinzhi.kernel.cases.tests.test_levels import value
from jinzhi.kernel.feeds.events import START, read_after
from jinzhi.kernel.feeds.runner import all_feeds, replay, run_feed
from jinzhi.kernel.feeds.tests.waiting import settled
from jinzhi.kernel.orgs.actors import Actor, Grant

pytestmark = pytest.mark.django_db


def sent(kennels: Kennels, number: int = 1, labs: tuple[str, ...] = LABS[:2], **more: object) -> dict[int, list[int]]:
    """Cases sent to laboratories, each with its children in the order of the laboratories."""
    cases = kennels.reviewing(number, accepted_on="2026-11-20")
    assert all(r.ok for r in kennels.do("send_out", kennels.clerk, *cases, laboratories=list(labs), **more))
    with connection.cursor() as cursor:
        cursor.execute("select parent_id, array_agg(id order by id) from case_ where parent_id = any(%s) group by 1", [cases])
        return dict(cursor.fetchall())


def end(case: int, lab: str, action: str = "pass") -> None:
    tester = Actor(900_200, "tester", (Grant("tester", f"000000/{lab}/"),))
    assert codes(engine.advance([Move(case, data={"finding": action})], action, actor=tester)) == ["done"]


class _Told:
    def __init__(self, case: int) -> None:
        self.case_id = case


def told(*cases: int) -> None:
    """What the worker does with the events of these cases (in a test's transaction the log reader sees nothing yet)."""
    children.take_back([_Told(case) for case in cases])


def test_one_act_opens_any_number_of_children_each_a_case_of_its_own(kennels: Kennels) -> None:
    found = sent(kennels, labs=LABS)
    ((parent, kids),) = found.items()
    works = read_works([parent, *kids])
    assert works[parent].state == "examining"
    assert [works[k].owner for k in kids] == [f"000000/{lab}/" for lab in LABS]
    assert len({works[k].number for k in kids}) == 3
    assert all(works[k].number.startswith("T") and works[k].facts["sample"] == "犬舍0 样品" for k in kids)
    assert {(works[k].parent, works[k].parent_lane, works[k].parent_as) for k in kids} == {(parent, "main.1", "test")}
    assert value("select count(*) from duty where case_id = any(%s) and role = 'tester' and closed_at is null", kids) == 3
    assert value("select count(*) from clock where case_id = any(%s) and name = 'testing'", kids) == 3
    entry = next(e for e in history(access_case(kennels.clerk, parent)) if e.action == "send_out")
    assert [c["id"] for c in entry.body["children"]] == kids
    assert [c["closed"] for c in children.children_of(works[parent])] == [False] * 3


def test_the_parent_waits_for_the_last_child_and_then_goes_on_by_itself(kennels: Kennels) -> None:
    ((parent, (first, second)),) = sent(kennels).items()
    end(first, LABS[0])
    told(first)
    assert state(parent) == "examining"
    assert value("select reason from child_return where case_id = %s", first) == "children_open"
    end(second, LABS[1])
    told(second)
    assert state(parent) == "deciding"
    work = read_works([parent])[parent]
    assert work.facts["findings"] == ["pass", "pass"]
    assert value("select array_agg(done) from child_return where parent_id = %s", parent) == [True, True]


def test_the_children_decide_where_the_parent_goes(kennels: Kennels) -> None:
    ((parent, (first, second)),) = sent(kennels).items()
    end(first, LABS[0], "fail")
    end(second, LABS[1])
    told(first, second)
    assert state(parent) == "refused"


def test_a_closing_told_twice_is_taken_back_once(kennels: Kennels) -> None:
    ((parent, (only,)),) = sent(kennels, labs=LABS[:1]).items()
    end(only, LABS[0])
    told(only)
    before = snapshot(parent)
    told(only)
    told(only, only)
    assert snapshot(parent) == before


def test_a_return_that_finds_its_state_gone_is_recorded_as_nothing_to_do(kennels: Kennels) -> None:
    ((parent, (only,)),) = sent(kennels, labs=LABS[:1]).items()
    assert codes(kennels.do("refuse", kennels.head, parent)) == ["done"]
    end(only, LABS[0])
    told(only)
    told(only)
    assert state(parent) == "refused"
    assert [e.action for e in history(access_case(kennels.clerk, parent))][:2] == ["~nothing", "refuse"]
    with connection.cursor() as cursor:
        cursor.execute("select action, done, reason from child_return where case_id = %s", [only])
        assert cursor.fetchall() == [("take_reports", False, "wrong_state")]


def test_who_accepted_the_parent_may_not_act_in_its_child(kennels: Kennels) -> None:
    both = Actor(900_300, "both", (Grant("window", "000000/"), Grant("clerk", "000000/"), Grant("tester", "000000/")))
    (case,) = kennels.ask()
    assert codes(kennels.do("accept", both, case, accepted_on="2026-11-20")) == ["done"]
    assert codes(kennels.do("send_out", both, case, laboratories=[LABS[0]])) == ["done"]
    (child,) = [c["id"] for c in children.children_of(read_works([case])[case])]
    before = snapshot(child)
    (result,) = kennels.do("pass", both, child, finding="x")
    assert result.refusals[0].code == "separate_duties"
    assert result.refusals[0].data["done"] == "accept"
    assert snapshot(child) == before
    assert codes(kennels.do("pass", kennels.tester, child, finding="x")) == ["done"]


def test_a_child_that_cannot_be_opened_refuses_its_parents_act_and_no_other(kennels: Kennels, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = kennels.reviewing(2, accepted_on="2026-11-20")

    def without_sample(batch: Batch) -> dict[Work, list[Draft]]:
        orders = kennel_module.test_orders(batch)
        return {w: drafts if w.id == good else [Draft(d.process, d.owner) for d in drafts] for w, drafts in orders.items()}

    monkeypatch.setitem(functions()["brief"], "test_orders", without_sample)
    before = snapshot(bad)
    assert codes(kennels.do("send_out", kennels.clerk, good, bad, laboratories=[LABS[0]])) == ["done", "missing"]
    assert snapshot(bad) == before
    assert state(good) == "examining"
    assert value("select count(*) from case_ where parent_id = %s", bad) == 0


def test_parents_and_children_by_the_hundred_cost_no_more_statements(kennels: Kennels) -> None:
    few, many = kennels.reviewing(1, accepted_on="2026-11-20"), kennels.reviewing(100, accepted_on="2026-11-20")

    def statements(act: object) -> int:
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        try:
            act()  # type: ignore[operator]
            return len(connection.queries_log) - before
        finally:
            connection.force_debug_cursor = False

    def send(cases: list[int]) -> None:
        assert all(r.ok for r in kennels.do("send_out", kennels.clerk, *cases, laboratories=list(LABS)))

    send(kennels.reviewing(1, accepted_on="2026-11-20"))  # memory warm
    one = statements(lambda: send(few))
    assert statements(lambda: send(many)) <= one + 1 <= 18  # one more: the once-a-second look whether memory is fresh
    ids = value("select array_agg(id) from case_ where parent_id = any(%s)", many)
    tester = Actor(900_200, "tester", (Grant("tester", "000000/"),))
    assert all(r.ok for r in engine.advance([Move(c, data={"finding": "x"}) for c in ids], "pass", actor=tester))  # type: ignore[attr-defined]
    assert statements(lambda: told(*ids)) <= 20  # type: ignore[misc]
    assert value("select count(*) from case_ where id = any(%s) and state = 'deciding'", many) == 100


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_them_back_from_the_log(kennels: Kennels) -> None:
    ((parent, (only,)),) = sent(kennels, labs=LABS[:1]).items()
    end(only, LABS[0])
    feed = next(f for f in all_feeds() if f.name == "kernel.children")
    settled()
    while run_feed(feed):
        pass
    assert state(parent) == "deciding"
    count = len(read_after(START, 1000))
    replay("kernel.children")
    while run_feed(feed):
        pass
    assert len(read_after(START, 1000)) == count, "read again, nothing is done again"
