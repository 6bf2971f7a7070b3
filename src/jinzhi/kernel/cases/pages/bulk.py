"""Many at once: an act, or giving work, on ticked rows of several pages or on all of a list; what became of each row; the refused tried again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel import spreadsheets
from jinzhi.kernel.cases import engine, queries
from jinzhi.kernel.cases.access import place_of
from jinzhi.kernel.cases.forms import validate
from jinzhi.kernel.cases.pages import inputs, listing
from jinzhi.kernel.cases.pages.export import in_language
from jinzhi.kernel.cases.pages.frame import nav, request_uuid
from jinzhi.kernel.cases.people import commands as people
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.queues import runs
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.cases.queues.runs import MOST, Line
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import persons_with_role
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

_TO_SOMEBODY = ("transfer", "assign")


@dataclass(frozen=True)
class Pick:
    """A ticked row: its case, lane and duty. ``text`` is what its box says."""

    case: int
    lane: int
    duty: int
    text: str


def _picked(text: str) -> Pick | None:
    parts = text[:120].split(".")
    if not (parts[0].isdigit() and len(parts[0]) < 18):
        return None
    lane = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() and len(parts[1]) < 5 else 0
    duty = int(parts[3]) if len(parts) > 3 and parts[3].isdigit() and len(parts[3]) < 18 else 0
    return Pick(int(parts[0]), lane, duty, text[:120])


def picks(request: HttpRequest) -> list[Pick]:
    """The rows meant: all of the list where that was ticked (the first MOST of it), else the ticked ones, each once."""
    if request.POST.get("whole"):
        wanted = wanted_of(request)
        found = List(wanted.kind, request.actor, wanted.conditions).stream(step=MOST, most=MOST)  # type: ignore[attr-defined]
        texts = [listing.pick_of(item) for item in found]
    else:
        texts = [*request.POST.getlist("pick"), *request.POST.get("picks", "").split()]
    chosen = (_picked(text) for text in dict.fromkeys(texts))
    return [pick for pick in chosen if pick is not None][:MOST]


def wanted_of(request: HttpRequest) -> listing.Filter:
    """The list the rows were ticked in, with its conditions."""
    kind = request.POST.get("from", "mine")
    kind = kind if kind in listing.NAMES else "mine"
    return listing.Filter.of(kind, request.actor, dict(parse_qsl(request.POST.get("query", "")[:2000])), listing.known_processes())  # type: ignore[attr-defined]


def _back(request: HttpRequest) -> str:
    kind, query = request.POST.get("from", "mine"), request.POST.get("query", "")[:2000]
    return reverse(listing.NAMES.get(kind, "office:queue")) + (f"?{query}" if query and "\n" not in query and "\r" not in query else "")


def _nothing(request: HttpRequest, message: Text) -> HttpResponse:
    messages.warning(request, str(message))
    return HttpResponseRedirect(_back(request))


@require_POST
@office_required
def bulk(request: HttpRequest, action: str) -> HttpResponse:
    """One action on all meant rows; asks its fields once, then tells for each row what became of it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = _one_each(picks(request))
    if not chosen:
        return _nothing(request, Text("先选择要办理的案件", "Tick the cases first"))
    sample, known, pick = _sample(actor, chosen, action)
    if sample is None or known is None or pick is None or not listing.allowed_in_bulk(sample.process, known):
        return _nothing(request, Text("所选案件现在不能一起这样办理，打开案件逐件办理", "This cannot be done on the ticked cases together; open them one by one"))
    lane = sample.work.lanes.get((known.track, pick.lane)) or sample.work.newest(known.track) or next(iter(sample.work.lanes.values()))
    data: dict[str, Any] = {}
    if known.asks:
        sent = "confirm" in request.POST
        refusals: list[Refusal] = []
        if sent:
            data, refusals = inputs.read(request, sample, known, lane)
            refusals = [*refusals, *validate(sample.process, known, data)[1]]
        if not sent or refusals:
            form = inputs.build(sample, known, lane, data if sent else None, refusals)
            return _ask(request, chosen, {"form": form, "title": known.title, "page_errors": bool(form.problems)}, 422 if refusals else 200)
    run = request_uuid(request)
    results = engine.advance([engine.Move(p.case, p.lane, data=dict(data)) for p in chosen], action, actor=actor, request_id=run)
    lines = [
        Line(p.text, p.case, r.number or f"#{p.case}", () if r.ok else runs.reasons(r.refusals), r.status == "signed")
        for p, r in zip(chosen, results, strict=True)
    ]
    return _finish(request, run, action, known.title, lines)


def _one_each(chosen: Sequence[Pick]) -> list[Pick]:
    """A case that stands twice keeps its first lane: one act moves it once."""
    found: dict[int, Pick] = {}
    for pick in chosen:
        found.setdefault(pick.case, pick)
    return list(found.values())


def _sample(actor: Actor, chosen: Sequence[Pick], action: str) -> tuple[CaseView | None, Action | None, Pick | None]:
    """The first meant case the reader may see whose process knows the action: it lends the form its process and its choices."""
    for pick in chosen[:20]:
        try:
            view = queries.access_case(actor, pick.case)
        except Refused:
            continue
        if action in view.process.actions:
            return view, view.process.actions[action], pick
    return None, None, None


@require_POST
@office_required
def give(request: HttpRequest, what: str) -> HttpResponse:
    """Claim, give back, hand over, assign or take back all meant duties; asks to whom where that must be known."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = [pick for pick in picks(request) if pick.duty]
    if not chosen:
        return _nothing(request, Text("先选择要办理的案件", "Tick the cases first"))
    person, error = request.POST.get("person", ""), Text("", "")
    if what in _TO_SOMEBODY:
        colleagues = _colleagues(actor, chosen)
        if "confirm" in request.POST and person not in dict(colleagues):
            error = Text("选择交给谁", "Choose who gets them")
        if "confirm" not in request.POST or str(error):
            context = {"title": listing.GIVING[what], "people_options": [("", Text("请选择", "Choose")), *colleagues], "person": person, "person_error": error, "page_errors": bool(str(error))}
            return _ask(request, chosen, context, 422 if str(error) else 200)
    reason = " ".join(request.POST.get("reason", "").split())[:400]
    outcomes = _give(what, actor, [pick.duty for pick in chosen], int(person or 0), reason)
    by_duty = {outcome.duty: outcome for outcome in outcomes}
    lines = []
    for pick in chosen:
        outcome = by_duty[pick.duty]
        lines.append(Line(pick.text, outcome.case or pick.case, outcome.number or f"#{pick.case}", () if outcome.ok else runs.reasons(outcome.refusals)))
    return _finish(request, request_uuid(request), f"give:{what}", listing.GIVING[what], lines)


def _give(what: str, actor: Actor, ids: list[int], person: int, reason: str) -> list[people.Outcome]:
    if what == "claim":
        return people.claim(actor, ids)
    if what == "release":
        return people.release(actor, ids)
    if what == "transfer":
        return people.transfer(actor, ids, person, reason=reason)
    return people.assign(actor, ids, person, reason=reason) if what == "assign" else people.take_back(actor, ids, reason=reason)


def _colleagues(actor: Actor, chosen: Sequence[Pick]) -> list[tuple[str, Text]]:
    """Who could have the first of these duties the reader may see; for the others each is asked when it is given."""
    for pick in chosen[:20]:
        try:
            work = queries.access_case(actor, pick.case).work
        except Refused:
            continue
        for slot, duty in work.duties.items():
            track, no = slot.split(".")[:2]
            role = work.process.roles.get(duty.role)
            if int(no) == pick.lane and role is not None and not role.party:
                found = persons_with_role(duty.role, place_of(role, work.owner, work.lanes[track, int(no)].holder), work.process.code)
                return [(str(p.pk), Text(p.name_zh, p.name_en or p.name_zh)) for p in found if p.pk != duty.assignee]
    return []


def _ask(request: HttpRequest, chosen: Sequence[Pick], context: dict[str, Any], status: int) -> HttpResponse:
    whole = bool(request.POST.get("whole"))
    more = {"picks": "" if whole else " ".join(p.text for p in chosen), "whole": whole, "number": len(chosen), "back": _back(request), "most": MOST}
    return render(request, "cases/bulk.html", {**context, **more, **nav(request)}, status=status)


def _finish(request: HttpRequest, run: uuid.UUID, action: str, title: Text, lines: Sequence[Line]) -> HttpResponse:
    """Keep what became of each row; few and all done: back to the list with a sentence, else the page of results."""
    kind, query = request.POST.get("from", "mine"), request.POST.get("query", "")[:2000]
    runs.keep(request.actor, run, action, title, kind if kind in listing.NAMES else "mine", query, lines)  # type: ignore[attr-defined]
    done = sum(line.ok for line in lines)
    if done == len(lines):
        text = Text(f"已办理「{title.zh}」{done} 件", f"“{title.en}” done on {done} case{'' if done == 1 else 's'}")
        messages.success(request, str(text))
        return HttpResponseRedirect(_back(request))
    return HttpResponseRedirect(reverse("office:bulk_results", args=[run]))


@require_GET
@office_required
def results(request: HttpRequest, run: uuid.UUID) -> HttpResponseBase:
    """What became of each row of a bulk act of the reader's; ``?form=csv`` or ``xlsx`` downloads it."""
    found = runs.run_of(request.actor, run)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    form = request.GET.get("form", "")
    if form in ("csv", "xlsx"):
        return _download(found, form)
    what = found.action.removeprefix("give:")
    again = reverse("office:bulk_give", args=[what]) if found.action.startswith("give:") else reverse("office:bulk", args=[what])
    back = reverse(listing.NAMES[found.kind]) + (f"?{found.query}" if found.query else "")
    refused = " ".join(line.pick for line in found.refused)
    context = {"run": found, "again": again, "back": back, "refused_picks": refused, **nav(request)}
    return render(request, "cases/bulk_results.html", context)


def _download(run: runs.Run, form: str) -> StreamingHttpResponse:
    heads = [(str(Text("编号", "Number")), 22), (str(Text("结果", "Result")), 12), (str(Text("原因", "Reason")), 60)]
    rows = in_language(iter([[line.number, str(_said(line)), "；".join(str(r) for r in line.reasons)] for line in run.lines]))
    if form == "csv":
        pieces, media = spreadsheets.csv_pieces([[head for head, _ in heads], *rows]), spreadsheets.CSV_TYPE
    else:
        pieces, media = spreadsheets.xlsx_pieces(str(run.title), heads, rows), spreadsheets.XLSX_TYPE
    answer = StreamingHttpResponse(pieces, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="results.{form}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _said(line: Line) -> Text:
    if line.signed:
        return Text("已签，待他人签", "Signed; others must sign")
    return Text("已办理", "Done") if line.ok else Text("没有办理", "Not done")

