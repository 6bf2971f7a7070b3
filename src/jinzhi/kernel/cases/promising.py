"""Setting promised limits (承诺时限) and thresholds: what is refused, and why, with the figures.

行政许可法 art. 42 lets an authority promise less time than the law gives, never more. The law's limit is the one of the process version in force on
the first day of the promise. Limits of one unit are compared by their figures; days against working days by counting both from every published day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from jinzhi.kernel.cases import clocks, promises
from jinzhi.kernel.cases.language import DURATION
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.registry import process_on
from jinzhi.kernel.cases.standing import STAGE
from jinzhi.kernel.codes.calendar import Calendar, calendar
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now

UNITS = {"wd": Text("个工作日", " working days"), "d": Text("日", " days"), "m": Text("个月", " months"), "y": Text("年", " years"), "h": Text("小时", " hours")}


def words(limit: str) -> Text:
    """``20wd`` → 20 个工作日 / 20 working days."""
    amount, unit = clocks.split(limit)
    en = UNITS[unit].en
    return Text(f"{amount} {UNITS[unit].zh}", f"{amount}{en.removesuffix('s') if amount == 1 else en}")


def longer(ours: str, law: str, days: Calendar) -> tuple[dt.date, dt.date, dt.date] | None:
    """A start day on which ``ours`` would end after ``law``, with both ends; None where it never does."""
    a, b = clocks.split(ours), clocks.split(law)
    months = {"m": 1, "y": 12}
    if a[1] == b[1] or (a[1] in months and b[1] in months):
        short = a[0] * months.get(a[1], 1) <= b[0] * months.get(b[1], 1)
        return None if short else _ends(days.published_until.replace(month=1, day=4), ours, law, days)
    day = max(days.first, days.published_until - dt.timedelta(days=12 * 366))
    while day <= days.published_until:
        found = _ends(day, ours, law, days)
        if found[1] > found[2]:
            return found
        day += dt.timedelta(days=1)
    return None


def _ends(day: dt.date, ours: str, law: str, days: Calendar) -> tuple[dt.date, dt.date, dt.date]:
    start = dt.datetime.combine(day, dt.time(9), ZONE)
    return day, clocks.due(start, ours, days).at.date(), clocks.due(start, law, days).at.date()


def law_of(process: Process, target: str) -> tuple[str, Text, str] | None:
    """What a promise is measured against: the law's limit, its title and basis; for a stage the authority's longest limit. None: unknown target."""
    if target.startswith(STAGE):
        stages = {s.stage for s in process.states.values() if s.track == "main" and not s.closed}
        if target[1:] not in stages:
            return None
        found = [c for c in process.clocks.values() if c.binds == "organ" and c.limit]
        if not found:
            return "", process.clocks[target].title, ""
        start = dt.datetime(2011, 1, 4, 9, tzinfo=ZONE)
        longest = max(found, key=lambda c: clocks.due(start, c.limit, calendar()).at)
        return longest.limit, longest.title, longest.basis
    rule = process.clocks.get(target)
    return (rule.limit, rule.title, rule.basis) if rule is not None and rule.binds == "organ" and rule.limit else None


def targets(process: Process) -> list[tuple[str, Text]]:
    """What can be promised for: the authority's clocks with a limit, and the stages of the main road."""
    stages = dict.fromkeys(s.stage for s in process.states.values() if s.track == "main" and not s.closed and s.stage)
    return [(n, title(process, n)) for n in [*(n for n in process.clocks if law_of(process, n)), *(STAGE + s for s in stages)]]


def title(process: Process, target: str) -> Text:
    """What a promise is for, as people read it: a limit by its name, a stage as such."""
    found = process.clocks[target].title
    return Text(f"环节：{found.zh}", f"Stage: {found.en}") if target.startswith(STAGE) else found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A promise to be set. ``limit`` empty ends what is in force; ``valid_to`` is the last day."""

    process: str
    target: str
    org_path: str
    limit: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    basis: str = ""


def set_promise(wanted: Wanted, by: int) -> int | None:
    """Set it from its first day; clocks that run keep what they were started with. Raises Refused with every reason."""
    refusals = check(wanted)
    if refusals:
        raise Refused(*refusals, status=422)
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_promise(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [wanted.process, wanted.target, wanted.org_path, wanted.limit, wanted.valid_from, wanted.valid_to, wanted.basis, by, now()],
        )
        (found,) = cursor.fetchone()
    promises.forget()
    return int(found) if found is not None else None


def check(wanted: Wanted) -> list[Refusal]:
    """What is wrong with it."""
    found: list[Refusal] = []
    try:
        process: Process | None = process_on(wanted.process, wanted.valid_from)
    except LookupError:
        process = None
        found.append(_no("process", f"没有在该日有效的流程 {wanted.process}", f"No version of the process {wanted.process} is in force on that day"))
    if wanted.limit and not DURATION.match(wanted.limit):
        found.append(_no("limit", f"“{wanted.limit}” 不是期限，写成 15wd、30d、3m、1y 或 24h", f"'{wanted.limit}' is no limit; write 15wd, 30d, 3m, 1y or 24h"))
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        found.append(_no("valid_to", "止日早于起日", "It ends before it begins"))
    law = law_of(process, wanted.target) if process is not None else None
    if process is not None and law is None:
        known = "、".join(name for name, _ in targets(process))
        found.append(_no("target", f"{wanted.target} 不是机关的期限或环节；可用：{known}", f"{wanted.target} is no limit of the authority and no stage; known: {known}"))
    if law and law[0] and wanted.limit and not any(r.field == "limit" for r in found):
        late = longer(wanted.limit, law[0], calendar())
        if late is not None:
            ours, theirs, day, end, must = words(wanted.limit), words(law[0]), *late
            basis = f"（{law[2]}）" if law[2] and law[2] != "internal" else ""
            found.append(
                _no(
                    "limit",
                    f"承诺 {ours.zh} 长于“{law[1].zh}”的 {theirs.zh}{basis}：从 {day} 起算，承诺到 {end}，法定到 {must}。承诺只能更短",
                    f"{ours.en} is longer than the {theirs.en} of “{law[1].en}”: counted from {day} it ends on {end}, the law's on {must}. "
                    "A promise may only be shorter",
                )
            )
    return found


def _no(field: str, zh: str, en: str) -> Refusal:
    return Refusal("promise", Text(zh, en), field)


def set_threshold(
    share: float, left: int, valid_from: dt.date, by: int, *, process: str = "", target: str = "", org_path: str = "", valid_to: dt.date | None = None, to_confirm: bool = False
) -> int:
    """Say when limits warn, from a day: of a process, clock and organisation, or (empty) of all. Raises Refused with every reason."""
    found = []
    if not 0 < share <= 1:
        found.append(_no("share", "比例应大于 0、不大于 1，如 0.8", "The share is more than 0 and at most 1, like 0.8"))
    if not 0 <= left <= 60:
        found.append(_no("left", "剩余工作日应在 0 至 60 之间", "Working days left are from 0 to 60"))
    if valid_to is not None and valid_to < valid_from:
        found.append(_no("valid_to", "止日早于起日", "It ends before it begins"))
    if found:
        raise Refused(*found, status=422)
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_threshold(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [process, target, org_path, share, left, valid_from, valid_to, to_confirm, by, now()],
        )
        (number,) = cursor.fetchone()
    promises.forget()
    return int(number)
