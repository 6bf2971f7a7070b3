"""Conflict of interest (利害关系 · 回避): who is tied to a party of a case, or has withdrawn from it, acts on it in no office.

行政许可法 and 行政处罚法 (Art. 43, 2021) ask officers with an interest of their own to withdraw. Ties come with the actor, parties and
withdrawals with the case: nothing more is asked of the database, however many cases a batch has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from jinzhi.kernel.cases import answers
from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.sight import veiled
from jinzhi.kernel.refusals import Refusal


def marks(party: int | None, sight: Iterable[str]) -> frozenset[str]:
    """The parties of a stored case as marks: who brought it, and those beside, as its sight keeps them (``p:`` open, ``q:`` sealed)."""
    found = {mark for mark in sight if mark[:2] in ("p:", "q:")}
    return frozenset(found if party is None else found | {f"p:{party}"})


def interests(actor: Actor) -> frozenset[int]:
    """Parties the actor is tied to today by the register, or acts for."""
    return actor.ties | actor.parties


def tied(parties: Collection[int], case: frozenset[str]) -> bool:
    """Whether one of these parties is among the case's, given as marks."""
    return any(f"p:{party}" in case or f"q:{veiled(party)}" in case for party in parties)


def refused(work: Work, actor: Actor, grant: Grant) -> list[Refusal]:
    """Why the actor, or who is stood in for, must not act here by this grant: nothing for a party's own acts and the platform's."""
    role = work.process.roles.get(grant.role)
    if actor.is_system or (role is not None and role.party):
        return []
    absent = next((s for s in actor.standing_in if s.person_id == grant.for_person), None) if grant.for_person else None
    if work.recused and {actor.person_id, grant.for_person} & set(work.recused):
        return [answers.withdrawn()]
    parties = interests(actor) | (absent.ties if absent is not None else frozenset())
    if not parties:
        return []
    named = {work.party_in(field, lane) for field in work.process.party_fields for lane in (None, *work.lanes.values())}
    if parties & named or tied(parties, marks(work.party, work.sight)):
        return [answers.conflict_of_interest()]
    return []


def no_conflict_of_interest(batch: Batch) -> dict[Work, Refusal]:
    """Guard: the same for processes that name it, so that their definition says it. Admission asks it of every officer's act anyway."""
    found = {work: refused(work, batch.actor, grant) for work in batch if (grant := work.memo.get("grant")) is not None}
    return {work: refusals[0] for work, refusals in found.items() if refusals}
