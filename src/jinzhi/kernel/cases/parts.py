"""Parts of process files (流程片段): a file without ``code`` that others inherit, laid under them section by section.

Parts are laid in the order of ``inherits``, then the file itself. Tables merge by section and name; below that a key is replaced
whole. One level deep, and nothing can be taken away. Checks run on the merged result, and the hash is taken of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinzhi.kernel.cases.language import Definition, DefinitionError, Places, parse, raw

_FLAT = ("process", "params")
"""Sections whose entries are keys themselves, not names with keys."""


@dataclass(frozen=True)
class Loaded:
    """A file with its parts: the merged definition, where each of its keys stands, and the part files by name."""

    path: Path
    definition: Definition
    places: Places
    parts: dict[str, Path] = field(default_factory=dict)


def load(path: Path, folders: Sequence[Path] = ()) -> Loaded:
    """Read a file with the parts it inherits, found beside it or in one of ``folders``.

    Raises DefinitionError: no TOML, wrong shape, a part that is missing, that has a code, or that inherits itself.
    """
    tables, places = raw(path)
    process = tables.get("process", {})
    if isinstance(process, dict) and "code" not in process:
        raise DefinitionError([places.problem("process", "code", "lacks 'code': a part is inherited by others and is nothing by itself")])
    names = process.get("inherits", []) if isinstance(process, dict) else []
    names = [names] if isinstance(names, str) else list(names)
    merged: dict[str, Any] = {}
    below = Places()
    found: dict[str, Path] = {}
    problems = []
    for name in names:
        part = find(str(name), path, folders)
        if part is None:
            looked = ", ".join(dict.fromkeys(str(f) for f in (path.parent, *folders)))
            problems.append(places.problem("process", "inherits", f"the part '{name}' is no file {name}.toml in {looked}"))
            continue
        part_tables, part_places = raw(part)
        own = part_tables.get("process", {})
        if "code" in own:
            problems.append(places.problem("process", "inherits", f"'{name}' has a code; only a part can be inherited"))
        if "inherits" in own:
            problems.append(part_places.problem("process", "inherits", "a part cannot inherit: parts are one level deep"))
        found[name] = part
        merged, below = merge(merged, part_tables), part_places.over(below)
    if problems:
        raise DefinitionError(problems)
    places = places.over(below)
    return Loaded(path, parse(merge(merged, tables), places), places, found)


def read(path: Path, folders: Sequence[Path] = ()) -> Definition:
    """The merged definition of a file."""
    return load(path, folders).definition


def find(name: str, beside: Path, folders: Sequence[Path] = ()) -> Path | None:
    """The file of a part, beside the file that names it first."""
    return next((p for p in (folder / f"{name}.toml" for folder in (beside.parent, *folders)) if p.exists()), None)


def is_part(path: Path) -> bool:
    """Whether a file is a part (it has no code). Raises DefinitionError where it is no TOML."""
    tables, _ = raw(path)
    return "code" not in tables.get("process", {})


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay ``above`` over ``below``: sections and names merge, a key is replaced whole; neither is changed."""
    result = dict(below)
    for section, entries in above.items():
        under = result.get(section)
        if not isinstance(under, dict) or not isinstance(entries, dict):
            result[section] = entries
        elif section in _FLAT:
            result[section] = under | entries
        else:
            both = dict(under)
            for name, entry in entries.items():
                old = both.get(name)
                both[name] = old | entry if isinstance(old, dict) and isinstance(entry, dict) else entry
            result[section] = both
    return result


def touched(part: Path, files: Iterable[Loaded]) -> list[Loaded]:
    """Who inherits a part: their versions change when it does."""
    part = part.resolve()
    return [loaded for loaded in files if part in (p.resolve() for p in loaded.parts.values())]
