"""The authority's own, shorter limits (承诺时限) and when a limit warns: dated tables, kept in memory, asked without a query.

A promise is for a clock or for a stage (``~review``), of one organisation and all below it; the nearest above the owner counts. It may be
shorter than the law, never longer. Thresholds say when a running limit warns; the shipped default stands on both: 80 % used, one working day left.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from jinzhi.kernel.codes import lists

LIST = "cases.limits"
"""The name under which the version of both tables stands among the code lists: one look a second tells every process of a change."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One row: the limit in force from a day, to a day or for good."""

    id: int
    process: str
    target: str
    org_path: str
    limit: str
    valid_from: dt.date
    valid_to: dt.date | None
    basis: str
    set_by: int

    def on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Threshold:
    """When a limit warns: a share of it used (0 to 1), or so many working days left, whichever comes first."""

    share: float = 0.8
    left: int = 1
    process: str = ""
    target: str = ""
    org_path: str = ""
    valid_from: dt.date = dt.date.min
    valid_to: dt.date | None = None
    to_confirm: bool = True

    def on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


DEFAULT = Threshold()


class Limits:
    """All rows, by what they are looked up with; the nearest organisation first."""

    def __init__(self, promises: Sequence[Promise] = (), thresholds: Sequence[Threshold] = ()) -> None:
        self.promises: dict[tuple[str, str], list[Promise]] = {}
        for row in sorted(promises, key=lambda p: -len(p.org_path)):
            self.promises.setdefault((row.process, row.target), []).append(row)
        self.thresholds = sorted(thresholds, key=lambda t: (t.target == "", t.process == "", -len(t.org_path)))

    def promise(self, process: str, target: str, owner: str, day: dt.date) -> Promise | None:
        return next((p for p in self.promises.get((process, target), ()) if owner.startswith(p.org_path) and p.on(day)), None)

    def threshold(self, process: str, target: str, owner: str, day: dt.date) -> Threshold:
        for row in self.thresholds:
            if row.process in ("", process) and row.target in ("", target) and owner.startswith(row.org_path) and row.on(day):
                return row
        return DEFAULT


_lock = threading.Lock()
_kept: tuple[int, Limits] = (-1, Limits())


def version() -> int:
    """Which state of the tables this process knows."""
    return lists.last_version(LIST)


def current() -> Limits:
    """The tables as this process knows them. Every act asks for the calendar first, which looks once a second what has changed."""
    global _kept
    version = lists.last_version(LIST)
    if _kept[0] != version:
        with _lock:
            _kept = (version, _read())
    return _kept[1]


def limit(process: str, target: str, owner: str, day: dt.date) -> str | None:
    """The promised limit of a clock or stage in force that day for that organisation, if there is one."""
    known = current()
    found = known.promise(process, target, owner, day) if known.promises else None
    return found.limit if found else None


def threshold(process: str, target: str, owner: str, day: dt.date) -> Threshold:
    """When a limit of that process, clock and organisation warns."""
    return current().threshold(process, target, owner, day)


def _read() -> Limits:
    with connection.cursor() as cursor:
        cursor.execute('select id, process, target, org_path, "limit", valid_from, valid_to, basis, set_by from promise order by id')
        promises = [Promise(*row) for row in cursor.fetchall()]
        cursor.execute("select share::float, days_left, process, target, org_path, valid_from, valid_to, to_confirm from threshold order by id")
        return Limits(promises, [Threshold(*row) for row in cursor.fetchall()])


def forget() -> None:
    """Drop what is remembered (tests, and the process that has just written)."""
    global _kept
    _kept = (-1, Limits())
    lists.forget()
