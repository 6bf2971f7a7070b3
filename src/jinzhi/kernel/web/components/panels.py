"""Panels: what stands on a page around the data. Tags with a body are closed with ``end<name>``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components import forms
from jinzhi.kernel.web.components.marks import icon, tag
from jinzhi.kernel.web.parts import Action, Change, Entry, Item, Kpi, Opinion, Problem, Step, Tab, Task, Words

register = template.Library()

NEXT_STEP = Text("下一步", "Next step")
PROGRESS = Text("填写进度", "Progress")


@register.inclusion_tag("web/q/step_strip.html")
def step_strip(steps: Iterable[Step]) -> dict[str, Any]:
    """The steps of a case in equal cells; the current one has a line below, a stopped one is hatched."""
    return {"steps": steps}


@register.inclusion_tag("web/q/next_actions.html", takes_context=True)
def next_actions(context: Context, actions: Sequence[Action], blocked: Words = "", title: Words = NEXT_STEP) -> dict[str, Any]:
    """The panel of what can be done now, digits 1–9 on the keyboard; ``blocked`` says what is still missing."""
    return {"actions": actions, "blocked": blocked, "title": title, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("web/q/timeline.html")
def timeline(entries: Iterable[Entry]) -> dict[str, Any]:
    """The history, newest first as given: what, when, by whom."""
    return {"entries": entries}


@register.inclusion_tag("web/q/summary_list.html")
def summary(items: Iterable[Item], columns: int = 2) -> dict[str, Any]:
    """Label and value pairs in two columns (or one)."""
    return {"items": items, "columns": columns}


@register.simple_block_tag
def panel(
    content: str, title: Words = "", link: str = "", link_text: Words = "", level: int = 2, id: str = "", flush: bool = False  # noqa: A002
) -> SafeString:
    """A white sheet with a head: ``{% panel "申报信息" %}…{% endpanel %}``. ``flush`` leaves out the padding, for tables."""
    head: SafeString | str = ""
    if title:
        side = (
            format_html('<a href="{}">{}</a>', link, link_text)
            if link
            else (format_html('<span class="q-sub">{}</span>', link_text) if link_text else "")
        )
        number = mark_safe(str(int(level)))  # noqa: S308 - a digit
        head = format_html('<div class="q-panel__head"><h{}>{}</h{}>{}</div>', number, title, number, side)
    body = content if flush else format_html('<div class="q-panel__body">{}</div>', content)
    anchor = format_html(' id="{}"', id) if id else ""
    return format_html('<section class="q-panel"{}>{}{}</section>', anchor, head, body)


@register.simple_block_tag
def notice(content: str, title: Words = "", tone: str = "", live: bool = False) -> SafeString:
    """A message in the page: ``{% notice "已受理" "g" %}下一步由…{% endnotice %}``. Tones: empty, g done, w mind, r must read.

    ``live`` makes screen readers speak it when it appears after an action.
    """
    css = f"q-notice q-notice--{tone}" if tone in ("g", "w", "r") else "q-notice"
    role = mark_safe(' role="status"') if live else ""
    head = format_html("<b>{}</b>", title) if title else ""
    return format_html('<div class="{}"{}>{}<div>{}</div></div>', css, role, head, content)


_VERDICTS = {
    "valid": ("", "check"),
    "replaced": ("w", "info"),
    "expired": ("w", "clock"),
    "void": ("r", "cross"),
    "unknown": ("r", "cross"),
}


@register.simple_block_tag
def verdict(content: str, title: Words, state: str = "valid") -> SafeString:
    """The band that answers a public check: valid, replaced, expired, void, unknown; the words come first, then the colour."""
    tone, sign = _VERDICTS.get(state, _VERDICTS["unknown"])
    css = f"q-verdict q-verdict--{tone}" if tone else "q-verdict"
    return format_html(
        '<div class="{}" role="status"><i>{}</i><div><b>{}</b><p>{}</p></div></div>',
        css,
        icon(sign, 20),
        title,
        mark_safe(content.strip()),  # noqa: S308 - rendered, so escaped already; strip() forgets that
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: Words, foot: str = "") -> SafeString:  # noqa: A002
    """A native dialog, opened by any ``data-open="id"``, closed by Esc or ``data-close``; focus returns to what opened it."""
    return format_html(
        '<dialog class="q-dialog" id="{}" aria-labelledby="{}-h"><div class="q-dialog__body"><h2 id="{}-h" tabindex="-1">{}</h2>{}</div>{}</dialog>',
        id,
        id,
        id,
        title,
        content,
        format_html('<div class="q-dialog__foot">{}</div>', foot) if foot else "",
    )


@register.simple_block_tag
def empty_state(content: str, title: Words) -> SafeString:
    """Nothing to show: the reason as title, the next step as body."""
    return format_html('<div class="q-panel q-empty"><b>{}</b>{}</div>', title, content)


@register.inclusion_tag("web/q/tabs.html")
def tabs(items: Iterable[Tab], label: Words = "") -> dict[str, Any]:
    """Tabs that are links, each with its count."""
    return {"items": items, "label": label}


_TASK_STATES = {
    "todo": (Text("未开始", "Not started"), "o", ""),
    "doing": (Text("填写中", "In progress"), "b", ""),
    "done": (Text("已完成", "Completed"), "g", ""),
    "blocked": (Text("暂不能填写", "Cannot start yet"), "", ""),
    "wrong": (Text("有问题", "Needs changes"), "r", "warn"),
}


@register.simple_tag
def task_state(state: str) -> SafeString:
    """The tag of one of the five words of a wizard's task list."""
    words, tone, sign = _TASK_STATES[state]
    return tag(words, tone, sign)


@register.inclusion_tag("web/q/task_list.html")
def task_list(tasks: Iterable[Task], label: Words = PROGRESS) -> dict[str, Any]:
    """The sections of a wizard with their state."""
    return {"tasks": tasks, "label": label}


@register.inclusion_tag("web/q/kpi_row.html")
def kpi_row(items: Iterable[Kpi]) -> dict[str, Any]:
    """Key figures side by side; each is a link."""
    return {"items": items}


@register.inclusion_tag("web/q/opinion_chain.html")
def opinion_chain(opinions: Iterable[Opinion]) -> dict[str, Any]:
    """The approval sheet: proposal, review, decision."""
    return {"opinions": opinions}


_CHANGES = {"changed": (Text("修改", "Changed"), "b"), "new": (Text("新增", "Added"), "g"), "gone": (Text("删除", "Removed"), "r")}


@register.simple_tag
def change_tag(change: Change) -> SafeString:
    """The word of a difference."""
    words, tone = _CHANGES[change.kind]
    return tag(words, tone)


@register.inclusion_tag("web/q/diff_list.html")
def diff_list(changes: Iterable[Change]) -> dict[str, Any]:
    """Differences between two versions, marked by word, strike and underline."""
    return {"changes": changes}


@register.inclusion_tag("web/q/error_summary.html")
def error_summary(errors: Iterable[Problem | Any]) -> dict[str, Any]:
    """What must be mended, at the top of the page; each line leads to its field. Nothing is drawn without errors.

    Takes Problems, Refusals (their ``field`` is a field's name: ``lines.0.net_weight``) or a Django form (ids of its fields).
    """
    return {"problems": problems(errors)}


def problems(errors: Any) -> list[Problem]:
    """Problems out of Problems, Refusals, (id, sentence) pairs, texts, or a bound form."""
    if hasattr(errors, "errors") and hasattr(errors, "fields"):
        found = [Problem(str(message)) for message in errors.non_field_errors()]
        return found + [Problem(str(message), bound.id_for_label or bound.auto_id) for bound in errors for message in bound.errors]
    found = []
    for error in errors or ():
        if isinstance(error, Problem):
            found.append(error)
        elif hasattr(error, "message") and hasattr(error, "field"):
            found.append(Problem(error.message, forms.field_id(error.field) if error.field else ""))
        elif isinstance(error, tuple):
            found.append(Problem(error[1], error[0]))
        else:
            found.append(Problem(error))
    return found


@register.inclusion_tag("web/q/document_frame.html")
def document_frame(pages: Sequence[str], title: Words, pdf: str = "", text: str = "", page: int = 1) -> dict[str, Any]:
    """Page images (addresses of SVG or PNG) as on paper, with the tools above; ``text`` is the id of the same content as text."""
    return {"pages": pages, "title": title, "pdf": pdf, "text": text, "page": page, "count": len(pages)}


@register.inclusion_tag("web/q/nav.html", takes_context=True)
def navigation(context: Context, shell: str) -> dict[str, Any]:
    """The left navigation of a shell; counts come from ``nav_counts`` in the context: {url name: number or text}, further groups
    (what the reader has kept) from ``nav_groups``."""
    counts = context.get("nav_counts") or {}
    late = context.get("nav_late") or ()
    groups = [*context["nav"][shell], *(context.get("nav_groups") or ())]
    return {"groups": groups, "counts": counts, "late": late}
