"""The hash chain of a case (哈希链): the line that is hashed, built alike here and in the database's trigger."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import lru_cache
from typing import Any

import msgspec

_canonical = msgspec.json.Encoder(order="deterministic")
GENESIS = b""
"""What the first event of a case follows."""


def canonical(body: dict[str, Any]) -> str:
    """The body of an event as text: these very bytes are hashed and stored."""
    return _canonical.encode(body).decode()


@lru_cache(maxsize=64)
def stamp(at: dt.datetime) -> tuple[str, int]:
    """An instant as ISO text and as whole microseconds since 1970; an act asks for the same one a thousand times."""
    return at.isoformat(), round(at.timestamp() * 1_000_000)


def line(case: int, seq: int, at: dt.datetime, actor: int, post: int, org: str, action: str, lane: str, request: str, body: str) -> str:
    """What is hashed of an event; the body comes last, so that no field before it may hold a bar."""
    return f"{case}|{seq}|{stamp(at)[1]}|{actor}|{post}|{org}|{action}|{lane}|{request}|{body}"


def link(previous: bytes, text: str) -> bytes:
    """SHA-256 over the hash before and the line: 32 bytes."""
    return hashlib.sha256(previous + text.encode()).digest()
