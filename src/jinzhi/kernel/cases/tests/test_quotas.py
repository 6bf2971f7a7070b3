"""Quotas: exactly those that fit, in order; given back; never more than allotted, whoever races."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine, quotas
from jinzhi.kernel.cases.results import Draft
from jinzhi.kernel.cases.tests.kennels import CODE, COUNTY, Kennels, kennels  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests.test_engine import codes, state
from jinzhi.kernel.cases.tests.test_levels import on, value
from jinzhi.kernel.cases.tests.test_race import together
from jinzhi.kernel.refusals import Refused

pytestmark = pytest.mark.django_db


def ask(kennels: Kennels, *places: int, province: str = "33") -> list[engine.Result]:
    drafts = [Draft(CODE, COUNTY, 77, {"name": f"犬舍{i}", "places": n, "province": province}) for i, n in enumerate(places)]
    return engine.open_cases(drafts, "ask_for_places", actor=kennels.keeper)


def used(province: str = "33", period: str = "2011") -> Decimal:
    (row,) = [r for r in quotas.allotments(CODE) if (r["key"], r["period"]) == (province, period)]
    return Decimal(row["used"])


def test_a_batch_takes_in_order_and_exactly_those_that_no_longer_fit_are_refused(kennels: Kennels) -> None:
    quotas.allot(CODE, "places", "33", "2011", Decimal(10))
    with time.at(on("2011-05-05")):
        results = ask(kennels, 4, 5, 3, 1, 1)
    assert codes(results) == ["done", "done", "quota_used_up", "done", "quota_used_up"]
    assert "剩余 1，不足 3" in results[2].refusals[0].message.zh
    assert used() == 10
    assert [r.case == 0 for r in results] == [False, False, True, False, True]
    assert value("select count(*) from case_ where process = %s", CODE) == 3


def test_no_allotment_no_taking_and_each_key_and_period_is_its_own(kennels: Kennels) -> None:
    quotas.allot(CODE, "places", "33", "2011", Decimal(2))
    quotas.allot(CODE, "places", "31", "2011", Decimal(2))
    with time.at(on("2011-05-05")):
        assert codes(ask(kennels, 1, province="44")) == ["quota_used_up"]
        assert codes(ask(kennels, 2)) == ["done"]
        assert codes(ask(kennels, 2, province="31")) == ["done"]
        assert codes(ask(kennels, 0)) == ["no_amount"]
    with time.at(on("2012-01-01")):
        assert codes(ask(kennels, 1)) == ["quota_used_up"]
        quotas.allot(CODE, "places", "33", "2012", Decimal(1))
        assert codes(ask(kennels, 1)) == ["done"]


def test_what_is_given_back_can_be_taken_again_by_hand_and_by_the_clock(kennels: Kennels) -> None:
    quotas.allot(CODE, "places", "33", "2011", Decimal(5))
    with time.at(on("2011-03-01")):
        first, second = (r.case for r in ask(kennels, 3, 2))
        assert codes(kennels.do("refuse", kennels.head, first)) == ["done"]
        assert used() == 2
        assert codes(kennels.do("notice", kennels.window, second, missing="章程")) == ["done"]
    with time.at(on("2011-05-01")):
        engine.run_due()
        assert state(second) == "lapsed"
        assert used() == 0
        assert codes(ask(kennels, 5)) == ["done"]
    assert value("select count(*) from quota_use where given_back_at is null") == 1


def test_no_less_can_be_allotted_than_is_used(kennels: Kennels) -> None:
    quotas.allot(CODE, "places", "33", "2011", Decimal(5))
    with time.at(on("2011-03-01")):
        ask(kennels, 4)
    with pytest.raises(Refused):
        quotas.allot(CODE, "places", "33", "2011", Decimal(3))
    assert quotas.allot(CODE, "places", "33", "2011", Decimal(4)) == 4


def test_the_database_itself_refuses_more_than_all(kennels: Kennels) -> None:
    quotas.allot(CODE, "places", "33", "2011", Decimal(1))
    doc = f'[{{"case": 1, "process": "{CODE}", "quota": "places", "key": "33", "period": "2011", "amount": "2"}}]'
    with pytest.raises(IntegrityError, match="quota_not_overused"), connection.cursor() as cursor:
        cursor.execute("select use_quotas(%s::jsonb, '[]'::jsonb, now())", [doc])


def test_the_command_sets_and_shows(kennels: Kennels, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("quotas", "set", CODE, "places", "12", "--key", "33", "--period", "2011")
    call_command("quotas", "show", CODE, "--json")
    assert '"total": "12"' in capsys.readouterr().out
    with pytest.raises(CommandError, match="province"):
        call_command("quotas", "set", CODE, "places", "12", "--period", "2011")
    with pytest.raises(CommandError, match="2011-13"):
        call_command("quotas", "set", CODE, "places", "12", "--key", "33", "--period", "2011-13")
    with pytest.raises(CommandError, match="place"):
        call_command("quotas", "set", CODE, "place", "12", "--key", "33", "--period", "2011")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_race_for_the_last_places_and_none_too_many_goes(kennels: Kennels) -> None:
    quotas.allot(CODE, "places", "33", str(time.today().year), Decimal(100))
    won = together(8, lambda n: [sum(r.ok for r in ask(kennels, *[3] * 5)) for _ in range(3)])
    assert sum(map(sum, won)) == 33, "33 of 3 fit into 100"  # type: ignore[arg-type]
    assert used(period=str(time.today().year)) == 99
    assert value("select sum(amount) from quota_use where given_back_at is null") == 99
