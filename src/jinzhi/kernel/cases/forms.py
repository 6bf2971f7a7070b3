"""The form of an action: its asked fields with their records and lists, checked once per act."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinzhi.kernel.cases.language import FieldSpec
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.registry import functions
from jinzhi.kernel.forms import fields
from jinzhi.kernel.forms.fields import Field
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

_MANY = (0, 1000)
_cache: dict[tuple[int, str], tuple[Field, ...]] = {}


def fields_of(process: Process, action: Action) -> tuple[Field, ...]:
    """The declared fields an action asks for, in order."""
    key = (process.id, action.name)
    found = _cache.get(key)
    if found is None:
        found = _cache[key] = tuple(field_of(process, name, required=required) for name, required in action.asks)
    return found


def field_of(process: Process, name: str, *, required: bool) -> Field:
    """One declared field of a process."""
    return form_field(name, process.fields[name], required=required)


def form_field(name: str, spec: FieldSpec, *, required: bool) -> Field:
    """A declared field as the forms know it."""
    many = _MANY if spec.many is True else (spec.many or None)
    record = _records().get(spec.type) if "." in spec.type else None
    return Field(name, Text(spec.zh, spec.en), spec.type, required, many, spec.list, record)


@lru_cache(maxsize=1)
def _records() -> dict[str, type]:
    return functions()["record"]


def validate(process: Process, action: Action, data: dict[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    """Typed values and all refusals for what was sent with an action."""
    if not data and not action.asks:
        return {}, []
    return fields.validate(fields_of(process, action), data)
