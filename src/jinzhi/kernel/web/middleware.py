"""Requests nobody answers: bodies larger than anything the platform takes, and addresses with bytes no text has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from jinzhi.kernel.web import errors

VISITOR_BODY = 1024 * 1024
"""Bytes a visitor without a session or a key may send: a sign-in or a question to the public check is far less."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


class Threshold:
    """Answers 413 from the announced length before a byte is read, and 400 to a NUL in the address or in a form: no person types
    one, no column of the database holds one. Forms with large files are left to their views, which may refuse them unread.

    A body without an announced length is empty to Django. Pages and the API have narrower limits of their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.bad_request(request)
        known = settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META
        limit = settings.JINZHI_MAX_BODY if known else VISITOR_BODY
        if _announced(request) > limit:
            response = errors.too_large(request, limit, _announced(request))
            response.headers["Connection"] = "close"
            return response
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """After the check of the form's token, which has read the form."""
        if request.content_type not in _FORMS or _announced(request) > VISITOR_BODY:
            return None
        nul = any("\x00" in text for name, values in request.POST.lists() for text in (name, *map(str, values)))
        return errors.bad_request(request) if nul else None
