"""django-viewflow: process and task rows, an assignee, a permission on every task, its own row lock. No deadline, no number, no list row."""

from __future__ import annotations

from types import SimpleNamespace

import django
from django.conf import settings
from line import STEPS, WHO, Counter, Peer, database, serve

settings.configure(
    DEBUG=False, DATABASES={"default": database()}, USE_TZ=True, SECRET_KEY="bench", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "viewflow", "viewflow.workflow", "licence"],
)  # fmt: skip
django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from licence.flows import Licence  # noqa: E402
from viewflow.workflow.lock import no_lock, select_for_update_lock  # noqa: E402
from viewflow.workflow.models import Process, Task  # noqa: E402
from viewflow.workflow.status import PROCESS, STATUS  # noqa: E402


class Viewflow(Peer):
    ways = ("row lock", "as shipped")  # as shipped it locks nothing

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.counter = Counter()
        connection.execute_wrappers.append(self.counter)

    def setup(self) -> None:
        call_command("migrate", verbosity=0)
        kind = ContentType.objects.get_for_model(Process)
        for role in sorted(set(WHO)):
            allowed, _ = Permission.objects.get_or_create(codename=role, content_type=kind, defaults={"name": role})
            for n in range(8):
                User.objects.create(username=f"{role}{n}").user_permissions.add(allowed)

    def user(self, role: str, n: int = 0) -> User:
        if not self.users:
            self.users = {u.username: u for u in User.objects.all()}
        return self.users[f"{role}{n}"]

    def open_one(self) -> int:
        with transaction.atomic():
            return Licence.begin.run().pk

    def step(self, case: int, place: int) -> None:
        self._press(self._task(case, place), self.user(WHO[place]))

    def _task(self, case: int, place: int) -> Task:
        return Task.objects.get(process_id=case, flow_task=getattr(Licence, STEPS[place]))

    def _press(self, task: Task, user: User) -> None:
        with task.activation() as activation:
            if not activation.assign.has_perm(user) or not activation.assign.can_proceed():
                raise PermissionError(f"{task.status}: cannot be assigned")
            activation.assign(user)
            if not activation.start.has_perm(user):
                raise PermissionError("cannot be started")
            activation.start(SimpleNamespace(user=user))
            activation.execute()

    def look(self, case: int, way: str) -> Task:
        return self._task(case, 0)

    def press(self, seen: Task, caller: int, way: str) -> None:
        Licence.lock_impl = select_for_update_lock if way == "row lock" else no_lock
        self._press(seen, self.user("clerk", caller))

    def records(self, case: int) -> int:
        return Task.objects.filter(process_id=case, flow_task=Licence.examine).count()  # each finished act begins the next task

    def problems(self, cases: list[int]) -> list[str]:
        wrong = Process.objects.filter(pk__in=cases).exclude(status=PROCESS.DONE).count()
        tasks = Task.objects.filter(process_id__in=cases, status=STATUS.DONE).count()
        return [f"{wrong} not done"] * bool(wrong) + [f"{tasks} tasks of {len(cases)} cases"] * (tasks != 8 * len(cases))

    def statements(self) -> int:
        return self.counter.count


if __name__ == "__main__":
    serve(Viewflow())
