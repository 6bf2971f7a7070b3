"""The kinds of documents the installed modules offer."""

from __future__ import annotations

from functools import lru_cache

from jinzhi.kernel.modules import DocumentKind, modules


@lru_cache(maxsize=1)
def kinds() -> dict[str, DocumentKind]:
    """All kinds by code. Raises ``ValueError`` when two modules claim one code: found at start, not at the first document."""
    found: dict[str, DocumentKind] = {}
    for module in modules():
        for kind in module.documents:
            if kind.code in found:
                raise ValueError(f"document kind {kind.code!r} is offered twice")
            found[kind.code] = kind
    return found
