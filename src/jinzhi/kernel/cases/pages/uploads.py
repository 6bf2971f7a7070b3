"""Files sent with an act: measured, recognised by their content, kept by their digest; and named again when a form comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from jinzhi.kernel.documents import blobs
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

_SALT = "office.upload"
MOST = 20
_HEADS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
ACCEPT = ".pdf,.jpg,.jpeg,.png"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file already taken: its digest, and the signed form of it that the page sends back."""

    sha256: str
    token: str


def kept(digests: Iterable[Any]) -> list[Kept]:
    """Files of a form that comes back; the signature stops a page from naming files nobody sent through it."""
    return [Kept(str(d), signing.dumps(str(d), salt=_SALT)) for d in digests or ()]


def media_type(head: bytes) -> str:
    """The type of a file by its first bytes; empty if it is none we take."""
    return next((kind for start, kind in _HEADS.items() if head.startswith(start)), "")


def take(request: HttpRequest, name: str) -> tuple[list[str], list[Refusal]]:
    """Digests of the files sent under ``name``, and of those kept from before; refusals say which file could not be taken."""
    digests: list[str] = []
    for token in request.POST.getlist(f"{name}.kept")[:MOST]:
        try:
            digests.append(signing.loads(token, salt=_SALT, max_age=24 * 3600))
        except signing.BadSignature:
            continue
    refusals: list[Refusal] = []
    taken: list[tuple[bytes, str]] = []
    limit = settings.JINZHI_MAX_UPLOAD
    for file in request.FILES.getlist(name):
        if len(taken) + len(digests) >= MOST:
            refusals.append(Refusal("files", Text(f"一次最多 {MOST} 个文件，分两次上传", f"At most {MOST} files; send the rest later"), name))
            break
        size = file.size or 0
        if size > limit:
            text = Text("{f} 是 {a} MB，最大 {b} MB。可以拆成两份上传", "{f} has {a} MB; the limit is {b} MB. Split it in two").format(
                f=file.name, a=f"{size / 1048576:.0f}", b=limit // 1048576
            )
            refusals.append(Refusal("too_large", text, name))
            continue
        data = file.read()
        kind = media_type(data[:16])
        if not kind:
            text = Text("{f} 不是 PDF、JPG 或 PNG。转换后再上传", "{f} is no PDF, JPG or PNG; convert it and send it again").format(f=file.name)
            refusals.append(Refusal("file_kind", text, name))
            continue
        taken.append((data, kind))
    stored = blobs.put_many(taken) if taken else []
    blobs.note_upload(stored, request.actor.person_id)  # type: ignore[attr-defined]
    return digests + stored, refusals
