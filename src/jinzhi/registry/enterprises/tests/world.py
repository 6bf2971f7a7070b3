"""Registrars and credit codes for tests of enterprise files."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from jinzhi.kernel.codes.validators import credit_check, organisation_check
from jinzhi.kernel.orgs import commands as accounts
from jinzhi.kernel.orgs.actors import SYSTEM, Actor
from jinzhi.kernel.orgs.models import Org, Person
from jinzhi.kernel.orgs.queries import actor_for
from jinzhi.registry.enterprises.drafts import EnterpriseDraft

BUREAU = "380000"


def credit_code(n: int) -> str:
    """A credit code with right check characters, another for each ``n``."""
    body = f"{n:08d}"
    first = f"91330200{body}{organisation_check(body)}"
    return first + credit_check(first)


def draft(n: int, **facts: Any) -> EnterpriseDraft:
    given: dict[str, Any] = {
        "code": credit_code(n), "name_zh": f"测试贸易{n}有限公司", "name_en": f"Test Trading {n} Co., Ltd.", "bureau": Org.objects.get(code=BUREAU),
        "is_declarant": True, "registration_no": f"38{n:08d}", "contact": "林晓岚", "telephone": "0574-87654321",
    }  # fmt: skip
    return EnterpriseDraft(**given | facts)


def officer(username: str, role: str, org: str = BUREAU) -> Person:
    person = accounts.open_accounts(SYSTEM, [accounts.AccountDraft(username, "周明", password_hash=make_password(None))])[0]
    accounts.give_post(SYSTEM, person=person, role=role, org=Org.objects.get(code=org))
    return person


def registrar(org: str = BUREAU) -> Actor:
    return actor_for(officer(f"registrar{org}", "registrar", org))


def sign_in(person: Person, language: str = "zh-hans") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = language
    return client
