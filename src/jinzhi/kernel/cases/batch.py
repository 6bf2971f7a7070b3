"""What guards, deciders and effects are given: the works of one act, the action, who acts and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.orgs.actors import Actor

Decider = TypeVar("Decider", bound=Callable[..., Any])


def outcomes(*names: str) -> Callable[[Decider], Decider]:
    """Say which outcomes a decider gives; the process that names it must lead each of them somewhere, and no other."""

    def mark(function: Decider) -> Decider:
        function.outcomes = names  # type: ignore[attr-defined]
        return function

    return mark


@dataclass(frozen=True)
class Act:
    """One act: the actor, the moment, the request it belongs to and the calendar that counts."""

    actor: Actor
    at: dt.datetime
    request: str
    calendar: Any
    opened: list[Work] = field(default_factory=list)
    """Children opened by this act, written with it."""
    taken: list[dict[str, Any]] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    """What was taken of quotas, and given back."""

    def by(self, actor: Actor) -> Act:
        return replace(self, actor=actor)


@dataclass(frozen=True)
class Batch:
    """Works of one process version. A function may ask the database a constant number of times for the batch, never once a work."""

    works: list[Work]
    action: Action
    act: Act

    def __iter__(self) -> Iterator[Work]:
        return iter(self.works)

    @property
    def ids(self) -> list[int]:
        return [w.id for w in self.works]

    @property
    def actor(self) -> Actor:
        return self.act.actor

    @property
    def at(self) -> dt.datetime:
        return self.act.at

    @property
    def day(self) -> dt.date:
        return self.act.at.date()
