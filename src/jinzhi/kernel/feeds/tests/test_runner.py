"""Reading the log: in an order no later commit can come before, each effect once, and one bad event never stops the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, transaction

from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.feeds import runner
from jinzhi.kernel.feeds.events import START, Event, read_after
from jinzhi.kernel.feeds.models import Checkpoint, DeadLetter, Heartbeat
from jinzhi.kernel.feeds.queries import backlog
from jinzhi.kernel.feeds.tests.waiting import settled
from jinzhi.kernel.modules import Feed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NAME = "test.feed"


class Reader:
    """A feed that writes down what it is given, in memory and as a row in the same transaction."""

    def __init__(self, before: Callable[[Sequence[Event]], None] = lambda events: None) -> None:
        self.before = before
        self.given: list[tuple[int, int]] = []

    def __call__(self, events: Sequence[Event]) -> None:
        self.given += [(e.case_id, e.seq) for e in events]
        Heartbeat.objects.bulk_create([Heartbeat(name=f"{e.case_id}.{e.seq}", at=e.at) for e in events])
        self.before(events)

    @property
    def feed(self) -> Feed:
        return Feed(NAME, self, batch=10)


def effects() -> set[str]:
    return set(Heartbeat.objects.values_list("name", flat=True))


def logged() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select case_id || '.' || seq from event")
        return {row[0] for row in cursor.fetchall()}


def at_once(feed: Feed) -> int:
    """Run a feed as if its pause were over."""
    Checkpoint.objects.filter(name=feed.name).update(retry_at=None)
    return runner.run_feed(feed)


def read_all(feed: Feed) -> None:
    for _ in range(100):
        if not runner.run_feed(feed):
            return


def test_a_slow_writer_is_waited_for_and_never_passed_by(town: Town) -> None:
    slow = town.ask(8)
    reader = Reader()
    settled()
    read_all(reader.feed)
    reader.given.clear()
    wrote, go = threading.Event(), threading.Event()

    def writer() -> None:
        try:
            with transaction.atomic():
                town.do("send_back", town.clerk, *slow, reason="补正")  # takes no number, so that nobody waits for it
                wrote.set()
                go.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=writer)
    thread.start()
    assert wrote.wait(30)
    quick = town.ask(8)  # begun later, committed first
    read_all(reader.feed)
    assert reader.given == []  # what comes after one still running waits, or the slow one's events would be missed
    go.set()
    thread.join()
    settled()
    read_all(reader.feed)
    cases = [case for case, _ in reader.given]
    assert set(cases) == {*slow, *quick}
    assert cases.index(slow[0]) < cases.index(quick[0])
    assert effects() == logged()


def test_an_effect_that_fails_half_way_leaves_nothing_and_is_done_once(town: Town) -> None:
    town.ask(8, 8, 8)
    settled()
    fail = [True]

    def once(events: Sequence[Event]) -> None:
        if fail.pop() if fail else False:
            raise ValueError("half way")

    reader = Reader(once)
    assert runner.run_feed(reader.feed) == 0
    point = Checkpoint.objects.get(name=NAME)
    assert (point.failures, point.error) == (1, "ValueError: half way")
    assert point.retry_at is not None
    assert effects() == set()
    assert runner.run_feed(reader.feed) == 0  # it rests before it tries again
    assert at_once(reader.feed) == 3
    assert effects() == logged()
    assert len(reader.given) == 6  # given twice, done once
    assert Checkpoint.objects.get(name=NAME).failures == 0


def test_dying_between_the_effect_and_the_checkpoint_does_nothing_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.ask(8, 8)
    settled()

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    reader = Reader()
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_advance", die)
        with pytest.raises(KeyboardInterrupt):
            runner.run_feed(reader.feed)
    assert effects() == set()
    read_all(reader.feed)
    assert effects() == logged()


def test_one_bad_event_goes_aside_and_the_feed_goes_on(town: Town) -> None:
    good, bad, late = town.ask(8, 8, 8)
    settled()

    def refuse(events: Sequence[Event]) -> None:
        if any(e.case_id == bad for e in events):
            raise LookupError(f"cannot read {bad}")

    reader = Reader(refuse)
    for attempt in range(1, runner.TRIES):
        assert at_once(reader.feed) == 0
        assert backlog(NAME)["failures"] == attempt
    assert at_once(reader.feed) == 3
    (letter,) = DeadLetter.objects.all()
    assert (letter.feed, letter.case_id, letter.error) == (NAME, bad, f"LookupError: cannot read {bad}")
    assert {name.split(".")[0] for name in effects()} == {str(good), str(late)}
    (another,) = town.ask(8)
    settled()
    assert runner.run_feed(reader.feed) == 1
    assert f"{another}." in "".join(effects())
    assert backlog(NAME) == {"name": NAME, "behind": 0, "failures": 0, "error": ""}


def test_two_workers_share_the_work_and_do_nothing_twice(town: Town) -> None:
    town.ask(*[8] * 60)
    settled()
    reader = Reader()
    gate = threading.Barrier(2)

    def work() -> None:
        try:
            gate.wait()
            for _ in range(200):
                runner.run_feed(reader.feed)
                if len(effects()) == len(logged()):
                    return
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert effects() == logged()  # Heartbeat's key would have refused a second one
    assert len(reader.given) == 60


def test_a_feed_begins_again_from_the_first_event(town: Town) -> None:
    town.ask(8, 8)
    settled()
    reader = Reader()
    read_all(reader.feed)
    Heartbeat.objects.all().delete()
    runner.replay(NAME)
    read_all(reader.feed)
    assert effects() == logged()
    assert reader.given[:2] == reader.given[2:]


def test_events_tell_what_happened(town: Town) -> None:
    (case,) = town.ask(8)
    town.do("accept", town.clerk, case, vaccinated=True)
    settled()
    events = [e for e in read_after(START, 1000) if e.case_id == case]
    assert [(e.seq, e.action, e.actor) for e in events] == [(1, "ask", town.owner.person_id), (2, "accept", town.clerk.person_id)]
    assert events[0].process == "dogs.licence"
    assert events[1].body["data"]["vaccinated"] is True
    assert [e.position for e in events] == sorted(e.position for e in events)
    assert read_after(events[-1].position, 10) == []
