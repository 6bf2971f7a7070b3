"""``./jinzhi manage log``: is the log what was written, its signed roots, and closed cases into files and back."""

from __future__ import annotations

import datetime as dt
import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jinzhi.kernel.cases.log import archive, offline, roots
from jinzhi.kernel.cases.log.findings import Finding
from jinzhi.kernel.cases.log.verify import verify
from jinzhi.kernel.documents import pki
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import ZONE, day_of


def _day(text: str) -> dt.date:
    found = day_of(text)
    if found is None:
        raise CommandError(f"{text} 不是日期（如 2011-12-31） · {text} is no date (such as 2011-12-31)")
    return found


class Command(BaseCommand):
    help = "事件日志：核验、日志根、归档 · the event log: verify, root, archive, check, restore"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="work out every chain and root again; exit code 1 if anything does not hold")
        check.add_argument("--case", type=int, help="one case only")
        check.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="connections that work side by side")
        check.add_argument("--roots", type=Path, metavar="DIR", help="root files kept elsewhere, compared with those here")
        check.add_argument("--json", action="store_true")
        root = verbs.add_parser("root", help="make today's signed root if there is none yet; print the newest")
        root.add_argument("--out", type=Path, metavar="DIR", help="write every root's file there as well")
        keep = verbs.add_parser("archive", help="closed cases into a signed file")
        keep.add_argument("--closed-before", required=True, metavar="YYYY-MM-DD")
        keep.add_argument("--process", default="")
        keep.add_argument("--limit", type=int, default=10_000, help="cases of one file")
        keep.add_argument("--out", type=Path, metavar="DIR")
        file = verbs.add_parser("check", help="check an archive file without the database")
        file.add_argument("file", type=Path)
        back = verbs.add_parser("restore", help="bring cases of a file back")
        back.add_argument("file", type=Path)
        back.add_argument("--case", type=int, action="append", default=[])

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _verify(self, options: dict[str, Any]) -> None:
        one = options["case"]
        shown = None if options["json"] else self._progress
        report = verify(low=one or 1, high=one + 1 if one else None, jobs=options["jobs"], progress=shown)
        if one and not report.cases:
            raise CommandError(f"没有案件 {one} · there is no case {one}")
        if not one:
            report.findings += roots.verify_roots(_kept(options["roots"]) if options["roots"] else None)
        if options["json"]:
            found = [{"case": f.case, "seq": f.seq, "kind": f.kind, **f.text.as_dict()} for f in report.findings]
            self.stdout.write(json.dumps({"cases": report.cases, "events": report.events, "seconds": round(report.seconds, 2), "findings": found}, ensure_ascii=False))
        else:
            for finding in report.findings:
                self.stdout.write(_line(finding))
            verdict = "完整 intact" if report.intact else f"发现 {len(report.findings)} 处问题 problems found"
            self.stdout.write(f"{report.cases} 件案件 cases, {report.events} 条记录 events, {report.seconds:.1f} s: {verdict}")
        if not report.intact:
            raise SystemExit(1)

    def _progress(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r  {done}/{total}", ending="" if done < total else "\n")

    def _root(self, options: dict[str, Any]) -> None:
        roots.make()
        found = roots.last()
        assert found is not None
        for each in roots.roots() if options["out"] else ():
            roots.publish(each, options["out"])
        self.stdout.write(f"{found.no}  {found.day}  {found.cases} 件 cases, {found.events} 条 events  {found.digest}")

    def _archive(self, options: dict[str, Any]) -> None:
        before = dt.datetime.combine(_day(options["closed_before"]), dt.time(), ZONE)
        ids = archive.candidates(before, options["process"], options["limit"])
        if not ids:
            self.stdout.write("没有可归档的案件 · no case to archive")
            return
        made = archive.archive(ids, options["out"])
        self.stdout.write(f"{made.path}  {made.cases} 件 cases, {made.events} 条 events")

    def _check(self, options: dict[str, Any]) -> None:
        try:
            cases, events, problems = offline.check(options["file"], pki.trusted())
        except (offline.Broken, OSError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        for problem in problems:
            self.stdout.write(problem)
        self.stdout.write(f"{cases} 件 cases, {events} 条 events: {'完整 intact' if not problems else '有问题 not intact'}")
        if problems:
            raise SystemExit(1)

    def _restore(self, options: dict[str, Any]) -> None:
        try:
            back = archive.restore(options["file"], options["case"])
        except Refused as refused:
            raise CommandError("\n".join(f"{r.message.zh}\n{r.message.en}" for r in refused.refusals)) from refused
        self.stdout.write(f"{len(back)} 件已取回 · cases brought back")


def _line(finding: Finding) -> str:
    place = f"{finding.case}.{finding.seq}" if finding.case else "—"
    return f"{place}  {finding.text.zh} · {finding.text.en}"


def _kept(folder: Path) -> list[roots.Root]:
    """Roots as their files say, kept by somebody else."""
    found = []
    for path in sorted(folder.glob("*.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        said = json.loads(item["statement"])
        found.append(
            roots.Root(
                said["no"], dt.date.fromisoformat(said["day"]), said["until"][0], int(said["until"][1]), said["until"][2], said["cases"], said["events"],
                item["statement"], item["signature"], item["certificate"],
            )
        )  # fmt: skip
    if not found:
        raise CommandError(f"{folder} 里没有日志根文件 · there is no root file in {folder}")
    return found
