"""The worker: runs every feed from its checkpoint, the clock job, and the signing of documents.

At least once: a feed's effect and its checkpoint commit together, so that an effect in this database happens exactly once. A batch that
fails is tried again with growing pauses; after several tries it is taken one by one and the events that fail go to the dead letters.
No notification in the writer's transaction (it serialises commits): the runner polls.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import time
from types import FrameType

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from jinzhi.kernel.cases.engine import run_due
from jinzhi.kernel.documents import commands as documents
from jinzhi.kernel.feeds.events import START, Event, Position, read_after, read_one
from jinzhi.kernel.feeds.models import Checkpoint, DeadLetter, Heartbeat
from jinzhi.kernel.feeds.search import index_words
from jinzhi.kernel.modules import Feed, modules
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import as_platform, look_as, sight

log = logging.getLogger("jinzhi.feeds")
POLL = 0.2
TRIES = 5
CLOCK_EVERY = 20.0
PULSE_EVERY = 2.0


def all_feeds() -> list[Feed]:
    """The kernel's own feeds and those of every module."""
    return [Feed("kernel.search", index_words), *(feed for module in modules() for feed in module.feeds)]


def run_feed(feed: Feed) -> int:
    """Read one batch of a feed; gives how many events were read. Several workers may run: the checkpoint row is the lock."""
    Checkpoint.objects.bulk_create([Checkpoint(name=feed.name)], ignore_conflicts=True)
    with sight(SYSTEM), transaction.atomic():
        point = Checkpoint.objects.select_for_update(skip_locked=True).filter(name=feed.name).first()
        if point is None:  # another worker is at it
            return 0
        if point.retry_at is not None and point.retry_at > timezone.now():
            return 0
        events = read_after((point.epoch, int(point.xid), point.pos), feed.batch)
        if not events:
            return 0
        try:
            with transaction.atomic():
                feed.handle(events)
        except Exception as error:  # whatever a reader of the log does wrong, it must not stop the others
            if point.failures + 1 < TRIES:
                _put_off(point, error)
                return 0
            _one_by_one(feed, events)
        _advance(point, events[-1].position)
    return len(events)


def _put_off(point: Checkpoint, error: Exception) -> None:
    point.failures += 1
    point.retry_at = timezone.now() + dt.timedelta(seconds=min(60, 2**point.failures))
    point.error = f"{type(error).__name__}: {error}"[:2000]
    point.save()
    log.warning("feed %s failed (%s of %s): %s", point.name, point.failures, TRIES, point.error)


def _one_by_one(feed: Feed, events: list[Event]) -> None:
    for event in events:
        try:
            with transaction.atomic():
                feed.handle([event])
        except Exception as error:  # the one that fails goes aside with its reason; the feed goes on
            log.error("feed %s gave up on event %s.%s: %s", feed.name, event.case_id, event.seq, error)
            DeadLetter.objects.get_or_create(feed=feed.name, case_id=event.case_id, seq=event.seq, defaults={"error": f"{type(error).__name__}: {error}"[:4000]})


def _advance(point: Checkpoint, position: Position) -> None:
    point.epoch, point.xid, point.pos = position
    point.failures, point.retry_at, point.error = 0, None, ""
    point.save()


def drain(limit: int = 1_000_000) -> int:
    """Run all feeds until nothing is left (tests, demonstration); gives the number of events read."""
    total = 0
    for feed in all_feeds():
        while total < limit:
            read = run_feed(feed)
            total += read
            if not read:
                break
    return total


def replay(name: str, position: Position = START) -> None:
    """Let a feed read the log again from a position (the whole by default). What it made before is its own to recognise."""
    Checkpoint.objects.update_or_create(
        name=name, defaults={"epoch": position[0], "xid": position[1], "pos": position[2], "failures": 0, "retry_at": None, "error": ""}
    )


@as_platform
def retry(letter: DeadLetter) -> str:
    """Give a feed an event once more that it gave up on. Empty when it took it (the letter is gone), else what went wrong."""
    feed = next((f for f in all_feeds() if f.name == letter.feed), None)
    event = read_one(letter.case_id, letter.seq)
    if feed is None or event is None:
        return "the feed is no longer there" if feed is None else "the event is not in the log (archived?)"
    try:
        with transaction.atomic():
            feed.handle([event])
            letter.delete()
    except Exception as error:  # the same fence as in the worker
        letter.error, letter.tries = f"{type(error).__name__}: {error}"[:4000], letter.tries + 1
        letter.save(update_fields=["error", "tries"])
        return letter.error
    return ""


class _Stop:
    def __init__(self) -> None:
        self.asked = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.ask)

    def ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


class _Jobs:
    """What modules want done every so often; a job that fails is told of and tried again at its next time."""

    def __init__(self) -> None:
        self.next: dict[str, float] = {}

    def run(self) -> int:
        """Run those whose time has come; gives how much they had to do."""
        busy = 0
        for module in modules():
            for job in module.jobs:
                if time.monotonic() < self.next.get(job.name, 0.0):
                    continue
                done = 0
                try:
                    done = job.run() or 0
                except (OperationalError, InterfaceError):  # the database is away: everybody waits
                    raise
                except Exception:
                    log.exception("job %s failed", job.name)
                if not done:
                    self.next[job.name] = time.monotonic() + job.every
                busy += done
        return busy


def run_forever() -> None:
    """The worker's loop; ends on SIGTERM or SIGINT after the batch at hand."""
    look_as(SYSTEM)
    stop = _Stop()
    name = f"worker-{os.getpid()}"
    next_clock = next_pulse = 0.0
    jobs = _Jobs()
    while not stop.asked:
        busy = 0
        try:
            now = time.monotonic()
            if now >= next_pulse:
                Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})
                next_pulse = now + PULSE_EVERY
            for feed in all_feeds():
                busy += run_feed(feed)
            busy += documents.sign_pending(limit=5)
            if now >= next_clock:
                if run_due() == 0:
                    next_clock = now + CLOCK_EVERY
                busy += 1
            busy += jobs.run()
        except DatabaseError as error:  # the database restarts: wait for it
            log.warning("%s: %s", name, error)
            close_old_connections()
            time.sleep(1.0)
        if not busy and not stop.asked:
            time.sleep(POLL)
