"""What is typed becomes a declaration, and a declaration becomes what can be typed on."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.biz import convert
from jinzhi.supervision.declarations.schema import Declaration


@pytest.mark.parametrize(("typed", "read"), [("１２，３４５．６", "12345.6"), ("1,250.50", "1250.50"), (" 7 ", "7"), ("三千", "三千"), ("-", "-"), ("1.", "1.")])
def test_numbers(typed: str, read: str) -> None:
    assert convert.number(typed) == read


@pytest.mark.parametrize(("typed", "read"), [("20111123", "2011-11-23"), ("2011/11/3", "2011-11-03"), ("2011年11月23日", "2011-11-23"), ("2011-02-30", "2011-02-30"), ("soon", "soon")])
def test_dates(typed: str, read: str) -> None:
    assert convert.date(typed) == read


def test_a_day_without_its_year_is_this_years(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "today", lambda: dt.date(2011, 11, 23))
    assert convert.date("11-25") == "2011-11-25"
    assert convert.date("今天") == "2011-11-23"


def test_permits_and_shares() -> None:
    uses = convert.permits("325 AP1120110633 8,400；519 SIF9217\nAP2")
    assert uses == [{"kind": "325", "number": "AP1120110633", "quantity": "8400"}, {"kind": "519", "number": "SIF9217"}, {"kind": "", "number": "AP2"}]
    assert convert.permits(convert.permits_text(uses)) == uses
    assert convert.shares("1 8400；2:6100") == [{"line": "1", "weight": "8400"}, {"line": "2", "weight": "6100"}]


@pytest.mark.django_db
def test_codes_by_name_and_by_what_people_write() -> None:
    assert convert.code("countries", "巴西") == "BR"
    assert convert.code("countries", "brazil") == "BR"
    assert convert.code("countries", "br") == "BR"
    assert convert.code("units", "公斤") == "035"
    assert convert.code("units", "35") == "035"
    assert convert.code("currencies", "美元") == "USD"
    assert convert.code("countries", "巴西国") == "巴西国"


@pytest.mark.django_db
def test_a_declaration_survives_the_way_through_a_draft() -> None:
    for one in sample.labelled(40, 3, sample.enterprises(10, 3), sample.DEMO_DAY, faulty=0.0, doubtful=0.0):
        sent = Declaration.model_validate(one.payload)
        again = Declaration.model_validate(convert.payload(convert.draft_data(sent)) | {"version": sent.version})
        assert again == sent


text = st.text(max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["arrived_on", "total_value", "trade_country", "line_currency", "consignee_code", "contract_no"]), text), st.lists(
    st.dictionaries(st.sampled_from(["key", "hs_code", "quantity", "permits", "is_waste", "origin_country", "produced_on"]), text), max_size=3))  # fmt: skip
@pytest.mark.django_db
def test_nothing_typed_breaks_the_page(header: dict[str, str], lines: list[dict[str, str]]) -> None:
    from jinzhi.supervision.declarations.biz import checks, panels

    data = {"header": header, "lines": lines, "containers": [{"number": header.get("contract_no", "x"), "shares": "1 1；x"}]}
    state = checks.look_at(convert.payload(data))
    assert state.errors
    for error in state.errors:
        assert checks.problem(error, data).message.zh
    panels.needs(state)
    panels.forecast(state)
    panels.totals(state)
