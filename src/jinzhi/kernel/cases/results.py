"""What is given to the door and what comes back: drafts, moves, results (one result an item, in order)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError

from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Draft:
    """A case to open: the process, the owning organisation's path, the party who asks (if one does) and the form."""

    process: str
    owner: str
    party: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Child:
    """A closed child as its parent is told of it: which, how it ended, what is known of it."""

    id: int
    name: str
    process: str
    number: str | None
    state: str
    facts: dict[str, Any]
    owner: str
    closed: str
    fresh: bool
    """Whether no act of the parent has taken it back before."""


@dataclass(frozen=True, slots=True)
class Move:
    """One case to move: ``lane`` 0 means the only (or newest) lane of the action's track; ``version`` what the actor had seen."""

    case: int
    lane: int = 0
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    children: tuple[Child, ...] = ()
    """The closed children this move takes back (the kernel's own feed says so)."""


@dataclass(slots=True)
class Result:
    """What became of one item: ``done``, ``signed`` (further signatures are needed) or ``refused`` with all reasons."""

    case: int
    status: str
    refusals: list[Refusal] = field(default_factory=list)
    number: str | None = None
    state: str = ""
    version: int = 0

    @property
    def ok(self) -> bool:
        return self.status != "refused"


def refused(work: Work, refusals: list[Refusal]) -> Result:
    """A work left as it was, with every reason."""
    return Result(work.id, "refused", refusals, work.number, work.state, work.version)


def is_busy(error: OperationalError) -> bool:
    """Whether somebody else held the row too long, or won a race: the same act may be tried again."""
    return getattr(error.__cause__, "sqlstate", "") in ("55P03", "40001", "40P01")


def one(results: list[Result]) -> Result:
    """The single result of a single act. Raises Refused where it was refused."""
    (result,) = results
    if not result.ok:
        raise Refused(*result.refusals, status=404 if result.refusals[0].code == "absent" else 409)
    return result
