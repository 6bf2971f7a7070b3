"""Keys for machines: shown once, kept as a digest, acting for one party, ended at once."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jinzhi.kernel.orgs import commands, queries, tokens
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import ApiToken, Membership, Party, Person
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(company: SimpleNamespace) -> tuple[ApiToken, str]:
    return tokens.make_token(queries.actor_for(company.admin), person=company.admin, name="企业端软件", party=company.party)


def call(secret: str, scheme: str = "Bearer") -> Any:
    return Client().get("/test/api/", headers={"authorization": f"{scheme} {secret}"})


def test_a_key_acts_for_its_party_alone(key: tuple[ApiToken, str], company: SimpleNamespace, tree: SimpleNamespace) -> None:
    token, secret = key
    commands.give_post(SYSTEM, person=company.admin, role="inspector", org=tree.first)
    assert call(secret).content.decode() == f"{company.admin.pk} [{company.party.pk}] True"
    assert call(secret, "bearer").status_code == 200
    assert secret.startswith("jz_")
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values().get())


@pytest.mark.parametrize("secret", ["", "jz_", "jz_wrong", "x" * 5000, "jz_" + "x" * 5000, "jz_密钥"])
def test_what_is_no_key_is_nobody(key: tuple[ApiToken, str], secret: str) -> None:
    request: Any = SimpleNamespace(headers={"Authorization": f"Bearer {secret}"})
    assert tokens.authenticate(request) is None


def test_other_schemes_and_no_header(key: tuple[ApiToken, str]) -> None:
    assert call(key[1], "Basic").status_code == 401
    assert Client().get("/test/api/").status_code == 401


def test_revoked_inactive_and_departed_are_refused(key: tuple[ApiToken, str], company: SimpleNamespace) -> None:
    token, secret = key
    Person.objects.filter(pk=company.admin.pk).update(is_active=False)
    assert call(secret).status_code == 401
    Person.objects.filter(pk=company.admin.pk).update(is_active=True)
    Membership.objects.filter(person=company.admin).update(
        valid_from=today() - dt.timedelta(days=9), valid_to=today() - dt.timedelta(days=1)
    )
    assert call(secret).status_code == 401
    Membership.objects.filter(person=company.admin).update(valid_to=None)
    assert call(secret).status_code == 200
    tokens.revoke_token(queries.actor_for(company.admin), token.pk)
    tokens.revoke_token(queries.actor_for(company.admin), token.pk)
    assert call(secret).status_code == 401


def test_use_is_noted_at_most_once_a_minute(key: tuple[ApiToken, str], django_assert_num_queries: Any) -> None:
    token, secret = key
    with django_assert_num_queries(3):
        call(secret)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    with django_assert_num_queries(2):
        call(secret)
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - dt.timedelta(minutes=2))
    call(secret)
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= first


def test_only_the_administrator_of_the_party_makes_and_ends_keys(key: tuple[ApiToken, str], company: SimpleNamespace, account: Any) -> None:
    declarant, stranger = queries.actor_for(company.declarant), account("stranger")
    other = Party.objects.create(code="91330200TESTPARTY3", name_zh="乙")
    commands.add_member(SYSTEM, person=stranger, party=other, role="admin")
    for by in (declarant, queries.actor_for(stranger)):
        with pytest.raises(Refused) as error:
            tokens.make_token(by, person=company.declarant, name="x", party=company.party)
        assert error.value.status == 403
        with pytest.raises(Refused) as error:
            tokens.revoke_token(by, key[0].pk)
        assert error.value.status == 404
    with pytest.raises(Refused):
        tokens.make_token(queries.actor_for(company.admin), person=stranger, name="x", party=company.party)
    with pytest.raises(Refused):
        tokens.make_token(queries.actor_for(company.admin), person=company.admin, name="x")


def test_names_and_number_of_keys(company: SimpleNamespace) -> None:
    by = queries.actor_for(company.admin)
    for name in ("", "  ", "长" * 61):
        with pytest.raises(Refused):
            tokens.make_token(by, person=company.admin, name=name, party=company.party)
    ApiToken.objects.bulk_create(
        ApiToken(person=company.admin, party=company.party, name="x", digest=str(n)) for n in range(tokens.MAX_TOKENS)
    )
    with pytest.raises(Refused) as error:
        tokens.make_token(by, person=company.admin, name="x", party=company.party)
    assert error.value.refusals[0].code == "too_many"


def test_the_page_shows_a_secret_once(company: SimpleNamespace, client: Client) -> None:
    client.force_login(company.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    made = client.post("/biz/tokens/", {"name": "企业端软件"})
    assert made.status_code == 302
    page = client.get(made.headers["Location"]).content.decode()
    assert "jz_" in page
    assert "jz_" not in client.get("/biz/tokens/").content.decode()
    assert client.post("/biz/tokens/", {"name": ""}).status_code == 422
    token = ApiToken.objects.get(party=company.party)
    assert client.post(f"/biz/tokens/{token.pk}/revoke/").status_code == 302
    assert "已停用" in client.get("/biz/tokens/").content.decode()
    client.force_login(company.declarant, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/biz/tokens/").status_code == 403
    assert client.post(f"/biz/tokens/{token.pk}/revoke/").status_code == 404
