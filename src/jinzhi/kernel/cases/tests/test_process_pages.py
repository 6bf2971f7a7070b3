"""Pages of processes and guides: every tab in both languages, versions compared, what is not there absent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jinzhi.kernel import time
from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs.models import Org, Person, Post

SOURCE = Path(__file__).with_name("dogs.toml")
pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(dog_module: None, settings: Any) -> Client:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    person = Person.objects.create(username="reader", name_zh="读者")
    Post.objects.create(person=person, org=Org.objects.order_by("path")[1], role="clerk", valid_from=dt.date(2004, 1, 1))
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("tab", ["diagram", "permissions", "fields", "documents", "guide", "versions", "nothing"])
def test_every_tab(officer: Client, tab: str, language: str) -> None:
    page = officer.get("/office/processes/dogs.licence/", {"tab": tab}, headers={"Accept-Language": language}).content.decode()
    said = {"diagram": ("已申请", "Asked"), "permissions": ("兽医", "Vet"), "fields": ("犬名", "Dog"), "documents": ("养犬证", "Dog licence"), "guide": ("怎么办", "Steps"),
            "versions": ("现行", "in force"), "nothing": ("已申请", "Asked")}[tab]  # fmt: skip
    assert said[language == "en"] in page
    assert "style=" not in page


def test_the_list_and_what_is_absent(officer: Client) -> None:
    assert "dogs.licence" in officer.get("/office/processes/").content.decode()
    for address in ("/office/processes/dogs.none/", "/office/processes/dogs.licence/?version=999999999", "/office/processes/dogs.licence/?version=x", "/guide/dogs.none/"):
        assert officer.get(address).status_code == 404
    assert Client().get("/office/processes/").status_code == 302


def test_versions_are_compared_in_words(officer: Client) -> None:
    later = read(SOURCE)
    later.process.effective = dt.date(2030, 1, 1)
    later.clock["deciding"].limit = "10wd"
    number = registry.publish(later)
    page = officer.get("/office/processes/dogs.licence/", {"tab": "versions", "version": number}, headers={"Accept-Language": "en"}).content.decode()
    assert "limit: 20 working days → 10 working days" in page
    assert "not the version in force" in page
    first = officer.get("/office/processes/dogs.licence/", {"tab": "versions", "version": number, "from": "½"})
    assert first.status_code == 200


def test_the_guide_is_public_and_follows_the_day(dog_module: None, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    assert "养犬许可" in Client().get("/guide/").content.decode()
    page = Client().get("/guide/dogs.licence/", headers={"Accept-Language": "en"}).content.decode()
    assert "20 working days" in page
    assert "Dog licence" in page
    with time.at(dt.datetime(2003, 1, 1, tzinfo=dt.UTC)):
        registry.forget()
        assert Client().get("/guide/dogs.licence/").status_code == 404
