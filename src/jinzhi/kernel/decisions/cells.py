"""Cells of a decision table: a small, closed grammar, so that a cell that can never match is found before it is used.

The engine that evaluates the tables takes any expression and answers "no match" to whatever it cannot understand: a word
without quotes, a number compared with a text, a misspelt function. A stop rule broken in this way lets everything through in
silence. Therefore a condition is one of the shapes below and nothing else; each is read here, compiled by the engine, and
tried in both on probe values (:mod:`jinzhi.kernel.decisions.tables`).

====================  =======================================================
shape                 matches
====================  =======================================================
(empty)               everything
``'a'``, ``5``        that value; several after commas: any of them
``> 5``               also ``>=``, ``<``, ``<=``, and ``!= 'a'``
``[1..3)``            an interval; ``[`` includes its end, ``(`` leaves it out
``not in ['a','b']``  any other value
``startsWith($,'a')`` texts that begin so
``null``              a fact that is not known
====================  =======================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Scalar = str | float | bool | None

_LITERAL = re.compile(r"""\s*(?:'([^'\\]*)'|"([^"\\]*)"|(-?\d+(?:\.\d+)?)(?![\w.])|(true|false|null)(?!\w))\s*""")
_COMPARE = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(.+)", re.DOTALL)
_INTERVAL = re.compile(r"\s*([\[(])\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*([\])])\s*")
_MEMBER = re.compile(r"\s*(not\s+in|in)\s*\[(.*)\]\s*", re.DOTALL)
_PREFIX = re.compile(r"""\s*startsWith\(\s*\$\s*,\s*(?:'([^'\\]+)'|"([^"\\]+)")\s*\)\s*""")


class CellError(ValueError):
    """The cell has none of the known shapes; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a cell asks of one fact.

    ``values`` with ``negated`` False: one of them; with True: none of them. ``low``/``high`` bound a number.
    ``prefix`` begins a text. An empty condition (``anything``) matches every value, null too.
    """

    source: str
    values: tuple[Scalar, ...] = ()
    negated: bool = False
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    prefix: str = ""

    @property
    def anything(self) -> bool:
        return not self.source

    @property
    def types(self) -> frozenset[str]:
        """The kinds of facts this cell speaks about: ``number``, ``text``, ``truth``, ``null``."""
        if self.low is not None or self.high is not None:
            return frozenset({"number"})
        if self.prefix:
            return frozenset({"text"})
        return frozenset(type_of(value) for value in self.values)

    def matches(self, value: Any) -> bool:
        """Whether the cell matches, by the table above; a value of another kind never does (except ``not in`` and ``!=``)."""
        if self.anything:
            return True
        if self.low is not None or self.high is not None:
            if type_of(value) != "number":
                return False
            if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
                return False
            return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))
        if self.prefix:
            return isinstance(value, str) and value.startswith(self.prefix)
        kind = type_of(value)
        found = any(kind == type_of(known) and value == known for known in self.values)
        return found is not self.negated


def type_of(value: Any) -> str:
    """``null``, ``truth``, ``number``, ``text`` or ``other``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "other"


def parse(source: str) -> Condition:
    """Read a condition cell. Raises CellError where it has none of the known shapes."""
    text = source.strip()
    if not text:
        return Condition("")
    if found := _INTERVAL.fullmatch(text):
        low, high = float(found[2]), float(found[3])
        if low > high or (low == high and (found[1] == "(" or found[4] == ")")):
            raise CellError(f"the interval {text} holds no number: write the smaller end first")
        return Condition(text, low=low, high=high, low_open=found[1] == "(", high_open=found[4] == ")")
    if found := _MEMBER.fullmatch(text):
        return Condition(text, values=_literals(found[2], text), negated=found[1] != "in")
    if found := _PREFIX.fullmatch(text):
        return Condition(text, prefix=found[1] or found[2])
    if found := _COMPARE.fullmatch(text):
        return _comparison(text, found[1], found[2])
    return Condition(text, values=_literals(text, text))


def _comparison(text: str, sign: str, rest: str) -> Condition:
    values = _literals(rest, text)
    if len(values) != 1:
        raise CellError(f"{text} compares with several values: write one, or a list such as 'a','b'")
    value = values[0]
    if sign in ("==", "!="):
        return Condition(text, values=values, negated=sign == "!=")
    if type_of(value) != "number" or value is None or isinstance(value, str):
        raise CellError(f"{text} compares a size with something that is no number: write {sign} and a number")
    if sign.startswith(">"):
        return Condition(text, low=float(value), low_open=sign == ">")
    return Condition(text, high=float(value), high_open=sign == "<")


def _literals(text: str, whole: str) -> tuple[Scalar, ...]:
    values: list[Scalar] = []
    position = 0
    while True:
        found = _LITERAL.match(text, position)
        if not found:
            word = re.match(r"\s*([^\W\d]\w*)", text[position:])
            hint = f"; put the word in quotes: '{word[1]}'" if word else ""
            raise CellError(f"{whole} is not a condition this table understands{hint}")
        values.append(_value(found))
        position = found.end()
        if position == len(text):
            return tuple(values)
        if text[position] != ",":
            raise CellError(f"{whole}: put a comma between values")
        position += 1


def _value(found: re.Match[str]) -> Scalar:
    if found[4]:
        return {"true": True, "false": False, "null": None}[found[4]]
    if found[3]:
        return float(found[3])
    return found[1] if found[1] is not None else found[2]
