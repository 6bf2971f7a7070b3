"""Enterprises, their people and keys for tests of the enterprise's side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from jinzhi.kernel.forms.models import Draft
from jinzhi.kernel.orgs import tokens
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Membership, Party, Person
from jinzhi.kernel.orgs.queries import actor_for
from jinzhi.kernel.time import now, today
from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.biz import convert
from jinzhi.supervision.declarations.demo import people
from jinzhi.supervision.declarations.schema import Declaration


@dataclass
class Firm:
    """An enterprise with one administrator who declares."""

    party: Party
    person: Person
    made: sample.Enterprise

    @property
    def actor(self) -> Actor:
        return actor_for(self.person)

    def client(self, language: str = "zh-hans") -> Client:
        client = Client(headers={"Accept-Language": language})
        client.force_login(self.person, backend="allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["django_language"] = language
        return client

    def key(self) -> str:
        _, secret = tokens.make_token(self.actor, person=self.person, name="test", party=self.party)
        return secret


class World:
    """Branch Beilun with its officers, and firms that declare to it."""

    def __init__(self, firms: int = 2) -> None:
        self.cast = people.Cast()
        people.organisations()
        people.officers(self.cast)
        people.enterprises(self.cast, 20)
        declarants = [e for e in self.cast.enterprises if e.declarant][:firms]
        self.firms = [self._firm(e, i) for i, e in enumerate(declarants)]

    def _firm(self, enterprise: sample.Enterprise, number: int) -> Firm:
        person = Person.objects.create(username=f"firm{number}", name_zh="施文静", name_en="Wenjing Shi", password=make_password("a long enough one"))
        party = Party.objects.get(pk=self.cast.parties[enterprise.code])
        Membership.objects.create(person=person, party=party, role="admin", valid_from=today())
        return Firm(party, person, enterprise)


def payload(firm: Firm, seed: int = 5, number: str = "", faulty: bool = False) -> dict[str, Any]:
    """A declaration of this firm to Beilun, in order unless ``faulty``."""
    (one,) = sample.labelled(1, seed, [firm.made], today(), faulty=1.0 if faulty else 0.0, doubtful=0.0, organisations=["380100"])
    return one.payload | {"enterprise_number": number or f"T-{seed}"}


def draft_of(firm: Firm, given: dict[str, Any]) -> Draft:
    """The draft in which this declaration was written, every section saved."""
    data = convert.draft_data(Declaration.model_validate(given))
    data["done"] = dict.fromkeys(("trade", "parties", "goods", "containers", "papers"), True)
    return Draft.objects.create(
        process="declarations.import", party_id=firm.party.pk, person_id=firm.person.pk, title=given["enterprise_number"], data=data, created_at=now(), updated_at=now()
    )  # fmt: skip
