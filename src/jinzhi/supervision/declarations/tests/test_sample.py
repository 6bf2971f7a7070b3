"""Demonstration data: valid, exact, the same for the same seed."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from jinzhi.kernel.codes import validators
from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.schema import Declaration


def test_enterprises_are_valid_and_different() -> None:
    found = sample.enterprises()
    assert len(found) == len({e.code for e in found}) == len({e.name.zh for e in found}) == len({e.name.en for e in found}) == 300
    assert all(validators.credit_code(e.code) is None for e in found)
    assert {e.credit_class for e in found} == {"AA", "A", "B", "C", "D"}
    assert all(e.credit_class in ("AA", "A") for e in found if e.monthly)
    assert 0.8 < sum(e.declarant for e in found) / 300 < 1


def test_more_than_the_names_give_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 300"):
        sample.enterprises(301)


def test_permits_are_one_for_each_enterprise_and_kind() -> None:
    people = sample.enterprises()
    kinds = {kind for kind, _ in sample.permits(people)}
    assert len(sample.permits(people)) == 300 * len(kinds)


def test_same_seed_same_data() -> None:
    assert sample.enterprises(20, 7) == sample.enterprises(20, 7) != sample.enterprises(20, 8)
    assert list(sample.declarations(20, 7)) == list(sample.declarations(20, 7)) != list(sample.declarations(20, 8))
    assert len({t.en for t in sample.officers()}) == 45


def test_invoices_and_containers_sum_exactly() -> None:
    goods = set()
    for made in sample.labelled(500, faulty=0, doubtful=0):
        d = Declaration.model_validate(made.payload)
        assert sum(line.value for line in d.lines) == d.total_value
        for number, line in enumerate(d.lines, 1):
            goods.add(line.hs_code)
            assert line.unit_price is not None
            assert line.unit_price * line.quantity == line.value
            assert not d.containers or sum(s.weight for c in d.containers for s in c.shares if s.line == number) == line.net_weight
        assert all(validators.container_number(c.number) is None for c in d.containers)
    assert len(goods) == 25


def test_shares_of_faulty_and_doubtful() -> None:
    made = list(sample.labelled(2000))
    assert 0.04 < sum(m.expected == "faulty" for m in made) / 2000 < 0.08
    assert 0.06 < sum(m.expected == "doubtful" for m in made) / 2000 < 0.10
    assert D(0) < min(sample.rates().values())
