"""What a list can show and be filtered by: the kernel's own columns, and those a process lifts to its list rows (``process.columns``)."""

from __future__ import annotations

from dataclasses import dataclass

from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.text import Text

NUMBERS = frozenset({"integer", "decimal", "money"})
DAYS = frozenset({"date", "moment"})
_WORDS = frozenset({"text", "code", "flag", "org"})


@dataclass(frozen=True, slots=True)
class Filterable:
    """A column of a process by which its lists can be filtered. ``type`` is the declared one; ``list`` names the code list of a code."""

    name: str
    title: Text
    type: str
    list: str = ""


AMOUNT = Filterable("amount", Text("数量", "Amount"), "decimal")


def filterable(process: Process | None, name: str) -> Filterable | None:
    """The column of that name if lists can be filtered by it: the amount always, others where the process says ``columns`` and the type allows."""
    if name == "amount":
        return AMOUNT
    spec = process.fields.get(name) if process is not None and name in process.definition.process.columns else None
    if spec is None or spec.many or spec.seen_by or spec.personal or spec.type not in NUMBERS | DAYS | _WORDS:
        return None
    return Filterable(name, Text(spec.zh, spec.en), spec.type, spec.list)


def filterables(process: Process) -> list[Filterable]:
    """All of them in the order of the definition."""
    found = [filterable(process, name) for name in process.definition.process.columns]
    return [*(f for f in found if f is not None), AMOUNT]
