"""The account log, read: what was done to which account, by whom, in words rendered now (never stored)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.orgs import queries, roles
from jinzhi.kernel.orgs.models import AccountEvent
from jinzhi.kernel.text import Text

TITLES = {
    "account.opened": Text("开通账号", "Account opened"),
    "account.closed": Text("停用账号", "Account closed"),
    "account.reopened": Text("恢复账号", "Account reopened"),
    "password.reset": Text("重置密码", "Password reset"),
    "post.given": Text("授岗", "Post given"),
    "post.ended": Text("终止岗位", "Post ended"),
    "post.withdrawn": Text("撤销未开始的岗位", "Post withdrawn before it began"),
    "member.added": Text("加入单位", "Joined a body"),
    "member.ended": Text("离开单位", "Left a body"),
    "standin.made": Text("指定代理", "Stand-in named"),
    "standin.ended": Text("结束代理", "Stand-in ended"),
    "desk.handed": Text("移交工作", "Work handed over"),
    "tie.made": Text("登记利害关系", "Tie to a party registered"),
    "tie.ended": Text("终止利害关系", "Tie to a party ended"),
    "list.exported": Text("导出列表", "List exported"),
    "clearance.given": Text("授予工作秘密知悉权限", "Cleared for work secrets"),
    "clearance.ended": Text("终止工作秘密知悉权限", "Clearance ended"),
    "token.made": Text("生成密钥", "Key made"),
    "token.revoked": Text("停用密钥", "Key revoked"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    id: int
    at: dt.datetime
    title: Text
    person_id: int | None
    person: Text
    by: Text
    detail: Text


def _detail(action: str, data: dict[str, Any]) -> Text:
    if action.startswith("post."):
        role, org = roles.title(data["role"]), queries.org_name(queries.org(data["org"]), short=True)
        first, last = data["from"], data["to"]
        span = Text(f"{first} ～ {last}", f"{first} to {last}") if last else Text(f"{first} 起", f"from {first}")
        return Text(f"{role.zh}，{org.zh}，{span.zh}", f"{role.en}, {org.en}, {span.en}")
    if action.startswith("clearance."):
        return Text(f"{data['from']} ～ {data['to']}", f"{data['from']} to {data['to']}")
    return Text(str(data["name"]), str(data["name"])) if data.get("name") else Text("—", "—")


def entries(person_id: int | None = None, before: int | None = None, limit: int = 50) -> tuple[list[Entry], int | None]:
    """Entries newest first, of one person or of all, older than the entry ``before``; and where the next page begins."""
    found = AccountEvent.objects.order_by("-id")
    if person_id is not None:
        found = found.filter(person_id=person_id)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found[: limit + 1])
    shown = rows[:limit]
    names = queries.person_names({e.by_id or 0 for e in shown} | {e.person_id or 0 for e in shown})
    none = Text("—", "—")
    listed = [
        Entry(
            id=e.pk,
            at=e.at,
            title=TITLES.get(e.action, Text(e.action, e.action)),
            person_id=e.person_id,
            person=names.get(e.person_id, none) if e.person_id else none,
            by=names.get(e.by_id or 0, none),
            detail=_detail(e.action, e.data),
        )
        for e in shown
    ]
    return listed, shown[-1].pk if len(rows) > limit else None
