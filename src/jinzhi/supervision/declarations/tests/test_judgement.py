"""Rounding and judgement against the examples of GB/T 8170, and results as laboratories write them."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinzhi.supervision.declarations.judgement import Limit, judge, judge_item, read_result, round_gb8170, shown


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [
        ("12.1498", 1, "12.1"), ("12.1498", 0, "12"), ("10.5002", 0, "11"), ("1.050", 1, "1.0"), ("0.35", 1, "0.4"), ("0.0325", 3, "0.032"),
        ("15.4546", 0, "15"), ("-355", -1, "-36E+1"), ("-0.0365", 3, "-0.036"), ("97.46", 0, "97"),
    ],
)  # fmt: skip
def test_rounding_of_the_standard(value: str, digits: int, rounded: str) -> None:
    assert round_gb8170(D(value), digits) == D(rounded)


@pytest.mark.parametrize(
    ("result", "full", "rounded"),
    [("97.0", True, True), ("96.96", False, True), ("96.94", False, False), ("97.01", True, True)],
)
def test_limit_of_the_standard_written_97_0(result: str, full: bool, rounded: bool) -> None:
    """GB/T 8170 table: ≥ 97.0 by both methods."""
    limit = Limit(low=D("97.0"), digits=1)
    measured = read_result(result)
    assert measured is not None
    assert judge(measured, limit, "full").fit is full
    assert judge(measured, limit, "rounded").fit is rounded


@pytest.mark.parametrize(
    ("result", "low", "high", "unit", "text", "fit"),
    [
        ("−18.6 ℃", None, "-18", "℃", "≤ −18.0 ℃", True),
        ("-17.94", None, "-18", "℃", "≤ −18.0 ℃", False),
        ("-17.96", None, "-18", "℃", "≤ −18.0 ℃", True),
        ("-17.6", None, "-18", "℃", "≤ −18 ℃", True),
        ("0.054", None, "0.05", "mg/kg", "≤ 0.05 mg/kg", True),
        ("0.054", None, "0.05", "mg/kg", "≤ 0.050 mg/kg", False),
        ("54 μg/kg", None, "0.05", "mg/kg", "≤ 0.05 mg/kg", True),
        ("56 ug/kg", None, "0.05", "mg/kg", "≤ 0.05 mg/kg", False),
        ("<0.01", None, "0.05", "mg/kg", "≤ 0.05 mg/kg", True),
        ("<0.1", None, "0.05", "mg/kg", "≤ 0.05 mg/kg", None),
        (">5×10^4 CFU/g", None, "10000", "CFU/g", "≤ 10000 CFU/g", False),
        ("1.2×10^3", None, "10000", "CFU/g", "≤ 10000 CFU/g", True),
        ("未检出", None, "0.05", "mg/kg", "≤ 0.05 mg/kg", True),
        ("ND", None, None, "", "不得检出", True),
        ("未检出（<0.5 μg/kg）", None, None, "", "不得检出", True),
        ("阳性", None, None, "", "不得检出", False),
        ("0.3 μg/kg", None, None, "", "不得检出", False),
        ("12.5 %vol", "12", "14", "%vol", "12.0 ～ 14.0 %vol", True),
        ("11.94", "12", "14", "%vol", "12.0 ～ 14.0 %vol", False),
        ("3 天", None, "5", "mg/kg", "≤ 5 mg/kg", None),
        ("看着还行", None, "5", "mg/kg", "≤ 5 mg/kg", None),
    ],
)  # fmt: skip
def test_results_as_written(result: str, low: str | None, high: str | None, unit: str, text: str, fit: bool | None) -> None:
    judged = judge_item(result, low=D(low) if low else None, high=D(high) if high else None, unit=unit, limit_text=text)
    assert judged.fit is fit, judged.why
    assert judged.why.zh
    assert judged.why.en


def test_stored_limits_have_lost_their_digits_and_the_printed_limit_tells() -> None:
    assert judge_item("0.054", low=None, high=D("0.050000"), unit="mg/kg", limit_text="≤ 0.05 mg/kg").fit is True
    assert judge_item("0.054", low=None, high=D("0.050000"), unit="mg/kg").fit is True


def test_a_person_judges_what_has_no_number_but_never_against_one() -> None:
    assert judge_item("色泽正常，无异味", low=None, high=None).fit is None
    assert judge_item("色泽正常，无异味", low=None, high=None, fit=True).fit is True
    assert judge_item("-12", low=None, high=D(-18), unit="℃", fit=True).fit is False


def test_explanation_in_words() -> None:
    why = judge_item("0.054", low=None, high=D("0.05"), unit="mg/kg", limit_text="≤ 0.05 mg/kg").why
    assert why.zh == "0.054 修约为 0.05，符合限量 ≤ 0.05 mg/kg（GB/T 8170 修约值比较法）"
    assert judge_item("-12", low=None, high=D(-18), unit="℃", limit_text="≤ −18.0 ℃").why.en == "−12.0 is outside ≤ −18.0 ℃"
    assert shown(Limit(not_detected=True)) == "ND"


@given(st.decimals(min_value=-1000, max_value=1000, places=4), st.decimals(min_value=-1000, max_value=1000, places=1))
def test_rounding_moves_a_verdict_by_half_a_digit_at_most(value: D, high: D) -> None:
    judged = judge_item(str(value), low=None, high=high, limit_text=f"≤ {high}")
    if value <= high - D("0.05"):
        assert judged.fit is True
    if value > high + D("0.05"):
        assert judged.fit is False
