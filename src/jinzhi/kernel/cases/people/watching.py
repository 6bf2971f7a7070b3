"""Watching a case (关注): the watcher is told of its acts; and who has its page open now (在场)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.core import signing
from django.db import connection

from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

EVERY = 25
"""Seconds between two signs of life of a page."""
_SALT = "cases.presence"


def watch(person: int, cases: Sequence[int], *, on: bool = True) -> int:
    """Begin or end to watch cases the caller may see; gives how many changed."""
    with connection.cursor() as cursor:
        cursor.execute("select set_watch(%s, %s, %s, %s)", [person, list(cases), now(), on])
        return int(cursor.fetchone()[0])


def watchers(case_id: int) -> dict[int, Text]:
    """Who watches a case, by person id. Two questions."""
    return person_names(_watching([case_id]))


def _watching(cases: Iterable[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("select person from watch where case_id = any(%s) limit 500", [list(cases)])
        return {row[0] for row in cursor.fetchall()}


def ticket(person: int, case_id: int) -> str:
    """What a page that was allowed to show the case sends with its signs of life, so that they need not ask for the case again."""
    return signing.dumps([person, case_id], salt=_SALT)


def beat(person: int, given: str, age: int) -> tuple[int, list[Text]] | None:
    """A sign of life of a page; gives the case and who else has it open. None for a ticket that is false, another's, or older than ``age`` seconds."""
    try:
        who, case_id = signing.loads(given, salt=_SALT, max_age=age)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    if who != person:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select beat(%s, %s)", [case_id, person])
        others: list[int] = cursor.fetchone()[0]
    names = person_names(others) if others else {}
    return case_id, [names[p] for p in others if p in names]


@as_platform
def forget_presence() -> None:
    """Throw away the signs of life of pages long closed (the worker does, now and then)."""
    with connection.cursor() as cursor:
        cursor.execute("select forget_presence()")
