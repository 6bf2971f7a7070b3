"""Six tasks in a row, each with the permission of a role."""

from __future__ import annotations

from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.base import Flow
from viewflow.workflow.lock import select_for_update_lock
from viewflow.workflow.models import Process, Task


class Licence(Flow):
    process_class = Process
    task_class = Task
    lock_impl = select_for_update_lock

    begin = flow.StartHandle(this.start_it).Next(this.accept)
    accept = flow.View(None).Permission("viewflow.clerk").Next(this.examine)
    examine = flow.View(None).Permission("viewflow.clerk").Next(this.review)
    review = flow.View(None).Permission("viewflow.reviewer").Next(this.decide)
    decide = flow.View(None).Permission("viewflow.head").Next(this.seal)
    seal = flow.View(None).Permission("viewflow.clerk").Next(this.issue)
    issue = flow.View(None).Permission("viewflow.clerk").Next(this.end)
    end = flow.End()

    def start_it(self, activation: Any) -> Any:
        activation.process.data = {"title": "测量用许可", "org": "000000/120000/"}
        return activation.process
