"""Reading foreign e-certificates (UN/CEFACT SPSCertificate 17: ePhyto 851/657, sanitary 852, veterinary 853) from hostile XML.

Nothing in a file is believed: no document type, no entity, no network, limits on size, depth and number of elements; attached files are
measured and hashed, never opened. Whatever is wrong is refused with one sentence. ``compare`` holds a certificate against a declaration.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.ephyto_compare import Difference, compare
from jinzhi.supervision.declarations.ephyto_model import (
    Attached,
    Certificate,
    Characteristic,
    Classification,
    Equipment,
    Line,
    Measure,
    Movement,
    Note,
    Package,
    Party,
    Place,
    Treatment,
    Words,
)

__all__ = ["Certificate", "Difference", "compare", "parse"]

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 40
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 200_000
MAX_TEXT = 4_000
ROOT = "{urn:un:unece:uncefact:data:standard:SPSCertificate:17}SPSCertificate"
ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "gb18030", "gbk", "gb2312", "big5"})
KILOGRAMS = {
    "KGM": Decimal(1), "GRM": Decimal("0.001"), "MGM": Decimal("0.000001"), "TNE": Decimal(1000), "DTN": Decimal(100),
    "LBR": Decimal("0.45359237"), "ONZ": Decimal("0.028349523125"), "STN": Decimal("907.18474"), "LTN": Decimal("1016.0469088"), "CWA": Decimal("45.359237"),
}  # fmt: skip
"""Kilograms of one unit of weight of UN/CEFACT Rec 20."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_FORBIDDEN = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def parse(data: bytes) -> Certificate:
    """Read one certificate. Raises Refused (400) with a sentence: too large, no XML, a document type inside, another kind of message."""
    root = _load(data)
    warnings: list[Text] = []
    document, consignment = _child(root, "SPSExchangedDocument"), _child(root, "SPSConsignment")
    if document is None or consignment is None:
        raise _refused(
            "ephyto.incomplete",
            "文件里没有证书内容（{p}）。向输出国官方重新索取",
            "The file has no certificate content ({p}). Ask the issuing authority for it again",
            p="SPSExchangedDocument" if document is None else "SPSConsignment",
        )
    number = _text(document, "ID")
    if not number:
        raise _refused(
            "ephyto.number", "证书没有编号。向输出国官方重新索取", "The certificate has no number. Ask the issuing authority for it again"
        )
    signed = _child(document, "SignatorySPSAuthentication")
    provider = _child(signed, "ProviderSPSParty")
    return Certificate(
        number=number,
        type_code=_text(document, "TypeCode"),
        status_code=_text(document, "StatusCode"),
        issued_on=_date(_child(document, "IssueDateTime"), warnings),
        issuer=_text(_child(document, "IssuerSPSParty"), "Name"),
        issue_place=_text(_child(signed, "IssueSPSLocation"), "Name"),
        signatory=_text(_child(provider, "SpecifiedSPSPerson"), "Name"),
        consignor=_party(_child(consignment, "ConsignorSPSParty")),
        consignee=_party(_child(consignment, "ConsigneeSPSParty")),
        export_country=_place(_child(consignment, "ExportSPSCountry")),
        import_country=_place(_child(consignment, "ImportSPSCountry")),
        transit=tuple(map(_place, _children(consignment, "TransitSPSCountry"))),
        port=_place(_child(consignment, "UnloadingBaseportSPSLocation")),
        movements=tuple(
            Movement(_text(m, "ModeCode"), _text(_child(m, "UsedSPSTransportMeans"), "Name"), _text(m, "ID"))
            for m in _children(consignment, "MainCarriageSPSTransportMovement")
        ),
        equipment=tuple(
            Equipment(_text(e, "ID"), tuple(s for seal in _children(e, "AffixedSPSSeal") if (s := _text(seal, "ID"))))
            for e in _children(consignment, "UtilizedSPSTransportEquipment")
        ),
        lines=tuple(
            _line(line, warnings)
            for item in _children(consignment, "IncludedSPSConsignmentItem")
            for line in _children(item, "IncludedSPSTradeLineItem")
        ),
        notes=_notes(document, "IncludedSPSNote"),
        attachments=tuple(_attached(a, warnings) for a in _children(document, "ReferenceSPSReferencedDocument")),
        warnings=tuple(dict.fromkeys(warnings)),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _refused(code: str, zh: str, en: str, **values: object) -> Refused:
    return Refused(Refusal(code, Text(zh, en).format(**values), "certificate"), status=400)


def _load(data: bytes) -> etree._Element:
    if not data.strip():
        raise _refused("ephyto.empty", "文件是空的。重新选择证书文件", "The file is empty. Choose the certificate file again")
    if len(data) > MAX_BYTES:
        raise _refused(
            "ephyto.size",
            "这个文件是 {n} MB，电子证书最大 {m} MB。附件另外上传",
            "This file has {n} MB; an e-certificate may have {m} MB. Upload its attachments apart",
            n=-(-len(data) // 1024 // 1024),
            m=MAX_BYTES // 1024 // 1024,
        )
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode().lower() if declared else "utf-8"
    # A document type could hide from the scan below in an encoding that is not ASCII at heart.
    if b"\0" in data or encoding not in ENCODINGS:
        raise _refused(
            "ephyto.encoding", "文件编码不能识别。另存为 UTF-8 的 XML", "The encoding of the file is not known. Save it as XML in UTF-8"
        )
    if _FORBIDDEN.search(data):
        raise _refused(
            "ephyto.dtd",
            "文件里有文档类型或实体声明，电子证书不使用，为安全不读取。向输出国官方重新索取",
            "The file declares a document type or entities, which e-certificates never use; for safety it is not read. Ask for it again",
        )
    # Attributes of one element are all in memory before the parser says a word of it.
    if data.count(b'="') + data.count(b"='") > MAX_ATTRIBUTES:
        raise _shapeless()
    root, depth, count = None, 0, 0
    try:
        events = etree.iterparse(
            io.BytesIO(data), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
            dtd_validation=False, attribute_defaults=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            if event == "end":
                depth -= 1
                continue
            depth += 1
            count += 1
            if root is None:
                root = _checked_root(element)
            if depth > MAX_DEPTH or count > MAX_ELEMENTS:
                raise _shapeless()
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise _refused(
            "ephyto.xml",
            "第 {n} 行起不是完整的 XML，文件可能没有下载完。重新下载后再上传",
            "From line {n} on this is not complete XML; the download may have been cut. Download it again",
            n=line,
        ) from None
    assert root is not None
    return root


def _shapeless() -> Refused:
    return _refused(
        "ephyto.shape",
        "文件嵌套过深或内容过多，不是一份电子证书。检查选的是不是证书文件",
        "The file is nested too deeply or too large to be an e-certificate. Check that it is the right file",
    )


def _checked_root(element: etree._Element) -> etree._Element:
    if element.tag == ROOT:
        return element
    namespace, _, name = str(element.tag).removeprefix("{").rpartition("}")
    if name == "SPSCertificate":
        raise _refused(
            "ephyto.version",
            "证书用的是另一个版本（{v}），只能读取 SPSCertificate:17。向输出国官方索取这一版",
            "The certificate is of another version ({v}); only SPSCertificate:17 can be read. Ask the issuing authority for it",
            v=(namespace or "—")[:120],
        )
    raise _refused(
        "ephyto.root",
        "这不是电子证书（根元素是 {r}，应为 SPSCertificate）。选择证书的 XML 文件",
        "This is no e-certificate (the root is {r}, SPSCertificate expected). Choose the XML file of the certificate",
        r=name[:80],
    )


def _children(node: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Children by local name: countries use different prefixes and library versions for the same parts."""
    for child in node if node is not None else ():
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name:
            yield child


def _child(node: etree._Element | None, name: str) -> etree._Element | None:
    return next(_children(node, name), None)


def _own(node: etree._Element | None) -> str:
    return " ".join((node.text or "").split())[:MAX_TEXT] if node is not None else ""


def _text(node: etree._Element | None, name: str) -> str:
    return _own(_child(node, name))


def _words(node: etree._Element, name: str) -> tuple[Words, ...]:
    return tuple(Words(text, c.get("languageID", "")) for c in _children(node, name) if (text := _own(c)))


def _date(node: etree._Element | None, warnings: list[Text]) -> dt.date | None:
    """The day of a date or date-time, as written in the place of issue; None where empty or not readable (with a warning)."""
    text = _text(node, "DateTimeString") or _own(node)
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        warnings.append(Text("日期“{d}”读不懂，按没有填处理", "The date “{d}” cannot be read and is left out").format(d=text[:40]))
        return None


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "")) if len(text) <= 40 else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() and abs(value) < 10**15 else None


def _measure(node: etree._Element | None, warnings: list[Text], *, weight: bool = False) -> Measure | None:
    text = _own(node)
    if node is None or not text:
        return None
    value, unit = _number(text), node.get("unitCode", "").upper()
    if value is None or (weight and value < 0):
        warnings.append(Text("数值“{v}”读不懂，按没有填处理", "The number “{v}” cannot be read and is left out").format(v=text[:40]))
        return None
    factor = KILOGRAMS.get(unit) if weight else None
    if weight and factor is None:
        warnings.append(
            Text("重量单位 {u} 不能折算成千克", "The unit of weight {u} cannot be converted to kilograms").format(u=unit or "—")
        )
    return Measure(value, unit, value * factor if factor is not None else None)


def _party(node: etree._Element | None) -> Party:
    if node is None:
        return Party()
    address = _child(node, "SpecifiedSPSAddress")
    code = _child(node, "TypeCode")
    lines = [_own(part) for part in address if isinstance(part.tag, str)] if address is not None else []
    return Party(_text(node, "Name"), _own(code), code.get("listName", "") if code is not None else "", tuple(x for x in lines if x))


def _place(node: etree._Element | None) -> Place:
    sub = _child(node, "SubordinateSPSCountrySubDivision")
    return Place(_text(node, "ID").upper(), _text(node, "Name"), _text(sub, "Name"))


def _notes(node: etree._Element, name: str) -> tuple[Note, ...]:
    made = []
    for note in _children(node, name):
        content = _child(note, "Content")
        if text := _own(content):
            made.append(Note(_text(note, "Subject"), text, content.get("languageID", "") if content is not None else ""))
    return tuple(made)


def _line(node: etree._Element, warnings: list[Text]) -> Line:
    return Line(
        sequence=_text(node, "SequenceNumeric"),
        descriptions=_words(node, "Description"),
        common_names=tuple(w.text for w in _words(node, "CommonName")),
        scientific_names=tuple(w.text for w in _words(node, "ScientificName")),
        intended_use=_text(node, "IntendedUse"),
        net=_measure(_child(node, "NetWeightMeasure"), warnings, weight=True),
        gross=_measure(_child(node, "GrossWeightMeasure"), warnings, weight=True),
        classifications=tuple(
            Classification(_text(c, "SystemName"), _text(c, "ClassCode"), _text(c, "ClassName"))
            for c in _children(node, "ApplicableSPSClassification")
        ),
        packages=tuple(
            Package(_text(p, "LevelCode"), _text(p, "TypeCode"), _number(_text(p, "ItemQuantity") or "x")) for p in _children(node, "PhysicalSPSPackage")
        ),
        origins=tuple(_place(o) for o in _children(node, "OriginSPSCountry")),
        treatments=tuple(_treatment(t, warnings) for t in _children(node, "AppliedSPSProcess")),
        notes=_notes(node, "AdditionalInformationSPSNote"),
    )  # fmt: skip


def _treatment(node: etree._Element, warnings: list[Text]) -> Treatment:
    period = _child(node, "CompletionSPSPeriod")
    found = []
    for part in _children(node, "ApplicableSPSProcessCharacteristic"):
        texts = _words(part, "Description")
        if texts:
            found.append(Characteristic(texts[0].text[:20], texts[1:], _measure(_child(part, "ValueMeasure"), warnings)))
    return Treatment(
        _text(node, "TypeCode"),
        _date(_child(period, "StartDateTime"), warnings),
        _date(_child(period, "EndDateTime"), warnings),
        _measure(_child(period, "DurationMeasure"), warnings),
        tuple(found),
    )


def _attached(node: etree._Element, warnings: list[Text]) -> Attached:
    binary = _child(node, "AttachmentBinaryObject")
    name = (binary.get("filename", "") if binary is not None else "")[:160]
    content, broken = b"", False
    if binary is not None and binary.text:
        try:
            content = base64.b64decode("".join(binary.text.split()), validate=True)
        except (binascii.Error, ValueError):
            broken = True
            warnings.append(
                Text("附件“{n}”已损坏，只保留名称", "The attachment “{n}” is damaged; only its name is kept").format(n=name or "—")
            )
    return Attached(
        _text(node, "ID"), name, _text(node, "RelationshipTypeCode"), _text(node, "Information"), _date(_child(node, "IssueDateTime"), warnings),
        len(content), hashlib.sha256(content).hexdigest() if content else "", broken,
    )  # fmt: skip
