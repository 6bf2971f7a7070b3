"""Everything that follows from a definition: drawn, listed, compared, tried; through the functions and through the command."""

from __future__ import annotations

import json
import re
from io import StringIO
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.parts import read
from jinzhi.kernel.cases.products.diagram import diagram, width_of, wrap
from jinzhi.kernel.cases.products.diff import diff
from jinzhi.kernel.cases.products.guide import guide, is_service
from jinzhi.kernel.cases.products.layout import lay_out
from jinzhi.kernel.cases.products.schema import json_schema, schemas
from jinzhi.kernel.cases.products.tables import documents, fields, permission_matrix, plain
from jinzhi.kernel.cases.products.trial import try_definition
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.modules import modules

SOURCE = Path(__file__).with_name("dogs.toml")
WHOLE = SOURCE.read_text(encoding="utf-8")
FILES = [SOURCE, *(path for module in modules() for path in module.processes)]
pytestmark = pytest.mark.django_db


def boxes(svg: str, kind: str) -> list[tuple[float, float, float, float]]:
    tree = ET.fromstring(svg)  # noqa: S314 (our own text)
    found = [e.attrib for e in tree.iter() if e.tag.endswith("rect") and kind in e.attrib.get("class", "").split()]
    return [(float(a["x"]), float(a["y"]), float(a["width"]), float(a["height"])) for a in found]


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_diagram_shows_every_state_and_nothing_lies_on_another(path: Path, language: str) -> None:
    d = read(path)
    svg = diagram(d, language)
    states, labels = boxes(svg, "q-flow__state"), boxes(svg, "q-flow__paper")
    assert len(states) == len(d.state)
    assert not [1 for a, b in combinations(states, 2) if overlap(a, b)]
    assert not [1 for a in states for b in labels if overlap(a, b)]
    assert not [1 for a, b in combinations(labels, 2) if overlap(a, b)]
    words = re.sub(r"\s", "", "".join(ET.fromstring(svg).itertext()))  # noqa: S314
    for entry in [*d.state.values(), *(a for a in d.action.values() if a.to)]:
        assert re.sub(r"\s", "", entry.zh if language == "zh" else entry.en) in words
    assert "style=" not in svg
    assert "<style" not in svg
    assert "<style>" in diagram(d, language, standalone=True)
    assert svg == diagram(d, language)


def test_a_layout_keeps_order_and_gaps() -> None:
    drawing = lay_out(dict.fromkeys("abcd", (60, 20)), [("a", "b", (40, 10)), ("b", "c", (40, 10)), ("c", "a", (40, 10)), ("a", "d", (40, 10)), ("b", "b", (10, 10))])
    assert drawing.boxes["a"].y < drawing.boxes["b"].y < drawing.boxes["c"].y
    (back,) = [line for line in drawing.lines if (line.source, line.target) == ("c", "a")]
    assert back.through[0] is drawing.boxes["c"]
    assert back.through[-1] is drawing.boxes["a"]
    assert all(a.layer - b.layer == 1 for a, b in pairwise(back.through))
    assert lay_out({}, []).boxes == {}
    assert wrap("a long English title of a state", 80, 12)[0] == "a long"
    assert all(width_of(line, 12) <= 60 for line in wrap("一二三四五六七八九十", 60, 12))


def test_the_permission_matrix_says_who_where_and_apart_in_both_directions() -> None:
    rows = {(r.action, r.role): r for r in permission_matrix(read(SOURCE))}
    assert rows[("visit", "vet")].persons == 2
    assert [t.en for t in rows[("accept", "clerk")].apart_from] == ["Visit", "Grant"]
    assert rows[("accept", "clerk")].where.en == "the owner"
    assert rows[("correct", "owner")].where.en == "the party"
    assert rows[("collect", "system")].track.en == "Main track"


def test_fields_and_documents_say_where_they_are_used() -> None:
    d = read(SOURCE)
    rows = {r.name: r for r in fields(d)}
    assert [t.en for t in rows["vets"].optional_by] == ["Accept"]
    assert rows["vets"].many == "1–3"
    assert rows["title"].column
    (paper,) = documents(d)
    assert ([t.en for t in paper.issued_by], [t.en for t in paper.to], [t.en for t in paper.signed_by]) == (["Grant"], ["Owner"], ["Grant"])
    assert json.loads(json.dumps(plain(list(rows.values()))))[0]["title"]["zh"] == "申请人"


def test_the_schema_of_a_form_names_what_is_required(dog_module: None) -> None:
    schema = json_schema(read(SOURCE), "accept")
    assert schema["required"] == ["vaccinated"]
    assert set(schema["properties"]) == {"vaccinated", "vets"}
    assert list(schemas(read(SOURCE), opening=True)) == ["ask"]
    with pytest.raises(LookupError, match="has no action 'nothing'"):
        json_schema(read(SOURCE), "nothing")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_guide_tells_the_public_what_the_file_says(path: Path) -> None:
    d = read(path)
    assert is_service(d)
    book = guide(d)
    assert book.ways
    assert book.stages
    assert all(limit.time.zh and limit.basis.zh for limit in book.limits)


def test_the_guide_of_the_dog_licence() -> None:
    book = guide(read(SOURCE))
    assert [(m.title.en, m.how.en) for m in book.ways[0].materials] == [("Dog", "Fill in online"), ("Weight", "Fill in online")]
    assert [(x.title.en, x.time.en, x.party, x.then.en) for x in book.limits] == [("Decision", "20 working days", False, ""), ("Correction", "30 days", True, "Lapse")]
    assert [t.en for t in book.papers] == ["Dog licence"]
    assert [t.en for s in book.stages for t in s.yours] == ["To be corrected"]


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    text = WHOLE.replace("effective = 2004-01-01", "effective = 2012-01-01")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / "dogs_new.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_differences_are_said_in_words(tmp_path: Path) -> None:
    new = changed(
        tmp_path,
        ('limit  = "20wd"', 'limit  = "10wd"'),
        ('by     = "head"\n', 'by     = ["head", "clerk"]\n'),
        ('reason     = {', 'remark     = {'),
        ('asks = ["reason", "days?"]', 'asks = ["remark", "days?"]'),
    )
    said = [c.words.en + ": " + "; ".join(t.en for t in c.details) for c in diff(read(SOURCE), read(new))]
    assert "Clock “Decision” changed: limit: 20 working days → 10 working days" in said
    assert "Action “Grant” changed: who acts: Head → Head, Clerk" in said
    assert "Field “Reason” removed: " in said
    assert "Field “Reason” added: " in said
    assert "Process “Dog licence” changed: effective date: 2004-01-01 → 2012-01-01" in said
    assert diff(read(SOURCE), read(SOURCE)) == []


RENAMED = (("visiting", "examining"), ('en = "Being visited"', 'en = "Being examined"'))


def test_a_trial_finds_who_has_no_place_and_writes_nothing(town: Town, tmp_path: Path) -> None:
    one, two, three = town.ask(10, 50, 50)
    town.do("accept", town.clerk, two, three, vaccinated=True, vets=["a"])
    lost = read(changed(tmp_path, *RENAMED))
    mapped = read(changed(tmp_path, *RENAMED, ("[field]\n", '[migrate."2004-01-01"]\nvisiting = "examining"\n\n[field]\n')))
    before = registry.versions()
    with CaptureQueriesContext(connection) as captured:
        trial = try_definition(lost)
    assert not [q for q in captured if not q["sql"].lstrip().lower().startswith("select")]
    assert not trial.sound
    assert trial.states == {"visiting": 2}
    assert {c.case: c.stands for c in trial.cases} == {one: True, two: False, three: False}
    found = try_definition(mapped, 1000)
    assert found.sound
    assert {x.becomes for c in found.cases for x in c.lanes if x.mapped} == {"examining"}
    assert registry.versions() == before
    assert len(try_definition(mapped, 2).cases) == 2
    assert {c.lanes[0].state for c in try_definition(mapped, 2).cases} == {"asked", "visiting"}


def test_a_trial_says_which_actions_and_clocks_are_other(town: Town, tmp_path: Path) -> None:
    (case,) = town.ask(10)
    new = changed(tmp_path, ("[action.send_back]", "[action.ask_more]"), ('limit  = "20wd"', 'limit  = "10wd"'))
    (tried,) = try_definition(read(new)).cases
    assert tried.case == case
    assert (tried.kept, tried.gone, tried.new) == (("accept",), ("send_back",), ("ask_more",))
    assert [t.en for t in tried.clocks] == ["The clock “Decision” is 10 working days instead of 20 working days; one that runs keeps its own"]


# -- the command ---------------------------------------------------------------------------------------------------------


def run(*words: str | Path) -> Any:
    out = StringIO()
    call_command("processes", *map(str, words), "--json", stdout=out)
    return json.loads(out.getvalue())


def said(*words: str | Path) -> str:
    out = StringIO()
    call_command("processes", *map(str, words), stdout=out)
    return out.getvalue()


def test_check_names_what_is_wrong_and_ends_with_one(dog_module: None, tmp_path: Path) -> None:
    answer = run("check")
    assert answer["ok"]
    assert {f["code"] for f in answer["files"]} >= {"dogs.licence"}
    bad = changed(tmp_path, ('by     = "head"', 'by     = "haed"'))
    with pytest.raises(SystemExit) as end:
        run("check", bad)
    assert end.value.code == 1
    with pytest.raises(SystemExit):
        said("check", bad)
    with pytest.raises(CommandError, match="cannot be read"):
        said("check", tmp_path / "nothing.toml")


def test_check_of_a_part_checks_who_inherits_it(dog_module: None, tmp_path: Path) -> None:
    top = changed(tmp_path, ('code      = "dogs.licence"\n', 'code      = "dogs.licence"\ninherits  = ["extra"]\n'))
    part = tmp_path / "extra.toml"
    part.write_text("[params]\nfee = 5\n")
    answer = run("check", part)
    assert [f["file"] for f in answer["files"]] == [top.name]
    assert answer["parts"] == {"extra.toml": [top.name]}
    lonely = tmp_path / "lonely.toml"
    lonely.write_text("[params]\nfee = 5\n")
    with pytest.raises(CommandError, match="a part that nobody inherits"):
        said("check", lonely)


def test_list_and_show(town: Town) -> None:
    town.ask(10, 20)
    (row,) = [v for v in run("list")["versions"] if v["code"] == "dogs.licence"]
    assert row["open_cases"] == 2
    assert row["hash"][:12] in said("list")
    assert said("show", "dogs.licence", "--as", "diagram", "--language", "en").startswith("<svg")
    assert "Accept" in said("show", "dogs.licence", "--as", "permissions", "--language", "en")
    assert run("show", "dogs.licence", "--as", "schema")["schema"]["ask"]["required"] == ["dog", "weight"]
    assert run("show", "dogs.licence", "--version", str(row["id"]))["definition"]["process"]["code"] == "dogs.licence"
    for form in ("fields", "documents", "guide"):
        assert run("show", "dogs.licence", "--on", "2010-01-01", "--as", form)[form]
    with pytest.raises(CommandError, match="no version of process dogs.licence is in force on 2003"):
        said("show", "dogs.licence", "--on", "2003-01-01")


def test_diff_and_try(town: Town, tmp_path: Path) -> None:
    town.ask(10)
    new = changed(tmp_path, ('limit  = "20wd"', 'limit  = "10wd"'))
    answer = run("diff", "dogs.licence@2010-01-01", new)
    assert [c["name"] for c in answer["changes"]] == ["", "deciding"]
    assert "no difference" in said("diff", "dogs.licence", SOURCE)
    assert run("try", new, "--cases", "5")["ok"]
    lost = changed(tmp_path, ("waiting", "sent_back"), ("asked", "received"))
    with pytest.raises(SystemExit) as end:
        run("try", lost)
    assert end.value.code == 1
    with pytest.raises(CommandError, match="write the date like"):
        said("diff", "dogs.licence@today", SOURCE)
