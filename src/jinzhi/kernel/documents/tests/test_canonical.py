"""The digest: the same for the same content, wherever it comes from; what cannot be stored is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinzhi.kernel.documents import canonical
from jinzhi.kernel.documents.facts import number_key
from jinzhi.kernel.documents.tests.samples import CERTIFICATE_FULL, sample_facts
from jinzhi.kernel.refusals import Refused

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_canonical_json_is_what_the_standard_library_writes(value: object) -> None:
    assert canonical.encode(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@given(_values)
def test_reading_it_back_gives_the_same_text(value: object) -> None:
    text = canonical.encode(value)
    assert canonical.encode(json.loads(text)) == text


def test_a_known_digest_stays() -> None:
    """Digests are printed in QR codes: a change of this value breaks every paper in people's hands."""
    _, digest = sample_facts(CERTIFICATE_FULL)
    assert digest == "3d10ff1ea930c35b8f51547d6002a2810cc0cc86723b635cd861ec8732467e2c"


def test_order_of_keys_does_not_matter() -> None:
    assert sample_facts({"a": 1, "b": 2})[1] == sample_facts({"b": 2, "a": 1})[1]


@pytest.mark.parametrize(("content", "place", "words"), [
    ({"rows": [{"value": "a\x00b"}]}, "rows.1.value", "U+0000"),
    ({"rows": [{"value": "a\ud800"}]}, "rows.1.value", "U+D800"),
    ({"weight": 1e-7}, "weight", "1e-07"),
    ({"weight": 1e22}, "weight", "1e+22"),
])  # fmt: skip
def test_what_cannot_be_kept_is_named(content: dict[str, object], place: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        canonical.encode(content)
    assert caught.value.refusals[0].field == place
    assert words in caught.value.refusals[0].message.zh


def test_text_that_looks_like_an_exponent_is_text() -> None:
    assert canonical.encode({"a": "1e-5 and \\u0000"})


@pytest.mark.parametrize(("typed", "key"), [
    ("３３０２ 0021-1004392", "330200211004392"),
    (" 甬检〔2011〕12 号 ", "甬检201112号"),
    ("3300/02114", "330002114"),
    ("ab-1", "AB1"),
    ("--", ""),
])  # fmt: skip
def test_numbers_are_found_as_people_type_them(typed: str, key: str) -> None:
    assert number_key(typed) == key
