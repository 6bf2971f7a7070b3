"""Who may act on a case, and who may see it at all."""

from __future__ import annotations

from jinzhi.kernel.cases.levels import SECRET
from jinzhi.kernel.cases.process import Action, Role
from jinzhi.kernel.cases.standing import Lane, Work
from jinzhi.kernel.orgs.actors import Actor, Grant
from jinzhi.kernel.orgs.queries import org_by_path

_SELF = Grant(role="", org_path="")


def ancestor_at_level(path: str, level: str) -> str:
    """The path of the organisation at ``level`` that contains ``path`` (itself included); empty where there is none."""
    org = org_by_path(path)
    while org is not None and org.level != level:
        org = org.parent
    return org.path if org is not None else ""


def place_of(role: Role, owner: str, holder: str) -> str:
    """The organisation where a role acts: the owner, the one at a level above the holder, or the holder."""
    if role.level == "owner":
        return owner
    if role.level:
        return ancestor_at_level(holder, role.level) or owner
    return holder


def held_for(actor: Actor, work: Work, lane: Lane) -> tuple[int, Grant | None, str] | None:
    """The duty of this lane that an absent person holds for whom the actor stands in: (person, that person's post, role).

    One's own duty comes first: who holds one of two duties of a lane acts for himself, not for the other.
    """
    if not actor.standing_in:
        return None
    held = [d for slot, d in work.duties.items() if slot == lane.slot or slot.startswith(lane.slot + ".")]
    if any(d.assignee == actor.person_id for d in held):
        return None
    for duty in held:
        absence = actor.stands_in(duty.assignee, duty.role)
        role = work.process.roles.get(duty.role)
        if absence is not None and role is not None:
            return absence.person_id, absence.post_for(duty.role, place_of(role, work.owner, lane.holder), work.process.code), duty.role
    return None


def may_act(actor: Actor, work: Work, action: Action, lane: Lane) -> Grant | None:
    """The grant by which this actor may do this action in this lane, or None.

    An assignment is a grant for this duty; a party acts by membership; everybody else by a post. A stand-in acts by the post of the
    absent person, and only on the duties that person holds.
    """
    if actor.is_system:
        return _SELF if "system" in action.by else None
    absent = held_for(actor, work, lane)
    if absent is not None and absent[2] in action.by:
        person, post, role_name = absent
        return post or Grant(role=role_name, org_path=lane.holder, for_person=person)
    for name in action.by:
        role = work.process.roles.get(name)
        if role is None:
            continue
        if role.party:
            party = work.party if work.fresh else work.party_in(role.party, lane)
            if party is not None and party in actor.parties:
                return Grant(role=name, org_path="", process=work.process.code)
            continue
        state = work.process.states.get(lane.state)
        if lane.assignees and state is not None and state.duty == name:
            if actor.person_id in lane.assignees:
                return actor.post_for(name, place_of(role, work.owner, lane.holder), work.process.code) or Grant(role=name, org_path=lane.holder)
            continue
        grant = actor.post_for(name, place_of(role, work.owner, lane.holder), work.process.code)
        if grant is not None:
            return grant
    return None


def sees_work(actor: Actor, work: Work) -> bool:
    """A work secret is for cleared persons only. Owner and every holder keep sight of a case, a party of its own, an assigned person of the duty, and who stands in for one."""
    if work.secrecy >= SECRET and not (actor.is_system or actor.cleared):
        return False
    if actor.is_system or actor.sees(work.owner):
        return True
    if any(actor.sees(path) for path in work.sight):
        return True
    if any(actor.person_id in lane.assignees for lane in work.lanes.values()) or any(d.assignee == actor.person_id for d in work.duties.values()):
        return True
    if actor.standing_in and any(actor.stands_in(d.assignee, d.role) for d in work.duties.values() if d.assignee):
        return True
    return any(work.party_in(name) in actor.parties for name in work.process.party_fields) or any(
        work.party_in(name, lane) in actor.parties for lane in work.lanes.values() for name in work.process.party_fields
    )
