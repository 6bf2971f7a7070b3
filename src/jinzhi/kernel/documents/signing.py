"""PAdES signatures (ETSI EN 319 142-1, level B-B; B-T with a time-stamp authority) and their check, by pyHanko.

The seal seen on the sheet is drawn by the template; the signature is an invisible field over the whole file. With
``JINZHI_TSA_URL`` set each signature carries an RFC 3161 time stamp.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from asn1crypto import parser, pem
from asn1crypto import x509 as asn1_x509
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from jinzhi.kernel.documents import pki
from jinzhi.kernel.text import Text

FIELD = "Seal"
NOTHING = Text("", "")
# A broken file makes these libraries log a trace each: the answer to the reader is the list of facts.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class _Writer(IncrementalPdfFileWriter):
    """Appends the signature and leaves the file's own metadata alone: rewritten, it would no longer be the PDF/A claim Typst wrote."""

    def _update_meta(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing found out about a signature: ``ok`` is True, False, or None where it is neither good nor bad."""

    code: str
    ok: bool | None
    text: Text
    detail: Text = NOTHING


def sign(pdf: bytes, *, org_code: str, org_zh: str, org_en: str, reason: str, location: str = "") -> bytes:
    """The file with the organisation's signature appended; the bytes before it stay as they were.

    Raises what the key's file or the time-stamp authority raises (``OSError``, ``ValueError``, pyHanko's errors).
    """
    files = pki.key_for(org_code, org_zh, org_en)
    signer = _signer(str(files.key), str(files.cert), tuple(map(str, files.chain)), files.cert.stat().st_mtime_ns)
    writer = _Writer(io.BytesIO(pdf), strict=False)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason or None,
        location=location or None,
        name=org_zh,
        embed_validation_info=False,
    )
    # An annotation of no size that is printed: the form PDF/A asks of an invisible signature.
    field = fields.SigFieldSpec(FIELD, invis_sig_settings=fields.InvisSigSettings(set_print_flag=True, set_hidden_flag=False))
    stamper = _timestamper()
    out = io.BytesIO()
    signers.PdfSigner(metadata, signer=signer, timestamper=stamper, new_field_spec=field).sign_pdf(
        # Room for the signature is given, not found out by signing a dummy first: that would take a third of the time.
        writer,
        output=out,
        bytes_reserved=2 * _room(files, with_stamp=stamper is not None),
    )
    return out.getvalue()


def _room(files: pki.KeyFiles, *, with_stamp: bool) -> int:
    """Bytes for the signature: the certificates it carries, 2 KB for the rest of it, 12 KB for a time stamp."""
    return sum(path.stat().st_size for path in (files.cert, *files.chain)) + 2048 + (12288 if with_stamp else 0)


@lru_cache(maxsize=64)
def _signer(key: str, cert: str, chain: tuple[str, ...], _changed: int) -> signers.SimpleSigner:
    signer = signers.SimpleSigner.load(key, cert, ca_chain_files=list(chain))  # type: ignore[no-untyped-call]
    if signer is None:
        raise ValueError(f"the key {key} or the certificate {cert} cannot be read")
    return signer


def _timestamper() -> timestamps.TimeStamper | None:
    url = getattr(settings, "JINZHI_TSA_URL", "") or os.environ.get("JINZHI_TSA_URL", "")
    return timestamps.HTTPTimeStamper(url, timeout=10) if url else None


@lru_cache(maxsize=4)
def _roots(paths: tuple[tuple[str, int], ...]) -> list[asn1_x509.Certificate]:
    found = []
    for path, _changed in paths:
        for _, _, der in pem.unarmor(Path(path).read_bytes(), multiple=True):
            found.append(asn1_x509.Certificate.load(der))
    return found


def verify(pdf: bytes) -> list[Fact]:
    """What the file's signature says, as facts: ``signed``, ``intact``, ``whole``, ``trusted``, ``signer``, ``time``.

    Never raises for a damaged file: what cannot be read is a fact too. The file is valid if no fact is False.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        embedded = list(reader.embedded_signatures)
    except Exception:  # whatever a damaged file does to the reader means the same
        return [Fact("intact", False, Text("文件已损坏或被改动，读不出来", "The file is damaged or was changed and cannot be read"))]
    if not embedded:
        return [
            Fact(
                "signed",
                False,
                Text("没有签名", "Not signed"),
                Text("这份文件里没有签发机构的电子签名", "The file carries no electronic signature"),
            )
        ]
    roots = _roots(tuple((str(path), path.stat().st_mtime_ns) for path in pki.trusted()))
    try:
        status = validate_pdf_signature(embedded[-1], ValidationContext(trust_roots=roots, allow_fetching=False))
    except Exception:  # the same
        return [_intact(False)]
    return [
        Fact("signed", True, Text("有电子签名", "Signed")),
        _intact(bool(status.intact and status.valid and _container_is_plain(pdf, embedded[-1]))),
        _whole(status),
        Fact(
            "trusted",
            bool(status.trusted),
            Text("签名证书可信", "The signing certificate is trusted")
            if status.trusted
            else Text("签名证书不是本平台认可的机构签发的", "The signing certificate was not issued by an authority this platform trusts"),
        ),
        _signed_by(status.signing_cert),
        _signed_at(status),
    ]


def _container_is_plain(pdf: bytes, embedded: Any) -> bool:
    """Whether the gap the signature stands in holds the signature and zeros: the only bytes it does not cover itself."""
    first, length, rest, _ = (int(number) for number in embedded.byte_range)
    gap = pdf[first + length : rest]
    try:
        held = bytes.fromhex(gap[1:-1].decode("ascii"))
        size = parser.peek(held)
    except ValueError:
        return False
    digits = held[:size].hex().encode().ljust(len(gap) - 2, b"0")
    return gap[:1] == b"<" and gap[-1:] == b">" and gap[1:-1] in (digits, digits.upper())


def _intact(ok: bool) -> Fact:
    if ok:
        return Fact("intact", True, Text("签名有效，文件没有被改动", "Signature good, the file was not changed"))
    return Fact("intact", False, Text("文件签名后被改动", "The file was changed after signing"))


def _whole(status: Any) -> Fact:
    whole = str(getattr(status.coverage, "name", "")) == "ENTIRE_FILE"
    if whole:
        return Fact("whole", True, Text("签名覆盖整份文件", "The signature covers the whole file"))
    return Fact("whole", False, Text("签名之后又加了内容", "Something was added after the signature"))


def _signed_by(certificate: asn1_x509.Certificate) -> Fact:
    names = certificate.subject.native
    common = str(names.get("common_name", ""))
    organisation = str(names.get("organization_name", ""))
    serial = f"{certificate.serial_number:X}"[:12]
    return Fact(
        "signer",
        None,
        Text(common or organisation, organisation or common),
        Text(f"证书序号 {serial}", f"Certificate {serial}"),
    )


def _signed_at(status: Any) -> Fact:
    stamped = getattr(status, "timestamp_validity", None)
    moment: dt.datetime | None = stamped.timestamp if stamped else status.signer_reported_dt
    shown = moment.astimezone(dt.timezone(dt.timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S") if moment else "—"
    detail = (
        Text("时间戳机构证明", "By a time-stamp authority")
        if stamped
        else Text("签名服务器的时间，没有时间戳", "By the signing server's clock, without a time stamp")
    )
    return Fact("time", None, Text(f"签名时间 {shown}", f"Signed at {shown}"), detail)


def is_valid(found: list[Fact]) -> bool:
    return bool(found) and all(fact.ok is not False for fact in found)
