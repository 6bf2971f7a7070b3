"""What a person's desk still holds (在手工作): asked before a post ends, so that no work is left with somebody who is gone.

Duties are kept above organisations and not imported here: who keeps them registers what it can say and do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jinzhi.kernel.text import Text

Count = Callable[[int, str, str, str], int]
"""(person, role, organisation's path, process) → how many of this sort the person holds there; all empty: everywhere."""


@dataclass(frozen=True)
class Sort:
    """A sort of thing on a desk: its name, and how many there are."""

    code: str
    title: Text
    count: Count
    hand: Callable[[int, int | None], int] | None = None
    """Give all of it from one person to another (None: to nobody); gives how many. None where it is handed over by role."""


_sorts: list[Sort] = []


def register(sort: Sort) -> None:
    """Add a sort of thing, once."""
    if all(s.code != sort.code for s in _sorts):
        _sorts.append(sort)


def sorts() -> list[Sort]:
    """All sorts of things, in the order registered."""
    return list(_sorts)


def held(person: int, role: str = "", org_path: str = "", process: str = "") -> list[tuple[Text, int]]:
    """What lies on the desk, each sort with how many, empty ones left out."""
    counted = [(sort.title, sort.count(person, role, org_path, process)) for sort in _sorts]
    return [(title, n) for title, n in counted if n]
