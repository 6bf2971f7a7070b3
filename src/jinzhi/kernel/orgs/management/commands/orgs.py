"""``manage orgs load``: write the shipped organisation tree; running it again changes nothing."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jinzhi.kernel.orgs import load_tree


class Command(BaseCommand):
    help = "组织机构树 / the organisation tree"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser("load", help="write the shipped tree (only if it changed)")
        verb.add_argument("--force", action="store_true", help="write it even if nothing changed")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        rows = load_tree.load(force=options["force"])
        self.stdout.write(f"{rows} 个机构已更新 / organisations written, {time.perf_counter() - started:.2f} s")
