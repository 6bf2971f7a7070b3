"""Addresses for the tests of the face: its own pages, the sign-in page's name, and pages that show a shell."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path

from jinzhi.kernel import time
from jinzhi.kernel.web import styleguide

CANDIDATES = [{"code": "0202300090", "label": "冻去骨牛肉"}, {"code": "0202300010", "label": "冻去骨野牛肉"}]
posted: list[dict[str, Any]] = []


def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"web_tests/{name}.html", styleguide.sample(time.now()))


def codes(request: HttpRequest, name: str) -> JsonResponse:
    return JsonResponse({"entries": CANDIDATES if request.GET.get("q") else []})


def save(request: HttpRequest) -> JsonResponse:
    posted.append(dict(request.POST.items()))
    return JsonResponse({"saved": True})


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("for the test")


urlpatterns = [
    path("", include("jinzhi.kernel.web.urls")),
    path("account/login/", broken, name="account_login"),
    path("page/<str:name>", page),
    path("codes/<str:name>/", codes),
    path("save", save),
    path("broken", broken),
]
handler400 = "jinzhi.kernel.web.errors.bad_request"
handler403 = "jinzhi.kernel.web.errors.forbidden"
handler404 = "jinzhi.kernel.web.errors.not_found"
handler500 = "jinzhi.kernel.web.errors.server_error"
