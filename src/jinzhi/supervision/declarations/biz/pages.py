"""The enterprise's home and its list of declarations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from jinzhi.kernel.cases import queries
from jinzhi.kernel.codes.validators import normalise
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.parts import Tab
from jinzhi.supervision.declarations.biz import drafts, story
from jinzhi.supervision.declarations.biz.frame import draw, page
from jinzhi.supervision.declarations.models import Declaration as Header

PAGE = 50
_ROOM = 8


def member(request: Any) -> Actor:
    """The reader as somebody of the party worked for now, without posts and other parties."""
    return replace(request.actor, grants=(), parties=frozenset({request.party.pk}))


def _turns(actor: Actor, limit: int) -> list[dict[str, Any]]:
    items = queries.queue("party", actor, limit=limit).items
    numbers = _numbers([i.case_id for i in items])
    found = []
    for item in items:
        words, late = story.left(item.due)
        found.append({
            "item": item, "words": words, "late": late, "tone": "r" if late else story.tone(item.lane_state, True), "title": item.columns.get("en") or item.title,
            "step": story.DUTIES.get(item.lane_state, item.step), "number": item.number or numbers.get(item.case_id, ""),
        })  # fmt: skip
    return found


def _numbers(case_ids: list[int]) -> dict[int, str]:
    """The enterprise's own numbers, in one question."""
    return dict(Header.objects.filter(case_id__in=case_ids).values_list("case_id", "enterprise_number"))


def _rows(items: list[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    """Rows of declarations with their tone, and whether it is the enterprise's turn (one question for the page)."""
    waiting = {i.case_id: i for i in queries.queue("party", actor, limit=200).items}
    numbers = _numbers([row["case_id"] for row in items])
    for row in items:
        duty = waiting.get(row["case_id"])
        row["own_number"] = numbers.get(row["case_id"], "")
        row["mine"] = story.DUTIES.get(duty.lane_state, duty.step) if duty else None
        row["tone"] = story.tone(row["state"], duty is not None)
        if duty is not None:
            row["left"], row["late"] = story.left(duty.due)
    return items


@require_GET
@page
def home(request: Any) -> HttpResponse:
    """What waits for me, drafts, the latest declarations, and where to begin."""
    actor = member(request)
    turns = _turns(actor, _ROOM)
    recent = queries.recent(actor, limit=10)
    return draw(
        request, "declarations/biz/home.html",
        {
            "turns": turns, "waiting": queries.count("party", actor), "rows": _rows(recent.items, actor), "more": bool(recent.after),
            "drafts": drafts.recent(request.party.pk, 6), "can_copy": Header.objects.filter(declarant_id=request.party.pk).exists(),
        },
    )  # fmt: skip


@require_GET
@page
def declarations(request: Any) -> HttpResponse:
    """All declarations of the party, newest first, 50 a page, found by number, goods or consignee; or only those that wait for it."""
    actor = member(request)
    text = request.GET.get("q", "").strip()[:60]
    after = request.GET.get("after", "")
    phase = {"open": 1, "closed": 2}.get(request.GET.get("phase", ""))
    if text:
        found = queries.search(actor, text, after=after, limit=PAGE)
    else:
        found = queries.recent(actor, phase=phase, after=after, limit=PAGE)
    base = reverse("biz:declarations")
    tabs = [
        Tab(Text("全部", "All"), base, current=phase is None and not text),
        Tab(Text("办理中", "Open"), f"{base}?phase=open", current=phase == 1),
        Tab(Text("已办结", "Closed"), f"{base}?phase=closed", current=phase == 2),
    ]
    return draw(
        request, "declarations/biz/declarations.html",
        {"rows": _rows(found.items, actor), "q": text, "phase": request.GET.get("phase", ""), "after": found.after, "first_page": not after, "tabs": tabs, "count": len(found.items)},
    )  # fmt: skip


@require_GET
@page
def party_lookup(request: Any) -> JsonResponse:
    """Consignees for the picker: by code or name, those declared for before first. ``{"entries": [{code, label, tag?, zh, en}]}``."""
    text = request.GET.get("q", "").strip()[:60]
    used = list(Header.objects.filter(declarant_id=request.party.pk).order_by("-case_id").values_list("consignee_code", flat=True)[:100])
    favourites = list(dict.fromkeys([request.party.code, *used]))[:10]
    if text:
        found = Party.objects.filter(Q(code__startswith=normalise(text)) | Q(name_zh__contains=text) | Q(name_en__icontains=text))[:20]
    else:
        found = Party.objects.filter(code__in=favourites)[:20]
    rank = {code: i for i, code in enumerate(favourites)}
    entries = [
        {
            "code": p.code, "label": str(Text(p.name_zh, p.name_en or p.name_zh)), "zh": p.name_zh, "en": p.name_en,
            **({"tag": str(Text("本单位", "You") if p.pk == request.party.pk else Text("常用", "Recent"))} if p.code in rank else {}),
        }
        for p in sorted(found, key=lambda p: (rank.get(p.code, 99), p.code))
    ]  # fmt: skip
    return JsonResponse({"entries": entries}, json_dumps_params={"ensure_ascii": False})
