"""The dog licence beside the platform's own modules, and people for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from jinzhi.kernel import modules as registry_of_modules
from jinzhi.kernel.cases import engine, forms, registry
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.documents.kinds import kinds
from jinzhi.kernel.orgs.actors import Actor, Grant


def actor(person: int, role: str, org: str = dogs.OWNER) -> Actor:
    return Actor(person, f"p{person}", (Grant(role, org),))


@dataclass(frozen=True)
class Town:
    owner: Actor = Actor(900_001, "owner", parties=frozenset({77}))
    stranger: Actor = Actor(900_002, "stranger", parties=frozenset({78}))
    clerk: Actor = actor(900_003, "clerk")
    clerk_elsewhere: Actor = actor(900_004, "clerk", "000000/310000/")
    vet: Actor = actor(900_005, "vet")
    vet2: Actor = actor(900_006, "vet")
    head: Actor = actor(900_007, "head")
    clerk_and_head: Actor = Actor(900_008, "both", (Grant("clerk", dogs.OWNER), Grant("head", dogs.OWNER), Grant("vet", dogs.OWNER)))

    def ask(self, *weights: int) -> list[int]:
        drafts = [engine.Draft(dogs.CODE, dogs.OWNER, 77, {"dog": f"阿黄{i}", "weight": w}) for i, w in enumerate(weights)]
        return [engine.one([r]).case for r in engine.open_cases(drafts, "ask", actor=self.owner)]

    def do(self, action: str, who: Actor, *cases: int, **data: object) -> list[engine.Result]:
        return engine.advance([engine.Move(c, data=dict(data)) for c in cases], action, actor=who)


@pytest.fixture
def dog_module(settings: object, db: None) -> Iterator[None]:
    """The dog licence published; every cache that remembers modules is told."""
    settings.JINZHI_MODULES = [*settings.JINZHI_MODULES, "jinzhi.kernel.cases.tests.dogs"]  # type: ignore[attr-defined]
    _forget()
    registry.publish(read(dogs.module.processes[0]))
    yield
    _forget()


def _forget() -> None:
    registry_of_modules.modules.cache_clear()
    forms._records.cache_clear()
    registry.forget()
    registry._by_id.clear()
    forms._cache.clear()
    kinds.cache_clear()


@pytest.fixture
def town(dog_module: None) -> Town:
    return Town()
