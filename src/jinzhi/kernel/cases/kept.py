"""Values as they are kept: plain JSON; those of sealed fields (密) as a mark, their content apart where only some may read it.

A field with ``seen_by`` never stands readable in a case's facts, a lane's, a pending signature or an event: there stands
``{"sealed": digest}``, SHA-256 over a random salt and the value's canonical JSON. Content and salt are a row of ``sealed_fact``, which no
role of the application may read but through ``unseal()``: it asks who looks. The chain stays verifiable, whether the row is still there
or was taken out by order; who has it can prove that it is what was signed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import BaseModel

if TYPE_CHECKING:
    from jinzhi.kernel.cases.standing import Work

_canonical = msgspec.json.Encoder(order="deterministic")


def plain(value: Any) -> Any:
    """A value as it is kept in JSON: dates ISO, decimals as text, records as their own JSON."""
    if value.__class__ is str:  # most are
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def mark_of(value: Any) -> str | None:
    """The digest of a sealed value; None for a plain one."""
    return value["sealed"] if isinstance(value, dict) and value.keys() == {"sealed"} else None


def opened(work: Work, value: Any) -> Any:
    """The content of a kept value: itself, or what is sealed, or None where whoever asks may not see it."""
    digest = mark_of(value)
    return value if digest is None else work.sealed.get(digest, ("", None))[1]


def kept(work: Work, name: str, value: Any) -> Any:
    """A field's value as it may stand anywhere: plain, or sealed (the same content of the same field keeps its seal)."""
    value = plain(value)
    if name not in work.process.sealed or value is None or mark_of(value) is not None:
        return value
    for digest, (field, content) in work.sealed.items():
        if field == name and content == value:
            return {"sealed": digest}
    salt, text = os.urandom(16), _canonical.encode(value)
    digest = hashlib.sha256(salt + text).hexdigest()
    work.sealed[digest] = (name, value)
    roles = work.process.fields[name].seen_by
    parties = [work.fact(role.party) for role in work.process.roles.values() if role.party and (role.name in roles or role.party == name)]
    if work.process.fields[name].type == "party":
        parties.append(value)
    work.memo.setdefault("_sealed", []).append({
        "case": work.id, "field": name, "digest": digest, "salt": salt.hex(), "value": text.decode(),
        "seen_by": [r for r in roles if r in work.process.roles and not work.process.roles[r].party],
        "parties": sorted({int(p) for p in parties if isinstance(p, int)}),
    })  # fmt: skip
    return {"sealed": digest}
