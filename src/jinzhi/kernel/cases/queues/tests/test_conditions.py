"""Conditions stand in an address as they are meant: written and read back they are the same, and wrong ones never raise."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queues.conditions import LISTS, Conditions, Value, read
from jinzhi.kernel.cases.registry import in_force, process_on
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import dog_module  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dog(dog_module: None) -> Process:  # noqa: F811
    return process_on(dogs.CODE, dt.date(2011, 11, 23))


def test_what_is_written_is_read_back(dog: Process) -> None:
    c = Conditions(
        process=dogs.CODE, states=("asked", "deciding"), role="vet", assignee="free", due="soon", due_from=dt.date(2011, 11, 1), due_to=dt.date(2011, 12, 1),
        signal="yellow", org="120000", opened_from=dt.date(2011, 1, 1), party=77, text="阿黄", values=(Value("amount", Decimal("1.5"), None), Value("title", "犬证")), sort="new",
    )  # fmt: skip
    assert read(dict(c.query()), [dog], "all").conditions == c
    assert read(dict(c.query()), [dog], "all").problems == []
    for name in ("states", "role", "due", "c.title", "process"):
        assert name.removeprefix("c.") not in dict(c.without(name).query()) or name == "states"
    assert [v.name for v in c.without("process").values] == ["amount"]
    assert Conditions().query() == []


def test_both_ends_are_told_apart_and_turned_round(dog: Process) -> None:
    found = read({"due.from": "20111201", "due.to": "2011-11-01"}, [dog], "mine")
    assert (found.conditions.due_from, found.conditions.due_to) == (dt.date(2011, 11, 1), dt.date(2011, 12, 1))
    assert [name for name, _ in found.problems] == ["due.to"]


_KEYS = st.sampled_from(["process", "state", "role", "assignee", "due", "due.from", "due.to", "signal", "org", "opened.from", "party", "q", "sort", "phase",
                         "c.title", "c.amount.from", "c.amount.to", "c.weight", "c.", "c..from", "c.a.b.c", "nothing"])  # fmt: skip
_VALUES = st.one_of(st.text(max_size=12), st.sampled_from([dogs.CODE, "asked", "late", "2011-11-23", "NaN", "1e999", "-0", "\x00", "9" * 30, "%", "'", "120000"]))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_KEYS, _VALUES, max_size=6), st.sampled_from(LISTS))
def test_anything_may_stand_in_an_address(asked: dict[str, str], kind: str) -> None:
    found = read(asked, in_force(), kind)
    again = read(dict(found.conditions.query()), in_force(), kind)
    assert again.conditions == found.conditions
    assert all(message.zh and message.en for _, message in found.problems)
