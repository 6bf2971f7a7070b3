"""``manage orgs load``: write the shipped tree; ``manage orgs add``: a branch, a section or an institute of one's own."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jinzhi.kernel.orgs import load_tree
from jinzhi.kernel.orgs.growing import add_org
from jinzhi.kernel.orgs.models import LEVELS
from jinzhi.kernel.refusals import Refused

FIELDS = ("code", "parent", "level", "name_zh", "name_en", "short_zh", "short_en")


class Command(BaseCommand):
    help = "组织机构树 / the organisation tree"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        load = verbs.add_parser("load", help="write the shipped tree (only if it changed)")
        load.add_argument("--force", action="store_true", help="write it even if nothing changed")
        add = verbs.add_parser("add", help="add an organisation below another")
        add.add_argument("code", help="such as 380100")
        add.add_argument("--parent", required=True, help="code of the organisation above, such as 380000")
        add.add_argument("--level", required=True, choices=LEVELS)
        add.add_argument("--name-zh", required=True)
        add.add_argument("--name-en", required=True)
        add.add_argument("--short-zh", default="")
        add.add_argument("--short-en", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "add":
            try:
                org = add_org(**{name: options[name] for name in FIELDS})
            except Refused as refused:
                raise CommandError("\n".join(f"{r.field}: {r.message.zh} · {r.message.en}" for r in refused.refusals)) from refused
            self.stdout.write(f"{org.path}  {org.name_zh} · {org.name_en}")
            return
        started = time.perf_counter()
        rows = load_tree.load(force=options["force"])
        self.stdout.write(f"{rows} 个机构已更新 / organisations written, {time.perf_counter() - started:.2f} s")
