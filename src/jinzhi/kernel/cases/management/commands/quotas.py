"""``./jinzhi manage quotas``: what of each quota is allotted and used; allot more or less."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jinzhi.kernel.cases import quotas
from jinzhi.kernel.cases.registry import process_on
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

_PERIOD = {"year": (r"\d{4}", "2011"), "month": (r"\d{4}-(0[1-9]|1[0-2])", "2011-05"), "ever": (r"", "nothing")}


class Command(BaseCommand):
    help = "quotas show [PROCESS [QUOTA]] [--json] · quotas set PROCESS QUOTA TOTAL [--key VALUE/VALUE] [--period 2011 or 2011-05]"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["show", "set"])
        parser.add_argument("process", nargs="?", default="")
        parser.add_argument("quota", nargs="?", default="")
        parser.add_argument("total", nargs="?", default="")
        parser.add_argument("--key", default="", help="the values of the key's fields, in the order of the process, joined by /")
        parser.add_argument("--period", default="")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "set":
            self._set(options["process"], options["quota"], options["total"], options["key"], options["period"])
        rows = quotas.allotments(options["process"], options["quota"])
        if options["json"]:
            self.stdout.write(json.dumps([{**row, "total": str(row["total"]), "used": str(row["used"])} for row in rows], ensure_ascii=False, indent=1))
            return
        for row in rows:
            place = " ".join(part for part in (row["key"], row["period"]) if part)
            left = row["total"] - row["used"]
            self.stdout.write(f"{row['process']} {row['quota']} {place}: 额度 allotted {row['total']}, 已用 used {row['used']}, 剩余 left {left}")

    def _set(self, code: str, quota: str, total: str, key: str, period: str) -> None:
        try:
            process = process_on(code, today())
        except LookupError as error:
            raise CommandError(f"没有流程 {code} · there is no process {code}") from error
        if quota not in process.quotas:
            raise CommandError(f"{code} 没有限额 {quota} · it has no quota {quota}; it has: {', '.join(process.quotas) or '-'}")
        spec = process.quotas[quota]
        given = key.split("/") if key else []
        if len(given) != len(spec.key):
            raise CommandError(f"--key 应依次为 {'/'.join(spec.key) or '（空）'} · --key names: {'/'.join(spec.key) or 'nothing'}")
        pattern, example = _PERIOD[spec.per]
        if not re.fullmatch(pattern, period):
            raise CommandError(f"--period {period or '（空）'} 不对，例如 {example} · write --period like {example}, not '{period}'")
        try:
            amount = Decimal(total)
        except InvalidOperation as error:
            raise CommandError(f"额度应为数字 · the total is a number, not '{total}'") from error
        if not amount.is_finite() or amount < 0:
            raise CommandError("额度不能小于 0 · the total is 0 or more")
        try:
            quotas.allot(code, quota, key, period, amount)
        except Refused as refused:
            raise CommandError("; ".join(f"{r.message.zh} · {r.message.en}" for r in refused.refusals)) from refused
