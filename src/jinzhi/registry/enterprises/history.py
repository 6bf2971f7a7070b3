"""The log of a file in words, rendered now (never stored)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.orgs.queries import org_by_code, org_name, person_names
from jinzhi.kernel.text import Text
from jinzhi.registry.enterprises.drafts import TITLES
from jinzhi.registry.enterprises.models import EnterpriseEvent

ACTIONS = {
    "enrolled": Text("备案", "Enrolled"), "changed": Text("修改", "Changed"), "suspended": Text("停用", "Suspended"), "resumed": Text("恢复", "Taken up again"),
    "administrator": Text("开通法人管理员账号", "Administrator’s account opened"),
}  # fmt: skip
_NONE = Text("—", "—")
_YES, _NO = Text("是", "yes"), Text("否", "no")


@dataclass(frozen=True)
class Entry:
    """One line of a file's log."""

    at: dt.datetime
    title: Text
    by: Text
    details: tuple[Text, ...]


def _value(field: str, value: Any) -> Text:
    if isinstance(value, bool):
        return _YES if value else _NO
    if field == "bureau" and value:
        return org_name(org_by_code(str(value)))
    return Text(str(value), str(value)) if value not in (None, "") else _NONE


def _details(event: EnterpriseEvent) -> tuple[Text, ...]:
    if "reason" in event.data:
        return (Text(event.data["reason"], event.data["reason"]),)
    if event.action != "changed":
        return ()
    said = Text("{t}：{a} → {b}", "{t}: {a} → {b}")
    return tuple(said.format(t=TITLES[f], a=_value(f, before), b=_value(f, after)) for f, (before, after) in event.data.items() if f in TITLES)


def entries(events: Sequence[EnterpriseEvent]) -> list[Entry]:
    """Events with names as they are today."""
    names = person_names({e.by for e in events})
    return [Entry(e.at, ACTIONS.get(e.action, Text(e.action, e.action)), names.get(e.by, _NONE), _details(e)) for e in events]
