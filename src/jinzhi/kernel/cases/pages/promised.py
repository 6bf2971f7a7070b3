"""Promised limits (承诺时限) for the law officer: what is in force beside the law's limit, and a form to set one from a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jinzhi.kernel.cases import promises, promising
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.registry import LAW_OFFICER, in_force
from jinzhi.kernel.cases.standing import STAGE
from jinzhi.kernel.forms.fields import parse_date
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import org_by_path, org_name
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

MOST = 500


@dataclass(frozen=True)
class Row:
    """A promise as it is shown, with the law's limit beside it."""

    process: Text
    target: Text
    limit: Text
    law: Text
    org: Text
    promise: promises.Promise
    state: tuple[Text, str]


@require_http_methods(["GET", "POST"])
@office_required
def page(request: HttpRequest) -> HttpResponse:
    """The list for every officer; the form for who holds the law officer's post over an organisation."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    places = {g.org_path: g for g in actor.grants if g.role == LAW_OFFICER}
    known = {p.code: p for p in in_force()}
    chosen = (request.POST if request.method == "POST" else request.GET).get("process", "")[:60]
    process = known.get(chosen)
    refusals: list[Refusal] = []
    if request.method == "POST":
        wanted, refusals = _read(request, set(places))
        if wanted is not None:
            try:
                promising.set_promise(wanted, by=actor.person_id)
            except Refused as refused:
                refusals = list(refused.refusals)
            else:
                messages.success(request, str(_said(wanted, process)))
                return HttpResponseRedirect(f"{reverse('office:promised')}?process={wanted.process}")
    context = {
        "rows": _rows(known, chosen if process else ""), "processes": [("", Text("全部", "All")), *((c, p.title) for c, p in known.items())], "chosen": chosen,
        "targets": promising.targets(process) if process else (), "places": [(path, org_name(org_by_path(path))) for path in places],
        "typed": {k: request.POST.get(k, "") for k in ("target", "org", "limit", "valid_from", "valid_to", "basis")}, "may": bool(places),
        "errors": {r.field: r.message for r in reversed(refusals)}, "problems": refusals, "page_errors": bool(refusals),
        "thresholds": [t for t in promises.current().thresholds if t.on(today())],
    }  # fmt: skip
    return render(request, "cases/promised.html", context, status=422 if refusals else 200)


def _read(request: HttpRequest, places: set[str]) -> tuple[promising.Wanted | None, list[Refusal]]:
    asked = request.POST
    if not places:
        return None, [Refusal("not_your_role", Text("设定承诺要有法制人员岗位", "Only who holds the law officer’s post sets promises"))]
    found: list[Refusal] = []
    days: dict[str, dt.date | None] = {}
    for name, needed in (("valid_from", True), ("valid_to", False)):
        text = asked.get(name, "").strip()
        try:
            days[name] = parse_date(text) if text or needed else None
        except ValueError:
            found.append(Refusal("day_form", Text("填写日期，例如 2011-11-23", "Enter a date, such as 2011-11-23"), name))
    org = asked.get("org", "")
    if org not in places:
        found.append(Refusal("org", Text("从您任职的机构中选择", "Choose among the organisations of your post"), "org"))
    if not asked.get("target"):
        found.append(Refusal("target", Text("选择期限或环节", "Choose a limit or a stage"), "target"))
    basis = asked.get("basis", "").strip()[:200]
    if not basis:
        found.append(Refusal("basis", Text("填写承诺的依据，例如服务指南或公告的名称、文号", "Enter what promises it, such as the title and number of the notice"), "basis"))
    if found or days.get("valid_from") is None:
        return None, found
    start = days["valid_from"]
    assert start is not None
    return promising.Wanted(asked.get("process", ""), asked.get("target", ""), org, asked.get("limit", "").strip(), start, days.get("valid_to"), basis), []


def _said(wanted: promising.Wanted, process: Process | None) -> Text:
    name = promising.title(process, wanted.target) if process else Text(wanted.target, wanted.target)
    if not wanted.limit:
        return Text(f"自 {wanted.valid_from} 起不再另行承诺“{name.zh}”", f"From {wanted.valid_from} nothing is promised for “{name.en}”")
    said = promising.words(wanted.limit)
    return Text(f"自 {wanted.valid_from} 起“{name.zh}”承诺 {said.zh}；已在计时的案件不变", f"From {wanted.valid_from} “{name.en}” is promised in {said.en}; running cases keep theirs")


def _rows(known: dict[str, Process], chosen: str) -> list[Row]:
    found = []
    day = today()
    for (code, target), rows in promises.current().promises.items():
        process = known.get(code)
        if process is None or (chosen and code != chosen):
            continue
        law = promising.law_of(process, target) if not target.startswith(STAGE) else None  # no law limits a stage
        for p in rows:
            state = (
                (Text("有效", "In force"), "g") if p.on(day) else (Text("将生效", "From later"), "b") if p.valid_from > day else (Text("已结束", "Ended"), "")
            )
            beside = promising.words(law[0]) if law and law[0] else Text("", "")
            found.append(Row(process.title, promising.title(process, target), promising.words(p.limit), beside, _place(p.org_path), p, state))
    return sorted(found, key=lambda r: (r.promise.process, r.promise.target, r.promise.org_path, r.promise.valid_from))[:MOST]


def _place(path: str) -> Text:
    return org_name(org_by_path(path)) if path else Text("全部机构", "All organisations")
