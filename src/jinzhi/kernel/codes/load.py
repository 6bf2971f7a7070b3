"""Loading code lists and the calendar into their tables: whole lists, by COPY, only when something changed."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version as library_version
from pathlib import Path

import chinese_calendar
from django.db import connection, transaction
from django.db.models import Max

from jinzhi.kernel.codes import calendar, files, lists
from jinzhi.kernel.codes.files import Problems, Row
from jinzhi.kernel.codes.models import CalendarDay, CodeEntry, CodeListVersion
from jinzhi.kernel.modules import modules

DATA = Path(__file__).parent / "data"
OVERRIDES = DATA / "calendar_overrides.csv"
FIRST_DAY = dt.date(2004, 1, 1)
PROVISIONAL_YEARS = 10  # rows kept after the last published year, for SQL that joins the calendar
LOCK = 0x6A7A_C0DE  # advisory lock: two processes that start at once load in turn
FORMAT = "2"  # part of every digest: change it when the meaning of a row changes


def shipped_files() -> dict[str, Path]:
    """List name → CSV file: the kernel's own, and ``<module>.<file name>`` for every module's ``code_lists`` folder."""
    found = {path.stem: path for path in sorted(DATA.glob("*.csv")) if path != OVERRIDES}
    for module in modules():
        if module.code_lists is not None:
            found |= {f"{module.code}.{path.stem}": path for path in sorted(module.code_lists.glob("*.csv"))}
    return found


def load_all(force: bool = False) -> dict[str, int]:
    """Load what changed since last time (lists and calendar); gives {list: rows} of what was loaded. One query when nothing changed.

    Raises Refused when a shipped file has a fault; then nothing of it is loaded.
    """
    known = {} if force else dict(CodeListVersion.objects.values_list("list", "digest"))
    loaded: dict[str, int] = {}
    for name, path in shipped_files().items():
        digest = FORMAT + files.digest(path)[1:]
        if known.get(name) != digest:
            loaded[name] = replace_list(name, files.read_list(path), digest=digest)
    digest = _calendar_digest()
    if known.get(calendar.LIST) != digest:
        loaded[calendar.LIST] = load_calendar(digest)
    return loaded


def replace_list(name: str, rows: Iterable[Row], *, digest: str = "", origin: str = CodeEntry.SHIPPED) -> int:
    """Put ``rows`` in place of the list's rows of the same origin, in one transaction; gives how many rows the list has from it.

    Shipped rows win over imported ones of the same code and date, because they carry both languages.
    """
    rows = list(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        CodeEntry.objects.filter(list=name, origin=origin).delete()
        if origin == CodeEntry.SHIPPED:
            CodeEntry.objects.filter(list=name, code__in=[row.code for row in rows]).delete()
        else:
            taken = set(CodeEntry.objects.filter(list=name).values_list("code", flat=True))
            rows = [row for row in rows if row.code not in taken]
        columns = "list, code, zh, en, valid_from, valid_to, extra, pinyin, origin"
        with cursor.copy(f"copy codes_codeentry ({columns}) from stdin") as copy:
            for r in rows:
                extra = json.dumps(r.extra, ensure_ascii=False)
                copy.write_row((name, r.code, r.zh, r.en, r.valid_from, r.valid_to, extra, r.pinyin, origin))
        total = CodeEntry.objects.filter(list=name).count()
        _publish(name, total, digest if origin == CodeEntry.SHIPPED else None)
    lists.forget()
    return len(rows)


def _publish(name: str, entries: int, digest: str | None = None) -> None:
    """Give the list a new version; ``digest`` None keeps the one it has. Versions come from the clock, so none comes twice."""
    values: dict[str, object] = {"version": time.time_ns() // 1000, "entries": entries}
    if digest is not None:
        values["digest"] = digest
    CodeListVersion.objects.update_or_create(list=name, defaults=values)


# --- the calendar ----------------------------------------------------------------------------------------------------------


def _calendar_digest() -> str:
    parts = (FORMAT, library_version("chinesecalendar"), str(PROVISIONAL_YEARS), OVERRIDES.read_text("utf-8"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def last_published_year() -> int:
    """The last year whose holidays the library knows."""
    return max(day.year for day in chinese_calendar.constants.holidays)


def read_overrides(path: Path = OVERRIDES) -> dict[dt.date, tuple[bool, str]]:
    """``day,working,reason`` → {day: (worked, reason)}. Raises Refused with line and column."""
    problems = Problems(path)
    lines = files.csv_lines(path)
    line, header = next(lines, (1, []))
    if [h.strip() for h in header] != ["day", "working", "reason"]:
        problems.add(line, "day", "表头应为 day,working,reason", "The heading should be day,working,reason")
        problems.finish()
    found: dict[dt.date, tuple[bool, str]] = {}
    for line, cells in lines:
        if len(cells) != 3:
            problems.add(line, "", "应有 3 格", "3 cells expected")
            continue
        day, working, reason = (cell.strip() for cell in cells)
        try:
            date = dt.date.fromisoformat(day)
        except ValueError:
            problems.add(line, "day", "日期写成 2011-11-23 这样的格式", "Write the date like 2011-11-23")
            continue
        if working not in ("true", "false"):
            problems.add(line, "working", "写 true（上班）或 false（放假）", "Write true (worked) or false (rest)")
        found[date] = (working == "true", reason)
    problems.finish()
    return found


def calendar_rows() -> list[CalendarDay]:
    """Every day from 2004 to ten years past the last published one, with the shipped overrides."""
    published = last_published_year()
    overrides = read_overrides()
    rows = []
    day, end = FIRST_DAY, dt.date(published + PROVISIONAL_YEARS, 12, 31)
    while day <= end:
        provisional = day.year > published
        if day in overrides:
            working, reason = overrides[day]
            rows.append(CalendarDay(day=day, working=working, provisional=provisional, reason=reason))
        elif provisional:
            rows.append(CalendarDay(day=day, working=day.weekday() < 5, provisional=True, source=CalendarDay.WEEKEND))
        else:
            holiday = chinese_calendar.constants.holidays.get(day, "")
            make_up = chinese_calendar.constants.workdays.get(day, "")
            working = bool(make_up) or (not holiday and day.weekday() < 5)
            rows.append(CalendarDay(day=day, working=working, reason=f"make-up: {make_up}" if make_up else holiday))
        day += dt.timedelta(days=1)
    return rows


def load_calendar(digest: str | None = None) -> int:
    """Write the calendar anew. Days an administrator overrode, and years declared published, stay as they are."""
    rows = {row.day: row for row in calendar_rows()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        settled = CalendarDay.objects.filter(source=CalendarDay.OVERRIDE)
        for kept in settled:
            if kept.day in rows:
                rows[kept.day].working, rows[kept.day].reason, rows[kept.day].source = kept.working, kept.reason, CalendarDay.OVERRIDE
        declared = CalendarDay.objects.filter(provisional=False).aggregate(last=Max("day"))["last"]
        for row in rows.values():
            row.provisional = row.provisional and not (declared and row.day <= declared)
        CalendarDay.objects.all().delete()
        with cursor.copy("copy codes_calendarday (day, working, provisional, source, reason) from stdin") as copy:
            for row in rows.values():
                copy.write_row((row.day, row.working, row.provisional, row.source, row.reason))
        _publish(calendar.LIST, len(rows), digest or _calendar_digest())
        moved = calendar.publish()
    calendar.follow(moved)
    return len(rows)


def override_days(days: dict[dt.date, tuple[bool, str]]) -> int:
    """Set days worked or not, each with its reason (the notice); gives how many rows changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        changed = 0
        for day, (working, reason) in days.items():
            changed += CalendarDay.objects.filter(day=day).update(working=working, source=CalendarDay.OVERRIDE, reason=reason or "override")
        _publish(calendar.LIST, CalendarDay.objects.count())
        moved = calendar.publish()
    calendar.follow(moved)
    return changed


def publish_year(year: int) -> int:
    """Declare a year's notice fully entered: its days are no longer provisional. Gives how many days changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        changed = CalendarDay.objects.filter(day__lte=dt.date(year, 12, 31), provisional=True).update(provisional=False)
        _publish(calendar.LIST, CalendarDay.objects.count())
        moved = calendar.publish()
    calendar.follow(moved)
    return changed


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a list file in the shipped shape (UTF-8, LF)."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
