"""Work secrets: absent for who is not cleared, on every page and in the database itself; the level is changed by a keeper, with a reason."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from jinzhi.kernel.cases import engine, lists, queries, registry
from jinzhi.kernel.cases.bigrams import bigrams
from jinzhi.kernel.cases.classify import choices, classify
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.people import commands as people
from jinzhi.kernel.cases.people import duties, notes
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixture)
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs import clearance, commands
from jinzhi.kernel.orgs.actors import SYSTEM, Actor
from jinzhi.kernel.orgs.models import AccountEvent, Org, Post
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db
TABLES = ("case_", "case_row", "duty", "lane", "clock", "event", "documents_document")


def clear(office: Office, *names: str) -> None:  # noqa: F811
    for name in names:
        clearance.give(SYSTEM, office.people[name], today(), today() + dt.timedelta(days=30))


def rows(table: str, case: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table} where {'id' if table == 'case_' else 'case_id'} = %s", [case])
        return int(cursor.fetchone()[0])


@pytest.fixture
def keeper(office: Office) -> Actor:  # noqa: F811
    Post.objects.create(person=office.people["cat"], role="confidential_keeper", org=Org.objects.get(path=dogs.OWNER), valid_from=today())
    clear(office, "cat", "bob")
    return office["cat"]


@pytest.fixture
def secret(office: Office, keeper: Actor) -> int:  # noqa: F811
    (case,) = office.town.ask(8)
    notes.write(queries.access_case(office["ann"], case), "只限内部")
    classify(queries.access_case(keeper, case), "secret", "涉及举报线索", keeper)
    return case


def signed_in(office: Office, name: str) -> Client:  # noqa: F811
    client = Client()
    client.force_login(office.people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture(autouse=True)
def _plain_files(settings: object) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # type: ignore[attr-defined]


def test_the_database_shows_it_to_the_cleared_alone(office: Office, secret: int) -> None:  # noqa: F811
    for name, shown in (("ann", False), ("bob", True), ("cat", True), ("gus", False), ("fay", False), ("ida", False)):
        with sight(office[name]):
            seen = {table for table in TABLES if rows(table, secret)}
        assert ("case_" in seen) is shown, name
        assert ({"case_row", "duty", "lane", "clock", "event"} <= seen) is shown, name
        assert shown or not seen, name
    for who in (office.town.owner, office.town.clerk):
        with sight(who):
            assert not any(rows(table, secret) for table in TABLES)


def test_pages_lists_counts_search_and_exports_know_nothing_of_it(office: Office, secret: int) -> None:  # noqa: F811
    with connection.cursor() as cursor:
        cursor.execute("select number from case_ where id = %s", [secret])
        number = cursor.fetchone()[0]
        cursor.execute("select set_words(array[%s::bigint], array[%s])", [secret, " ".join(bigrams("阿黄"))])  # what the feed of search does
    pages = [f"cases/{secret}/", f"cases/{secret}/log/", f"cases/{secret}/time/", f"cases/{secret}/actions/accept/1/"]
    for name, shown in (("ann", False), ("bob", True)):
        client = signed_in(office, name)
        assert {client.get("/office/" + page).status_code for page in pages} == {200 if shown else 404}, name
        for page in ("group/", "all/", f"search/?q={number}", "search/", "export/group.csv", "export/cases.csv"):
            answer = client.get("/office/" + page, follow=True)
            text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
            given = f"cases/{secret}/" in text or (number in text and "q=" not in page)
            assert given is shown, (name, page)
        assert (lists.totals(office[name])["group"] == 1) is shown
        assert bool(queries.search(office[name], "阿黄").items) is shown
    with pytest.raises(Refused):
        queries.access_case(office["ann"], secret)
    (result,) = office.town.do("accept", office["ann"], secret, vaccinated=True)
    assert [r.code for r in result.refusals] == ["absent"]
    assert office.town.do("accept", office["bob"], secret, vaccinated=True)[0].ok
    (duty,) = _levels("duty", secret)
    assert duty == 3, "what the act opened is kept as the case is"


def _levels(table: str, case: int) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"select distinct secrecy from {table} where {'id' if table == 'case_' else 'case_id'} = %s", [case])
        return {row[0] for row in cursor.fetchall()}


def test_lowering_gives_it_back_and_the_log_tells_both(office: Office, keeper: Actor, secret: int) -> None:  # noqa: F811
    classify(queries.access_case(keeper, secret), "internal", "线索已查结", keeper)
    assert queries.access_case(office["ann"], secret).work.secrecy == 2
    with connection.cursor() as cursor:
        cursor.execute("select body from event where case_id = %s and action = '~classify' order by seq", [secret])
        told = [json.loads(row[0]) for row in cursor.fetchall()]
    assert [(t["old"], t["new"], t["reason"]) for t in told] == [("internal", "secret", "涉及举报线索"), ("secret", "internal", "线索已查结")]
    assert all(line.intact for line in lists.log(secret))


def test_only_a_cleared_keeper_of_the_place_changes_it(office: Office, keeper: Actor) -> None:  # noqa: F811
    (case,) = office.town.ask(8)
    view = queries.access_case(keeper, case)
    assert [code for code, _ in choices(view)] == ["public", "secret"]
    for name in ("ann", "bob", "gus", "hal"):
        mine = queries.access_case(office[name], case)
        assert choices(mine) == []
        with pytest.raises(Refused):
            classify(mine, "secret", "想调整", office[name])
        assert signed_in(office, name).post(f"/office/cases/{case}/level/", {"level": "secret", "reason": "想调整"}).status_code == 404
    for level, reason in (("secret", ""), ("internal", "理由"), ("top", "理由")):
        with pytest.raises(Refused):
            classify(view, level, reason, keeper)
    assert (_levels("case_", case), _levels("case_row", case), _levels("duty", case)) == ({2}, {2}, {2})
    client = signed_in(office, "cat")
    assert client.post(f"/office/cases/{case}/level/", {"level": "secret", "reason": ""}).status_code == 422
    assert client.post(f"/office/cases/{case}/level/", {"level": "secret", "reason": "涉及线索"}).status_code == 302
    assert "工作秘密" in client.get(f"/office/cases/{case}/").content.decode()
    assert "工作秘密" in client.get("/office/search/").content.decode()


def test_a_process_opens_its_cases_on_its_own_level(office: Office, keeper: Actor) -> None:  # noqa: F811
    definition = read(Path(__file__).with_name("dogs.toml"))
    definition.process.effective += dt.timedelta(days=1)
    definition.process.classification = "secret"
    registry.publish(definition)
    registry.forget()
    draft = engine.Draft(dogs.CODE, dogs.OWNER, 77, {"dog": "阿黄", "weight": 8})
    case = engine.one(engine.open_cases([draft], "ask", actor=office.town.owner)).case
    assert (_levels("case_", case), _levels("case_row", case), _levels("duty", case)) == ({3}, {3}, {3})
    with sight(office["ann"]):
        assert not any(rows(table, case) for table in TABLES)


def test_work_goes_to_the_cleared_alone(office: Office, secret: int) -> None:  # noqa: F811
    clear(office, "gus")
    ids = duties.open_ids(secret, "main.1")
    (refused,) = people.assign(office["gus"], ids, office.id("ann"))
    assert [r.code for r in refused.refusals] == ["not_cleared"]
    (given,) = people.assign(office["gus"], ids, office.id("bob"))
    assert given.ok


def test_clearance_is_the_security_administrator_s_dated_and_ends_at_once(office: Office) -> None:  # noqa: F811
    ann, day = office.people["ann"], today()
    commands.give_posts(SYSTEM, [commands.PostDraft(office.people["eve"], "secadmin", Org.objects.get(path="000000/"))])
    for name in ("ida", "gus", "ann"):
        with pytest.raises(Refused):
            clearance.give(office[name], ann, day, day)
    eve = office["eve"]
    for first, last in ((day, day - dt.timedelta(days=1)), (day, day + dt.timedelta(days=400))):
        with pytest.raises(Refused):
            clearance.give(eve, ann, first, last)
    with pytest.raises(Refused):
        clearance.give(eve, office.people["eve"], day, day)
    client = signed_in(office, "eve")
    url = f"/sys/people/{ann.pk}/clearance/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"valid_from": "", "valid_to": "x"}).status_code == 422
    assert client.post(url, {"valid_from": f"{day}", "valid_to": f"{day + dt.timedelta(days=5)}"}).status_code == 302
    assert office["ann"].cleared
    assert not office["bob"].cleared
    with pytest.raises(Refused):
        clearance.give(eve, ann, day, day)
    assert client.post(url + "end/").status_code == 302
    assert not office["ann"].cleared
    clearance.give(eve, ann, day + dt.timedelta(days=2), day + dt.timedelta(days=3))
    assert not office["ann"].cleared, "not before its first day"
    assert list(AccountEvent.objects.filter(person=ann).order_by("id").values_list("action", flat=True)) == ["clearance.given", "clearance.ended", "clearance.given"]
    assert client.get(f"/sys/people/{ann.pk}/").status_code == 200
