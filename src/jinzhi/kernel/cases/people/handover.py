"""Everything of a person who leaves (工作移交): what lies on the desk, handed to one or several successors, in batches, each in the log.

A system administrator does it, who sees into no case: what is held is told in numbers by role and organisation, and the database's
functions give the duties on. A successor must hold the role there, and is passed over where separation of duties forbids him.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction

from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.people import answers, barred, duties
from jinzhi.kernel.cases.people.commands import Outcome, name_people, slots
from jinzhi.kernel.cases.people.duties import Held
from jinzhi.kernel.orgs import commands, desk
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.authority import log, need
from jinzhi.kernel.orgs.models import Person, Post
from jinzhi.kernel.orgs.queries import actors_for, in_force, org_by_path, org_name, prefixes
from jinzhi.kernel.orgs.roles import process_title, title
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today

BATCH = 200
GROUP = 0
"""In place of a successor: back to the group's queue."""
_BUSY = ("55P03", "40001", "40P01")


@dataclass(frozen=True)
class Holding:
    """Duties of one role, organisation and process on a desk. ``own``: given to the person by name, so that no group can take them."""

    process: str
    role: str
    org: str
    own: bool
    count: int
    earliest: dt.datetime | None
    candidates: Sequence[tuple[int, Text]] = ()

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.process}|{self.role}|{self.org}|{int(self.own)}"

    @property
    def title(self) -> Text:
        org, role, process = org_name(org_by_path(self.org), short=True), title(self.role), process_title(self.process)
        return Text(f"{role.zh}，{org.zh}，{process.zh}", f"{role.en}, {org.en}, {process.en}")


@dataclass
class Result:
    """What became of a desk: how many duties went to whom (0: the group), which did not and why, what else was handed over."""

    given: dict[int, int] = field(default_factory=dict)
    refused: list[Outcome] = field(default_factory=list)
    others: list[tuple[Text, int]] = field(default_factory=list)


def register() -> None:
    """Say at start what a desk can hold of cases."""
    desk.register(desk.Sort("duties", Text("待办", "duties"), _count_duties))
    desk.register(desk.Sort("watches", Text("关注", "watched cases"), _count_watches, _hand_watches))


def _count_duties(person: int, role: str, org_path: str, process: str) -> int:
    return sum(h.count for h in _holdings(person) if (not role or h.role == role) and h.org.startswith(org_path) and process in ("", h.process))


@as_platform
def _count_watches(person: int, role: str, org_path: str, process: str) -> int:
    if role:
        return 0  # a watch hangs on no post
    with connection.cursor() as cursor:
        cursor.execute("select watched(%s)", [person])
        return int(cursor.fetchone()[0])


@as_platform
def _hand_watches(person: int, to: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select move_watches(%s, %s, %s)", [person, to, now()])
        return int(cursor.fetchone()[0])


@as_platform
def _holdings(person: int) -> list[Holding]:
    with connection.cursor() as cursor:
        cursor.execute("select process, role, org, own, n, oldest from holdings(%s)", [person])
        return [Holding(p, r, o, own, n, due if due.year < 9999 else None) for p, r, o, own, n, due in cursor.fetchall()]


def holdings(by: Actor, person: int) -> list[Holding]:
    """What duties a person holds, with who could take each sort: two questions. :raises Refused: not a system administrator."""
    need(by, "sysadmin")
    found = _holdings(person)
    paths = {p for h in found for p in prefixes(h.org)}
    posts = Post.objects.filter(in_force(today()), role__in={h.role for h in found}, org__path__in=paths, person__is_active=True).exclude(person_id=person)
    rows = list(posts.select_related("person", "org").order_by("-org__path", "person__username")) if found else []
    return [Holding(h.process, h.role, h.org, h.own, h.count, h.earliest, _candidates(h, rows)) for h in found]


def _candidates(holding: Holding, posts: Iterable[Post]) -> list[tuple[int, Text]]:
    people: dict[int, Text] = {}
    for post in posts:
        if post.role == holding.role and holding.org.startswith(post.org.path) and post.process in ("", holding.process):
            people.setdefault(post.person_id, Text(post.person.name_zh, post.person.name_en or post.person.name_zh))
    return list(people.items())[:100]


@as_platform
def hand_over(by: Actor, person: Person, successors: Mapping[str, Sequence[int]], *, others: Mapping[str, int | None] | None = None, reason: str = "") -> Result:
    """Give a person's duties to these successors: ``successors`` by :attr:`Holding.key`, several take turns, ``GROUP`` is the group's queue;
    a sort not named stays. ``others``: who gets watches and mentions (None: nobody), by the code of ``desk.Sort``.

    Batches of 200, each a transaction: broken off in the middle, what is done is done, and doing it again goes on. Each duty is an event.

    :raises Refused: not a system administrator.
    """
    need(by, "sysadmin")
    result = Result()
    wanted = {i for ids in successors.values() for i in ids if i != GROUP}
    actors = actors_for(Person.objects.filter(pk__in=wanted, is_active=True)) if wanted else {}
    for holding in _holdings(person.pk):
        chosen = [i for i in successors.get(holding.key, ()) if i == GROUP or i in actors]
        if chosen:
            _hand_sort(by, person.pk, holding, chosen, actors, reason, result)
    for sort in desk.sorts():
        if others is not None and sort.code in others and sort.hand is not None:
            with transaction.atomic():
                moved = sort.hand(person.pk, others[sort.code])
            if moved:
                result.others.append((sort.title, moved))
    total = sum(result.given.values())
    if total or result.others:
        log(by, "desk.handed", [(person, {"duties": total, "to": sorted(i for i in result.given if i), "reason": reason[:200]})])
    result.refused = name_people(result.refused)
    return result


def _hand_sort(by: Actor, person: int, holding: Holding, chosen: Sequence[int], actors: Mapping[int, Actor], reason: str, result: Result) -> None:
    after, turn = 0, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("select held_duties(%s, %s, %s, %s, %s, %s)", [person, holding.role, holding.org, holding.process, after, BATCH])
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        after = ids[-1]
        try:
            with transaction.atomic():
                turn = _hand_batch(by, person, ids, holding, chosen, actors, reason, result, turn)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _BUSY:
                raise
            result.refused += [Outcome(i, refusals=[answers.busy()]) for i in ids]


def _hand_batch(
    by: Actor, person: int, ids: Sequence[int], holding: Holding, chosen: Sequence[int], actors: Mapping[int, Actor], reason: str, result: Result, turn: int
) -> int:
    locked = duties.lock(ids)
    done = barred.doers(locked.values())
    taken = slots(locked)
    changes: list[tuple[Held, int | None]] = []
    acts: list[Noted] = []
    for duty in locked.values():
        if duty.assignee != person or not duty.open or duty.personal != holding.own:
            continue
        to = _first_able(duty, chosen, actors, done, turn, taken)
        if to is None:
            result.refused.append(Outcome(duty.id, duty.case, duty.number, [answers.nobody(duty)]))
            continue
        turn += 1
        taken.add((duty.case, f"{duty.lane}.{to}"))
        changes.append((duty, to or None))
        body = {"slot": duty.slot, "role": duty.role, "state": duty.state, "from": person} | ({"person": to} if to else {}) | ({"reason": reason[:200]} if reason else {})
        acts.append(Noted(duty.case, "~handover", by.person_id, org=duty.org, lane=duty.lane, body=body))
        result.given[to] = result.given.get(to, 0) + 1
    duties.give(changes)
    append(acts)
    return turn


def _first_able(duty: Held, chosen: Sequence[int], actors: Mapping[int, Actor], done: barred.Doers, turn: int, taken: set[tuple[int, str]]) -> int | None:
    """Whose turn it is, or the next who may hold this duty; None where nobody may."""
    for step in range(len(chosen)):
        to = chosen[(turn + step) % len(chosen)]
        if to == GROUP:
            if not duty.personal:
                return GROUP
        elif duty.personal and (duty.case, f"{duty.lane}.{to}") in taken:
            continue  # two people of one lane stay two
        elif duties.post_of(actors[to], duty) is not None and barred.why_not(duty, actors[to], done) is None:
            return to
    return None


def end_posts(by: Actor, person: Person, last_day: dt.date, *, leave_desk: bool = False) -> int:
    """End all posts of business the person holds, after a day; gives how many. The same refusals as ``orgs.commands.end_post``."""
    ended = 0
    with transaction.atomic():
        for post in Post.objects.filter(in_force(today()), person=person).order_by("id"):
            commands.end_post(by, post.pk, last_day, leave_desk=leave_desk)
            ended += 1
    return ended
