"""The two-language tag and the filters."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.template import Context, Engine
from django.utils.translation import override

from jinzhi.kernel import time
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components import words

ENGINE = Engine(builtins=["jinzhi.kernel.web.templatetags.q"])


def draw(source: str, language: str = "zh-hans", **context: object) -> str:
    with override(language):
        return ENGINE.from_string(source).render(Context(context))


def test_the_reader_gets_one_language_with_values_escaped() -> None:
    source = '{% t "共 {n} 件" "{n} cases" n=n %}'
    assert draw(source, n=37) == "共 37 件"
    assert draw(source, "en", n=37) == "37 cases"
    assert draw(source, n="<b>") == "共 &lt;b&gt; 件"
    assert draw(source, n=Text("三", "three")) == "共 三 件"
    assert draw(source, "en", n=Text("三", "three")) == "three cases"


def test_a_text_can_be_kept_in_a_variable_and_holds_braces_without_values() -> None:
    assert draw('{% t "保存" "Save" as label %}[{{ label }}]', "en") == "[Save]"
    assert draw('{% t "{m} 分钟" "{m} minutes" %}') == "{m} 分钟"
    assert draw('{% t "值 {v}" "Value {v}" v=v %}', v=None) == "值 —"


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (24180, 2, "24,180.00"), (Decimal("24180.50"), None, "24,180.50"), ("24,180", None, "24,180"), (None, None, "—"),
        ("", None, "—"), ("今日 18", None, "今日 18"), ("NaN", None, "NaN"), (0, None, "0"),
    ],
)  # fmt: skip
def test_amounts(value: object, places: int | None, shown: str) -> None:
    assert words.amount(value, places) == shown


def test_dates_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    now = dt.datetime(2011, 11, 23, 14, 6, tzinfo=time.ZONE)
    monkeypatch.setattr(time, "now", lambda: now)
    older = dt.datetime(2011, 11, 18, 1, 20, tzinfo=dt.UTC)
    with override("zh-hans"):
        assert words.date_(now) == "今天 14:06"
        assert words.date_(now, "full") == "2011-11-23 14:06"
        assert words.date_(older) == "2011-11-18 09:20"
        assert words.date_(older, "short") == "11-18 09:20"
        assert words.date_(now.date()) == "2011-11-23"
        assert words.date_("2011-11-18") == "2011-11-18"
        assert words.date_("no date") == "no date"
        assert words.date_(None) == "—"
    with override("en"):
        assert words.date_(now) == "Today 14:06"
        assert words.date_(older) == "18 Nov 2011 09:20"
        assert words.date_(older, "short") == "18 Nov 09:20"
        assert words.time_tag(dt.date(2010, 1, 2)) == '<time datetime="2010-01-02">2 Jan 2010</time>'


@pytest.mark.parametrize(
    ("name", "masked"), [("王敏", "王*"), ("张小丽", "张*丽"), ("欧阳文丽", "欧**丽"), ("Lin Xiaolan", "L. X."), ("", "—")]
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert words.mask_name(name) == masked


def test_sizes_and_phones() -> None:
    assert [words.file_size(n) for n in (0, 10, 655360, 1258291, 12582912)] == ["0 KB", "1 KB", "640 KB", "1.2 MB", "12 MB"]
    assert words.mask_phone("18612341402") == "186****1402"
    assert words.minutes(dt.timedelta(minutes=14, seconds=1)) == 15
