"""Readers of the log and what they gave up on, for the system administrator; roots of the log, for the audit administrator.

A letter names a case, which no administrator sees into: it is read, and tried again, as the platform.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from jinzhi.kernel.cases.log import roots, titles
from jinzhi.kernel.feeds.events import START, position_before
from jinzhi.kernel.feeds.models import DeadLetter
from jinzhi.kernel.feeds.queries import dead_letters, heartbeat_age, states
from jinzhi.kernel.feeds.runner import all_feeds, replay, retry
from jinzhi.kernel.orgs.access import audit_required, public_page, system_required
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import day_of

MOST = 500
"""Letters tried again by one press."""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


@system_required
def feeds(request: Request) -> HttpResponse:
    """Every feed and the letters that are dead, 50 a page (keyset)."""
    letters, more = dead_letters(_number(request.GET.get("after", "")))
    age = heartbeat_age()
    context = {
        "feeds": states([feed.name for feed in all_feeds()]), "letters": letters, "next_after": more, "may": True,
        "age": None if age is None else round(age), "late": age is None or age > 30, "titles": titles,
    }  # fmt: skip
    return render(request, "feeds/feeds.html", context)


@system_required
@require_POST
def feed_retry(request: Request) -> HttpResponse:
    """Try ticked letters (or all, with ``all``) once more; the page says how many were taken."""
    ids = [_number(value) for value in request.POST.getlist("letter")]
    with sight(SYSTEM):  # what is put aside is the platform's business: a keeper sees into no case by it
        found = DeadLetter.objects.all() if request.POST.get("all") else DeadLetter.objects.filter(pk__in=ids)
        results = [retry(letter) for letter in found.order_by("id")[:MOST]]
    if not results:
        messages.warning(request, str(Text("没有选中要重试的记录", "Nothing was ticked")))
    elif all(not problem for problem in results):
        messages.success(request, str(Text("{n} 条已处理", "{n} handled").format(n=len(results))))
    else:
        bad = [problem for problem in results if problem]
        said = Text("{n} 条已处理，{m} 条仍失败：{e}", "{n} handled, {m} still fail: {e}").format(n=len(results) - len(bad), m=len(bad), e=bad[0][:200])
        messages.warning(request, str(said))
    return HttpResponseRedirect(reverse("feeds:feeds"))


@system_required
@require_POST
def feed_replay(request: Request, name: str) -> HttpResponse:
    """Let one feed read the log again, from a day or from the first event."""
    if name not in {feed.name for feed in all_feeds()}:
        raise Http404
    since = request.POST.get("since", "").strip()
    day = day_of(since)
    if since and day is None:
        messages.error(request, str(Text("起始日期应写作 2011-12-31", "Write the first day as 2011-12-31")))
    else:
        replay(name, position_before(day) if day else START)
        messages.success(request, str(Text("{f} 将重新读取", "{f} will read again").format(f=name)))
    return HttpResponseRedirect(reverse("feeds:feeds"))


@audit_required
def log_roots(request: Request) -> HttpResponse:
    """The daily roots, newest first."""
    return render(request, "feeds/roots.html", {"roots": roots.roots(limit=100, newest_first=True)})


@public_page
def public_root(request: Request, day: str) -> HttpResponse:
    """A root's file, for whoever keeps it: it names no case and no person."""
    wanted = day_of(day)
    found = roots.on(wanted) if wanted else None
    if found is None:
        raise Http404
    return HttpResponse(found.as_file(), content_type="application/json; charset=utf-8")
