"""Fees against the worked values of the tariff, and properties that hold for all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinzhi.kernel.refusals import Refused
from jinzhi.supervision.declarations.fees import FeeInput, ServiceInput, compute, late_fee, load_tables, side, teu, to_rmb

MAY_2011, FEB_2013, MAY_2017 = dt.date(2011, 5, 16), dt.date(2013, 2, 18), dt.date(2017, 5, 16)


@pytest.mark.parametrize(
    ("value", "categories", "goods", "on", "total"),
    [
        (100_000, "M", "general", MAY_2011, 150),
        (100_000, "M.P", "general", MAY_2011, 270),
        (30_000, "M", "general", MAY_2011, 60),
        (1_000_000, "M.P.R", "plant_oil", MAY_2011, 3370),
        (20_000, "R", "small_lot_food", MAY_2011, 80),
        (100_000, "M.P", "general", FEB_2013, 80),
        (1_000_000, "M.P.R", "plant_oil", FEB_2013, 300),
        (100_000, "M", "general", MAY_2017, 0),
    ],
)
def test_worked_values(value: int, categories: str, goods: str, on: dt.date, total: int) -> None:
    assert compute([FeeInput(1, D(value), categories, goods)], on).total == total


def test_container_fumigation_of_two_forty_foot() -> None:
    result = compute([], MAY_2011, services=[ServiceInput("container_fumigation", teu(["111", "111"]))])
    assert result.total == 160
    assert result.lines[0].base == 4


@pytest.mark.parametrize(
    ("code", "quantity", "options", "total"),
    [
        ("ship_quarantine", 10_001, {}, 330), ("ship_quarantine", 10_000, {}, 260), ("ship_quarantine", 5_000, {}, 170),
        ("ship_quarantine", 1_000, {}, 100), ("ship_quarantine", 100, {}, 60), ("ship_quarantine", 20_000, {"passenger": True}, 495),
        ("ship_quarantine", 10_001, {"times": 2}, 660), ("aircraft_quarantine", 100, {}, 50), ("aircraft_quarantine", 99, {}, 30),
        ("ship_disinfection", 1_000, {}, 200), ("ship_disinfection", 10_000, {}, 500), ("ship_fumigation", 1_000, {}, 600),
        ("aircraft_treatment", 201, {}, 400), ("aircraft_treatment", 101, {}, 300), ("aircraft_treatment", 51, {}, 200),
        ("aircraft_treatment", 50, {}, 100), ("rail_car_treatment", 3, {}, 240), ("water_treatment", 250, {}, 115),
        ("remains_treatment", 1, {}, 160), ("goods_treatment", 24, {}, 72),
    ],
)  # fmt: skip
def test_conveyances_and_treatment(code: str, quantity: int, options: dict[str, int], total: int) -> None:
    assert compute([], MAY_2011, services=[ServiceInput(code, D(quantity), **options)]).total == total  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "heads", "total"), [("large_animal", 30, 600), ("bird", 3, 2), ("semen", 500, 1000), ("fertilised_egg", 50_000, 1)]
)
def test_by_the_head(kind: str, heads: int, total: int) -> None:
    assert compute([FeeInput(1, None, "P", head_kind=kind, heads=D(heads))], MAY_2011).total == total


def test_value_unknown_without_kind_is_refused_at_its_cell() -> None:
    with pytest.raises(Refused) as refused:
        compute([FeeInput(3, None, "P")], MAY_2011)
    assert refused.value.refusals[0].field == "lines.2.value"


def test_lines_of_one_item_are_one_minimum() -> None:
    result = compute([FeeInput(1, D(10_000), "M"), FeeInput(2, D(20_000), "M")], MAY_2011)
    assert result.total == 60
    assert len(result.lines) == 1
    assert result.lines[0].lines == (1, 2)
    assert result.lines[0].note


def test_two_rates_of_one_item_share_the_minimum() -> None:
    result = compute([FeeInput(1, D(10_000), "P"), FeeInput(2, D(10_000), "P", "plant_oil")], MAY_2011)
    assert [line.amount for line in result.lines] == [12, 48]
    assert result.total == 60


def test_half_a_yuan_goes_up() -> None:
    assert compute([FeeInput(1, D(100_333), "M")], MAY_2011).total == 150
    assert compute([FeeInput(1, D("100333.33") + D("0.01"), "M")], MAY_2011).total == 151


def test_only_the_side_of_the_direction_counts() -> None:
    assert side("M.P/N.Q") == {"M", "P"}
    assert side("M.P/N.Q", "export") == {"N", "Q"}
    assert compute([FeeInput(1, D(100_000), "L/")], MAY_2011).note is not None
    assert compute([FeeInput(1, D(100_000), "M.P/N.Q")], MAY_2011, direction="export").total == 270


def test_options_that_no_source_confirms_are_off() -> None:
    lines = [FeeInput(1, D(10_000_000), "M")]
    assert compute(lines, MAY_2011).total == 15_000
    capped = compute(lines, MAY_2011, tables=load_tables().with_option("above_cap", enabled=True))
    assert capped.total == 13_000
    assert capped.lines[-1].to_confirm
    assert compute(lines, MAY_2011, recheck=True).total == 15_000
    assert late_fee(1000, MAY_2011, FEB_2013) == 0
    on = load_tables().with_option("late_fee", enabled=True)
    assert late_fee(1000, dt.date(2011, 5, 1), dt.date(2011, 5, 31), on) == 50
    assert all(option["to_confirm"] and not option["enabled"] for option in load_tables().options.values())


def test_currency_and_unknown_day() -> None:
    assert to_rmb(D(100), "USD", {"USD": D("6.3527")}) == D("635.27")
    with pytest.raises(Refused):
        to_rmb(D(1), "XYZ", {})
    with pytest.raises(Refused):
        compute([FeeInput(1, D(1), "M")], dt.date(2003, 1, 1))
    with pytest.raises(Refused):
        compute([], MAY_2011, services=[ServiceInput("nothing", D(1))])


_values = st.decimals(min_value=0, max_value=10**9, places=2)
_days = st.dates(min_value=dt.date(2004, 4, 1), max_value=dt.date(2020, 1, 1))


@given(st.lists(st.tuples(_values, st.sampled_from(["M", "M.P", "P.R", "M.P.R/N.Q.S", "L", "V"])), max_size=5), _days)
def test_total_is_the_sum_and_never_below_the_minimum(pairs: list[tuple[D, str]], on: dt.date) -> None:
    result = compute([FeeInput(i, v, c) for i, (v, c) in enumerate(pairs, 1)], on)
    assert result.total == sum(line.amount for line in result.lines) >= 0
    assert all(line.amount >= 60 for line in result.lines)
    assert on < dt.date(2017, 4, 1) or result.total == 0


@given(_values, _values, _days)
def test_more_value_never_costs_less(low: D, more: D, on: dt.date) -> None:
    assert compute([FeeInput(1, low, "M.P")], on).total <= compute([FeeInput(1, low + more, "M.P")], on).total
