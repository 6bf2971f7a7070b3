"""Acts of people on a case that move nothing: duties given and taken, notes, watching, signs of life."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.cases import queries
from jinzhi.kernel.cases.pages import case, case_parts, uploads
from jinzhi.kernel.cases.people import commands, duties, notes, panel, recusal, watching
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.orgs.access import mark, office_required
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

_SAID = {
    "claim": Text("已领取，案件已放入我的待办", "Claimed; the case is now among your tasks"),
    "release": Text("已退回本组待领", "Given back to the group’s queue"),
    "take_back": Text("已收回到本组待领", "Taken back into the group’s queue"),
    "transfer": Text("已转交给 {n}", "Handed over to {n}"),
    "assign": Text("已指派给 {n}", "Assigned to {n}"),
}
_QUICKER = Text("这件待办刚被他人领取或已办理，页面已更新", "Somebody else was quicker with this duty; the page is up to date now")


def again(request: HttpRequest, view: CaseView, anchor: str = "") -> HttpResponse:
    """The case again where the reader may still see it, else the queue."""
    try:
        queries.access_case(view.actor, view.id)
    except Refused:
        return HttpResponseRedirect(reverse("office:queue"))
    place = case_parts.place_of(request, view.actor, view.id)
    return HttpResponseRedirect(reverse("office:case", args=[view.id]) + place.query + anchor)


@require_POST
@office_required
def duty(request: HttpRequest, case_id: int, what: str) -> HttpResponse:
    """Claim a free duty of the case, give one's own back, hand it to a colleague; a lead assigns and takes back."""
    view = case.open_case(request, case_id)
    what = "transfer" if what == "hand" else what.replace("-", "_")
    slot = request.POST.get("slot", "")
    lines = [line for line in panel.lines(view) if what in line.acts and slot in ("", line.slot)]
    if not lines:
        messages.warning(request, str(_QUICKER))
        return again(request, view)
    line, person = lines[0], 0
    ids = duties.open_ids(view.id, line.slot)
    if what in ("transfer", "assign"):
        names = dict(line.colleagues)
        chosen = request.POST.get("person", "")
        if chosen not in names:
            messages.error(request, str(Text("选择转交给谁", "Choose whom to hand it to")))
            return again(request, view)
        person = int(chosen)
        give = commands.transfer if what == "transfer" else commands.assign
        outcomes = give(view.actor, ids, person, reason=request.POST.get("reason", "").strip()[:200])
        said = _SAID[what].format(n=names[chosen])
    else:
        outcomes = {"claim": commands.claim, "release": commands.release, "take_back": commands.take_back}[what](view.actor, ids)
        said = _SAID[what]
    if not outcomes:
        messages.warning(request, str(_QUICKER))
    elif outcomes[0].ok:
        messages.success(request, str(said))
    else:
        messages.warning(request, "；".join(str(r.message) for r in outcomes[0].refusals))
    return again(request, view)


@require_POST
@office_required
def note(request: HttpRequest, case_id: int) -> HttpResponse:
    """Write an internal note; refused, the page comes back with what was typed and why."""
    view = case.open_case(request, case_id)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    digests, refusals = uploads.take(request, "files")
    names = [f.name or "" for f in request.FILES.getlist("files")]
    files = [(d, names[-len(digests) + i] if len(names) >= len(digests) else d[:8]) for i, d in enumerate(digests)]
    if not refusals:
        try:
            notes.write(view, text, files)
        except Refused as refused:
            refusals = list(refused.refusals)
        else:
            messages.success(request, str(Text("备注已写入", "The note is written")))
            return again(request, view, "#notes-h")
    return _with_note(request, view, text, digests, refusals)


def _with_note(request: HttpRequest, view: CaseView, text: str, digests: list[str], refusals: list[Refusal]) -> HttpResponse:
    errors: dict[str, Any] = {}
    for one in refusals:
        errors.setdefault(one.field or "text", one.message)
    place = case_parts.place_of(request, view.actor, view.id)
    context = case.context_of(request, view, place, queries.offers(view))
    context |= {"note_text": text, "note_errors": errors, "note_kept": uploads.kept(digests), "note_problems": refusals, "page_errors": True}
    return render(request, "cases/case.html", context, status=422)


@require_POST
@office_required
def recuse(request: HttpRequest, case_id: int) -> HttpResponse:
    """Withdraw from the case (回避), or as a lead withdraw who holds its duty."""
    view = case.open_case(request, case_id)
    chosen = request.POST.get("person", "")
    person = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0
    try:
        recusal.recuse(view, request.POST.get("reason", ""), person)
    except Refused as refused:
        if refused.status == 404:
            raise Http404 from refused
        messages.error(request, "；".join(str(r.message) for r in refused.refusals))
    else:
        messages.success(request, str(Text("回避已记入案件，待办已退回本组", "The withdrawal is in the case’s log; the duty is free for the group")))
    return again(request, view)


@require_POST
@office_required
def watch(request: HttpRequest, case_id: int) -> HttpResponse:
    """Watch the case, or stop (``on``: 1 or 0)."""
    view = case.open_case(request, case_id)
    on = request.POST.get("on", "1") == "1"
    watching.watch(view.actor.person_id, [view.id], on=on)
    said = Text("已关注，案件有进展时通知您", "Watching: you will be told of its acts") if on else Text("已取消关注", "No longer watching")
    messages.success(request, str(said))
    return again(request, view)


@require_GET
@office_required
def colleagues(request: HttpRequest, case_id: int) -> HttpResponse:
    """Officers who can see the case, for the @ picker: ``{"entries": [{code, label, note, insert}]}``."""
    view = case.open_case(request, case_id)
    found = notes.colleagues(view, request.GET.get("q", "")[:40])
    alike = [p.name_zh for p, _ in found]
    entries = [
        {"code": p.username, "label": str(Text(p.name_zh, p.name_en or p.name_zh)), "note": str(place), "insert": p.name_zh if alike.count(p.name_zh) == 1 else p.username}
        for p, place in found
    ]
    return JsonResponse({"entries": entries})


def here(request: HttpRequest) -> HttpResponse:
    """A sign of life of a case page, which shows who else has it open. One statement beside the session's; says 401, and leads nowhere, to
    who is not signed in: a page with a half-written form must stay where it is."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    if not request.actor.is_officer:  # type: ignore[attr-defined]
        raise Http404
    found = watching.beat(int(request.user.pk), request.POST.get("ticket", "")[:200], settings.SESSION_COOKIE_AGE)
    if found is None:
        return HttpResponse(status=204)
    names = found[1]
    if not names:
        return JsonResponse({"sentence": ""})
    said = Text("{n}也在看本案", "Also here: {n}").format(n=Text("、".join(n.zh for n in names[:5]), ", ".join(n.en for n in names[:5])))
    return JsonResponse({"sentence": str(said)})


mark(here, "office")
