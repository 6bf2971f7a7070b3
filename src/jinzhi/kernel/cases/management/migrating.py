"""``./jinzhi manage processes migrate``: running cases to another version, in the name of a process keeper; first with --dry-run."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db import connection

from jinzhi.kernel.cases.migration import CHUNK, migrate, places
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import actor_for
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.refusals import Refusal


def add_arguments(one: argparse.ArgumentParser) -> None:
    """What the command is given."""
    one.add_argument("code")
    one.add_argument("--to", type=int, required=True, metavar="N", help="the version's id that list shows")
    one.add_argument("--by", metavar="USER", help="the process keeper in whose name it is done; it stands in every case's log")
    one.add_argument("--reason", default="")
    one.add_argument("--cases", type=int, nargs="*", help="only these; otherwise every open case of another version")
    one.add_argument("--dry-run", action="store_true", help="say what would move and what would stay, and why")


def run(code: str, to: int, by: str | None, reason: str, cases: list[int] | None, dry_run: bool) -> tuple[dict[str, Any], bool]:
    """Move them, or say what would become of them; gives counts and every case that stays. Fine when none does."""
    target = process_by_id(to)
    if target.code != code:
        raise LookupError(f"版本 {to} 属于 {target.code} · version {to} is of {target.code}, not of {code}")
    if not dry_run and not (by and reason.strip()):
        raise CommandError("写明 --by 和 --reason，或先用 --dry-run · give --by and --reason, or try with --dry-run first")
    moved = 0
    stays: list[tuple[int, Refusal]] = []
    for ids in _batches(target, cases):
        for case_id, refusal in _tried(ids, target) if dry_run else _moved(ids, target, str(by), reason):
            moved += refusal is None
            if refusal is not None:
                stays.append((case_id, refusal))
    reasons = Counter((r.message.zh, r.message.en) for _, r in stays)
    verb = "可转换 · would move" if dry_run else "已转换 · moved"
    lines = [f"{verb}: {moved}", f"保留 · stay: {len(stays)}", *(f"  {n} × {zh} · {en}" for (zh, en), n in reasons.most_common())]
    listed = [{"case": case_id, **refusal.as_dict()} for case_id, refusal in stays]
    return {"moved": moved, "stay": listed, "dry_run": dry_run, "text": "\n".join(lines)}, not stays


@as_platform
def _part(target: Process, last: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from case_ where process = %s and process_version <> %s and phase = 1 and id > %s order by id limit %s",
            [target.code, target.id, last, CHUNK],
        )
        return [row[0] for row in cursor.fetchall()]


def _batches(target: Process, cases: list[int] | None) -> Iterator[list[int]]:
    if cases:
        for start in range(0, len(cases), CHUNK):
            yield cases[start : start + CHUNK]
        return
    last = 0
    while True:
        ids = _part(target, last)
        if not ids:
            return
        last = ids[-1]
        yield ids


def _tried(ids: list[int], target: Process) -> Iterator[tuple[int, Refusal | None]]:
    for case_id, work in as_platform(read_works)(ids).items():
        yield case_id, places(work, target)[0]


def _moved(ids: list[int], target: Process, by: str, reason: str) -> Iterator[tuple[int, Refusal | None]]:
    person = Person.objects.filter(username=by, is_active=True).first()
    if person is None:
        raise CommandError(f"没有用户 {by} · there is no user {by}")
    for case_id, result in zip(ids, migrate(ids, target.id, actor=actor_for(person), reason=reason), strict=True):
        yield case_id, result.refusals[0] if result.refusals else None
