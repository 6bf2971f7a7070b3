"""The consignment of the walk: frozen beef from Brazil in one reefer container, with its papers as files."""

from __future__ import annotations

from dataclasses import dataclass

from jinzhi.kernel.codes.validators import container_check

NET = "24180"
BOX = "DSLU123456" + container_check("DSLU123456")
SEAL = "SL4471902"
CERTIFICATE = "BR-2011-77123"
SPS = "urn:un:unece:uncefact:data:standard:SPSCertificate:17"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:21"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:21"


@dataclass(frozen=True)
class File:
    """A file as the browser is given it."""

    name: str
    media_type: str
    data: bytes


def cells(permit: str) -> str:
    """The goods as they are copied from a spreadsheet, with its header; the second line weighs more net than gross."""
    head = "HS编码\t货物名称\t英文名称\t规格型号\t数量\t单位\t件数\t净重\t毛重\t货值\t币种\t原产国\t厂号\t生产批号\t包装种类\t用途\t许可证"
    lines = (
        ("冷冻去骨牛肉 前腿", "Frozen boneless beef, shoulder clod", "前腿肉，20 千克/箱", "14,000", "700", "14,000.00", "14,595.00", "59,500.00", "L20871", "14000"),
        ("冷冻去骨牛肉 牛腱", "Frozen boneless beef, shin and shank", "牛腱，20 千克/箱", "10,180", "509", "10,180.00", "10,080.00", "43,265.00", "L20874", "10180"),
    )  # fmt: skip
    rows = [
        f"0202300090\t{zh}\t{en}\t{model}\t{quantity}\t千克\t{packages}\t{net}\t{gross}\t{value}\tUSD\t巴西\tSIF 9217\t{batch}\t4G\t12\t325 {permit} {weight}"
        for zh, en, model, quantity, packages, net, gross, value, batch, weight in lines
    ]
    return "\n".join([head, *rows])


def papers(consignee: str) -> list[File]:
    """Contract, invoice, bill, packing list, origin and the foreign e-certificate."""
    names = ("合同 KMR11-0871.pdf", "发票 INV-20871.pdf", "装箱单 PL-20871.pdf", "提单 DSLXBR4471902.pdf", "原产地证 BR-CO-5517.pdf")
    files = [File(name, "application/pdf", _pdf(name.split(" ")[1])) for name in names]
    return [*files, File("health certificate BR-2011-77123.xml", "application/xml", e_certificate(consignee))]


def _pdf(words: str) -> bytes:
    """A page with one line of text, small and whole."""
    text = f"BT /F1 18 Tf 72 740 Td ({words}) Tj ET".encode("ascii")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def e_certificate(consignee: str) -> bytes:
    """A veterinary certificate of the exporting country; it names one package less than is declared."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<a:SPSCertificate xmlns:a="{SPS}" xmlns:b="{RAM}" xmlns:c="{UDT}">
 <a:SPSExchangedDocument><b:Name/><b:ID>{CERTIFICATE}</b:ID><b:TypeCode>853</b:TypeCode><b:StatusCode>70</b:StatusCode>
  <b:IssueDateTime><c:DateTimeString>2011-10-18T09:30:00-03:00</c:DateTimeString></b:IssueDateTime>
  <b:IssuerSPSParty><b:Name>Federal veterinary service</b:Name></b:IssuerSPSParty>
  <b:IncludedSPSNote><b:Subject>ADEDL</b:Subject><b:Content languageID="en">Free of disease</b:Content></b:IncludedSPSNote>
 </a:SPSExchangedDocument>
 <a:SPSConsignment>
  <b:ConsignorSPSParty><b:Name>CORVALE FOODS LTDA.</b:Name></b:ConsignorSPSParty><b:ConsigneeSPSParty><b:Name>{consignee}</b:Name></b:ConsigneeSPSParty>
  <b:ExportSPSCountry><b:ID>BR</b:ID></b:ExportSPSCountry><b:ImportSPSCountry><b:ID>CN</b:ID></b:ImportSPSCountry>
  <b:UnloadingBaseportSPSLocation><b:ID>CNNGB</b:ID></b:UnloadingBaseportSPSLocation>
  <b:UtilizedSPSTransportEquipment><b:ID>{BOX}</b:ID><b:AffixedSPSSeal><b:ID>{SEAL}</b:ID></b:AffixedSPSSeal></b:UtilizedSPSTransportEquipment>
  <b:IncludedSPSConsignmentItem><b:IncludedSPSTradeLineItem><b:SequenceNumeric>1</b:SequenceNumeric>
   <b:Description languageID="en">Frozen boneless beef</b:Description><b:NetWeightMeasure unitCode="TNE">24.18</b:NetWeightMeasure>
   <b:ApplicableSPSClassification><b:SystemName>HS</b:SystemName><b:ClassCode>020230</b:ClassCode></b:ApplicableSPSClassification>
   <b:PhysicalSPSPackage><b:LevelCode>4</b:LevelCode><b:TypeCode>CT</b:TypeCode><b:ItemQuantity>1208</b:ItemQuantity></b:PhysicalSPSPackage>
   <b:OriginSPSCountry><b:ID>BR</b:ID></b:OriginSPSCountry>
  </b:IncludedSPSTradeLineItem></b:IncludedSPSConsignmentItem>
 </a:SPSConsignment>
</a:SPSCertificate>""".encode()
