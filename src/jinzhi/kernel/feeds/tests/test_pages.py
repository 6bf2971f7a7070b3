"""What a feed gave up on is looked at and tried again; a feed reads again from any day; roots are shown and handed out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from jinzhi.kernel.cases.log import roots
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.feeds import pages, runner
from jinzhi.kernel.feeds.events import START, Event, position_before, read_one
from jinzhi.kernel.feeds.models import Checkpoint, DeadLetter
from jinzhi.kernel.modules import Feed
from jinzhi.kernel.orgs import commands, queries
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db
NAME = "test.feed"


class Stubborn:
    """A feed that takes nothing until it is mended."""

    def __init__(self) -> None:
        self.broken = True
        self.taken: list[tuple[int, int]] = []

    def __call__(self, events: Sequence[Event]) -> None:
        if self.broken:
            raise RuntimeError("税号 123 不对")
        self.taken += [(e.case_id, e.seq) for e in events]


@pytest.fixture(autouse=True)
def _plain_files(settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Stubborn:
    found = Stubborn()
    for module in (runner, pages):
        monkeypatch.setattr(module, "all_feeds", lambda: [Feed(NAME, found)])
    return found


@pytest.fixture
def clerk(client: Client) -> Any:
    """A browser with the person of a role signed in."""

    def sign_in(role: str) -> Client:
        draft = commands.AccountDraft(f"feeds.{role}", "管理员", password_hash=make_password("Jinzhi-2011-pass"))
        person = commands.open_accounts(SYSTEM, [draft])[0]
        commands.give_post(SYSTEM, person=person, role=role, org=queries.org_children(None)[0])
        client.force_login(person)
        return client

    return sign_in


def _letters(town: Town, n: int) -> list[DeadLetter]:
    return [DeadLetter.objects.create(feed=NAME, case_id=case, seq=1, error="RuntimeError: 税号 123 不对") for case in town.ask(*range(8, 8 + n))]


def test_ticked_letters_are_tried_again(town: Town, feed: Stubborn, clerk: Any) -> None:
    one, two = _letters(town, 2)
    browser = clerk("sysadmin")
    page = browser.get("/sys/feeds/").content.decode()
    assert "税号 123 不对" in page
    assert f"{one.case_id}.1" in page
    answer = browser.post("/sys/feeds/retry/", {"letter": [one.pk]}, follow=True).content.decode()
    assert "1 条仍失败" in answer
    one.refresh_from_db()
    assert one.tries == 1
    feed.broken = False
    assert "1 条已处理" in browser.post("/sys/feeds/retry/", {"letter": [two.pk]}, follow=True).content.decode()
    assert list(DeadLetter.objects.values_list("id", flat=True)) == [one.pk]
    browser.post("/sys/feeds/retry/", {"all": "1"})
    assert feed.taken == [(two.case_id, 1), (one.case_id, 1)]
    assert "没有选中" in browser.post("/sys/feeds/retry/", {"letter": ["x", "99999999999999999999"]}, follow=True).content.decode()


def test_a_letter_without_event_or_feed_says_so(town: Town, feed: Stubborn) -> None:
    gone = DeadLetter.objects.create(feed=NAME, case_id=10**9, seq=1, error="x")
    assert "not in the log" in runner.retry(gone)
    assert "no longer there" in runner.retry(DeadLetter.objects.create(feed="old", case_id=1, seq=1, error="x"))


def test_a_feed_reads_again_from_a_day(town: Town, feed: Stubborn, clerk: Any) -> None:
    (case,) = town.ask(8)
    event = read_one(case, 1)
    assert event is not None
    assert position_before(today()) <= event.position
    assert position_before(today() + dt.timedelta(days=2)) >= event.position
    browser = clerk("sysadmin")
    browser.post(f"/sys/feeds/{NAME}/replay/", {"since": today().isoformat()})
    point = Checkpoint.objects.get(name=NAME)
    assert START < (point.epoch, int(point.xid), point.pos) < event.position
    assert "2011-12-31" in browser.post(f"/sys/feeds/{NAME}/replay/", {"since": "gestern"}, follow=True).content.decode()
    browser.post(f"/sys/feeds/{NAME}/replay/")
    point.refresh_from_db()
    assert (point.epoch, int(point.xid), point.pos) == START
    assert browser.post("/sys/feeds/nothing/replay/").status_code == 404


@pytest.mark.parametrize("role", ["secadmin", "auditor"])
def test_runs_are_the_system_administrators_alone(town: Town, feed: Stubborn, clerk: Any, role: str) -> None:
    (letter,) = _letters(town, 1)
    browser = clerk(role)
    assert browser.get("/sys/feeds/").status_code == 404
    assert browser.post("/sys/feeds/retry/", {"letter": [letter.pk]}).status_code == 404
    assert browser.post(f"/sys/feeds/{NAME}/replay/").status_code == 404
    letter.refresh_from_db()
    assert letter.tries == 0


def test_roots_are_shown_and_handed_out(town: Town, clerk: Any, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    root = roots.make(dt.date(2026, 11, 20))
    assert root is not None
    browser = clerk("auditor")
    assert root.digest in browser.get("/sys/roots/").content.decode()
    browser.logout()
    assert json.loads(browser.get("/roots/2026-11-20.json").content)["statement"] == root.statement
    for wrong in ("2026-11-21", "2026-13-45", "x"):
        assert browser.get(f"/roots/{wrong}.json").status_code == 404
