"""Rules that hold for every page of the platform: nothing from outside, nothing inline, and the budgets of a first visit."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from jinzhi.kernel.web import assets

SRC = Path(__file__).resolve().parents[3]
TEMPLATES = sorted(p for p in SRC.rglob("*.html") if "templates" in p.parts)
SHEETS = sorted(p for p in SRC.rglob("*.css") if "build" not in p.parts)
SCRIPTS = sorted(p for p in SRC.rglob("*.js") if "build" not in p.parts)
OUTSIDE = re.compile(r"""(?:src|href|action|url|import|from)\s*[=(]?\s*["'(]?\s*(?:https?:)?//[\w.]""", re.IGNORECASE)
INLINE = re.compile(r"<style\b|\sstyle\s*=|\shx-on[:-]?|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
SCRIPT_TAG = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def gz(data: bytes) -> int:
    return len(gzip.compress(data, 9))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(SRC)))
def test_templates_hold_nothing_inline_and_nothing_from_outside(path: Path) -> None:
    text = path.read_text("utf-8")
    if "templates_typst" in path.parts:
        return
    assert not OUTSIDE.search(text), OUTSIDE.search(text)
    assert not INLINE.search(text), INLINE.search(text)
    for attributes, body in SCRIPT_TAG.findall(text):
        assert "src=" in attributes
        assert not body.strip()
    assert "placeholder=" not in text.replace('placeholder=" "', ""), "a placeholder is no label"


@pytest.mark.parametrize("path", SHEETS + SCRIPTS, ids=lambda p: str(p.relative_to(SRC)))
def test_style_sheets_and_scripts_name_no_outside_host(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"(?:https?:)?//(?:[\w-]+\.)+[a-z]{2,}", re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL))
    assert "@import" not in text
    if path.suffix == ".js":
        assert not re.search(r"\beval\(|new Function|\.style\.|setAttribute\(\"style\"", text)


@pytest.mark.parametrize("path", SHEETS, ids=lambda p: str(p.relative_to(SRC)))
def test_style_sheets_use_what_older_browser_cores_read(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert "@container" not in text
    assert "@scope" not in text
    assert not re.search(r":has\(", text)
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("path", [p for p in SHEETS if "kernel/web" in p.as_posix()], ids=lambda p: p.name)
def test_sizes_follow_the_root(path: Path) -> None:
    """Large text is a larger root: lengths of text and space are in rem."""
    for rule in re.findall(r"(?:font-size|font|line-height|padding|margin|width|height):([^;}]*)", path.read_text("utf-8")):
        for size in re.findall(r"(?<![\w.])(\d+(?:\.\d+)?)px", rule):
            assert float(size) < 4, f"{path.name}: {rule}"


def test_class_names_have_the_prefix() -> None:
    for path in SHEETS:
        if "kernel/web" in path.as_posix():
            names = re.findall(
                r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)",
                re.sub(r"/\*.*?\*/|\"[^\"]*\"|\{[^{}]*\}", "{}", path.read_text("utf-8"), flags=re.DOTALL),
            )
            assert not [n for n in names if not n.startswith("q-")], path.name


@pytest.mark.parametrize(("bundle", "css", "js"), [("work", 20_000, 30_000), ("public", 10_000, 4_000)])
def test_budgets(bundle: str, css: int, js: int) -> None:
    assert gz(assets.style(bundle).encode()) <= css
    htmx = Path(finders.find("django_htmx/htmx-2.min.js")).read_bytes() if bundle == "work" else b""
    assert gz(assets.script(bundle).encode()) + gz(htmx) <= js


@pytest.mark.parametrize("path", ["/", "/help/keys"])
def test_pages_are_small_and_ask_for_few_files(client: object, path: str) -> None:
    page = client.get(path).content  # type: ignore[attr-defined]
    assert gz(page) <= 20_000
    assert len(re.findall(rb"<link rel=.stylesheet|<script |<img |rel=.icon", page)) + 2 <= 8  # and the page itself and the symbols


def test_joined_scripts_have_no_modules_left_and_no_name_twice() -> None:
    for bundle in assets.BUNDLES:
        text = assets.script(bundle)
        assert not re.search(r"^(?:import|export)\b", text, re.MULTILINE)
        sources = [path.read_text("utf-8") for path in assets.sources(bundle) if path.suffix == ".js"]
        names = [
            n for source in sources for n in re.findall(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", source, re.MULTILINE)
        ]
        assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)


def test_bundles_are_rebuilt_when_a_source_is_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "BUILD", tmp_path / "build")
    assert assets.stale()
    assets.ensure()
    assert not assets.stale()
    assert (tmp_path / "build" / "work.css").read_text("utf-8").startswith("@layer tokens,base,components,shells,print;")
