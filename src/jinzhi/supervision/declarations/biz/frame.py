"""What every page of the enterprise workspace shares: for which party one works, and how a refusal becomes a page or a sentence."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jinzhi.kernel.orgs.access import biz_required
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.refusals import Refused

PARTY_KEY = "biz_party"


class Request(HttpRequest):
    """A request behind :func:`page` (for type hints)."""

    actor: Any
    parties: list[Party]
    party: Party


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "") and "text/html" not in request.headers.get("Accept", "")


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the workspace: signed in for a party; ``request.party`` is the one worked for now. Refusals are answered here."""

    @biz_required
    @never_cache
    @wraps(view)
    def framed(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request.parties = list(Party.objects.filter(pk__in=request.actor.parties).order_by("id"))
        chosen = request.session.get(PARTY_KEY)
        request.party = next((p for p in request.parties if p.pk == chosen), request.parties[0])
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return refuse(request, refused)

    return framed


def refuse(request: Any, refused: Refused) -> HttpResponse:
    """A sentence for scripts, a message and a way back for pages; what is absent looks absent."""
    sentence = " ".join(str(r.message) for r in refused.refusals)
    if wants_json(request):
        return JsonResponse({"error": sentence, "code": refused.refusals[0].code, "data": refused.refusals[0].data}, status=refused.status)
    if refused.status == 404:
        raise Http404
    return draw(request, "declarations/biz/refused.html", {"refusals": refused.refusals}, status=refused.status)


def draw(request: Any, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the workspace."""
    return render(request, template, {"party": request.party, "parties": request.parties, **context}, status=status)


@require_POST
@page
def choose_party(request: Any) -> HttpResponse:
    """Work for another of one's parties."""
    wanted = request.POST.get("party", "")
    for party in request.parties:
        if str(party.pk) == wanted:
            request.session[PARTY_KEY] = party.pk
    return HttpResponseRedirect(reverse("biz:home"))


def request_id(request: HttpRequest) -> uuid.UUID:
    """The number of the form, so that a double click is done once; a form without one gets a new number."""
    try:
        return uuid.UUID(request.POST.get("request_id", ""))
    except ValueError:
        return uuid.uuid4()


def tell(request: HttpRequest, text: Any) -> None:
    messages.success(request, str(text))
