"""Pages of notices in two shells: the officers' workbench and the enterprise workspace. One reads only one's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinzhi.kernel.notices import channels, reading
from jinzhi.kernel.notices.kinds import KINDS, MODES
from jinzhi.kernel.orgs.access import biz_required, office_required
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import Tab

_SPACE = {"office": "notices", "biz": "biz_notices"}


def _me(request: HttpRequest) -> int:
    person: int = request.actor.person_id  # type: ignore[attr-defined]
    return person


def _to(shell: str, page: str, *args: Any) -> str:
    return reverse(f"{_SPACE[shell]}:{page}", args=args)


def _list(request: HttpRequest, shell: str) -> HttpResponse:
    """Notices newest first, 50 a page; ``?unread=1``, ``?kind=``, ``?after=``."""
    me = _me(request)
    only, kind, after = request.GET.get("unread") == "1", request.GET.get("kind", ""), request.GET.get("after", "")
    kind = kind if kind in KINDS else ""
    told, more = reading.page(me, shell, only_unread=only, kind=kind, after=int(after) if after.isdigit() and len(after) < 19 else 0)
    here = _to(shell, "list")
    tabs = [Tab(Text("全部", "All"), here, None, not only and not kind), Tab(Text("未读", "Unread"), f"{here}?unread=1", None, only)]
    tabs += [Tab(k.title, f"{here}?kind={k.code}", None, kind == k.code) for k in KINDS.values() if k.shell == shell]
    query = ("unread=1&" if only else "") + (f"kind={kind}&" if kind else "")
    context = {
        "told": told, "next": f"?{query}after={more}" if more else "", "tabs": tabs, "kinds": KINDS, "shell": shell, "base": f"web/{shell}.html",
        "read_url": _to(shell, "read"), "settings_url": _to(shell, "settings"), "open_name": f"{_SPACE[shell]}:open", "any_unread": any(not t.read for t in told),
    }  # fmt: skip
    return render(request, "notices/list.html", context)


def _open(request: HttpRequest, shell: str, pk: int) -> HttpResponse:
    """To what a notice is about; it is read from then on."""
    told = reading.one(_me(request), pk) if pk < 2**62 else None
    if told is None:
        raise Http404
    reading.mark_read(_me(request), shell, [pk])
    return HttpResponseRedirect(told.url or _to(shell, "list"))


def _read(request: HttpRequest, shell: str) -> HttpResponse:
    """Mark ticked notices read, or all of them (``all=1``)."""
    ids = [int(i) for i in request.POST.getlist("pick")[:500] if i.isdigit() and len(i) < 19]
    n = reading.mark_read(_me(request), shell, None if request.POST.get("all") == "1" else ids)
    if n:
        messages.success(request, str(Text(f"{n} 条已标为已读", f"{n} marked read")))
    return HttpResponseRedirect(_to(shell, "list"))


def _settings(request: HttpRequest, shell: str) -> HttpResponse:
    """How one is told: kinds by channels, and the mobile number."""
    me = _me(request)
    kinds = [k for k in KINDS.values() if k.shell == shell]
    known = channels.known()
    now, given = reading.preferences(me), reading.addresses(me)
    error: Any = ""
    if request.method == "POST":
        modes = {(k.code, c.code): request.POST.get(f"{k.code}.{c.code}", "") for k in kinds for c in known}
        given = {"sms": request.POST.get("sms", "").strip()[:40]}
        try:
            reading.prefer(me, modes, given)
        except Refused as refused:
            error, now = refused.refusals[0], now | {key: mode for key, mode in modes.items() if mode in MODES}
        else:
            messages.success(request, str(Text("接收方式已保存", "Saved")))
            return HttpResponseRedirect(_to(shell, "settings"))
    rows = [(k.title, [(f"{k.code}.{c.code}", c.title, now[(k.code, c.code)]) for c in known]) for k in kinds]
    context = {
        "rows": rows, "channels": [(c, c.ready()) for c in known], "modes": list(MODES.items()), "short_modes": [("off", MODES["off"]), ("single", MODES["single"])],
        "mobile": given.get("sms", ""), "email": getattr(request.user, "email", ""), "error": error, "problems": [error] if error else [],
        "base": f"web/{shell}.html", "list_url": _to(shell, "list"), "page_errors": bool(error),
    }  # fmt: skip
    return render(request, "notices/settings.html", context, status=422 if error else 200)


@never_cache
@require_GET
@office_required
def office_list(request: HttpRequest) -> HttpResponse:
    """An officer's notices."""
    return _list(request, "office")


@never_cache
@require_GET
@biz_required
def biz_list(request: HttpRequest) -> HttpResponse:
    """The notices of somebody who acts for an enterprise."""
    return _list(request, "biz")


@require_GET
@office_required
def office_open(request: HttpRequest, pk: int) -> HttpResponse:
    return _open(request, "office", pk)


@require_GET
@biz_required
def biz_open(request: HttpRequest, pk: int) -> HttpResponse:
    return _open(request, "biz", pk)


@require_POST
@office_required
def office_read(request: HttpRequest) -> HttpResponse:
    return _read(request, "office")


@require_POST
@biz_required
def biz_read(request: HttpRequest) -> HttpResponse:
    return _read(request, "biz")


@never_cache
@require_http_methods(["GET", "POST"])
@office_required
def office_settings(request: HttpRequest) -> HttpResponse:
    return _settings(request, "office")


@never_cache
@require_http_methods(["GET", "POST"])
@biz_required
def biz_settings(request: HttpRequest) -> HttpResponse:
    return _settings(request, "biz")
