"""Pages of queues: mine, my group's, waiting, done, search; claims, bulk acts and the spreadsheet of a list."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinzhi.kernel.cases import engine, lists, queries
from jinzhi.kernel.cases.forms import validate
from jinzhi.kernel.cases.pages import export as sheets
from jinzhi.kernel.cases.pages import inputs, listing, words
from jinzhi.kernel.cases.people import commands as people
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.kernel.web.views import typed_number
from jinzhi.kernel.workbench import row_names

SHOWN_FAILURES = 25


def nav(request: HttpRequest) -> dict[str, Any]:
    """The counts beside the four queues; those above COUNT_CAP end in a plus sign."""
    totals = lists.totals(request.actor)  # type: ignore[attr-defined]
    late, today = totals.pop("late"), totals.pop("today")
    names = {"mine": "office:queue", "group": "office:group", "waiting": "office:waiting"}
    counts = {names[kind]: f"{n}+" if n >= lists.CAP else n for kind, n in totals.items()}
    counts["office:done"] = str(Text(f"今日 {today}", f"{today} today")) if today else ""
    return {"nav_counts": counts, "nav_late": ["office:queue"] if late else [], "today": today}


def _show(request: HttpRequest, kind: str) -> HttpResponse:
    built = listing.build(kind, request)
    counts = nav(request)
    context = {"listing": built, "rows": built.rows, "other": _other(kind, counts["nav_counts"]), **counts}
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
    after = after if after.count("_") == 2 and listing._is_key(after.rsplit("_", 1)[0]) and after.rsplit("_", 1)[1].isdigit() else ""
    actor = request.actor  # type: ignore[attr-defined]
    page = lists.done(actor, after=after)
    context = {"items": page.items, "next": f"?after={page.after.replace('+', '%2B')}" if page.after else "", "after": after, **nav(request)}
    return render(request, "cases/done.html", context)


@require_GET
@office_required
def search(request: HttpRequest) -> HttpResponse:
    """A full number leads straight to its case; anything else is looked for in numbers, titles and parties."""
    text = request.GET.get("q", "").strip()[:100]
    actor = request.actor  # type: ignore[attr-defined]
    number = typed_number(text)
    if number and "list" not in request.GET:
        case_id = queries.id_by_number(number)
        if case_id is not None:
            try:
                queries.access_case(actor, case_id)
                return redirect("office:case", case_id)
            except Refused:
                pass  # out of scope looks absent
    after = request.GET.get("after", "")
    page = lists.find(actor, text, after=int(after) if after.isdigit() and len(after) < 19 else None)
    moment = now()
    rows = [
        (row, *row_names(case_pages(row["process"]), row["title"], row["party"], row["columns"]), *words.due_words(row["due"], moment)) for row in page.items
    ]
    context = {"search_text": text, "number": number, "rows": rows, "after": page.after, **nav(request)}
    return render(request, "cases/search.html", context)


@require_GET
@office_required
def export(request: HttpRequest, kind: str) -> FileResponse:
    """The list as it is filtered now, as a spreadsheet."""
    wanted = listing.Filter.of(kind, request)
    return sheets.workbook(request.actor, wanted)  # type: ignore[attr-defined]


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


# -- many at once ------------------------------------------------------------------------------------------------------


def _picks(request: HttpRequest) -> list[tuple[int, int]]:
    """Ticked rows as (case, lane); a case that stands twice keeps its first lane."""
    found: dict[int, int] = {}
    for value in request.POST.getlist("pick")[: max(listing.SIZES)]:
        case, _, lane = value.partition(".")
        lane = lane.split(".")[0]
        if case.isdigit() and len(case) < 18:
            found.setdefault(int(case), int(lane) if lane.isdigit() else 0)
    return list(found.items())


@require_http_methods(["POST"])
@office_required
def bulk(request: HttpRequest, action: str) -> HttpResponse:
    """One action on all ticked rows; asks its fields once, then tells for each row what became of it."""
    actor = request.actor  # type: ignore[attr-defined]
    picks = _picks(request)
    back = _back(request)
    if not picks:
        messages.warning(request, str(Text("先选择要办理的案件", "Tick the cases first")))
        return HttpResponseRedirect(back)
    sample, known = _sample(actor, picks, action)
    if sample is None or known is None or not listing.allowed_in_bulk(sample.process, known):
        messages.warning(request, str(Text("所选案件现在不能一起这样办理，打开案件逐件办理", "This cannot be done on the ticked cases together; open them one by one")))
        return HttpResponseRedirect(back)
    lane = sample.work.lanes.get((known.track, dict(picks).get(sample.id, 0))) or sample.work.newest(known.track) or next(iter(sample.work.lanes.values()))
    data: dict[str, Any] = {}
    if known.asks:
        sent = "confirm" in request.POST
        refusals: list[Refusal] = []
        if sent:
            data, refusals = inputs.read(request, sample, known, lane)
            refusals = [*refusals, *validate(sample.process, known, data)[1]]
        if not sent or refusals:
            form = inputs.build(sample, known, lane, data if sent else None, refusals)
            context = {"form": form, "picks": picks, "action": known, "back": back, "page_errors": bool(form.problems), **nav(request)}
            return render(request, "cases/bulk.html", context, status=422 if refusals else 200)
    moves = [engine.Move(case, lane_no, data=dict(data)) for case, lane_no in picks]
    results = engine.advance(moves, action, actor=actor, request_id=request_uuid(request))
    _tell(request, known, results)
    return HttpResponseRedirect(back)


def _sample(actor: Any, picks: list[tuple[int, int]], action: str) -> tuple[CaseView | None, Action | None]:
    """The first ticked case the reader may see, which lends the form its process and its choices."""
    for case, _ in picks:
        try:
            view = queries.access_case(actor, case)
        except Refused:
            continue
        return view, view.process.actions.get(action)
    return None, None


def _tell(request: HttpRequest, action: Action, results: list[engine.Result]) -> None:
    done = [r for r in results if r.ok]
    failed = [r for r in results if not r.ok]
    if done:
        messages.success(request, str(Text(f"已办理「{action.title.zh}」{len(done)} 件", f"“{action.title.en}” done on {len(done)} case{'' if len(done) == 1 else 's'}")))
    if failed:
        head = Text(f"{len(failed)} 件没有办理，其余不受影响：", f"Not done on {len(failed)}; the others are not affected:")
        rows = format_html_join(
            "", '<li><a class="q-mono" href="{}">{}</a>　{}</li>',
            ((reverse("office:case", args=[r.case]), r.number or f"#{r.case}", "；".join(str(x.message) for x in r.refusals)) for r in failed[:SHOWN_FAILURES]),
        )  # fmt: skip
        more = Text(f"另有 {len(failed) - SHOWN_FAILURES} 件", f"and {len(failed) - SHOWN_FAILURES} more") if len(failed) > SHOWN_FAILURES else ""
        messages.error(request, format_html('{}<ul class="q-list">{}</ul>{}', head, rows, more))


def request_uuid(request: HttpRequest) -> uuid.UUID:
    """The form's own number: the same form sent twice is done once. A form without one gets a fresh number."""
    try:
        return uuid.UUID(request.POST.get("request_id", ""))
    except ValueError:
        return uuid.uuid4()


def _back(request: HttpRequest) -> str:
    """The queue the rows were ticked in, with its filters."""
    kind = request.POST.get("from", "mine")
    name = {"mine": "office:queue", "group": "office:group"}.get(kind, "office:queue")
    query = request.POST.get("query", "")[:300]
    return reverse(name) + (f"?{query}" if query and "\n" not in query and "\r" not in query else "")
