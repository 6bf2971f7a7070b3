"""Forms: fields, choices, pickers, uploads and the line editor. All of them work as plain HTML forms before any script runs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import File, Line, LineColumn, Words

register = template.Library()

ADD_LINE = Text("添加一行", "Add a line")

_UNSAFE = re.compile(r"[^\w-]+")


def field_id(name: str) -> str:
    """The id of a field: ``lines.0.net_weight`` → ``f-lines-0-net_weight``. Error summaries lead to it."""
    return "f-" + _UNSAFE.sub("-", name)


@register.inclusion_tag("web/q/field.html")
def field(
    name: str,
    label: Words,
    value: Any = "",
    type: str = "text",  # noqa: A002 - the HTML attribute's own name
    hint: Words = "",
    error: Words = "",
    optional: bool = False,
    options: Iterable[tuple[Any, Words]] | None = None,
    large: bool = False,
    readonly: bool = False,
    disabled: bool = False,
    rows: int = 3,
    unit: Words = "",
    autocomplete: str = "",
    inputmode: str = "",
    maxlength: int | None = None,
    id: str = "",  # noqa: A002
    mono: bool = False,
    width: str = "",
) -> dict[str, Any]:
    """One question: label above, hint, field, error. ``type``: text, password, date, number, textarea, select, email, tel, search.

    ``options`` are (value, label) pairs of a select. Dates and numbers are text fields on purpose: they take ``20111123``, ``今天``
    and full-width digits, which native widgets refuse; the scripts and the server convert. ``width``: s, m for short answers.
    """
    own = id or field_id(name)
    described = " ".join(part for part, there in ((f"{own}-h", hint), (f"{own}-e", error)) if there)
    kind = "text" if type in ("date", "number") else type
    return {
        "name": name,
        "label": label,
        "value": "" if value is None else value,
        "text_value": "" if value is None else str(value),
        "type": kind,
        "date": type == "date",
        "number": type == "number",
        "hint": hint,
        "error": error,
        "optional": optional,
        "options": [(str(key), words) for key, words in options] if options is not None else None,
        "large": large,
        "readonly": readonly,
        "disabled": disabled,
        "rows": rows,
        "unit": unit,
        "autocomplete": autocomplete or ("off" if type in ("date", "number") else ""),
        "inputmode": inputmode or ("decimal" if type == "number" else ""),
        "maxlength": maxlength,
        "id": own,
        "described": described,
        "mono": mono,
        "width": width,
    }


@register.inclusion_tag("web/q/choices.html")
def choices(
    name: str,
    label: Words,
    options: Iterable[tuple[Any, Words]],
    value: Any = "",
    hint: Words = "",
    error: Words = "",
    optional: bool = False,
    multiple: bool = False,
    inline: bool = False,
    large: bool = False,
) -> dict[str, Any]:
    """Radio buttons or, with ``multiple``, boxes to tick (``value`` is then a collection), in a fieldset with its legend."""
    own = field_id(name)
    chosen = {str(v) for v in value} if multiple and not isinstance(value, str) else {str(value)}
    entries = [(f"{own}-{index}", str(key), words, str(key) in chosen) for index, (key, words) in enumerate(options)]
    # the error summary leads to the first choice
    entries = [(own if index == 0 else entry[0], *entry[1:]) for index, entry in enumerate(entries)]
    return {
        "name": name, "label": label, "entries": entries, "hint": hint, "error": error, "optional": optional, "multiple": multiple,
        "inline": inline, "large": large, "id": own,
        "described": " ".join(part for part, there in ((f"{own}-h", hint), (f"{own}-e", error)) if there),
    }  # fmt: skip


@register.inclusion_tag("web/q/check.html")
def check(name: str, label: Words, checked: bool = False, value: str = "1", hint: Words = "", error: Words = "") -> dict[str, Any]:
    """A single box to tick with its sentence."""
    return {"name": name, "label": label, "checked": checked, "value": value, "hint": hint, "error": error, "id": field_id(name)}


@register.inclusion_tag("web/q/form_field.html")
def form_field(
    bound: Any, large: bool = True, label: Words = "", hint: Words = "", optional: bool | None = None, autocomplete: str = ""
) -> dict[str, Any]:
    """A Django BoundField drawn as our field; its errors, label and help text are its own unless given."""
    bound_id = bound.id_for_label or bound.auto_id
    errors = "；".join(str(e) for e in bound.errors)
    words = hint or bound.help_text
    described = " ".join(part for part, there in ((f"{bound_id}-h", words), (f"{bound_id}-e", errors)) if there)
    attrs: dict[str, Any] = {"class": "q-input q-input--l" if large else "q-input", "placeholder": False}
    if bound.field.widget.__class__.__name__ in ("CheckboxInput", "RadioSelect", "CheckboxSelectMultiple"):
        attrs = {}
    if described:
        attrs["aria-describedby"] = described
    if errors:
        attrs["aria-invalid"] = "true"
    if autocomplete:
        attrs["autocomplete"] = autocomplete
    return {
        "bound": bound, "widget": bound.as_widget(attrs=attrs), "label": label or bound.label, "hint": words, "error": errors,
        "optional": (not bound.field.required) if optional is None else optional, "id": bound_id,
        "checkbox": bound.field.widget.__class__.__name__ == "CheckboxInput", "hidden": bound.is_hidden,
    }  # fmt: skip


@register.inclusion_tag("web/q/code_picker.html")
def code_picker(
    name: str, label: Words, list: str, value: str = "", text: Words = "", hint: Words = "", error: Words = "", optional: bool = False,  # noqa: A002
    large: bool = False, url: str = "", on: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """A code of a list, found by code, words or pinyin initials: ``{% code_picker "origin" "原产国" "countries" value text %}``.

    The field itself takes the code, so it works without scripts; ``text`` is the label shown beside it. Candidates come from
    ``url`` (default ``/codes/<list>/?q=``) as JSON ``{"entries": [{"code", "label", "note"?, "url"?}]}``.
    """
    own = field_id(name)
    address = url or f"/codes/{list}/"
    if on:
        address += f"?on={on}"
    return {
        "name": name, "label": label, "list": list, "value": value or "", "text": text, "hint": hint, "error": error,
        "optional": optional, "large": large, "url": address, "id": own,
        "described": " ".join(part for part, there in ((f"{own}-h", hint), (f"{own}-t", True), (f"{own}-e", error)) if there),
    }  # fmt: skip


@register.inclusion_tag("web/q/party_picker.html")
def party_picker(
    name: str, label: Words, url: str, value: str = "", text: Words = "", hint: Words = "", error: Words = "", optional: bool = False,
    create_url: str = "", large: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """An enterprise: search first, favourites next (``tag`` of an entry), create last (``create_url``). Answers as ``code_picker``."""
    own = field_id(name)
    return {
        "name": name, "label": label, "value": value or "", "text": text, "hint": hint, "error": error, "optional": optional,
        "url": url, "create_url": create_url, "large": large, "id": own,
        "described": " ".join(part for part, there in ((f"{own}-h", hint), (f"{own}-t", True), (f"{own}-e", error)) if there),
    }  # fmt: skip


@register.inclusion_tag("web/q/file_upload.html", takes_context=True)
def file_upload(
    context: Context, name: str, label: Words, url: str = "", files: Sequence[File] = (), accept: str = ".pdf,.jpg,.jpeg,.png",
    max_bytes: int = 10 * 1024 * 1024, hint: Words = "", error: Words = "", multiple: bool = True, fields: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Files: chosen or dropped, measured and hashed in the browser, sent one by one with progress, sent again when it failed.

    Each file is posted to ``url`` as ``file`` with ``sha256`` and ``fields``; the answer is JSON ``{"html": row}`` or
    ``{"error": sentence}``. Without scripts (or without ``url``) it is an ordinary file field called ``name``.
    """
    own = field_id(name)
    return {
        "name": name, "label": label, "url": url, "files": files, "accept": accept, "max_bytes": max_bytes, "hint": hint, "error": error,
        "multiple": multiple, "fields": dict(fields or {}), "id": own, "csrf_token": context.get("csrf_token"),
        "kinds": "、".join(part.strip(". ").upper() for part in accept.split(",")) if accept else "",
        "described": " ".join(part for part, there in ((f"{own}-h", True), (f"{own}-e", error)) if there),
    }  # fmt: skip


@register.inclusion_tag("web/q/file_row.html")
def file_row(file: File) -> dict[str, Any]:
    """One uploaded file, as the upload's answer gives it."""
    return {"file": file}


@register.inclusion_tag("web/q/line_editor.html")
def line_editor(
    prefix: str, columns: Sequence[LineColumn], lines: Sequence[Line], caption: Words, max_lines: int = 200, add_label: Words = ADD_LINE,
) -> dict[str, Any]:  # fmt: skip
    """A table of rows of inputs called ``<prefix>-<row>-<column>``, with ``<prefix>-count``; see the ``q-lines`` element.

    Enter goes to the next field, cells copied from Excel fill rows and columns, numbers are summed. Errors stand in their cells.
    """
    rows = []
    for index, line in enumerate(lines or (Line(),)):
        cells = []
        for column in columns:
            name = f"{prefix}-{index}-{column.name}"
            value = line.values.get(column.name)
            cells.append(
                {
                    "name": name,
                    "id": field_id(name),
                    "value": "" if value is None else value,
                    "error": line.errors.get(column.name, ""),
                    "column": column,
                }
            )
        rows.append({"number": index + 1, "index": index, "cells": cells})
    # a line's place of errors that belong to no cell
    general = [(index + 1, line.errors[""]) for index, line in enumerate(lines) if line.errors.get("")]
    return {
        "prefix": prefix, "columns": columns, "rows": rows, "caption": caption, "max_lines": max_lines, "add_label": add_label,
        "general": general, "count": len(rows), "totals": any(c.total for c in columns),
    }  # fmt: skip


@register.simple_tag
def request_id() -> SafeString:
    """A hidden field with a number of its own: a form sent twice is done once (the server keeps the number)."""
    return format_html('<input type="hidden" name="request_id" value="{}">', secrets.token_hex(16))


@register.simple_tag
def saved_state(at: str = "") -> SafeString:
    """The place where a page with autosave says when it last saved."""
    words = Text("已自动保存 {at}", "Saved automatically {at}").format(at=at) if at else ""
    return format_html('<span class="q-saved q-green" role="status" data-saved>{}</span>', words)
