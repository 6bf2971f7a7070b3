"""Foreign e-certificates attached to a declaration (境外电子证书): read, made readable, compared, and kept with the case by a feed.

The file is read where it is uploaded and again, from the same bytes, when the declaration has been sent through whichever door: the
officer's page then shows what was compared with what was really sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jinzhi.kernel import bulk
from jinzhi.kernel.codes import lists
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.documents.models import Blob
from jinzhi.kernel.feeds.events import Event
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.ephyto import compare, parse
from jinzhi.supervision.declarations.ephyto_compare import Difference
from jinzhi.supervision.declarations.ephyto_model import Certificate, Line, Place
from jinzhi.supervision.declarations.models import ForeignCertificate, Paper
from jinzhi.supervision.declarations.schema import Declaration

XML = "application/xml"
PROCESS = "declarations.import"
MOST = 20
"""Certificates of one declaration that are read."""


@dataclass
class Reading:
    """One file read: the certificate and its differences, or the sentence that says why it cannot be read."""

    sha256: str
    certificate: Certificate | None = None
    differences: list[Difference] = field(default_factory=list)
    error: Text | None = None


def read(sha256: str, data: bytes, declaration: Declaration) -> Reading:
    """Read and compare; never raises for what a file holds."""
    try:
        certificate = parse(data)
    except Refused as refused:
        return Reading(sha256, error=refused.refusals[0].message)
    return Reading(sha256, certificate, compare(certificate, declaration))


def rows(certificate: Certificate) -> list[tuple[Text, Text]]:
    """The certificate as label and value pairs, in the order of the paper form."""
    c = certificate
    found: list[tuple[Text, Text | str]] = [
        (Text("证书编号", "Number"), c.number), (Text("种类", "Kind"), c.type_name), (Text("状态", "Status"), c.status_name),
        (Text("签发日期", "Issued on"), c.issued_on.isoformat() if c.issued_on else ""),
        (Text("签发机关", "Issued by"), "，".join(p for p in (c.issuer, c.issue_place) if p)), (Text("签发人", "Signatory"), c.signatory),
        (Text("发货人", "Consignor"), c.consignor.name), (Text("收货人", "Consignee"), c.consignee.name),
        (Text("输出国", "Export country"), _place(c.export_country)), (Text("输入国", "Import country"), _place(c.import_country)),
        (Text("入境口岸", "Port of entry"), c.port.name or c.port.code),
        (Text("运输", "Transport"), "；".join(" ".join(p for p in (m.means, m.number) if p) for m in c.movements)),
        (Text("集装箱和封志", "Containers and seals"), "；".join(" ".join([e.number, *e.seals]) for e in c.equipment)),
        (Text("附加声明", "Additional declaration"), "；".join(dict.fromkeys(n.content for n in c.additional_declarations if n.content))[:2000]),
    ]  # fmt: skip
    both = [(label, value if isinstance(value, Text) else Text(value, value)) for label, value in found]
    return [(label, value) for label, value in both if value.zh]


def _place(place: Place) -> Text:
    label = lists.label("countries", place.code) if place.code else Text("", "")
    given = " ".join(p for p in (place.code, place.name) if p)
    return label if label.zh and label.zh != place.code else Text(given, given)


GOODS_HEADS = (
    Text("HS 编码", "HS code"), Text("名称", "Name"), Text("净重（千克）", "Net kg"), Text("件数", "Packages"), Text("原产国", "Origin"), Text("处理", "Treatment"),
)  # fmt: skip


def goods(certificate: Certificate) -> list[tuple[str, ...]]:
    """The goods lines of the certificate, in the columns of ``GOODS_HEADS``."""
    return [_goods(line) for line in certificate.lines]


def _goods(line: Line) -> tuple[str, ...]:
    net = line.net.kilograms if line.net and line.net.kilograms is not None else None
    packages = sum((p.quantity or Decimal(0) for p in line.packages[:1]), Decimal(0))
    return (
        line.hs_code, line.name, f"{net:,.2f}" if net is not None else (f"{line.net.value:f} {line.net.unit}" if line.net else ""),
        f"{packages:,.0f}" if packages else "", "、".join(str(_place(o)) for o in line.origins), "；".join(t.text for t in line.treatments if t.text),
    )  # fmt: skip


def content(certificate: Certificate) -> dict[str, Any]:
    """The certificate as kept with the case."""
    kept = [{"zh": label.zh, "en": label.en, "value": value.zh, "value_en": value.en} for label, value in rows(certificate)]
    for number, line in enumerate(goods(certificate), start=1):
        kept.append({"zh": f"货物 {number}", "en": f"Goods {number}", "value": "，".join(part for part in line if part)})
    return {"rows": kept, "warnings": [w.as_dict() for w in certificate.warnings]}


def difference(d: Difference) -> dict[str, str]:
    """A difference as kept with the case: a sentence in both languages, and its parts."""
    says = Text("{l}：证书 {c}，申报 {d}", "{l}: {c} on the certificate, {d} declared").format(l=d.label, c=d.certificate, d=d.declared)
    return {"code": d.code, "severity": d.severity, "field": d.field, "zh": says.zh, "en": says.en, "certificate": d.certificate, "declared": d.declared}


def keep_foreign(events: Sequence[Event]) -> None:
    """Feed: read the certificates of declarations just sent, and keep what was found. Replaying it makes the same rows."""
    ids = sorted({e.case_id for e in events if e.process == PROCESS and e.action in ("send", "resend")})
    if ids:
        keep(ids)


def keep(case_ids: Iterable[int]) -> None:
    """Read the XML papers of these cases; what an earlier version had attached goes."""
    wanted = list(case_ids)
    papers = Paper.objects.filter(case_id__in=wanted, sha256__isnull=False).values_list("case_id", "sha256")
    digests = {digest for _, digest in papers}
    xml = set(Blob.objects.filter(pk__in=digests, media_type=XML).values_list("pk", flat=True)) if digests else set()
    held = sorted({(case_id, digest) for case_id, digest in papers if digest in xml})
    if not held:
        ForeignCertificate.objects.filter(case_id__in=wanted).delete()
        return
    sent = memo.load(sorted({case_id for case_id, _ in held}))
    made: list[dict[str, Any]] = []
    counts: dict[int, int] = {}
    for case_id, digest in held:
        counts[case_id] = counts.get(case_id, 0) + 1
        if counts[case_id] > MOST or case_id not in sent:
            continue
        made.append(_row(case_id, read(digest, blobs.get(digest), sent[case_id])))
    bulk.replace(ForeignCertificate, made, wanted)


def _row(case_id: int, reading: Reading) -> dict[str, Any]:
    c = reading.certificate
    return {
        "case_id": case_id, "sha256": reading.sha256, "number": c.number[:80] if c else "", "type_code": c.type_code[:10] if c else "",
        "content": content(c) if c else {}, "differences": [difference(d) for d in reading.differences],
        "error_zh": reading.error.zh if reading.error else "", "error_en": reading.error.en if reading.error else "", "at": now().isoformat(),
    }  # fmt: skip
