"""The public service guide (办事指南) as the definition gives it: who, with what, in which steps, how long, on what basis, with what result.

Conditions in words, places, telephones and samples are content of the portal and are not here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.cases.products import words
from jinzhi.kernel.cases.stages import STAGES
from jinzhi.kernel.text import Text

_SAID = {"text", "note", "integer", "decimal", "money", "flag", "date", "moment", "span", "code", "place", "party", "org", "person", "case"}


@dataclass(frozen=True)
class Material:
    """One thing to bring: a file, a form of several entries, or something to fill in."""

    title: Text
    how: Text
    required: bool
    several: bool


@dataclass(frozen=True)
class Way:
    """A way in: who may begin, and what is asked."""

    action: str
    title: Text
    who: tuple[Text, ...]
    materials: tuple[Material, ...]


@dataclass(frozen=True)
class Stage:
    """A step of the work: its states in the order of the file, those in which the party has to act apart."""

    title: Text
    states: tuple[Text, ...]
    yours: tuple[Text, ...]


@dataclass(frozen=True)
class Limit:
    """A time limit of the authority, or of the party, with what follows when it passes."""

    title: Text
    time: Text
    basis: Text
    party: bool
    then: Text


@dataclass(frozen=True)
class Guide:
    """A whole guide."""

    code: str
    title: Text
    effective: dt.date
    ways: tuple[Way, ...]
    stages: tuple[Stage, ...]
    limits: tuple[Limit, ...]
    pauses: tuple[tuple[Text, Text], ...]
    ends: tuple[Text, ...]
    papers: tuple[Text, ...]
    basis: tuple[str, ...]
    windows: tuple[tuple[Text, tuple[tuple[str, str], ...]], ...]


def is_service(d: Definition) -> bool:
    """Whether somebody outside the authority can begin it: then it has a public guide."""
    return any(not a.source_states and any(r != "system" and d.role[r].party for r in a.by) for a in d.action.values())


def guide(d: Definition) -> Guide:
    """The guide of a definition."""
    ways = []
    for name, action in d.action.items():
        who = [r for r in action.by if r != "system" and d.role[r].party]
        if not action.source_states and who:
            ways.append(Way(name, words.title(action), tuple(words.title(d.role[r]) for r in who), tuple(_material(d, f) for f in action.asks)))
    parties = {n for n, r in d.role.items() if r.party}
    stages = []
    for stage, title in STAGES.items():
        states = [(n, s) for n, s in d.state.items() if s.track == "main" and s.stage == stage and not s.closed]
        if states:
            yours = tuple(words.title(s) for _, s in states if s.duty in parties)
            stages.append(Stage(title, tuple(words.title(s) for _, s in states), yours))
    served = tuple(words.title(x) for x in d.document.values() if parties & set(x.to))
    return Guide(
        d.process.code, words.title(d.process), d.process.effective, tuple(ways), tuple(stages), tuple(_limit(d, n) for n in d.clock if _told(d, n)),
        tuple((words.title(s), _basis(s.basis)) for s in d.suspension.values()), tuple(words.title(s) for s in d.state.values() if s.closed), served,
        tuple(d.process.basis), tuple((words.title(w), tuple(w.spans)) for w in d.window.values()),
    )  # fmt: skip


def _material(d: Definition, asked: str) -> Material:
    name = asked.rstrip("?")
    spec = d.field[name]
    if spec.type == "file":
        how = Text("上传", "Upload")
    elif spec.type == "signature":
        how = Text("签名", "Sign")
    elif spec.type in _SAID:
        how = Text("网上填写", "Fill in online")
    else:
        how = Text("网上填写表格", "Fill in the form online")
    return Material(words.title(spec), how, not asked.endswith("?"), bool(spec.many))


def _told(d: Definition, name: str) -> bool:
    """Limits the public is told: those of the law, and those that bind the party."""
    clock = d.clock[name]
    return (clock.basis != "internal" or clock.binds == "party") and bool(clock.limit or clock.until)


def _limit(d: Definition, name: str) -> Limit:
    clock = d.clock[name]
    time = words.duration(clock.limit) if clock.limit else Text("至{f}", "until: {f}").format(f=words.title(d.field[clock.until]))
    then = words.title(d.action[clock.then]) if clock.then else Text("", "")
    return Limit(words.title(clock), time, _basis(clock.basis), clock.binds == "party", then)


def _basis(basis: str) -> Text:
    return Text("本机关规定", "Our own standard") if basis == "internal" else Text(basis, basis)
