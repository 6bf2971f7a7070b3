"""A declaration told to the enterprise in words: who acts next and by when, which clock runs, why it stands still, what was said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.cases.pages.words import limit_words
from jinzhi.kernel.cases.process import State
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.standing import Lane, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.orgs.queries import org_by_path, org_name
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.kernel.web.parts import Step, Stop

# Phases as the enterprise knows them; states of the main track are put to one of them by their stage.
_PHASES = (
    ("intake", Text("报检受理", "Acceptance")),
    ("field", Text("施检", "Inspection")),
    ("decide", Text("综合评定", "Evaluation")),
    ("issue", Text("签证", "Certificate")),
    ("follow", Text("办结", "Done")),
)
_TONES = {"returned": "r", "unfit": "r", "disposing": "r", "declined": "r", "auto_cancelled": "r", "goods_refused": "r", "withdrawn": "o", "archived": "g", "certified": "g"}
_WAITING = ("awaiting_contact", "returned", "disposing")

# What the enterprise does, in its own words: the process names acts as the office sees them (收费 is 缴费 for who pays).
PARTY_ACTS = {
    "take_payment": Text("缴纳费用", "Pay the fee"),
    "resend": Text("修改后重新申报", "Correct and send again"),
    "arrange": Text("联系施检时间地点", "Arrange the inspection"),
    "report_disposal": Text("报告处理结果", "Report the disposal"),
    "report_treatment": Text("报告处理完毕", "Report the treatment"),
    "ask_withdrawal": Text("申请撤单", "Ask to withdraw"),
}
DUTIES = {
    "fee_due": PARTY_ACTS["take_payment"], "returned": PARTY_ACTS["resend"], "awaiting_contact": PARTY_ACTS["arrange"],
    "disposing": PARTY_ACTS["report_disposal"], "treating": PARTY_ACTS["report_treatment"],
}  # fmt: skip


@dataclass
class Turn:
    """Whose turn it is in one lane: what is to be done, by whom, until when. ``mine``: the enterprise's own."""

    title: Text
    who: Text
    mine: bool
    due: dt.datetime | None = None
    words: Text = field(default_factory=lambda: Text("", ""))
    late: bool = False


@dataclass
class Clock:
    """A running or standing clock, as the clock bar draws it."""

    title: Text
    used: int
    total: int
    stops: list[Stop]
    state: str
    start: Text
    due: Text
    unit: Text
    basis: str
    why: Text


def tone(state: str, waiting: bool = False) -> str:
    """Tone of a state's tag: what the enterprise must do is amber, what failed is red, what is done is green."""
    return _TONES.get(state) or ("w" if state in _WAITING or waiting else "b")


def left(due: dt.datetime | None, *, own: bool = True) -> tuple[Text, bool]:
    """Time left in words, and whether it is over: the party's own limits count natural days, the authority's working days."""
    if due is None:
        return Text("", ""), False
    said, tone = limit_words(due, now(), "d" if own else "")
    return said, tone == "r"


def now_of(view: CaseView) -> list[Turn]:
    """Every open turn of the case, the enterprise's own first."""
    work = view.work
    turns = []
    for slot, duty in work.duties.items():
        track, no = slot.split(".")[:2]
        lane = work.lanes[(track, int(no))]
        state = work.process.states[lane.state]
        role = work.process.roles[duty.role]
        mine = bool(role.party) and (work.facts.get(role.party) in view.actor.parties or lane.facts.get(role.party) in view.actor.parties)
        due = parse(duty.due) if not duty.due.startswith("9999") else None
        words, late = left(due, own=bool(role.party))
        turns.append(Turn(_do(view, state, duty.role, mine), _who(view, role.title, lane, role.party), mine, due, words, late))
    seen: set[tuple[str, str]] = set()
    kept = []
    for turn in sorted(turns, key=lambda t: (not t.mine, t.due or dt.datetime.max.replace(tzinfo=dt.UTC))):
        if (turn.title.zh, turn.who.zh) not in seen:
            seen.add((turn.title.zh, turn.who.zh))
            kept.append(turn)
    return kept


def _do(view: CaseView, state: State, role: str, mine: bool) -> Text:
    """The main thing the one whose turn it is can do, in the words of the process."""
    if mine and state.name in DUTIES:
        return DUTIES[state.name]
    steps = [a for a in view.process.by_state.get(state.name, ()) if role in a.by and a.name != "ask_withdrawal"]
    return steps[0].title if steps else state.title


def _who(view: CaseView, role: Text, lane: Lane, party: str) -> Text:
    if party:
        return Text("您单位", "You") if view.work.facts.get(party) in view.actor.parties or lane.facts.get(party) in view.actor.parties else role
    name = org_name(org_by_path(lane.holder or view.work.owner), short=True)
    return Text(f"{name.zh} {role.zh}", f"{role.en}, {name.en}")


def steps(view: CaseView) -> list[Step]:
    """The step strip of the main track."""
    work = view.work
    state = work.process.states[work.state]
    stage = {"review": "intake", "test": "field", "perform": "decide", "prepare": "intake"}.get(state.stage, state.stage)
    order = [name for name, _ in _PHASES]
    if state.closed or state.name == "certified":
        good = state.name in ("archived", "certified")
        return [Step(title, "done" if good or (name != "follow" and order.index(name) < 1) else "skipped" if name != "follow" else "current", work.process.state_title(work.state) if name == "follow" else "") for name, title in _PHASES]
    at = order.index(stage) if stage in order else 0
    return [
        Step(title, "done" if i < at else "current" if i == at else "", work.process.state_title(work.state) if i == at else "")
        for i, (_, title) in enumerate(_PHASES)
    ]


def clocks(view: CaseView) -> list[Clock]:
    """Clocks that run or stand still, those that bind the enterprise first."""
    found = [_clock(view, c) for c in view.work.clocks if c.stopped is None and c.limit and view.process.clocks[c.name].binds != "stage"]
    return [c for c in found if c is not None][:4]


def _clock(view: CaseView, clock: Any) -> Clock | None:
    process = view.process
    rule = process.clocks[clock.name]
    days = calendar()
    at = now()
    started = parse(clock.started)
    amount = int("".join(ch for ch in clock.limit if ch.isdigit()))
    working = clock.limit.endswith("wd")
    if not working and not clock.limit.endswith("d"):
        return None

    def count(a: dt.date, b: dt.date) -> int:
        return days.working_days_between(a, b) if working else (b - a).days

    stops: list[Stop] = []
    halted = 0
    why = Text("", "")
    for s in view.work.suspensions:
        spec = process.suspensions.get(s.reason)
        if spec is None or not s.stops(clock):
            continue
        ended = parse(s.ended) if s.ended else at
        length = max(0, count(parse(s.began).date(), ended.date()))
        stops.append(Stop(max(0, count(started.date(), parse(s.began).date()) - halted), length, Text(spec.zh, spec.en)))
        halted += length
        if s.ended is None:
            why = Text("已停止计时：{z}（第 {n} 天）", "Stopped: {z} (day {n})").format(z=Text(spec.zh, spec.en), n=length + 1)
    used = max(0, count(started.date(), at.date()) - halted)
    due = parse(clock.due) if clock.due else None
    state = "stopped" if why.zh else "overdue" if due and due < at else "running"
    binds = Text("您单位的期限", "Your time limit") if rule.binds == "party" else Text("我们的办理时限", "Our time limit")
    return Clock(
        Text(f"{rule.title.zh}（{binds.zh}）", f"{rule.title.en} ({binds.en.lower()})"), used, amount, stops, state,
        Text(f"{started:%m-%d} 起", f"From {started.day} {started:%b}"), Text(f"{due:%m-%d} 到期", f"Due {due.day} {due:%b}") if due else Text("", ""),
        Text("工作日", "working days") if working else Text("自然日", "days"), "" if rule.basis == "internal" else rule.basis, why,
    )  # fmt: skip
