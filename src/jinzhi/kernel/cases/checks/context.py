"""What every check is given: the definition, where its keys stand, what the modules offer, and a place for problems."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jinzhi.kernel.cases.checks.configurations import Explored, Explorer
from jinzhi.kernel.cases.checks.graph import Graph
from jinzhi.kernel.cases.language import Definition, Places, Problem
from jinzhi.kernel.codes.load import DATA
from jinzhi.kernel.modules import DocumentKind, Module


@dataclass(frozen=True)
class Offered:
    """Functions by kind and name, records, document kinds and code lists that a definition may name."""

    functions: dict[str, dict[str, Callable[..., Any]]]
    records: frozenset[str]
    documents: dict[str, DocumentKind]
    lists: frozenset[str]

    @classmethod
    def by(cls, modules: Sequence[Module]) -> Offered:
        kinds: dict[str, dict[str, Callable[..., Any]]] = {"guard": {}, "decider": {}, "effect": {}, "source": {}, "brief": {}}
        lists = {path.stem for path in DATA.glob("*.csv")}
        for module in modules:
            kinds["guard"] |= module.guards
            kinds["decider"] |= module.deciders
            kinds["effect"] |= module.effects
            kinds["source"] |= module.sources
            kinds["brief"] |= module.briefs
            if module.code_lists is not None:
                lists |= {f"{module.code}.{path.stem}" for path in module.code_lists.glob("*.csv")}
        return cls(
            kinds,
            frozenset(name for m in modules for name in m.records),
            {kind.code: kind for m in modules for kind in m.documents},
            frozenset(lists),
        )


class Context:
    """One definition being checked."""

    def __init__(self, definition: Definition, places: Places, offered: Offered, others: Mapping[str, Definition] | None) -> None:
        self.d, self.places, self.offered, self.others = definition, places, offered, others
        self.problems: list[Problem] = []

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.d)

    @cached_property
    def explorer(self) -> Explorer:
        return Explorer(self.d, self.graph)

    @cached_property
    def explored(self) -> list[Explored]:
        return list(self.explorer.runs())

    def say(self, section: str, name: str, sentence: str, key: str = "") -> None:
        self.problems.append(self.places.problem(section, name, sentence, key))

    def known(self, section: str, name: str, key: str, what: str, names: Iterable[str], pool: Iterable[str]) -> bool:
        """Say of every name that is not in the pool that it does not exist; the nearest is proposed."""
        pool = set(pool)
        fine = True
        for item in names:
            if item and item not in pool:
                self.say(section, name, f"{key} names the {what} '{item}', which does not exist{self.near(item, pool)}", key)
                fine = False
        return fine

    @staticmethod
    def near(item: str, pool: Iterable[str]) -> str:
        found = difflib.get_close_matches(item, list(pool), 1)
        return f" ({found[0]}?)" if found else ""

    @staticmethod
    def a(word: str) -> str:
        """A word with its article."""
        return f"an {word}" if word[0] in "aeio" else f"a {word}"

    def staff(self, role: str) -> bool:
        """Whether a role is held by officers."""
        spec = self.d.role.get(role)
        return spec is not None and not spec.party

    def party(self, role: str) -> bool:
        spec = self.d.role.get(role)
        return spec is not None and bool(spec.party)
