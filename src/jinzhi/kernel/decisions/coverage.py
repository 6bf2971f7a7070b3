"""Which facts reach which row of a first-hit table: rows that can never fire, rows that overlap, what only the default takes.

Each column is cut into atoms: the values and limits its cells name, the gaps between them, "any other text", null. A row is
then a box: a set of atoms (a bit mask) per column. Subtracting the boxes of earlier rows from a row's box is exact; what is
left are the facts that reach it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.decisions.cells import Condition

Box = tuple[int, ...]
MAX_BOXES = 20_000
_OTHER = "\u2042other"


class TooComplex(ValueError):
    """The table cannot be checked within ``MAX_BOXES`` pieces: split it into several tables."""


@dataclass(frozen=True)
class Axis:
    """One column: its atoms, each stood for by one value."""

    atoms: tuple[Any, ...]

    @classmethod
    def of(cls, conditions: list[Condition]) -> Axis:
        kinds = frozenset().union(*(c.types for c in conditions)) if conditions else frozenset()
        atoms: list[Any] = []
        if "number" in kinds:
            atoms += _number_atoms(conditions)
        if "text" in kinds:
            atoms += _text_atoms(conditions)
        if "truth" in kinds:
            atoms += [True, False]
        if "null" in kinds:
            atoms.append(None)
        return cls(tuple(atoms) or (_OTHER,))

    def mask(self, condition: Condition) -> int:
        return sum(1 << i for i, atom in enumerate(self.atoms) if condition.matches(atom))


def _number_atoms(conditions: list[Condition]) -> list[float]:
    points = sorted(
        {float(v) for c in conditions for v in c.values if isinstance(v, (int, float)) and not isinstance(v, bool)}
        | {limit for c in conditions for limit in (c.low, c.high) if limit is not None}
    )
    atoms = [points[0] - 1.0]
    for i, point in enumerate(points):
        atoms += [point, (point + points[i + 1]) / 2 if i + 1 < len(points) else point + 1.0]
    return atoms


def _text_atoms(conditions: list[Condition]) -> list[str]:
    words = {v for c in conditions for v in c.values if isinstance(v, str)}
    prefixes = {c.prefix for c in conditions if c.prefix}
    return [*sorted(words | prefixes | {p + _OTHER for p in prefixes}), _OTHER]


def subtract(box: Box, other: Box) -> list[Box]:
    """The parts of ``box`` outside ``other``, as boxes that do not overlap."""
    if any(not a & b for a, b in zip(box, other, strict=True)):
        return [box]
    parts: list[Box] = []
    rest = list(box)
    for i, (a, b) in enumerate(zip(box, other, strict=True)):
        outside = a & ~b
        if outside:
            parts.append((*rest[:i], outside, *rest[i + 1 :]))
            rest[i] = a & b
    return parts


def remainder(box: Box, others: list[Box]) -> list[Box]:
    """What is left of ``box`` after all ``others``. Raises TooComplex."""
    parts = [box]
    for other in others:
        parts = [piece for part in parts for piece in subtract(part, other)]
        if len(parts) > MAX_BOXES:
            raise TooComplex
    return parts


def sample(box: Box, axes: list[Axis]) -> list[Any]:
    """One value per column from inside a box; the smallest atom that is no placeholder, if there is one."""
    values = []
    for mask, axis in zip(box, axes, strict=True):
        inside = [atom for i, atom in enumerate(axis.atoms) if mask >> i & 1]
        values.append(next((a for a in inside if not (isinstance(a, str) and _OTHER in a)), inside[0]))
    return values


def shown(value: Any) -> Any:
    """An atom as a person reads it: the placeholder of "any other text" becomes an ellipsis."""
    return value.replace(_OTHER, "…") if isinstance(value, str) else value
