"""Words of declarations in templates: labels of codes, quantities without empty places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from jinzhi.kernel.codes import lists

register = template.Library()


@register.filter
def code_label(code: Any, list_name: str) -> str:
    """``{{ "BR"|code_label:"countries" }}`` → 巴西; a dash for none."""
    return str(lists.label(list_name, str(code))) if code else "—"


@register.filter
def plain(value: Any) -> str:
    """A quantity with its thousands parted and without zeros behind the point: 4200.0000 → 4,200."""
    if not isinstance(value, Decimal):
        return "—" if value is None else str(value)
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
