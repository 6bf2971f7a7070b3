"""``./jinzhi manage promises``: the authority's own limits and when limits warn: list, set, end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jinzhi.kernel.cases import promises, promising
from jinzhi.kernel.codes import lists
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today


class Command(BaseCommand):
    help = "Promised limits (承诺时限): shorter than the law's, dated, for an organisation and all below it; and when limits warn (预警)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser("list", help="what is in force, will be and was")
        verb.add_argument("process", nargs="?", default="")
        verb = verbs.add_parser("set", help="promise a limit for a clock or a stage (~review)")
        verb.add_argument("process")
        verb.add_argument("target", help="a clock of the process, or ~stage")
        verb.add_argument("limit", help="like 15wd, 30d, 3m, 24h")
        self._when(verb)
        verb.add_argument("--basis", default="", help="the notice or service standard that says so")
        verb = verbs.add_parser("end", help="promise nothing any more from a day")
        verb.add_argument("process")
        verb.add_argument("target")
        self._when(verb)
        verb = verbs.add_parser("warn", help="when limits warn: a share used, or working days left")
        verb.add_argument("share", type=float, help="0.8 = 80 %% used")
        verb.add_argument("left", type=int, help="working days left")
        verb.add_argument("--process", default="")
        verb.add_argument("--target", default="")
        self._when(verb)

    def _when(self, verb: CommandParser) -> None:
        verb.add_argument("--org", default="", help="code of the organisation (without: all)")
        verb.add_argument("--from", dest="start", type=dt.date.fromisoformat, default=None, help="first day (today)")
        verb.add_argument("--to", dest="end", type=dt.date.fromisoformat, default=None, help="last day")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"do_{options['verb']}")(options)
        except Refused as refused:
            raise CommandError("\n".join(f"{r.field}: {r.message.zh}\n    {r.message.en}" for r in refused.refusals)) from None

    def do_list(self, options: dict[str, Any]) -> None:
        promises.forget()
        known = promises.current()
        for (process, target), rows in sorted(known.promises.items()):
            for p in sorted(rows, key=lambda p: (p.org_path, p.valid_from)) if options["process"] in ("", process) else ():
                until = p.valid_to.isoformat() if p.valid_to else "—"
                self.stdout.write(f"{process:28}{target:16}{p.limit:>6}  {p.valid_from} ～ {until:10}  {p.org_path or '*'}  {p.basis}")
        for t in known.thresholds:
            until = t.valid_to.isoformat() if t.valid_to else "—"
            confirm = "  待确认 to confirm" if t.to_confirm else ""
            self.stdout.write(
                f"预警 warn: {t.share:.0%} 或剩 {t.left} 个工作日 / or {t.left} wd left  {t.valid_from} ～ {until}  "
                f"{t.process or '*'} {t.target or '*'} {t.org_path or '*'}{confirm}"
            )

    def do_set(self, options: dict[str, Any], limit: str | None = None) -> None:
        wanted = promising.Wanted(
            options["process"], options["target"], _path(options["org"]), options["limit"] if limit is None else limit, options["start"] or today(),
            options["end"], options.get("basis", ""),
        )  # fmt: skip
        promising.set_promise(wanted, by=0)
        self.stdout.write(f"{wanted.process} {wanted.target}: {wanted.limit or '不再承诺 / no promise'}，自 / from {wanted.valid_from}")

    def do_end(self, options: dict[str, Any]) -> None:
        self.do_set(options, limit="")

    def do_warn(self, options: dict[str, Any]) -> None:
        promising.set_threshold(
            options["share"], options["left"], options["start"] or today(), 0, process=options["process"], target=options["target"],
            org_path=_path(options["org"]), valid_to=options["end"],
        )  # fmt: skip
        self.stdout.write(f"{options['share']:.0%} / {options['left']} wd，自 / from {options['start'] or today()}")


def _path(code: str) -> str:
    if not code:
        return ""
    lists.forget()
    org = org_by_code(code)
    if org is None:
        raise CommandError(f"没有代码为 {code} 的机构 / no organisation has the code {code}")
    return org.path
