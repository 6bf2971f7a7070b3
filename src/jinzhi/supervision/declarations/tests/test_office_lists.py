"""Lists as officers keep them: conditions in the address, columns, saved views, giving many duties, files of what is listed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from lxml import html

from jinzhi.kernel import time
from jinzhi.kernel.cases.queries import queue
from jinzhi.kernel.orgs import commands, first_account
from jinzhi.kernel.orgs.actors import LEAD, SYSTEM
from jinzhi.kernel.orgs.models import AccountEvent, Person
from jinzhi.kernel.orgs.queries import actor_for, forget_orgs, org_by_code
from jinzhi.supervision.declarations.tests.office_world import NOW, Bureau, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau(db: None, settings: Any) -> Iterator[Bureau]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    with time.at(NOW):
        yield Bureau()
    first_account.remember(False)
    forget_orgs()


def lead(username: str, org: str) -> Person:
    """Somebody made lead of an organisation as well."""
    person = Person.objects.get(username=username)
    one = org_by_code(org)
    assert one is not None
    commands.give_posts(SYSTEM, [commands.PostDraft(person, LEAD, one, valid_from=time.today())])
    return person


def rows(client: Client, url: str) -> list[str]:
    """The names of the rows of a list, as its links say them."""
    page = html.fromstring(client.get(url).content)
    return [a.text_content() for a in page.xpath("//table[contains(@class, 'q-table--queue')]/tbody//a[@class='q-mono']")]


def test_conditions_stand_in_the_address_and_each_can_be_taken_out(bureau: Bureau) -> None:
    bureau.standing(3, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    everything = rows(client, "/office/group/")
    assert len(everything) >= 3
    page = html.fromstring(client.get("/office/group/?process=declarations.import&state=manual_review&c.value_usd.from=0&signal=green&due=week&sort=new").content)
    chips = {a.text_content().strip(): a.get("href") for a in page.xpath("//a[@class='q-chip'][@aria-current]")}
    assert len(chips) == 5
    state = next(url for words, url in chips.items() if words.startswith("状态"))
    assert "state=" not in state
    assert "signal=green" in state
    assert rows(client, "/office/group/?c.amount.from=100000000") == []
    assert len(rows(client, "/office/group/?q=没有这样的货物")) == 0


def test_what_is_wrong_in_an_address_is_told_and_the_rest_holds(bureau: Bureau) -> None:
    bureau.standing(1, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    all_there = len(rows(client, "/office/group/?state=manual_review"))
    assert all_there
    for wrong in ("due=never", "org=xx", "opened.from=2011-13-45", "c.value_usd.from=abc&process=declarations.import", "c.nothing=1", "party=x", "role=king",
                  "sort=amount", "assignee=nobody", "signal=blue", "q=x", "due.from=2011-12-01&due.to=2011-11-01", "c.a.b.c=1", "after=x_1", "before=9999-99-99_1_main.1"):  # fmt: skip
        answer = client.get(f"/office/group/?state=manual_review&{wrong}")
        assert answer.status_code == 200
        if "_1" not in wrong and "c.a.b.c" not in wrong:
            assert "有的条件没有用上" in answer.content.decode(), wrong
        assert len(html.fromstring(answer.content).xpath("//table[contains(@class, 'q-table--queue')]/tbody/tr")) == all_there, wrong


def test_columns_are_chosen_ordered_and_remembered(bureau: Bureau) -> None:
    bureau.standing(1, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    page = html.fromstring(client.get("/office/lists/group/columns/").content)
    order = [i.get("value") for i in page.xpath("//input[@name='order']")]
    assert "c.value_usd" in order
    moved = client.post("/office/lists/group/columns/", {"order": order, "show": ["party", "c.value_usd"], "move": "up:c.value_usd"})
    assert moved.status_code == 200
    order = [i.get("value") for i in html.fromstring(moved.content).xpath("//input[@name='order']")]
    saved = client.post("/office/lists/group/columns/", {"order": ["c.value_usd", "party", "x"], "show": ["party", "c.value_usd", "x"], "save": "1"})
    assert saved.status_code == 302
    heads = [th.text_content() for th in html.fromstring(client.get("/office/group/").content).xpath("//table[contains(@class, 'q-table--queue')]/thead//th")][1:]
    assert heads == ["货值（美元）", "企业", "编号 / 事项"]
    client.post("/office/lists/group/columns/", {"usual": "1"})
    assert len(html.fromstring(client.get("/office/group/").content).xpath("//table[contains(@class, 'q-table--queue')]/thead//th")) == 9
    assert client.get("/office/lists/nothing/columns/").status_code == 404


def test_a_view_is_kept_counted_shared_by_a_lead_and_widens_nothing(bureau: Bureau) -> None:
    bureau.standing(2, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    kept = client.post("/office/views/save/", {"list": "group", "query": "state=manual_review&due=week", "name": " 本周  复审 ", "default": "1"})
    view = int(kept["Location"].rsplit("=", 1)[1])
    page = client.get("/office/group/").content.decode()
    assert "<h1>本周 复审</h1>" in page
    nav = html.fromstring(page).xpath(f"//nav//a[@data-nav='view:{view}']/span")
    assert nav[0].text_content() == str(len(rows(client, "/office/group/?state=manual_review&due=week")))
    assert "<h1>本组待领</h1>" in client.get("/office/group/?all=1").content.decode()
    colleague = sign_in("beilun.clerk2")
    assert colleague.get(f"/office/views/{view}/").status_code == 404
    assert colleague.post(f"/office/views/{view}/change/", {"act": "delete"}).status_code == 404
    refused = client.post("/office/views/save/", {"list": "group", "query": "", "name": "大家的", "org": "380100"})
    assert refused.status_code == 422
    assert "组长" in refused.content.decode()
    lead("beilun.clerk1", "380100")
    client = sign_in("beilun.clerk1")
    shared = client.post("/office/views/save/", {"list": "all", "query": "state=manual_review", "name": "大家的", "org": "380100"})["Location"]
    number = int(shared.rsplit("=", 1)[1])
    assert colleague.get(f"/office/views/{number}/").status_code == 302
    assert rows(colleague, f"/office/all/?view={number}") == rows(client, "/office/all/?state=manual_review") != []
    elsewhere = sign_in("beilun.sp.head")
    assert rows(elsewhere, f"/office/all/?view={number}") == rows(elsewhere, "/office/all/?state=manual_review")
    assert sign_in("zhenhai.clerk1").get(f"/office/views/{number}/").status_code == 404
    assert client.post(f"/office/views/{number}/change/", {"act": "rename", "name": "复审"}).status_code == 302
    assert "复审" in client.get("/office/views/").content.decode()
    assert client.post(f"/office/views/{number}/change/", {"act": "rename", "name": ""}).status_code == 422
    assert client.post(f"/office/views/{number}/change/", {"act": "delete"}).status_code == 302
    assert colleague.get(f"/office/views/{number}/").status_code == 404


def test_all_of_a_list_is_claimed_at_once_and_taken_back_by_the_lead(bureau: Bureau) -> None:
    bureau.standing(3, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    free = len(rows(client, "/office/group/?state=manual_review"))
    done = client.post("/office/bulk/give/claim/", {"from": "group", "query": "state=manual_review", "whole": "1"})
    assert done["Location"] == "/office/group/?state=manual_review"
    assert len(rows(client, "/office/?state=manual_review")) == free
    actor = actor_for(Person.objects.get(username="beilun.clerk1"))
    picks = " ".join(f"{i.case_id}.1.main.{i.duty_id}" for i in queue("mine", actor).items)
    other = sign_in("beilun.clerk2")
    refused = other.post("/office/bulk/give/release/", {"from": "mine", "picks": picks})
    page = other.get(refused["Location"]).content.decode()
    assert "没有办理 " in page
    assert "重试没有办理的" in page
    asked = client.post("/office/bulk/give/transfer/", {"from": "mine", "picks": picks})
    assert asked.status_code == 200
    assert "交给" in asked.content.decode()
    assert client.post("/office/bulk/give/transfer/", {"from": "mine", "picks": picks, "confirm": "1"}).status_code == 422
    lead("beilun.clerk2", "380100")
    other = sign_in("beilun.clerk2")
    assert other.post("/office/bulk/give/take-back/", {"from": "all", "picks": picks})["Location"] == "/office/all/"
    assert rows(client, "/office/?state=manual_review") == []
    assert client.post("/office/bulk/give/claim/", {"from": "group", "picks": "x 1.2 9.9.9.9"})["Location"].startswith("/office/bulk/results/")


def test_a_list_leaves_as_csv_in_the_chosen_columns_and_the_log_says_so(bureau: Bureau) -> None:
    bureau.standing(2, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1", "en")
    answer: Any = client.get("/office/export/group.csv?state=manual_review")
    data = b"".join(answer.streaming_content)
    assert data.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert table[0][:3] == ["Due", "Number / matter", "Matter"]
    assert len(table) == 1 + len(rows(client, "/office/group/?state=manual_review"))
    entry = AccountEvent.objects.filter(action="list.exported").latest("pk")
    assert entry.data["list"] == "group"
    assert "state=manual_review" in entry.data["name"]
    client.post("/office/lists/group/columns/", {"order": ["number", "state"], "show": ["state"], "save": "1"})
    short = b"".join(client.get("/office/export/group.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert re.match(r"Number / matter,State\r\n", short)
    assert client.get("/office/export/group.pdf").status_code == 404
