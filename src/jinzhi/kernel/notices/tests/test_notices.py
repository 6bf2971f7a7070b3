"""Notices: who is told of what, once; what goes out, once, in the reader's language; through a real mail server and a channel's file."""

from __future__ import annotations

import datetime as dt
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from jinzhi.kernel import time
from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.people import commands, notes, watching
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.people.tests.test_duties import duty_ids
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.feeds import runner
from jinzhi.kernel.feeds.tests.waiting import settled
from jinzhi.kernel.notices import channels, derive, outgoing, paper, reading
from jinzhi.kernel.notices.models import FAILED, NEEDLESS, SENT, WAITING, Delivery, Notice, Preference
from jinzhi.kernel.orgs.models import Person

pytestmark = pytest.mark.django_db


def events_of(*cases: int) -> list[Any]:
    """The events of these cases as feeds get them, whatever transaction is still open."""
    from jinzhi.kernel.feeds.events import Event

    found = []
    for case in cases:
        work = queries.read_works([case])[case]
        for line in lists.log(case):
            found.append(
                Event(case, line.seq, line.at, line.actor, line.post, line.org, line.action, line.lane, line.data, work.process.code, work.number, work.party, (0, 0, 0))
            )
    return found


def told(person: int) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(person_id=person).order_by("id").values_list("kind", "data__action"))


def test_who_is_told_of_what_and_nobody_of_his_own_act(office: Office) -> None:
    (case,) = office.town.ask(8)
    watching.watch(office.id("cat"), [case])
    watching.watch(office.id("fay"), [case])  # sees nothing of it
    commands.assign(office["gus"], duty_ids(case), office.id("bob"))
    notes.write(queries.access_case(office["bob"], case), "@ann甲 和 @bob甲 看")
    derive.notify(events_of(case))
    assert told(office.id("bob")) == [("duty", "~assign")]
    assert told(office.id("ann")) == [("mention", "~note")]
    assert sorted(told(office.id("cat"))) == [("watched", "ask"), ("watched", "~assign"), ("watched", "~note")]
    assert told(office.id("gus")) == []
    assert told(office.id("fay")) == []
    before = Notice.objects.count()
    derive.notify(events_of(case))
    assert Notice.objects.count() == before, "the same events again give the same rows"


def test_losing_a_duty_is_told_too(office: Office) -> None:
    (case,) = office.town.ask(8)
    commands.claim(office["ann"], duty_ids(case))
    commands.take_back(office["gus"], duty_ids(case))
    derive.notify(events_of(case))
    (one,), _ = reading.page(office.id("ann"), "office")
    assert one.sentence.zh == "gus甲收回本组待领：已申请"
    with override("en"):
        assert str(one.sentence) == "Gus took back into the queue: Asked"


def test_a_party_is_told_of_its_turn_and_of_its_documents(office: Office) -> None:
    from jinzhi.kernel.orgs.models import Membership, Party
    from jinzhi.kernel.time import today

    party = Party.objects.create(code="91330200MA281DOG77", name_zh="犬主")
    owner = Person.objects.create(username="dog.owner", name_zh="主人")
    Membership.objects.create(person=owner, party=party, role="admin", valid_from=today())
    from jinzhi.kernel.cases import engine
    from jinzhi.kernel.orgs.queries import actor_for

    draft = engine.Draft(dogs.CODE, dogs.OWNER, party.pk, {"dog": "阿黄", "weight": 8})
    case = engine.one(engine.open_cases([draft], "ask", actor=actor_for(owner))).case
    office.town.do("send_back", office["ann"], case, reason="x")
    derive.notify(events_of(case))
    assert told(owner.pk) == [("party_duty", "send_back")]
    office.town.do("correct", actor_for(owner), case, dog="阿黄", weight=8)
    office.town.do("accept", office["ann"], case, vaccinated=True)
    office.town.do("grant", office["cat"], case)
    derive.notify(events_of(case))
    assert told(owner.pk) == [("party_duty", "send_back"), ("document", "grant")]
    page, _ = reading.page(owner.pk, "biz")
    assert page[0].sentence.zh == "文书送达：养犬证"
    assert reading.unread(owner.pk, "biz") == 2
    assert reading.unread(owner.pk, "office") == 0
    reading.mark_read(owner.pk, "biz")
    assert reading.unread(owner.pk, "biz") == 0


def test_a_batch_costs_the_same_for_one_case_and_for_many(office: Office) -> None:
    from django.db import connection

    few, many = office.town.ask(8), office.town.ask(*[8] * 12)
    for cases in (few, many):
        watching.watch(office.id("cat"), cases)
        commands.assign(office["gus"], duty_ids(*cases), office.id("bob"))
    counts = []
    for cases in (few, many):
        events = events_of(*cases)
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        derive.notify(events)
        connection.force_debug_cursor = False
        counts.append(len(connection.queries_log) - before)
    assert counts[1] <= counts[0] <= 16


def test_old_news_are_kept_as_read_and_not_sent(office: Office, post: Post) -> None:
    """A feed that begins late, or is replayed, disturbs nobody."""
    give(office, "bob", "bob@example.org")
    (case,) = office.town.ask(8)
    commands.assign(office["gus"], duty_ids(case), office.id("bob"))
    events = events_of(case)
    with time.at(time.now() + derive.STALE + dt.timedelta(hours=1)):
        derive.notify(events)
    assert told(office.id("bob")) == [("duty", "~assign")]
    assert reading.unread(office.id("bob"), "office") == 0
    assert Delivery.objects.count() == 0


def test_a_duty_given_by_the_process_is_told_once_of_acts_at_one_moment(office: Office) -> None:
    """What follows at once shares the moment of the act before it."""
    (case,) = office.town.ask(8)
    with time.at(time.now()):
        office.town.do("send_back", office["ann"], case, reason="x")
        office.town.do("correct", office.town.owner, case, dog="阿黄", weight=9)
        office.town.do("send_back", office["ann"], case, reason="y")
    found = derive._opened_duties(events_of(case))
    assert sum(len(duties) for duties in found.values()) == 2
    assert max(found) == (case, 4), "both stand at the last act that led there"


# -- ways out ----------------------------------------------------------------------------------------------------------


class Smtp(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 to take messages; refuses addresses at refused.example."""

    def handle(self) -> None:
        say = lambda line: (self.wfile.write(line.encode() + b"\r\n"), self.wfile.flush())  # noqa: E731
        say("220 test")
        box: list[bytes] = self.server.box  # type: ignore[attr-defined]
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                body = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    body += part[1:] if part.startswith(b"..") else part
                box.append(body)
                say("250 kept")
            elif verb == b"QUIT":
                say("221 bye")
                return
            elif verb == b"RCPT" and b"refused.example" in line:
                say("550 nobody of that name")
            else:
                say("250 ok")


@dataclass
class Post:
    box: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def mails(self) -> list[Any]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.box]


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server on a port of its own, and the settings that lead there."""
    found = Post()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)
    server.box = found.box  # type: ignore[attr-defined]
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", found.port
    yield found
    server.shutdown()
    server.server_close()


def give(office: Office, name: str, address: str, language: str = "") -> int:
    Person.objects.filter(pk=office.id(name)).update(email=address, language=language)
    return office.id(name)


def test_without_a_mail_server_nothing_is_queued(office: Office, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    give(office, "bob", "bob@example.org")
    (case,) = office.town.ask(8)
    commands.assign(office["gus"], duty_ids(case), office.id("bob"))
    derive.notify(events_of(case))
    assert Notice.objects.count() == 1
    assert Delivery.objects.count() == 0


def test_a_mail_goes_out_once_in_the_person_s_language(office: Office, post: Post) -> None:
    give(office, "bob", "bob@example.org", "en")
    give(office, "ann", "ann@example.org")
    one, two = office.town.ask(8, 9)
    commands.assign(office["gus"], duty_ids(one), office.id("bob"))
    commands.assign(office["gus"], duty_ids(two), office.id("ann"))
    derive.notify(events_of(one, two))
    derive.notify(events_of(one, two))
    assert outgoing.deliver() == 2
    assert outgoing.deliver() == 0
    by = {m["To"]: m for m in post.mails}
    assert set(by) == {"bob@example.org", "ann@example.org"}
    assert "Gus gave you: Asked" in by["bob@example.org"]["Subject"]
    assert "gus甲交给您办理：已申请" in by["ann@example.org"]["Subject"]
    assert f"/office/cases/{one}/" in by["bob@example.org"].get_content()
    assert "阿黄" not in by["ann@example.org"].get_content(), "titles stay on the platform"
    assert by["ann@example.org"]["Message-ID"].startswith("<notice-")
    assert set(Delivery.objects.values_list("state", flat=True)) == {SENT}


def test_a_digest_is_one_mail_and_what_was_read_stays_out(office: Office, post: Post) -> None:
    cat = give(office, "cat", "cat@example.org")
    cases = office.town.ask(8, 9, 10)
    watching.watch(cat, cases)
    derive.notify(events_of(*cases))
    assert outgoing.deliver() == 0, "not before the hour of digests"
    Delivery.objects.update(next_at="2001-01-01T00:00:00Z")
    first = Notice.objects.filter(person_id=cat).order_by("id").first()
    assert first is not None
    reading.mark_read(cat, "office", [first.pk])
    assert outgoing.deliver() == 3
    (mail_,) = post.mails
    assert "2 条通知" in mail_["Subject"]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == [SENT, SENT, NEEDLESS]


def test_what_fails_is_tried_again_and_given_up_with_its_reason(office: Office, post: Post) -> None:
    give(office, "bob", "bob@refused.example")
    give(office, "ann", "ann@example.org")
    one, two = office.town.ask(8, 9)
    commands.assign(office["gus"], duty_ids(one), office.id("bob"))
    commands.assign(office["gus"], duty_ids(two), office.id("ann"))
    derive.notify(events_of(one, two))
    outgoing.deliver()
    assert [m["To"] for m in post.mails] == ["ann@example.org"], "one refused address keeps nobody else waiting"
    bad = Delivery.objects.get(state=WAITING)
    assert bad.tries == 1
    assert "nobody of that name" in bad.error
    for _ in range(outgoing.TRIES):
        Delivery.objects.filter(state=WAITING).update(next_at="2001-01-01T00:00:00Z")
        outgoing.deliver()
    bad.refresh_from_db()
    assert (bad.state, bad.tries) == (FAILED, outgoing.TRIES)
    assert len(post.mails) == 1


def test_a_server_that_is_down_loses_nothing(office: Office, post: Post, settings: Any) -> None:
    give(office, "bob", "bob@example.org")
    (case,) = office.town.ask(8)
    commands.assign(office["gus"], duty_ids(case), office.id("bob"))
    derive.notify(events_of(case))
    settings.EMAIL_PORT = 1
    outgoing.deliver()
    assert Delivery.objects.get().state == WAITING
    settings.EMAIL_PORT = post.port
    Delivery.objects.update(next_at="2001-01-01T00:00:00Z")
    outgoing.deliver()
    assert Delivery.objects.get().state == SENT
    assert len(post.mails) == 1


def test_a_channel_of_one_s_own_writes_lines(office: Office, tmp_path: Path) -> None:
    bob = office.id("bob")
    file = tmp_path / "sms.jsonl"
    before = channels.channel("sms")
    channels.register(paper.Paper("sms", str(file)))
    try:
        reading.prefer(bob, {("duty", "sms"): "single"}, {"sms": "139 0000 0000"})
        (case,) = office.town.ask(8)
        commands.assign(office["gus"], duty_ids(case), bob)
        derive.notify(events_of(case))
        outgoing.deliver()
        (line,) = file.read_text().splitlines()
        assert json.loads(line)["to"] == "13900000000"
        assert "交给您办理" in json.loads(line)["text"]
    finally:
        assert before is not None
        channels.register(before)


def test_preferences_are_kept_and_a_wrong_number_is_refused(office: Office) -> None:
    from jinzhi.kernel.refusals import Refused

    bob = office.id("bob")
    reading.prefer(bob, {("duty", "email"): "off", ("duty", "sms"): "digest", ("x", "email"): "off", ("mention", "email"): "never"}, {})
    assert reading.preferences(bob)[("duty", "email")] == "off"
    assert Preference.objects.filter(person_id=bob).count() == 2
    with pytest.raises(Refused) as refused:
        reading.prefer(bob, {("duty", "email"): "single"}, {"sms": "12ab"})
    assert refused.value.refusals[0].field == "sms"
    assert reading.preferences(bob)[("duty", "email")] == "off"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_feed_and_a_crash_in_the_middle(office: Office, monkeypatch: Any) -> None:
    """Effect and checkpoint commit together: broken off, the batch comes again and nobody is told twice."""
    cases = office.town.ask(8, 9)
    commands.assign(office["gus"], duty_ids(*cases), office.id("bob"))
    feed = next(f for f in runner.all_feeds() if f.name == "kernel.notices")
    settled()

    class Crash(BaseException):
        pass

    def crash(*_: Any) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(runner, "_advance", crash)
        with pytest.raises(Crash):
            runner.run_feed(feed)
    assert Notice.objects.count() == 0
    while runner.run_feed(feed):
        pass
    assert len(told(office.id("bob"))) == 2
    runner.replay("kernel.notices")
    while runner.run_feed(feed):
        pass
    assert len(told(office.id("bob"))) == 2
