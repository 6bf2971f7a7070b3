"""The organisation tree and the account log, for the administrators of the platform."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from jinzhi.kernel.orgs import logbook, queries, roles
from jinzhi.kernel.orgs.access import audit_required, sys_required
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.models import Post
from jinzhi.kernel.time import today

POSTS_SHOWN = 200


@sys_required
def orgs(request: Request, code: str = "") -> HttpResponse:
    """One organisation (the root without a code): where it stands, what is directly below, who holds posts there. One query."""
    text = request.GET.get("q", "").strip()[:60]
    if text:
        found = queries.search_orgs(text, limit=100)
        return render(request, "orgs/orgs.html", {"q": text, "found": [(o, queries.org_name(o)) for o in found]})
    roots = queries.org_children(None)
    one = queries.org_by_code(code) if code else (roots[0] if len(roots) == 1 else None)
    if code and one is None:
        raise Http404
    above = [o for path in queries.prefixes(one.path)[:-1] if (o := queries.org_by_path(path))] if one else []
    posts = []
    if one is not None:
        held = Post.objects.filter(queries.in_force(today()), org=one, person__is_active=True).select_related("person")
        posts = [(post, roles.title(post.role)) for post in held.order_by("role", "person__username")[:POSTS_SHOWN]]
    context = {
        "q": "",
        "one": one,
        "name": queries.org_name(one),
        "above": [(o, queries.org_name(o, short=True)) for o in above],
        "children": [(o, queries.org_name(o)) for o in (queries.org_children(one.pk) if one else roots)],
        "posts": posts,
    }
    return render(request, "orgs/orgs.html", context)


@audit_required
def account_log(request: Request) -> HttpResponse:
    """What was done to accounts, newest first, 50 a page (keyset)."""
    before = request.GET.get("before", "")
    listed, more = logbook.entries(before=int(before) if before.isdecimal() and len(before) < 19 else None)
    return render(request, "orgs/log.html", {"log": listed, "next_before": more, "before": before})
