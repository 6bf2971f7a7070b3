"""The README's dog licence is what it says: its files are taken from the page, loaded, checked, published and walked."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command

import jinzhi
from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.tests.town import _forget

pytestmark = pytest.mark.django_db
README = Path(__file__).parents[1] / "README.md"
_BLOCK = re.compile(r"^```(?:toml|python)\n# (\S+\.(?:toml|py))\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def dogtown(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The folder a newcomer makes, as part of the package ``jinzhi``."""
    files = dict(_BLOCK.findall(README.read_text(encoding="utf-8")))
    assert set(files) == {"processes/dog.toml", "module.py", "tests/test_dog.py"}
    folder = tmp_path / "dogtown"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    jinzhi.__path__.append(str(tmp_path))
    settings.JINZHI_MODULES = [*settings.JINZHI_MODULES, "jinzhi.dogtown.module"]
    _forget()
    yield folder
    jinzhi.__path__.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("jinzhi.dogtown")]:
        del sys.modules[name]
    _forget()


def test_the_readme_lets_a_newcomer_write_a_process(dogtown: Path) -> None:
    said = StringIO()
    call_command("processes", "check", str(dogtown / "processes" / "dog.toml"), stdout=said)
    assert "dogtown.licence" in registry.publish_all()
    walk: ModuleType = importlib.import_module("jinzhi.dogtown.tests.test_dog")
    walk.test_a_dog_is_registered(None)


def test_a_slip_is_told_with_file_and_line(dogtown: Path) -> None:
    path = dogtown / "processes" / "dog.toml"
    text = path.read_text(encoding="utf-8").replace('guards = ["is_vaccinated"]', 'guards = ["is_vacinated"]')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(registry.DefinitionError) as caught:
        registry.publish_all()
    line = text[: text.index("guards =")].count("\n") + 1
    (problem,) = caught.value.problems
    assert problem.startswith(f"dog.toml:{line} [action.check]")
    assert "is_vaccinated?" in problem
