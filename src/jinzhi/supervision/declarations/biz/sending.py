"""Sending from the wizard: checked once more, sent once however often the button is pressed, answered with three facts."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.cases.queries import access_case
from jinzhi.kernel.forms.models import Draft
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations import commands
from jinzhi.supervision.declarations.biz import checks, drafts, sections, story, wizard
from jinzhi.supervision.declarations.biz.frame import draw, page
from jinzhi.supervision.declarations.models import Declaration as Header
from jinzhi.supervision.declarations.models import Message, Review


@require_POST
@page
def send(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """Send the draft. A second press after the first was done leads to the same result page."""
    draft = Draft.objects.filter(pk=draft_id, process=drafts.PROCESS, party_id__in=request.actor.parties).first()
    if draft is None:
        return _sent_already(request)
    state = checks.look(draft)
    section = sections.BY_KEY["check"]
    if request.POST.get("declared") != "1":
        refusal = Refusal("declared", Text("勾选声明后才能申报", "Tick the statement before sending"), "declared")
        return _again(request, draft, state, [refusal])
    if state.sound is None or state.errors:
        return wizard.show(request, draft, section, state=state, status=422)
    with transaction.atomic():
        # locked, so that a second press waits for the first and then finds the draft gone
        if not Draft.objects.select_for_update().filter(pk=draft_id).exists():
            return _sent_already(request)
        (result,) = commands.send([state.sound], actor=request.actor, party_id=draft.party_id)
        if result.case_id is not None:
            Draft.objects.filter(pk=draft_id).delete()
    if result.case_id is None:
        return _again(request, draft, state, result.errors)
    return HttpResponseRedirect(reverse("biz:sent", args=[result.case_id]))


def _again(request: Any, draft: Draft, state: checks.State, refusals: list[Refusal]) -> HttpResponse:
    state.errors = [*refusals, *state.errors]
    return wizard.show(request, draft, sections.BY_KEY["check"], state=state, status=422)


def _sent_already(request: Any) -> HttpResponse:
    """The draft is gone because it was sent: find what became of it by its number."""
    number = request.POST.get("number", "")
    case_id = (
        Message.objects.filter(declarant_id__in=request.actor.parties, enterprise_number=number, case_id__isnull=False)
        .order_by("-version").values_list("case_id", flat=True).first()
    )  # fmt: skip
    if case_id is None:
        raise drafts.absent()
    return HttpResponseRedirect(reverse("biz:sent", args=[case_id]))


@require_GET
@page
def sent(request: Any, case_id: int) -> HttpResponse:
    """The three facts after sending: what was done, who does what next, by when."""
    view = access_case(request.actor, case_id)
    if view.work.facts.get("declaring_unit") not in request.actor.parties and view.work.party not in request.actor.parties:
        raise Refused(Refusal("absent", Text("没有找到这票申报", "No such declaration")), status=404)
    review = Review.objects.filter(case_id=case_id).first()
    errors = [f for f in review.findings if f["severity"] == "error"] if review and view.work.state == "returned" else []
    return draw(request, "declarations/biz/sent.html", {"view": view, "now": story.now_of(view), "errors": errors, "own_number": Header.objects.values_list("enterprise_number", flat=True).get(case_id=case_id)})
