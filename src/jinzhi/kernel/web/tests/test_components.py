"""What the components draw."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Engine
from django.utils.translation import override

from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.web import parts as p
from jinzhi.kernel.web import styleguide
from jinzhi.kernel.web.components import forms, marks, panels
from jinzhi.kernel.web.templatetags.q import register

ENGINE = Engine(builtins=["jinzhi.kernel.web.templatetags.q"], app_dirs=True)


def draw(source: str, language: str = "zh-hans", **context: object) -> str:
    with override(language):
        return ENGINE.from_string(source).render(Context(context))


def test_every_component_stands_in_the_style_guide(client: object) -> None:
    shown = {tag for tag, *_ in styleguide.ENTRIES}
    own = {"t", "icon", "kbd", "th", "table_head", "tick", "bar", "task_state", "change_tag", "panel", "messages", "navigation", "form_field",
           "file_row", "check", "request_id", "saved_state", "tabs"}  # fmt: skip
    assert set(register.tags) - own <= shown | {"empty_state"}
    assert shown - set(register.tags) == {"identity_bar", "data_table"}  # these two are markup with tags inside


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_style_guide_is_complete_in_both_languages(client: object, language: str) -> None:
    page = client.get("/sys/styleguide/", HTTP_ACCEPT_LANGUAGE=language).content.decode()  # type: ignore[attr-defined]
    assert len(styleguide.icon_names()) == 44
    for tag, title, _ in styleguide.ENTRIES:
        assert f'id="c-{tag}"' in page
        assert (title.zh if language == "zh-hans" else title.en) in page
    if language == "en":
        visible = re.sub(r"<[^>]+>", " ", page.split("<body")[1])
        allowed = "中文质检服务"
        left = {c for c in visible if "\u4e00" <= c <= "\u9fff"} - set(allowed) - set("王敏")  # a name shown masked in each script
        assert not left, f"Chinese left in the English page: {left}"


def test_a_tag_carries_words_and_escapes_them() -> None:
    assert draw('{% tag text "g" "check" %}', text="<x>").count("&lt;x&gt;") == 1
    assert "q-tag--evil" not in draw('{% tag "a" "evil" %}')


def test_due_bar_widths_are_attributes() -> None:
    html = draw('{% due "今日 17:00" "w" 0.5 %}')
    assert 'width="48"' in html
    assert "style" not in html
    assert 'width="96"' in draw('{% due "超期" "r" 7 %}')


def test_the_clock_is_drawn_to_scale_and_said_in_words() -> None:
    stops = (p.Stop(17, 6, "补充"), p.Stop(15, 13, Text("检验", "testing")))
    html = draw("{% clock_bar 23 60 stops %}", stops=stops)
    # 60 counted and 19 stopped days: today stands at 42 of 79
    assert 'x1="53.165%"' in html
    assert html.count("q-clock__stop") == 2
    assert "已用 23，停止 19（检验 13、补充 6），剩 37 个工作日" in html
    english = draw("{% clock_bar 22 20 %}", "en")
    assert "Used 22, overdue by 2 working days" in english
    assert "q-clock__used--r" in english
    assert "Finished, used 6, limit 20 working days" in draw('{% clock_bar 6 20 state="done" %}', "en")
    assert marks.clock_sentence(0, 0, (), "days").en == "Used 0, 0 days left"
    assert draw("{% clock_bar 0 0 %}")  # nothing to divide by


def test_problems_come_from_refusals_pairs_and_texts() -> None:
    found = panels.problems([Refusal("a", Text("填写数量", "Enter"), "lines.0.q"), ("f-d", "日期"), "整张表"])
    assert [(str(x.message), x.field_id) for x in found] == [("填写数量", "f-lines-0-q"), ("日期", "f-d"), ("整张表", "")]
    assert draw("{% error_summary none %}").strip() == ""
    assert "1 thing to change" in draw("{% error_summary one %}", "en", one=["x"])


def test_fields_join_label_hint_and_error() -> None:
    html = draw('{% field "net.weight" "净重" hint="千克" error="填写净重" optional=True %}')
    assert 'for="f-net-weight"' in html
    assert 'aria-describedby="f-net-weight-h f-net-weight-e"' in html
    assert 'aria-invalid="true"' in html
    assert "选填" in html
    assert "placeholder" not in html
    chosen = draw('{% field "m" "方式" 4 options=options %}', options=[(1, "海"), (4, "空")])
    assert '<option value="4" selected>' in chosen


def test_line_editor_is_an_ordinary_form() -> None:
    columns = (p.LineColumn("code", "编码", "code", list="hs"), p.LineColumn("w", "净重", "number", places=2, total=True))
    lines = (p.Line({"code": "01", "w": "1.50"}, {"w": "净重应小于毛重", "": "整行有误"}),)
    html = draw('{% line_editor "goods" columns lines "商品" %}', columns=columns, lines=lines)
    assert 'name="goods-0-code" value="01"' in html
    assert 'id="f-goods-0-w-e"' in html
    assert 'name="goods-count" value="1"' in html
    assert "第 1 行：整行有误" in html
    assert "goods-0-code" in draw('{% line_editor "goods" columns none "商品" %}', columns=columns, none=())  # an empty first row
    assert forms.field_id("goods-0-w") == "f-goods-0-w"


def test_next_actions_post_with_token_and_say_what_blocks() -> None:
    acts = (p.Action("受理", "/x", "p", "1", method="post", fields=(("version", 3),)), p.Action("签发", blocked="先复核"))
    html = draw("{% next_actions acts %}", acts=acts, csrf_token="tok")
    assert 'name="csrfmiddlewaretoken"' in html
    assert 'name="version" value="3"' in html
    assert 'name="request_id"' in html
    assert "disabled" in html
    assert "先复核" in html


def test_navigation_shows_counts() -> None:
    groups = [type("G", (), {"title": "工作", "items": [type("I", (), {"label": "待办", "url": "/o", "name": "q", "current": True})]})]
    html = draw('{% navigation "office" %}', nav={"office": groups}, nav_counts={"q": 1200}, nav_late={"q"})
    assert '<span class="q-red">1,200</span>' in html
    assert 'aria-current="page"' in html
