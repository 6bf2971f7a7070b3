"""The public check of a document: which one is meant, what its state is, and a record of every question."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from jinzhi.kernel.documents import content
from jinzhi.kernel.documents.models import Document, VerificationLog
from jinzhi.kernel.documents.queries import by_number
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import sight

PER_MINUTE = 30
_DIGITS = re.compile(r"[0-9a-f]{8,64}")


@dataclass
class Check:
    """The answer: ``result`` is valid, replaced, voided, expired, mismatch, altered, unknown or limited.

    ``document`` is the one meant, ``others`` further versions, ``siblings`` papers of other kinds under the same number,
    ``successor`` what replaced it. ``open`` says whether its contents may be shown, ``held`` whether the asker has the paper.
    """

    result: str
    document: Document | None = None
    others: list[Document] = field(default_factory=list)
    siblings: list[Document] = field(default_factory=list)
    successor: Document | None = None
    claims: list[content.Row] = field(default_factory=list)
    times: int = 0
    held: bool = False

    @property
    def open(self) -> bool:
        return self.document is not None and (self.document.public or self.held) and self.result != "altered"


def client_of(request: HttpRequest) -> str:
    """A coarse mark of who asks, good for one day: a keyed hash of the address (IPv6: of its /64), no address is kept.

    ``JINZHI_PROXIES`` in the settings says how many trusted proxies stand in front (0: the connection's own address counts).
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    proxies = int(getattr(settings, "JINZHI_PROXIES", 0))
    forwarded = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        address = forwarded[-proxies]
    try:
        found = ipaddress.ip_address(address)
        if found.version == 6:
            address = str(ipaddress.ip_network((found, 64), strict=False))
    except ValueError:
        address = "unknown"
    text = f"{timezone.now().date().isoformat()}|{address}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


def too_many(client: str) -> bool:
    """Whether this client asked more often than ``JINZHI_VERIFY_PER_MINUTE`` (30) within the last minute."""
    since = timezone.now() - dt.timedelta(minutes=1)
    limit = int(getattr(settings, "JINZHI_VERIFY_PER_MINUTE", PER_MINUTE))
    return VerificationLog.objects.filter(client=client, at__gte=since).count() >= limit


def check(number: str, digits: str = "", kind: str = "", client: str = "") -> Check:
    """Look a number up, as typed or from a QR code, and record the question.

    ``digits`` are the first digits of the digest from the code: they pick the version on the paper; if they fit none, the paper
    has another content than any document issued under its number. ``kind`` picks among papers that share a number.
    """
    with sight(SYSTEM):  # whoever holds a paper may ask about it, in sight of its case or not
        found = by_number(number)
        answer = _answer(found, digits.strip().lower(), kind)
        VerificationLog.objects.create(
            number=number.strip()[:60], document=answer.document, at=timezone.now(), result=answer.result, client=client
        )
        if answer.document is not None:
            answer.times = VerificationLog.objects.filter(document=answer.document).count()
    return answer


def _answer(found: list[Document], digits: str, kind: str) -> Check:
    if not found:
        return Check("unknown")
    meant = [d for d in found if _DIGITS.fullmatch(digits) and d.digest.startswith(digits)]
    document = (meant or [d for d in found if d.kind == kind] or found)[0]
    others = [d for d in found if d.kind == document.kind and d.pk != document.pk]
    kinds = {document.kind}
    siblings = [d for d in found if d.kind not in kinds and not kinds.add(d.kind)]  # type: ignore[func-returns-value]
    if not document.is_intact():
        return Check("altered", document, others, siblings)
    state = "mismatch" if digits and not meant else document.state_on()
    answer = Check(state, document, others, siblings, held=bool(meant))
    if answer.result == "replaced":
        answer.successor = Document.objects.defer("content").filter(supersedes=document).order_by("-pk").first()
    if answer.open:
        answer.claims = content.claims(document.content)
    return answer
