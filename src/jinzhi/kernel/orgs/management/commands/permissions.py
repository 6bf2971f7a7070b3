"""``permissions``: the permission matrix as Markdown or JSON, read from what the views declare."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jinzhi.kernel.orgs import permissions


class Command(BaseCommand):
    help = "Print who may open which address: address, methods, rule, to whom it opens. Fails where a view declares no rule."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="JSON in place of Markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = permissions.table()
        if options["json"]:
            plain = [row | {"title": {"zh": row["title"].zh, "en": row["title"].en}} for row in rows]
            self.stdout.write(json.dumps(plain, ensure_ascii=False, indent=1))
        else:
            kinds = permissions.KINDS
            self.stdout.write(f"| address | methods | rule | {' | '.join(t.en for t in kinds.values())} |\n|---|---|---|{'---|' * len(kinds)}")
            for row in rows:
                marks = " | ".join("●" if kind in row["opens_to"] else "" for kind in kinds)
                self.stdout.write(f"| `{row['address']}` | {' '.join(row['methods'])} | {row['rule']} | {marks} |")
        if missing := permissions.undeclared():
            raise CommandError(f"no rule is declared for: {', '.join(missing)}")
