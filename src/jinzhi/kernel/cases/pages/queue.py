"""Pages of queues: mine, my group's, waiting, done, search; claims, bulk acts and the spreadsheet of a list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.pages import chips, keeping, listing
from jinzhi.kernel.cases.pages import export as sheets
from jinzhi.kernel.cases.pages.frame import nav
from jinzhi.kernel.cases.people import commands as people
from jinzhi.kernel.cases.queues import runs
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.views import typed_number

SHEETS = (("xlsx", Text("Excel 表格", "Excel workbook")), ("csv", Text("CSV 文件", "CSV file")))


def _show(request: HttpRequest, kind: str) -> HttpResponse:
    built, found, processes = listing.read(kind, request)
    actor = request.actor  # type: ignore[attr-defined]
    wanted = built.filter
    built.summary, built.total = chips.figures(wanted, found, actor)
    listing.fill(built, found, actor)
    built.sentence = listing.sentence(kind, built.summary, wanted.conditions.sort)
    built.tabs = chips.tabs(wanted, built.summary, processes)
    built.chips = chips.chips(wanted, built.summary, processes)
    built.form = chips.form(wanted, actor, processes, request.GET.dict())
    built.clear = listing.Filter(kind).url() if wanted.conditions.any else ""
    built.saved = [(v.name, reverse("office:view", args=[v.id])) for v in wanted.kept if v.list == kind and (wanted.view is None or v.id != wanted.view.id)][:4]
    counts = nav(request, wanted.kept)
    several = bool(built.next or built.previous)
    context = {
        "listing": built, "rows": built.rows, "search_text": wanted.conditions.text, "sheet_forms": SHEETS, "sharing": keeping.sharing(actor),
        "whole": runs.MOST if several else 0, "other": _other(kind, counts["nav_counts"]), **counts,
    }  # fmt: skip
    return render(request, "cases/queue.html", context)


def _other(kind: str, counts: dict[str, Any]) -> tuple[str, Any] | None:
    """What an empty queue of one's own leads to: the group's, if something waits there."""
    waiting = counts.get("office:group")
    return (reverse("office:group"), waiting) if kind == "mine" and waiting else None


@require_GET
@office_required
def mine(request: HttpRequest) -> HttpResponse:
    """Duties claimed by or assigned to the reader."""
    return _show(request, "mine")


@require_GET
@office_required
def group(request: HttpRequest) -> HttpResponse:
    """Free duties of the reader's roles and places."""
    return _show(request, "group")


@require_GET
@office_required
def waiting(request: HttpRequest) -> HttpResponse:
    """Cases of the reader's places that wait for a party."""
    return _show(request, "waiting")


@require_GET
@office_required
def done(request: HttpRequest) -> HttpResponse:
    """The reader's own acts, newest first."""
    after = request.GET.get("after", "")
    after = after if lists.is_done_key(after) else ""
    actor = request.actor  # type: ignore[attr-defined]
    page = lists.done(actor, after=after)
    context = {"items": page.items, "next": f"?after={page.after.replace('+', '%2B')}" if page.after else "", "after": after, **nav(request)}
    return render(request, "cases/done.html", context)


@require_GET
@office_required
def all_open(request: HttpRequest) -> HttpResponse:
    """All open duties of the reader's places, whoever holds them."""
    return _show(request, "all")


@require_GET
@office_required
def search(request: HttpRequest) -> HttpResponse:
    """A full number leads straight to its case; anything else is looked for in numbers, titles and parties."""
    text = request.GET.get("q", "").strip()[:100]
    number = typed_number(text)
    if number and "list" not in request.GET:
        case_id = queries.id_by_number(number)
        if case_id is not None:
            try:
                queries.access_case(request.actor, case_id)  # type: ignore[attr-defined]
                return redirect("office:case", case_id)
            except Refused:
                pass  # out of scope looks absent
    return _show(request, "cases")


@require_GET
@office_required
def export(request: HttpRequest, kind: str, form: str) -> StreamingHttpResponse:
    """The list as it is filtered now, as a spreadsheet or as CSV."""
    return sheets.answer(request, kind, form)


@require_POST
@office_required
def claim_next(request: HttpRequest) -> HttpResponse:
    """Take the most urgent free duty and open its case."""
    case_id = people.claim_next(request.actor)  # type: ignore[attr-defined]
    if case_id is None:
        messages.info(request, str(Text("本组现在没有待领的案件", "Nothing in your group’s queue is free now")))
        return redirect("office:queue")
    messages.success(request, str(Text("已领取，案件已放入我的待办", "Claimed; the case is now among your tasks")))
    return redirect(reverse("office:case", args=[case_id]) + "?from=mine")
