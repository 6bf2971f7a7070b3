"""``./jinzhi manage feeds``: how far every reader of the log has come, and reading it again from the start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from jinzhi.kernel.feeds.events import START, position_before
from jinzhi.kernel.feeds.models import DeadLetter
from jinzhi.kernel.feeds.queries import backlog
from jinzhi.kernel.feeds.runner import all_feeds, replay, retry
from jinzhi.kernel.time import day_of


class Command(BaseCommand):
    help = "feeds status · feeds replay NAME [--since YYYY-MM-DD] · feeds retry [NAME] · feeds new-epoch (once, after a dump was loaded into another server)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "replay", "retry", "new-epoch"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("--since", default="", metavar="YYYY-MM-DD", help="replay: events since that day only")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "new-epoch":
            with connection.cursor() as cursor:
                cursor.execute("select coalesce(max(epoch), 0) + 1 from event")
                (epoch,) = cursor.fetchone()
                cursor.execute(f"alter table event alter column epoch set default {int(epoch)}")
            self.stdout.write(f"新的事件属于第 {epoch} 段 · new events belong to epoch {epoch}")
            return
        names = [feed.name for feed in all_feeds()]
        if options["what"] == "replay":
            if options["name"] not in names:
                raise CommandError(f"没有名为 {options['name']} 的读取器 · there is no such feed; there are: {', '.join(names)}")
            day = day_of(options["since"])
            if options["since"] and day is None:
                raise CommandError(f"{options['since']} 不是日期 · {options['since']} is no date (such as 2011-12-31)")
            replay(options["name"], position_before(day) if day else START)
        if options["what"] == "retry":
            for letter in DeadLetter.objects.filter(**({"feed": options["name"]} if options["name"] else {})).order_by("id"):
                self.stdout.write(f"{letter.feed} {letter.case_id}.{letter.seq}: {retry(letter) or 'ok'}")
        for name in names:
            state = backlog(name)
            dead = DeadLetter.objects.filter(feed=name).count()
            self.stdout.write(f"{name}: 待读 behind {state['behind']}, 失败 failures {state['failures']}, 搁置 dead letters {dead} {state['error']}".rstrip())
