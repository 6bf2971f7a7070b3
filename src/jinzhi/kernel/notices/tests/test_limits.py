"""Signals of time limits: who is told, once, and that a look without anything new is cheap."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from jinzhi.kernel import time
from jinzhi.kernel.cases import signals
from jinzhi.kernel.cases.people import commands
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.people.tests.test_duties import duty_ids
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.notices import limits, reading
from jinzhi.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


def kinds(person: int) -> list[str]:
    return sorted(Notice.objects.filter(person_id=person).values_list("data__signal", flat=True))


def test_holder_and_lead_are_told_once(office: Office) -> None:
    held, free = office.town.ask(8, 9)
    commands.claim(office["ann"], duty_ids(held))
    with time.at(time.now() + dt.timedelta(days=60)):
        assert signals.raise_due() == 2
        assert limits.notify_signals() > 0
        assert limits.notify_signals() == 0
    assert {"warn", "red"} <= set(kinds(office.id("ann")))
    assert Notice.objects.filter(person_id=office.id("ann")).exclude(case_id=held).count() == 0, "not of the case nobody holds"
    of_lead = set(Notice.objects.filter(person_id=office.id("gus")).values_list("case_id", "data__signal"))
    assert {(held, "red"), (free, "warn"), (free, "red")} <= of_lead
    assert (held, "warn") not in of_lead, "a warning is the holder's while somebody holds it"
    assert kinds(office.id("bob")) == []
    page, _ = reading.page(office.id("ann"), "office", kind="signal")
    with override("en"):
        assert any("Decision" in str(told.sentence) for told in page)


def test_a_look_at_nothing_new_is_one_read(office: Office) -> None:
    limits.notify_signals()
    with CaptureQueriesContext(connection) as found:
        assert limits.notify_signals() == 0
    assert sum("from signal" in query["sql"] for query in found.captured_queries) == 1
