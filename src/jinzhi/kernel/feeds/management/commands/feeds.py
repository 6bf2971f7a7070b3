"""``./jinzhi manage feeds``: how far every reader of the log has come, and reading it again from the start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jinzhi.kernel.feeds.models import DeadLetter
from jinzhi.kernel.feeds.queries import backlog
from jinzhi.kernel.feeds.runner import all_feeds, replay


class Command(BaseCommand):
    help = "feeds status · feeds replay NAME"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "replay"])
        parser.add_argument("name", nargs="?", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        names = [feed.name for feed in all_feeds()]
        if options["what"] == "replay":
            if options["name"] not in names:
                raise CommandError(f"没有名为 {options['name']} 的读取器 · there is no such feed; there are: {', '.join(names)}")
            replay(options["name"])
        for name in names:
            state = backlog(name)
            dead = DeadLetter.objects.filter(feed=name).count()
            self.stdout.write(f"{name}: 待读 behind {state['behind']}, 失败 failures {state['failures']}, 搁置 dead letters {dead} {state['error']}".rstrip())
