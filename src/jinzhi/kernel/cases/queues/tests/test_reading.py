"""Paging through a list gives what a slow reference gives: every row once, in order, in both directions, whatever the conditions."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from jinzhi.kernel import time
from jinzhi.kernel.cases.queues import reading
from jinzhi.kernel.cases.queues.conditions import Conditions, Value
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.cases.queues.tests import bulk
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import dog_module  # noqa: F401  (a fixture)
from jinzhi.kernel.orgs.actors import Actor, Grant

MOMENT = dt.datetime(2011, 11, 23, 10, 0, tzinfo=time.ZONE)
ACTORS = {
    "clerk": Actor(900_003, "clerk", (Grant("clerk", "000000/120000/"),)),
    "two roles, overlapping": Actor(900_003, "both", (Grant("clerk", "000000/120000/"), Grant("vet", "000000/120000/120100/"), Grant("clerk", "000000/", "dogs.licence"))),
    "nation": Actor(900_009, "nation", (Grant("head", "000000/"), Grant("vet", "000000/"), Grant("clerk", "000000/"))),
    "another process only": Actor(900_003, "other", (Grant("clerk", "000000/120000/", "cats.licence"),)),
}


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(dog_module: None, owner_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bulk.Made]]:  # noqa: F811
    """300 cases with some 400 duties; caps so small that every shape of a plan is met."""
    (version,) = owner_connection.execute("select max(id) from process_version where code = %s", [dogs.CODE]).fetchone() or (0,)
    found = bulk.make(owner_connection, version, 300, 7, MOMENT)
    owner_connection.execute("analyze duty; analyze case_row")
    monkeypatch.setattr(reading, "COUNT_CAP", 40)
    monkeypatch.setattr(reading, "WALK", 30)
    monkeypatch.setattr(reading, "LEAD", 25)
    with time.at(MOMENT):
        yield found


def brute(kind: str, actor: Actor, c: Conditions, made: list[bulk.Made]) -> list[tuple[Any, ...]]:
    """The list by looking at everything: (case, slot) of duties, (case,) of cases, in order."""
    low, high = c.due_range()
    org = {"": "", "120100": "000000/120000/120100/", "310000": "000000/310000/"}[c.org]
    found = []
    for m in made:
        if not (m.org.startswith(org) and (not c.text or set(bulk.bigrams(c.text)) <= set(bulk.bigrams(m.title))) and c.party in (None, m.party)):
            continue
        if (c.opened_from and m.opened < day(c.opened_from)) or (c.opened_to and m.opened >= day(c.opened_to) + dt.timedelta(days=1)):
            continue
        if c.signal == "red":  # no clock job ran in this town: nothing has a signal
            continue
        if any((v.low is not None and m.weight < v.low) or (v.high is not None and m.weight > v.high) for v in c.values):
            continue
        if kind == "cases":
            if actor.sees(m.org) and c.phase in ("", {1: "open", 2: "closed"}[m.phase]):
                found.append((m.opened, m.case))
            continue
        for d in m.duties:
            if (low and d["due"] < low) or (high and d["due"] >= high) or (c.states and d["state"] not in c.states) or c.role not in ("", d["role"]):
                continue
            if member(kind, actor, c.assignee, d):
                found.append((d["due"], m.case, d["slot"]))
    if kind == "cases":
        return [(case,) for _, case in sorted(found, reverse=c.sort != "old")]
    return [x[1:] for x in (sorted(found) if c.sort != "new" else sorted(found, key=lambda x: x[1:], reverse=True))]


def day(value: dt.date) -> dt.datetime:
    return dt.datetime.combine(value, dt.time(), time.ZONE)


def member(kind: str, actor: Actor, assignee: str, d: dict[str, Any]) -> bool:
    if kind == "mine":
        return bool(d["assignee"] == actor.person_id)
    if kind == "waiting":
        return d["party"] is not None and actor.sees(d["org"])
    if d["party"] is not None:
        return False
    if kind == "group":
        if actor.post_for(d["role"], d["org"], dogs.CODE) is None:
            return False
        assignee = assignee or "free"
    elif not actor.sees(d["org"]):
        return False
    holder = d["assignee"]
    return {"": True, "free": holder is None, "taken": holder is not None, "me": holder == actor.person_id}.get(assignee, str(holder) == assignee)


def random_conditions(rng: random.Random, kind: str) -> Conditions:
    def maybe(share: float, *values: Any) -> Any:
        return rng.choice(values) if rng.random() < share else None

    start = MOMENT.date()
    opened = maybe(0.2, start - dt.timedelta(days=4), start - dt.timedelta(days=1))
    value = maybe(0.3, Value("weight", 20, 40), Value("weight", None, 5), Value("amount", 50, None))
    return Conditions(
        process=maybe(0.3, dogs.CODE) or "", states=maybe(0.3, ("asked",), ("asked", "deciding"), ("waiting",)) or () if kind != "cases" else (),
        role=maybe(0.3, *bulk.ROLES) or "" if kind != "cases" else "",
        assignee=maybe(0.4, "me", "free", "taken", "900009") or "" if kind in ("all", "group") else "",
        due=maybe(0.3, "late", "today", "soon", "none") or "" if kind != "cases" else "", signal=maybe(0.1, "red", "green") or "" if kind != "cases" else "",
        org=maybe(0.3, "120100", "310000") or "", opened_from=opened, opened_to=maybe(0.1, start), phase=maybe(0.4, "open", "closed") or "" if kind == "cases" else "",
        party=maybe(0.2, 77, 78), text=maybe(0.3, "阿黄", "犬证", "来福2号") or "", values=(value,) if value else (),
        sort=maybe(0.4, "old" if kind == "cases" else "new") or "",
    )  # fmt: skip


def keys(items: list[Any], kind: str) -> list[tuple[Any, ...]]:
    return [(i.case_id,) if kind == "cases" else (i.case_id, i.slot) for i in items]


def forward(found: List, kind: str, limit: int) -> tuple[list[tuple[Any, ...]], str]:
    """All keys by following next, and the key before which the last page ends."""
    seen: list[tuple[Any, ...]] = []
    after = ""
    for _ in range(500):
        page = found.page(after=after, limit=limit)
        assert len(page.items) <= limit
        seen += keys(page.items, kind)
        if not page.after:
            return seen, page.before
        assert page.after != after, "a page leads on"
        after = page.after
    raise AssertionError("the list never ends")


def test_pages_in_both_directions_give_what_looking_at_everything_gives(made: list[bulk.Made]) -> None:
    rng = random.Random(11)
    shapes: set[str] = set()
    for _ in range(220):
        kind = rng.choice(("mine", "group", "all", "waiting", "cases"))
        actor = ACTORS[rng.choice(list(ACTORS))]
        c = random_conditions(rng, kind)
        expected = brute(kind, actor, c, made)
        found = List(kind, actor, c)
        limit = rng.choice((3, 7, 50))
        seen, before = forward(found, kind, limit)
        assert seen == expected, (kind, c, found.shape)
        shapes.add(found.shape)
        back: list[tuple[Any, ...]] = []
        while before:  # from the last page to the first
            page = found.page(before=before, limit=limit)
            back = keys(page.items, kind) + back
            before = page.before
        assert back == expected[: len(back)]
        assert len(expected) - len(back) <= limit or found.shape == "walked"
        total = found.count()
        assert total is None or total == min(len(expected), 40)
        assert [(i.case_id,) for i in found.stream(step=11)] == [(k[0],) for k in expected]
    assert shapes >= {"few", "led", "ordered", "walked"}, shapes


def test_figures_are_those_of_the_list(made: list[bulk.Made]) -> None:
    for kind in ("mine", "group", "all", "waiting"):
        for c in (Conditions(role="vet"), Conditions(due="late"), Conditions(org="120100", text="阿黄")):
            actor = ACTORS["clerk"]
            expected = brute(kind, actor, c, made)
            summary = List(kind, actor, c).summary()
            if summary.unknown:
                continue
            assert summary.total == min(40, len(expected))
            if len(expected) < 40:
                dues = {(m.case, d["slot"]): d["due"] for m in made for d in m.duties}
                assert summary.late == sum(dues[k] < MOMENT for k in expected)
                assert sum(n for _, _, n in summary.states) == len(expected)


def test_a_wrong_key_begins_at_the_first_page(made: list[bulk.Made]) -> None:
    found = List("group", ACTORS["clerk"])
    first = keys(found.page(limit=5).items, "group")
    for wrong in ("x", "_", "2011-11-23T00:00:00Z_9_", "9999-99-99_1_main.1", "1_2_3_4", "2011-11-23T00:00:00Z_99999999999999999999_main.1", "\x00", "%'_1_x"):
        assert keys(found.page(after=wrong, limit=5).items, "group")[:1] == first[:1] or found.key(wrong) is not None
