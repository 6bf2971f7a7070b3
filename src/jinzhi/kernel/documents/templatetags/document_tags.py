"""Filters of the document pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html

from jinzhi.kernel.text import is_chinese

register = template.Library()


@register.filter
def pair(value: Any) -> str:
    """A text in both languages as HTML, the reader's language first: ``{"zh", "en"}`` or a plain string."""
    if not isinstance(value, dict):
        return str(value or "")
    zh, en = str(value.get("zh") or ""), str(value.get("en") or "")
    if not zh or not en or zh == en:
        return zh or en
    first, second, tongue = (zh, en, "en") if is_chinese() else (en, zh, "zh-CN")
    return format_html('{}<br><span class="q-sub" lang="{}">{}</span>', first, tongue, second)
