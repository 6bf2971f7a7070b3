"""Pages of the face itself: portal home, preferences, shortcuts, the style guide's frame, and the end of a session."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.orgs.access import public_page, signed_in
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.context import KEYBOARD_COOKIE, LARGE_TEXT_COOKIE

YEAR = 365 * 24 * 3600
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/.\-]{5,39}")


def typed_number(text: str) -> str:
    """The number in what a person typed or pasted: full-width characters and spaces put right. Empty if it is no number.

    A number has six to forty letters, digits, ``-``, ``/``, ``.`` and at least three digits: ``３３０２ 0021 1004392`` →
    ``330200211004392``.
    """
    number = re.sub(r"[\s\u3000]+", "", unicodedata.normalize("NFKC", text)).upper()
    return number if _NUMBER.fullmatch(number) and sum(c.isdigit() for c in number) >= 3 else ""


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the form was on; never to another host."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)


@public_page
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The portal's first page; ``?q=`` a certificate's number goes straight to its check."""
    asked = request.GET.get("q", "").strip()[:100]
    error: Text | None = None
    if asked:
        number = typed_number(asked)
        if number:
            return redirect(f"/v/{quote(number, safe='-.')}")
        error = Text(
            "这不像一个证书编号。编号印在证书右上角，由数字和字母组成，至少 6 位",
            "This does not look like a certificate number. It is printed at the top right of the certificate: digits and letters, 6 or more",
        )
    elif "q" in request.GET:
        error = Text("填写证书编号", "Enter the certificate number")
    return render(request, "web/home.html", {"asked": asked, "error": error, "page_errors": error is not None})


@public_page
@require_GET
def help_keys(request: HttpRequest) -> HttpResponse:
    """All shortcuts on one page."""
    return render(request, "web/help_keys.html")


@public_page
@require_POST
def large_text(request: HttpRequest) -> HttpResponse:
    """Large text on or off, kept in a cookie."""
    response = back(request)
    if request.POST.get("size") == "large":
        response.set_cookie(LARGE_TEXT_COOKIE, "large", max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie(LARGE_TEXT_COOKIE, samesite="Lax")
    return response


@public_page
@require_POST
def keyboard_pref(request: HttpRequest) -> HttpResponse:
    """Single-key shortcuts on or off: on the person when signed in, else in a cookie."""
    wanted = request.POST.get("keys") != "off"
    response = back(request)
    user: Any = request.user
    if user.is_authenticated:
        get_user_model().objects.filter(pk=user.pk).update(keyboard=wanted)  # the user is lazy: its type is not the model
        response.delete_cookie(KEYBOARD_COOKIE, samesite="Lax")
    else:
        response.set_cookie(KEYBOARD_COOKIE, "on" if wanted else "off", max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


@signed_in
@require_POST
def extend_session(request: HttpRequest) -> JsonResponse:
    """Begin the session's time again; answers how many seconds it now has."""
    request.session["extended_at"] = timezone.now().timestamp()
    return JsonResponse({"seconds": settings.SESSION_COOKIE_AGE})
