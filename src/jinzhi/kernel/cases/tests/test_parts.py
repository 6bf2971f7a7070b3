"""Parts are laid under a file, key by key; what is wrong is said of the file it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.checks import check
from jinzhi.kernel.cases.language import DefinitionError
from jinzhi.kernel.cases.parts import is_part, load, merge, read, touched
from jinzhi.kernel.cases.tests.town import dog_module  # noqa: F401  (fixture)

SOURCE = Path(__file__).with_name("dogs.toml")
pytestmark = pytest.mark.django_db

TOP = """[process]
code      = "dogs.licence"
zh        = "养犬许可"
en        = "Dog licence"
effective = 2004-01-01
inherits  = ["general"]
"""


def cut(folder: Path, top: str = TOP, parts: Path | None = None) -> Path:
    """The dog licence with everything but its own name in a part."""
    text = SOURCE.read_text(encoding="utf-8")
    head, tail = text.split("[role]", 1)
    kept = [line for line in head.splitlines() if not line.startswith(("code", "zh", "en ", "effective"))]
    (parts or folder).mkdir(exist_ok=True)
    ((parts or folder) / "general.toml").write_text("\n".join(kept) + "\n[role]" + tail, encoding="utf-8")
    path = folder / "dogs.toml"
    path.write_text(top, encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    try:
        loaded = load(path)
        check(loaded.definition, loaded.places)
    except DefinitionError as error:
        return error.problems
    return []


def test_cut_into_a_part_it_is_the_same_version(dog_module: None, tmp_path: Path) -> None:
    path = cut(tmp_path)
    assert refused(path) == []
    assert registry.canonical(read(path)) == registry.canonical(read(SOURCE))
    assert is_part(tmp_path / "general.toml")
    assert not is_part(path)


def test_a_part_is_found_in_the_folder_of_the_module(tmp_path: Path) -> None:
    path = cut(tmp_path, parts=tmp_path / "parts")
    assert registry.canonical(load(path, [tmp_path / "parts"]).definition) == registry.canonical(read(SOURCE))
    with pytest.raises(DefinitionError, match="dogs.toml:6 .*'general' is no file general.toml"):
        load(path)


def test_a_key_is_replaced_whole_and_the_rest_stays(tmp_path: Path) -> None:
    path = cut(tmp_path, TOP + '\n[action.accept]\nasks = ["vets?"]\n[action]\nvisit = { persons = 3 }\n[params]\nfee = 5\n')
    definition = read(path)
    assert definition.action["accept"].asks == ["vets?"]
    assert definition.action["accept"].guards == ["vaccinated"]
    assert definition.action["visit"].persons == 3
    assert definition.action["visit"].apart_from == ["accept"]
    assert definition.params == {"fee": 5}
    assert registry.canonical(definition)[1] != registry.canonical(read(SOURCE))[1]


def test_a_problem_names_the_file_it_stands_in(dog_module: None, tmp_path: Path) -> None:
    path = cut(tmp_path, TOP + '\n[action.accept]\nguards = ["vacinated"]\n')
    assert [p for p in refused(path) if "vacinated" in p][0].startswith("dogs.toml:9 [action.accept] guard")
    path = cut(tmp_path)
    part = tmp_path / "general.toml"
    part.write_text(part.read_text().replace('by     = "head"', 'by     = "haed"'))
    line = 1 + part.read_text().splitlines().index('by     = "haed"')
    assert any(p.startswith(f"general.toml:{line} [action.grant]") for p in refused(path))
    part.write_text(part.read_text().replace("once   = true", "onse   = true"))
    assert any(p.startswith("general.toml:") and "does not know the key 'onse' (once?)" in p for p in refused(path))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("general", '[process]\ncode = "a.b"\n', "'general' has a code; only a part can be inherited"),
        ("general", '[process]\ninherits = ["other"]\n', "parts are one level deep"),
        ("general", "[process\n", "general.toml:1 [file] is no TOML"),
        ("elsewhere", "", "is no file general.toml"),
    ],
)
def test_what_cannot_be_a_part(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / "dogs.toml"
    path.write_text(TOP)
    (tmp_path / f"{name}.toml").write_text(text)
    with pytest.raises(DefinitionError) as error:
        load(path)
    assert said in error.value.problems[0]


def test_a_part_alone_is_no_process(tmp_path: Path) -> None:
    cut(tmp_path)
    with pytest.raises(DefinitionError, match="a part is inherited by others"):
        load(tmp_path / "general.toml")


def test_who_is_touched_by_a_part(tmp_path: Path) -> None:
    path = cut(tmp_path)
    files = [load(path), load(SOURCE)]
    assert [f.path.name for f in touched(tmp_path / "general.toml", files)] == ["dogs.toml"]
    assert touched(tmp_path / "other.toml", files) == []


def test_merging_changes_neither() -> None:
    below, above = {"state": {"a": {"zh": "x"}}, "params": {"n": 1}}, {"state": {"a": {"en": "y"}}, "params": {"n": 2}}
    assert merge(below, above) == {"state": {"a": {"zh": "x", "en": "y"}}, "params": {"n": 2}}
    assert below == {"state": {"a": {"zh": "x"}}, "params": {"n": 1}}
