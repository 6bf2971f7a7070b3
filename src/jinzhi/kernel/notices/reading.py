"""A person's notices: read, counted, marked, and how they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinzhi.kernel.notices import channels, words
from jinzhi.kernel.notices.kinds import KINDS, MODES
from jinzhi.kernel.notices.models import Address, Notice, Preference
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

CAP = 99
"""Unread notices are counted up to here."""


def unread(person: int, shell: str) -> int:
    """How many the person has not read, up to CAP + 1: one look into an index."""
    return Notice.objects.filter(person_id=person, shell=shell, read_at=None)[: CAP + 1].count()


def page(person: int, shell: str, *, only_unread: bool = False, kind: str = "", after: int = 0, limit: int = 50) -> tuple[list[words.Told], int]:
    """Notices newest first, and the key of the next page (0: there is none)."""
    found = Notice.objects.filter(person_id=person, shell=shell).order_by("-id")
    if only_unread:
        found = found.filter(read_at=None)
    if kind:
        found = found.filter(kind=kind)
    if after:
        found = found.filter(id__lt=after)
    rows = list(found[: limit + 1])
    said = words.told(rows[:limit])
    return [said[n.pk] for n in rows[:limit]], rows[limit - 1].pk if len(rows) > limit else 0


def mark_read(person: int, shell: str, ids: Sequence[int] | None = None, *, case: int | None = None) -> int:
    """Mark these notices read, all of a case, or all there are; gives how many were not."""
    found = Notice.objects.filter(person_id=person, shell=shell, read_at=None)
    if ids is not None:
        found = found.filter(pk__in=ids)
    if case is not None:
        found = found.filter(case_id=case)
    return found.update(read_at=now())


def one(person: int, notice_id: int) -> words.Told | None:
    """A notice of this person."""
    found = Notice.objects.filter(pk=notice_id, person_id=person).first()
    return words.told([found])[found.pk] if found is not None else None


def preferences(person: int) -> dict[tuple[str, str], str]:
    """(kind, channel) → mode, of every kind and channel."""
    chosen = {(p.kind, p.channel): p.mode for p in Preference.objects.filter(person_id=person)}
    return {(k, c.code): chosen.get((k, c.code)) or KINDS[k].usual.get(c.code, "off") for k in KINDS for c in channels.known()}


def addresses(person: int) -> dict[str, str]:
    return dict(Address.objects.filter(person_id=person).values_list("channel", "value"))


def prefer(person: int, modes: Mapping[tuple[str, str], str], given: Mapping[str, str]) -> None:
    """Keep how the person is told, and the addresses entered. :raises Refused: a mobile number that is none (field ``sms``)."""
    number = given.get("sms", "").replace(" ", "").replace("-", "")
    if number and not (number.lstrip("+").isdigit() and number.isascii() and 8 <= len(number.lstrip("+")) <= 15):
        message = Text("手机号写 8 ～ 15 位数字，例如 13900000000", "Enter the mobile number with 8 to 15 digits, such as 13900000000")
        raise Refused(Refusal("mobile_form", message, "sms"), status=422)
    rows = [Preference(person_id=person, kind=k, channel=c, mode=m) for (k, c), m in modes.items() if k in KINDS and m in MODES]
    Preference.objects.bulk_create(rows, update_conflicts=True, unique_fields=["person", "kind", "channel"], update_fields=["mode"])
    if number:
        Address.objects.update_or_create(person_id=person, channel="sms", defaults={"value": number})
    else:
        Address.objects.filter(person_id=person, channel="sms").delete()
