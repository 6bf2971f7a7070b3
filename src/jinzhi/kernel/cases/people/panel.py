"""What the case page says of people: who holds which duty and may do what with it, notes, watchers, presence. A constant number of questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.cases.access import place_of
from jinzhi.kernel.cases.conflict import marks
from jinzhi.kernel.cases.people import barred, duties, notes, watching
from jinzhi.kernel.cases.people.duties import Held
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.orgs.models import Post
from jinzhi.kernel.orgs.queries import in_force, person_names, prefixes
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

SHOWN_NOTES = 20


@dataclass(frozen=True)
class DutyLine:
    """A duty of the case on its page. ``acts``: claim, release, transfer, assign, take_back, as far as the reader may."""

    slot: str
    title: Text
    role: Text
    holder: Text | None
    own: bool
    absent: bool
    acts: tuple[str, ...]
    colleagues: Sequence[tuple[str, Text]] = ()

    @property
    def person_id(self) -> str:
        """Ids of the two fields of its form: several duties stand on one page."""
        return f"f-person-{self.slot.replace('.', '-')}"

    @property
    def reason_id(self) -> str:
        return f"f-reason-{self.slot.replace('.', '-')}"


def held(view: CaseView) -> list[Held]:
    """The officers' open duties of a case as it was read."""
    work = view.work
    found: list[Held] = []
    for duty in work.duties.values():
        role = work.process.roles.get(duty.role)
        track, no = duty.slot.split(".")[:2]
        lane = work.lanes.get((track, int(no)))
        if role is None or role.party or lane is None:
            continue
        place = place_of(role, work.owner, lane.holder)
        found.append(Held(0, work.id, duty.slot, duty.role, place, lane.state, duty.assignee, work.process, work.owner, lane.holder, work.number, pending=lane.pending, child=work.parent is not None,
            parties=marks(work.party, work.sight), recused=frozenset(work.recused),
        ))  # fmt: skip
    return found


def acts_on(view: CaseView, duty: Held) -> tuple[str, ...]:
    """What the reader may do with this duty; the command asks again."""
    actor = view.actor
    lead = duties.leads(actor, duty) is not None
    found: list[str] = []
    if duty.assignee is None:
        if duties.post_of(actor, duty) is not None and barred.in_conflict(duty, actor) is None:
            found.append("claim")
        return (*found, "assign") if lead else tuple(found)
    mine = duty.assignee == actor.person_id
    if mine or actor.stands_in(duty.assignee, duty.role) is not None:
        found.append("transfer")
        if not duty.personal:
            found.append("release")
    elif lead:
        found.append("assign")
        if not duty.personal:
            found.append("take_back")
    return tuple(found)


def lines(view: CaseView) -> list[DutyLine]:
    """The duties with who holds them. Two questions, whatever their number."""
    found = held(view)
    asked = [(d, acts_on(view, d)) for d in found]
    names = person_names({d.assignee for d in found if d.assignee})
    able = able_people([d for d, acts in asked if {"transfer", "assign"} & set(acts)])
    lanes = {d.lane for d in found}
    return [
        DutyLine(
            d.slot, _title(view, d, len(lanes) > 1), d.process.role_title(d.role), names.get(d.assignee) if d.assignee else None, d.assignee == view.actor.person_id,
            view.actor.stands_in(d.assignee, d.role) is not None, acts, [(str(p), n) for p, n in able.get(d.slot, ()) if p != d.assignee],
        )
        for d, acts in asked
    ]  # fmt: skip


def recusable(view: CaseView) -> list[tuple[str, Text]]:
    """Who can be withdrawn from the case by the reader: the reader, where a post or a duty makes it his work, and holders he leads. One question at most."""
    actor, found = view.actor, held(view)
    own = any(d.assignee == actor.person_id or duties.post_of(actor, d) is not None for d in found)
    led = {d.assignee for d in found if d.assignee and d.assignee != actor.person_id and duties.leads(actor, d) is not None}
    people: list[tuple[str, Text]] = [("0", Text("本人", "Myself"))] if own and actor.person_id not in view.work.recused else []
    names = person_names(led) if led else {}
    return people + [(str(p), names[p]) for p in sorted(led) if p in names and p not in view.work.recused]


def _title(view: CaseView, duty: Held, several: bool) -> Text:
    key = view.work.lanes[(duty.lane.split(".")[0], int(duty.lane.split(".")[1]))].key
    state = duty.title
    return Text(f"{state.zh}（{key}）", f"{state.en} ({key})") if several and key and "/" not in key else state


def able_people(wanted: Iterable[Held]) -> dict[str, list[tuple[int, Text]]]:
    """Who holds the role of each duty at its place, by slot, the nearest first. One question for all."""
    asked = list(wanted)
    if not asked:
        return {}
    paths = {p for d in asked for p in prefixes(d.place)}
    posts = Post.objects.filter(in_force(today()), role__in={d.role for d in asked}, org__path__in=paths, person__is_active=True)
    rows = list(posts.select_related("person", "org").order_by("-org__path", "person__username"))
    found: dict[str, list[tuple[int, Text]]] = {}
    for duty in asked:
        people: dict[int, Text] = {}
        for post in rows:
            if post.role == duty.role and duty.place.startswith(post.org.path) and post.process in ("", duty.process.code):
                people.setdefault(post.person_id, Text(post.person.name_zh, post.person.name_en or post.person.name_zh))
        found[duty.slot] = list(people.items())[:200]
    return found


def context(view: CaseView) -> dict[str, Any]:
    """For the template of a case page."""
    watchers = watching.watchers(view.id)
    return {
        "duty_lines": lines(view) if view.work.phase == 1 else [], "recusable": recusable(view) if view.work.phase == 1 else [], "notes": notes.read(view, SHOWN_NOTES), "watchers": watchers,
        "watching": view.actor.person_id in watchers, "ticket": watching.ticket(view.actor.person_id, view.id), "beat_every": watching.EVERY,
        "note_limit": notes.LONGEST,
    }  # fmt: skip
