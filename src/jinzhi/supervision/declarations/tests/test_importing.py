"""Rates, permits and alerts from files: dated, again without effect, faults with line and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.models import Alert, ExchangeRate, Permit

pytestmark = pytest.mark.django_db
HOLDER = next(iter(sample.enterprises(1))).code


def run(folder: Path, what: str, text: str, *more: str) -> None:
    path = folder / f"{what}.csv"
    path.write_text(text, encoding="utf-8")
    call_command("declarations", "import", what, str(path), *more)


def test_rates_are_dated_and_not_changed_by_the_way(tmp_path: Path, capsys: Any) -> None:
    text = "币种,生效日期,一单位合人民币元\nUSD,2011-11-01,6.32\neur,20111101,8.71\n"
    run(tmp_path, "rates", text)
    run(tmp_path, "rates", text)
    assert "不变 2" in capsys.readouterr().out
    assert {(r.currency, r.cny) for r in ExchangeRate.objects.all()} == {("USD", Decimal("6.32")), ("EUR", Decimal("8.71"))}
    with pytest.raises(CommandError, match=r"第 3 行，“cny”列：这一天已登记为 6.32"):
        run(tmp_path, "rates", "currency,valid_from,cny\nUSD,2011-12-01,6.35\nUSD,2011-11-01,6.4\n")
    assert ExchangeRate.objects.count() == 2
    run(tmp_path, "rates", "currency,valid_from,cny\nUSD,2011-12-01,6.35\nUSD,2011-11-01,6.4\n", "--replace")
    assert ExchangeRate.objects.get(currency="USD", valid_from="2011-11-01").cny == Decimal("6.4")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [("XXQ,2011-11-01,6", "3 位字母代码"), ("CNY,2011-11-01,1", "外币"), ("USD,2011-13-01,6", "2011-11-23"), ("USD,2011-11-01,0", "大于 0"),
     ("USD,2011-11-01,-1", "大于 0"), ("USD,2011-11-01,1e-9", "6 位小数"), ("USD,2011-11-01,六", "写成数字"), ("USD,,6", "填写生效日期")],
)  # fmt: skip
def test_a_wrong_rate_is_a_sentence(tmp_path: Path, row: str, sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(tmp_path, "rates", f"currency,valid_from,cny\n{row}\n")
    assert sentence in str(refused.value)
    assert "第 2 行" in str(refused.value)
    assert not ExchangeRate.objects.exists()


def permit(granted: str, **more: str) -> str:
    values = {"kind": "325", "number": "P-1", "holder_code": HOLDER, "hs_prefix": "0202", "granted": granted, "unit": "035", "valid_from": "2011-01-01", "valid_to": "2011-12-31"} | more
    return ",".join(values) + "\n" + ",".join(values.values()) + "\n"


def test_another_quantity_moves_the_balance_by_the_difference(tmp_path: Path) -> None:
    run(tmp_path, "permits", permit("1000"))
    run(tmp_path, "permits", permit("1000"))
    Permit.objects.update(balance=400)  # 600 were written off
    run(tmp_path, "permits", permit("1500"))
    assert (Permit.objects.get().granted, Permit.objects.get().balance) == (1500, 900)
    with pytest.raises(CommandError, match="已核销 600"):
        run(tmp_path, "permits", permit("599.9"))
    with pytest.raises(CommandError, match="计量单位不能改"):
        run(tmp_path, "permits", permit("1500", unit="007"))
    assert Permit.objects.get().balance == 900
    for wrong, sentence in (({"kind": "999"}, "种类"), ({"holder_code": HOLDER[:-1]}, "18 位"), ({"hs_prefix": "A1"}, "HS"), ({"valid_to": "2010-01-01"}, "或以后"), ({"unit": "x"}, "计量单位")):
        with pytest.raises(CommandError, match=sentence):
            run(tmp_path, "permits", permit("2000", **wrong))


def test_alerts_by_their_number(tmp_path: Path, capsys: Any) -> None:
    head = "number,title_zh,title_en,country,goods_class,prohibits,valid_from,valid_to\n"
    run(tmp_path, "alerts", head + "2011-1,标题,Title,br,meat,是,2011-11-01,\n")
    run(tmp_path, "alerts", head + "2011-1,标题,Title,br,meat,是,2011-11-01,\n")
    assert "不变 1" in capsys.readouterr().out
    run(tmp_path, "alerts", head + "2011-1,标题,Title,br,meat,是,2011-11-01,2011-12-01\n2011-2,标题,Title,NZ,,否,2011-11-01,\n")
    assert {(a.number, a.prohibits, str(a.valid_to)) for a in Alert.objects.all()} == {("2011-1", True, "2011-12-01"), ("2011-2", False, "None")}
    for row, sentence in (("2011-3,标题,Title,,,否,2011-11-01,", "全部货物"), ("2011-3,标题,Title,QQ,,否,2011-11-01,", "2 位字母"), ("2011-3,标题,Title,BR,gold,否,2011-11-01,", "其中一种")):
        with pytest.raises(CommandError, match=sentence):
            run(tmp_path, "alerts", head + row + "\n")
    with pytest.raises(CommandError, match="与第 2 行重复"):
        run(tmp_path, "alerts", head + "2011-3,标题,Title,BR,,否,2011-11-01,\n" * 2)
