"""Inspection plans: what is looked at and tested for a class of goods, with limits (``data/inspection_plans.toml``). Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.goods import DATA, goods_classes


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item: ``limit_text`` as printed, ``low``/``high`` in ``unit`` (both included), ``share`` per cent of the laboratory rate, ``days`` working days."""

    code: str
    name: Text
    kind: Literal["field", "lab"]
    basis: str
    limit_text: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    share: int
    days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All items of a class; ``field`` begins with those common to all goods."""

    field: tuple[PlanItem, ...]
    lab: tuple[PlanItem, ...]


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    return tomllib.loads((DATA / "inspection_plans.toml").read_text(encoding="utf-8"))


def _item(entry: Mapping[str, Any], kind: Literal["field", "lab"]) -> PlanItem:
    low, high = (Decimal(entry[k]) if k in entry else None for k in ("low", "high"))
    share = _raw()["share"][entry["risk"]] if kind == "lab" else 100
    days = entry.get("days", 0 if kind == "field" else 2)
    return PlanItem(
        entry["code"], Text(entry["zh"], entry["en"]), kind, entry["basis"], entry["limit"], low, high, entry.get("unit", ""), share, days
    )


@lru_cache(maxsize=1)
def _plans() -> dict[str, Plan]:
    raw = _raw()
    common = tuple(_item(e, "field") for e in raw["common"])
    return {
        code: Plan(common + tuple(_item(e, "field") for e in c["field"]), tuple(_item(e, "lab") for e in c["lab"]))
        for code, c in raw["class"].items()
    }


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    return dict(tomllib.loads((DATA / "plan_words.toml").read_text(encoding="utf-8"))["english"])


def in_words(text: str) -> Text | str:
    """A limit, a rule's title or a usual result in both languages; numbers and what nobody translated stay as they are."""
    return Text(text, _english()[text]) if text in _english() else text


def plan_for(goods: str) -> Plan:
    """The plan of a class of goods; a class without one has the plan of other goods."""
    return _plans().get(goods) or _plans()["other"]


@lru_cache(maxsize=1)
def wood_items() -> tuple[PlanItem, ...]:
    """What is looked at where goods come in solid wood."""
    return tuple(_item(e, "field") for e in _raw()["wood"])


def working_days() -> dict[str, int]:
    """Usual working days of a step: ``field``, ``papers``, ``certificate``."""
    return dict(_raw()["days"])


def unknown_classes() -> set[str]:
    """Classes of the plans that no goods have (a misspelt heading)."""
    return set(_plans()) - set(goods_classes())
