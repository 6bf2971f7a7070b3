"""What every peer's program has in common: it reads one command a line (JSON) and answers each with one line. Standard library only.

A peer gives ``setup``, ``open_one``, ``step``, ``look``, ``press``, ``problems`` and ``statements``; see :class:`Peer`.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import statistics
import sys
import time
import traceback
from typing import Any
from urllib.parse import parse_qsl, unquote, urlparse

STEPS = ("accept", "examine", "review", "decide", "seal", "issue")
WHO = ("clerk", "clerk", "reviewer", "head", "clerk", "clerk")


class Peer:
    """One engine, used as its documentation says, every act one durable transaction."""

    ways: tuple[str, ...] = ("",)  # of pressing a button, where there is more than one that people use

    def setup(self) -> None:
        """Make tables and definitions in an empty database."""
        raise NotImplementedError

    def open_one(self) -> Any:
        """Open a case; gives its id."""
        raise NotImplementedError

    def step(self, case: Any, place: int) -> None:
        """Do step number ``place`` (0 … 5); raises where it is refused."""
        raise NotImplementedError

    def look(self, case: Any, way: str) -> Any:
        """What the page of a case has read before somebody presses the button of its first step."""
        raise NotImplementedError

    def press(self, seen: Any, caller: int, way: str) -> None:
        """Press it; raises where the engine refuses."""
        raise NotImplementedError

    def records(self, case: Any) -> int:
        """How many records of finished acts a case has: the legal trace."""
        raise NotImplementedError

    def problems(self, cases: list[Any]) -> list[str]:
        """What is wrong with cases that were driven to their end; empty when nothing is."""
        raise NotImplementedError

    def statements(self) -> int:
        """SQL statements sent so far, begin and commit not counted."""
        return 0


def database() -> dict[str, Any]:
    """Django's settings for the database in ``PEER_DATABASE``, the same options as Jinzhi's own."""
    parts = urlparse(os.environ["PEER_DATABASE"])
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.lstrip("/"), "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""), "HOST": query.get("host", "") or parts.hostname or "",
        "PORT": query.get("port", "") or str(parts.port or ""), "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": False, "prepare_threshold": 5},
    }  # fmt: skip


class Counter:
    """Counts statements through Django's ``execute_wrapper``; switched on for a few cases only, never while time is taken."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def _drive(peer: Peer, cases: int) -> dict[str, Any]:
    ids, times = [], []
    began = last = time.perf_counter()
    for _ in range(cases):
        case = peer.open_one()
        ids.append(case)
        for place in range(-1, len(STEPS)):
            if place >= 0:
                peer.step(case, place)
            now = time.perf_counter()
            times.append(now - last)
            last = now
    seconds = last - began
    return {"seconds": seconds, "acts": len(times), "ms": [round(t * 1000, 3) for t in times], "problems": peer.problems(ids)}


def _count(peer: Peer) -> dict[str, Any]:
    """Statements for opening and for each step of one case."""
    marks = [peer.statements()]
    case = peer.open_one()
    marks.append(peer.statements())
    for place in range(len(STEPS)):
        peer.step(case, place)
        marks.append(peer.statements())
    each = [b - a for a, b in itertools.pairwise(marks)]
    return {"open": each[0], "step": statistics.median(each[1:])}


def _race(peer: Peer, command: dict[str, Any]) -> dict[str, Any]:
    """Press on each case at its own moment; told = who was told that it is done."""
    told = []
    for place, case in enumerate(command["cases"]):
        time.sleep(max(0.0, command["at"] + place * command["every"] - time.time()))
        try:
            seen = peer.look(case, command["way"])
            time.sleep(command["think"])
            peer.press(seen, command["caller"], command["way"])
            told.append(True)
        except Exception:  # a refusal, whatever the engine calls it
            told.append(False)
    return {"told": told}


def _bulk(peer: Peer, number: int, invalid: int) -> dict[str, Any]:
    """A loop over cases, as these engines have no batch: the invalid ones were already done before."""
    cases = [peer.open_one() for _ in range(number)]
    for case in cases[:: max(1, number // invalid)][:invalid]:
        peer.step(case, 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    done = reasons = 0
    for case in cases:
        try:
            peer.step(case, 0)
            done += 1
        except Exception as error:
            reasons += bool(str(error))
    seconds = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"done": done, "refused": number - done, "with_reason": reasons, "seconds": seconds, "grown_mb": grown}


def _do(peer: Peer, command: dict[str, Any]) -> dict[str, Any]:
    do = command["do"]
    if do == "setup":
        peer.setup()
        return {}
    if do == "drive":
        return _drive(peer, command["cases"])
    if do == "count":
        return _count(peer)
    if do == "open":
        return {"cases": [peer.open_one() for _ in range(command["cases"])]}
    if do == "records":
        return {"records": [peer.records(case) for case in command["cases"]]}
    if do == "race":
        return _race(peer, command)
    if do == "bulk":
        return _bulk(peer, command["cases"], command["invalid"])
    if do == "ways":
        return {"ways": list(peer.ways)}
    raise ValueError(do)


def serve(peer: Peer) -> None:
    """Answer commands until the input ends. Whatever a library prints goes to standard error, not between the answers."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            answer = _do(peer, json.loads(line))
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()
