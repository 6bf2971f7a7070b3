"""Definitions made up by hypothesis: sound by construction, with tracks, joins, outcomes, loops, several persons, clocks that act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from jinzhi.kernel.cases.batch import Batch, outcomes
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.modules import Module
from jinzhi.kernel.text import Text

PARTY = 77


@outcomes("on", "aside")
def coin(batch: Batch) -> dict[Work, str]:
    return {w: "on" if w.fact("number") is None or w.fact("number") % 2 == 0 else "aside" for w in batch}


def shown(batch: Batch) -> None:
    for work in batch:
        work.row.title = "一件"
        work.row_changed = True


module = Module("made", Text("生成", "Made up"), deciders={"coin": coin}, effects={"shown": shown}, processes=(), parts=(Path(__file__).parent,))

Tables = dict[str, Any]


def named(zh: str, en: str, **more: Any) -> dict[str, Any]:
    return {"zh": zh, "en": en, **more}


@st.composite
def definitions(draw: Any) -> Tables:
    """Tables of a sound process: states ``s0`` to ``sn`` in a row and what else was drawn beside them."""
    number = draw(st.integers(2, 5))
    tables: Tables = {
        "process": named("生成流程", "Made up", code="made.up", effective="2004-01-01", basis=["-"], owners=["bureau"], subject="who", number={"pattern": "M{yy}{seq:6}"}),
        "role": {"asker": named("申请人", "Asker", party="who"), "first": named("甲岗", "First", level="owner"), "second": named("乙岗", "Second", level="owner")},
        "track": {}, "state": {}, "action": {}, "clock": {}, "document": {}, "suspension": {},
        "field": {"who": named("当事人", "Who", type="party"), "number": named("数字", "Number", type="integer"), "word": named("说明", "Word", type="note")},
    }  # fmt: skip
    states, actions = tables["state"], tables["action"]
    actions["ask"] = named("申请", "Ask", by="asker", **{"from": []}, to="s0", asks=["number", "word?"], effects=["shown"])
    for i in range(number):
        target = f"s{i + 1}" if i + 1 < number else "done"
        kind = draw(st.sampled_from(["one", "one", "two", "party", "coin", "at_once"])) if i else "one"
        role = draw(st.sampled_from(["first", "second"]))
        state = states[f"s{i}"] = named(f"状态{i}", f"State {i}", stage="review")
        step = actions[f"go{i}"] = named(f"办理{i}", f"Go {i}", by=role, **{"from": [f"s{i}"]}, to=target, asks=["word?"])
        if kind == "at_once":
            step |= {"by": "system", "source": "at_once"}
            del step["asks"]
            continue
        state["duty"] = "asker" if kind == "party" else role
        if kind == "two":
            step["persons"] = 2
        if kind == "coin":
            step |= {"decide": "coin", "to": {"on": target, "aside": draw(st.sampled_from([[], "done", "dropped"]))}}
            states.setdefault("dropped", named("已放弃", "Dropped", closed=True))
        tables["clock"][f"k{i}"] = named(f"时限{i}", f"Limit {i}", basis="internal", limit="5wd", starts=[f"s{i}"], stops=_next(step, f"s{i}"))
        if kind == "party":
            step["by"] = "asker"
            states.setdefault("dropped", named("已放弃", "Dropped", closed=True))
            actions[f"late{i}"] = named(f"逾期{i}", f"Late {i}", by="system", **{"from": [f"s{i}"]}, to="dropped")
            tables["clock"][f"k{i}"] |= {"then": f"late{i}", "binds": "party"}
    states["done"] = named("已完成", "Done", closed=True)
    _loops(draw, tables, number)
    for lane in range(draw(st.integers(0, 2))):
        _track(draw, tables, number, lane)
    if "dropped" in states and not any("dropped" in _next(a, "") for a in actions.values()):
        del states["dropped"]
    acting = {a["by"] for a in actions.values()}
    tables["role"] = {name: role for name, role in tables["role"].items() if name in acting}
    return tables


def _next(action: dict[str, Any], but: str) -> list[str]:
    found: list[str] = []
    for target in action["to"].values() if isinstance(action["to"], dict) else [action["to"]]:
        found += [target] if isinstance(target, str) else target
    return [s for s in dict.fromkeys(found) if s != but]


def _loops(draw: Any, tables: Tables, number: int) -> None:
    """Ways back, from states where an officer acts."""
    for i in range(1, number):
        role = tables["state"][f"s{i}"].get("duty", "")
        if role in ("first", "second") and draw(st.booleans()):
            back = draw(st.integers(0, i - 1))
            tables["action"][f"back{i}"] = named(f"退回{i}", f"Back {i}", by=role, **{"from": [f"s{i}"]}, to=f"s{back}", asks=["word"])
            tables["clock"][f"k{i}"]["stops"].append(f"s{back}")


def _track(draw: Any, tables: Tables, number: int, place: int) -> None:
    """A track begun by an act that leaves the main one where it is, sometimes needed by the last step."""
    officers = [i for i in range(number) if tables["state"][f"s{i}"].get("duty") in ("first", "second")]
    i = draw(st.sampled_from(officers))
    track, length = f"t{place}", draw(st.integers(1, 2))
    tables["track"][track] = named(f"轨道{place}", f"Track {place}", lanes=[0, draw(st.integers(1, 3))])
    for j in range(length):
        role = draw(st.sampled_from(["first", "second"]))
        name = f"{track}_{j}"
        tables["state"][name] = named(f"分项{place}{j}", f"Part {place}{j}", track=track, duty=role)
        target = f"{track}_{j + 1}" if j + 1 < length else f"{track}_end"
        tables["action"][f"do_{name}"] = named(f"办分项{place}{j}", f"Do {place}{j}", by=role, **{"from": [name]}, to=target, asks=["word?"])
        tables["clock"][f"c_{name}"] = named(f"分项时限{place}{j}", f"Part limit {place}{j}", basis="internal", limit="3d", starts=[name], stops=[target])
    tables["state"][f"{track}_end"] = named(f"分项完{place}", f"Part ended {place}", track=track)
    role = tables["state"][f"s{i}"]["duty"]
    tables["action"][f"begin_{track}"] = named(f"另办{place}", f"Begin {place}", by=role, **{"from": [f"s{i}"]}, to=f"{track}_0", asks=["word?"])
    if draw(st.booleans()):
        tables["action"][f"go{number - 1}"].setdefault("needs", []).append(f"{track}_end")
        if draw(st.booleans()):
            tables["suspension"][track] = named(f"暂停{place}", f"Pause {place}", basis="-", **{"while": [f"{track}_0"]}, clocks=[k for k in tables["clock"] if k == f"k{i}"])


def without_clock(t: Tables) -> None:
    """No clock runs in the first state, and nothing speaks of the one that did."""
    t["clock"].pop("k0")
    for name, stop in list(t.get("suspension", {}).items()):
        stop["clocks"] = [clock for clock in stop["clocks"] if clock != "k0"]
        if not stop["clocks"]:
            t["suspension"].pop(name)


def mutations(tables: Tables) -> Iterator[tuple[str, str, Any]]:
    """Ways to spoil it: what is done, the section that must be named, and a function that does it to a copy."""
    last = max(int(n[2:]) for n in tables["action"] if n.startswith("go"))

    def drop_exits(t: Tables, state: str = f"s{last}") -> None:
        for name in [n for n, a in t["action"].items() if a["from"] == [state]]:
            del t["action"][name]
        for clock in t["clock"].values():
            if clock.get("then", "") not in t["action"]:
                clock.pop("then", None)

    yield "the last state has no exit", f"[state.s{last}]", drop_exits
    yield "a state has another name", "[action.ask]", lambda t: t["state"].update(other=t["state"].pop("s0"))
    yield "a state without a title", "[state.s0]", lambda t: t["state"]["s0"].update(en="")
    yield "two states of one title", "[state.done]", lambda t: t["state"]["done"].update(zh=t["state"]["s0"]["zh"])
    yield "a clock stops nowhere", "[clock.k0]", lambda t: t["clock"]["k0"].update(stops=[])
    yield "a clock stops where it starts", "[clock.k0]", lambda t: t["clock"]["k0"].update(stops=["s0"])
    yield "a clock has no limit", "[clock.k0]", lambda t: t["clock"]["k0"].pop("limit")
    yield "an officer has no clock", "[state.s0]", without_clock
    yield "a duty for somebody else", "[state.s0]", lambda t: t["state"]["s0"].update(duty="asker")
    yield "a role is not there", "[action.go0]", lambda t: t["action"]["go0"].update(by="third")
    yield "an effect without a function", "[action.ask]", lambda t: t["action"]["ask"].update(effects=["shwon"])
    yield "an action does nothing", "[action.idle]", lambda t: t["action"].update(idle=named("空", "Idle", by="first", **{"from": ["s0"]}))
    yield "a state nobody reaches", "[state.lone]", lambda t: t["state"].update(lone=named("孤立", "Lone", closed=True))
    yield "a field nobody asks", "[field.idle]", lambda t: t["field"].update(idle=named("闲置", "Idle", type="text"))
    yield "an unknown key", "[action.ask]", lambda t: t["action"]["ask"].update(asked=["number"])
    yield "the opening leads to an end", "[action.ask]", lambda t: t["action"]["ask"].update(to="done")
    yield "a hand back from nowhere", "[action.go0]", lambda t: t["action"]["go0"].update(hand={"back": True})
    yield "two persons of a party", "[action.ask]", lambda t: t["action"]["ask"].update(persons=2)
    for name, action in tables["action"].items():
        if action.get("decide"):
            yield "an outcome is missing", f"[action.{name}]", lambda t, n=name: t["action"][n]["to"].pop("aside")
    for track in tables["track"]:
        # told of the clock, or of the join that such a lane blocks: whichever of the two the definition has
        yield "a lane never ends its clock", "[", lambda t, n=track: t["action"].update(
            leave=named("离开", "Leave", by=t["action"][f"do_{n}_0"]["by"], **{"from": [f"{n}_0"]}, to=f"{n}_off")
        ) or t["state"].update({f"{n}_off": named("离开了", "Left", track=n)})
        closing = [n for n, a in tables["action"].items() if {"done", "dropped"} & set(_next(a, ""))]
        if closing == [f"go{last}"] and f"{track}_end" in tables["action"][f"go{last}"].get("needs", ()):
            yield "a needed lane can be lost", "[" , lambda t, n=track: t["action"].update(
                lose=named("丢失", "Lose", by=t["action"][f"do_{n}_0"]["by"], **{"from": [f"{n}_0"]}, to=f"{n}_lost")
            ) or t["state"].update({f"{n}_lost": named("丢失了", "Lost", track=n)}) or t["clock"][f"c_{n}_0"]["stops"].append(f"{n}_lost")
