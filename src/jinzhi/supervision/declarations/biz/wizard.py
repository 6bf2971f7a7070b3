"""The wizard (报检填写): six sections over a draft, saved as one writes, checked as the office will check."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinzhi.kernel.codes import lists
from jinzhi.kernel.forms.models import Draft
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today
from jinzhi.kernel.web.parts import File, Item, Line, LineColumn, Words
from jinzhi.supervision.declarations.biz import checks, convert, drafts, foreign, panels, sections
from jinzhi.supervision.declarations.biz.frame import draw, page, request_id, tell, wants_json
from jinzhi.supervision.declarations.models import Declaration as Header

MAX_ROWS = {"lines": 500, "containers": 200, "certificates": 10, "kept": 50}


def url_of(draft: Draft, section: str) -> str:
    return reverse("biz:wizard", args=[draft.pk, section])


@require_POST
@page
def begin(request: Any) -> HttpResponse:
    """A first or further declaration; the same form sent twice leads to the same draft."""
    draft = drafts.begin(request.actor, request.party, request_id(request))
    return HttpResponseRedirect(url_of(draft, "trade"))


@require_POST
@page
def copy(request: Any, case_id: int | None = None) -> HttpResponse:
    """复制上一票: a draft with everything that usually stays."""
    source = case_id or drafts.latest_case(request.party.pk)
    if source is None:
        raise Refused(Refusal("copy.none", Text("还没有申报过，没有可复制的。开始第一票申报", "Nothing was declared yet to copy. Start the first declaration")), status=409)
    draft = drafts.copy_of(request.actor, request.party.pk, source, request_id(request))
    tell(request, Text("已复制。补上提单号、日期、集装箱和单证，其余核对即可", "Copied. Add the bill of lading, dates, containers and documents; check the rest"))
    return HttpResponseRedirect(url_of(draft, "trade"))


@require_POST
@page
def mend(request: Any, case_id: int) -> HttpResponse:
    """Open a returned declaration for correction, with the errors at their places."""
    draft = drafts.mend(request.actor, request.party.pk, case_id)
    state = checks.look(draft)
    first = next((s.key for s in sections.SECTIONS if _standing(draft, state, s.key)), "check")
    return HttpResponseRedirect(url_of(draft, first))


@require_GET
@page
def open_draft(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """To the first section that is not finished."""
    draft = drafts.get(request.actor, draft_id)
    state = checks.look(draft)
    tasks = checks.statuses(draft, state, "", lambda key: url_of(draft, key))
    return HttpResponseRedirect(next((t.url for t in tasks if t.state != "done"), tasks[-1].url))


@require_http_methods(["GET", "POST"])
@page
def wizard(request: Any, draft_id: uuid.UUID, section: str) -> HttpResponse:
    """Show a section; save it (``then``: next, exit, stay); save it silently when the page saves by itself."""
    chosen = sections.BY_KEY.get(section)
    if chosen is None:
        raise drafts.absent()
    if request.method == "GET":
        return show(request, drafts.get(request.actor, draft_id), chosen)
    draft = drafts.get(request.actor, draft_id)
    silent = request.headers.get("X-Autosave") == "1"
    part = read_part(request.POST, chosen, draft)
    seen = None if request.POST.get("keep") == "mine" else _seen(request)
    try:
        draft = drafts.save(request.actor, draft_id, section, part, seen=seen, explicit=not silent)
    except drafts.Conflict as conflict:
        if silent or wants_json(request):
            raise
        draft.data = _overlaid(draft.data, part)
        return show(request, draft, chosen, conflict=conflict.refusals[0], status=409)
    if silent:
        return JsonResponse({"saved": True, "version": drafts.saved(draft, section).rev})
    if request.POST.get("add_line"):
        table = request.POST["add_line"]
        return show(request, draft, chosen, blank=table)
    state = checks.look(draft)
    if request.POST.get("then") == "exit":
        tell(request, Text("草稿 {n} 已保存，保留 {d} 个自然日", "Draft {n} is saved; it is kept {d} days").format(n=draft.title, d=drafts.KEPT_DAYS))
        return HttpResponseRedirect(reverse("biz:home"))
    if _standing(draft, state, section):
        return show(request, draft, chosen, state=state, status=422)
    keys = [s.key for s in sections.SECTIONS]
    return HttpResponseRedirect(url_of(draft, keys[min(keys.index(section) + 1, len(keys) - 1)]))


def _seen(request: Any) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else None


def _overlaid(data: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The stored draft with what was typed on top, for a page that must not lose it."""
    return {**data, **{k: v for k, v in part.items() if k in ("lines", "containers", "certificates")}, "header": (data.get("header") or {}) | part.get("header", {})}


def read_part(post: Any, section: sections.Section, draft: Draft) -> dict[str, Any]:
    """What a posted section holds, as typed."""
    part: dict[str, Any] = {"header": {name: post.get(name, "")[:2000].strip() for name in section.names if name in post}}
    for table in section.lists:
        if f"{table}-count" in post:
            part[table] = _rows(post, table, sections.TABLES[table])
    if "lines" in part:
        part["lines"] = _with_more(post, part["lines"], draft)
    if "attachments" in section.lists:
        part["attachments"] = _attachment_words(post, draft)
    return part


def _rows(post: Any, prefix: str, columns: tuple[LineColumn, ...]) -> list[dict[str, str]]:
    count = post.get(f"{prefix}-count", "0")
    count = min(int(count) if count.isdigit() else 0, MAX_ROWS[prefix])
    found = [{c.name: post.get(f"{prefix}-{i}-{c.name}", "")[:2000].strip() for c in columns} for i in range(count)]
    while found and convert.is_empty(found[-1]):
        found.pop()
    return found


def _with_more(post: Any, rows: list[dict[str, str]], draft: Draft) -> list[dict[str, str]]:
    """Each row keeps what is written about it elsewhere: by its key, wherever it has gone; a copied row takes a copy."""
    stored = {row.get("key"): row for row in draft.data.get("lines") or []}
    names = [c.name for c in sections.MORE_COLUMNS]
    taken: set[str] = set()
    for row in rows:
        key = row.get("key", "")
        before = stored.get(key, {})
        row.update({name: post.get(f"more-{key}-{name}", before.get(name, ""))[:2000].strip() for name in names})
        if not key or key in taken or key not in stored:
            row["key"] = key = convert.new_key()
        taken.add(key)
    return rows


def _attachment_words(post: Any, draft: Draft) -> dict[str, dict[str, Any]]:
    typed: dict[str, dict[str, Any]] = {}
    for row in draft.data.get("attachments") or []:
        if f"att-{row['id']}-kind" in post:
            typed[row["id"]] = {"kind": post[f"att-{row['id']}-kind"][:20].strip(), "number": post.get(f"att-{row['id']}-number", "")[:60].strip()}
    for kept in _rows(post, "kept", KEPT_COLUMNS) if "kept-count" in post else []:
        if not convert.is_empty(kept):
            typed[f"k{convert.new_key()}"] = {"kept": True, **kept}
    return typed


KEPT_COLUMNS = (
    LineColumn("kind", Text("企业自存的单证", "Document kept by you"), "code", "declarations.attachment_kinds"),
    LineColumn("number", Text("编号", "Number"), width=16),
)


def _standing(draft: Draft, state: checks.State, key: str) -> list[Refusal]:
    """Errors of a section, and those of the return that still stand because the value is as it was sent."""
    return state.errors_in(key)


def show(
    request: Any, draft: Draft, section: sections.Section, *, state: checks.State | None = None, conflict: Refusal | None = None, blank: str = "", status: int = 200
) -> HttpResponse:
    """Draw a section with its errors at their fields."""
    state = state or checks.look(draft)
    done = (draft.data.get("done") or {}).get(section.key) or draft.case_id
    errors = state.errors if section.key == "check" else state.errors_in(section.key) if (done or status == 422) else []
    tasks = checks.statuses(draft, state, section.key, lambda key: url_of(draft, key))
    keys = [s.key for s in sections.SECTIONS]
    place = keys.index(section.key)
    forecast, forecast_why = panels.forecast(state)
    context: dict[str, Any] = {
        "draft": draft, "section": section, "tasks": tasks, "place": place + 1, "count": len(keys), "version": drafts.saved(draft, section.key).rev,
        "problems": [] if section.key == "check" else [checks.problem(e, draft.data) for e in errors], "page_errors": bool(errors) and section.key != "check",
        "next_title": sections.SECTIONS[place + 1].title if place + 1 < len(keys) else "",
        "groups": [(g.title, [_question(a, draft, errors) for a in g.asks]) for g in section.groups],
        "forecast": forecast, "forecast_why": forecast_why, "conflict": conflict, "facts": _facts(state), "saved_at": drafts.saved(draft, section.key).at[11:16],
        "returned": draft.data.get("returned") or [], "state": state, "own_url": url_of(draft, section.key), "kept_days": drafts.KEPT_DAYS,
        "can_copy": Header.objects.filter(declarant_id=draft.party_id).exists() if place == 0 and not draft.case_id else False,
    }  # fmt: skip
    context |= _body(section, draft, state, errors, blank)
    context["report"] = _report(request, draft) if section.key == "goods" else None
    return draw(request, f"declarations/biz/wizard_{section.key if section.key in ('goods', 'containers', 'papers', 'check') else 'fields'}.html", context, status)


def _report(request: Any, draft: Draft) -> dict[str, Any] | None:
    report = request.session.get("import_report")
    if report and report.get("draft") == str(draft.pk):
        return request.session.pop("import_report")
    return None


def _body(section: sections.Section, draft: Draft, state: checks.State, errors: list[Refusal], blank: str) -> dict[str, Any]:
    data = draft.data
    if section.key == "goods":
        cells = checks.cell_errors(errors, "lines", data)
        lines = [Line({c.name: pretty(c, row.get(c.name, "")) for c in sections.LINE_COLUMNS}, cells.get(i, {})) for i, row in enumerate(data.get("lines") or [])]
        return {
            "columns": sections.LINE_COLUMNS, "lines": [*lines, Line()] if blank == "lines" else lines, "max_lines": MAX_ROWS["lines"],
            "more": _more(data, cells), "needs": panels.needs(state), "classes": panels.classes(state), "totals": panels.totals(state),
        }  # fmt: skip
    if section.key == "containers":
        cells = checks.cell_errors(errors, "containers", data)
        rows = [Line(dict(row), cells.get(i, {})) for i, row in enumerate(data.get("containers") or [])]
        return {"columns": sections.CONTAINER_COLUMNS, "lines": [*rows, Line()] if blank == "containers" else rows, "goods": state.rough.lines, "max_lines": MAX_ROWS["containers"]}
    if section.key == "papers":
        return _papers(draft, state, errors, blank)
    if section.key == "check":
        doubts, notes = ({str(d.message): d for d in found}.values() for found in (state.doubts, state.notes))
        return {"sheet": sheet(draft, state), "needs": panels.needs(state), "doubts": doubts, "notes": notes, "elsewhere": _elsewhere(draft, errors), "blocked": _open(draft, state), "papers": [
            {"kind": lists.label("declarations.attachment_kinds", a.kind), "number": a.number, "name": a.name} for a in state.rough.attachments
        ]}
    return {}


def _elsewhere(draft: Draft, errors: list[Refusal]) -> list[tuple[Text, str]]:
    """Errors of all sections with the addresses of their fields; one of this page has its own id."""
    found = []
    for error in errors:
        problem = checks.problem(error, draft.data)
        here = error.field == "declared"
        found.append((checks.located(error), f"#{problem.field_id}" if here else f"{url_of(draft, sections.section_of(error.field))}#{problem.field_id}"))
    return found


def _open(draft: Draft, state: checks.State) -> list[tuple[Text, str]]:
    tasks = checks.statuses(draft, state, "check", lambda key: url_of(draft, key))[:-1]
    return [(t.label, t.url) for t in tasks if t.state != "done" and isinstance(t.label, Text)]


def pretty(column: LineColumn, value: str) -> str:
    """A typed number with its thousands parted, as the editor shows it."""
    if column.kind != "number" or not value:
        return value
    plain = convert.number(value)
    try:
        whole, _, part = plain.partition(".")
        return f"{int(whole or 0):,}" + (f".{part.ljust(column.places, '0')}" if part or column.places else "")
    except ValueError:
        return value


def _more(data: dict[str, Any], cells: dict[int, dict[str, Words]]) -> dict[str, Any]:
    """The further columns, one row for each stored line; open when something stands there."""
    rows, filled = [], False
    for i, row in enumerate(data.get("lines") or []):
        own = []
        for column in sections.MORE_COLUMNS:
            value, error = row.get(column.name, ""), cells.get(i, {}).get(column.name, "")
            filled = filled or bool(value or error)
            name = f"more-{row.get('key', '')}-{column.name}"
            own.append({"name": name, "id": f"f-{name}", "value": value, "error": error, "column": column})
        rows.append({"number": i + 1, "title": row.get("name_zh") or row.get("hs_code") or "", "cells": own})
    return {"columns": sections.MORE_COLUMNS, "rows": rows, "open": filled}


def _papers(draft: Draft, state: checks.State, errors: list[Refusal], blank: str) -> dict[str, Any]:
    data = draft.data
    cells = checks.cell_errors(errors, "certificates", data)
    asked = [Line(dict(row), cells.get(i, {})) for i, row in enumerate(data.get("certificates") or [])]
    kept = [Line({"kind": row["kind"], "number": row["number"]}) for row in data.get("attachments") or [] if row.get("kept")]
    bad = {e.field: e.message for e in errors}
    return {
        "asked": [*asked, Line()] if blank == "certificates" or not asked else asked, "asked_columns": sections.CERTIFICATE_COLUMNS, "kept": kept, "kept_columns": KEPT_COLUMNS,
        "attachments": [attachment_row(draft, row, bad.get(f"attachments.{i}.kind", "")) for i, row in enumerate(data.get("attachments") or []) if not row.get("kept")],
        "needs": panels.needs(state), "certificates": foreign.read_all(draft, state.rough), "kinds": kind_options(),
        "upload_url": reverse("biz:upload", args=[draft.pk]),
    }  # fmt: skip


def kind_options() -> list[tuple[str, Text]]:
    return [(e.code, e.label) for e in lists.entries("declarations.attachment_kinds", today())]


def attachment_row(draft: Draft, row: dict[str, Any], error: Any = "") -> dict[str, Any]:
    """An uploaded file with its kind and number, as a row of the page."""
    return {
        "id": row["id"], "kind": row.get("kind", ""), "number": row.get("number", ""), "error": error, "certificate": row.get("media_type") == "application/xml",
        "file": File(
            row.get("name") or str(Text("文件", "File")), row.get("size") or 0, row.get("sha256", ""), row.get("at"), reverse("biz:file", args=[draft.pk, row["id"]]),
            reverse("biz:file_remove", args=[draft.pk, row["id"]]),
        ),
    }  # fmt: skip


def _question(ask: sections.Ask, draft: Draft, errors: list[Refusal]) -> dict[str, Any]:
    """One question with its value, choices, the words of its code, and its error."""
    header = draft.data.get("header") or {}
    value = header.get(ask.name, "")
    error = next((e.message for e in errors if checks.place(e.field, draft.data) == ask.name), "")
    options: list[tuple[str, Any]] | None = None
    text: Any = ""
    if ask.kind == "select":
        options = [("", Text("请选择", "Choose")), *((e.code, Text(f"{e.code} {e.label.zh}", f"{e.code} {e.label.en}")) for e in lists.entries(ask.list, today()))]
        if ask.name == "kind":
            options = [o for o in options if not o[0] or o[0].startswith("1")]
        value = convert.code(ask.list, value) if value else ""
        if value and value not in {o[0] for o in options}:
            options.append((value, value))
    elif ask.kind == "code" and value:
        found = lists.get(ask.list, convert.code(ask.list, value))
        text = found.label if found else ""
    return {"ask": ask, "value": value, "options": options, "text": text, "error": error}


def _facts(state: checks.State) -> list[Item]:
    """The line under the title: what this consignment is."""
    d = state.rough
    found = [Item(Text("企业报检号", "Your number"), d.enterprise_number, mono=True)]
    if d.bill_of_lading:
        found.append(Item(Text("提单", "Bill"), d.bill_of_lading, mono=True))
    ports = [p for p in (d.despatch_port, d.entry_port) if p]
    if len(ports) == 2:
        found.append(Item(Text("航程", "Route"), " → ".join(str(lists.label("ports", p)) for p in ports)))
    if state.payload.get("arrived_on") and not any(e.field == "arrived_on" for e in state.errors):
        found.append(Item(Text("到货", "Arrival"), d.arrived_on))
    return found


def sheet(draft: Draft, state: checks.State) -> list[dict[str, Any]]:
    """The whole declaration as read, section by section, for checking and printing."""
    found = []
    for section in sections.SECTIONS[:-1]:
        items = []
        for group in section.groups:
            for ask in group.asks:
                q = _question(ask, draft, [])
                value = convert.clean_text(q["value"])
                if ask.kind == "select" and value:
                    value = str(lists.label(ask.list, value))
                elif q["text"]:
                    value = f"{q['text']}（{convert.code(ask.list, value)}）" if ask.kind == "code" else value
                if value or not ask.optional:
                    items.append(Item(ask.title, value, mono=ask.mono, wide=ask.kind == "note"))
        found.append({"section": section, "url": url_of(draft, section.key), "items": items, "wrong": len(state.errors_in(section.key))})
    return found


@require_GET
@page
def needs_panel(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """The panels that follow the goods: documents needed, inspection classes, what to expect. Asked again after each save."""
    draft = drafts.get(request.actor, draft_id)
    state = checks.look(draft)
    forecast, why = panels.forecast(state)
    papers = request.GET.get("papers") == "1"
    template = "declarations/biz/_needs_panel.html" if papers else "declarations/biz/_needs.html"
    return draw(
        request, template,
        {"draft": draft, "section": sections.BY_KEY["papers" if papers else "goods"], "needs": panels.needs(state), "classes": panels.classes(state), "totals": panels.totals(state), "forecast": forecast, "forecast_why": why, "state": state, "swap": True},
    )  # fmt: skip


@require_GET
@page
def print_draft(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """The draft on paper, marked as one."""
    draft = drafts.get(request.actor, draft_id)
    state = checks.look(draft)
    return draw(request, "declarations/biz/print.html", {"draft": draft, "sheet": sheet(draft, state), "declaration": state.rough, "totals": panels.totals(state), "state": state})


@require_http_methods(["GET", "POST"])
@page
def delete(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """Ask once, then delete."""
    if request.method == "GET":
        return draw(request, "declarations/biz/delete.html", {"draft": drafts.get(request.actor, draft_id)})
    drafts.delete(request.actor, draft_id)
    tell(request, Text("草稿已删除", "The draft is deleted"))
    return HttpResponseRedirect(reverse("biz:home"))


__all__ = ["begin", "copy", "delete", "mend", "needs_panel", "open_draft", "print_draft", "request_id", "show", "wizard"]
