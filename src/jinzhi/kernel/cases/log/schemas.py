"""The shape of an event's body, by process version and action (事件载荷的模式): what readers of the log may rely on.

A body is written under the version its case ran under, and that version never changes: its schema is derived, not kept. Acts beside the road
have shapes of their own, below.
"""

from __future__ import annotations

from typing import Any

from jinzhi.kernel.cases.forms import fields_of
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.forms.fields import Field

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DIGEST = {"type": "object", "properties": {"sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}, "required": ["sha256"]}
_PERSON = {"type": "integer"}
_TEXT = {"type": "string"}

BESIDE: dict[str, dict[str, Any]] = {
    "~claim": {"person": _PERSON, "role": _TEXT},
    "~release": {"person": {"type": ["integer", "null"]}, "role": _TEXT, "reason": _TEXT},
    "~assign": {"person": _PERSON, "role": _TEXT, "reason": _TEXT},
    "~transfer": {"person": _PERSON, "role": _TEXT, "reason": _TEXT},
    "~note": {"text": _TEXT},
    "~correct": {"field": _TEXT, "reason": _TEXT},
    "~migrate": {"reason": _TEXT},
    "~classify": {"old": _TEXT, "new": _TEXT, "reason": _TEXT},
    "~unmask": {"field": _TEXT, "reason": _TEXT, "role": _TEXT},
    "~recuse": {"person": _PERSON, "reason": _TEXT},
}
"""Keys whose meaning is fixed; others may stand beside them."""


def body_schema(process: Process, action: str) -> dict[str, Any]:
    """The JSON Schema of the bodies an action of this version leaves, or of an act beside the road. Raises KeyError for an action it has not."""
    if action.startswith("~"):
        return {"$schema": DRAFT, "type": "object", "properties": BESIDE.get(action, {})}
    found = process.actions[action]
    fields = fields_of(process, found)
    properties: dict[str, Any] = {
        "data": {"type": "object", "properties": {f.name: _kept(process, f) for f in fields}, "additionalProperties": False},
        "to": {"type": "array", "items": {"enum": _targets(found)}},
        "role": {"enum": [*found.by, ""]},
        "signers": {"type": "array", "items": _PERSON, "minItems": 2},
        "signature": {"type": "integer", "minimum": 1},
        "number": _TEXT,
    }
    if found.decide:
        properties["outcome"] = {"enum": sorted(found.to)}
    return {"$schema": DRAFT, "type": "object", "properties": properties}


def _targets(action: Action) -> list[str]:
    return sorted({state for states in action.to.values() for state in states})


def _kept(process: Process, field: Field) -> dict[str, Any]:
    """A value as the log keeps it: records by their digest, sealed fields by a salted one."""
    if process.fields[field.name].seen_by:
        return {"type": ["object", "string"]}
    return _DIGEST if "." in field.type else field.json_schema()
