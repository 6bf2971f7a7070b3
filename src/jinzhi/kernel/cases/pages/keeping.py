"""What a reader keeps of lists: which columns in which order, saved views, the view a list begins with."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinzhi.kernel.cases.pages import columns, listing
from jinzhi.kernel.cases.pages.frame import nav
from jinzhi.kernel.cases.queues import conditions, views
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.actors import LEAD, Actor
from jinzhi.kernel.orgs.queries import org_by_code, org_by_path, org_name
from jinzhi.kernel.orgs.roles import title as role_title
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _list_url(kind: str, query: str) -> str:
    query = query[:2000] if "\n" not in query and "\r" not in query else ""
    return reverse(listing.NAMES[kind]) + (f"?{query}" if query else "")


# -- columns -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@office_required
def choose_columns(request: HttpRequest, kind: str) -> HttpResponse:
    """Which columns a list shows and in which order. Buttons move a row without saving; without a script it works the same."""
    actor = _actor(request)
    asked = request.POST if request.method == "POST" else request.GET
    query = asked.get("query", "")
    processes = listing.known_processes()
    wanted = listing.Filter.of(kind, actor, dict(parse_qsl(query[:2000])), processes)
    offer = columns.offered(kind, processes, wanted.conditions.process)
    if request.method == "GET":
        shown = [c.key for c in columns.chosen(kind, views.choice(actor, kind).columns, offer)]
        order = [*shown, *(key for key in offer if key not in shown)]
        return _columns_page(request, kind, query, offer, order, shown)
    order = [key for key in dict.fromkeys(asked.getlist("order")) if key in offer]
    order += [key for key in offer if key not in order]
    shown = [key for key in order if key in asked.getlist("show") or key == "number"]
    if "move" in asked:
        way, _, key = asked["move"].partition(":")
        if key in order:
            at = order.index(key)
            to = max(0, at - 1) if way == "up" else min(len(order) - 1, at + 1)
            order.insert(to, order.pop(at))
        return _columns_page(request, kind, query, offer, order, shown, moved=asked["move"])
    usual = "usual" in asked
    views.choose_columns(actor, kind, [] if usual else shown)
    messages.success(request, str(Text("已恢复常用的列", "The usual columns are back") if usual else Text("列已保存，以后都这样显示", "Columns saved; the list will look like this from now on")))
    return HttpResponseRedirect(_list_url(kind, query))


def _columns_page(
    request: HttpRequest, kind: str, query: str, offer: dict[str, columns.ListColumn], order: list[str], shown: list[str], moved: str = ""
) -> HttpResponse:
    rows = [(offer[key], key in shown, key == "number") for key in order]
    context = {"kind": kind, "list_title": listing.TITLES[kind], "rows": rows, "query": query, "moved": moved, "back": _list_url(kind, query), **nav(request)}
    return render(request, "cases/columns.html", context)


# -- views -------------------------------------------------------------------------------------------------------------


@require_GET
@office_required
def all_views(request: HttpRequest) -> HttpResponse:
    """The reader's views and those shared with the reader."""
    return _views_page(request)


def _views_page(request: HttpRequest, refusals: tuple[Refusal, ...] = (), status: int = 200) -> HttpResponse:
    actor = _actor(request)
    defaults = views.default_of(actor)
    rows = [
        {"view": v, "list": listing.TITLES[v.list], "own": v.owner == actor.person_id, "default": defaults.get(v.list) == v.id, "role": role_title(v.role) if v.role else ""}
        for v in views.seen(actor)
        if v.list in listing.NAMES
    ]
    return render(request, "cases/views.html", {"rows": rows, "problems": refusals, "page_errors": bool(refusals), **nav(request)}, status=status)


@require_GET
@office_required
def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """A saved view: leads to its list. Its address can be given to whoever may open it."""
    found = views.view(_actor(request), view_id) if view_id < 2**62 else None
    if found is None or found.list not in listing.NAMES:
        raise Http404
    return HttpResponseRedirect(reverse(listing.NAMES[found.list]) + f"?view={found.id}")


@require_POST
@office_required
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the conditions and columns a list has now under a name; told wrongly, the page of views says what to mend."""
    actor, asked = _actor(request), request.POST
    kind = asked.get("list", "mine")
    if kind not in listing.NAMES:
        return _views_page(request, (Refusal("view_list", Text("没有这个列表", "There is no such list"), "list"),), 422)
    wanted = listing.Filter.of(kind, actor, dict(parse_qsl(asked.get("query", "")[:2000])), listing.known_processes())
    org = org_by_code(asked.get("org", "")) if asked.get("org") else None
    columns_kept = wanted.columns
    try:
        if asked.get("org") and org is None:
            raise Refused(Refusal("view_share", Text("没有这个机构", "There is no such organisation"), "org"), status=422)
        kept = views.save(actor, kind, asked.get("name", ""), wanted.conditions, columns_kept, org_path=org.path if org else "", role=asked.get("role", "")[:60])
    except Refused as refused:
        return _views_page(request, refused.refusals, refused.status)
    if asked.get("default"):
        views.choose_default(actor, kind, kept)
    messages.success(request, str(Text("视图已保存", "View saved")))
    return HttpResponseRedirect(reverse(listing.NAMES[kind]) + f"?view={kept}")


@require_POST
@office_required
def change_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename, delete, or begin a list with a view: ``act`` is rename, delete, default or undefault."""
    actor = _actor(request)
    found = views.view(actor, view_id) if view_id < 2**62 else None
    act = request.POST.get("act", "")
    if found is None or act not in ("rename", "delete", "default", "undefault") or (act in ("rename", "delete") and found.owner != actor.person_id):
        raise Http404
    said = Text("已保存", "Saved")
    if act == "delete":
        views.delete(actor, view_id)
        said = Text(f"视图“{found.name}”已删除", f"View “{found.name}” deleted")
    elif act == "rename":
        kept = conditions.read(dict(found.query), listing.known_processes(), found.list).conditions
        try:
            views.save(actor, found.list, request.POST.get("name", ""), kept, found.columns, org_path=found.org_path, role=found.role, view_id=view_id)
        except Refused as refused:
            return _views_page(request, refused.refusals, refused.status)
    else:
        views.choose_default(actor, found.list, view_id if act == "default" else None)
    messages.success(request, str(said))
    return HttpResponseRedirect(reverse("office:views"))


def sharing(actor: Actor) -> list[tuple[str, Text]]:
    """Organisations a lead may share a view with: those led."""
    found: dict[str, Any] = {g.org_path: org_by_path(g.org_path) for g in actor.grants if g.role == LEAD}
    return [(org.code, org_name(org, short=True)) for org in found.values() if org is not None]
