"""What the readers of the log offer to the platform: entries of navigation."""

from __future__ import annotations

from jinzhi.kernel.feeds.daily import daily
from jinzhi.kernel.modules import Job, MenuItem, Module
from jinzhi.kernel.text import Text

module = Module(
    code="feeds",
    title=Text("事件日志", "Event log"),
    jobs=(Job("log.daily", daily, 600.0),),
    menu=(
        MenuItem("sys", Text("日志读取", "Readers of the log"), "feeds:feeds", Text("运行", "Running"), ("sysadmin",)),
        MenuItem("sys", Text("日志根", "Log roots"), "feeds:roots", Text("审计", "Audit"), ("auditor",)),
    ),
)
