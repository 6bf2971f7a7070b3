"""Caluma: cases and work items addressed to groups, a lead time, flows as expressions, history rows by its own library. No lock, no number.

Its settings need the extension hstore. Where the server has none, the bench makes a type of that name that stores the same text
(no operators; Caluma's engine uses none).
"""

from __future__ import annotations

import itertools
import os
import types
from typing import Any

from line import STEPS, WHO, Counter, Peer, database, serve

os.environ.update(ENV="production", SECRET_KEY="bench", LOG_LEVEL="ERROR", DATABASE_PASSWORD="-", ALLOWED_HOSTS="localhost", ENABLE_HISTORICAL_API="false")
os.environ.update(VISIBILITY_CLASSES="caluma.caluma_core.visibilities.Any", PERMISSION_CLASSES="caluma.caluma_core.permissions.AllowAny")
os.environ["DJANGO_SETTINGS_MODULE"] = "caluma_bench_settings"

import sys

module = types.ModuleType("caluma_bench_settings")
import caluma.settings.django as theirs  # noqa: E402

vars(module).update({name: value for name, value in vars(theirs).items() if name.isupper()})
module.DATABASES = {"default": {**database(), "ENGINE": "psqlextra.backend"}}  # type: ignore[attr-defined]
sys.modules["caluma_bench_settings"] = module

from django.contrib.postgres import operations  # noqa: E402
from psqlextra.backend import base  # noqa: E402

# The bench has made it, as an extension or not.
operations.HStoreExtension.database_forwards = lambda *args, **kwargs: None
base.DatabaseWrapper.prepare_database = lambda self: None

import django  # noqa: E402

django.setup()


from caluma.caluma_user.models import BaseUser  # noqa: E402
from caluma.caluma_workflow import api, models  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402


class Caluma(Peer):
    def __init__(self) -> None:
        self.workflow: Any = None
        self.counter = Counter()
        connection.execute_wrappers.append(self.counter)

    def setup(self) -> None:
        call_command("migrate", verbosity=0)
        workflow = models.Workflow.objects.create(slug="licence", name="Licence", is_published=True)
        tasks = [
            models.Task.objects.create(slug=step, name=step, type="simple", address_groups=f'["{who}"]|groups', lead_time=5 * 86400)
            for step, who in zip(STEPS, WHO, strict=True)
        ]
        workflow.start_tasks.add(tasks[0])
        for task, after in itertools.pairwise(tasks):
            flow = models.Flow.objects.create(next=f'"{after.slug}"|task')
            models.TaskFlow.objects.create(workflow=workflow, task=task, flow=flow)

    def user(self, role: str, n: int = 0) -> BaseUser:
        return BaseUser(username=f"{role}{n}", groups=[role], group=role)

    def open_one(self) -> str:
        if self.workflow is None:
            self.workflow = models.Workflow.objects.get(pk="licence")
        with transaction.atomic():
            return str(api.start_case(workflow=self.workflow, user=self.user("applicant"), meta={"title": "测量用许可"}).pk)

    def step(self, case: str, place: int) -> None:
        with transaction.atomic():
            api.complete_work_item(self._item(case, place), self.user(WHO[place]))

    def _item(self, case: str, place: int) -> Any:
        return models.WorkItem.objects.get(case_id=case, task_id=STEPS[place])

    def look(self, case: str, way: str) -> Any:
        return self._item(case, 0)

    def press(self, seen: Any, caller: int, way: str) -> None:
        with transaction.atomic():  # read anew, as its mutation does; nothing is locked
            api.complete_work_item(models.WorkItem.objects.get(pk=seen.pk), self.user("clerk", caller))

    def records(self, case: str) -> int:
        return models.WorkItem.history.filter(case_id=case, task_id=STEPS[0], status="completed").count()

    def problems(self, cases: list[str]) -> list[str]:
        wrong = models.Case.objects.filter(pk__in=cases).exclude(status="completed").count()
        items = models.WorkItem.objects.filter(case_id__in=cases, status="completed").count()
        return [f"{wrong} not completed"] * bool(wrong) + [f"{items} work items of {len(cases)} cases"] * (items != 6 * len(cases))

    def statements(self) -> int:
        return self.counter.count


if __name__ == "__main__":
    serve(Caluma())
