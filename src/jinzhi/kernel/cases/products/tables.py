"""Tables read from a definition: who may do what (权限矩阵), what is asked (字段清单), what is issued (文书清单)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.cases.checks.graph import Graph
from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.cases.products import words
from jinzhi.kernel.text import Text


@dataclass(frozen=True)
class Permission:
    """One action and one role of it: where the role acts, from which states, how many persons sign, from what it is kept apart."""

    action: str
    title: Text
    role: str
    role_title: Text
    where: Text
    sources: tuple[Text, ...]
    track: Text
    persons: int
    apart_from: tuple[Text, ...]
    once: bool


@dataclass(frozen=True)
class FieldRow:
    """A field: where it is asked (required, optional), which effects write it, for whom it is sealed open."""

    name: str
    title: Text
    type: Text
    list: str
    many: str
    required_by: tuple[Text, ...]
    optional_by: tuple[Text, ...]
    set_by: tuple[str, ...]
    seen_by: tuple[Text, ...]
    column: bool


@dataclass(frozen=True)
class DocumentRow:
    """A document: what issues it, whom it is served on, who signs it."""

    name: str
    title: Text
    number: str
    issued_by: tuple[Text, ...]
    to: tuple[Text, ...]
    signed_by: tuple[Text, ...]
    valid: Text
    public: bool


def permission_matrix(d: Definition) -> list[Permission]:
    """One row for each action and role, in the order of the file; separation is given in both directions."""
    graph = Graph(d)
    apart: dict[str, list[str]] = {}
    for name, action in d.action.items():
        for other in action.apart_from:
            apart.setdefault(name, []).append(other)
            apart.setdefault(other, []).append(name)
    main = Text("主线", "Main track")
    return [
        Permission(
            name, words.title(action), role, words.role(d, role), words.where(d, role), tuple(words.title(d.state[s]) for s in action.source_states),
            main if (track := graph.track_of(action)) == "main" else words.title(d.track[track]), action.persons,
            tuple(words.title(d.action[o]) for o in dict.fromkeys(apart.get(name, ()))), action.once,
        )
        for name, action in d.action.items() for role in action.by
    ]  # fmt: skip


def fields(d: Definition) -> list[FieldRow]:
    """Every field of the file, in its order."""
    rows = []
    for name, spec in d.field.items():
        required = tuple(words.title(a) for a in d.action.values() if name in a.asks)
        optional = tuple(words.title(a) for a in d.action.values() if f"{name}?" in a.asks)
        many = f"{spec.many[0]}–{spec.many[1]}" if isinstance(spec.many, tuple) else "0–" if spec.many else ""
        kind = words.FIELD_TYPES.get(spec.type, Text(f"记录 {spec.type}", f"Record {spec.type}"))
        seen = tuple(words.title(d.role[r]) for r in spec.seen_by)
        rows.append(FieldRow(name, words.title(spec), kind, spec.list, many, required, optional, tuple(spec.set_by), seen, name in d.process.columns))
    return rows


def documents(d: Definition) -> list[DocumentRow]:
    """Every document of the file, in its order."""
    return [
        DocumentRow(
            name, words.title(spec), spec.number, tuple(words.title(a) for a in d.action.values() if name in a.issues),
            tuple(words.title(d.role[r]) for r in spec.to), tuple(words.title(d.action[a]) for a in spec.signed_by),
            words.duration(spec.valid) if spec.valid else Text("", ""), spec.public,
        )
        for name, spec in d.document.items()
    ]  # fmt: skip


def plain(row: Any) -> Any:
    """A row, a text or a list of them as JSON-able values; a text gives both languages."""
    if isinstance(row, Text):
        return row.as_dict()
    if isinstance(row, list | tuple):
        return [plain(r) for r in row]
    if isinstance(row, dict):
        return {k: plain(v) for k, v in row.items()}
    if hasattr(row, "__dataclass_fields__"):
        return {name: plain(getattr(row, name)) for name in row.__dataclass_fields__}
    return row
