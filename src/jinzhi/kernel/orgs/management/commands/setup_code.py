"""``setup_code``: print a new one-time code for the first administrator, while no account exists."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jinzhi.kernel.orgs import first_account
from jinzhi.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Print a one-time code for the set-up page (good for 24 hours, replaces the one before). Fails when an account exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="print nothing and succeed when an account exists")

    def handle(self, *args: Any, if_needed: bool = False, **options: Any) -> None:
        if if_needed and first_account.done():
            return
        try:
            self.stdout.write(first_account.new_code())
        except Refused as refused:
            raise CommandError("; ".join(str(one.message) for one in refused.refusals)) from refused
