"""Error pages: a sentence that helps instead of a code. Named as ``handler400`` … ``handler500`` of the root address file."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from jinzhi.kernel.text import Text

log = logging.getLogger("jinzhi.errors")


def _page(request: HttpRequest, status: int, context: dict[str, Any] | None = None, template: str = "") -> HttpResponse:
    return HttpResponse(render_to_string(template or f"{status}.html", context or {}, request=request), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; or 413 when the body was larger than is accepted."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return _page(request, 400)


MEGABYTE = 1024 * 1024


def too_large(request: HttpRequest, limit: int, sent: int = 0) -> HttpResponse:
    """413 with what was sent and what is taken, as the reader counts; machines get the sentence as a problem document."""
    said = Text("送来的内容是 {s} MB，最大 {m} MB。分几次发送", "What was sent is {s} MB; at most {m} MB are taken. Send it in parts")
    text = said.format(s=sent // MEGABYTE, m=limit // MEGABYTE) if sent else None
    if text is not None and ("HTTP_AUTHORIZATION" in request.META or "application/json" in request.META.get("HTTP_ACCEPT", "")):
        return JsonResponse({"type": "about:blank", "status": 413, "title": "Content Too Large", "detail": str(text), "error": str(text)}, status=413)
    return _page(request, 413, {"max_bytes": limit, "said": text})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; a sentence given to PermissionDenied is shown."""
    reason = exception.args[0] if isinstance(exception, PermissionDenied) and exception.args else ""
    return _page(request, 403, {"reason": reason})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404. The address is not repeated on the page."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a short number that is also in the log, so that a telephone call finds the entry."""
    incident = secrets.token_hex(3).upper()
    log.error("incident %s: %s %s", incident, request.method, request.path)
    try:
        return _page(request, 500, {"incident": incident})
    except Exception:  # the page itself failed (database or session gone): say the same without it
        log.exception("incident %s: the error page failed too", incident)
        text = f"系统暂时没有完成，编号 {incident}。Not completed, number {incident}."
        return HttpResponse(f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>500</title><p>{text}</p>', status=500)
