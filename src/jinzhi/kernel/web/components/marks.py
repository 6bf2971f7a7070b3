"""Marks: icons, tags, keys, buttons, due dates and the clock bar. Drawn in Python because a queue page holds hundreds of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import Stop, Words

register = template.Library()

TONES = ("", "b", "g", "w", "r", "o")
_TONE_ICONS = {"g": "check", "r": "cross"}


@lru_cache(maxsize=1)
def _sprite() -> str:
    return static("web/icons.svg")


@register.simple_tag
def icon(name: str, size: int = 16, label: Words = "") -> SafeString:
    """One of the 44 symbols of ``icons.svg``: ``{% icon "stamp" %}``. Sizes 16, 20, 24. Without ``label`` it is decoration."""
    css = "q-ico" if size == 16 else f"q-ico q-ico--{size}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', css, label, _sprite(), name)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, _sprite(), name)


@register.simple_tag
def tag(text: Words, tone: str = "", sign: str = "") -> SafeString:
    """A status tag: ``{% tag "查验中" "b" %}``. Tones: empty grey, b at work, g passed, w waiting, r bad, o not begun.

    ``sign`` names an icon (or ``card`` for the yellow and red card); meaning never rests on colour alone, the words carry it.
    """
    css = f"q-tag q-tag--{tone}" if tone in TONES and tone else "q-tag"
    mark: SafeString | str = ""
    if sign == "card":
        red = " q-tag__card--r" if tone == "r" else ""
        mark = format_html('<svg class="q-tag__card{}" aria-hidden="true"><rect width="9" height="12"/></svg>', red)
    elif sign == "auto":
        mark = icon(_TONE_ICONS[tone]) if tone in _TONE_ICONS else ""
    elif sign:
        mark = icon(sign)
    return format_html('<span class="{}">{}{}</span>', css, mark, text)


@register.simple_tag
def kbd(key: str) -> SafeString:
    """A key as drawn on a button: ``{% kbd "J" %}``."""
    return format_html('<kbd class="q-kbd">{}</kbd>', key)


@register.simple_tag
def button(
    label: Words,
    href: str = "",
    tone: str = "",
    size: str = "",
    key: str = "",
    icon_name: str = "",
    name: str = "",
    value: str = "",
    type: str = "submit",  # noqa: A002 - the HTML attribute's own name
    disabled: bool = False,
    dialog: str = "",
    form: str = "",
    action: str = "",
) -> SafeString:
    """A button (verb and object), or a link that looks like one when ``href`` is given.

    tone: p main, d cannot be undone; size: l public 44 px, f field 48 px, w full width. ``dialog`` opens the dialog of that id,
    ``action`` is what the scripts know it by (``next``, ``print``), ``key`` the letter shown on it.
    """
    css = "q-btn" + "".join(f" q-btn--{part}" for part in (tone, *size) if part)
    inner = format_html("{}{}{}", icon(icon_name) if icon_name else "", label, format_html(" {}", kbd(key)) if key else "")
    attrs: list[tuple[str, Any]] = []
    if href and not disabled:
        attrs += [("href", href)]
        element = "a"
    else:
        attrs += [("type", "button" if dialog else type)]
        element = "button"
        if name:
            attrs += [("name", name), ("value", value)]
        if form:
            attrs += [("form", form)]
        if disabled:
            attrs += [("disabled", "")]
    if dialog:
        attrs += [("data-open", dialog)]
    if action:
        attrs += [("data-act", action)]
    if key:
        attrs += [("data-key", key.lower()), ("aria-keyshortcuts", key)]
    pairs = format_html_join("", ' {}="{}"', attrs)
    return format_html('<{} class="{}"{}>{}</{}>', mark_safe(element), css, pairs, inner, mark_safe(element))  # noqa: S308 - a or button


@register.simple_tag
def due(text: Words, tone: str = "", share: float | None = None, title: Words = "") -> SafeString:
    """A due date in a list, with the little bar of time used: ``{% due "今日 17:00" "w" 0.84 %}``.

    tone: r overdue, w due today, empty in time, s the clock stands still. ``share`` is the part of the time used, 0 to 1.
    """
    css = f"q-due q-due--{tone}" if tone in ("r", "w", "s") else "q-due"
    bar: SafeString | str = ""
    if share is not None:
        width = round(96 * min(1.0, max(0.0, float(share))))
        used = f"q-clock__used q-clock__used--{tone}" if tone in ("r", "w", "s") else "q-clock__used"
        bar = format_html(
            '<svg width="96" height="4" viewBox="0 0 96 4" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="q-clock__left" width="96" height="4"/><rect class="{}" width="{}" height="4"/></svg>',
            used,
            width,
        )
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="{}"{}>{}{}</span>', css, hint, text, bar)


def clock_sentence(used: int, total: int, stops: Sequence[Stop], unit: Words, done: bool = False) -> Text:
    """The clock in words, as screen readers and printed pages have it: every stop with its reason."""
    stopped = sum(stop.days for stop in stops)
    named = [(stop.label if isinstance(stop.label, Text) else Text(stop.label, stop.label), stop.days) for stop in stops]
    reasons = Text("、".join(f"{label.zh} {days}" for label, days in named), ", ".join(f"{label.en} {days}" for label, days in named))
    halt = Text(f"，停止 {stopped}（{reasons.zh}）", f", stopped {stopped} ({reasons.en})") if stopped else Text("", "")
    left = total - used
    unit_zh, unit_en = (unit.zh, unit.en) if isinstance(unit, Text) else (str(unit), str(unit))
    if left < 0:
        rest = Text(f"超期 {-left} 个{unit_zh}", f"overdue by {-left} {unit_en}")
    elif done:
        rest = Text(f"时限 {total} 个{unit_zh}", f"limit {total} {unit_en}")
    else:
        rest = Text(f"剩 {left} 个{unit_zh}", f"{left} {unit_en} left")
    verb = Text("已办结，用时", "Finished, used") if done else Text("已用", "Used")
    return Text(f"{verb.zh} {used}{halt.zh}，{rest.zh}", f"{verb.en} {used}{halt.en}, {rest.en}")


WORKING_DAYS = Text("工作日", "working days")


def _pct(part: float, whole: float) -> str:
    return f"{100 * part / whole:.3f}%"


@register.simple_tag
def clock_bar(
    used: int,
    total: int,
    stopped: Sequence[Stop] = (),
    state: str = "running",
    start: Words = "",
    today: Words = "",
    due: Words = "",
    note: Words = "",
    unit: Words = WORKING_DAYS,
) -> SafeString:
    """The legal clock: used, stopped (hatched, with its reason) and left, to scale, with a sentence that says the same.

    ``{% clock_bar 23 60 stops start="09-21 受理" today="今天 11-23" due="法定 2012-01-16" %}``. ``used`` and ``total`` are counted
    days, the stops come on top. ``state``: running, stopped, overdue, done. Widths are SVG attributes: style attributes are forbidden.
    """
    stops = sorted(stopped, key=lambda stop: stop.at)
    halted = sum(stop.days for stop in stops)
    whole = max(total, used) + halted or 1
    tone = {"overdue": " q-clock__used--r", "stopped": "", "done": " q-clock__done"}.get(state, "")
    if state == "running" and used > total:
        tone = " q-clock__used--r"
    out: list[SafeString | str] = []
    labels: list[SafeString] = []
    at = 0.0

    def segment(days: float, css: str, text: Words, text_css: str) -> None:
        nonlocal at
        if days <= 0:
            return
        out.append(format_html('<rect class="{}" x="{}" y="1.7em" width="{}" height="1.54em"/>', css, _pct(at, whole), _pct(days, whole)))
        # a text wider than its stretch is left to the sentence below the bar
        if text and days / whole >= 0.015 * _width(str(text)):
            labels.append(
                format_html('<text class="{}" x="{}" y="2.8em" text-anchor="middle">{}</text>', text_css, _pct(at + days / 2, whole), text)
            )
        at += days

    counted = 0
    words = (Text("已用", "used"), Text("剩", "left"))
    first = True
    for stop in stops:
        days = min(stop.at, used) - counted
        segment(days, f"q-clock__used{tone}", f"{words[0]} {days}" if first else str(days), "q-clock__in")
        first = first and days <= 0
        counted += max(0, days)
        segment(stop.days, "q-clock__stop", f"{stop.label} {stop.days}", "q-clock__over")
    segment(used - counted, f"q-clock__used{tone}", f"{words[0]} {used - counted}" if first else str(used - counted), "q-clock__in")
    now = at
    left = total - used
    segment(left, "q-clock__left", "" if state == "done" else f"{words[1]} {left}", "")
    limit = _pct(min(whole, total + halted), whole)
    out.append('<rect class="q-clock__edge" x="0" y="1.7em" width="100%" height="1.54em"/>')
    out += labels
    mark = '<line class="{}" x1="{}" x2="{}" y1="1.4em" y2="3.5em"/>'
    out.append(format_html(mark, "q-clock__law", limit, limit))
    if state != "done" and 0 < now < whole:
        out.append(format_html(mark, "q-clock__now", _pct(now, whole), _pct(now, whole)))
    # the two upper texts must not meet: near the end "today" hangs to the left of its line
    anchor = "start" if now / whole < 0.12 else "end" if now / whole > 0.7 else "middle"
    if today and (left > 0.2 * whole or not due):
        out.append(
            format_html('<text class="q-clock__strong" x="{}" y="1.05em" text-anchor="{}">{}</text>', _pct(now, whole), anchor, today)
        )
    if due:
        end = "end" if (total + halted) / whole > 0.75 else "middle"
        out.append(format_html('<text class="q-clock__strong" x="{}" y="1.05em" text-anchor="{}">{}</text>', limit, end, due))
    if start:
        out.append(format_html('<text x="0" y="4.6em">{}</text>', start))
    if note:
        out.append(format_html('<text x="100%" y="4.6em" text-anchor="end">{}</text>', note))
    sentence = clock_sentence(used, total, stops, unit, done=state == "done")
    body = mark_safe("".join(map(str, out)))  # noqa: S308 - every part went through format_html
    return format_html(
        '<div class="q-clock-box"><svg class="q-clock q-clock--{}" role="img" aria-label="{}">{}</svg><p class="q-sub">{}</p></div>',
        escape(state),
        sentence,
        body,
        sentence,
    )


def _width(text: str) -> float:
    """Rough width of a text, in hundredths of a bar 860 px wide at 13 px: Chinese characters count one, Latin a half."""
    return sum(1.0 if ord(char) > 0x2E80 else 0.55 for char in text) + 0.6


@register.simple_tag
def bar(share: float, label: Words = "", tone: str = "") -> SafeString:
    """A plain bar of a share 0 to 1, as wide as its place: upload progress, quota."""
    used = f"q-clock__used q-clock__used--{tone}" if tone else "q-clock__used"
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="q-barline" {}><rect class="q-clock__left" width="100%" height="100%"/><rect class="{}" width="{}" height="100%"/></svg>',
        role,
        used,
        f"{100 * min(1.0, max(0.0, float(share))):.1f}%",
    )
