"""Sight (可见范围): who asks, said to the database so that its row security shows what that actor may see and nothing else.

``with sight(actor):`` around whatever reads or writes kernel tables. A request runs under its actor's as soon as the actor is known; the
worker and commands under ``sight(SYSTEM)``; without any the tables look empty. The setting is signed (``sql/security.sql`` checks it), so
that an injected statement cannot widen it, bound to its connection and good for minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import inspect
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache, wraps
from types import TracebackType
from typing import Any, TypeVar

from django.conf import settings

from jinzhi.kernel.orgs.actors import SYSTEM, Actor

LIFETIME = 900
"""Seconds a signed setting is good for; renewed when less than a third of it is left."""
_RENEW = LIFETIME // 3
_PLATFORM_PATHS = "{%}"

_asks: ContextVar[Actor | None] = ContextVar("jinzhi_sight", default=None)


class sight:
    """Within this block the database is asked as ``actor`` (None: as nobody). Blocks nest; the outer one's sight comes back."""

    __slots__ = ("actor", "before")

    def __init__(self, actor: Actor | None) -> None:
        self.actor = actor

    def __enter__(self) -> None:
        self.before = _asks.get()
        _asks.set(self.actor)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _asks.set(self.before)


def look_as(actor: Actor | None) -> None:
    """From now on in this context the database is asked as ``actor``: for whoever opened a block and learns only later who it is."""
    _asks.set(actor)


def adopt(request: Any, actor: Actor) -> None:
    """Let the rest of a request run under the sight of ``actor``; without the middleware, which would end it, nothing happens."""
    if getattr(request, "in_sight", False):
        look_as(actor)


def who_asks() -> Actor | None:
    """As whom the database is asked now."""
    return _asks.get()


def needed() -> Actor:
    """As whom the database is asked now. Raises RuntimeError outside any sight: a reader would find nothing and not know why."""
    actor = _asks.get()
    if actor is None:
        raise RuntimeError("nobody asks: read this within sight(actor) or sight(SYSTEM)")
    return actor


Function = TypeVar("Function", bound=Callable[..., Any])


def in_sight(function: Function) -> Function:
    """Run a function under the sight of its argument ``actor``, or of the actor its first argument carries; without one it raises TypeError."""
    names = list(inspect.signature(function).parameters)
    name = "actor" if "actor" in names else names[0]
    place = names.index(name)

    @wraps(function)
    def asked(*args: Any, **kwargs: Any) -> Any:
        given = args[place] if len(args) > place else kwargs.get(name)
        actor = given if isinstance(given, Actor) else getattr(given, "actor", None)
        if not isinstance(actor, Actor):
            raise TypeError(f"{function.__name__} wants an actor: who asks?")
        with sight(actor):
            return function(*args, **kwargs)

    return asked  # type: ignore[return-value]


def as_platform(function: Function) -> Function:
    """Run a function as the platform itself: jobs of the worker and of commands."""

    @wraps(function)
    def asked(*args: Any, **kwargs: Any) -> Any:
        with sight(SYSTEM):
            return function(*args, **kwargs)

    return asked  # type: ignore[return-value]


def kept(items: Iterator[Any], actor: Actor | None) -> Iterator[Any]:
    """The same items, each worked out under this sight: for answers that are read after the request is over."""
    while True:
        with sight(actor):
            try:
                item = next(items)
            except StopIteration:
                return
        yield item


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"jinzhi row security", hashlib.sha256).digest()


def pads() -> tuple[bytes, bytes]:
    """The key as HMAC uses it, inside and outside, for the table ``sight_key`` (RFC 2104)."""
    block = _key(settings.SECRET_KEY).ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def veiled(party: int) -> str:
    """A party's mark in the sight of cases whose party is sealed: the party finds the case by it, nobody finds the party."""
    return hmac.new(_key(settings.SECRET_KEY), f"party {party}".encode(), hashlib.sha256).hexdigest()[:20]


def mark(secret: str) -> str:
    """A short digest that tells whether a database was given this secret's key."""
    return hashlib.sha256(b"mark" + _key(secret)).hexdigest()[:16]


def install_key(cursor: Any) -> None:
    """Give the database the key (as the owner of the tables, with the rights)."""
    cursor.execute(
        "insert into sight_key (inner_key, outer_key) values (%s, %s)"
        " on conflict (id) do update set inner_key = excluded.inner_key, outer_key = excluded.outer_key", list(pads()),
    )  # fmt: skip


def _array(items: list[str]) -> str:
    """A PostgreSQL array literal of texts."""
    return "{" + ",".join('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items) + "}"


def _numbers(items: list[int]) -> str:
    return "{" + ",".join(map(str, items)) + "}"


def _pattern(path: str) -> str:
    return path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _fields(actor: Actor) -> str:
    """Everything of the setting that follows from the actor."""
    if actor.is_system:
        return f"0|1|{_PLATFORM_PATHS}|{{}}|{{}}|{{}}"
    scopes = list(actor.scopes())
    parties = sorted(actor.parties)
    tokens = [*scopes, *(f"p:{party}" for party in parties), *(f"q:{veiled(party)}" for party in parties), f"u:{actor.person_id}"]
    absent = sorted({absence.person_id for absence in actor.standing_in})
    tokens += [f"u:{person}" for person in absent]
    fields = [_array([_pattern(path) for path in scopes]), _array(tokens), _numbers(parties), _numbers([actor.person_id, *absent])]
    if any("|" in text for text in fields):
        raise ValueError("a code of an organisation holds a bar")
    return "|".join([str(actor.person_id), "1" if actor.cleared else "0", *fields])


def signed(actor: Actor, backend: int, until: int) -> str:
    """The setting for an actor on one connection until a Unix second."""
    payload = f"{backend}|{until}|{_fields(actor)}"
    return hmac.new(_key(settings.SECRET_KEY), payload.encode(), hashlib.sha256).hexdigest() + "|" + payload


class Held:
    """What a session of the database holds: kept beside the connection, so that nothing is said twice."""

    __slots__ = ("_known", "actor", "unsure", "until")

    def __init__(self) -> None:
        self.actor: Actor | None = None
        self.until = 0.0
        self.unsure = False
        self._known: dict[Actor, tuple[str, float]] = {}

    def is_current(self) -> bool:
        """Whether the session holds the sight of this context already."""
        wanted = _asks.get()
        if self.unsure or (wanted is not self.actor and wanted != self.actor):
            return False
        return wanted is None or time.time() < self.until - _RENEW

    def missing(self, backend: int) -> str | None:
        """The setting to make, quoted for SQL, and from now on taken as made; None where the session holds it."""
        if self.is_current():
            return None
        wanted = _asks.get()
        self.actor, self.unsure = wanted, False
        text, self.until = self.signed_for(wanted, backend)
        return text.replace("'", "''")

    def signed_for(self, actor: Actor | None, backend: int) -> tuple[str, float]:
        """The signed setting for an actor on this connection, and until when (Unix seconds) it is good; nothing for nobody."""
        if actor is None or actor.is_anonymous:
            return "", float("inf")
        found = self._known.get(actor)
        now = time.time()
        if found is None or now >= found[1] - _RENEW:
            if len(self._known) > 8:
                self._known.clear()
            found = self._known[actor] = (signed(actor, backend, int(now + LIFETIME)), float(int(now + LIFETIME)))
        return found

    def forget(self) -> None:
        """What the session holds is not sure (a rollback, an error): say it again before the next statement."""
        self.unsure = True
