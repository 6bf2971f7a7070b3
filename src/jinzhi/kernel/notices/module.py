"""What notices offer to the platform: a feed on the log, jobs of the worker, entries of navigation."""

from __future__ import annotations

from jinzhi.kernel.cases.people.watching import forget_presence
from jinzhi.kernel.modules import Feed, Job, MenuItem, Module
from jinzhi.kernel.notices.derive import notify
from jinzhi.kernel.notices.limits import notify_signals
from jinzhi.kernel.notices.outgoing import deliver
from jinzhi.kernel.text import Text

_TITLE = Text("通知", "Notices")

module = Module(
    code="notices",
    title=_TITLE,
    feeds=(Feed("kernel.notices", notify),),
    jobs=(Job("notices.signals", notify_signals, 5.0), Job("notices.deliver", deliver, 1.0), Job("cases.presence", forget_presence, 300.0)),
    menu=(
        MenuItem("office", _TITLE, "notices:list", Text("工作", "Work")),
        MenuItem("biz", _TITLE, "biz_notices:list", Text("本单位", "Our company")),
    ),
)
