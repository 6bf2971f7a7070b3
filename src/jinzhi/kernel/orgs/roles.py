"""Roles that posts may be given for: the three administrators, the lead who gives out work, and whatever the loaded processes name.

The process kernel stands above organisations, so it is not imported here: it registers a function when it starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jinzhi.kernel.orgs.actors import LEAD
from jinzhi.kernel.orgs.authority import ADMIN_TITLES
from jinzhi.kernel.text import Text


@dataclass(frozen=True)
class Role:
    """A role with its title, as a person is shown it."""

    code: str
    title: Text


@dataclass(frozen=True)
class ProcessTitle:
    """A process that a post may be limited to."""

    code: str
    title: Text


LEAD_TITLE = Text("组长", "Lead")
RoleSource = Callable[[], Iterable[Role]]
ProcessSource = Callable[[], Iterable[ProcessTitle]]
_role_sources: list[RoleSource] = []
_process_sources: list[ProcessSource] = []


def register(roles: RoleSource | None = None, processes: ProcessSource | None = None) -> None:
    """Add a source of roles or of processes; asked each time, so that what is loaded later is offered too."""
    forget_titles()
    if roles is not None and roles not in _role_sources:
        _role_sources.append(roles)
    if processes is not None and processes not in _process_sources:
        _process_sources.append(processes)


def known() -> list[Role]:
    """All roles, those of business first, each once."""
    found = {role.code: role for source in _role_sources for role in source()}
    found |= {code: Role(code, title) for code, title in ({LEAD: LEAD_TITLE} | ADMIN_TITLES).items()}
    return list(found.values())


def processes() -> list[ProcessTitle]:
    """All processes a post may be limited to, each once."""
    return list({process.code: process for source in _process_sources for process in source()}.values())


REMEMBERED = 30.0
"""Seconds for which titles are taken as current: they stand on every page, and change only with a process file."""

_titles: dict[str, Text] = {}
_titles_until = 0.0


def title(code: str) -> Text:
    """The title of a role; its code when nothing knows it any more. Asks the sources at most every 30 seconds a process."""
    global _titles, _titles_until
    if time.monotonic() >= _titles_until:
        _titles, _titles_until = {role.code: role.title for role in known()}, time.monotonic() + REMEMBERED
    return _titles.get(code) or Text(code, code)


def forget_titles() -> None:
    """Ask the sources at the next question (when they have changed in this process)."""
    global _titles_until
    _titles_until = 0.0


def process_title(code: str) -> Text:
    """The title of a process; "all" for none."""
    if not code:
        return Text("全部业务", "All business")
    return next((process.title for process in processes() if process.code == code), Text(code, code))
