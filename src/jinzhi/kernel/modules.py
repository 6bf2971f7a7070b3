"""The registry of business modules: what each offers to the platform, read once at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from jinzhi.kernel.text import Text
from jinzhi.kernel.workbench import CasePages


@dataclass(frozen=True)
class MenuItem:
    """An entry of a shell's navigation; shown to those who hold one of ``roles`` (empty: to everyone of the shell)."""

    shell: str
    label: Text
    url_name: str
    group: Text
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentKind:
    """A kind of certificate or instrument (证单、文书): how its content is gathered and which template draws it.

    ``content`` takes the :class:`~jinzhi.kernel.cases.batch.Batch` of works whose act issues the document, after its effects, and
    gives {work: JSON-able content} for each of them; it may use a constant number of queries for the batch.
    """

    code: str
    title: Text
    template: Path
    content: Callable[[Any], dict[int, dict[str, Any]]]
    signed: bool = False


@dataclass(frozen=True)
class Feed:
    """A reader of the event log with a checkpoint of its own; ``handle`` gets events in commit-safe order, at least once."""

    name: str
    handle: Callable[[Sequence[Any]], None]
    batch: int = 500


@dataclass(frozen=True)
class Job:
    """What the worker does every so many seconds (machine time). Gives how many things it looked at: 0 or None lets it rest until then."""

    name: str
    run: Callable[[], int | None]
    every: float


@dataclass(frozen=True)
class Module:
    """What a business module offers (its ``module.py`` holds one called ``module``).

    ``parts`` are folders with parts of process files, looked into after the file's own.
    """

    code: str
    title: Text
    processes: tuple[Path, ...] = ()
    parts: tuple[Path, ...] = ()
    guards: dict[str, Callable[..., Any]] = field(default_factory=dict)
    deciders: dict[str, Callable[..., Any]] = field(default_factory=dict)
    effects: dict[str, Callable[..., Any]] = field(default_factory=dict)
    sources: dict[str, Callable[..., Any]] = field(default_factory=dict)
    briefs: dict[str, Callable[..., Any]] = field(default_factory=dict)
    records: dict[str, type] = field(default_factory=dict)
    documents: tuple[DocumentKind, ...] = ()
    code_lists: Path | None = None
    feeds: tuple[Feed, ...] = ()
    jobs: tuple[Job, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    case_pages: tuple[CasePages, ...] = ()


@lru_cache(maxsize=1)
def modules() -> tuple[Module, ...]:
    """All modules named in ``settings.JINZHI_MODULES``, in that order."""
    return tuple(import_module(name).module for name in settings.JINZHI_MODULES)


@lru_cache(maxsize=256)
def case_pages(process: str) -> CasePages:
    """How cases of a process are shown; the kernel's bare pages where no module says anything."""
    return next((pages for module in modules() for pages in module.case_pages if process in pages.processes), CasePages((process,)))
