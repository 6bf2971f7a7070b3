"""What goes out: queued with the notice in one transaction, sent by the worker, tried again with growing pauses, never queued twice.

At least once: a message sent in the moment of a crash is sent again, under the same key (for e-mail the same Message-ID). What the person
has read meanwhile is not sent any more.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import override

from jinzhi.kernel.notices import channels, words
from jinzhi.kernel.notices.channels import Message
from jinzhi.kernel.notices.kinds import KINDS
from jinzhi.kernel.notices.models import FAILED, NEEDLESS, SENT, WAITING, Address, Delivery, Notice, Preference
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE

log = logging.getLogger("jinzhi.notices")
TRIES = 8
BATCH = 100


def mode(chosen: dict[tuple[int, str, str], str], person: int, kind: str, channel: str) -> str:
    """How this person is told of this kind through this channel."""
    return chosen.get((person, kind, channel)) or KINDS[kind].usual.get(channel, "off")


def queue(new: Sequence[tuple[int, int, str]]) -> None:
    """Queue new notices (id, person, kind) for the channels their people want. Three statements, none where no channel is ready."""
    ready = channels.ready()
    if not new or not ready:
        return
    people = {person for _, person, _ in new}
    chosen = {(p.person_id, p.kind, p.channel): p.mode for p in Preference.objects.filter(person_id__in=people)}
    given = {(a.person_id, a.channel): a.value for a in Address.objects.filter(person_id__in=people)}
    persons = {p.pk: p for p in Person.objects.filter(pk__in=people)}
    at = timezone.now()
    rows: list[Delivery] = []
    for notice, person, kind in new:
        for channel in ready:
            wanted = mode(chosen, person, kind, channel.code)
            if wanted != "off" and channel.address(persons[person], given.get((person, channel.code), "")):
                digest = wanted == "digest"
                rows.append(Delivery(notice_id=notice, channel=channel.code, digest=digest, next_at=next_digest(at) if digest else at))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def next_digest(after: dt.datetime) -> dt.datetime:
    """The next moment at which digests leave: the hour ``JINZHI_DIGEST_HOUR`` in China Standard Time."""
    local = after.astimezone(ZONE)
    at = local.replace(hour=settings.JINZHI_DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return at if at > local else at + dt.timedelta(days=1)


def deliver(limit: int = BATCH) -> int:
    """Send what is due; gives how many deliveries were looked at. Several workers may run: rows at work are passed over."""
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("notice")
            .filter(state=WAITING, next_at__lte=timezone.now()).order_by("next_at", "id")[:limit]
        )  # fmt: skip
        if due:
            _send(due)
    return len(due)


def _send(due: Sequence[Delivery]) -> None:
    people = {p.pk: p for p in Person.objects.filter(pk__in={d.notice.person_id for d in due})}
    given = {(a.person_id, a.channel): a.value for a in Address.objects.filter(person_id__in=people)}
    told = words.told([d.notice for d in due])
    for code in dict.fromkeys(d.channel for d in due):
        channel = channels.channel(code)
        mine = [d for d in due if d.channel == code]
        groups: list[tuple[list[Delivery], Message]] = []
        for batch in _groups(mine):
            person = people[batch[0].notice.person_id]
            to = channel.address(person, given.get((person.pk, code), "")) if channel is not None and channel.ready() else ""
            fresh = [d for d in batch if d.notice.read_at is None]
            if not to or not person.is_active or not fresh:
                _settle(batch, NEEDLESS)
                continue
            _settle([d for d in batch if d not in fresh], NEEDLESS)
            groups.append((fresh, _message(code, person, to, [told[d.notice_id] for d in fresh], fresh)))
        if groups and channel is not None:
            _carry(channel, groups)


def _groups(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """One message for each single delivery, and one for all that a person's digest holds."""
    digests: dict[int, list[Delivery]] = {}
    for d in deliveries:
        if d.digest:
            digests.setdefault(d.notice.person_id, []).append(d)
    return [[d] for d in deliveries if not d.digest] + list(digests.values())


def _carry(channel: channels.Channel, groups: list[tuple[list[Delivery], Message]]) -> None:
    try:
        answers = channel.send([message for _, message in groups])
    except Exception as error:  # a gateway may do whatever it does: it is tried again, and the worker goes on
        answers = [f"{type(error).__name__}: {error}"[:400]] * len(groups)
    for (batch, _), answer in zip(groups, answers, strict=True):
        if not answer:
            _settle(batch, SENT)
            continue
        log.warning("notices: %s not sent: %s", channel.code, answer)
        for d in batch:
            d.tries += 1
            d.error = answer
            d.state = FAILED if d.tries >= TRIES else WAITING
            d.next_at = timezone.now() + dt.timedelta(seconds=min(3600, 15 * 4**d.tries))
        Delivery.objects.bulk_update(batch, ["tries", "error", "state", "next_at"])


def _settle(batch: Sequence[Delivery], state: int) -> None:
    if batch:
        Delivery.objects.filter(pk__in=[d.pk for d in batch]).update(state=state, sent_at=timezone.now() if state == SENT else None, error="")


def _message(code: str, person: Person, to: str, told: Sequence[words.Told], batch: Sequence[Delivery]) -> Message:
    """In the person's language. Numbers and matters only: titles and names of parties stay on the platform."""
    language = person.language or "zh-hans"
    name = Text(*settings.JINZHI_NAME)
    with override(language):
        if len(told) == 1:
            subject = f"{name}：{told[0].sentence}（{told[0].case}）" if language.startswith("zh") else f"{name}: {told[0].sentence} ({told[0].case})"
        else:
            subject = str(Text(f"{name.zh}：{len(told)} 条通知", f"{name.en}: {len(told)} notices"))
        lines = [f"{t.sentence}\n{t.case}\n{settings.JINZHI_PUBLIC_URL}{t.url}" for t in told]
        foot = Text("在平台的“通知”页可以修改接收方式。", "What you are sent is your choice: see the page “Notices” of the platform.")
        text = "\n\n".join([*lines, str(foot)])
    first = batch[0]
    key = f"notice-{first.notice_id}.{code}" + (f".digest-{batch[-1].notice_id}" if first.digest else "")
    return Message(key, to, subject.replace("\n", " "), text, "zh-CN" if language.startswith("zh") else "en")


def failed(limit: int = 50) -> list[dict[str, Any]]:
    """Deliveries given up, newest first: for the page of what the worker could not do."""
    with connection.cursor() as cursor:
        cursor.execute("select id, channel, tries, error, next_at from notices_delivery where state = %s order by id desc limit %s", [FAILED, limit])
        names = [c.name for c in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


__all__ = ["Notice", "deliver", "failed", "mode", "next_digest", "queue"]
