"""Files of a declaration: what is taken, how it is recognised, and foreign e-certificates read on the spot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import puremagic
from django.conf import settings
from django.http import HttpRequest

from jinzhi.kernel.documents import blobs
from jinzhi.kernel.documents.models import Blob
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.supervision.declarations.biz.convert import clean_text, new_key

ACCEPT = ".pdf,.jpg,.jpeg,.png,.xml,.xlsx,.docx"
MAX_FILES = 100
_ENVELOPE = 64 * 1024  # what a form adds around a file

TYPES = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "xml": "application/xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip

# What a file's name says of the kind of paper; the declarant can change it.
_KIND_BY_NAME = (
    ("101001", r"合同|contract|\bs/?c\b"),
    ("101004", r"装箱单|packing"),
    ("101002", r"发票|invoice|\binv\b"),
    ("101005", r"提单|运单|bill.?of.?lading|\bb/?l\b|waybill|\bawb\b"),
    ("101010", r"原产地|origin|\bcoo\b"),
    ("101007", r"植物检疫|phyto"),
    ("101006", r"兽医|卫生证|health|veterinary|sanitary"),
    ("101030", r"检疫许可|许可证|permit"),
    ("101039", r"委托书|authori[sz]ation|power.of.attorney"),
    ("101025", r"无木质|no.?wood"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as recognised: its type by content."""

    name: str
    data: bytes
    media_type: str


def too_large(request: HttpRequest, limit: int | None = None) -> Refusal | None:
    """Whether the request says it is larger than a file may be: answered before a byte of its body is read."""
    most = limit or settings.JINZHI_MAX_UPLOAD
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length <= most + _ENVELOPE:
        return None
    text = Text("这个文件是 {a} MB，最大 {b} MB。可以拆成几份上传", "This file is {a} MB, the limit is {b} MB. Upload it in parts")
    return Refusal("file.large", text.format(a=length // 1024 // 1024, b=most // 1024 // 1024), "file")


def recognise(name: str, data: bytes) -> Taken:
    """Check a file by its content, whatever its name says. Raises Refused (422)."""
    name = clean_text(re.sub(r"[\x00-\x1f/\\]", " ", name))[-150:] or "file"
    if not data:
        raise _refuse("file.empty", "这个文件是空的，换一份", "This file is empty; choose another")
    if len(data) > settings.JINZHI_MAX_UPLOAD:
        raise _refuse("file.large", "这个文件超过 {b} MB。可以拆成几份上传", "This file is over {b} MB. Upload it in parts", b=settings.JINZHI_MAX_UPLOAD // 1024 // 1024)
    kind = _sniff(name, data)
    if kind is None:
        raise _refuse("file.kind", "「{n}」不是能收的文件。只收 PDF、JPG、PNG、XML、XLSX、DOCX", "“{n}” is not a file we take. Accepted: PDF, JPG, PNG, XML, XLSX, DOCX", n=name[:60])
    return Taken(name, data, TYPES[kind])


def _refuse(code: str, zh: str, en: str, **values: Any) -> Refused:
    return Refused(Refusal(code, Text(zh, en).format(**values), "file"), status=422)


def _sniff(name: str, data: bytes) -> str | None:
    if data[:5] == b"%PDF-":
        return "pdf"
    if data[:3] == b"\xff\xd8\xff":
        return "jpg"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:2] == b"PK":
        try:
            kind = puremagic.from_string(data, filename=name).lstrip(".")
        except (puremagic.PureError, ValueError):
            return None
        if kind in ("xlsx", "docx"):
            return kind
        return "xlsx" if b"xl/workbook.xml" in data else "docx" if b"word/document.xml" in data else None
    head = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<?xml", b"<")) and b"<html" not in head.lower() and b"<!doctype html" not in head.lower() and b"<svg" not in head.lower():
        return "xml"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and name.lower().endswith(".xml"):
        return "xml"
    return None


def guess_kind(name: str, media_type: str) -> str:
    """The kind of paper a file's name suggests; other documents where nothing fits."""
    for code, pattern in _KIND_BY_NAME:
        if re.search(pattern, name, re.IGNORECASE):
            return code
    return "101007" if media_type == TYPES["xml"] else "101040"


def keep(taken: Taken, person_id: int, party_id: int) -> dict[str, Any]:
    """Store the bytes as sent by this person for this party; gives the row for the draft."""
    digest = blobs.put(taken.data, taken.media_type)
    blobs.note_upload([digest], person_id, party_id)
    return {
        "id": new_key(), "kind": guess_kind(taken.name, taken.media_type), "number": "", "name": taken.name, "sha256": digest, "size": len(taken.data),
        "media_type": taken.media_type, "at": now().isoformat(), "kept": False,
    }  # fmt: skip


def media_type(sha256: str) -> str:
    """The type of stored bytes; empty when there are none."""
    return Blob.objects.filter(pk=sha256).values_list("media_type", flat=True).first() or ""
