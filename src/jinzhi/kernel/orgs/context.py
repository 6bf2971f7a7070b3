"""The post switcher of the officers' bar: ``posts`` and ``post_label`` in templates, worked out when used, without a query of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from jinzhi.kernel.orgs import queries, roles
from jinzhi.kernel.text import Text


def switcher(request: Any) -> list[dict[str, Any]]:
    """The organisations where the actor holds posts, once each: ``id`` (path), ``label``, ``current``, ``url`` to post ``id`` to."""
    held: dict[str, list[str]] = {}
    for grant in request.actor.grants:
        held.setdefault(grant.org_path, [])
        if grant.role not in held[grant.org_path]:
            held[grant.org_path].append(grant.role)
    url = reverse("switch_post") if held else ""
    entries = []
    for path, codes in held.items():
        titles, org = [roles.title(code) for code in codes], queries.org_name(queries.org_by_path(path), short=True)
        label = Text(f"{'、'.join(t.zh for t in titles)}，{org.zh}", f"{', '.join(t.en for t in titles)}, {org.en}")
        current = request.org is not None and request.org.path == path
        entries.append({"id": path, "label": label, "current": current, "url": url})
    return entries


def posts(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    if not hasattr(request, "session"):  # error pages of requests that ended before the session was read
        return {}
    entries: Any = SimpleLazyObject(lambda: switcher(request))
    label = SimpleLazyObject(lambda: next((e["label"] for e in entries if e["current"]), Text("", "")))
    return {"posts": entries, "post_label": label}
