"""Files of a draft: uploaded one by one, shown again, removed. A file too large is answered before it is read."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.documents import blobs
from jinzhi.kernel.orgs.access import mark
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.biz import attachments, checks, drafts, foreign, wizard
from jinzhi.supervision.declarations.biz.frame import draw, page, wants_json
from jinzhi.supervision.declarations.ephyto import parse
from jinzhi.supervision.declarations.foreign import XML


@require_POST
@page
def upload(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """Take one file (``file``): JSON ``{"html": row}`` or ``{"error": sentence}``; without scripts, back to the section."""
    draft = drafts.get(request.actor, draft_id)
    given = request.FILES.get("file")
    if given is None:
        raise Refused(Refusal("file.none", Text("选择一个文件", "Choose a file"), "file"), status=422)
    taken = attachments.recognise(given.name or "", given.read())
    row = attachments.keep(taken, request.actor.person_id, draft.party_id) | _named_by_certificate(taken)
    draft = drafts.attach(request.actor, draft_id, row, attachments.MAX_FILES)
    if not wants_json(request):
        return HttpResponseRedirect(wizard.url_of(draft, "papers"))
    html = render_to_string(
        "declarations/biz/_attachment.html", {"row": wizard.attachment_row(draft, row), "kinds": wizard.kind_options(), "draft": draft}, request=request
    )
    return JsonResponse({"html": html, "sha256": row["sha256"]})


_KINDS = {"851": "101007", "657": "101007", "852": "101009", "853": "101006"}  # kinds of e-certificates as attached papers


def _named_by_certificate(taken: attachments.Taken) -> dict[str, str]:
    """Kind and number of an e-certificate, so that nobody types them; nothing for other files and unreadable ones."""
    if taken.media_type != XML:
        return {}
    try:
        certificate = parse(taken.data)
    except Refused:
        return {}
    return {"kind": _KINDS.get(certificate.type_code, "101040"), "number": certificate.number[:60]}


@require_POST
@page
def remove(request: Any, draft_id: uuid.UUID, file_id: str) -> HttpResponse:
    """Take a file out of the draft."""
    draft = drafts.detach(request.actor, draft_id, file_id)
    return HttpResponse(status=204) if request.headers.get("X-CSRFToken") else HttpResponseRedirect(wizard.url_of(draft, "papers"))


@require_GET
@page
def download(request: Any, draft_id: uuid.UUID, file_id: str) -> HttpResponse:
    """The file as uploaded."""
    draft = drafts.get(request.actor, draft_id)
    row = next((one for one in draft.data.get("attachments") or [] if one.get("id") == file_id), None)
    if row is None or not row.get("sha256"):
        raise Http404
    return send_bytes(row["sha256"], row.get("name") or "file")


def send_bytes(sha256: str, name: str) -> HttpResponse:
    """Stored bytes as a download; XML and everything else that a browser might run is never shown in place."""
    kind = attachments.media_type(sha256)
    if not kind:
        raise Http404
    shown = kind in ("application/pdf", "image/jpeg", "image/png")
    response = HttpResponse(blobs.get(sha256), content_type=kind)
    response["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_GET
@page
def certificates(request: Any, draft_id: uuid.UUID) -> HttpResponse:
    """The panel of foreign e-certificates and of documents still needed: asked again when a file came or went."""
    draft = drafts.get(request.actor, draft_id)
    state = checks.look(draft)
    return draw(request, "declarations/biz/_foreign.html", {"draft": draft, "certificates": foreign.read_all(draft, state.rough)})


def refuse_large(view: Any) -> Any:
    """Answer a body that is too large from its announced length, before Django reads any of it (its CSRF check would)."""

    protected = csrf_protect(view)

    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        large = attachments.too_large(request)
        if large is None:
            return protected(request, *args, **kwargs)
        if wants_json(request):
            response: HttpResponse = JsonResponse({"error": str(large.message), "code": large.code}, status=413)
        else:
            response = render(request, "declarations/biz/too_large.html", {"refusals": [large]}, status=413)
        response["Connection"] = "close"
        return response

    return mark(csrf_exempt(guarded), "biz")
