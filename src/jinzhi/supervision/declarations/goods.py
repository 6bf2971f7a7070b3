"""What the rules ask about goods: the class of an HS code, its inspection categories, its supervision conditions.

Sources: 法检目录 (categories M N P Q R S L V W; conditions A import, B export, C, D). Pure; code lists come as a ``CodeLookup``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from jinzhi.kernel.text import Text

DATA = Path(__file__).parent / "data"

CATEGORY_LABELS: dict[str, Text] = {
    "M": Text("进口商品检验", "Import commodity inspection"),
    "N": Text("出口商品检验", "Export commodity inspection"),
    "P": Text("进境动植物、动植物产品检疫", "Import animal and plant quarantine"),
    "Q": Text("出境动植物、动植物产品检疫", "Export animal and plant quarantine"),
    "R": Text("进口食品卫生监督检验", "Import food hygiene inspection"),
    "S": Text("出口食品卫生监督检验", "Export food hygiene inspection"),
    "L": Text("民用商品入境验证", "Verification of certified consumer goods"),
    "V": Text("进境卫生检疫", "Import health quarantine"),
    "W": Text("出境卫生检疫", "Export health quarantine"),
}


class CodeEntry(Protocol):
    """A row of a code list, as ``jinzhi.kernel.codes.lists.Entry``."""

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def extra(self) -> dict[str, Any]: ...


class CodeLookup(Protocol):
    """Where codes are looked up; ``jinzhi.kernel.codes.lists`` is one."""

    def get(self, list_name: str, code: str, on: dt.date | None = None) -> CodeEntry | None: ...


@dataclass(frozen=True, slots=True)
class GoodsClass:
    """A class of goods: ``code``, ``title``, and its start value for the draw (``high``, ``medium``, ``low``)."""

    code: str
    title: Text
    risk: str


@lru_cache(maxsize=1)
def goods_classes() -> dict[str, GoodsClass]:
    raw = tomllib.loads((DATA / "goods_classes.toml").read_text(encoding="utf-8"))["class"]
    return {code: GoodsClass(code, Text(c["zh"], c["en"]), c["risk"]) for code, c in raw.items()}


@lru_cache(maxsize=1)
def _prefixes() -> dict[str, str]:
    raw = tomllib.loads((DATA / "goods_classes.toml").read_text(encoding="utf-8"))["class"]
    return {prefix: code for code, c in raw.items() for prefix in c["hs"]}


@lru_cache(maxsize=20_000)
def class_by_prefix(hs_code: str) -> str:
    """Class by the longest known beginning of the code; ``other`` where none fits."""
    prefixes = _prefixes()
    return next((prefixes[hs_code[:n]] for n in range(10, 1, -1) if hs_code[:n] in prefixes), "other")


def class_of(hs_code: str, entry: CodeEntry | None) -> GoodsClass:
    """Class of goods: what the HS list says where we know that class, else by the beginning of the code."""
    classes = goods_classes()
    named = str(entry.extra.get("class") or "") if entry is not None else ""
    return classes.get(named) or classes[class_by_prefix(hs_code)]


def categories_of(entry: CodeEntry | None) -> str:
    """Inspection categories as listed, "M.P/N.Q"; empty for goods outside the list (非法检)."""
    return str(entry.extra.get("categories") or "") if entry is not None else ""


def conditions_of(entry: CodeEntry | None) -> frozenset[str]:
    """Supervision conditions as letters: "A/B" → {A, B}."""
    return _letters(str(entry.extra.get("conditions") or "")) if entry is not None else frozenset()


@lru_cache(maxsize=1024)
def _letters(text: str) -> frozenset[str]:
    return frozenset(c for c in text.upper() if c.isalpha())
