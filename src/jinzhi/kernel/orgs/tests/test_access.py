"""The decorators: each page says its rule, other shells look absent, visitors are asked to sign in; public pages read nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from jinzhi.kernel.orgs import access, first_account
from jinzhi.kernel.orgs.models import Person

pytestmark = pytest.mark.django_db
PAGES = {"/office/queue/": "office", "/biz/": "biz", "/test/sys/": "sys", "/test/any/": "signed_in"}


def test_who_may_open_what(officer: Person, administrator: Person, company: SimpleNamespace, account: Any) -> None:
    people = {"office": officer, "biz": company.admin, "sys": administrator, "signed_in": account("nobody")}
    for kind, person in people.items():
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        for path, rule in PAGES.items():
            expected = 200 if rule in (kind, "signed_in") else 404
            assert client.get(path).status_code == expected, (kind, path)


def test_a_visitor_is_asked_to_sign_in_and_a_fragment_takes_the_whole_page_there(client: Client) -> None:
    for path in PAGES:
        assert client.get(path).headers["Location"] == f"/account/login/?next={path}"
    fragment = client.get("/office/queue/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/office/case/1/"})
    assert fragment.status_code == 200
    assert fragment.headers["HX-Redirect"] == "/account/login/?next=http%3A//testserver/office/case/1/"


def test_a_public_page_asks_the_database_nothing(client: Client, officer: Person, django_assert_num_queries: Any) -> None:
    client.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    with django_assert_num_queries(0):
        assert client.get("/").status_code == 200


def test_an_office_page_costs_session_person_and_grants(client: Client, officer: Person, django_assert_num_queries: Any) -> None:
    client.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/office/queue/")
    with django_assert_num_queries(3):
        client.get("/office/queue/")


def test_every_view_of_this_package_says_its_rule() -> None:
    def views(patterns: Any) -> Any:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield pattern
            else:
                yield from views(pattern.url_patterns)

    own = [
        p
        for p in views(get_resolver("jinzhi.kernel.orgs.tests.urls").url_patterns)
        if p.callback.__module__ != "jinzhi.kernel.orgs.tests.urls"
    ]
    assert len(own) > 20
    for pattern in own:
        assert getattr(pattern.callback, "access", None) in access.ACCESS, pattern
    with pytest.raises(ValueError, match="unknown access rule"):
        access.mark(lambda request: None, "everyone")


def test_until_the_first_account_every_page_leads_to_set_up(client: Client) -> None:
    first_account.remember(False)
    for path in ("/", "/office/queue/", "/account/login/", "/nowhere/"):
        assert client.get(path).headers["Location"] == "/setup/", path
    assert client.get("/setup/").status_code == 200


def test_once_an_account_exists_it_is_not_asked_again(client: Client, officer: Person, django_assert_num_queries: Any) -> None:
    first_account.remember(False)
    with django_assert_num_queries(1):
        assert client.get("/").status_code == 200
    with django_assert_num_queries(0):
        client.get("/")
    assert client.get("/setup/").status_code == 404
