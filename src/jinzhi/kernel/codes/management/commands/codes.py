"""``manage codes``: load the shipped code lists, import published files, look at and override the working-day calendar."""

from __future__ import annotations

import datetime as dt
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q

from jinzhi.kernel.codes import importers, load
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.codes.models import CalendarDay, CodeEntry, CodeListVersion
from jinzhi.kernel.refusals import Refused


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"日期写成 2011-11-23 这样的格式 (write the date like 2011-11-23): {text}") from None


class Command(BaseCommand):
    help = "代码表与工作日历 / code lists and the working-day calendar"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser("load", help="load the lists shipped with the platform (only what changed)")
        verb.add_argument("--force", action="store_true", help="load again what did not change")
        verbs.add_parser("show", help="the lists and how many entries each has")
        verb = verbs.add_parser("import", help="import a published file")
        verb.add_argument("what", choices=["hs", "unlocode"])
        verb.add_argument("path", type=Path, help="hs: harmonized-system.csv; unlocode: code-list.csv or a folder of files by country")
        verb.add_argument("--all", action="store_true", help="unlocode: also places without sea port, airport, terminal or border crossing")
        days = verbs.add_parser("calendar", help="the working-day calendar").add_subparsers(dest="calendar", required=True)
        verb = days.add_parser("show", help="the days of a year that differ from plain weekends")
        verb.add_argument("year", type=int, nargs="?")
        verb = days.add_parser("override", help="set one day worked or rest, or many from a CSV file (day,working,reason)")
        verb.add_argument("day", help="a day like 2011-11-23, or a CSV file")
        verb.add_argument("state", choices=["working", "rest"], nargs="?")
        verb.add_argument("--reason", default="", help="the notice that says so")
        verb = days.add_parser("publish", help="declare the notice of a year fully entered: its days are no longer provisional")
        verb.add_argument("year", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["verb"] if options["verb"] != "calendar" else f"calendar_{options['calendar']}"
        try:
            getattr(self, f"do_{name}")(options)
        except Refused as refused:
            both = "\n".join(f"{r.message.zh}\n    {r.message.en}" for r in refused.refusals)
            raise CommandError(both) from None

    def do_load(self, options: dict[str, Any]) -> None:
        started = time.perf_counter()
        loaded = load.load_all(force=options["force"])
        for name, rows in loaded.items():
            self.stdout.write(f"{name:44}{rows:>8}")
        self.stdout.write(f"{len(loaded)} 个代码表已更新 / lists loaded, {time.perf_counter() - started:.2f} s")

    def do_show(self, options: dict[str, Any]) -> None:
        imported = dict(CodeEntry.objects.values_list("list").annotate(n=Count("pk", filter=Q(origin=CodeEntry.IMPORTED))))
        for row in CodeListVersion.objects.order_by("list"):
            note = f"  ({imported[row.list]} imported)" if imported.get(row.list) else ""
            self.stdout.write(f"{row.list:44}{row.entries:>8}{note}")

    def do_import(self, options: dict[str, Any]) -> None:
        started = time.perf_counter()
        if options["what"] == "hs":
            name, rows = "hs6", importers.read_hs(options["path"])
        else:
            name, rows = "ports", importers.read_locode(options["path"], everything=options["all"])
        written = load.replace_list(name, rows, origin=CodeEntry.IMPORTED)
        kept = len(rows) - written
        note = f"；{kept} 条保留随平台提供的中英文名称 / {kept} keep the bilingual names shipped" if kept else ""
        self.stdout.write(f"{name}: {written} 条已导入 / entries imported{note}, {time.perf_counter() - started:.2f} s")

    def do_calendar_show(self, options: dict[str, Any]) -> None:
        year = options["year"] or load.last_published_year()
        days = list(CalendarDay.objects.filter(day__year=year))
        if not days:
            raise CommandError(f"日历里没有 {year} 年。先运行 codes load / The calendar has no {year}; run: codes load")
        for row in days:
            if row.working != (row.day.weekday() < 5) or row.source == CalendarDay.OVERRIDE:
                state = "上班 working" if row.working else "放假 rest   "
                self.stdout.write(f"{row.day} {row.day:%a} {state} {row.source:10}{row.reason}")
        worked = sum(row.working for row in days)
        state = "暂按周末推算 provisional" if any(row.provisional for row in days) else "已公布 published"
        self.stdout.write(f"{year}: {worked} 个工作日 / working days, {state}; published until {calendar().published_until}")

    def do_calendar_override(self, options: dict[str, Any]) -> None:
        path = Path(options["day"])
        if path.suffix.lower() == ".csv":
            days = load.read_overrides(path)
        elif options["state"] is None:
            raise CommandError("写明 working 或 rest / say working or rest")
        else:
            try:
                days = {_day(options["day"]): (options["state"] == "working", options["reason"])}
            except ArgumentTypeError as error:
                raise CommandError(str(error)) from None
        changed = load.override_days(days)
        self.stdout.write(
            f"{changed} 天已改 / days changed"
            + ("" if changed == len(days) else f"；{len(days) - changed} 天不在日历内 / outside the calendar")
        )

    def do_calendar_publish(self, options: dict[str, Any]) -> None:
        changed = load.publish_year(options["year"])
        self.stdout.write(f"{changed} 天改为已公布 / days are now published")
