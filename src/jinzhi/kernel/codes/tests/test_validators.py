"""Identifiers: real credit codes, computed ones of every registrar, every single-character fault, ISO 6346 vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinzhi.kernel.codes import validators as v

REAL = [
    "91330100799655058B", "914403001922038216", "9144030071526726XG", "91110108551385082Q", "91110000802100433B",
    "91110000600037341L", "12100000400002259P", "12100000400000624D", "91310000132260250X", "91440300708461136T",
]  # fmt: skip
bodies = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)


def made(registrar: str, category: str, division: str, body: str) -> str:
    first = registrar + category + division + body + v.organisation_check(body)
    return first + v.credit_check(first)


@pytest.mark.parametrize("code", REAL)
def test_real_codes_pass(code: str) -> None:
    assert v.credit_code(code) is None
    assert v.organisation_code(code[8:17]) is None


@pytest.mark.parametrize("registrar", sorted(v.REGISTRARS))
@given(body=bodies)
def test_every_lawful_registrar_passes(registrar: str, body: str) -> None:
    assert v.credit_code(made(registrar, "1", "100000", body)) is None


@given(code=st.sampled_from(REAL), place=st.integers(0, 17), char=st.sampled_from(v.CREDIT_ALPHABET))
def test_one_wrong_character_is_always_refused(code: str, place: int, char: str) -> None:
    wrong = code[:place] + char + code[place + 1 :]
    refusal = v.credit_code(wrong, "consignee_code")
    if wrong == code:
        assert refusal is None
    else:
        assert refusal is not None
        assert refusal.field == "consignee_code"
        assert refusal.message.zh
        assert refusal.message.en
        assert "{" not in refusal.message.zh + refusal.message.en


def test_where_the_fault_stands() -> None:
    last = v.credit_code("91330100799655058C")
    assert last is not None
    assert last.code == "credit_code.check"
    assert (last.data["place"], last.data["expected"]) == ("18", "B")
    inside = v.credit_code("91330100799655068B")
    assert inside is not None
    assert inside.data["place"] == "17"
    letter = v.credit_code("9133O100799655058B")
    assert letter is not None
    assert letter.message.zh == "第 5 位是字母 O，代码里不用这个字母，可能是 0"
    swapped = v.credit_code("91330100796955058B")
    assert swapped is not None
    assert swapped.code == "credit_code.swapped"
    assert swapped.data["place"] == "11"
    old = v.credit_code("799655058")
    assert old is not None
    assert "组织机构代码" in old.message.zh


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("9133", "length"), ("9133010079965505é8", "character"), ("71330100799655058BX"[:18], "check"), ("B1330100799655058B", "registrar"),
     ("91A30100799655058B", "division")],
)  # fmt: skip
def test_each_kind_of_fault(text: str, code: str) -> None:
    refusal = v.credit_code(text)
    assert refusal is not None
    assert refusal.code == f"credit_code.{code}"


def test_lower_case_full_width_and_hyphens() -> None:
    assert v.normalise("９１３３０１００ 799655058b") == "91330100799655058B"
    assert v.credit_code("９１３３０１００ 799655058b") is None
    assert v.organisation_code("79965505-8") is None
    assert v.organisation_code("ｄ2143569-x") is None
    assert v.container_number("csqu 305438-3") is None


@pytest.mark.parametrize("code", ["CSQU3054383", "MSKU6011672", "TOLU4734787"])
def test_containers(code: str) -> None:
    assert v.container_number(code) is None
    wrong = code[:10] + str((int(code[10]) + 1) % 10)
    refusal = v.container_number(wrong)
    assert refusal is not None
    assert refusal.data["expected"] == code[10]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("CSQU305438", "length"), ("CSQU30", "length"), ("C5QU3054383", "owner"), ("CSQA3054383", "category"), ("CSQU3O54383", "serial")],
)  # fmt: skip
def test_container_faults(text: str, code: str) -> None:
    refusal = v.container_number(text)
    assert refusal is not None
    assert refusal.code == f"container_number.{code}"


def test_hs_codes() -> None:
    assert v.hs_code("1201.9010.00") is None
    for text, code in [
        ("", "empty"),
        ("12019010", "length"),
        ("12O1901000", "character"),
        ("7701901000", "chapter"),
        ("0001901000", "chapter"),
    ]:
        refusal = v.hs_code(text)
        assert refusal is not None
        assert refusal.code == f"hs_code.{code}"
