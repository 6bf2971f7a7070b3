"""A definition that cannot work is refused with file, line and reason."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.checks import check
from jinzhi.kernel.cases.language import DefinitionError, parse
from jinzhi.kernel.cases.parts import load, read
from jinzhi.kernel.cases.tests.town import dog_module  # noqa: F401  (fixture)

SOURCE = Path(__file__).with_name("dogs.toml")
pytestmark = pytest.mark.django_db


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "dogs.toml"
    path.write_text(text, encoding="utf-8")
    try:
        loaded = load(path)
        check(loaded.definition, loaded.places)
    except DefinitionError as error:
        return error.problems
    return []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('from    = []\n', "", "Field required"),
        ('limit  = "20wd"', 'limit  = "20 days"', "is no duration"),
        ('to     = "deciding"', 'to     = "decidng"', "to names the state 'decidng', which does not exist (deciding?)"),
        ('by     = "head"', 'by     = "haed"', "by names the role 'haed', which does not exist (head?)"),
        ('guards = ["vaccinated"]', 'guards = ["vacinated"]', "guard 'vacinated' has no function (vaccinated?)"),
        ('en = "Granted"', 'en = "准予"', "en title is empty or has Chinese"),
        ('zh = "已失效"', 'zh = "Lapsed"', "zh title has no Chinese"),
        ('zh = "已失效"', 'zh = "已准予"', "shares the zh title"),
        ('pattern = "D{org:6}{yy}{seq:5}"', 'pattern = "D{org:6}{yy}"', "exactly one {seq:n}"),
        ('stops  = ["granted"]', 'stops  = ["asked"]', "starts and stops in the same state"),
        ('then   = "lapse"\n', "", "the system and nothing sets it off"),
        ('source = "at_once"\n', "", "nothing sets it off"),
        ('duty = "head" }', 'duty = "clerk" }', "who can do nothing there"),
        ('by     = "head"\nfrom   = ["deciding"]\nto     = "granted"', 'by     = "head"\nfrom   = ["deciding"]\nto     = "deciding"', "cannot be reached"),
        ('vets = ["visiting", "to_visit"]', 'vets = ["visiting", "deciding"]', "leads to two states of one track"),
        ('colour', 'colour', ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(dog_module: None, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = SOURCE.read_text(encoding="utf-8")
    if not said:
        assert problems(tmp_path, text) == []
        return
    assert old in text
    found = problems(tmp_path, text.replace(old, new))
    assert any(said in line for line in found), found
    assert all(line.startswith("dogs.toml:") for line in found)


def test_the_line_is_the_line(dog_module: None, tmp_path: Path) -> None:
    text = SOURCE.read_text(encoding="utf-8").replace('by     = "head"', 'by     = "haed"')
    line = 1 + text.splitlines().index('by     = "haed"')
    assert problems(tmp_path, text)
    assert any(p.startswith(f"dogs.toml:{line} [action.grant]") for p in problems(tmp_path, text))


def test_comments_and_layout_are_not_the_definition(tmp_path: Path) -> None:
    text = SOURCE.read_text(encoding="utf-8")
    path = tmp_path / "dogs.toml"
    path.write_text("# another comment\n\n" + text.replace("  ", " "), encoding="utf-8")
    assert registry.canonical(read(path)) == registry.canonical(read(SOURCE))


def test_a_published_version_never_changes(dog_module: None) -> None:
    definition = read(SOURCE)
    first = registry.publish(definition)
    assert registry.publish(read(SOURCE)) == first
    definition.state["lapsed"].zh = "失效了"
    with pytest.raises(DefinitionError, match=r"published and cannot change \(other now: \[state.lapsed\]\)"):
        registry.publish(definition)


def test_what_is_stored_reads_back_the_same(dog_module: None) -> None:


    text, digest = registry.canonical(read(SOURCE))
    assert registry.canonical(parse(msgspec.json.decode(text))) == (text, digest)
