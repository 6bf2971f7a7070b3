"""Titles of events that are no action of a process: built in for every case, their names begin with ``~``."""

from __future__ import annotations

from jinzhi.kernel.text import Text

TITLES = {
    "~claim": Text("领取待办", "Claimed the duty"),
    "~release": Text("退回本组", "Released the duty"),
    "~assign": Text("指派", "Assigned"),
    "~transfer": Text("转交", "Transferred"),
    "~handover": Text("工作移交", "Handed over"),
    "~note": Text("备注", "Note"),
    "~attach": Text("添加附件", "Attached a file"),
    "~correct": Text("更正", "Corrected"),
    "~migrate": Text("转换流程版本", "Moved to another version of the process"),
    "~classify": Text("调整密级", "Classified"),
    "~unmask": Text("查看个人信息", "Looked at personal data"),
    "~recuse": Text("回避", "Withdrew for a conflict of interest"),
    "~extend": Text("延长期限", "Extended a limit"),
    "~nothing": Text("无需办理", "Nothing to do"),
    "~archive": Text("移入档案库", "Moved to the archive"),
    "~restore": Text("从档案库取回", "Brought back from the archive"),
}


def built_in(action: str) -> bool:
    """Whether an event's action is built in rather than the process's own."""
    return action.startswith("~")


def title(action: str) -> Text:
    """How a built-in act is called; an unknown one (of a later version) is shown by its name, not hidden."""
    return TITLES.get(action, Text(action.lstrip("~"), action.lstrip("~")))
