"""Every page that can be asked for without naming a thing: a ceiling of queries, the same for three cases and for thirty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jinzhi.kernel import time
from jinzhi.supervision.declarations.tests.office_world import NOW, Bureau, sign_in
from tests.test_matrix import Address, addresses

pytestmark = pytest.mark.django_db

CEILING = 30
WHO = {"office": "beilun.clerk1", "biz": "trade2", "sys": "admin", "signed_in": "trade2"}


@pytest.fixture
def bureau(settings: Any) -> Iterator[Bureau]:
    from jinzhi.kernel.orgs import first_account, queries

    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    queries.forget_orgs()
    with time.at(NOW):
        yield Bureau()


def pages() -> list[Address]:
    return [a for a in addresses() if not a.wants and a.access != "api" and a.name not in ("healthz", "api:api-root", "api:openapi-json")]


FRESHNESS = ("orgs_orgstamp", "codes_codelistversion")
"""What is remembered in memory is checked against these once a second: by the clock, not by what a page shows."""


def asked(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        answer = client.get(url)
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[arg-type]
    if answer.status_code != 200:
        return 0
    return sum(not any(table in query["sql"] for table in FRESHNESS) for query in found.captured_queries)


def test_no_page_asks_more_when_there_is_more(bureau: Bureau) -> None:
    from jinzhi.kernel.orgs.models import Person

    Person.objects.filter(username__in=WHO.values()).update(must_change_password=False)
    clients = {name: sign_in(name) for name in set(WHO.values())} | {"": Client()}
    bureau.send(3, doubtful=True, seed=1)
    few, many = {}, {}
    for counts in (few, many):
        for page in pages():
            client, url = clients[WHO.get(page.access, "")], reverse(page.name)
            asked(client, url)  # what is remembered in the process is remembered now
            counts[page.name] = asked(client, url)
        if counts is few:
            bureau.send(27, doubtful=True, seed=2)
    grown = {name: (few[name], count) for name, count in many.items() if count > few[name]}
    assert not grown, grown
    over = {name: count for name, count in many.items() if count > CEILING}
    assert not over, over
    assert sum(count > 0 for count in many.values()) > 20, "pages were really asked for"
