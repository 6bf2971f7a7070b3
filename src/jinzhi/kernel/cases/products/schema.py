"""JSON Schema (draft 2020-12) of what an action asks for, for programs that send it."""

from __future__ import annotations

from typing import Any

from jinzhi.kernel.cases.forms import form_field
from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.forms.fields import schema_of
from jinzhi.kernel.text import Text

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(definition: Definition, action: str) -> dict[str, Any]:
    """The schema of one action's form. Raises LookupError for an action the process has not."""
    if action not in definition.action:
        raise LookupError(f"{definition.process.code} has no action '{action}'")
    spec = definition.action[action]
    asked = [form_field(name.rstrip("?"), definition.field[name.rstrip("?")], required=not name.endswith("?")) for name in spec.asks]
    title = Text(spec.zh, spec.en)
    return {"$schema": DRAFT, "$id": f"{definition.process.code}/{definition.process.effective}/{action}", "title": str(title)} | schema_of(asked)


def schemas(definition: Definition, *, opening: bool = False) -> dict[str, dict[str, Any]]:
    """Action → schema, for all actions or for those that open a case."""
    return {name: json_schema(definition, name) for name, spec in definition.action.items() if not opening or not spec.source_states}
