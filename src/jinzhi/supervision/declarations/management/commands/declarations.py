"""``manage declarations``: import exchange rates, permits and risk alerts."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jinzhi.kernel.refusals import Refused
from jinzhi.supervision.declarations import importing

COLUMNS = {"rates": importing.RATES, "permits": importing.PERMITS, "alerts": importing.ALERTS}


class Command(BaseCommand):
    help = "货物报检的汇率、许可证、风险警示 / exchange rates, permits and risk alerts of declarations"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser("import", help="import a CSV file (UTF-8): all of it, or nothing and every fault with its line")
        verb.add_argument("what", choices=sorted(COLUMNS))
        verb.add_argument("path", type=Path)
        verb.add_argument("--replace", action="store_true", help="rates: correct the rate of a day that has one")
        verb = verbs.add_parser("template", help="write an empty CSV file with the headings")
        verb.add_argument("what", choices=sorted(COLUMNS))
        verb.add_argument("path", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        what, path = options["what"], options["path"]
        if options["verb"] == "template":
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow(c.title.zh for c in COLUMNS[what])
            self.stdout.write(f"{path}")
            return
        try:
            if what == "rates":
                done = importing.load_rates(path, replace=options["replace"])
            else:
                done = importing.load_permits(path) if what == "permits" else importing.load_alerts(path)
        except Refused as refused:
            both = "\n".join(f"{r.message.zh}\n    {r.message.en}" for r in refused.refusals)
            raise CommandError(f"{both}\n没有写入 / nothing was written") from None
        self.stdout.write(f"新增 {done.new}，更新 {done.changed}，不变 {done.same} / {done.new} new, {done.changed} changed, {done.same} as they were")
