"""Open duties (待办) as they are given from one person to another: locked, read once for many, and who may hold which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.access import place_of
from jinzhi.kernel.cases.conflict import marks
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.orgs.actors import LEAD, Actor, Grant
from jinzhi.kernel.text import Text

_decode = msgspec.json.Decoder()
_encode = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Held:
    """A duty with what its case says about who may have it. ``holder`` is the organisation of its lane, ``owner`` that of the case."""

    id: int
    case: int
    slot: str
    role: str
    org: str
    state: str
    assignee: int | None
    process: Process
    owner: str
    holder: str
    number: str | None = None
    party: int | None = None
    open: bool = True
    pending: dict[str, Any] | None = None
    child: bool = False
    """Whether the case is a child of another, whose acts may bar people too."""
    secrecy: int = 2
    """How the case is kept; a work secret goes to cleared persons only."""
    parties: frozenset[str] = frozenset()
    """Marks of the case's parties (``conflict.marks``)."""
    recused: frozenset[int] = frozenset()
    """Who has withdrawn from the case."""

    @property
    def lane(self) -> str:
        """track.no, as events name it."""
        return ".".join(self.slot.split(".")[:2])

    @property
    def personal(self) -> bool:
        """Whether the process itself gave it to this person: there is no group it could go back to."""
        return self.slot.count(".") > 1

    @property
    def place(self) -> str:
        """The organisation where the role acts."""
        role = self.process.roles.get(self.role)
        return self.org if role is None else place_of(role, self.owner, self.holder)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the holder is there to do."""
        return tuple(a for a in self.process.by_state.get(self.state, ()) if self.role in a.by)

    @property
    def title(self) -> Text:
        return self.process.state_title(self.state)


def post_of(actor: Actor, duty: Held) -> Grant | None:
    """The post by which this actor could hold the duty, or None."""
    return actor.post_for(duty.role, duty.place, duty.process.code)


def leads(actor: Actor, duty: Held) -> Grant | None:
    """The post of lead over the duty's organisation, or None."""
    return actor.post_for(LEAD, duty.org, duty.process.code)


def sees(actor: Actor, duty: Held) -> bool:
    """Whether the duty's case is within the actor's sight by place, by holding the duty, or by standing in for its holder."""
    near = actor.sees(duty.org) or actor.sees(duty.owner)
    return near or duty.assignee == actor.person_id or actor.stands_in(duty.assignee, duty.role) is not None


def lock(ids: Sequence[int]) -> dict[int, Held]:
    """Lock the cases of these duties in id order (waiting at most 3 seconds) and read the duties; unknown ids are left out."""
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '3s'")
        cursor.execute("select lock_duties(%s)", [list(ids)])
        (text,) = cursor.fetchone()
    found: dict[int, Held] = {}
    for d in _decode.decode(text):
        found[d["id"]] = Held(
            d["id"], d["case"], d["slot"], d["role"], d["org"], d["state"], d["assignee"], process_by_id(d["pv"]), d["owner"], d["holder"] or d["org"],
            d["number"], d["party"], d["open"], d["pending"], d["child"], d["secrecy"],
            marks(d["of"], d["sight"]), frozenset(d["recused"]),
        )  # fmt: skip
    return found


def open_ids(case: int, slot: str) -> list[int]:
    """The open duty in this slot of a case: one id or none."""
    with connection.cursor() as cursor:
        cursor.execute("select id from duty where case_id = %s and slot = %s and closed_at is null", [case, slot])
        return [row[0] for row in cursor.fetchall()]


def visible(ids: Iterable[int]) -> set[int]:
    """Those of the duties that the database shows to who asks now."""
    with connection.cursor() as cursor:
        cursor.execute("select id from duty where id = any(%s)", [list(ids)])
        return {row[0] for row in cursor.fetchall()}


def give(changes: Sequence[tuple[Held, int | None]]) -> None:
    """Write the new holders of locked duties (None: back to the group) in one call."""
    if not changes:
        return
    doc = []
    for duty, person in changes:
        track, no, *_ = duty.slot.split(".")
        slot = f"{duty.lane}.{person}" if duty.personal and person is not None else None
        doc.append({"id": duty.id, "to": person, "slot": slot, "case": duty.case, "track": track, "no": int(no), "from": duty.assignee})
    with connection.cursor() as cursor:
        cursor.execute("select give_duties(%s::jsonb)", [_encode.encode(doc).decode()])
