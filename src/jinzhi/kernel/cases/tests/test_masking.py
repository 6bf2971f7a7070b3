"""Masked forms of personal data: the usual vectors, odd input, and that nothing whole comes through."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinzhi.kernel.cases.masking import FORMS, mask

VECTORS = [
    ("name", "张三", "张*"), ("name", "张三丰", "张**"), ("name", "欧阳修", "欧阳*"), ("name", "诸葛孔明", "诸葛**"), ("name", "欧阳", "欧*"),
    ("name", "李", "*"), ("name", "买买提·艾力", "买****"), ("name", "John Smith", "J****"), ("name", " ", ""),
    ("id_number", "11010519491231002X", "110105********002X"), ("id_number", "110105491231002", "110105*****1002"[:6] + "*****" + "1002"),
    ("id_number", "110105 19491231 002x", "110105********002x"), ("id_number", "E12345678", "****78"), ("id_number", "12", "****"),
    ("phone", "13812341234", "138****1234"), ("phone", "+86 138-1234-1234", "138****1234"), ("phone", "0574-87654321", "****4321"),
    ("phone", "8765432", "****32"), ("phone", "110", "****"), ("phone", "call me", "****"),
    ("email", "anna@x.com", "a***@x.com"), ("email", "a@x.com", "***@x.com"), ("email", "nobody", "****"), ("email", "@x.com", "****"),
    ("address", "浙江省宁波市北仑区明州路301号", "浙江省宁波市北仑区****"), ("address", "上海市浦东新区世纪大道1号", "上海市浦东新区****"),
    ("address", "浙江省宁波市慈溪市白沙路1号", "浙江省宁波市慈溪市****"), ("address", "新疆维吾尔自治区乌鲁木齐市天山区1号", "新疆维吾尔自治区乌鲁木齐市天山区****"),
    ("address", "12 Main Street", "****"), ("address", "北仑区", "****"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "masked"), VECTORS)
def test_the_usual_forms(kind: str, value: str, masked: str) -> None:
    assert mask(kind, value) == masked


def test_what_is_no_text() -> None:
    assert mask("phone", None) == ""
    assert mask("phone", 13812341234) == "138****1234"
    assert mask("name", ["张三", "李四"]) == ["张*", "李*"]
    assert mask("name", {"zh": "张三"}) == "****"
    assert mask("unheard-of", "张三") == "****", "what is not known shows nothing"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.text(max_size=40))
def test_nothing_whole_comes_through(kind: str, text: str) -> None:
    masked = mask(kind, text)
    if text.strip():
        assert masked != text or set(text) <= {"*", "@", "."}
        assert masked == "" or "*" in masked
