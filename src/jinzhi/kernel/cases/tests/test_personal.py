"""Personal data of a case: masked on every page, shown once for a reason that stays in the log, to who acts there and to nobody else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from jinzhi.kernel.cases import engine, lists, personal, queries, registry
from jinzhi.kernel.cases.language import DefinitionError, FieldSpec
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixture)
from jinzhi.kernel.cases.registry import publish
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.refusals import Refused

SOURCE = Path(__file__).with_name("dogs.toml")
PHONE, MASKED = "13812341234", "138****1234"
pytestmark = pytest.mark.django_db


def with_phone() -> Any:
    definition = read(SOURCE)
    definition.process.effective += dt.timedelta(days=1)
    definition.process.columns = ["phone"]
    definition.field["phone"] = FieldSpec(zh="电话", en="Phone", type="text", personal="phone")
    definition.action["ask"].asks.append("phone?")
    definition.action["accept"].asks.append("phone?")
    return definition


@pytest.fixture
def case(office: Office, settings: Any) -> int:  # noqa: F811
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    publish(with_phone())
    registry.forget()
    draft = engine.Draft(dogs.CODE, dogs.OWNER, 77, {"dog": "阿黄", "weight": 8, "phone": PHONE})
    return engine.one(engine.open_cases([draft], "ask", actor=office.town.owner)).case


def signed_in(office: Office, name: str) -> Client:  # noqa: F811
    client = Client()
    client.force_login(office.people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def looks(case: int) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("select body from event where case_id = %s and action = '~unmask'", [case])
        return [json.loads(row[0]) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    "page", ["cases/{c}/", "cases/{c}/log/", "cases/{c}/actions/accept/1/", "cases/{c}/time/", "search/?col=number,c.phone", "export/cases.csv?col=number,c.phone"]
)
def test_every_page_shows_it_masked(office: Office, case: int, page: str) -> None:  # noqa: F811
    answer = signed_in(office, "ann").get("/office/" + page.format(c=case))
    assert answer.status_code == 200
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
    assert PHONE not in text
    if "time" not in page and "col=" not in page:
        assert MASKED in text


def test_list_columns_and_their_sheet_hold_the_masked_form(office: Office, case: int) -> None:  # noqa: F811
    from jinzhi.kernel.cases.pages import columns, listing
    from jinzhi.kernel.cases.queues.conditions import Conditions
    from jinzhi.kernel.cases.queues.reading import List

    process = queries.access_case(office["ann"], case).process
    column = columns.own(process, "phone")
    assert column is not None
    items = List("cases", office["ann"], Conditions(text="")).page(limit=5).items
    (row,) = listing.rows_of([i for i in items if i.case_id == case], listing.Filter.read("cases", {}, [process]))
    assert row.item.columns["phone"] == PHONE, "the row itself holds it: the test can fail"
    assert (column.value(row), MASKED in column.cell(row)) == (MASKED, True)


def test_it_is_shown_once_and_the_log_says_why_and_not_what(office: Office, case: int) -> None:  # noqa: F811
    client = signed_in(office, "ann")
    url = f"/office/cases/{case}/unmask/"
    for reason in ("", "x", "长" * 201):
        answer = client.post(url, {"key": "case.phone", "reason": reason})
        assert (answer.status_code, PHONE in answer.content.decode()) == (422, False)
    assert looks(case) == []
    answer = client.post(url, {"key": "case.phone", "reason": "电话核实 犬只情况"})
    assert (answer.status_code, PHONE in answer.content.decode()) == (200, True)
    assert "no-store" in answer.headers["Cache-Control"]
    (left,) = looks(case)
    assert (left["field"], left["reason"], PHONE in json.dumps(left)) == ("phone", "电话核实 犬只情况", False)
    assert PHONE not in client.get(f"/office/cases/{case}/").content.decode(), "only in that answer"
    assert all(line.intact for line in lists.log(case))


def test_who_does_not_act_here_sees_no_button_and_gets_nothing(office: Office, case: int) -> None:  # noqa: F811
    url = f"/office/cases/{case}/unmask/"
    for name, page in (("fay", 404), ("ida", 404), ("gus", 200)):
        client = signed_in(office, name)
        shown = client.get(f"/office/cases/{case}/")
        assert (shown.status_code, "/unmask/" in shown.content.decode()) == (page, False), name
        assert client.post(url, {"key": "case.phone", "reason": "想看一看"}).status_code == 404
    for key in ("case.dog", "x", ""):
        assert signed_in(office, "ann").post(url, {"key": key, "reason": "想看一看"}).status_code == 404
    assert looks(case) == []


def test_so_many_an_hour(office: Office, case: int, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(personal, "PER_HOUR", 2)
    view = queries.access_case(office["ann"], case)
    for _ in range(2):
        assert any(one.shown == PHONE for one in personal.look(view, "case.phone", "核实"))
    with pytest.raises(Refused) as refused:
        personal.look(view, "case.phone", "核实")
    assert (refused.value.status, len(looks(case))) == (429, 2)
    assert signed_in(office, "ann").post(f"/office/cases/{case}/unmask/", {"key": "case.phone", "reason": "核实"}).status_code == 429
    personal.look(queries.access_case(office["bob"], case), "case.phone", "核实")


def test_what_somebody_types_is_his_own_and_a_correction_is_masked_too(office: Office, case: int) -> None:  # noqa: F811
    from jinzhi.kernel.cases.correction import correct

    client = signed_in(office, "ann")
    typed = client.post(f"/office/cases/{case}/actions/accept/1/", {"phone": "13900005678", "version": "99"})
    assert "13900005678" in typed.content.decode()
    assert correct(case, "phone", "13900005678", reason="写错", actor=office["ann"]).ok
    page = client.get(f"/office/cases/{case}/log/").content.decode()
    assert ("139****5678" in page, "13900005678" in page, PHONE in page) == (True, False, False)


def test_a_definition_names_a_kind_of_text_that_is_in_no_number() -> None:
    from jinzhi.kernel.cases.checks import check
    from jinzhi.kernel.cases.parts import read as fresh

    wrong = fresh(SOURCE)
    wrong.field["weight"].personal = "phone"
    with pytest.raises(DefinitionError, match="personal"):
        check(wrong, among=[dogs.module])
