"""Addresses for the tests of this package: its own, and plain pages where other packages have theirs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from jinzhi.kernel.orgs.access import biz_required, office_required, public_page, signed_in, sys_required
from jinzhi.kernel.orgs.tokens import authenticate
from jinzhi.kernel.orgs.urls_account import setup_urlpatterns


def plain(request: HttpRequest, **named: str) -> HttpResponse:
    return HttpResponse(f"{request.actor.person_id} {request.org.code if request.org is not None else '-'}")


def api(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    return (
        HttpResponse(status=401) if actor is None else HttpResponse(f"{actor.person_id} {sorted(actor.parties)} {request.actor is actor}")
    )


def still(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page that asks for nobody")


urlpatterns = [
    *setup_urlpatterns,
    path("", public_page(still)),
    path("account/", include("jinzhi.kernel.orgs.urls_account")),
    path("sys/", include("jinzhi.kernel.orgs.urls")),
    path("biz/tokens/", include("jinzhi.kernel.orgs.urls_tokens")),
    path("biz/people/", include("jinzhi.kernel.orgs.urls_members")),
    path("office/", include(([path("queue/", office_required(plain), name="queue")], "office"))),
    path("biz/", include(([path("", biz_required(plain), name="home")], "biz"))),
    path("test/sys/", sys_required(plain)),
    path("test/any/", signed_in(plain)),
    path("test/api/", api),
    # the frame of the pages asks for these
    path("test/extend/", plain, name="extend_session"),
    path("test/search/", plain, name="office_search"),
    path("test/keys/", plain, name="help_keys"),
    path("test/keyboard/", plain, name="keyboard_pref"),
    path("test/large/", plain, name="large_text"),
    path("test/language/", plain, name="set_language"),
]
