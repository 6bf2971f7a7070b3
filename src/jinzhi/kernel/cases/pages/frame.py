"""What every page of the workbench has around it: counts and saved views in the navigation, the number of a form."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jinzhi.kernel.cases import lists
from jinzhi.kernel.cases.queues import conditions, views
from jinzhi.kernel.cases.registry import in_force
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.context import NavGroup, NavItem

_TITLE = Text("保存的视图", "Saved views")


def nav(request: HttpRequest, kept: Sequence[views.View] | None = None) -> dict[str, Any]:
    """The counts beside the queues and the saved views; those above COUNT_CAP end in a plus sign."""
    actor = request.actor  # type: ignore[attr-defined]
    totals = lists.totals(actor)
    late, today = totals.pop("late"), totals.pop("today")
    names = {"mine": "office:queue", "group": "office:group", "waiting": "office:waiting"}
    counts: dict[str, Any] = {names[kind]: f"{n}+" if n >= lists.CAP else n for kind, n in totals.items()}
    counts["office:done"] = str(Text(f"今日 {today}", f"{today} today")) if today else ""
    group = _views(request, counts, views.seen(actor) if kept is None else kept)
    return {"nav_counts": counts, "nav_late": ["office:queue"] if late else [], "today": today, "nav_groups": [group] if group else []}


def _views(request: HttpRequest, counts: dict[str, Any], kept: Sequence[views.View]) -> NavGroup | None:
    """The views of the reader as a group of the navigation; their counts are put beside those of the queues."""
    actor = request.actor  # type: ignore[attr-defined]
    kept = kept[: views.IN_NAVIGATION]
    if not kept:
        return None
    processes = in_force()
    found = views.counts(actor, [(v, conditions.read(dict(v.query), processes, v.list).conditions) for v in kept])
    items = []
    for view in kept:
        key = f"view:{view.id}"
        counts[key] = found.get(view.id, "")
        items.append(NavItem(Text(view.name, view.name), reverse("office:view", args=[view.id]), key, request.GET.get("view") == str(view.id)))
    return NavGroup(_TITLE, tuple(items))


def request_uuid(request: HttpRequest) -> uuid.UUID:
    """The form's own number: the same form sent twice is done once. A form without one gets a fresh number."""
    try:
        return uuid.UUID(request.POST.get("request_id", ""))
    except ValueError:
        return uuid.uuid4()
