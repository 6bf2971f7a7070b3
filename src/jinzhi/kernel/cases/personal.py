"""Personal data of a case (个人信息): what pages show in its place, who may look at it, and the mark that looking leaves in the log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, transaction

from jinzhi.kernel.cases.access import place_of
from jinzhi.kernel.cases.kept import mark_of, opened
from jinzhi.kernel.cases.log.chain import canonical
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.masking import mask
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.orgs.actors import SYSTEM, Grant
from jinzhi.kernel.orgs.sight import in_sight, sight
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

PER_HOUR = 30
"""How many values one person may look at in an hour."""
REASON = (2, 200)
"""Characters of a reason, least and most."""


@dataclass(frozen=True)
class Personal:
    """A personal fact of a case as a page shows it. ``key`` names it in an address: lane and field; ``shown`` is the value, this once."""

    key: str
    field: str
    title: Text
    lane: str
    masked: str
    shown: str = ""

    @property
    def own(self) -> str:
        """An id for its input."""
        return "unmask-" + self.key.replace(".", "-").replace("~", "p")


def shown(process: Process, field: str, value: Any) -> Any:
    """A kept value as it may be shown: masked where the field holds personal data. Sealed marks stay what they are."""
    kind = process.personal.get(field, "")
    return value if not kind or mark_of(value) is not None else mask(kind, value)


def body(process: Process, text: str) -> str:
    """An event's body as pages show it; the stored one, which the hash is made of, is untouched."""
    if not process.personal:
        return text
    found = msgspec.json.decode(text)
    if isinstance(found.get("data"), dict):
        found["data"] = {name: shown(process, name, value) for name, value in found["data"].items()}
    if found.get("field") in process.personal:
        found |= {key: shown(process, found["field"], found[key]) for key in ("old", "new") if key in found}
    return canonical(found)


def facts(view: CaseView, key: str = "") -> list[Personal]:
    """The personal facts of a case, masked, in the order of the definition; the one of ``key`` with its value. What is sealed to the reader is left out."""
    work, process = view.work, view.process
    shelves = [("case", work.facts)]
    for lane in work.lanes.values():
        shelves.append((lane.slot, lane.facts))
        if lane.pending:
            shelves.append((f"~{lane.slot}", lane.pending["data"]))
    found = []
    for name in process.personal:
        spec = process.fields[name]
        for place, shelf in shelves:
            value = opened(work, shelf.get(name))
            if value in (None, "", []):
                continue
            one, masked = f"{place}.{name}", mask(process.personal[name], value)
            found.append(Personal(one, name, Text(spec.zh, spec.en), place, _line(masked), _line(value) if one == key else ""))
    return found


def _line(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def looker(view: CaseView) -> Grant | None:
    """The grant by which the reader may look: a post of a role that acts in this process, at a place of this case, or an open duty of one's own."""
    work, actor = view.work, view.actor
    acting = dict.fromkeys(name for action in work.process.actions.values() for name in action.by)
    for name in acting:
        role = work.process.roles.get(name)
        if role is None or role.party:
            continue
        for lane in work.lanes.values():
            grant = actor.post_for(name, place_of(role, work.owner, lane.holder), work.process.code)
            if grant is not None:
                return grant
    held = next((d for d in work.duties.values() if d.assignee and (d.assignee == actor.person_id or actor.stands_in(d.assignee, d.role))), None)
    return Grant(role=held.role, org_path=work.owner) if held is not None and actor.is_officer else None


@in_sight
def look(view: CaseView, key: str, reason: str) -> list[Personal]:
    """Show one value: leaves ``~unmask`` (field, lane, reason; never the value) and gives the facts with that one readable.

    :raises Refused: 404 where there is no such fact or the reader may not look; 422 (field ``reason``); 429 past PER_HOUR in an hour.
    """
    grant = looker(view)
    wanted = next((one for one in facts(view, key) if one.key == key), None)
    if grant is None or wanted is None:
        raise Refused(Refusal("absent", Text("没有这项内容", "There is no such content")), status=404)
    why = " ".join(reason.split())
    if not REASON[0] <= len(why) <= REASON[1]:
        message = Text("写明查看理由，{a} 至 {b} 个字符", "Say why you look at it, in {a} to {b} characters").format(a=REASON[0], b=REASON[1])
        raise Refused(Refusal("reason", message, "reason"), status=422)
    with transaction.atomic():
        if _looked(view.actor.person_id) >= PER_HOUR:
            message = Text("一小时内最多查看 {n} 项个人信息，请稍后再查看", "At most {n} values of personal data an hour: try again later").format(n=PER_HOUR)
            raise Refused(Refusal("too_many", message), status=429)
        body_ = {"field": wanted.field, "reason": why, "role": grant.role}
        lane = "main.1" if wanted.lane == "case" else wanted.lane.lstrip("~")
        append([Noted(view.id, "~unmask", view.actor.person_id, grant.post_id, grant.org_path, lane, body_)])
    return facts(view, key)


def _looked(person: int) -> int:
    """Looks of this person in the last hour, wherever; two at once wait for one another."""
    with sight(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"unmask {person}"])
        cursor.execute(
            "select count(*) from event where actor = %s and actor > 0 and action = '~unmask' and at > %s", [person, now() - dt.timedelta(hours=1)]
        )
        return int(cursor.fetchone()[0])
