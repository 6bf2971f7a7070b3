"""Declared fields: every type good and bad, full-width input, every refusal at once; the schema; pydantic's errors in words."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any

import pytest
from django.utils.translation import override
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Limit

from jinzhi.kernel.codes import lists
from jinzhi.kernel.forms import errors, fields
from jinzhi.kernel.forms.fields import Field
from jinzhi.kernel.text import Text

DIGEST = "0123456789abcdef" * 4


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=5)]
    weight: Annotated[Decimal, Limit(ge=0, le=100, decimal_places=2, max_digits=6)] = Decimal(0)
    code: Annotated[str, StringConstraints(pattern=r"^T\d{3}$")] = "T001"
    on: dt.date | None = None
    count: int = 1
    tags: Annotated[list[str], Limit(max_length=2)] = Limit(default_factory=list)


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {"red": lists.Entry("red", Text("红", "Red"), None, None, {}, "h hong")}
    monkeypatch.setattr(lists, "get", lambda name, code, on=None: entries.get(code))


def field(type: str, **more: Any) -> Field:  # noqa: A002
    return Field("f", Text("那一项", "That one"), type, code_list="test.colours", record=Part if type == "test.part" else None, **more)


def one(type: str, value: Any, **more: Any) -> Any:  # noqa: A002
    clean, refusals = fields.validate([field(type, **more)], {"f": value})
    return refusals[0] if refusals else clean.get("f")


GOOD: list[tuple[str, Any, Any]] = [
    ("text", " 甲 ", "甲"), ("note", "甲\n乙", "甲\n乙"), ("place", "堆场", "堆场"),
    ("integer", "12", 12), ("integer", "１２", 12), ("integer", "1,200", 1200), ("integer", -3, -3),
    ("decimal", "1250.50", Decimal("1250.50")), ("decimal", "１，２５０．５", Decimal("1250.5")), ("money", 12, Decimal(12)), ("decimal", "-0.5", Decimal("-0.5")),
    ("flag", True, True), ("flag", "on", True), ("flag", "false", False), ("flag", "0", False),
    ("date", "2011-11-23", dt.date(2011, 11, 23)), ("date", "20111123", dt.date(2011, 11, 23)), ("date", "2011/1/2", dt.date(2011, 1, 2)),
    ("date", "２０１１－１１－２３", dt.date(2011, 11, 23)), ("date", "2011年11月23日", dt.date(2011, 11, 23)), ("date", dt.date(2011, 11, 23), dt.date(2011, 11, 23)),
    ("moment", "2011-11-23T14:06:00+08:00", dt.datetime(2011, 11, 23, 14, 6, tzinfo=dt.timezone(dt.timedelta(hours=8)))),
    ("code", "red", "red"), ("code", "ｒｅｄ", "red"), ("person", "7", 7), ("party", 7, 7), ("case", "7", 7), ("file", DIGEST, DIGEST),
]  # fmt: skip
BAD: list[tuple[str, Any, str]] = [
    ("text", "x" * 401, "太长"), ("text", "a\x00b", "不能保存"), ("note", "x" * 4001, "太长"),
    ("integer", "1.5", "整数"), ("integer", "一", "整数"), ("integer", True, "整数"), ("integer", 2**60, "整数"), ("integer", [1], "整数"), ("integer", {}, "整数"),
    ("decimal", "1.2.3", "数字"), ("decimal", "NaN", "数字"), ("decimal", "Infinity", "数字"), ("decimal", "1e99", "数字"), ("money", "十元", "数字"), ("money", {}, "数字"),
    ("flag", "maybe", "是或否"), ("flag", 2, "是或否"),
    ("date", "23.11.2011", "2011-11-23"), ("date", "2011-13-01", "2011-11-23"), ("date", "2011-02-30", "2011-11-23"), ("date", "昨天", "2011-11-23"), ("date", 5, "2011-11-23"),
    ("moment", "下午", "14:06"), ("code", "blue", "不在代码表"), ("person", "周明", "选择"), ("party", "x", "选择"), ("case", "x", "选择"),
    ("file", "contract.pdf", "上传"), ("file", DIGEST.upper(), "上传"), ("file", DIGEST + "0", "上传"),
]  # fmt: skip


@pytest.mark.parametrize(("type", "value", "expected"), GOOD)
def test_good_values_of_every_type(type: str, value: Any, expected: Any) -> None:  # noqa: A002
    found = one(type, value)
    assert found == expected
    assert found.__class__ is expected.__class__


@pytest.mark.parametrize(("type", "value", "sentence"), BAD)
def test_bad_values_are_sentences_in_both_languages(type: str, value: Any, sentence: str) -> None:  # noqa: A002
    refusal = one(type, value)
    assert refusal.field == "f"
    assert sentence in refusal.message.zh
    assert not re.search("[\u4e00-\u9fff{}]", refusal.message.en), refusal.message.en
    assert "{" not in refusal.message.zh


@pytest.mark.parametrize("empty", [None, "", fields.MISSING])
def test_what_is_empty_is_missing_only_where_needed(empty: Any) -> None:
    data = {} if empty is fields.MISSING else {"f": empty}
    assert fields.validate([field("text", required=False)], data) == ({}, [])
    (_, (refusal,)) = fields.validate([field("text")], data)
    assert (refusal.code, refusal.message.zh, refusal.message.en) == ("missing", "填写那一项", "Enter: That one")
    assert fields.validate([field("code")], data)[1][0].message.zh == "选择那一项"
    assert one("flag", False) is False
    assert one("integer", 0) == 0


def test_several_values_each_with_its_place() -> None:
    assert one("integer", ["1", "２"], many=(1, 3)) == [1, 2]
    assert one("integer", "5", many=(1, 3)) == [5]
    _, refusals = fields.validate([field("integer", many=(1, 5))], {"f": ["1", "x", "3", "y"]})
    assert [r.field for r in refusals] == ["f.1", "f.3"]
    assert one("integer", ["1", "2"], many=(3, 9)).code == "count"
    assert "3 至 9 个，现有 2 个" in one("integer", ["1", "2"], many=(3, 9)).message.zh
    assert one("integer", [], many=(1, 9)).code == "missing"


def test_unknown_fields_are_named_and_nothing_is_kept_back() -> None:
    many = [field("integer"), Field("g", Text("另一项", "The other"), "date")]
    clean, refusals = fields.validate(many, {"f": "x", "g": "y", "h": 1})
    assert clean == {}
    assert [(r.code, r.field) for r in refusals] == [("unknown_field", "h"), ("format", "f"), ("format", "g")]


def test_records_are_checked_by_their_model_with_paths() -> None:
    made = one("test.part", {"name": "甲", "weight": "1.5"})
    assert made == Part(name="甲", weight=Decimal("1.5"))
    assert one("test.part", made) is made
    _, refusals = fields.validate([field("test.part", many=(0, 9))], {"f": [{"name": "甲"}, {"name": "", "weight": -1, "x": 1}]})
    assert [r.field for r in refusals] == ["f.1.name", "f.1.weight", "f.1.x"]


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({}, "name", "填写这一项", "Fill this in"), ({"name": ""}, "name", "填写这一项", "Fill this in"), ({"name": "甲乙丙丁戊己"}, "name", "最多 5 个字符", "At most 5 characters"),
    ({"name": 5}, "name", "写成文字", "Write a text"), ({"weight": "x"}, "weight", "写成数字", "Write a number"), ({"weight": -1}, "weight", "不小于 0", "at least 0"),
    ({"weight": 101}, "weight", "不大于 100", "at most 100"), ({"weight": "1.234"}, "weight", "最多 2 位小数", "2 decimal places"), ({"weight": []}, "weight", "写成数字", "Write a number"),
    ({"count": "1.5"}, "count", "写成整数", "whole number"), ({"count": "x"}, "count", "写成整数", "whole number"), ({"on": "2011-13-01"}, "on", "2011-11-23", "2011-11-23"),
    ({"tags": ["a", "b", "c"]}, "tags", "最多 2 项", "At most 2"), ({"tags": 5}, "tags", "写成列表", "Write a list"), ({"other": 1}, "other", "没有名为 other 的字段", "no field other"),
    ({"code": "x"}, "code", "改正这一项", "Correct this value"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "zh", "en"), WRONG)
def test_what_pydantic_finds_is_said_in_both_languages(data: dict[str, Any], path: str, zh: str, en: str) -> None:
    with pytest.raises(ValidationError) as error:
        Part.model_validate(data if path == "name" else {"name": "甲"} | data)
    (refusal,) = errors.from_pydantic(error.value, "lines.2")
    assert refusal.field == f"lines.2.{path}"
    assert zh in refusal.message.zh
    assert en in refusal.message.en
    with override("en"):
        assert str(refusal.message) == refusal.message.en


def test_a_module_says_what_its_patterns_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_PATTERNS", dict(errors._PATTERNS))
    sentence = Text("写成 T001 这样的格式", "Write it like T001")
    errors.register_pattern(r"^T\d{3}$", sentence)
    errors.register_pattern(r"^T\d{3}$", sentence)
    with pytest.raises(ValidationError) as error:
        Part.model_validate({"name": "甲", "code": "x"})
    assert errors.from_pydantic(error.value)[0].message == sentence
    with pytest.raises(ValueError, match="has a sentence already"):
        errors.register_pattern(r"^T\d{3}$", Text("别的", "Another"))


def test_the_schema_says_what_the_check_asks() -> None:
    declared = [
        Field("a", Text("甲", "A"), "integer"), Field("b", Text("乙", "B"), "decimal", required=False), Field("c", Text("丙", "C"), "code", code_list="test.colours"),
        Field("d", Text("丁", "D"), "file", many=(1, 3)), Field("e", Text("戊", "E"), "test.part", required=False, record=Part),
        Field("g", Text("庚", "G"), "flag", required=False), Field("h", Text("辛", "H"), "date", required=False),
    ]  # fmt: skip
    schema = fields.schema_of(declared)
    assert schema["$schema"].endswith("2020-12/schema")
    assert (schema["required"], schema["additionalProperties"]) == (["a", "c", "d"], False)
    shapes = schema["properties"]
    assert shapes["c"]["x-code-list"] == "test.colours"
    assert (shapes["a"]["title"], shapes["a"]["x-title-zh"]) == ("A", "甲")
    assert {name: shapes[name]["type"] for name in "abcdegh"} == {
        "a": "integer", "b": "string", "c": "string", "d": "array", "e": "object", "g": "boolean", "h": "string",
    }  # fmt: skip
    assert (shapes["d"]["minItems"], shapes["d"]["maxItems"], shapes["d"]["items"]["type"]) == (1, 3, "string")
    assert shapes["e"]["required"] == ["name"]
    assert shapes["h"]["format"] == "date"
    good = {"a": 1, "b": "1.5", "c": "red", "d": [DIGEST], "g": True, "h": "2011-11-23"}
    assert fields.validate(declared, good)[1] == []
    for wrong in ({**good, "a": "x"}, {k: v for k, v in good.items() if k != "c"}, {**good, "d": []}, {**good, "d": [DIGEST] * 4}, {**good, "z": 1}):
        assert fields.validate(declared, wrong)[1]
