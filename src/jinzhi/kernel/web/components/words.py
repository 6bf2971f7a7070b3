"""Words: the two-language tag and the filters that write dates, amounts and names the one way the platform writes them."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from jinzhi.kernel import time
from jinzhi.kernel.text import Text, is_chinese

register = template.Library()
_FORMAT = string.Formatter()


@register.simple_tag
def t(zh: str, en: str, **values: Any) -> SafeString:
    """The text in the reader's language with ``{name}`` places filled; values are escaped unless already safe.

    ``{% t "共 {n} 件" "{n} cases" n=total %}``, ``{% t "保存" "Save" as label %}``.
    """
    text: str = conditional_escape(zh if is_chinese() else en)
    if values:
        text = _FORMAT.vformat(text, (), {key: conditional_escape(_plain(value)) for key, value in values.items()})
    return mark_safe(text)  # noqa: S308 - every part was escaped above


def _plain(value: Any) -> Any:
    """Texts and lazy things as the reader's string; None as the dash of an empty cell."""
    if value is None:
        return "—"
    return str(value) if isinstance(value, Text) else value


@register.filter
def amount(value: Any, places: int | None = None) -> str:
    """``24180`` → ``24,180``; ``amount:2`` → ``24,180.00``. A Decimal keeps its own places. Empty gives a dash."""
    if value is None or value == "":
        return "—"
    try:
        number = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    return f"{number:,.{places}f}" if places is not None else f"{number:,f}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _moment(value: Any) -> tuple[dt.date, str] | None:
    """The date and ``HH:MM`` (or nothing) of a date, a datetime or an ISO text; None if it is none of these."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value) if len(value) > 10 else dt.date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, dt.datetime):
        if timezone.is_aware(value):
            value = value.astimezone(time.ZONE)
        return value.date(), f"{value:%H:%M}"
    return (value, "") if isinstance(value, dt.date) else None


@register.filter
def date_(value: Any, style: str = "") -> str:
    """``2011-11-23 14:06`` / ``23 Nov 2011 14:06``; today's moments read ``今天 14:06`` / ``Today 14:06``.

    Styles: ``""`` as above; ``"full"`` never says today; ``"short"`` leaves out the year when it is this one (``11-18 09:20``).
    """
    if value is None or value == "":
        return "—"
    moment = _moment(value)
    if moment is None:
        return str(value)
    day, clock = moment
    today = time.today()
    if day == today and style != "full" and clock:
        word = "今天" if is_chinese() else "Today"
    elif is_chinese():
        word = f"{day:%m-%d}" if style == "short" and day.year == today.year else day.isoformat()
    else:
        year = "" if style == "short" and day.year == today.year else f" {day.year}"
        word = f"{day.day} {_MONTHS[day.month - 1]}{year}"
    return f"{word} {clock}".rstrip()


@register.filter
def time_tag(value: Any, style: str = "") -> SafeString | str:
    """As ``date_``, inside ``<time datetime>`` for machines."""
    moment = _moment(value)
    if moment is None:
        return date_(value, style)
    return format_html('<time datetime="{}">{}</time>', f"{moment[0].isoformat()}T{moment[1]}".rstrip("T"), date_(value, style))


@register.filter
def mono_number(value: Any) -> SafeString:
    """A number people compare by eye (case, certificate, container), in the fixed-width face."""
    return format_html('<span class="q-mono">{}</span>', "—" if value in (None, "") else value)


@register.filter
def mask_name(value: Any) -> str:
    """``王敏`` → ``王*``; ``欧阳文丽`` → ``欧**丽``; ``Lin Xiaolan`` → ``L. X.``."""
    name = str(value or "").strip()
    if not name:
        return "—"
    if name.isascii():
        return " ".join(f"{part[0]}." for part in name.split())
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


@register.filter
def mask_phone(value: Any) -> str:
    """``18612341402`` → ``186****1402``."""
    digits = str(value or "").strip()
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else (digits or "—")


@register.filter
def dash(value: Any) -> Any:
    """The value, or the dash of an empty cell."""
    return "—" if value is None or str(value) == "" else value


@register.filter
def file_size(value: Any) -> str:
    """Bytes as ``12 MB``, ``1.2 MB``, ``640 KB``."""
    size = float(value or 0)
    if size >= 1024 * 1024:
        mega = size / 1024 / 1024
        return f"{mega:.0f} MB" if mega >= 10 else f"{mega:.1f} MB"
    return f"{max(1, round(size / 1024))} KB" if size else "0 KB"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """``{{ names|get:id }}``: an entry of a mapping, empty if there is none."""
    return mapping.get(key, "") if hasattr(mapping, "get") else ""


@register.filter
def minutes(value: Any) -> int:
    """A timedelta in whole minutes, rounded up."""
    return -(-int(value.total_seconds()) // 60) if isinstance(value, dt.timedelta) else 0
