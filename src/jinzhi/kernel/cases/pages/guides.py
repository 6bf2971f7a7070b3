"""The public service guides (办事指南): what a definition tells everybody, without sign-in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.products.guide import guide, is_service
from jinzhi.kernel.orgs.access import public_page
from jinzhi.kernel.time import today


@public_page
@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """All services that somebody outside can ask for."""
    found = [guide(p.definition) for p in registry.in_force() if is_service(p.definition)]
    return render(request, "cases/guides.html", {"guides": found})


@public_page
@require_safe
def one(request: HttpRequest, process: str) -> HttpResponse:
    """The guide of one process, in the version in force today; absent where nobody outside can begin it."""
    try:
        found = registry.process_on(process, today())
    except LookupError as error:
        raise Http404 from error
    if not is_service(found.definition):
        raise Http404
    return render(request, "cases/guide.html", {"guide": guide(found.definition)})
