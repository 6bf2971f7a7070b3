"""What proves a definition sound before it is stored: a file that cannot work is refused, with place, reason and what to do.

Three rounds, because each needs the one before: names and shapes; functions and roads; then everything else, up to the configurations a case can come to.
All problems of a round are found at once. ``notes`` says what is no fault and still worth knowing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jinzhi.kernel.cases.checks import (
    children,
    clocks,
    data,
    dead_ends,
    documents,
    duties,
    functions,
    idle,
    limits,
    names,
    people,
    personal,
    roads,
    sealed,
    suspensions,
    system,
    titles,
    values,
    versions,
)
from jinzhi.kernel.cases.checks.context import Context, Offered
from jinzhi.kernel.cases.checks.notes import notes
from jinzhi.kernel.cases.language import Definition, DefinitionError, Places
from jinzhi.kernel.modules import Module, modules

Check = Callable[[Context], None]

ROUNDS: tuple[tuple[Check, ...], ...] = (
    (titles.check, names.check, values.check),
    (functions.check, roads.check),
    (
        system.check, people.check, clocks.check, suspensions.check, data.check, limits.check, sealed.check, personal.check,
        documents.check, children.check, versions.check, idle.check,
        duties.check, dead_ends.check,
    ),
)  # fmt: skip


def check(
    definition: Definition, places: Places | None = None, *, among: Sequence[Module] | None = None, others: Mapping[str, Definition] | None = None
) -> None:
    """Raises DefinitionError with every problem found.

    ``among`` are the modules whose functions, records, documents and code lists may be named (those of the platform). ``others`` are the
    definitions a child may be of, by code; without them only the parent's side of a child is looked at.
    """
    found = Context(definition, places or Places(), Offered.by(modules() if among is None else among), others)
    for group in ROUNDS:
        for one in group:
            one(found)
        if found.problems:
            raise DefinitionError(found.problems)


__all__ = ["check", "notes"]
