"""The draw: rates of the table, numbers that can be proved, items with limits, reasons in words."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.draw import DrawInput, DrawResult, draw, draw_table, number, prove, seed_name
from jinzhi.supervision.declarations.estimate import estimate
from jinzhi.supervision.declarations.goods import goods_classes
from jinzhi.supervision.declarations.judgement import judge_item
from jinzhi.supervision.declarations.plans import plan_for, unknown_classes, wood_items
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.lookup import lookup
from jinzhi.supervision.declarations.tests.test_review import beef

ON, SEED = dt.date(2011, 11, 23), b"a seed of the tests"
PUZZLES, PLASTIC, BEEF = "9503006000", "3901100090", "0202300090"


def declaration(*codes: str, **line: Any) -> Declaration:
    payload = beef()
    payload["lines"] = [payload["lines"][0] | {"hs_code": code} | line for code in codes]
    return Declaration.model_validate(payload)


def drawn(*codes: str, case: int = 1, credit: str = "B", hits: dict[str, Text] | None = None, **line: Any) -> DrawResult:
    return draw([DrawInput(case, declaration(*codes, **line), ON, credit, hits or {})], lookup(), SEED)[0]


def test_table_is_proved_and_its_default_is_the_strict_one() -> None:
    table = draw_table()
    assert table.rows[-1].result["rate"] == 100
    assert len({r.id for r in table.rows}) == len(table.rows)


def test_beef_is_always_inspected_with_its_items() -> None:
    answer = drawn(BEEF)
    assert (answer.result, answer.risk) == ("inspect", "high")
    codes = [i.code for i in answer.items if i.kind == "field"]
    assert codes == ["goods_match", "packing", "temperature", "label", "sensory", "plant_number"]
    temperature = next(i for i in answer.items if i.code == "temperature")
    assert (temperature.limit_text, temperature.unit, temperature.line) == ("≤ −18.0 ℃", "℃", 0)
    assert answer.reason.zh == "规则表“入境货物抽批”第 9 行：高风险商品逐批查验；企业信用 B，检测 30%"


def test_rate_is_kept_over_many_cases() -> None:
    given = [DrawInput(case, declaration(PUZZLES), ON, "B") for case in range(4000)]
    answers = draw(given, lookup(), SEED)
    share = sum(a.result == "inspect" for a in answers) / 4000
    assert 0.37 < share < 0.43
    one = next(a for a in answers if a.result == "papers")
    assert "未抽中" in one.reason.zh
    assert one.items == ()


def test_same_case_same_draw_and_it_is_proved() -> None:
    answer, again = drawn(PUZZLES, case=77), drawn(PUZZLES, case=77)
    assert answer == again
    kept = json.loads(json.dumps(answer.evidence))
    assert prove(kept, SEED)
    assert not prove(kept, b"another seed")
    assert not prove({**kept, "number": (kept["number"] + 1) % 100}, SEED)
    beef_kept = drawn(BEEF).evidence
    first = next(iter(beef_kept["lab"]))
    assert prove(beef_kept, SEED)
    assert not prove({**beef_kept, "lab": {first: {"number": 0.0, "rate": 1}}}, SEED)
    assert SEED.hex() not in str(kept)
    assert kept["seed"] == seed_name(SEED)


def test_numbers_are_even() -> None:
    numbers = [number(SEED, case, "d", "field") for case in range(5000)]
    assert all(0 <= n < 100 for n in numbers)
    assert all(400 < sum(low <= n < low + 10 for n in numbers) < 600 for low in range(0, 100, 10))


def test_outside_the_list_and_wood_packing() -> None:
    assert drawn(PLASTIC).result == "unlisted"
    answers = [drawn(PLASTIC, case=c, package_kind="4C") for c in range(300)]
    assert {a.result for a in answers} == {"inspect", "papers"}
    found = next(a for a in answers if a.result == "inspect")
    assert wood_items()[0].code in [i.code for i in found.items]


def test_alert_means_everything_and_is_named() -> None:
    answer = drawn(PUZZLES, credit="AA", hits={"2011-99": Text("玩具铅超标", "Lead in toys")})
    assert (answer.result, answer.risk) == ("inspect", "high")
    assert {i.code for i in answer.items if i.kind == "lab"} == {i.code for i in plan_for("toy").lab}
    assert "玩具铅超标（2011-99）" in answer.reason.zh


def test_two_classes_are_two_plans_and_common_items_once() -> None:
    answer = drawn(PUZZLES, BEEF, BEEF, credit="D")
    codes = [(i.code, i.line) for i in answer.items]
    assert codes.count(("goods_match", 0)) == 1
    assert ("temperature", 2) in codes
    assert ("small_parts", 1) in codes
    assert "第 1 行，玩具" in answer.reason.zh


def test_unknown_credit_is_strict() -> None:
    assert drawn(PUZZLES, credit="?").evidence["rate"] == 100


@pytest.mark.parametrize("code", sorted(goods_classes()))
def test_every_class_has_a_plan_whose_limits_can_be_judged(code: str) -> None:
    assert not unknown_classes()
    plan = plan_for(code)
    assert len(plan.field) >= 2
    for item in (*plan.field, *plan.lab):
        assert item.name.zh
        assert item.name.en
        for limit in (item.low, item.high):
            if limit is not None:
                assert judge_item(str(limit), low=item.low, high=item.high, unit=item.unit, limit_text=item.limit_text).fit is True
        if item.limit_text in ("不得检出", "阴性"):
            assert judge_item("阳性", low=None, high=None, unit=item.unit, limit_text=item.limit_text).fit is False


def test_estimate_of_the_wizard() -> None:
    found = estimate(declaration(BEEF), ON, codes=lookup())
    assert found.field.zh == "会查，风险等级高"
    assert found.lab_items == 1
    assert found.days == 7
    assert estimate(declaration(PLASTIC), ON, codes=lookup()).field.zh == "不查，商品不在法检目录内"
    assert estimate(declaration(PUZZLES), ON, codes=lookup()).field.zh == "可能查，抽查 40%"
    assert estimate(declaration(BEEF), ON, credit_class="D", codes=lookup()).lab_items == 5
