"""The time limits of a case on one page (时限): for each clock the bar, why it ends on that day, where it stood still, what was granted and raised."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jinzhi.kernel.cases import promising, signals, why
from jinzhi.kernel.cases.language import DURATION
from jinzhi.kernel.cases.pages import words
from jinzhi.kernel.cases.pages.case import open_case
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.signals import Signal
from jinzhi.kernel.cases.standing import NO_DUE, Clock, Suspension, counted_from, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now
from jinzhi.kernel.web.parts import Stop

KINDS = {
    why.COUNTED: Text("计入", "Counted"),
    why.MADE_UP: Text("调休上班，计入", "Worked weekend, counted"),
    why.REST: Text("周末，不计", "Weekend, not counted"),
    why.HOLIDAY: Text("放假，不计", "Public holiday, not counted"),
    why.STOPPED: Text("停止计时，不计", "Stood still, not counted"),
    why.MOVED: Text("期满后的休息日，顺延", "Rest day at the end, moved on"),
}
UNITS = {"wd": Text("工作日", "working days"), "d": Text("自然日", "days"), "h": Text("小时", "hours")}


@dataclass(frozen=True)
class Held:
    """A suspension as it is shown. ``over``: how much longer than the party was told, if it is."""

    title: Text
    basis: str
    began: dt.datetime
    ended: dt.datetime | None
    days: int
    by: Text
    told: Text | None
    over: Text | None
    notice: tuple[str, str] | None


@dataclass(frozen=True)
class Granted:
    """An extension as it is shown."""

    by: Text
    who: Text
    reason: str
    at: dt.datetime


@dataclass
class View:
    """One clock, ready to be drawn."""

    title: Text
    lane: Text
    basis: Text
    law: bool
    limit: Text
    story: why.Why
    bar: str
    stops: list[Stop]
    start: Text
    due_words: Text
    unit: Text
    state: tuple[Text, str]
    promise: Text | None
    sentence: Text
    provisional: bool
    held: list[Held] = field(default_factory=list)
    granted: list[Granted] = field(default_factory=list)
    raised: list[Signal] = field(default_factory=list)

    @property
    def lines(self) -> list[tuple[why.Line, Text]]:
        return [(line, KINDS[line.kind]) for part in self.story.parts for line in part.lines]

    @property
    def days(self) -> bool:
        return self.unit is not UNITS["h"]


@require_GET
@office_required
def page(request: HttpRequest, case_id: int) -> HttpResponse:
    """Every clock of the case: those that run first, by their ends, then those that have stopped, newest first."""
    view = open_case(request, case_id)
    running = [c for c in view.work.clocks if c.stopped is None and (c.limit or c.until)]
    over = [c for c in view.work.clocks if c.stopped is not None and (c.limit or c.until)]
    ordered = sorted(running, key=lambda c: (view.process.clocks[c.name].binds != "organ", c.due or NO_DUE)) + over[::-1]
    raised: dict[int, list[Signal]] = {}
    for signal in signals.of_cases([view.id]).get(view.id, []):
        raised.setdefault(signal.clock, []).append(signal)
    extensions = _extensions(view)
    people = person_names({s.began_by for s in view.work.suspensions} | {row[5] for row in extensions})
    notices = _notices(view)
    shown = [_view(view, c, people, notices, extensions, raised.get(c.id, [])) for c in ordered]
    return render(request, "cases/time_limits.html", {"view": view, "name": words.case_name(view.work), "clocks": shown, "closed": view.work.phase != 1})


def _extensions(view: CaseView) -> list[tuple[str, int, str, str, str, int, dt.datetime]]:
    with connection.cursor() as cursor:
        cursor.execute("select track, lane, name, by_time, reason, actor, at from extension where case_id = %s order by id", [view.id])
        return cursor.fetchall()


def _notices(view: CaseView) -> dict[str, list[tuple[dt.datetime, str, str]]]:
    """Documents that tell of suspensions, by kind: (issued, number, address)."""
    wanted = {s.notice for s in view.process.suspensions.values() if s.notice}
    found: dict[str, list[tuple[dt.datetime, str, str]]] = {}
    for document in documents.for_case(view.id) if wanted else ():
        if document.kind in wanted:
            found.setdefault(document.kind, []).append((document.issued_at, document.number, str(document.pk)))
    return found


def _view(
    view: CaseView, clock: Clock, people: dict[int, Text], notices: dict[str, list[tuple[dt.datetime, str, str]]],
    extensions: list[tuple[str, int, str, str, str, int, dt.datetime]], raised: list[Signal],
) -> View:  # fmt: skip
    process, moment = view.process, now()
    rule = process.clocks[clock.name]
    mine = [s for s in view.work.suspensions if s.stops(clock)]
    met = parse(clock.stopped) if clock.stopped else None
    facts = why.Limit(
        counted_from(clock), clock.limit, dt.date.fromisoformat(clock.until) if clock.until else None, clock.extended,
        [why.Held(parse(s.began), parse(s.ended) if s.ended else None, s.reason) for s in mine if met is None or parse(s.began) < met], met,
    )  # fmt: skip
    told = why.explain(facts, calendar(), moment.date())
    still = met is None and any(s.ended is None for s in mine)
    due = told.due
    late = met is None and due is not None and due < moment
    state = (
        (Text("未计", "Void"), "") if clock.void else (Text("已完成", "Met"), "g") if met is not None and (due is None or met <= due)
        else (Text("已完成，超期", "Met, overdue"), "r") if met is not None else (Text("停止计时", "Stopped"), "w") if still
        else (Text("已超期", "Overdue"), "r") if late else (Text("正在计时", "Running"), "b")
    )  # fmt: skip
    law = rule.binds != "stage" and rule.basis != "internal"
    ours = parse(clock.promised_due) if clock.promised_due else None
    stops = [Stop(before, days, _title(view, label)) for before, days, label in told.stops]
    start = parse(clock.started) if not clock.since else counted_from(clock)
    bar = "done" if met is not None else "stopped" if still else "overdue" if late else "running"
    return View(
        title=promising.title(process, clock.name), lane=words.lane_title(view, view.work.lanes[(clock.track, clock.lane)]),
        law=law, basis=Text("本机关规定", "Internal standard") if not law else Text(rule.basis, rule.basis), limit=_limit(clock), story=told, bar=bar, stops=stops,
        start=Text(f"{start.astimezone(ZONE):%m-%d} 起", f"from {words.day_words(start.astimezone(ZONE).date(), moment).en}"),
        due_words=_due(due, law, moment), unit=UNITS[told.unit], state=state,
        promise=_promise(clock.promised, ours, moment) if clock.promised and ours else None,
        sentence=_sentence(told, clock), provisional=clock.provisional,
        held=[_held(view, s, told.unit, people, notices, moment) for s in mine],
        granted=[
            Granted(_amount(by), people.get(actor, Text("系统", "System")), reason, at.astimezone(ZONE))
            for track, lane, name, by, reason, actor, at in extensions if (track, lane, name) == (clock.track, clock.lane, clock.name)
        ],
        raised=raised[::-1],
    )  # fmt: skip


def _wd(n: int) -> str:
    return f"{n} working day{'' if n == 1 else 's'}"


def _title(view: CaseView, reason: str) -> Text:
    spec = view.process.suspensions.get(reason)
    return Text(spec.zh, spec.en) if spec else Text(reason, reason)


def _amount(by: str) -> Text:
    return Text(f"到 {by}", f"to {by}") if len(by) == 10 and by[4] == "-" else promising.words(by)


def _limit(clock: Clock) -> Text:
    base = Text(f"到 {clock.until} 为止", f"until {clock.until}") if clock.until else promising.words(clock.limit)
    if clock.extended:
        more = [promising.words(e) for e in clock.extended]
        return Text(f"{base.zh}，延长 {'、'.join(m.zh for m in more)}", f"{base.en}, extended by {', '.join(m.en for m in more)}")
    return base


def _due(due: dt.datetime | None, law: bool, moment: dt.datetime) -> Text:
    if due is None:
        return Text("", "")
    day = words.day_words(due.astimezone(ZONE).date(), moment)
    return Text(f"法定 {day.zh}", f"by law {day.en}") if law else Text(f"到期 {day.zh}", f"due {day.en}")


def _promise(limit: str, due: dt.datetime, moment: dt.datetime) -> Text:
    said, left = promising.words(limit), calendar().working_days_between(moment.date(), due.astimezone(ZONE).date())
    day = due.astimezone(ZONE).date()
    if due < moment:
        return Text(f"承诺 {said.zh}，应在 {day} 前，已过", f"Promised {said.en}, by {day}: passed")
    return Text(f"承诺 {said.zh}，{day} 前，剩 {left} 个工作日", f"Promised {said.en}, by {day}: {_wd(left)} left")


def _sentence(told: why.Why, clock: Clock) -> Text:
    """The whole count in one sentence, for those who cannot see the bar and for the file."""
    start = counted_from(clock).astimezone(ZONE)
    if told.unit == "h":
        end = f"，{told.due.astimezone(ZONE):%Y-%m-%d %H:%M} 届满" if told.due else "，现在停止计时"
        return Text(f"从 {start:%Y-%m-%d %H:%M} 起连续计 {told.total} 小时{end}", f"{told.total} hours run from {start:%Y-%m-%d %H:%M}" + (
            f" to {told.due.astimezone(ZONE):%Y-%m-%d %H:%M}" if told.due else "; the clock stands still now"))  # fmt: skip
    sums = {kind: sum(line.days for part in told.parts for line in part.lines if line.kind == kind) for kind in KINDS}
    skipped = [(Text("周末", "weekend days"), sums[why.REST]), (Text("节假日", "holidays"), sums[why.HOLIDAY]), (Text("停止计时", "stopped days"), sums[why.STOPPED]),
               (Text("期满后休息日", "rest days at the end"), sums[why.MOVED])]  # fmt: skip
    zh = "、".join(f"{t.zh} {n} 天" for t, n in skipped if n)
    en = ", ".join(f"{n} {t.en}" for t, n in skipped if n)
    made = sums[why.MADE_UP]
    unit = UNITS[told.unit]
    amount = Text(f"{told.total} 个{unit.zh}", f"{told.total} {unit.en}")
    end_zh = f"，到 {told.due.astimezone(ZONE).date()} 届满" if told.due else "，现在停止计时，恢复后继续"
    end_en = f"; the last is {told.due.astimezone(ZONE).date()}" if told.due else "; the clock stands still now and goes on when it resumes"
    return Text(
        f"{start.date()} 当日不计，次日起计 {amount.zh}" + (f"（含调休上班 {made} 天）" if made else "") + (f"；不计{zh}" if zh else "") + end_zh,
        f"{start.date()} itself is not counted; from the next day {amount.en}" + (f" (worked weekends: {made})" if made else "") + (f"; not counted: {en}" if en else "") + end_en,
    )


def _held(
    view: CaseView, s: Suspension, unit: str, people: dict[int, Text], notices: dict[str, list[tuple[dt.datetime, str, str]]], moment: dt.datetime
) -> Held:
    days = calendar()
    began, ended = parse(s.began), parse(s.ended) if s.ended else None
    last = (ended or moment).astimezone(ZONE).date()
    first = began.astimezone(ZONE).date()
    n = days.working_days_between(first - dt.timedelta(days=1), last) if unit == "wd" else (last - first).days + 1
    told = over = None
    if s.told and s.told_until:
        until = dt.date.fromisoformat(s.told_until)
        said = promising.words(s.told) if DURATION.match(s.told) else Text(f"到 {s.told}", f"until {s.told}")
        told = Text(f"{said.zh}（至 {until}）", f"{said.en} (to {until})")
        if last > until:
            late = days.working_days_between(until, last)
            over = Text(f"超出告知 {late} 个工作日", f"{_wd(late)} longer than told")
    spec = view.process.suspensions.get(s.reason)
    documents_ = [d for d in notices.get(spec.notice if spec else "", []) if d[0] >= began and (ended is None or d[0] <= ended)]
    return Held(
        _title(view, s.reason), "" if s.basis in ("internal", "test") else s.basis, began, ended, n, people.get(s.began_by, Text("系统", "System")), told, over,
        (documents_[0][1], documents_[0][2]) if documents_ else None,
    )  # fmt: skip
