"""What people are told of, and how it is told unless they say otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from jinzhi.kernel.text import Text

MODES = {
    "off": Text("不发送", "Off"),
    "single": Text("逐条发送", "One by one"),
    "digest": Text("每日汇总", "Once a day"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of notice. ``usual``: mode by channel where a person has not chosen; a channel not named is off."""

    code: str
    title: Text
    shell: str
    usual: dict[str, str]


KINDS = {
    kind.code: kind
    for kind in (
        Kind("duty", Text("待办交给我或移走", "Duties given to me or taken away"), "office", {"email": "single"}),
        Kind("mention", Text("备注中提到我", "Mentions of me"), "office", {"email": "single"}),
        Kind("signal", Text("期限预警", "Warnings of time limits"), "office", {"email": "single"}),
        Kind("watched", Text("我关注的案件", "Cases I watch"), "office", {"email": "digest"}),
        Kind("party_duty", Text("需要本单位办理", "Things we must do"), "biz", {"email": "single", "sms": "single"}),
        Kind("party_limit", Text("本单位的期限提醒", "Reminders of our time limits"), "biz", {"email": "single", "sms": "single"}),
        Kind("document", Text("文书送达", "Documents for us"), "biz", {"email": "single"}),
    )
}
RANK = {code: rank for rank, code in enumerate(("mention", "duty", "party_duty", "document", "watched"))}
"""Of several reasons to tell one person of one event, the first counts."""
