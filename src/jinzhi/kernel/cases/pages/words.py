"""Dates, results and conflicts in words, the one way the workbench writes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from jinzhi.kernel.cases.engine import Result
from jinzhi.kernel.cases.log import titles
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.standing import NO_DUE, Lane, Work, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.queries import SYSTEM_NAME, org_by_path, org_name, person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(day: dt.date, moment: dt.datetime) -> Text:
    """``11-24`` / ``24 Nov``; with the year where it is another one."""
    if day.year != moment.year:
        return Text(day.isoformat(), f"{day.day} {MONTHS[day.month - 1]} {day.year}")
    return Text(f"{day:%m-%d}", f"{day.day} {MONTHS[day.month - 1]}")


def due_words(due: dt.datetime | None, moment: dt.datetime) -> tuple[Text, str]:
    """A due time as a queue says it, and its tone: r overdue, w today, empty later, s where no clock runs."""
    if due is None:
        return Text("未计时", "No time limit"), "s"
    due = due.astimezone(ZONE)
    days = calendar()
    if due < moment:
        late = days.working_days_between(due.date(), moment.date())
        if late > 0:
            return Text(f"超期 {late} 个工作日", f"Overdue {late} wd"), "r"
        hours = int((moment - due).total_seconds() // 3600)
        if hours >= 24:
            natural = (moment.date() - due.date()).days
            return Text(f"超期 {natural} 个自然日", f"Overdue {natural} d"), "r"
        return Text(f"超期 {max(1, hours)} 小时", f"Overdue {max(1, hours)} h"), "r"
    whole_day = (due.hour, due.minute) == (23, 59)
    clock = "" if whole_day else f" {due:%H:%M}"
    if due.date() == moment.date():
        return (Text("今日到期", "Due today") if whole_day else Text(f"今日{clock}", f"Today{clock}")), "w"
    if due.date() == moment.date() + dt.timedelta(days=1):
        return (Text("明日到期", "Due tomorrow") if whole_day else Text(f"明日{clock}", f"Tomorrow{clock}")), ""
    day = day_words(due.date(), moment)
    return Text(f"{day.zh}{clock}", f"{day.en}{clock}"), ""


def share(opened: dt.datetime, due: dt.datetime | None, moment: dt.datetime) -> float | None:
    """The part of the time that is used, 0 to 1; None where no clock runs."""
    if due is None:
        return None
    whole = (due - opened).total_seconds()
    return 1.0 if whole <= 0 else min(1.0, max(0.0, (moment - opened).total_seconds() / whole))


def limit_words(due: dt.datetime | None, moment: dt.datetime, limit: str = "") -> tuple[Text, str]:
    """A limit on the case's own page: how many days are left, in the days the limit counts, with the day itself."""
    words, tone = due_words(due, moment)
    if due is None or tone == "r":
        return words, tone
    due = due.astimezone(ZONE)
    if tone == "w":
        return words, tone
    day = day_words(due.date(), moment)
    if limit and not limit.endswith("wd"):
        left = (due.date() - moment.date()).days
        return Text(f"剩 {left} 个自然日（{day.zh}）", f"{left} day{'' if left == 1 else 's'} left ({day.en})"), tone
    left = calendar().working_days_between(moment.date(), due.date())
    return Text(f"剩 {left} 个工作日（{day.zh}）", f"{left} working day{'' if left == 1 else 's'} left ({day.en})"), tone


def holder_name(path: str) -> Text:
    """Short name of the organisation at a path."""
    return org_name(org_by_path(path), short=True)


def case_name(work: Work) -> str:
    """What a case is called where it has no number yet."""
    return work.number or f"#{work.id}"


def who_next(view: CaseView) -> list[tuple[Text, Text, str]]:
    """Open duties of a case: (who, what for, due as ISO), staff and parties."""
    work = view.work
    people = {d.assignee for d in work.duties.values() if d.assignee}
    names = person_names(people) if people else {}
    found: list[tuple[Text, Text, str]] = []
    for duty in work.duties.values():
        track, no = duty.slot.split(".")[:2]
        lane = work.lanes[(track, int(no))]
        role = work.process.role_title(duty.role)
        who = names.get(duty.assignee or 0)
        if who is None:
            spec = work.process.roles.get(duty.role)
            place = None if spec is None or spec.party else holder_name(work.owner if spec.level == "owner" else lane.holder)
            who = Text(f"{place.zh}{role.zh}", f"{role.en}, {place.en}") if place is not None else role
        found.append((who, work.process.state_title(lane.state), duty.due))
    return found


def result_sentence(view: CaseView | None, process: Process, action: str, result: Result) -> Text:
    """After an act, three facts: what was done, who is next, by when."""
    known = process.actions.get(action)
    title = known.title if known else titles.title(action)
    name = result.number or f"#{result.case}"
    if result.status == "signed":
        need = known.persons if known else 2
        return Text(f"已签名：{title.zh} {name}。还需另一人核对同一内容后签名，共 {need} 人", f"Signed: {title.en}, {name}. Another person must sign the same content ({need} in all)")
    done = Text(f"已办理：{title.zh} {name}。", f"Done: {title.en}, {name}. ")
    if view is None:
        return done
    if view.work.phase != 1:
        return Text(f"{done.zh}案件已办结：{view.state_title.zh}", f"{done.en}The case is closed: {view.state_title.en}")
    following = who_next(view)
    if not following:
        return Text(f"{done.zh}现在是「{view.state_title.zh}」，由系统继续办理", f"{done.en}It is now “{view.state_title.en}”; the platform goes on")
    moment = now()
    sentences = []
    for who, what, due in following[:3]:
        when = Text("", "")
        if due != NO_DUE:
            by, tone = due_words(parse(due), moment)
            when = Text(f"，{by.zh}", f", {by.en.lower()}") if tone else Text(f"，{by.zh.removesuffix('到期')} 前", f", by {by.en.removeprefix('Due ')}")
        sentences.append(Text(f"{who.zh}（{what.zh}{when.zh}）", f"{who.en} ({what.en}{when.en})"))
    return Text(f"{done.zh}下一步由 {'；'.join(s.zh for s in sentences)}", f"{done.en}Next: {'; '.join(s.en for s in sentences)}")


def changed_since(view: CaseView, entries: list[Any], seen: int) -> Text | None:
    """Who did what since a page was opened: ``entries`` is the history, ``seen`` the last event the page knew."""
    later = [e for e in entries if e.seq > seen]
    if not later:
        return None
    later = [e for e in later if e.actor != SYSTEM_NAME] or later  # what a colleague did, not what followed from it
    acts = []
    for e in reversed(later[:3]):
        at = e.at.astimezone(ZONE)
        acts.append(Text(f"{e.actor.zh} 在 {at:%H:%M} 办理了「{e.title.zh}」", f"{e.actor.en} did “{e.title.en}” at {at:%H:%M}"))
    return Text(
        f"{'；'.join(a.zh for a in acts)}。现在是「{view.state_title.zh}」。您填写的内容仍在下面，核对后再提交",
        f"{'; '.join(a.en for a in acts)}. The case is now “{view.state_title.en}”. What you typed is still below; check it, then submit again",
    )


def lane_title(view: CaseView, lane: Lane) -> Text:
    """A lane as people know it: its track, and who holds it."""
    spec = view.process.definition.track.get(lane.track)
    track = Text(spec.zh, spec.en) if spec else view.process.title
    if lane.track == "main" or lane.holder == view.work.owner:
        return track
    place = holder_name(lane.holder)
    return Text(f"{track.zh}，{place.zh}", f"{track.en}, {place.en}")
