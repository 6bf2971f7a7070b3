"""What every module promises, asked of all of them: definitions that load, both languages, templates, documents, a kernel without business."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode
from django.utils import translation

from jinzhi.kernel.cases import registry, store
from jinzhi.kernel.cases.batch import Act, Batch
from jinzhi.kernel.cases.checks import check
from jinzhi.kernel.cases.forms import validate
from jinzhi.kernel.cases.parts import load, read
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.documents.content import complete
from jinzhi.kernel.modules import Module, modules
from jinzhi.kernel.orgs.actors import SYSTEM
from tests.support.standing import put

SRC = Path(registry.__file__).parents[2]
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"\{(\w*)")
MODULES = modules()
MODULE_OF = {path: module for module in MODULES for path in module.processes}
PROCESSES = list(MODULE_OF)


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in sorted((SRC / folder).rglob("*.py")) if "tests" not in p.parts and "migrations" not in p.parts)


# -- definitions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PROCESSES, ids=lambda p: p.stem)
def test_a_definition_loads_and_every_name_in_it_resolves(path: Path) -> None:
    loaded = load(path, MODULE_OF[path].parts)
    check(loaded.definition, loaded.places)
    assert loaded.definition.process.owners


@pytest.mark.parametrize("path", PROCESSES, ids=lambda p: p.stem)
def test_everything_with_a_name_has_one_in_both_languages(path: Path) -> None:
    definition = read(path, MODULE_OF[path].parts)
    named = {
        f"{section}.{name}": (entry.zh, entry.en)
        for section in ("role", "track", "state", "action", "clock", "suspension", "field", "document")
        for name, entry in getattr(definition, section).items()
    }
    named["process"] = (definition.process.zh, definition.process.en)
    wrong = [name for name, (zh, en) in named.items() if not HAN.search(zh) or not en.strip() or HAN.search(en)]
    assert not wrong
    assert definition.process.basis


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.code)
def test_what_a_module_offers_is_whole(module: Module) -> None:
    texts = [module.title, *(i.label for i in module.menu), *(i.group for i in module.menu), *(k.title for k in module.documents)]
    assert all(HAN.search(t.zh) and t.en and not HAN.search(t.en) for t in texts)
    assert all(path.exists() for path in module.processes)
    assert all(kind.template.exists() for kind in module.documents)
    assert len({feed.name for m in MODULES for feed in m.feeds}) == sum(len(m.feeds) for m in MODULES), "two feeds share a name"
    from django.urls import reverse

    assert all(reverse(item.url_name) for item in module.menu)


# -- two languages -------------------------------------------------------------------------------------------------------

SAME_IN_BOTH = re.compile(r"^[^A-Za-z\u4e00-\u9fff]*$|^[A-Z0-9][\w ,./:()+-]*$")
"""Signs, numbers and proper names that are written alike."""


def pairs_of_python() -> Iterator[tuple[str, str, str]]:
    """Every ``Text("…", "…")`` in the sources: place, Chinese, English."""
    for path in python_files("."):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("Text", "words", "both_text") and len(node.args) == 2:
                parts = [_plain(a) for a in node.args]
                if None not in parts:
                    yield f"{path.relative_to(SRC)}:{node.lineno}", parts[0] or "", parts[1] or ""


def _plain(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{…}" for v in node.values)
    return None


TAG = re.compile(r"""\{%\s*t\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)')""")


def pairs_of_templates() -> Iterator[tuple[str, str, str]]:
    for path in sorted(SRC.rglob("templates/**/*.html")):
        text = path.read_text()
        for found in TAG.finditer(text):
            zh, en = found[1] or found[2] or "", found[3] or found[4] or ""
            yield f"{path.relative_to(SRC)}:{text.count(chr(10), 0, found.start()) + 1}", zh, en


def test_every_text_is_written_in_both_languages() -> None:
    wrong = []
    number = 0
    for place, zh, en in [*pairs_of_python(), *pairs_of_templates()]:
        number += 1
        if zh == en and (SAME_IN_BOTH.match(zh) or zh == "中文"):
            continue
        if bool(zh.strip()) != bool(en.strip()):
            wrong.append(f"{place}: one language is empty: {zh!r} {en!r}")
        elif HAN.search(re.sub(r"\{…\}|《[^》]*》|[（(][^)）]*[)）]|“[^”]*”", "", en)):
            wrong.append(f"{place}: Chinese in the English: {en!r}")
        elif zh.strip() and not HAN.search(zh) and re.search(r"[A-Za-z]{4,}", PLACE.sub("", zh)) and zh == en:
            wrong.append(f"{place}: English in the Chinese: {zh!r}")
        elif "{…}" not in zh + en and {p for p in PLACE.findall(zh) if p} != {p for p in PLACE.findall(en) if p}:
            wrong.append(f"{place}: the two fill in different things: {zh!r} {en!r}")
    assert not wrong, "\n".join(wrong)
    assert number > 1500


# -- templates -----------------------------------------------------------------------------------------------------------


def template_names() -> list[str]:
    return sorted({str(p.relative_to(root)) for root in SRC.rglob("templates") if root.is_dir() and "tests" not in root.parts for p in root.rglob("*.html")})


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_template_compiles_with_everything_it_extends(language: str) -> None:
    with translation.override(language):
        for name in template_names():
            nodes = get_template(name).template.nodelist  # type: ignore[attr-defined]
            while nodes and isinstance(nodes[0], ExtendsNode):
                parent = nodes[0].parent_name
                if not isinstance(parent.var, str):
                    break  # chosen by the view: a document in either workspace
                nodes = engines["django"].get_template(parent.var).template.nodelist  # type: ignore[attr-defined]


def test_no_template_writes_a_text_in_one_language_only() -> None:
    """Chinese stands inside ``{% t %}`` and the component tags, never bare on a page; a comment may hold any."""
    wrong = []
    for path in sorted(SRC.rglob("templates/**/*.html")):
        if "tests" in path.parts:
            continue
        text = re.sub(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
        text = re.sub(r"中文|质", "", text)  # the switch names each language in its own; the mark is a sign
        if found := HAN.search(text):
            wrong.append(f"{path.relative_to(SRC)}: …{text[max(0, found.start() - 30) : found.start() + 30].strip()}…")
    assert not wrong, "\n".join(wrong)


# -- the kernel knows no business ----------------------------------------------------------------------------------------

BUSINESS = re.compile(
    r"declarant|declarations?\.(import|models|schema)|import_declaration|consignee|consignor|bill.of.lading|hs.?code|phytosanitary|quarantine|release.form"
    r"|报检|商检|检疫|通关|收货人|发货人|提单|货物|入境|口岸|熏蒸",
    re.IGNORECASE,
)
MAY_SAY = {
    "codes": "code lists of the world (HS, ports) are standards",
    "orgs/data": "names of the authorities",
    "orgs/models.py": "levels of the two trees of organisations",
    "orgs/load_tree.py": "the same",
    "web/styleguide.py": "a page of examples",
    "web/templates/web/styleguide": "the same",
    "web/templates/web/public.html": "the mast names the fields of the authority",
    "forms/errors.py": "the pattern of a code of kernel/codes",
}


def test_the_kernel_holds_no_business_word() -> None:
    wrong = []
    for path in sorted([*(SRC / "kernel").rglob("*.py"), *(SRC / "kernel").rglob("*.html"), *(SRC / "kernel").rglob("*.sql")]):
        inside = str(path.relative_to(SRC / "kernel"))
        if "tests" in path.parts or "migrations" in path.parts or inside.startswith(tuple(MAY_SAY)):
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if found := BUSINESS.search(line):
                wrong.append(f"kernel/{inside}:{number} {found[0]!r}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


# -- documents -----------------------------------------------------------------------------------------------------------

NOON = dt.datetime(2011, 11, 23, 4, 0, tzinfo=dt.UTC)
LONG = "很长的说明，with English 和 <b>#raw[[]]</b> $x$ @ref \\ 字符。" * 20
LEAST: dict[str, Any] = {
    "field_record": {"examined_at": NOON.isoformat()}, "samples": [{"quantity": "1 kg"}], "treatment_unit": None, "treatment_kind": "fumigation",
    "treatment_by": "2011-12-01", "disposal_kind": "return", "disposal_by": "2011-12-01", "payment": {"amount": "0", "method": "cash"}, "opinion": "好",
}  # fmt: skip
MOST: dict[str, Any] = LEAST | {
    "field_record": {
        "examined_at": NOON.isoformat(), "place": LONG[:100], "containers_opened": ["CSQU3054383"] * 200, "packages_opened": 10_000_000, "goods_match": False,
        "items": [{"no": 1, "result": LONG[:200]}], "remarks": LONG[:2000],
    },
    "samples": [{"quantity": "9" * 60, "seal": "S" * 40}] * 50, "payment": {"amount": "99999999.99", "method": "transfer", "reference": "R" * 40}, "opinion": LONG,
}  # fmt: skip


def issuing() -> list[tuple[str, str, str]]:
    """(process file, action, kind of document) of everything that is issued."""
    return [(str(path), name, kind) for path in PROCESSES for name, action in read(path).action.items() for kind in action.issues]


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["least", "most"])
@pytest.mark.parametrize(("path", "action", "kind"), issuing(), ids=lambda v: Path(v).stem)
def test_every_document_has_content_that_fits_its_template(path: str, action: str, kind: str, amount: str) -> None:
    from jinzhi.kernel import time
    from jinzhi.kernel.orgs import queries
    from jinzhi.supervision.declarations.tests.office_world import NOW, Bureau

    queries.forget_orgs()
    with time.at(NOW):
        bureau = Bureau()
        (case,) = bureau.send(1, doubtful=True, **(most() if amount == "most" else {}))
        process = registry.process_on(read(Path(path)).process.code, NOW.date())
        state = min(process.actions[action].sources)
        put(case, state, holder="000000/380000/380100/3801SP/", key="3801SP")
        work = store.lock([case])[case]
        work.lane = work.newest(process.states[state].track)  # type: ignore[assignment]
        given = LEAST if amount == "least" else MOST
        data = {name: given[name] for name, _ in process.actions[action].asks if given.get(name) is not None}
        typed, _ = validate(process, process.actions[action], data)
        work.data = typed
        act = Act(actor=SYSTEM, at=NOW, request="", calendar=calendar())
        offered = next(k for m in MODULES for k in m.documents if k.code == kind)
        (content,) = offered.content(Batch([work], process.actions[action], act)).values()
    assert complete(offered.template, content)


def most() -> dict[str, Any]:
    """As long as a declaration's texts may be."""
    return {"contract_no": "C" * 40, "goods_place": LONG[:100], "special_requirements": LONG[:300]}
