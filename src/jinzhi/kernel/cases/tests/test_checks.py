"""Each check refuses what it is there for: one change of a sound file at a time, each said where it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from jinzhi.kernel.cases.batch import outcomes
from jinzhi.kernel.cases.checks import check, notes
from jinzhi.kernel.cases.checks.configurations import Explorer
from jinzhi.kernel.cases.language import DefinitionError, Places, parse
from jinzhi.kernel.cases.parts import merge
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.modules import DocumentKind, Module
from jinzhi.kernel.text import Text

SOURCE = Path(__file__).with_name("dogs.toml")
WHOLE = SOURCE.read_text(encoding="utf-8")

# What the dog licence does not need and the language has: added to it, sound.
MORE = """
[role]
registrar = { zh = "登记人员", en = "Registrar", level = "bureau" }

[track]
appeal = { zh = "申诉", en = "Appeal", lanes = [0, 2] }

[state]
appealed = { zh = "申诉中", en = "Appealed", track = "appeal", duty = "registrar" }
in_study = { zh = "研究中", en = "Being studied", track = "appeal" }
heard    = { zh = "已答复申诉", en = "Appeal answered", track = "appeal" }

[action]
appeal = { zh = "申诉", en = "Appeal", by = "owner", from = ["deciding"], to = "appealed", asks = ["received_on", "place", "secret"], takes = "appeals", within = "spring" }
study  = { zh = "送研究", en = "Send to a study", by = "registrar", from = ["appealed"], to = "in_study", opens = ["study"], issues = ["study_note"] }
answer = { zh = "收研究结果", en = "Take the study", by = "system", from = ["in_study"], to = "heard" }
more   = { zh = "延长", en = "Extend", by = "head", once = true, from = ["deciding"], asks = ["reason"], extends = { clock = "deciding", by = "10wd" } }
send   = { zh = "移交", en = "Hand on", by = "head", from = ["deciding"], asks = ["place"], hand = { field = "place", at_most = 2 } }
back   = { zh = "退回", en = "Hand back", by = "head", from = ["deciding"], hand = { back = true } }

[child]
study = { zh = "研究", en = "Study", process = "dogs.study", start = "begin", brief = "to_study", returns = "answer" }

[window]
spring = { zh = "春季", en = "Spring", spans = [["03-01", "04-30"]] }

[quota]
appeals = { zh = "申诉次数", en = "Appeals", per = "year", key = ["place"] }

[clock]
appealing = { zh = "申诉答复", en = "Answer to an appeal", basis = "test", limit = "10d", since = "received_on", starts = ["appealed"], stops = ["heard"] }

[suspension]
study = { zh = "研究期间", en = "Study", basis = "test", while = ["in_study"], clocks = ["appealing"], notice = "study_note" }

[field]
received_on = { zh = "收到日期", en = "Received on", type = "date" }
place       = { zh = "地点", en = "Place", type = "org" }
secret      = { zh = "线索", en = "Lead", type = "text", seen_by = ["owner", "registrar"] }

[document]
study_note = { zh = "研究告知书", en = "Notice of the study", to = ["owner"], signed_by = ["study"] }

[migrate."1999-01-01"]
old = "deciding"
"""
CHILD = """
[process]
code = "dogs.study"
zh = "研究"
en = "Study"
subject = "topic"
basis = ["test"]
effective = 2004-01-01
owners = ["bureau"]
number = { pattern = "{seq}" }
[role]
student = { zh = "研究人员", en = "Student" }
[state]
open = { zh = "进行中", en = "Open", stage = "test", duty = "student" }
over = { zh = "结束", en = "Over", closed = true }
[action]
begin = { zh = "开始", en = "Begin", by = ["system", "student"], from = [], to = "open", asks = ["topic"] }
end = { zh = "结束", en = "End", by = "student", from = ["open"], to = "over" }
[clock]
study = { zh = "研究", en = "Study", basis = "internal", limit = "5d", starts = ["open"], stops = ["over"] }
[field]
topic = { zh = "题目", en = "Topic", type = "text" }
"""


def one_outcome(batch: Any) -> dict[Any, str]:
    return {}


MODULES = [
    dogs.module,
    Module(
        "more",
        Text("更多", "More"),
        briefs={"to_study": len},
        sources={"feed": len},
        guards={"twice": len, "vets_free": len},
        effects={"twice": len},
        deciders={"silent": one_outcome, "single": outcomes("only")(lambda batch: {})},
        documents=(
            DocumentKind("study_note", Text("研究告知书", "Notice"), dogs.module.documents[0].template, dogs.content),  # type: ignore[arg-type]
            DocumentKind("no_sheet", Text("无模板", "No sheet"), Path("/nowhere/none.typ"), dogs.content),  # type: ignore[arg-type]
        ),
    ),
]


def tables(text: str) -> dict[str, Any]:
    top, more = text.split("# more", 1)
    return merge(tomllib.loads(top), tomllib.loads(more))


def problems(text: str, child: str = CHILD) -> list[str]:
    try:
        definition = parse(tables(text), Places.of("dogs.toml", text))
        others = {"dogs.study": parse(tomllib.loads(child))}
        check(definition, Places.of("dogs.toml", text), among=MODULES, others=others)
    except DefinitionError as error:
        return error.problems
    return []


TEXT = WHOLE + "\n# more\n" + MORE


def test_the_whole_is_sound() -> None:
    assert problems(TEXT) == []


CASES = [
    # 1 keys, types
    ('basis  = "test"\nlimit  = "20wd"', 'limit  = "20wd"', "[clock.deciding]", "lacks 'basis'"),
    ('limit  = "20wd"', 'limit  = "20 days"', "[clock.deciding]", "is no duration"),
    ("once   = true\n\n[action.send_back]", "onse   = true\n\n[action.send_back]", "[action.accept]", "does not know the key 'onse' (once?)"),
    ("[suspension]\ncorrection", "[suspensions]\ncorrection", "[suspensions]", "does not know the key 'suspensions' (suspension?)"),
    # 3 one name, one thing
    ("spring = {", "Spring = {", "[window.Spring]", "is no name"),
    ("heard    =", "secret   =", "[field.secret]", "names both a state and a field"),
    # 5 names
    ('to = "in_study", opens', 'to = "in_stady", opens', "[action.study]", "names the state 'in_stady', which does not exist (in_study?)"),
    ('opens = ["study"]', 'opens = ["stady"]', "[action.study]", "the child 'stady', which does not exist (study?)"),
    ('within = "spring"', 'within = "springs"', "[action.appeal]", "the window 'springs', which does not exist (spring?)"),
    ('takes = "appeals"', 'takes = "appeal"', "[action.appeal]", "the quota 'appeal', which does not exist (appeals?)"),
    ('clock = "deciding", by', 'clock = "decide", by', "[action.more]", "the clock 'decide', which does not exist"),
    ('key = ["place"]', 'key = ["plaice"]', "[quota.appeals]", "the field 'plaice', which does not exist (place?)"),
    ('since = "received_on"', 'since = "recieved_on"', "[clock.appealing]", "the field 'recieved_on'"),
    ('notice = "study_note"', 'notice = "study_notes"', "[suspension.study]", "the document 'study_notes'"),
    ('returns = "answer"', 'returns = "answers"', "[child.study]", "the action 'answers'"),
    ('seen_by = ["owner", "registrar"]', 'seen_by = ["owner", "registry"]', "[field.secret]", "the role 'registry'"),
    # 6 functions
    ('guards = ["vaccinated"]', 'guards = ["vacinated"]', "[action.accept]", "the guard 'vacinated' has no function (vaccinated?)"),
    ('guards = ["vaccinated"]', 'guards = ["name_holder"]', "[action.accept]", "is an effect and no guard"),
    ('guards = ["vaccinated"]', 'guards = ["twice"]', "[action.accept]", "registered as guard and effect"),
    ('brief = "to_study"', 'brief = "to_stady"', "[child.study]", "the brief 'to_stady' has no function (to_study?)"),
    ('received_on = { zh = "收到日期", en = "Received on", type = "date" }\nplace       = { zh = "地点", en = "Place", type = "org" }',
     'received_on = { zh = "收到日期", en = "Received on", type = "date" }\nplace       = { zh = "地点", en = "Place", type = "no.record" }',
     "[action.send]", "it must be an org"),
    # 7 outcomes
    ('to     = { vets = ["visiting", "to_visit"], plain = "deciding" }', 'to     = { vets = ["visiting", "to_visit"], plian = "deciding" }',
     "[action.accept]", "to lacks the outcome 'plain' of fierce"),
    ('to     = { vets = ["visiting", "to_visit"], plain = "deciding" }', 'to     = { vets = ["visiting", "to_visit"], plian = "deciding", plain = "deciding" }',
     "[action.accept]", "'plian', which fierce never gives (plain?)"),
    ('decide = "fierce"', 'decide = "silent"', "[action.accept]", "does not say its outcomes"),
    # 8 values
    ('spans = [["03-01", "04-30"]]', 'spans = [["03-01", "04-31"]]', "[window.spring]", "is no span"),
    ('spans = [["03-01", "04-30"]]', 'spans = [["2004-03-01", "2003-04-30"]]', "[window.spring]", "ends before it begins"),
    ("lanes = [0, 2]", "lanes = [3, 2]", "[track.appeal]", "is no range"),
    ('type = "date" }\nplace', 'type = "text" }\nplace', "[clock.appealing]", "since names 'received_on', which is a text; it must be a date"),
    ('level = "bureau" }', 'level = "bureu" }', "[role.registrar]", "level 'bureu' is unknown (bureau?)"),
    ('type = "org" }', 'type = "code" }', "[field.place]", "names no list of codes"),
    ('pattern = "D{org:6}{yy}{seq:5}"', 'pattern = "D{ogr:6}{yy}{seq:5}"', "[process.number]", "the part {ogr:6}"),
    ('hand = { field = "place", at_most = 2 }', 'hand = { field = "place", level = "hq" }', "[action.send]", "exactly one of level, field and back"),
    ('hand = { back = true }', 'hand = { back = true, at_most = 2 }', "[action.back]", "hand.at_most"),
    # 9 tracks
    ('from = ["appealed"], to = "in_study"', 'from = ["appealed", "deciding"], to = "in_study"', "[action.study]", "from names states of several tracks: appeal, main"),
    ('vets = ["visiting", "to_visit"]', 'vets = ["visiting", "deciding"]', "[action.accept]", "leads to two states of one track"),
    ('from   = ["visiting"]\nneeds  = ["visited"]', 'from   = ["visiting"]\nneeds  = ["visited", "asked"]', "[action.collect]", "'asked' of its own track"),
    ('from    = []\nto      = "asked"', 'from    = []\nto      = "granted"', "[action.ask]", "opens a case in 'granted', which is closed"),
    # 10 beside
    ('by = "system", from = ["in_study"], to = "heard"', 'by = "system", from = ["in_study"], to = ["heard", "lapsed"]', "[action.answer]",
     "moves the main track to 'lapsed' and its needs do not say from where"),
    # 11, 12
    ('from = ["in_study"], to = "heard"', 'from = ["in_study"], to = "appealed"', "[state.heard]", "cannot be reached"),
    ('by     = "head"\nfrom   = ["deciding"]\nto     = "granted"', 'by     = "head"\nfrom   = ["deciding"]\nto     = "deciding"', "[state.deciding]", "has no way to an end"),
    # 13, 14, 15
    ('duty = "registrar" }', 'duty = "vet" }', "[state.appealed]", "gives a duty to 'vet', who can do nothing there"),
    ('stage = "decide", duty = "head" }', 'stage = "decide" }', "[state.deciding]", "has no duty and no system action leaves it"),
    (', returns = "answer" }', " }", "[action.answer]", "is done by the system and nothing sets it off"),
    ('by = "registrar", from = ["appealed"]', 'by = "registrar", source = "feed", from = ["appealed"]', "[action.study]", "has a source and is not done by the system"),
    # 16
    # 17, 18
    ('source = "at_once"\nfrom   = ["visiting"]', 'source = "at_once"\nguards = ["vets_free"]\nfrom   = ["visiting"]', "[action.collect]", "may have no guard"),
    ('source = "at_once"\nfrom   = ["visiting"]\nneeds  = ["visited"]\nto     = "deciding"', 'source = "at_once"\nfrom   = ["visiting"]\nneeds  = ["visited"]\nto     = "visiting"',
     "[state.visiting]", "at-once actions run in a circle"),
    ('from = ["deciding"], hand = { back = true }', 'from = ["deciding"]', "[action.back]", "does nothing"),
    # 19
    ('asks = ["place"], hand', "hand", "[action.send]", "hands the lane to 'place', which it does not ask for"),
    ('asks   = ["vaccinated", "vets?"]', 'asks   = ["vaccinated"]', "[action.accept]", "opens lanes of 'visit' for each 'vets', which it does not ask for"),
    ('asks = ["received_on", "place", "secret"]', 'asks = ["received_on", "secret"]', "[action.appeal]", "counts a quota by 'place'"),
    # 20
    ('hand = { field = "place", at_most = 2 }', 'assign = "place"', "[action.send]", "assign names 'place', which is an org"),
    # 21
    ('starts = ["appealed"], stops = ["heard"]', 'starts = ["heard"], stops = ["appealed"]', "[clock.appealing]", "stops in 'appealed', which cannot follow its start"),
    ('limit = "10d", since', "since", "[clock.appealing]", "needs either 'limit' or 'until'"),
    ('starts = ["appealed"], stops = ["heard"]', 'starts = ["appealed"], stops = ["granted"]', "[clock.appealing]", "starts and stops on several tracks"),
    ('starts = ["appealed"], stops = ["heard"]', 'starts = ["appealed"], stops = ["appealed"]', "[clock.appealing]", "starts and stops in the same state, 'appealed'"),
    ('starts = ["appealed"], stops = ["heard"]', 'starts = ["appealed"], stops = ["in_study"]', "[suspension.study]", "stops clock 'appealing' in 'in_study', where it never runs"),
    # 22
    ('by   = "system"\nfrom = ["waiting"]', 'by   = "system"\nfrom = ["asked"]', "[clock.correcting]", "may run out in 'waiting', where its action 'lapse' cannot be done"),
    # 23
    ('asks = ["received_on", "place", "secret"]', 'asks = ["place", "secret"]', "[clock.appealing]", "counts by 'received_on', and 'appeal' starts it without asking for it"),
    # 25
    ('then   = "lapse"\n', "", "[action.lapse]", "nothing sets it off"),
    # 26
    ('issues = ["study_note"]', 'asks = ["reason"]', "[suspension.study]", "notice 'study_note' is issued by no action into or inside its states"),
    # 27
    ('once = true, from = ["deciding"], asks = ["reason"], extends', 'from = ["deciding"], asks = ["reason"], extends', "[action.more]", "could be extended for ever"),
    # 28, 29
    ('apart_from = ["accept"]\n\n[action.collect]', 'apart_from = ["lapse"]\n\n[action.collect]', "[action.visit]", "apart_from names an act of the system"),
    ('by   = "owner"\nfrom = ["waiting"]', 'by   = "owner"\npersons = 2\nfrom = ["waiting"]', "[action.correct]", "persons asks officers, not parties ('owner')"),
    # 30
    ('opens = ["study"], ', "", "[child.study]", "is opened by no action"),
    (', within = "spring"', "", "[window.spring]", "is used by no action"),
    ('takes = "appeals", ', "", "[quota.appeals]", "is used by no action"),
    # 31
    ('seen_by = ["owner", "registrar"]', 'seen_by = ["registrar"]', "[action.appeal]", "asks for 'secret', which 'owner' may not see"),
    ('columns   = ["title"]', 'columns   = ["title", "secret"]', "[process.columns]", "'secret' is not a fact that every reader of the queue may see"),
    # 32
    ('signed_by = ["grant"]', 'signed_by = ["lapse"]', "[document.dog_licence]", "signed_by 'lapse', which no officer does"),
    ('to = ["owner"], number', 'to = ["clerk"], number', "[document.dog_licence]", "is served on 'clerk', who is no party"),
    # 33
    ('start = "begin"', 'start = "beginn"', "[child.study]", "which 'dogs.study' has not (begin?)"),
    ('start = "begin"', 'start = "end"', "[child.study]", "does not open a case"),
    ('process = "dogs.study"', 'process = "dogs.stody"', "[child.study]", "is no process of any module (dogs.study?)"),
    # 34
    ('old = "deciding"', 'old = "decidng"', "[migrate.1999-01-01]", "names the state 'decidng', which does not exist (deciding?)"),
    ('[migrate."1999-01-01"]', '[migrate."2004-01-01"]', "[migrate.2004-01-01]", "is not older than this one"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "section", "said"), CASES, ids=lambda v: str(v)[:40])
def test_it_is_refused_with_its_section(old: str, new: str, section: str, said: str) -> None:
    assert TEXT.count(old) >= 1, old
    found = problems(TEXT.replace(old, new, 1))
    assert any(section in p and said in p for p in found), found
    assert all(p.startswith("dogs.toml:") for p in found)


def changed(*pairs: tuple[str, str]) -> list[str]:
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return problems(text)


def refused(found: list[str], section: str, said: str) -> bool:
    return any(section in p and said in p for p in found)


def test_a_lane_that_ends_elsewhere_blocks_a_join() -> None:
    lost = (
        ("[state]\nappealed", '[state]\nlost = { zh = "已丢失", en = "Lost", track = "visit" }\nappealed'),
        ("[action]\nappeal", '[action]\nlose = { zh = "丢失", en = "Lose", by = "vet", from = ["to_visit"], to = "lost" }\nappeal'),
    )
    assert refused(changed(*lost), "[action.collect]", "needs 'visited'; a lane that ends in 'lost' blocks it for ever")
    by_hand = (('by     = "system"\nsource = "at_once"\nfrom   = ["visiting"]', 'by     = "head"\nfrom   = ["visiting"]'),
               ('stage = "field" }\ndeciding', 'stage = "field", duty = "head" }\ndeciding'))  # fmt: skip
    assert refused(changed(*lost, *by_hand), "[state.visiting]", "main 'visiting', visit 'lost': nothing can be done and the case is not closed (after ask, accept, lose)")


def test_a_configuration_that_can_never_close_is_found_with_the_road_to_it() -> None:
    """Each step is sound by itself: the lanes of the track are used up on the second way round."""
    found = changed(
        ("lanes = [0, 3], each", "lanes = [0, 1], each"),
        ("[action]\nappeal", '[action]\nagain = { zh = "重新检查", en = "Again", by = "head", from = ["deciding"], to = "asked", asks = ["reason"] }\nappeal'),
        ("once   = true\n\n[action.send_back]", "\n[action.send_back]"),
        ('plain = "deciding" }', 'plain = ["visiting", "to_visit"] }'),
        ('asks   = ["vaccinated", "vets?"]', 'asks   = ["vaccinated", "vets"]'),
        ('from = ["waiting"]\nto   = "lapsed"', 'from = ["waiting"]\nto   = "lapsed"'),
        ('by   = "clerk"\nfrom = ["asked"]\nto   = "waiting"', 'by   = "clerk"\nonce = true\nfrom = ["asked"]\nto   = "waiting"'),
    )
    assert refused(found, "[state.asked]", "nothing can be done and the case is not closed")
    assert refused(found, "[state.asked]", "send_back")


def test_once_is_kept_account_of() -> None:
    """The only way on can be used once, and the road comes back."""
    found = changed(("[action]\nappeal", '[action]\nagain = { zh = "重新检查", en = "Again", by = "head", from = ["deciding"], to = "asked", asks = ["reason"] }\nappeal'),
                    ('by   = "clerk"\nfrom = ["asked"]\nto   = "waiting"', 'by   = "clerk"\nonce = true\nfrom = ["asked"]\nto   = "waiting"'))  # fmt: skip
    assert refused(found, "[state.asked]", "nothing can be done and the case is not closed (after ask, send_back, correct, accept, again)") or refused(
        found, "[state.asked]", "nothing can be done and the case is not closed"
    )


def test_an_action_whose_needs_never_stand_together_is_done_in_no_run() -> None:
    found = changed(("[action]\nappeal", '[action]\nnever = { zh = "不可能", en = "Never", by = "head", from = ["deciding"], needs = ["to_visit"], asks = ["reason"] }\nappeal'))
    assert found == []  # two lanes may differ: one visited does not say all are; a reopened one may stand there
    found = changed(("[action]\nappeal", '[action]\nnever = { zh = "不可能", en = "Never", by = "owner", from = ["waiting"], needs = ["visited"], asks = ["reason"] }\nappeal'),
                    ("lanes = [0, 3], each", "lanes = [1, 3], each"))  # fmt: skip
    assert refused(found, "[action.never]", "is done in no run")


def test_an_officer_without_a_clock_and_a_clock_that_never_stops() -> None:
    found = changed(("appealing = {", "other_name = {"), ('starts = ["appealed"], stops = ["heard"]', 'starts = ["in_study"], stops = ["heard"]'))
    assert not refused(found, "[state.appealed]", "no clock runs"), "the case's own clock runs beside it"
    found = changed(('while = ["waiting"], clocks = ["deciding"]', 'while = ["waiting"], clocks = ["correcting"]'), ('limit  = "20wd"\nstarts = ["asked"]', 'limit  = "20wd"\nstarts = ["deciding"]'))
    assert refused(found, "[state.asked]", "asks an officer to act and no clock runs")
    found = changed(
        ("[state]\nappealed", '[state]\ndropped = { zh = "已撤回申诉", en = "Dropped", track = "appeal" }\nappealed'),
        ("[action]\nappeal", '[action]\ndrop = { zh = "撤回申诉", en = "Drop", by = "owner", from = ["appealed"], to = "dropped" }\nappeal'),
    )
    assert refused(found, "[clock.appealing]", "never stops in 'dropped', where the lane is finished")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('owners    = ["bureau"]', 'owners    = ["hq"]', "no owner (hq) lies at or below such an organisation"),
        ("registrar", "auditor", "is an administrator of the platform"),
        ("registrar", "recorder", ""),
    ],
)  # fmt: skip
def test_a_role_nobody_can_hold(old: str, new: str, said: str) -> None:
    text = TEXT.replace('hand = { field = "place", at_most = 2 }', 'hand = { level = "hq" }').replace("asks = [\"place\"], hand", "hand")
    if said:
        assert any(said in p for p in problems(text.replace(old, new))), problems(text.replace(old, new))
    else:
        assert problems(text.replace(old, new)) == []


def test_a_template_that_is_not_there() -> None:
    found = changed(("[document]\nstudy_note", "[document]\nno_sheet"), ('issues = ["study_note"]', 'issues = ["no_sheet"]'), ('notice = "study_note"', 'notice = "no_sheet"'))
    assert refused(found, "[document.no_sheet]", "the template none.typ, which does not exist")


def test_a_start_that_is_not_the_systems() -> None:
    assert refused(problems(TEXT, CHILD.replace('["system", "student"]', '"student"')), "[child.study]", "is not open to the system")


def test_several_problems_at_once() -> None:
    found = changed(('by     = "head"', 'by     = "haed"'), ('notice = "study_note"', 'notice = "study_notes"'), ('en = "Granted"', 'en = "准予"'))
    assert len(found) == 3


def test_what_a_closing_action_cuts_off_is_noted() -> None:
    said = [note.en for note in notes(parse(tables(TEXT)))]
    assert "“Grant” cuts off: Appealed, Being studied" in said
    assert "“Lapse” makes void the clocks: Decision" in said


def test_lanes_of_one_track_stand_in_two_different_states() -> None:
    definition = parse(tables(TEXT))
    (run,) = Explorer(definition).runs()
    assert any({lane for lane, _ in sides[0]} == {"to_visit", "visited"} for _, _, sides in run.configs)
    assert all(len(lanes) <= 2 for _, _, sides in run.configs for lanes in sides)
