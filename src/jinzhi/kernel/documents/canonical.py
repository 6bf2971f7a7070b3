"""The digest of a document: SHA-256 over one canonical JSON text, the same from Python values and from what the database returns.

Canonical: UTF-8, keys sorted by code point, no white space, no escapes but those JSON demands. Measured values come as text;
integers are welcome, a fraction is only kept where PostgreSQL's ``jsonb`` gives back the same digits.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

_encoder = msgspec.json.Encoder(order="sorted")
# What might be a number with an exponent, or the NUL that jsonb cannot hold. Hits inside strings are sorted out by _walk.
_EXPONENT = re.compile(rb"[:,\[]-?[0-9][0-9.]*e[-+]?[0-9]")


def encode(value: Any) -> bytes:
    """The canonical JSON of ``value``.

    Raises ``Refused`` (``document_text``) for a NUL character, half a surrogate pair, or a number jsonb would write differently.
    """
    try:
        text = _encoder.encode(value)
    except UnicodeEncodeError:
        _walk(value, "")
        raise
    if b"\\u0000" in text or _EXPONENT.search(text):
        _walk(value, "")
    return text


def digest(text: bytes) -> str:
    """SHA-256 in 64 hexadecimal digits."""
    return hashlib.sha256(text).hexdigest()


def _walk(value: Any, place: str) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _walk(part, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value, 1):
            _walk(part, f"{place}.{number}")
    elif isinstance(value, float) and "e" in repr(value):
        raise _refused(
            place, Text(f"数值 {value!r} 要写成文字，例如 12,000.00 千克", f"write the number {value!r} as text, such as 12,000.00 kg")
        )
    elif isinstance(value, str):
        for at, character in enumerate(value, 1):
            if character == "\x00" or "\ud800" <= character <= "\udfff":
                raise _refused(
                    place,
                    Text(
                        f"第 {at} 个字符 U+{ord(character):04X} 不是可以书写的文字，删去后再提交",
                        f"character {at}, U+{ord(character):04X}, is no text: delete it and submit again",
                    ),
                )


def _refused(place: str, why: Text) -> Refused:
    return Refused(Refusal("document_text", Text(f"“{place}”：{why.zh}", f"“{place}”: {why.en}"), field=place), status=422)
