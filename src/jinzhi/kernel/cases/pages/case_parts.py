"""The parts of a case page that follow from the process alone: place in the queue, steps, next actions, history, clocks, lanes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from jinzhi.kernel.cases import lists, personal, standing
from jinzhi.kernel.cases.kept import opened
from jinzhi.kernel.cases.pages import words
from jinzhi.kernel.cases.pages.listing import TITLES, Filter
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.queries import CaseView, Entry, Offer
from jinzhi.kernel.cases.queues.conditions import LISTS
from jinzhi.kernel.cases.registry import in_force
from jinzhi.kernel.cases.signals import TONES, of_cases
from jinzhi.kernel.cases.stages import STAGES
from jinzhi.kernel.cases.standing import NO_DUE, Lane, parse
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now
from jinzhi.kernel.web.parts import Entry as Line
from jinzhi.kernel.web.parts import Step

_BRANCHES = ("prepare", "perform")
"""Stages that not every case passes: shown only where this one did."""


# -- place in a queue --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a case stands in the queue it was opened from."""

    kind: str = ""
    title: Text | str = ""
    at: int = 0
    total: int = 0
    previous: int | None = None
    next: int | None = None
    query: str = ""
    back: str = ""

    @property
    def label(self) -> Text:
        title = TITLES.get(self.kind, TITLES["mine"])
        if not self.at:
            return title
        most = f"{self.total}+" if self.total >= lists.CAP else str(self.total)
        return Text(f"{title.zh}（{self.at}/{most}）", f"{title.en} ({self.at}/{most})")

    @property
    def next_url(self) -> str:
        return reverse("office:case", args=[self.next]) + self.query if self.next else ""

    @property
    def previous_url(self) -> str:
        return reverse("office:case", args=[self.previous]) + self.query if self.previous else ""


def place_of(request: HttpRequest, actor: Actor, case_id: int) -> Place:
    """From the address (or the form's hidden copy of it): the queue and this case's neighbours in it."""
    asked = request.GET.dict()
    if request.method == "POST" and "from" not in asked:  # the fields of an act may be called as conditions are: only these are the form's own
        asked = {key: request.POST[key] for key in ("from", "process", "state", "q", "next") if key in request.POST}
    kind = asked.get("from", "mine")
    if kind == "done":
        return Place(kind, back=reverse("office:done"), query="?from=done")
    kind = {"search": "cases"}.get(kind, kind)
    kind = kind if kind in LISTS else "mine"
    wanted = Filter.read(kind, asked, in_force())
    ids = lists.order(kind, actor, wanted.conditions) if kind != "cases" else []
    at = ids.index(case_id) + 1 if case_id in ids else 0
    following = ids[at] if at < len(ids) else None
    named = asked.get("next", "")
    if not at and named.isdigit() and int(named) in ids:  # just done and gone from the queue: go on where one was
        following = int(named)
    return Place(kind, at=at, total=len(ids), previous=ids[at - 2] if at > 1 else None, next=following, query=wanted.back, back=wanted.url())


# -- steps -------------------------------------------------------------------------------------------------------------


def steps(view: CaseView, entries: Sequence[Entry]) -> list[Step]:
    """The main road in stages with who and when, then the tracks beside it with their state."""
    process, titles = view.process, STAGES | dict(case_pages(view.process.code).stages)
    order = [s for s in STAGES if any(st.stage == s and st.track == "main" for st in process.states.values())]
    reached: dict[str, Entry] = {}
    for entry in reversed(entries):
        for name in entry.body.get("to", ()):
            state = process.states.get(name)
            if state is not None and state.track == "main" and state.stage:
                reached[state.stage] = entry
    here = process.states[view.work.state]
    current = here.stage if not here.closed else ""
    place = order.index(current) if current in order else len(order)
    left = _left(view, entries, order)
    found: list[Step] = []
    for number, stage in enumerate(order):
        if stage in _BRANCHES and stage not in reached:
            continue
        if stage == current:
            found.append(Step(titles[stage], "current", _doing(view)))
        elif stage in reached and (number < place or here.closed):
            found.append(Step(titles[stage], "done", left.get(stage, "")))
        elif here.closed:
            found.append(Step(titles[stage], "skipped", ""))
        elif number < place and stage not in reached:
            found.append(Step(titles[stage], "skipped", Text("不需要", "Not needed")))
        else:
            found.append(Step(titles[stage], "", ""))
    return found + _tracks(view)


def _who(entry: Entry) -> Text:
    at = entry.at.astimezone(ZONE)
    day = words.day_words(at.date(), now())
    return Text(f"{day.zh} {at:%H:%M} {entry.actor.zh}", f"{day.en} {at:%H:%M}, {entry.actor.en}")


def _left(view: CaseView, entries: Sequence[Entry], order: Sequence[str]) -> dict[str, Text]:
    """For each stage the last act done in it: when and by whom."""
    found: dict[str, Text] = {}
    people: set[str] = set()
    stage = ""
    for entry in reversed(entries):
        action = view.process.actions.get(entry.action)
        if action is None:
            continue
        if action.track != "main":
            # What several lanes do side by side (``each``) is the main road's own work: its people are named, not who sent it there.
            if view.process.tracks[action.track][2] and stage and not action.by_system:
                found[stage] = _who(entry)
                people.add(stage)
            continue
        sources = {view.process.states[s].stage for s in action.sources} or {order[0] if order else ""}
        stage = stage if stage in sources else next(iter(sorted(sources)))
        if not (action.by_system and stage in people):  # an officer's act says more than what the platform did after it
            found[stage] = _who(entry)
        if not action.by_system and any(not view.process.roles[r].party for r in action.by):
            people.add(stage)
        for name in entry.body.get("to", ()):
            state = view.process.states.get(name)
            if state is not None and state.track == "main" and state.stage:
                stage = state.stage
    return found


def _doing(view: CaseView) -> Text:
    """Who is at work in the current stage."""
    people = [p for lane in view.work.lanes.values() for p in lane.assignees]
    main = view.work.duties.get("main.1")
    if main is not None and main.assignee:
        people = [main.assignee]
    if people:
        return _listed(list(person_names(people).values()))
    if main is not None:
        return view.process.role_title(main.role)
    return view.state_title


def _tracks(view: CaseView) -> list[Step]:
    """Tracks beside the main one that take one lane (several lanes have a panel of their own)."""
    found = []
    for name, (_, most, each) in view.process.tracks.items():
        spec = view.process.definition.track.get(name)
        lane = view.work.newest(name)
        if spec is None or each or most != 1 or lane is None:
            continue
        state = view.process.states[lane.state]
        mark = "done" if not state.duty and not view.process.at_once.get(lane.state) else ""
        stopped = any(s.ended is None and (s.track, s.lane) == (name, lane.no) for s in view.work.suspensions)
        found.append(Step(Text(spec.zh, spec.en), "stopped" if stopped else mark, state.title))
    return found


# -- next actions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Next:
    """An action the reader may do: its button, its key, and what still stands in the way."""

    action: Action
    lane: Lane
    label: Text
    url: str
    key: str
    tone: str
    blocked: Text | None
    direct: bool
    signing: bool
    wide: bool


def next_actions(view: CaseView, offers: Sequence[Offer], query: str) -> list[Next]:
    """Buttons in the order of the process, those that cannot be undone last; 1 to 8, and 9 for the first of the last."""
    pages = case_pages(view.process.code)
    several = {(o.lane.track) for o in offers if sum(1 for x in offers if x.action.name == o.action.name) > 1}
    ordinary = [o for o in offers if not _danger(view, o.action, pages.danger)]
    grave = [o for o in offers if _danger(view, o.action, pages.danger)]
    found: list[Next] = []
    main = True
    for number, offer in enumerate([*ordinary, *grave], start=1):
        danger = number > len(ordinary)
        label = offer.action.title
        if offer.lane.track in several:
            lane = words.holder_name(offer.lane.holder)
            label = Text(f"{label.zh}（{lane.zh}）", f"{label.en} ({lane.en})")
        pending = offer.lane.pending
        signing = bool(pending and pending["action"] == offer.action.name)
        if signing:
            label = Text(f"核对并签名：{label.zh}", f"Check and sign: {label.en}")
        blocked = Text("；".join(r.message.zh for r in offer.blocked), "; ".join(r.message.en for r in offer.blocked)) if offer.blocked else None
        key = "" if blocked else _key(number, len(ordinary), danger)
        tone = "d" if danger else ("p" if main and not blocked else "")
        main = main and tone != "p"
        url = reverse("office:act", args=[view.id, offer.action.name, offer.lane.no]) + query
        found.append(Next(offer.action, offer.lane, label, url, key, tone, blocked, not offer.action.asks and not danger, signing, _wide(view, offer.action)))
    return found


def _key(number: int, ordinary: int, danger: bool) -> str:
    """1, 2, 3 … for ordinary actions, 9, 8 … for those that cannot be undone, while the two do not meet."""
    key = 10 - (number - ordinary) if danger else number
    return str(key) if (ordinary < key <= 9 if danger else key <= 9) else ""


def _wide(view: CaseView, action: Action) -> bool:
    """Records want more room than the rail has."""
    return any("." in view.process.fields[name].type for name, _ in action.asks)


def _danger(view: CaseView, action: Action, named: frozenset[str]) -> bool:
    ends = any(view.process.states[s].closed for names in action.to.values() for s in names)
    return action.name in named or (ends and any(view.process.fields[f].type == "note" for f, _ in action.asks))


# -- history, clocks, lanes --------------------------------------------------------------------------------------------


def timeline(view: CaseView, entries: Sequence[Entry], limit: int = 12) -> list[Line]:
    """Lines of the history with what a reader looks for: where it led, what was noted, that a signature is still missing."""
    lines = []
    for number, entry in enumerate(entries[:limit]):
        notes = [Text("第一人签名", "first signature")] if entry.body.get("signature") else []
        if entry.to is not None and entry.action != "~claim":
            notes.append(Text(f"给{entry.to.zh}", f"to {entry.to.en}"))
        if entry.action.startswith("~"):
            notes += [Text(said, said) for said in (entry.body.get("text"), entry.body.get("reason")) if isinstance(said, str)]
        written = entry.body.get("data", {})
        spec = view.process.fields
        said = {name: opened(view.work, v) for name, v in written.items() if name in spec and spec[name].type == "note"}
        notes += [Text(v, v) for name, v in said.items() for v in [personal.shown(view.process, name, v)] if isinstance(v, str)]
        if entry.lane.split(".")[0] != "main":
            lane = view.work.lanes.get((entry.lane.split(".")[0], int(entry.lane.split(".")[1])))
            if lane is not None:
                notes.insert(0, words.lane_title(view, lane))
        note = Text("，".join(n.zh for n in notes), ", ".join(n.en for n in notes)) if notes else ""
        bad = any(view.process.states[s].stage == "perform" for s in entry.body.get("to", ()) if s in view.process.states)
        lines.append(Line(entry.title, entry.at, entry.actor, note, "new" if number == 0 else "bad" if bad else ""))
    return lines


@dataclass(frozen=True)
class Clock:
    """A running or stopped limit, in words."""

    title: Text
    basis: str
    lane: Text
    words: Text
    tone: str
    due: dt.datetime | None
    provisional: bool
    stopped: Text | None
    own: bool
    signal: Text | None = None
    signal_tone: str = ""
    promised: Text | None = None
    told: Text | None = None


def clocks(view: CaseView) -> list[Clock]:
    """Limits that count now, the authority's own first, then by due time, with why one stands still."""
    moment = now()
    found = []
    raised = of_cases([view.id]).get(view.id, [])
    for clock in view.work.clocks:
        if clock.stopped is not None:
            continue
        rule = view.process.clocks[clock.name]
        lane = view.work.lanes[(clock.track, clock.lane)]
        reasons = [
            view.process.suspensions[s.reason] for s in view.work.suspensions
            if s.ended is None and s.stops(clock) and s.reason in view.process.suspensions
        ]  # fmt: skip
        due = parse(clock.due) if clock.due and clock.due != NO_DUE else None
        said, tone = words.limit_words(due, moment, "d" if clock.until else clock.limit)
        stopped = Text(f"已停止计时：{reasons[0].zh}", f"Clock stopped: {reasons[0].en}") if reasons else None
        gravest = max((s for s in raised if s.clock == clock.id and s.level), key=lambda s: s.level, default=None)
        found.append(
            Clock(
                rule.title, rule.basis, words.lane_title(view, lane), said, tone, due, clock.provisional, stopped, rule.binds == "organ",
                gravest.title if gravest else None, TONES[gravest.kind] if gravest else "", _promised(clock, moment), _told(view, clock, moment),
            )
        )  # fmt: skip
    return sorted(found, key=lambda c: (not c.own, c.due is None, c.due or moment))


def _promised(clock: standing.Clock, moment: dt.datetime) -> Text | None:
    """The authority's own, shorter date beside the law's."""
    if not clock.promised_due:
        return None
    said = words.day_words(parse(clock.promised_due).date(), moment)
    return Text(f"承诺 {said.zh}", f"promised {said.en}")


def _told(view: CaseView, clock: standing.Clock, moment: dt.datetime) -> Text | None:
    """How long the party was told that the clock would stand still, and whether that has passed."""
    for s in view.work.suspensions:
        if s.ended is None and s.told_until and s.stops(clock):
            until = dt.date.fromisoformat(s.told_until)
            late = calendar().working_days_between(until, moment.date())
            if late > 0:
                return Text(f"告知到 {until}，已超出 {late} 个工作日", f"told until {until}, over by {late} wd")
            return Text(f"告知到 {until}", f"told until {until}")
    return None


@dataclass(frozen=True)
class LaneLine:
    """A lane of a track that several hold: who holds it, where it stands, who is on it."""

    lane: Lane
    holder: Text
    state: Text
    people: Text


def _listed(names: Sequence[Text]) -> Text:
    return Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))


def lanes(view: CaseView, names: dict[int, Text]) -> list[tuple[Text, list[LaneLine]]]:
    """Tracks with a lane for each of several (``each``), for the panel of lanes."""
    found = []
    for name, (_, _, each) in view.process.tracks.items():
        held = view.work.lanes_of(name) if each else []
        if held:
            spec = view.process.definition.track[name]
            lines = [
                LaneLine(lane, words.holder_name(lane.holder), view.process.state_title(lane.state), _listed([names[p] for p in lane.assignees if p in names]))
                for lane in held
            ]  # fmt: skip
            found.append((Text(spec.zh, spec.en), lines))
    return found
