"""Sources (来源): registered functions that list what is due, each thing with a key; the platform opens or moves it once.

A source names what its action shall do: :class:`Due` with a draft for an opening action, with a move for one on standing cases
(a receipt of another authority, a licence that ran out). It may list what it has listed before: keys already done are left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import msgspec
from django.db import OperationalError, connection, transaction

from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.registry import functions, in_force
from jinzhi.kernel.cases.results import Draft, Move, is_busy
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.time import now

log = logging.getLogger("jinzhi.cases")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: ``key`` tells it from every other of this action, for ever; exactly one of draft and move."""

    key: str
    draft: Draft | None = None
    move: Move | None = None


Source: TypeAlias = Callable[[], Iterable[Due]]


@as_platform
def run_sources(limit: int = 2000) -> int:
    """Do what the sources of the processes in force list (the worker); gives how many things were done, refused or failed.

    At most ``limit`` a source and call, in transactions of CHUNK, each with the keys it did. Where one fails its things are done one by
    one: what fails is kept with the reason and tried again later (1, 2, 4 … minutes, at most a day).
    """
    registered = functions()["source"]
    total = 0
    for process in in_force():
        for action in process.actions.values():
            if action.source in registered:
                try:
                    total += _run(process, action, registered[action.source], limit)
                except OperationalError:
                    raise
                except Exception:  # a source that cannot list what is due must not stop the others
                    log.exception("source %s of %s failed", action.source, process.code)
    return total


def _run(process: Process, action: Action, source: Source, limit: int) -> int:
    total = 0
    for part in _parts(source()):
        if total >= limit:
            break
        try:
            total += _do(process, action, part)
        except Exception as error:
            if isinstance(error, OperationalError) and not is_busy(error):
                raise
            total += sum(_alone(process, action, due) for due in part)
    return total


def _parts(dues: Iterable[Due]) -> Iterator[list[Due]]:
    rest = iter(dues)
    while part := list({due.key: due for due in islice(rest, CHUNK)}.values()):
        yield part


def _alone(process: Process, action: Action, due: Due) -> int:
    try:
        return _do(process, action, [due])
    except Exception as error:
        if isinstance(error, OperationalError) and not is_busy(error):
            raise
        log.warning("source %s of %s: %s failed: %s", action.source, process.code, due.key, error)
        _end([_row(process, action, due, None, done=False, taken=False, reason=f"{type(error).__name__}: {error}"[:1000])])
        return 1


def _do(process: Process, action: Action, part: list[Due]) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select take_keys(%s, %s, %s, %s)", [process.code, action.name, [due.key for due in part], now()])
            taken = {row[0] for row in cursor.fetchall()}
        mine = [due for due in part if due.key in taken]
        if not mine:
            return 0
        if action.opens_case:
            results = engine.open_cases([due.draft for due in mine if due.draft], action.name, actor=SYSTEM)
        else:
            results = engine.advance([due.move for due in mine if due.move], action.name, actor=SYSTEM)
        rows = []
        for due, result in zip(mine, results, strict=True):
            reason = "" if result.ok else f"{result.refusals[0].code}: {result.refusals[0].message.en}"
            rows.append(_row(process, action, due, result.case or None if result.ok else None, done=result.ok, reason=reason[:1000]))
        _end(rows)
    return len(mine)


def _row(process: Process, action: Action, due: Due, case: int | None, *, done: bool, reason: str, taken: bool = True) -> dict[str, Any]:
    """What became of a key; ``taken``: the row that counts this try is in this transaction."""
    at = now().isoformat()
    return {"process": process.code, "action": action.name, "key": due.key, "case": case, "done": done, "taken": taken, "reason": reason, "at": at}


def _end(rows: list[dict[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select end_keys(%s::jsonb)", [msgspec.json.encode(rows).decode()])
