"""The administrators' pages: lists, forms with sentences, and acts that only their own role may do."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from jinzhi.kernel.orgs import commands, forms, queries, roles
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(administrator: Person, client: Client, monkeypatch: Any) -> Client:
    monkeypatch.setattr(roles, "_role_sources", [lambda: [roles.Role("inspector", Text("施检员", "Inspector"))]])
    monkeypatch.setattr(roles, "_process_sources", [lambda: [roles.ProcessTitle("imports", Text("进口", "Imports"))]])
    roles.forget_titles()
    client.force_login(administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def administrators(desk: Client, account: Any, tree: SimpleNamespace) -> dict[str, Client]:
    """The three, each at a browser of their own; ``sysadmin`` is ``desk``."""
    found = {"sysadmin": desk}
    for role in ("secadmin", "auditor"):
        person = account(f"the.{role}", "管理员")
        commands.give_post(SYSTEM, person=person, role=role, org=tree.root)
        found[role] = Client()
        found[role].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return found


def test_every_page_opens_in_both_languages_to_its_own_administrators(administrators: dict[str, Client], officer: Person) -> None:
    post, everybody = officer.posts.get(), tuple(administrators)
    desk = administrators["sysadmin"]
    for path, whose in (
        ("/sys/", everybody),
        ("/sys/people/?q=lin", everybody),
        ("/sys/people/?q=没有这个人", everybody),
        ("/sys/people/new/", ("sysadmin",)),
        (f"/sys/people/{officer.pk}/", everybody),
        (f"/sys/people/{officer.pk}/posts/new/", ("secadmin",)),
        (f"/sys/people/{officer.pk}/posts/{post.pk}/end/", ("secadmin",)),
        (f"/sys/people/{officer.pk}/ties/", ("secadmin",)),
        ("/sys/orgs/", everybody),
        ("/sys/orgs/?q=测试机构", everybody),
        ("/sys/orgs/T1/", everybody),
        ("/sys/permissions/", ("secadmin",)),
        ("/sys/log/", ("auditor",)),
        ("/account/settings/", everybody),
    ):
        for who, browser in administrators.items():
            chinese, english = browser.get(path), browser.get(path, headers={"accept-language": "en"})
            assert chinese.status_code == english.status_code == (200 if who in whose else 404), (path, who)
            assert chinese.content != english.content, path
    assert desk.get("/sys/orgs/nowhere/").status_code == 404
    assert desk.get("/sys/people/999999999/").status_code == 404
    assert administrators["auditor"].get("/sys/log/?before=99999999999999999999").status_code == 200


def test_people_are_paged_by_user_name_in_few_queries(desk: Client, django_assert_max_num_queries: Any) -> None:
    commands.open_accounts(SYSTEM, [commands.AccountDraft(f"page{n:03}", "甲", password_hash="x") for n in range(120)])
    seen: list[str] = []
    after = ""
    desk.get("/sys/people/")  # reads the tree
    for _ in range(5):
        with django_assert_max_num_queries(5):
            page = desk.get("/sys/people/", {"q": "page", "after": after})
        seen += [row["person"].username for row in page.context["rows"]]
        after = page.context["next_after"]
        if not after:
            break
    assert seen == [f"page{n:03}" for n in range(120)]


def test_an_account_is_opened_with_a_password_shown_once(desk: Client) -> None:
    wrong = desk.post("/sys/people/new/", {"username": "x", "name_zh": "", "email": "a"})
    assert wrong.status_code == 422
    for sentence in ("填写姓名", "需要修改"):
        assert sentence in wrong.content.decode()
    made = desk.post("/sys/people/new/", {"username": "zhou", "name_zh": "周杰"})
    assert made.status_code == 302
    person = Person.objects.get(username="zhou")
    page = desk.get(made.headers["Location"])
    assert person.check_password(page.context["temporary_password"])
    assert page.context["temporary_password"] in page.content.decode()
    assert desk.get(made.headers["Location"]).context["temporary_password"] == ""


def test_posts_are_given_and_ended_by_the_security_administrator(administrators: dict[str, Client], account: Any, tree: SimpleNamespace) -> None:
    desk, person = administrators["secadmin"], account("zhou", "周杰")
    url = f"/sys/people/{person.pk}/posts/new/"
    good = {"role": "inspector", "org": "T11", "process": "imports", "valid_from": "今天", "valid_to": ""}
    for change, sentence in (
        ({"role": ""}, "选择角色"),
        ({"role": "emperor"}, "选择角色"),
        ({"org": ""}, "填写机构代码或名称"),
        ({"org": "没有的局"}, "没有找到机构 没有的局"),
        ({"org": "测试机构T1"}, ""),
        ({"org": "测试"}, "有几个机构符合"),
        ({"valid_from": "明天"}, "第一天写成 2011-11-23 这样的格式"),
        ({"valid_from": "2011-02-30"}, "第一天写成 2011-11-23 这样的格式"),
        ({"valid_to": "2001-01-01"}, "最后一天应在"),
    ):
        answer = desk.post(url, good | change)
        if sentence:
            assert answer.status_code == 422, change
            assert sentence in answer.content.decode(), change
    assert desk.post(url, good).status_code == 302
    post = person.posts.get(org=tree.branch)
    assert (post.org, post.process, post.valid_from) == (tree.branch, "imports", today())
    assert desk.post(url, good).status_code == 422
    end = f"/sys/people/{person.pk}/posts/{post.pk}/end/"
    assert desk.post(end, {"last_day": "2001-01-01"}).status_code == 422
    assert desk.post(end, {"last_day": f"{today():%Y%m%d}"}).status_code == 302
    assert person.posts.get(pk=post.pk).valid_to == today()
    assert "终止岗位" in desk.get(f"/sys/people/{person.pk}/").content.decode()


def test_close_open_and_reset(desk: Client, account: Any) -> None:
    person = account("zhou", "周杰")
    assert desk.get(f"/sys/people/{person.pk}/close/").status_code == 405
    desk.post(f"/sys/people/{person.pk}/close/")
    assert not Person.objects.get(pk=person.pk).is_active
    desk.post(f"/sys/people/{person.pk}/open/")
    assert Person.objects.get(pk=person.pk).is_active
    location = desk.post(f"/sys/people/{person.pk}/password/").headers["Location"]
    assert desk.get(location).context["temporary_password"]


def test_an_auditor_reads_and_changes_nothing(account: Any, tree: SimpleNamespace, officer: Person) -> None:
    auditor = account("audit")
    commands.give_post(SYSTEM, person=auditor, role="auditor", org=tree.root)
    client = Client()
    client.force_login(auditor, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/sys/log/").status_code == 200
    page = client.get(f"/sys/people/{officer.pk}/").content.decode()
    assert "重置密码" not in page
    client.post(f"/sys/people/{officer.pk}/close/")
    assert Person.objects.get(pk=officer.pk).is_active
    refused = client.post(f"/sys/people/{officer.pk}/posts/new/", {"role": "auditor", "org": "T1", "valid_from": "今天"})
    assert refused.status_code == 404
    with pytest.raises(Refused, match="security administrator"):
        commands.give_post(queries.actor_for(auditor), person=officer, role="lead", org=tree.root)
    assert len(queries.actor_for(officer).grants) == 1


def test_days_are_read_as_people_write_them() -> None:
    field = forms.DayField(label=Text("日期", "Day"), required=False)
    for text in ("2011-11-23", "20111123", "2011/11/23", "２０１１－１１－２３", "2011年11月23日", " 2011.11.23 "):
        assert f"{field.clean(text)}" == "2011-11-23", text
    assert field.clean("") is None
    assert field.clean("today") == today()


def test_ties_are_declared_by_oneself_and_ended_by_the_security_administrator(
    administrators: dict[str, Client], officer: Person, company: SimpleNamespace, client: Client
) -> None:
    own = Client()
    own.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    wrong = own.post("/account/ties/", {"party": "0000", "kind": "relative"})
    assert wrong.status_code == 422
    assert "没有这个代码的单位" in wrong.content.decode()
    assert own.post("/account/ties/", {"party": company.party.code, "kind": ""}).status_code == 422
    good = {"party": company.party.code.lower(), "kind": "relative", "note": "配偶任职"}
    assert own.post("/account/ties/", good).status_code == 302
    assert own.post("/account/ties/", good).status_code == 422  # it is there already
    assert queries.actor_for(officer).ties == {company.party.pk}
    assert "配偶任职" in own.get("/account/ties/", headers={"accept-language": "en"}).content.decode()
    tie = officer.ties.get()
    url = f"/sys/people/{officer.pk}/ties/"
    assert own.post(f"{url}{tie.pk}/end/", {"last_day": "今天"}).status_code == 404
    for who in ("sysadmin", "auditor"):
        assert administrators[who].post(f"{url}{tie.pk}/end/", {"last_day": "今天"}).status_code == 404
    assert administrators["secadmin"].post(f"{url}{tie.pk}/end/", {"last_day": "2001-01-01"}).status_code == 302
    tie.refresh_from_db()
    assert tie.valid_to is None  # a day before its first is refused
    administrators["secadmin"].post(f"{url}{tie.pk}/end/", {"last_day": "今天"})
    tie.refresh_from_db()
    assert tie.valid_to == today()
    assert queries.actor_for(officer, today() + dt.timedelta(days=1)).ties == frozenset()
    said = administrators["auditor"].get("/sys/log/").content.decode()
    assert "登记利害关系" in said
    assert "终止利害关系" in said
