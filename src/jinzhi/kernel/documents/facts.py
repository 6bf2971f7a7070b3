"""The facts of a document: what its digest covers and its template draws. The same from a draft and from the stored row."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from jinzhi.kernel.text import Text


def number_key(text: str) -> str:
    """A number as it is looked up: full-width forms made narrow, letters large, everything else than letters and digits left out."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())[:60]


def facts(
    *,
    kind: str,
    number: str,
    version: int,
    copy: str,
    title: Text,
    org_code: str,
    org_name: Text,
    issued_at: dt.datetime,
    signatories: list[dict[str, Any]],
    valid_until: dt.date | None,
    content: dict[str, Any],
) -> dict[str, Any]:
    """Facts as JSON-able values; the time of issue in UTC so that the session's zone does not matter."""
    return {
        "kind": kind,
        "number": number,
        "version": version,
        "copy": copy,
        "title": title.as_dict(),
        "org": {"code": org_code, **org_name.as_dict()},
        "issued_at": issued_at.astimezone(dt.UTC).isoformat(),
        "signatories": signatories,
        "valid_until": valid_until.isoformat() if valid_until else None,
        "content": content,
    }
