"""An officer's own pages about people: the groups worked in, and stand-ins for absence (我的代理)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinzhi.kernel.cases import queries
from jinzhi.kernel.cases.people import groups as people_groups
from jinzhi.kernel.cases.queues.items import QueueItem
from jinzhi.kernel.cases.queues.plan import COUNT_CAP
from jinzhi.kernel.forms.fields import parse_date
from jinzhi.kernel.orgs import absence, roles
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today


@never_cache
@require_GET
@office_required
def team(request: HttpRequest) -> HttpResponse:
    """The reader's groups: free, mine, my colleagues'."""
    return render(request, "cases/team.html", {"groups": people_groups.groups(_actor(request)), "cap": COUNT_CAP})


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def read_stand_in(request: HttpRequest, person_id: int) -> tuple[dict[str, Any], list[Refusal]]:
    """The fields of a stand-in's form: deputy by user name, days, roles; and what could not be read."""
    refusals: list[Refusal] = []
    typed = request.POST.get("deputy", "").strip()
    deputy = Person.objects.filter(username__iexact=typed, is_active=True).first()
    if deputy is None:
        named = [p for p in absence.deputies(person_id, typed, 3) if typed and typed in (p.name_zh, p.name_en)] if typed else []
        deputy = named[0] if len(named) == 1 else None
    if deputy is None:
        refusals.append(Refusal("deputy_unknown", Text("从候选中选择代理人，或输入用户名", "Choose the stand-in from the list, or enter the user name"), "deputy"))
    days: dict[str, dt.date] = {}
    for field, words in (("first_day", Text("第一天", "the first day")), ("last_day", Text("最后一天", "the last day"))):
        text = request.POST.get(field, "").strip()
        try:
            days[field] = today() if text in ("今天", "today") else parse_date(text)
        except ValueError:
            refusals.append(Refusal("day_form", Text("填写{w}，例如 2011-11-23", "Enter {w}, such as 2011-11-23").format(w=words), field))
    return {"deputy": deputy, **days, "roles": request.POST.getlist("roles")[:40]}, refusals


@never_cache
@require_http_methods(["GET", "POST"])
@office_required
def stand_ins(request: HttpRequest) -> HttpResponse:
    """Who stands in for the reader, and for whom the reader stands in, with those people's duties; a form to name somebody."""
    actor = _actor(request)
    refusals: list[Refusal] = []
    if request.method == "POST":
        values, refusals = read_stand_in(request, actor.person_id)
        if not refusals:
            person = Person.objects.get(pk=actor.person_id)
            try:
                absence.put_stand_in(actor, person=person, **values)
            except Refused as refused:
                refusals = list(refused.refusals)
            else:
                text = Text("已指定 {n} 代理", "{n} stands in for you").format(n=Text(values["deputy"].name_zh, values["deputy"].name_en or values["deputy"].name_zh))
                messages.success(request, str(text))
                return HttpResponseRedirect(reverse("office:stand_ins"))
    own = absence.business_roles(actor.person_id)
    mine, others = absence.absences(person_id=actor.person_id), absence.absences(deputy_id=actor.person_id)
    context = {
        "mine": mine, "others": others, "roles": [(r, roles.title(r)) for r in own], "chosen": request.POST.getlist("roles"),
        "typed": {k: request.POST.get(k, "") for k in ("deputy", "first_day", "last_day")}, "errors": {r.field: r.message for r in reversed(refusals)},
        "problems": refusals, "page_errors": bool(refusals), "duties": _their_duties(actor),
    }  # fmt: skip
    return render(request, "cases/stand_ins.html", context, status=422 if refusals else 200)


def _their_duties(actor: Actor) -> list[tuple[Text, QueueItem]]:
    """The duties of the absent people the reader stands in for now, with whose each is; the most urgent fifty."""
    if not actor.standing_in:
        return []
    absent = {s.person_id for s in actor.standing_in}
    names = person_names(absent)
    items = [item for item in queries.queue("mine", actor, limit=200).items if item.assignee in absent]
    return [(names.get(item.assignee or 0, Text("—", "—")), item) for item in items[:50]]


@require_POST
@office_required
def stand_in_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a stand-in before its last day: by the absent person or the stand-in."""
    try:
        absence.end_stand_in(_actor(request), pk)
    except Refused as refused:
        raise Http404 from refused
    messages.success(request, str(Text("代理已结束", "The stand-in has ended")))
    return HttpResponseRedirect(reverse("office:stand_ins"))


@require_GET
@office_required
def deputies(request: HttpRequest) -> HttpResponse:
    """People who could stand in for the reader, for the picker."""
    found = absence.deputies(_actor(request).person_id, request.GET.get("q", "")[:40], 12)
    return JsonResponse({"entries": [{"code": p.username, "label": str(Text(p.name_zh, p.name_en or p.name_zh))} for p in found]})
