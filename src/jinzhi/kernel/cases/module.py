"""What the case kernel offers to the platform: the four queues of the officers' navigation, guards any process may name, what its worker does."""

from __future__ import annotations

from jinzhi.kernel.cases.children import all_children_closed, take_back
from jinzhi.kernel.cases.conflict import no_conflict_of_interest
from jinzhi.kernel.cases.recount import settle
from jinzhi.kernel.cases.signals import raise_due
from jinzhi.kernel.cases.sources import run_sources
from jinzhi.kernel.modules import Feed, Job, MenuItem, Module
from jinzhi.kernel.text import Text

_WORK = Text("工作", "Work")
_LOOK = Text("查询", "Look up")

module = Module(
    code="cases",
    title=_WORK,
    guards={"all_children_closed": all_children_closed, "no_conflict_of_interest": no_conflict_of_interest},
    feeds=(Feed("kernel.children", take_back),),
    jobs=(Job("kernel.sources", run_sources, 60.0), Job("cases.signals", raise_due, 20.0), Job("cases.calendar", settle, 10.0)),
    menu=(
        MenuItem("office", Text("我的待办", "My tasks"), "office:queue", _WORK),
        MenuItem("office", Text("本组待领", "Group queue"), "office:group", _WORK),
        MenuItem("office", Text("等待对方", "Waiting on the party"), "office:waiting", _WORK),
        MenuItem("office", Text("全部在办", "All open duties"), "office:all", _WORK),
        MenuItem("office", Text("我已办结", "Done by me"), "office:done", _WORK),
        MenuItem("office", Text("本组概况", "My groups"), "office:team", _WORK),
        MenuItem("office", Text("案件", "Cases"), "office:search", _LOOK),
        MenuItem("office", Text("承诺时限", "Promised limits"), "office:promised", _LOOK),
        MenuItem("office", Text("流程", "Processes"), "office:processes", _LOOK),
        MenuItem("portal", Text("办事指南", "Service guides"), "guides:list", Text("在线办事", "Services")),
    ),
)
