"""django-fsm-2: a protected state field, its permission check, a row lock and an audit row by hand. No task, no deadline, no number."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from line import STEPS, WHO, Counter, Peer, database, serve

settings.configure(
    DEBUG=False, DATABASES={"default": database()}, INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"], USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", SECRET_KEY="bench",
)  # fmt: skip
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_fsm import ConcurrentTransitionMixin, FSMField, TransitionNotAllowed, has_transition_perm, transition  # noqa: E402

STATES = ("asked", "accepted", "examined", "reviewed", "decided", "sealed", "issued")


def _may(role: str) -> Any:
    return lambda instance, user: user.username == role


class Case(ConcurrentTransitionMixin, models.Model):
    title = models.CharField(max_length=200)
    org = models.CharField(max_length=60, db_index=True)
    state = FSMField(default="asked", protected=True, db_index=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "peer"

    @transition(state, "asked", "accepted", permission=_may("clerk"))
    def accept(self) -> None: ...

    @transition(state, "accepted", "examined", permission=_may("clerk"))
    def examine(self) -> None: ...

    @transition(state, "examined", "reviewed", permission=_may("reviewer"))
    def review(self) -> None: ...

    @transition(state, "reviewed", "decided", permission=_may("head"))
    def decide(self) -> None: ...

    @transition(state, "decided", "sealed", permission=_may("clerk"))
    def seal(self) -> None: ...

    @transition(state, "sealed", "issued", permission=_may("clerk"))
    def issue(self) -> None: ...


class PlainCase(models.Model):
    """The same row without the mixin, as the library's first example has it."""

    state = FSMField(default="asked", protected=True)
    title, org = models.CharField(max_length=200), models.CharField(max_length=60)
    opened_at, updated_at = models.DateTimeField(auto_now_add=True), models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "peer"
        managed = False
        db_table = "peer_case"

    @transition(state, "asked", "accepted", permission=_may("clerk"))
    def accept(self) -> None: ...


class Audit(models.Model):
    case = models.ForeignKey(Case, models.PROTECT)
    action = models.CharField(max_length=40)
    actor = models.ForeignKey(User, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)
    source, target = models.CharField(max_length=40), models.CharField(max_length=40)

    class Meta:
        app_label = "peer"


class Fsm(Peer):
    ways = ("row lock", "its mixin", "first example")

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.counter = Counter()
        connection.execute_wrappers.append(self.counter)

    def setup(self) -> None:
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            editor.create_model(Case)
            editor.create_model(Audit)
        for role in ("applicant", *sorted(set(WHO))):
            User.objects.create(username=role)

    def user(self, role: str) -> User:
        if not self.users:
            self.users = {u.username: u for u in User.objects.all()}
        return self.users[role]

    def open_one(self) -> int:
        with transaction.atomic():
            case = Case.objects.create(title="测量用许可", org="000000/120000/")
            Audit.objects.create(case=case, action="ask", actor=self.user("applicant"), source="", target="asked")
        return case.pk

    def step(self, case: int, place: int) -> None:
        with transaction.atomic():
            row = Case.objects.select_for_update().get(pk=case)
            self._move(row, place, self.user(WHO[place]))

    def _move(self, row: Any, place: int, user: User) -> None:
        move = getattr(row, STEPS[place])
        if not has_transition_perm(move, user):
            raise TransitionNotAllowed(f"{STEPS[place]} from {row.state}")
        source = row.state
        move()
        row.save()
        Audit.objects.create(case_id=row.pk, action=STEPS[place], actor=user, source=source, target=row.state)

    def look(self, case: int, way: str) -> Any:
        return (PlainCase if way == "first example" else Case).objects.get(pk=case)

    def press(self, seen: Any, caller: int, way: str) -> None:
        if way == "row lock":
            self.step(seen.pk, 0)
            return
        with transaction.atomic():
            self._move(seen, 0, self.user("clerk"))

    def records(self, case: int) -> int:
        return Audit.objects.filter(case_id=case, action=STEPS[0]).count()

    def problems(self, cases: list[int]) -> list[str]:
        wrong = Case.objects.filter(pk__in=cases).exclude(state="issued").count()
        audits = Audit.objects.filter(case_id__in=cases).count()
        return [f"{wrong} not issued"] * bool(wrong) + [f"{audits} audit rows of {len(cases)} cases"] * (audits != 7 * len(cases))

    def statements(self) -> int:
        return self.counter.count


if __name__ == "__main__":
    serve(Fsm())
