"""Internal notes on a case (内部备注): written once, never changed, in the case's log; with mentions and files. Officers alone read them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Q

from jinzhi.kernel.cases.access import sees_work
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import actors_for, org_by_path, org_name, person_names, prefixes
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

LONGEST = 2000
MOST_MENTIONS = 20
_AT = re.compile(r"@([^\s@]{2,40})")


@dataclass(frozen=True)
class Note:
    """A note as it is read. ``parts``: (words, whether they begin with an @). ``files``: (digest, name)."""

    seq: int
    at: dt.datetime
    author: Text
    text: str
    mentioned: tuple[Text, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    parts: tuple[tuple[str, bool], ...] = field(default=())


def write(view: CaseView, text: str, files: Sequence[tuple[str, str]] = ()) -> int:
    """Write a note (``~note``; ``~attach`` where there are files and no words); gives its place in the log.

    ``@name`` and ``@username`` mention people. ``files`` are (SHA-256, name) of files this person uploaded.

    :raises Refused: fields ``text`` (missing, too long, somebody mentioned who cannot see the case) and ``files`` (not the writer's).
    """
    words = text.strip()
    mentioned, refusals = mentions(view, words)
    if not words and not files:
        refusals.append(Refusal("text_missing", Text("写下备注，或选择文件", "Write a note, or choose a file"), "text"))
    if len(words) > LONGEST:
        refusals.append(Refusal("text_long", Text("备注最多 {n} 个字符", "A note holds up to {n} characters").format(n=LONGEST), "text"))
    if blobs.may_refer(view.actor, {digest for digest, _ in files}):
        refusals.append(Refusal("file_not_yours", Text("文件不是本人上传的，重新上传", "A file was not uploaded by you: upload it again"), "files"))
    if refusals:
        raise Refused(*refusals, status=422)
    body: dict[str, Any] = {"text": words} if words else {}
    if mentioned:
        body["mentions"] = sorted(mentioned)
    if files:
        body["files"] = [{"sha256": digest, "name": name[:120]} for digest, name in files]
    with transaction.atomic():
        ((_, seq),) = append([Noted(view.id, "~note" if words else "~attach", view.actor.person_id, org=_place(view), body=body)])
    return seq


def _place(view: CaseView) -> str:
    """The organisation for which the writer stands: of the post nearest to the case."""
    near = [g for g in view.actor.grants if view.work.owner.startswith(g.org_path) or g.org_path.startswith(view.work.owner)]
    return max((g.org_path for g in near or view.actor.grants), key=len, default="")


def mentions(view: CaseView, text: str) -> tuple[set[int], list[Refusal]]:
    """The people a text mentions, and a refusal for each who cannot see the case; what is no officer's name is just words. Three questions."""
    found = set(_AT.findall(text))
    if not found:
        return set(), []
    named = _people_named(found)
    if not named:
        return set(), []
    people = {p.pk: p for options in named.values() for p in options}
    actors = actors_for(people.values())
    told: set[int] = set()
    refusals: list[Refusal] = []
    for words, options in named.items():
        seeing = [p for p in options if actors[p.pk].is_officer and sees_work(actors[p.pk], view.work)]
        if len(seeing) == 1:
            told.add(seeing[0].pk)
        elif not seeing:
            message = Text("{n}看不到本案，不能提及", "{n} cannot see this case and cannot be mentioned").format(n=words)
            refusals.append(Refusal("mention_blind", message, "text", {"name": words}))
        else:
            message = Text("有 {c} 位{n}能看到本案，请从候选中选择", "{c} people called {n} can see this case: choose one from the list").format(c=len(seeing), n=words)
            refusals.append(Refusal("mention_many", message, "text", {"name": words}))
    if len(told) > MOST_MENTIONS:
        refusals.append(Refusal("mention_limit", Text("一次最多提及 {n} 人", "Mention at most {n} people at once").format(n=MOST_MENTIONS), "text"))
    return told, refusals


def _people_named(found: set[str]) -> dict[str, list[Person]]:
    """Accounts whose name or user name stands behind an @, the longest that fits; nothing for words that name nobody."""
    beginnings = {words[:n] for words in found for n in range(2, min(len(words), 40) + 1)}
    lower = {b.casefold() for b in beginnings}
    matching = Person.objects.filter(Q(name_zh__in=beginnings) | Q(username__in=lower), is_active=True)
    named: dict[str, list[Person]] = {}
    people = list(matching)
    for words in found:
        best: list[Person] = []
        length = 0
        for person in people:
            for name in (person.name_zh, person.username):
                if words.casefold().startswith(name.casefold()) and len(name) >= length:
                    best = [person] if len(name) > length else [*best, person]
                    length = len(name)
        if best:
            named[words[:length]] = best
    return named


def colleagues(view: CaseView, text: str, limit: int = 10) -> list[tuple[Person, Text]]:
    """Officers who can see the case, whose name or user name holds the text, with where they work. Two questions."""
    paths = {p for place in (view.work.owner, *(lane.holder for lane in view.work.lanes.values())) for p in prefixes(place)}
    wanted = text.strip().lstrip("@")
    people = Person.objects.filter(
        Q(name_zh__contains=wanted) | Q(username__istartswith=wanted) | Q(name_en__icontains=wanted), is_active=True, posts__org__path__in=paths,
        posts__valid_from__lte=today(),
    ).exclude(pk=view.actor.person_id).distinct().order_by("username")[: limit * 3]  # fmt: skip
    actors = actors_for(people)
    found: list[tuple[Person, Text]] = []
    for person in people:
        actor = actors[person.pk]
        if actor.is_officer and sees_work(actor, view.work):
            where = next((g.org_path for g in actor.grants), "")
            found.append((person, org_name(org_by_path(where), short=True)))
    return found[:limit]


def read(view: CaseView, limit: int = 50) -> list[Note]:
    """The notes of a case, newest first. Two questions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select seq, at, actor, body from event where case_id = %s and action = any(%s) order by seq desc limit %s",
            [view.id, ["~note", "~attach"], limit],
        )
        rows = [(seq, at, actor, msgspec.json.decode(body)) for seq, at, actor, body in cursor.fetchall()]
    names = person_names({actor for _, _, actor, _ in rows} | {p for *_, body in rows for p in body.get("mentions", ())})
    unknown = Text("—", "—")
    return [
        Note(
            seq, at, names.get(actor, unknown), body.get("text", ""), tuple(names[p] for p in body.get("mentions", ()) if p in names),
            tuple((f["sha256"], f["name"]) for f in body.get("files", ())), _parts(body.get("text", "")),
        )
        for seq, at, actor, body in rows
    ]  # fmt: skip


def _parts(text: str) -> tuple[tuple[str, bool], ...]:
    pieces = re.split(r"(@[^\s@]+)", text)
    return tuple((piece, piece.startswith("@")) for piece in pieces if piece)


def files_of(case_id: int) -> dict[str, str]:
    """Digests the case's notes refer to, with names. For who holds a CaseView as an officer."""
    with connection.cursor() as cursor:
        cursor.execute("select body from event where case_id = %s and action = any(%s) and strpos(body, '\"files\":') > 0", [case_id, ["~note", "~attach"]])
        bodies = [msgspec.json.decode(row[0]) for row in cursor.fetchall()]
    return {f["sha256"]: f["name"] for body in bodies for f in body.get("files", ())}
