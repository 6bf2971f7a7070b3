"""The administrator's page of a desk: what a person who leaves holds, to whom it goes, and the end of the posts. Numbers only, no case is opened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from jinzhi.kernel.cases.pages.people import read_stand_in
from jinzhi.kernel.cases.people import handover
from jinzhi.kernel.forms.fields import parse_date
from jinzhi.kernel.orgs import absence, desk, roles
from jinzhi.kernel.orgs.access import staff_required, system_required
from jinzhi.kernel.orgs.models import Person, Post
from jinzhi.kernel.orgs.pages.people import post_title
from jinzhi.kernel.orgs.queries import in_force, person_names
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

SHOWN = 50


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def desk_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the desk in numbers. POST ``do``: ``hand`` (everything chosen), ``posts`` (end the posts), ``stand_in``."""
    person = Person.objects.filter(pk=pk).first() if pk < 2**62 else None
    if person is None:
        raise Http404
    actor = request.actor  # type: ignore[attr-defined]
    refusals: list[Refusal] = []
    result: handover.Result | None = None
    if request.method == "POST":
        try:
            result = _do(request, person)
        except Refused as refused:
            if refused.status == 403:
                messages.error(request, "；".join(str(r.message) for r in refused.refusals))
                return HttpResponseRedirect(reverse("handover:desk", args=[pk]))
            refusals = list(refused.refusals)
        else:
            if result is None:
                return HttpResponseRedirect(reverse("handover:desk", args=[pk]))
    may = actor.has_role("sysadmin")
    own = absence.business_roles(pk)
    context: dict[str, Any] = {
        "person": person, "may": may, "may_end": actor.has_role("secadmin"), "holdings": handover.holdings(actor, pk) if may else [], "group_value": handover.GROUP,
        "others": [(s.code, s.title, s.count(pk, "", "", "")) for s in desk.sorts() if s.hand is not None], "candidates": _everybody(pk),
        "posts": [post_title(p) for p in Post.objects.filter(in_force(today()), person=person).order_by("id")], "result": result,
        "given": _given(result), "refused": result.refused[:SHOWN] if result else [], "more": max(0, len(result.refused) - SHOWN) if result else 0,
        "absences": absence.absences(person_id=pk, limit=10), "roles": [(r, roles.title(r)) for r in own], "problems": refusals,
        "errors": {r.field: r.message for r in reversed(refusals)}, "page_errors": bool(refusals), "today": f"{today():%Y-%m-%d}",
        "typed": {k: request.POST.get(k, "") for k in ("deputy", "first_day", "last_day", "reason")},
    }  # fmt: skip
    return render(request, "cases/desk.html", context, status=422 if refusals else 200)


@require_GET
@system_required
def deputies(request: HttpRequest, pk: int) -> HttpResponse:
    """People who could stand in for this person, for the picker."""
    found = absence.deputies(pk if pk < 2**62 else 0, request.GET.get("q", "")[:40], 12)
    return JsonResponse({"entries": [{"code": p.username, "label": str(Text(p.name_zh, p.name_en or p.name_zh))} for p in found]})


def _do(request: HttpRequest, person: Person) -> handover.Result | None:
    """Do what the form asks; a result to show, or None where a message says it all. :raises Refused:"""
    actor = request.actor  # type: ignore[attr-defined]
    what = request.POST.get("do", "")
    if what == "hand":
        chosen = {h.key: _numbers(request.POST.getlist(f"to.{h.key}")) for h in handover.holdings(actor, person.pk)}
        others = {s.code: _numbers([request.POST.get(f"other.{s.code}", "")]) for s in desk.sorts() if s.hand is not None and request.POST.get(f"other.{s.code}")}
        if not any(chosen.values()) and not others:
            raise Refused(Refusal("nothing_chosen", Text("选择交给谁", "Choose who takes it"), "to"), status=422)
        named = {code: (ids[0] or None) if ids else None for code, ids in others.items()}
        return handover.hand_over(actor, person, chosen, others=named, reason=request.POST.get("reason", "").strip())
    if what == "posts":
        try:
            last = parse_date(request.POST.get("last_day", "").strip())
        except ValueError:
            raise Refused(Refusal("day_form", Text("填写最后一天，例如 2011-11-23", "Enter the last day, such as 2011-11-23"), "last_day"), status=422) from None
        n = handover.end_posts(actor, person, last, leave_desk=request.POST.get("leave_desk") == "1")
        messages.success(request, str(Text(f"{n} 个岗位的最后一天已登记", f"The last day of {n} posts is recorded")))
    elif what == "stand_in":
        values, refusals = read_stand_in(request, person.pk)
        if refusals:
            raise Refused(*refusals, status=422)
        absence.put_stand_in(actor, person=person, **values)
        messages.success(request, str(Text("已指定代理", "The stand-in is named")))
    elif what == "end_stand_in":
        given = request.POST.get("id", "")
        absence.end_stand_in(actor, int(given) if given.isdigit() and len(given) < 19 else 0)
        messages.success(request, str(Text("代理已结束", "The stand-in has ended")))
    return None


def _numbers(values: list[str]) -> list[int]:
    return [int(v) for v in values[:50] if v.isdigit() and len(v) < 19]


def _everybody(person: int) -> list[tuple[int, Text]]:
    """Who could take watches and mentions: people near the person's posts."""
    return [(p.pk, Text(p.name_zh, p.name_en or p.name_zh)) for p in absence.deputies(person, "", 200)]


def _given(result: handover.Result | None) -> list[tuple[Text, int]]:
    if result is None:
        return []
    names = person_names([i for i in result.given if i])
    group = Text("本组待领", "the group’s queue")
    return [(names.get(i, group), n) for i, n in result.given.items()]
