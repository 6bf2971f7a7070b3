"""A document as officers and enterprises see it (S5): the sheet, its verification, versions, history, printing, files."""

from __future__ import annotations

import re
from functools import wraps
from typing import Any
from urllib.parse import urlparse

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_page
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_safe

from jinzhi.kernel.cases.queries import access_case
from jinzhi.kernel.documents import commands, queries, render, signing
from jinzhi.kernel.documents.content import Row, claims
from jinzhi.kernel.documents.kinds import kinds
from jinzhi.kernel.documents.models import Blob, Document
from jinzhi.kernel.documents.public_pages import TITLES, file_response
from jinzhi.kernel.orgs.access import biz_required, office_required, signed_in
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.kernel.web.parts import Entry

STATES: dict[str, tuple[Text, str]] = {
    "valid": (Text("有效", "Valid"), "g"),
    "replaced": (Text("已替换", "Replaced"), ""),
    "voided": (Text("已作废", "Voided"), "r"),
    "expired": (Text("已过期", "Expired"), "w"),
}
WAITING = Text(
    "这份证单还没有签名，签名后才能打印和下载。一般不到一分钟，刷新证单页可以看到进度",
    "This document is not signed yet; it can be printed and downloaded once it is, usually within a minute. Reload its page to see how far it is",
)
_MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
_SPLIT = re.compile(r"[\s,，、;；]+")


def _absent_as_404(view: Any) -> Any:
    """A case out of the asker's scope looks as if it did not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            if refused.status == 404:
                raise Http404 from refused
            raise

    return guarded


def _visible(request: HttpRequest, pk: int) -> tuple[Document, Any]:
    """The document and its case, if the actor may see that case. Raises ``Http404``, or ``Refused`` with status 404."""
    document = Document.objects.filter(pk=pk).first()
    if document is None:
        raise Http404
    return document, access_case(request.actor, document.case_id)  # type: ignore[attr-defined]


@office_required
@require_safe
@_absent_as_404
def office_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The document in the officers' workspace."""
    return document_page(request, pk, "office")


@biz_required
@require_safe
@_absent_as_404
def biz_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The document in the enterprise's workspace."""
    return document_page(request, pk, "biz")


def document_page(request: HttpRequest, pk: int, shell: str) -> HttpResponse:
    """Sheet on the left, what is known about it on the right. Access is that of the document's case."""
    document, case = _visible(request, pk)
    state = document.state_on()
    images, problem = _images(document)
    found = _facts(document)
    versions = queries.versions(document)
    prints = list(document.prints.order_by("-at")[:20])
    names = person_names({d.issued_by for d in versions} | {d.state_by for d in versions if d.state_by})
    context: dict[str, Any] = {
        "base": f"web/{shell}.html",
        "shell": shell,
        "document": document,
        "state": STATES[state],
        "state_code": state,
        "verdict_title": _verdict(document, state, found),
        "verdict_state": _tone(document, state, found),
        "facts": found,
        "intact": document.is_intact(),
        "digest": " ".join(document.digest[i : i + 4] for i in range(0, 16, 4)),
        "images": images,
        "problem": problem,
        "versions": [(d, *STATES[d.state_on()], reverse(f"{shell}_document", args=[d.pk]), d.pk == document.pk) for d in versions],
        "history": _history(versions, prints, names),
        "prints": prints,
        "checks": queries.checks([document.pk]),
        "domain": urlparse(settings.JINZHI_PUBLIC_URL).netloc,
        "verify_path": reverse("documents:verify_number", args=[document.number]),
        "case_number": case.work.number or str(case.id),
        "case_url": _case_url(shell, document.case_id),
        "issued_by": names.get(document.issued_by),
        **_text_version(document),
    }
    return render_page(request, "documents/document.html", context)


def _facts(document: Document) -> list[signing.Fact]:
    if document.pdf_id is None:
        return []
    return signing.verify(bytes(Blob.objects.only("bytes").get(pk=document.pdf_id).bytes))


def _tone(document: Document, state: str, found: list[signing.Fact]) -> str:
    """The band's word for colour and sign: a document without its file waits, one whose file is not sound is refused."""
    if state != "valid" or not document.signed:
        return {"voided": "void"}.get(state, state)
    if document.pdf_id is None:
        return "expired"
    return "valid" if signing.is_valid(found) else "unknown"


def _verdict(document: Document, state: str, found: list[signing.Fact]) -> Text:
    if not document.signed:
        return STATES[state][0]
    if document.pdf_id is None:
        return Text("等待签名", "Waiting for its signature")
    if not signing.is_valid(found):
        return Text("签名有问题，不要交付", "The signature has a problem: do not hand it out")
    return STATES[state][0]


def _images(document: Document) -> tuple[list[str], Text | None]:
    """Addresses of the page images, or why there are none."""
    kind = kinds().get(document.kind)
    if kind is None:
        return [], Text("这一种证单的模板已经不在系统里", "The template of this kind is no longer in the system")
    try:
        count = len(render.pages(kind.template, document.facts(), document.digest))
    except Refused as refused:
        return [], refused.refusals[0].message
    return [reverse("document_image", args=[document.pk, number, "svg"]) for number in range(1, count + 1)], None


def _history(versions: list[Document], prints: list[Any], names: dict[int, Text]) -> list[Entry]:
    """Issues, changes of state and printings of all versions, newest first."""
    system = Text("系统", "System")
    lines: list[tuple[Any, Entry]] = []
    for d in versions:
        lines.append(
            (d.issued_at, Entry(Text(f"签发版本 {d.version}", f"Version {d.version} issued"), d.issued_at, names.get(d.issued_by, system)))
        )
        if d.state_at:
            word = STATES[d.state][0]
            by = names.get(d.state_by or 0, system)
            title = Text(f"版本 {d.version} {word.zh}", f"Version {d.version} {word.en.lower()}")
            lines.append((d.state_at, Entry(title, d.state_at, by, d.state_reason, "bad" if d.state == "voided" else "")))
    for p in prints:
        serials = "、".join(p.serials)
        lines.append((p.at, Entry(Text(f"打印 {p.copies} 份", f"Printed, {p.copies} copies"), p.at, p.by_name, serials)))
    lines.sort(key=lambda line: line[0], reverse=True)
    entries = [entry for _, entry in lines]
    if entries and entries[0].tone == "":
        first = entries[0]
        entries[0] = Entry(first.title, first.at, first.by, first.note, "new")
    return entries


def _text_version(document: Document) -> dict[str, Any]:
    """The content as text, for reading aloud, copying and comparing; the shared templates' parts in their printed order."""
    content = document.content
    sections = [
        part for section in content.get("sections", []) for part in (section.get("heading"), *section.get("paragraphs", [])) if part
    ]
    rows = content.get("rows")
    return {
        "text_lead": [part for part in (content.get("addressee"), *content.get("paragraphs", [])) if part],
        "text_rows": [Row.model_validate(row) for row in rows] if rows else claims(content),
        "text_tables": content.get("tables", []),
        "text_items": content.get("items", []),
        "text_paragraphs": [*sections, *content.get("closing", [])],
    }


def _case_url(shell: str, case_id: int) -> str:
    """The case in the same shell; empty where no business mounts a page for it."""
    try:
        return reverse(f"{shell}:case", args=[case_id])
    except NoReverseMatch:
        return ""


@signed_in
@require_safe
@_absent_as_404
def document_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The signed file as stored; of a kind that is not signed, drawn now. ``?download=1`` saves it."""
    document, _ = _visible(request, pk)
    if document.pdf_id is not None:
        return file_response(document, download="download" in request.GET)
    kind = kinds().get(document.kind)
    if document.signed or kind is None:
        return render_page(request, "documents/waiting.html", {"message": WAITING, "document": document}, status=409)
    try:
        data = render.pdf(kind.template, document.facts(), document.digest)
    except Refused as refused:
        return render_page(request, "documents/waiting.html", {"message": refused.refusals[0].message, "document": document}, status=409)
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{document.pk}.pdf"'
    return response


@signed_in
@require_safe
@_absent_as_404
def document_image(request: HttpRequest, pk: int, page: int, kind: str) -> HttpResponse:
    """One page image, svg or png. ``?dx=&dy=`` draws the data only, moved by millimetres, for pre-printed sheets."""
    document, _ = _visible(request, pk)
    offered = kinds().get(document.kind)
    if offered is None:
        raise Http404
    stock = _stock(request)
    etag = f'"{document.digest[:32]}-{page}-{kind}{stock or ""}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    images = render.pages(offered.template, document.facts(), document.digest, "png" if kind == "png" else "svg", stock)
    if not 1 <= page <= len(images):
        raise Http404
    response = HttpResponse(images[page - 1], content_type=_MEDIA[kind])
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A drawing opened by itself runs and loads nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _stock(request: HttpRequest) -> render.Stock | None:
    """Offsets of overprinting from the address, each within ±30 mm; None without them."""
    if "dx" not in request.GET and "dy" not in request.GET:
        return None
    values = []
    for name in ("dx", "dy"):
        try:
            value = round(float(request.GET.get(name) or 0), 1)
        except ValueError:
            value = 0.0
        values.append(max(-30.0, min(30.0, value)) if value == value else 0.0)
    return (values[0], values[1])


@signed_in
@require_http_methods(["GET", "POST"])
@_absent_as_404
def document_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Print with a record: GET asks for copies, serials of blanks and offsets; POST records them and shows the sheets to print."""
    document, _ = _visible(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    if document.signed and document.pdf_id is None:
        return render_page(request, "documents/waiting.html", {"message": WAITING, "document": document}, status=409)
    if request.method == "POST":
        serials = [part for part in _SPLIT.split(request.POST.get("serials", "")) if part]
        try:
            copies = int(request.POST.get("copies") or 0)
        except ValueError:
            copies = 0
        try:
            entry = commands.record_print(document.pk, actor, copies, serials)
        except Refused as refused:
            return _print_form(request, document, refused)
        offsets = f"?dx={request.POST.get('dx') or 0}&dy={request.POST.get('dy') or 0}" if request.POST.get("stock") else ""
        return HttpResponseRedirect(reverse("document_sheets", args=[document.pk, entry.pk]) + offsets)
    return _print_form(request, document)


def _print_form(request: HttpRequest, document: Document, refused: Refused | None = None) -> HttpResponse:
    state = document.state_on()
    shell = "office" if request.actor.is_officer else "biz"  # type: ignore[attr-defined]
    context = {
        "base": f"web/{shell}.html",
        "document": document,
        "back": reverse(f"{shell}_document", args=[document.pk]),
        "errors": [(field_id(refusal.field), refusal.message) for refusal in refused.refusals] if refused else (),
        "wrong": {refusal.field: refusal.message for refusal in refused.refusals} if refused else {},
        "page_errors": bool(refused),
        "entered": request.POST,
        "state": STATES[state],
        "not_valid": state != "valid",
        "verdict": TITLES[state],
    }
    return render_page(request, "documents/print_form.html", context, status=422 if refused else 200)


@signed_in
@require_safe
@_absent_as_404
def document_sheets(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """The sheets of a recorded printing and nothing else; the browser's print dialogue opens by itself."""
    document, _ = _visible(request, pk)
    if not document.prints.filter(pk=entry).exists():
        raise Http404
    images, problem = _images(document)
    stock = _stock(request)
    query = f"?dx={stock[0]}&dy={stock[1]}" if stock else ""
    shell = "office" if request.actor.is_officer else "biz"  # type: ignore[attr-defined]
    context = {
        "document": document,
        "images": [url + query for url in images],
        "problem": problem,
        "state": STATES[document.state_on()],
        "not_valid": document.state_on() != "valid",
        "back": reverse(f"{shell}_document", args=[document.pk]),
    }
    return render_page(request, "documents/sheets.html", context)
