"""Looking at personal data of a case, and putting the case on another level."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jinzhi.kernel.cases import classify, personal, queries
from jinzhi.kernel.cases.pages import case, case_parts, case_people
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import Problem


def _page(request: HttpRequest, view: CaseView, status: int, **more: object) -> HttpResponse:
    place = case_parts.place_of(request, view.actor, view.id)
    context = case.context_of(request, view, place, queries.offers(view))
    return render(request, "cases/case.html", {**context, **more}, status=status)


@require_POST
@office_required
@never_cache
def unmask(request: HttpRequest, case_id: int) -> HttpResponse:
    """One value of personal data, readable in this answer alone; the reason stands in the log."""
    view = case.open_case(request, case_id)
    key, reason = request.POST.get("key", "")[:120], request.POST.get("reason", "")
    try:
        found = personal.look(view, key, reason)
    except Refused as refused:
        if refused.status == 404:
            raise Http404 from refused
        message = refused.refusals[0].message
        at = next((one.own for one in personal.facts(view) if one.key == key), "")
        more = {"personal_error": message, "personal_key": key, "personal_reason": reason[:200], "personal_problems": [Problem(message, at)]}
        return _page(request, view, refused.status, page_errors=True, **more)
    return _page(request, case.open_case(request, case_id), 200, personal=found)


@require_POST
@office_required
def level(request: HttpRequest, case_id: int) -> HttpResponse:
    """Put the case on another level; out of the keeper's own sight it leads to the queue."""
    view = case.open_case(request, case_id)
    wanted, reason = request.POST.get("level", ""), request.POST.get("reason", "")
    try:
        classify.classify(view, wanted, reason, view.actor)
    except Refused as refused:
        if refused.status == 403:
            raise Http404 from refused
        errors = {r.field or "level": r.message for r in refused.refusals}
        ids = {"level": "level-to", "reason": "level-reason"}
        problems = [Problem(r.message, ids.get(r.field, "")) for r in refused.refusals]
        return _page(request, view, refused.status, level_errors=errors, level_problems=problems, level_wanted=wanted, level_reason=reason[:200], page_errors=True)
    messages.success(request, str(Text("密级已调整为{t}", "The case is kept as: {t}").format(t=classify.title_of(view)[0])))
    return case_people.again(request, view)
