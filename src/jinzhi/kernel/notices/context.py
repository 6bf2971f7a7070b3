"""The number beside 通知 in the bar of officers and of enterprises: one look into an index, when a page draws it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from jinzhi.kernel.notices import reading


def badge(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``notices_office`` and ``notices_biz``, the number of unread notices in words (empty: none)."""
    actor = getattr(request, "actor", None) if hasattr(request, "session") else None

    def words(shell: str) -> str:
        if actor is None or actor.person_id <= 0:
            return ""
        n = reading.unread(actor.person_id, shell)
        return f"{reading.CAP}+" if n > reading.CAP else str(n or "")

    return {f"notices_{shell}": SimpleLazyObject(lambda shell=shell: words(shell)) for shell in ("office", "biz")}  # type: ignore[misc]
