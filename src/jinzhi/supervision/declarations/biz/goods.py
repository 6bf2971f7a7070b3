"""Goods brought in from a file or the clipboard, taken back again if they were the wrong ones, and given out as a workbook."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text, is_chinese
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.supervision.declarations.biz import attachments, checks, convert, drafts, sections, sheets, wizard
from jinzhi.supervision.declarations.biz.frame import draw, page, tell

SHEET_TYPE = attachments.TYPES["xlsx"]
_SHOWN_PROBLEMS = 100
_UNDO_LINES = 200


@require_POST
@page
def take(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """Read a file (``file``) or pasted cells (``cells``); ``mode`` add or replace. Wrong cells stay wrong cells, named by address."""
    draft = drafts.get(request.actor, draft_id)
    large = attachments.too_large(request, sheets.MAX_BYTES)
    if large:
        raise Refused(large, status=413)
    upload = request.FILES.get("file")
    if upload is None and not request.POST.get("cells", "").strip():
        raise Refused(Refusal("sheet.none", Text("选择一个文件，或粘贴表格的内容", "Choose a file, or paste cells of a table"), "file"), status=422)
    try:
        found = sheets.read(upload.read(), upload.name) if upload is not None else sheets.read_text(request.POST["cells"][:2_000_000])
    except Refused as refused:
        return draw(request, "declarations/biz/refused.html", {"refusals": refused.refusals, "back": wizard.url_of(draft, "goods"), "template": draft}, refused.status)
    before = draft.data.get("lines") or []
    kept = [] if request.POST.get("mode") == "replace" else convert.rows(draft.data, "lines")
    if len(kept) + len(found.rows) > sheets.MAX_LINES:
        text = Text("已有 {a} 行，再加 {b} 行会超过 {m} 行。改为替换，或分成几票申报", "With {a} lines there, {b} more are over {m}. Replace them, or split the declaration")
        raise Refused(Refusal("sheet.many", text.format(a=len(kept), b=len(found.rows), m=sheets.MAX_LINES), "file"), status=422)
    names = [c.name for c in (*sections.LINE_COLUMNS, *sections.MORE_COLUMNS) if c.name != "key"]
    rows = [{name: row.get(name, "") for name in names} | {"hs_code": convert.hs_code(row.get("hs_code", "")), "key": convert.new_key()} for row in found.rows]
    draft = drafts.save(request.actor, draft_id, "goods", {"lines": [*kept, *rows]}, seen=None, explicit=True)
    if len(before) <= _UNDO_LINES:
        request.session["import_before"] = {"draft": str(draft.pk), "lines": before}
    request.session["import_report"] = _report(draft, found, len(kept), before, upload.name if upload is not None else "")
    return HttpResponseRedirect(wizard.url_of(draft, "goods"))


def _report(draft: Any, found: sheets.Read, offset: int, before: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """What the import did: notes, and every wrong cell with its address and its place on the page."""
    state = checks.look(draft)
    problems = [[p.address, p.message.zh, p.message.en, ""] for p in found.problems]
    count = len(found.problems)
    for error in state.errors:
        parts = error.field.split(".")
        if parts[0] != "lines" or len(parts) < 3 or int(parts[1]) < offset:
            continue
        count += 1
        place = int(parts[1]) - offset
        if len(problems) < _SHOWN_PROBLEMS and place < len(found.numbers):
            title = sections.titles().get(f"lines.{parts[2]}", Text("", ""))
            says = error.message
            if title.zh and title.zh not in says.zh:
                says = Text(f"{title.zh}：{says.zh}", f"{title.en}: {says.en}")
            problems.append([found.address(place, parts[2]), says.zh, says.en, field_id(checks.place(error.field, draft.data))])
    problems.sort(key=lambda p: (int("".join(c for c in p[0] if c.isdigit()) or 0), len(p[0]), p[0]))
    return {
        "draft": str(draft.pk), "name": name, "count": len(found.rows), "wrong": count, "problems": problems, "more": max(0, count - len(problems)),
        "notes": [[n.zh, n.en] for n in found.notes], "unknown": found.unknown, "undo": len(before) <= _UNDO_LINES,
    }  # fmt: skip


@require_POST
@page
def undo(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """Put the lines back as they were before the last import."""
    draft = drafts.get(request.actor, draft_id)
    kept = request.session.get("import_before") or {}
    if kept.get("draft") != str(draft.pk):
        raise Refused(Refusal("undo.none", Text("已不能撤销这次导入。可以逐行删除", "This import can no longer be undone. Delete the lines instead")), status=409)
    del request.session["import_before"]
    drafts.save(request.actor, draft_id, "goods", {"lines": kept["lines"]}, seen=None, explicit=True)
    tell(request, Text("已撤销导入，商品恢复原样", "The import is undone; the goods are as before"))
    return HttpResponseRedirect(wizard.url_of(draft, "goods"))


@require_GET
@page
def template(request: Any, draft_id: uuid.UUID | None = None) -> HttpResponse:
    """The empty template, or the draft's lines in it."""
    rows = convert.rows(drafts.get(request.actor, draft_id).data, "lines") if draft_id else ()
    response = HttpResponse(sheets.template(is_chinese(), rows), content_type=SHEET_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{"goods" if rows else "goods-template"}.xlsx"'
    return response
