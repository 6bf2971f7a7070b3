"""The case page and its acts: one form for each action, one answer in three facts, nothing typed ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from jinzhi.kernel.cases import classify, engine, lists, personal, queries
from jinzhi.kernel.cases.forms import validate
from jinzhi.kernel.cases.log import titles
from jinzhi.kernel.cases.log.archive import lies_in
from jinzhi.kernel.cases.pages import case_parts, files, inputs, words
from jinzhi.kernel.cases.pages.frame import request_uuid
from jinzhi.kernel.cases.people import panel as people
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.queries import CaseView, Offer
from jinzhi.kernel.cases.standing import Lane
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.documents.pages import STATES
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.workbench import CaseHead

HISTORY = 200


def open_case(request: HttpRequest, case_id: int) -> CaseView:
    """The case, or 404 where it does not exist or is out of scope."""
    if case_id >= 2**62:
        raise Http404
    try:
        return queries.access_case(request.actor, case_id)  # type: ignore[attr-defined]
    except Refused as refused:
        raise Http404 from refused


def context_of(request: HttpRequest, view: CaseView, place: case_parts.Place, offers: Sequence[Offer], form: inputs.ActForm | None = None) -> dict[str, Any]:
    entries = queries.history(view, HISTORY)
    pages = case_pages(view.process.code)
    panels = pages.panels(view) if pages.panels else {}
    head = pages.head(view, panels) if pages.head else CaseHead()
    officers = {p for lane in view.work.lanes.values() for p in lane.assignees} | {d.assignee for d in view.work.duties.values() if d.assignee}
    names = person_names(officers) if officers else {}
    running = case_parts.clocks(view)
    return {
        "view": view, "work": view.work, "process": view.process, "place": place, "head": head, "name": words.case_name(view.work),
        "steps": case_parts.steps(view, entries), "actions": case_parts.next_actions(view, offers, place.query), "form": form,
        "entries": case_parts.timeline(view, entries), "events": view.work.seq, "clocks": running, "clock": running[0] if running else None,
        "lanes": case_parts.lanes(view, names), "people": names, "documents": _documents(view), "panels_template": pages.template,
        "waiting": words.who_next(view) if not offers else (),
        "closed": view.work.phase != 1, "archive": "" if view.work.lanes else lies_in(view.id), "seq": view.work.seq, "page_errors": bool(form and (form.problems or form.conflict)), **people.context(view), "personal": personal.facts(view), "may_look": personal.looker(view) is not None, "level": classify.title_of(view), "levels": classify.choices(view), **panels,
    }  # fmt: skip


def _documents(view: CaseView) -> list[tuple[Any, str, Text, str]]:
    """The documents of the case: (document, address, state, tone)."""
    return [(d, reverse("office_document", args=[d.pk]), *STATES[d.state_on()]) for d in documents.for_case(view.id)]


@require_GET
@office_required
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """A case as the reader may see it."""
    view = open_case(request, case_id)
    place = case_parts.place_of(request, view.actor, case_id)
    return render(request, "cases/case.html", context_of(request, view, place, queries.offers(view)))


def _aim(view: CaseView, name: str, lane_no: int) -> tuple[Action, Lane]:
    """Action and lane of an address; 404 for what the process does not know or the reader could never do."""
    action = view.process.actions.get(name)
    if action is None or action.opens_case or "system" in action.by:
        raise Http404
    lane = view.work.lanes.get((action.track, lane_no))
    if lane is None:
        raise Http404
    view.work.lane = lane
    return action, lane


@require_http_methods(["GET", "POST"])
@office_required
def act(request: HttpRequest, case_id: int, action: str, lane: int) -> HttpResponse:
    """GET: the form of an action (a fragment for htmx, else the case page with the form open). POST: do it."""
    view = open_case(request, case_id)
    known, at = _aim(view, action, lane)
    if request.method == "POST":
        return _do(request, view, known, at)
    form = _form(view, known, at)
    if request.headers.get("HX-Request") == "true":
        place = case_parts.Place(query=f"?{request.META.get('QUERY_STRING', '')}")
        return render(request, "cases/_act.html", {"form": form, "view": view, "work": view.work, "seq": view.work.seq, "place": place})
    place = case_parts.place_of(request, view.actor, case_id)
    return render(request, "cases/case.html", context_of(request, view, place, queries.offers(view), form))


def _form(view: CaseView, action: Action, lane: Lane, data: dict[str, Any] | None = None, refusals: Sequence[Refusal] = ()) -> inputs.ActForm:
    form = inputs.build(view, action, lane, data, refusals)
    pending = lane.pending
    if pending and pending["action"] == action.name:
        names = person_names(pending["signers"])
        form.signed_by = [names.get(p, Text("—", "—")) for p in pending["signers"]]
        form.content = inputs.shown(view, action, pending["data"])
    return form


def _do(request: HttpRequest, view: CaseView, action: Action, lane: Lane) -> HttpResponse:
    """Perform, or give the page back with everything that was typed and every reason."""
    place = case_parts.place_of(request, view.actor, view.id)
    version = request.POST.get("version", "")
    seen = request.POST.get("seq", "")
    data: dict[str, Any] = {}
    refusals: list[Refusal] = []
    if "sign" not in request.POST:
        data, refusals = inputs.read(request, view, action, lane)
        typed = validate(view.process, action, data)[1]
        refusals += [r for r in typed if r.field not in {x.field for x in refusals}]
    if not refusals:
        move = engine.Move(view.id, lane.no, int(version) if version.isdigit() and len(version) < 9 else None, dict(data))
        (result,) = engine.advance([move], action.name, actor=view.actor, request_id=request_uuid(request))
        if result.ok:
            return _done(request, view, action, result, place)
        refusals = result.refusals
        view = open_case(request, view.id)
        lane = view.work.lanes.get((lane.track, lane.no), lane)
        view.work.lane = lane
    conflict = None
    if any(r.code == "stale" for r in refusals):
        conflict = words.changed_since(view, queries.history(view, 20), int(seen) if seen.isdigit() and len(seen) < 9 else view.work.seq)
        refusals = [r for r in refusals if r.code != "stale" or conflict is None]
    form = _form(view, action, lane, data, refusals)
    form.conflict = conflict
    status = 409 if conflict is not None else 422
    return render(request, "cases/case.html", context_of(request, view, place, queries.offers(view), form), status=status)


def _done(request: HttpRequest, view: CaseView, action: Action, result: engine.Result, place: case_parts.Place) -> HttpResponse:
    """The answer in three facts, then the case again, or the queue where the case is out of the reader's sight now."""
    try:
        after: CaseView | None = queries.access_case(view.actor, view.id)
    except Refused:
        after = None
    sentence = words.result_sentence(after, view.process, action.name, result)
    if place.next_url:
        label = Text("下一件", "Next case")
        messages.success(request, format_html('{}　<a href="{}" data-act="next" autofocus>{}</a>', sentence, place.next_url, label))
    else:
        messages.success(request, str(sentence))
    if after is None:
        return HttpResponseRedirect(place.back or reverse("office:queue"))
    following = f"&next={place.next}" if place.next else ""
    return HttpResponseRedirect(reverse("office:case", args=[view.id]) + place.query + following)


# -- log and files -----------------------------------------------------------------------------------------------------


@require_GET
@office_required
def log(request: HttpRequest, case_id: int) -> HttpResponse:
    """Every event with its hash, the chain worked out anew."""
    view = open_case(request, case_id)
    lines = lists.log(case_id)
    names = person_names({line.actor for line in lines})
    rows = []
    for line in lines:
        action = view.process.actions.get(line.action)
        rows.append((line, personal.body(view.process, line.body), action.title if action else titles.title(line.action), names.get(line.actor, Text("—", "—"))))
    whole = bool(lines) and all(line.intact for line in lines) and lines[-1].hash == view.work.head.hex() and lines[-1].seq == view.work.seq
    broken = next((line.seq for line in lines if not line.intact), len(lines) + 1)
    context = {"view": view, "name": words.case_name(view.work), "rows": rows, "whole": whole, "broken": broken, "head": view.work.head.hex()}
    return render(request, "cases/log.html", context)


@require_GET
@office_required
def file(request: HttpRequest, case_id: int, sha256: str) -> HttpResponse:
    """A stored file, only through a case that refers to it and that the reader may see."""
    view = open_case(request, case_id)
    return files.answer(view, sha256, as_download="download" in request.GET)
