"""What a person who leaves has not read yet goes along when the desk is handed over."""

from __future__ import annotations

from django.db import connection

from jinzhi.kernel.notices.models import Notice
from jinzhi.kernel.orgs import desk
from jinzhi.kernel.text import Text

MENTIONS = Text("未读的提及", "unread mentions")


def _count(person: int, role: str, org_path: str, process: str) -> int:
    return 0 if role else Notice.objects.filter(person_id=person, kind="mention", read_at=None).count()


def _hand(person: int, to: int | None) -> int:
    """Give unread mentions to a successor (None: they stay, unread); gives how many."""
    if to is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into notices_notice (person_id, key, kind, shell, case_id, at, data)"
            " select %s, key, kind, shell, case_id, at, data from notices_notice where person_id = %s and kind = 'mention' and read_at is null"
            " on conflict (person_id, key) do nothing",
            [to, person],
        )
        moved = cursor.rowcount
        cursor.execute("update notices_notice set read_at = now() where person_id = %s and kind = 'mention' and read_at is null", [person])
    return moved


def register() -> None:
    desk.register(desk.Sort("mentions", MENTIONS, _count, _hand))
