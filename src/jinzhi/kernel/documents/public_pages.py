"""The public check of documents (证单核验): a form, and the answer under a number; no script, no sign-in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlparse

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_page
from django.urls import reverse
from django.views.decorators.http import require_safe

from jinzhi.kernel.documents import verification
from jinzhi.kernel.documents.facts import number_key
from jinzhi.kernel.documents.models import Blob, Document
from jinzhi.kernel.orgs.access import public_page
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.text import Text

TITLES: dict[str, Text] = {
    "valid": Text("有效", "Valid"),
    "replaced": Text("已替换，这一版不能再用", "Replaced: this version can no longer be used"),
    "voided": Text("已作废，不能再用", "Voided: it can no longer be used"),
    "expired": Text("已过期", "Expired"),
    "mismatch": Text("内容不符，这份纸质件不是原件", "Contents differ: this paper is not genuine"),
    "altered": Text("暂时不能核验", "Cannot be verified at the moment"),
    "unknown": Text("查无此证", "No such document"),
    "limited": Text("核验太频繁，一分钟后再试", "Too many checks: try again in a minute"),
}
# The component's words for tone and sign; what is not valid is never drawn as if it were.
BANDS = {"valid": "valid", "replaced": "replaced", "expired": "expired", "limited": "expired"}
STATUS = {"unknown": 404, "limited": 429}


@public_page
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """The form; with ``?n=`` on to the number's own page."""
    number = request.GET.get("n", "").strip()
    if number_key(number):
        return HttpResponseRedirect(reverse("documents:verify_number", args=[number[:80]]))
    error = (
        Text("填写证单编号，例如 330200211004392", "Enter the number of the document, such as 330200211004392")
        if "n" in request.GET
        else None
    )
    return _no_cache(render_page(request, "documents/verify_form.html", {"error": error, **_frame()}, status=422 if error else 200))


@public_page
@require_safe
def verify_number(request: HttpRequest, number: str) -> HttpResponse:
    """The answer under a number; ``?d=`` from the QR code picks and proves the version on the paper."""
    client = verification.client_of(request)
    if verification.too_many(client):
        answer = verification.Check("limited")
    else:
        answer = verification.check(number[:80], request.GET.get("d", "")[:64], request.GET.get("k", "")[:80], client)
    context: dict[str, Any] = {
        "number": answer.document.number if answer.document else number[:80],
        "check": answer,
        "title": TITLES[answer.result],
        "band": BANDS.get(answer.result, "void"),
        "document": answer.document,
        "versions": [_version(d, answer) for d in answer.others],
        "successor_url": _address(answer.successor) if answer.successor else "",
        "siblings": [(d, f"{_address(d)}?{urlencode({'k': d.kind})}") for d in answer.siblings],
        **_frame(),
    }
    response = render_page(request, "documents/verify.html", context, status=STATUS.get(answer.result, 200))
    if answer.result == "limited":
        response.headers["Retry-After"] = "60"
    return _no_cache(response)


@public_page
@require_safe
def original(request: HttpRequest, digest: str) -> HttpResponse:
    """The signed file, for whoever was shown the contents: its address holds the whole digest, which nobody guesses."""
    with sight(SYSTEM):
        document = Document.objects.defer("content").filter(digest=digest, pdf__isnull=False).order_by("pk").first()
    if document is None or verification.too_many(verification.client_of(request)):
        raise Http404
    return file_response(document)


def file_response(document: Document, *, download: bool = False) -> HttpResponse:
    """The stored file of a document, under its number as file name."""
    response = HttpResponse(bytes(Blob.objects.only("bytes").get(pk=document.pdf_id).bytes), content_type="application/pdf")
    name = quote(f"{document.number}-{document.version}.pdf".replace("/", "-"))
    response.headers["Content-Disposition"] = f"{'attachment' if download else 'inline'}; filename*=UTF-8''{name}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=0"
    return response


def _version(document: Document, answer: verification.Check) -> dict[str, Any]:
    return {"document": document, "state": TITLES[document.state_on()], "open": answer.open}


def _address(document: Document) -> str:
    return reverse("documents:verify_number", args=[document.number])


def _frame() -> dict[str, Any]:
    parts = urlparse(settings.JINZHI_PUBLIC_URL)
    return {"domain": parts.netloc, "hotline": getattr(settings, "JINZHI_HOTLINE", "")}


def _no_cache(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
