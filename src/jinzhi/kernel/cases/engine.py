"""The one door: ``open_cases`` and ``advance`` for any number of cases, in one transaction and a constant number of statements.

Order of an act: idempotency → lock → version, state, role, separation → form → guards (all refusals collected) → signatures where
several persons sign → deciders → effects → moves → what follows at once → numbers → documents → events → one write → commit.
A refused case is left untouched; the others of its batch go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, transaction

from jinzhi.kernel.cases import answers, store
from jinzhi.kernel.cases.admit import aim
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.expiry import run_due, run_expired
from jinzhi.kernel.cases.opening import ChildrenRefused, new_works
from jinzhi.kernel.cases.perform import finish, perform
from jinzhi.kernel.cases.results import Draft, Move, Result, is_busy, one
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.time import now

CHUNK = 1000
Barred = dict[int, list[Refusal]]
"""Places of a batch that are refused from the start, with the reasons."""


def open_cases(drafts: Sequence[Draft], action: str, *, actor: Actor, request_id: uuid.UUID | None = None) -> list[Result]:
    """Open cases by an opening action; one result per draft, in order. All drafts of a call are of one process."""
    with sight(actor):
        return _chunked(drafts, request_id, lambda part, key, barred: _open(part, action, actor, key, barred))


def advance(moves: Sequence[Move], action: str, *, actor: Actor, request_id: uuid.UUID | None = None) -> list[Result]:
    """Do ``action`` on these cases; one result per move, in order. The same ``request_id`` again gives the same answer and does nothing."""
    with sight(actor):
        return _chunked(moves, request_id, lambda part, key, barred: _advance(part, action, actor, key, barred))


def _chunked(items: Sequence[Any], request_id: uuid.UUID | None, do: Any) -> list[Result]:
    results: list[Result] = []
    for start in range(0, len(items), CHUNK):
        key = uuid.uuid5(request_id, str(start)) if request_id and start else request_id
        try:
            results += _without_barred(items[start : start + CHUNK], key, do)
        except store.Known as known:
            results += answers.results_from(known.answer, Result)
        except OperationalError as error:
            if not is_busy(error):
                raise
            busy = answers.busy()
            results += [Result(getattr(i, "case", 0), "refused", [busy]) for i in items[start : start + CHUNK]]
    return results


def _without_barred(items: Sequence[Any], key: uuid.UUID | None, do: Any) -> list[Result]:
    """Do a batch; where children of some could not be opened, nothing stands: those are refused, and the others done again."""
    barred: Barred = {}
    while True:
        try:
            found: list[Result] = do(items, key, barred)
            return found
        except ChildrenRefused as wrong:
            if not wrong.refusals.keys() - barred.keys() - {-1}:
                raise
            barred |= wrong.refusals


def _open(drafts: Sequence[Draft], name: str, actor: Actor, key: uuid.UUID | None, barred: Barred) -> list[Result]:
    with transaction.atomic():
        request = store.Request(actor.person_id, key)
        at = now()
        works = new_works(drafts, at, request)
        for place, work in enumerate(works):
            work.memo["place"] = place
        act = Act(actor=actor, at=at, request=str(key or ""), calendar=calendar())
        results = [Result(0, "refused", barred[place]) if place in barred else Result(0, "done") for place in range(len(works))]
        asked = [place for place in range(len(works)) if place not in barred]
        for place, result in zip(asked, perform([works[place] for place in asked], name, act), strict=True):
            results[place] = result
        finish(works, act, results, request)
    return results


def _advance(moves: Sequence[Move], name: str, actor: Actor, key: uuid.UUID | None, barred: Barred) -> list[Result]:
    with transaction.atomic():
        request = store.Request(actor.person_id, key)
        at = now()
        found = store.lock(sorted({m.case for place, m in enumerate(moves) if place not in barred}), request)
        act = Act(actor=actor, at=at, request=str(key or ""), calendar=calendar())
        for place, wanted in enumerate(moves):
            if wanted.case in found:
                found[wanted.case].memo.setdefault("place", place)
        run_expired(list(found.values()), act)
        results: list[Result | None] = [None] * len(moves)
        works: list[Work] = []
        places: list[int] = []
        seen: set[int] = set()
        for place, wanted in enumerate(moves):
            if place in barred:
                results[place] = Result(wanted.case, "refused", barred[place])
                continue
            work = found.get(wanted.case)
            refusal = aim(work, wanted, name, actor, repeated=wanted.case in seen)
            if refusal is not None or work is None:
                results[place] = Result(wanted.case, "refused", [refusal or answers.absent()])
                continue
            seen.add(wanted.case)
            work.data, work.children = wanted.data, wanted.children
            works.append(work)
            places.append(place)
        for place, result in zip(places, perform(works, name, act), strict=True):
            results[place] = result
        done = [r for r in results if r is not None]
        finish(list(found.values()), act, done, request)
    return done


__all__ = ["Draft", "Move", "Result", "advance", "one", "open_cases", "run_due"]
