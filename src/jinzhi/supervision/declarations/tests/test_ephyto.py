"""Foreign e-certificates: real ones where they are at hand, hostile ones, and comparison with a declaration."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinzhi.kernel.refusals import Refused
from jinzhi.supervision.declarations.ephyto import compare, parse
from jinzhi.supervision.declarations.ephyto_compare import same_name
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.test_review import beef

PUBLISHED = next(
    (p / "shared/data/certificates/ephyto" for p in Path(__file__).parents if (p / "shared/data/certificates/ephyto").is_dir()), None
)
SPS = "urn:un:unece:uncefact:data:standard:SPSCertificate:17"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:21"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:21"


def sample(**change: str) -> bytes:
    """A veterinary certificate for the beef of the review tests; parts may be replaced."""
    part = {
        "number": "BR-2011-77123", "type": "853", "status": "70", "issued": "2011-10-18T09:30:00-03:00", "import": "CN", "export": "BR",
        "consignor": "CORVALE FOODS LTDA.", "consignee": "Ningbo Haimurui Foods Company Limited", "port": "CNNGB",
        "box": "DSLU 123456 0", "seal": "SL0000001", "hs": "020230", "net": "24.18", "unit": "TNE", "packages": "1209", "origin": "BR",
        "name": "Frozen boneless beef", "attachment": base64.b64encode(b"%PDF-1.4").decode(), "extra": "",
    } | change  # fmt: skip
    return """<?xml version="1.0" encoding="UTF-8"?>
<a:SPSCertificate xmlns:a="{SPS}" xmlns:b="{RAM}" xmlns:c="{UDT}">
 <a:SPSExchangedDocument><b:Name/><b:ID>{number}</b:ID><b:TypeCode>{type}</b:TypeCode><b:StatusCode>{status}</b:StatusCode>
  <b:IssueDateTime><c:DateTimeString>{issued}</c:DateTimeString></b:IssueDateTime>
  <b:IssuerSPSParty><b:Name>Federal veterinary service</b:Name></b:IssuerSPSParty>
  <b:IncludedSPSNote><b:Subject>ADEDL</b:Subject><b:Content languageID="en">Free of disease</b:Content></b:IncludedSPSNote>
  <b:ReferenceSPSReferencedDocument><b:ID>A1</b:ID>
   <b:AttachmentBinaryObject filename="../../a.pdf">{attachment}</b:AttachmentBinaryObject></b:ReferenceSPSReferencedDocument>
 </a:SPSExchangedDocument>
 <a:SPSConsignment>
  <b:ConsignorSPSParty><b:Name>{consignor}</b:Name></b:ConsignorSPSParty><b:ConsigneeSPSParty><b:Name>{consignee}</b:Name></b:ConsigneeSPSParty>
  <b:ExportSPSCountry><b:ID>{export}</b:ID></b:ExportSPSCountry><b:ImportSPSCountry><b:ID>{import}</b:ID></b:ImportSPSCountry>
  <b:UnloadingBaseportSPSLocation><b:ID>{port}</b:ID></b:UnloadingBaseportSPSLocation>
  <b:UtilizedSPSTransportEquipment><b:ID>{box}</b:ID><b:AffixedSPSSeal><b:ID>{seal}</b:ID></b:AffixedSPSSeal></b:UtilizedSPSTransportEquipment>
  <b:IncludedSPSConsignmentItem><b:IncludedSPSTradeLineItem><b:SequenceNumeric>1</b:SequenceNumeric>
   <b:Description languageID="en">{name}</b:Description><b:NetWeightMeasure unitCode="{unit}">{net}</b:NetWeightMeasure>
   <b:ApplicableSPSClassification><b:SystemName>HS</b:SystemName><b:ClassCode>{hs}</b:ClassCode></b:ApplicableSPSClassification>
   <b:PhysicalSPSPackage><b:LevelCode>4</b:LevelCode><b:TypeCode>CT</b:TypeCode><b:ItemQuantity>{packages}</b:ItemQuantity></b:PhysicalSPSPackage>
   <b:OriginSPSCountry><b:ID>{origin}</b:ID></b:OriginSPSCountry>
  </b:IncludedSPSTradeLineItem>{extra}</b:IncludedSPSConsignmentItem>
 </a:SPSConsignment>
</a:SPSCertificate>""".format(SPS=SPS, RAM=RAM, UDT=UDT, **part).encode()


def declared(**change: Any) -> Declaration:
    payload = beef()
    payload |= {"consignee_name_en": "Ningbo Haimurui Foods Co., Ltd."}
    payload["containers"] = [{"number": "DSLU1234560", "kind": "121", "seal": "SL0000001"}]
    payload["attachments"] = [{"kind": "101006", "number": "BR-2011-77123"}]
    line = {k: v for k, v in change.items() if k in payload["lines"][0]}
    payload["lines"][0] |= line
    return Declaration.model_validate(payload | {k: v for k, v in change.items() if k not in line})


def test_our_sample_reads() -> None:
    c = parse(sample())
    assert (c.number, c.type_name.en, c.status_name.en, c.issued_on) == (
        "BR-2011-77123",
        "Veterinary certificate",
        "Issued",
        dt.date(2011, 10, 18),
    )
    line = c.lines[0]
    assert line.net is not None
    assert (line.hs_code, line.net.kilograms, line.packages[0].quantity) == ("020230", D("24180.00"), D(1209))
    assert [n.content for n in c.additional_declarations] == ["Free of disease"]
    assert (c.attachments[0].size, c.attachments[0].sha256) == (8, hashlib.sha256(b"%PDF-1.4").hexdigest())
    assert c.equipment[0].seals == ("SL0000001",)


@pytest.mark.skipif(PUBLISHED is None, reason="the published ePhyto examples do not stand beside this checkout")
@pytest.mark.parametrize("name", ["SPSCertificate_full.xml", "SPSCertificate_light.xml"])
def test_published_examples(name: str) -> None:
    assert PUBLISHED is not None
    c = parse((PUBLISHED / name).read_bytes())
    assert (c.number, c.type_code, c.status_code, c.export_country.code) == ("123ABC", "851", "70", "AR")
    assert c.consignor.address[0] == "El trébol 853"
    assert c.lines[0].scientific_names == ("Ribes",)
    assert (c.lines[0].hs_code, [o.code for o in c.lines[0].origins]) == ("06029048", ["AR", "US"])
    assert c.lines[0].treatments[0].text.startswith("Type : Systems approach")
    assert [a.broken for a in c.attachments] == [False] * 5 + [True]
    assert len(c.warnings) == 1


BILLION = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]><x>&lol2;</x>"""
XXE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>"""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ephyto.empty"), (b"   \n", "ephyto.empty"), (b"x" * (10 * 1024 * 1024 + 1), "ephyto.size"),
        (BILLION, "ephyto.dtd"), (XXE, "ephyto.dtd"), (EXTERNAL, "ephyto.dtd"), (b"<!doctype html><html/>", "ephyto.dtd"),
        (BILLION.decode().encode("utf-16"), "ephyto.encoding"), (XXE.replace(b'"1.0"', b'"1.0" encoding="UTF-7"', 1), "ephyto.encoding"),
        (b"\xef\xbb\xbf" + XXE, "ephyto.dtd"),
        (b"<invoice/>", "ephyto.root"), (b"<SPSCertificate xmlns='urn:un:unece:uncefact:data:standard:SPSCertificate:5'/>", "ephyto.version"),
        (b"PK\x03\x04 not xml", "ephyto.xml"), (sample()[:900], "ephyto.xml"), (sample().replace(b"</a:SPSConsignment>", b""), "ephyto.xml"),
        (sample(number=""), "ephyto.number"), (f'<a:SPSCertificate xmlns:a="{SPS}"/>'.encode(), "ephyto.incomplete"),
        (sample(extra="<d>" * 60 + "</d>" * 60), "ephyto.shape"), (sample(extra="<d/>" * 100_001), "ephyto.shape"),
        (sample(name="&undefined;"), "ephyto.xml"),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_get_one_sentence(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(data)
    assert [r.code for r in refused.value.refusals] == [code]
    assert "{" not in refused.value.refusals[0].message.zh


def test_damaged_parts_are_told_and_the_rest_is_read() -> None:
    c = parse(sample(issued="yesterday", net="abc", attachment="%%%", packages="NaN"))
    assert (c.issued_on, c.lines[0].net, c.attachments[0].broken) == (None, None, True)
    assert len(c.warnings) == 3
    assert c.lines[0].packages[0].quantity is None
    assert parse(sample(unit="XYZ")).lines[0].net.kilograms is None  # type: ignore[union-attr]
    assert parse(sample(net="-5")).lines[0].net is None


def test_nothing_differs() -> None:
    assert compare(parse(sample()), declared()) == []


@pytest.mark.parametrize(
    ("change", "code", "severity", "field"),
    [
        ({"status": "40"}, "status", "error", "attachments"),
        ({"type": "636"}, "type", "doubt", "attachments"),
        ({"number": "BR-1"}, "number", "doubt", "attachments.0.number"),
        ({"issued": "2011-11-22"}, "issued", "error", "arrived_on"),
        ({"issued": "2011-10-25"}, "issued", "doubt", "despatched_on"),
        ({"import": "EC"}, "import_country", "error", "entry_port"),
        ({"export": "AR"}, "export_country", "doubt", "despatch_country"),
        ({"port": "CNSHA"}, "port", "doubt", "entry_port"),
        ({"consignor": "Tamaru Foods Ltda"}, "consignor", "doubt", "consignor_name"),
        ({"consignee": "Shanghai Tamaru Trading"}, "consignee", "doubt", "consignee_name_en"),
        ({"consignee": "宁波别家食品有限公司"}, "consignee", "doubt", "consignee_name_zh"),
        ({"box": "MRVU7654321"}, "container", "error", "containers.0.number"),
        ({"seal": "SL9"}, "seal", "doubt", "containers.0.seal"),
        ({"net": "24.00"}, "net", "error", "lines.0.net_weight"),
        ({"net": "30"}, "net", "doubt", "lines.0.net_weight"),
        ({"packages": "1200"}, "packages", "error", "lines.0.packages"),
        ({"packages": "1300"}, "packages", "doubt", "lines.0.packages"),
        ({"origin": "UY"}, "origin", "error", "lines.0.origin_country"),
        ({"hs": "020220"}, "hs", "doubt", "lines.0.hs_code"),
        ({"hs": "020714"}, "hs", "error", "lines.0.hs_code"),
        ({"name": "Chicken feet"}, "name", "doubt", "lines.0.name_en"),
    ],
)
def test_each_difference_at_its_field(change: dict[str, str], code: str, severity: str, field: str) -> None:
    found = compare(parse(sample(**change)), declared())
    assert (code, severity, field) in [(f.code, f.severity, f.field) for f in found]
    assert {f.code for f in found} == {code}


def test_goods_split_over_lines_are_summed() -> None:
    base = declared()
    half = base.lines[0].model_copy(update={"net_weight": D(12090), "packages": 600})
    other = base.lines[0].model_copy(update={"net_weight": D(12090), "packages": 609})
    assert compare(parse(sample()), base.model_copy(update={"lines": [half, other]})) == []


def test_line_without_certificate_and_certificate_without_line() -> None:
    toy = declared().lines[0].model_copy(update={"hs_code": "9503002100", "name_en": "Stuffed toys", "name_zh": "玩偶"})
    both = declared().model_copy(update={"lines": [declared().lines[0], toy]})
    assert [(f.code, f.field) for f in compare(parse(sample()), both)] == [("uncertified", "lines.1.hs_code")]
    second = sample().split(b"<b:IncludedSPSTradeLineItem>")[1].split(b"</b:IncludedSPSTradeLineItem>")[0].decode()
    extra = (
        "<b:IncludedSPSTradeLineItem>"
        + second.replace("020230", "020714").replace("Frozen boneless beef", "Chicken")
        + "</b:IncludedSPSTradeLineItem>"
    )
    assert [(f.code, f.certificate) for f in compare(parse(sample(extra=extra)), declared())] == [("undeclared", "Chicken")]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Corvale Foods S.A.", "CORVALE FOODS, SA", True), ("Ningbo Haimu-rui Foods Co.,Ltd", "NINGBO HAIMURUI FOODS COMPANY LIMITED", True),
        ("El Trébol Alimentos", "EL TREBOL ALIMENTOS", True), ("宁波海沐瑞食品有限公司", "宁波海沐瑞食品（集团）公司", True),
        ("Ｃｏｒｖａｌｅ　Ｆｏｏｄｓ", "Corvale Foods", True), ("Corvale Foods", "Tamaru Foods", False), ("宁波海沐瑞食品有限公司", "宁波东屿达木业有限公司", False),
        ("Co., Ltd", "Inc.", False),
    ],
)  # fmt: skip
def test_names_of_companies(a: str, b: str, same: bool) -> None:
    assert same_name(a, b) is same


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words_never_an_accident(data: bytes) -> None:
    with pytest.raises(Refused):
        parse(data)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 3000), st.integers(1, 200))
def test_any_cut_of_a_good_file_is_refused_or_read(start: int, length: int) -> None:
    data = sample()
    with contextlib.suppress(Refused):
        parse(data[:start] + data[start + length :])
