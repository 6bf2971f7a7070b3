"""``manage enterprises``: enrol the enterprises of a CSV file, by the platform itself."""

from __future__ import annotations

import csv
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.refusals import Refused
from jinzhi.registry.enterprises.importing import COLUMNS, load


class Command(BaseCommand):
    help = "企业档案 / files of enterprises"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser("import", help="enrol the enterprises of a CSV file (UTF-8): all of it, or nothing and every fault with its line")
        verb.add_argument("path", type=Path)
        verb.add_argument("--update", action="store_true", help="set the facts of those enrolled already to what the file says")
        verb = verbs.add_parser("template", help="write an empty CSV file with the headings")
        verb.add_argument("path", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "template":
            with options["path"].open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow(c.title.zh for c in COLUMNS)
            self.stdout.write(f"{options['path']}")
            return
        started = time.perf_counter()
        try:
            fresh, old = load(SYSTEM, options["path"], update=options["update"])
        except Refused as refused:
            both = "\n".join(f"{r.message.zh}\n    {r.message.en}" for r in refused.refusals)
            raise CommandError(f"{both}\n没有写入任何企业 / nothing was written") from None
        self.stdout.write(f"{fresh} 家已备案，{old} 家已更新 / enrolled, updated; {time.perf_counter() - started:.1f} s")
