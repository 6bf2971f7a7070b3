"""Files of a case: reachable only where the case itself refers to them, sent so that a browser shows or saves, never runs them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse

from jinzhi.kernel.cases import lists
from jinzhi.kernel.cases.people import notes
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.documents.models import Blob
from jinzhi.kernel.modules import case_pages

_INLINE = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
_EXTENSIONS = _INLINE | {"application/xml": ".xml", "text/xml": ".xml"}
_DIGEST = re.compile(r"[0-9a-f]{64}")


def referred(view: CaseView) -> dict[str, str]:
    """Digests the case refers to, with names: the module's, file fields of the case and its lanes, and of every act in the log."""
    pages = case_pages(view.process.code)
    found = dict(pages.files(view)) if pages.files else {}
    fields = {name for name, spec in view.process.fields.items() if spec.type == "file"}
    shelves: list[dict[str, Any]] = [view.work.facts, *(lane.facts for lane in view.work.lanes.values())]
    shelves += [lane.pending["data"] for lane in view.work.lanes.values() if lane.pending]
    if fields:
        shelves += [line.data.get("data", {}) for line in lists.log(view.id)]
    for shelf in shelves:
        for name in fields & shelf.keys():
            values = shelf[name] if isinstance(shelf[name], list) else [shelf[name]]
            for number, value in enumerate(values, start=1):
                found.setdefault(str(value), f"{view.process.fields[name].zh}-{number}")
    if view.actor.is_officer:
        found |= {digest: name for digest, name in notes.files_of(view.id).items() if digest not in found}
    return found


def answer(view: CaseView, sha256: str, *, as_download: bool) -> HttpResponse:
    """The file, or 404 where the case does not refer to it."""
    if not _DIGEST.fullmatch(sha256):
        raise Http404
    name = referred(view).get(sha256)
    blob = Blob.objects.filter(pk=sha256).first() if name is not None else None
    if blob is None or name is None:
        raise Http404
    kind = blob.media_type.split(";")[0].strip().lower()
    known = _EXTENSIONS.get(kind, "")
    clean = re.sub(r'[\x00-\x1f\x7f"\\/:*?<>|]+', "_", name).strip(". ")[:120] or sha256[:12]
    if known and not clean.lower().endswith((known, ".jpeg")):
        clean += known
    inline = kind in _INLINE and not as_download
    response = HttpResponse(bytes(blob.bytes), content_type=kind if kind in _INLINE else "application/octet-stream")
    plain = clean.encode("ascii", "replace").decode().replace("?", "_")
    response["Content-Disposition"] = f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox" if kind != "application/pdf" else "default-src 'none'"
    response["Cache-Control"] = "private, max-age=3600, immutable"
    return response
