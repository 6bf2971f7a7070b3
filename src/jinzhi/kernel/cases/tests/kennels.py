"""The second small process of the kernel's own tests: a kennel permit with children, levels, windows and quotas, and people for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jinzhi.kernel.cases import engine, registry
from jinzhi.kernel.cases.batch import Batch, outcomes
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.results import Draft, Move, Result
from jinzhi.kernel.cases.sources import Due
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.cases.tests.town import _forget, actor
from jinzhi.kernel.modules import Module
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.kernel.text import Text

CODE = "dogs.kennel"
HQ = "000000/"
PROVINCE = "000000/Z330000/"
COUNTY = "000000/Z330000/Z330100/Z330102/"
OTHER = "000000/Z310000/"
LABS = ("Z310000", "Z320000", "Z340000")


@outcomes("good", "bad")
def reports_good(batch: Batch) -> dict[Work, str]:
    """Good where every child that came back passed."""
    return {w: "good" if all(c.state == "passed" for c in w.children) else "bad" for w in batch}


def keep_reports(batch: Batch) -> None:
    for work in batch:
        work.set("findings", [*(work.facts.get("findings") or []), *(str(c.facts["finding"]) for c in work.children)])


def end_waiting(batch: Batch) -> None:
    """Fails on a kennel called poison: what one wrong case does to the others."""
    if any("poison" in w.facts["name"] for w in batch):
        raise ValueError("poison")


def name_kennel(batch: Batch) -> None:
    if any(w.data["name"] == "poison from a source" for w in batch):
        raise ValueError("poison")
    for work in batch:
        work.row.title = work.data["name"]
        work.row_changed = True


def test_orders(batch: Batch) -> dict[Work, list[Draft]]:
    """One test in every laboratory named."""
    orders: dict[Work, list[Draft]] = {}
    for work in batch:
        labs = [org_by_code(code) for code in work.data["laboratories"]]
        orders[work] = [Draft("dogs.test", lab.path, data={"sample": f"{work.facts['name']} 样品"}) for lab in labs if lab is not None]
    return orders


LISTED: dict[str, list[Due]] = {"renewals": [], "gone": []}
"""What the sources list; tests fill it."""


def renewals_due() -> list[Due]:
    return list(LISTED["renewals"])


def kennels_gone() -> list[Due]:
    return list(LISTED["gone"])


HERE = Path(__file__).parent
module = Module(
    code="kennels",
    title=Text("犬舍", "Kennels"),
    processes=(HERE / "kennels.toml", HERE / "kennel_tests.toml"),
    deciders={"reports_good": reports_good},
    effects={"name_kennel": name_kennel, "keep_reports": keep_reports, "end_waiting": end_waiting},
    sources={"renewals_due": renewals_due, "kennels_gone": kennels_gone},
    briefs={"test_orders": test_orders},
)


@dataclass(frozen=True)
class Kennels:
    keeper: Actor = Actor(900_101, "keeper", parties=frozenset({77}))
    window: Actor = actor(900_102, "window", COUNTY)
    clerk: Actor = actor(900_103, "clerk", COUNTY)
    head: Actor = actor(900_104, "head", COUNTY)
    province: Actor = actor(900_105, "clerk", PROVINCE)
    hq: Actor = actor(900_106, "clerk", HQ)
    elsewhere: Actor = actor(900_107, "clerk", OTHER)
    tester: Actor = actor(900_108, "tester", OTHER)
    tester2: Actor = actor(900_109, "tester", "000000/Z320000/")

    def ask(self, number: int = 1, action: str = "ask", **data: object) -> list[int]:
        drafts = [Draft(CODE, COUNTY, 77, {"name": f"犬舍{i}", **data}) for i in range(number)]
        return [engine.one([r]).case for r in engine.open_cases(drafts, action, actor=self.keeper)]

    def do(self, action: str, who: Actor, *cases: int, **data: object) -> list[Result]:
        return engine.advance([Move(c, data=dict(data)) for c in cases], action, actor=who)

    def reviewing(self, number: int = 1, accepted_on: str = "2011-03-01") -> list[int]:
        cases = self.ask(number)
        assert all(r.ok for r in self.do("accept", self.window, *cases, accepted_on=accepted_on))
        return cases


@pytest.fixture
def kennels(settings: object, db: None) -> Iterator[Kennels]:
    """Both processes published; every cache that remembers modules is told."""
    settings.JINZHI_MODULES = [*settings.JINZHI_MODULES, "jinzhi.kernel.cases.tests.kennels"]  # type: ignore[attr-defined]
    _forget()
    LISTED.update(renewals=[], gone=[])
    for path in module.processes:
        registry.publish(read(path))
    yield Kennels()
    _forget()
