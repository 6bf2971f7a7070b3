"""Signing in: who comes where, the fifth failure, temporary passwords, sessions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from jinzhi.kernel.orgs import commands
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": username, "password": password, **more})


def test_everybody_comes_to_his_own_workspace(officer: Person, administrator: Person, company: SimpleNamespace, account: Any) -> None:
    account("nobody")
    for username, where in (("lin", "/office/queue/"), ("root1", "/sys/people/"), ("boss", "/biz/")):
        client = Client()
        assert sign_in(client, username).headers["Location"] == "/account/start/"
        assert client.get("/account/start/").headers["Location"] == where
    client = Client()
    sign_in(client, "nobody")
    page = client.get("/account/start/")
    assert page.status_code == 200
    assert "还没有岗位" in page.content.decode()


def test_after_sign_in_the_page_asked_for_opens(officer: Person, client: Client) -> None:
    asked = client.get("/office/queue/?a=1")
    assert asked.headers["Location"] == f"{LOGIN}?next=/office/queue/%3Fa%3D1"
    assert sign_in(client, "lin", next="/office/queue/?a=1").headers["Location"] == "/office/queue/?a=1"
    assert sign_in(Client(), "lin", next="https://elsewhere.example/").headers["Location"] == "/account/start/"


def test_the_fifth_failure_locks_and_the_tries_left_are_said(officer: Person, client: Client) -> None:
    for left in (4, 3, 2, 1):
        page = sign_in(client, "lin", "wrong").content.decode()
        assert f"用户名或密码不对，还可以试 {left} 次" in page
    fifth = sign_in(client, "lin", "wrong")
    assert fifth.status_code == 429
    # the right password does not help any more, nor does spelling the name otherwise
    assert sign_in(client, "lin").status_code == 429
    assert sign_in(client, "LIN").status_code == 429
    assert sign_in(client, " lin ").status_code == 429
    # somebody at another address is not locked out with him
    assert Client(REMOTE_ADDR="10.0.0.9").post(LOGIN, {"login": "lin", "password": PASSWORD}).status_code == 302


def test_a_reset_password_lifts_the_lock(officer: Person, client: Client) -> None:
    for _ in range(5):
        sign_in(client, "lin", "wrong")
    temporary = commands.reset_password(SYSTEM, officer)
    assert sign_in(client, "lin", temporary).status_code == 302


def test_spelling_the_name_otherwise_is_no_fresh_set_of_tries(officer: Person, client: Client) -> None:
    for name, left in (("lin", 4), ("LIN", 3), ("Lin", 2), ("lin ", 1)):
        assert f"还可以试 {left} 次" in sign_in(client, name, "wrong").content.decode()
    assert sign_in(client, "liN", "wrong").status_code == 429


def test_a_name_nobody_has_is_answered_alike(officer: Person, client: Client) -> None:
    known = sign_in(client, "lin", "wrong").content.decode()
    unknown = sign_in(client, "nobody-at-all", "wrong").content.decode()
    assert "用户名或密码不对，还可以试 4 次" in known
    assert "用户名或密码不对，还可以试 4 次" in unknown


def test_success_forgets_the_failures(officer: Person, client: Client) -> None:
    for _ in range(3):
        sign_in(client, "lin", "wrong")
    assert sign_in(client, "lin").status_code == 302
    client.post("/account/logout/")
    assert "还可以试 4 次" in sign_in(client, "lin", "wrong").content.decode()


def test_empty_fields_are_asked_for_by_name(client: Client) -> None:
    page = sign_in(client, "", "").content.decode()
    assert "填写用户名" in page
    assert "填写密码" in page
    english = client.post(LOGIN, {}, headers={"accept-language": "en"}).content.decode()
    assert "Enter the user name" in english


def test_a_temporary_password_is_changed_before_anything_else(officer: Person, client: Client) -> None:
    temporary = commands.reset_password(SYSTEM, officer)
    assert sign_in(client, "lin", temporary).status_code == 302
    assert client.get("/office/queue/").headers["Location"] == "/account/password/change/"
    same = client.post("/account/password/change/", {"oldpassword": temporary, "password1": temporary, "password2": temporary})
    assert "新密码要与现在的密码不同" in same.content.decode()
    weak = client.post("/account/password/change/", {"oldpassword": temporary, "password1": "1234567", "password2": "1234567"})
    assert "密码至少要有 10 个字符" in weak.content.decode()
    other = client.post("/account/password/change/", {"oldpassword": temporary, "password1": PASSWORD, "password2": PASSWORD + "x"})
    assert "两次填写的新密码不同" in other.content.decode()
    assert (
        client.post("/account/password/change/", {"oldpassword": temporary, "password1": PASSWORD, "password2": PASSWORD}).status_code
        == 302
    )
    assert client.get("/office/queue/").status_code == 200
    assert not Person.objects.get(pk=officer.pk).must_change_password


def test_a_reset_password_ends_the_sessions_and_a_closed_account_too(officer: Person, account: Any, administrator: Person) -> None:
    client = Client()
    sign_in(client, "lin")
    assert client.get("/office/queue/").status_code == 200
    commands.reset_password(SYSTEM, officer)
    assert client.get("/office/queue/").status_code == 302
    officer.set_password(PASSWORD)
    officer.must_change_password = False
    officer.save()
    sign_in(client, "lin")
    assert client.get("/office/queue/").status_code == 200
    commands.deactivate(SYSTEM, officer)
    assert client.get("/office/queue/").status_code == 302
    assert sign_in(Client(), "lin").headers["Location"] == "/account/inactive/"


def test_nobody_signs_up() -> None:
    for name in ("account_signup", "account_reset_password", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert Client().get("/account/signup/").status_code == 404


def test_settings_and_the_language_of_the_next_sign_in(officer: Person, client: Client) -> None:
    sign_in(client, "lin")
    assert client.get("/account/settings/").status_code == 200
    answer = client.post("/account/settings/", {"language": "en"})
    assert answer.status_code == 302
    officer.refresh_from_db()
    assert officer.language == "en"
    assert officer.keyboard is False
    assert sign_in(Client(), "lin").cookies["django_language"].value == "en"
    assert client.post("/account/settings/", {"language": "fr"}).status_code == 422


def test_the_post_switcher(officer: Person, client: Client, tree: SimpleNamespace) -> None:
    commands.give_post(SYSTEM, person=officer, role="inspector", org=tree.second)
    sign_in(client, "lin")
    assert client.get("/office/queue/").content.decode().endswith("T1")
    assert client.post("/account/post/", {"post": tree.second.path, "next": "/office/queue/"}).headers["Location"] == "/office/queue/"
    assert client.get("/office/queue/").content.decode().endswith("T2")
    # where there is no post, nothing changes; and nobody is led to another site
    answer = client.post("/account/post/", {"post": tree.third.path, "next": "//elsewhere.example/"})
    assert answer.headers["Location"] == "/account/start/"
    assert client.get("/office/queue/").content.decode().endswith("T2")
    assert client.get("/account/post/").status_code == 405
