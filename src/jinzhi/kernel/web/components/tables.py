"""Tables and what stands around them: head cells, filter chips, bulk bar, pager."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import Action, Chip, Column, Words

register = template.Library()


@register.simple_tag
def th(label: Words, sort: str = "", order: str = "", number: bool = False) -> SafeString:
    """A head cell: ``{% th "到期" sort="?sort=due" order="ascending" %}``. ``number`` aligns it right."""
    attrs = format_html(' aria-sort="{}"', order) if order in ("ascending", "descending") else ""
    css = mark_safe(' class="q-num"') if number else ""
    inner = format_html('<a href="{}">{}</a>', sort, label) if sort else label
    return format_html('<th scope="col"{}{}>{}</th>', css, attrs, inner)


@register.inclusion_tag("web/q/table_head.html")
def table_head(columns: Iterable[Column], select: bool = False) -> dict[str, Any]:
    """``<thead>`` of a list: columns in order, with the box that ticks the whole page when ``select``."""
    return {"columns": columns, "select": select}


@register.simple_tag
def tick(value: Any, label: Words = "", checked: bool = False) -> SafeString:
    """The first cell of a row that can be ticked; ``label`` is what the row is called."""
    words = Text("选择 {n}", "Select {n}").format(n=label or value)
    return format_html(
        '<td class="q-table__tick"><label class="q-tick"><input type="checkbox" name="pick" value="{}" aria-label="{}"{}></label></td>',
        value,
        words,
        mark_safe(" checked") if checked else "",
    )


@register.inclusion_tag("web/q/filter_bar.html")
def filter_bar(chips: Iterable[Chip], clear: str = "", saved: Sequence[tuple[Words, str]] = ()) -> dict[str, Any]:
    """The conditions of a list: set ones can be taken out, others opened; the address of the page is the state."""
    return {"chips": chips, "clear": clear, "saved": saved}


@register.inclusion_tag("web/q/bulk_bar.html")
def bulk_bar(actions: Iterable[Action], whole: int = 0, total: int | None = None, capped: bool = False) -> dict[str, Any]:
    """Stands above a table inside ``<q-rows>`` and appears when rows are ticked; its buttons submit the surrounding form.

    ``whole``: the list has several pages, and all of it, up to so many rows, can be meant at once (field ``whole``); ``total`` is how many it has.
    """
    return {"actions": actions, "whole": whole, "total": total if not capped and total is not None and total <= whole else None}


@register.inclusion_tag("web/q/pager.html")
def pager(
    first: int,
    last: int,
    total: int | None,
    previous: str = "",
    next: str = "",  # noqa: A002 - the pages' own word
    capped: bool = False,
    sizes: Sequence[tuple[int, str]] = (),
    size: int = 0,
) -> dict[str, Any]:
    """Keyset pages: what is shown of how many, previous and next. ``capped``: there are more than ``total``.

    ``sizes`` are (rows, address) to choose from, ``size`` the one in use.
    """
    return {
        "first": first,
        "last": last,
        "total": total,
        "previous": previous,
        "next": next,
        "capped": capped,
        "sizes": sizes,
        "size": size,
    }


@register.inclusion_tag("web/q/messages.html", takes_context=True)
def messages(context: Context) -> dict[str, Any]:
    """Results of the last action (Django messages) as notices; error and warning levels in their tones."""
    found = context.get("messages") or ()
    tones = {"success": "g", "warning": "w", "error": "r"}
    return {"entries": [(tones.get(message.level_tag, ""), message) for message in found]}
