"""The declaration as it is sent (报检单): one set of declared fields for the wizard, the API and the upload.

Shapes follow the record of CIQ2000 (header, goods lines, containers, attached papers); code strings that held several codes
are lists here. Amounts are decimals; weights in kilograms; values in the currency of the line.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jinzhi.kernel.forms.errors import register_pattern
from jinzhi.kernel.text import Text

_HS, _CURRENCY = r"^\d{10}$", r"^[A-Z]{3}$"
register_pattern(_HS, Text("HS 编码写 10 位数字，例如 0202300090", "An HS code has 10 digits, such as 0202300090"))
register_pattern(_CURRENCY, Text("币种写 3 位字母代码，例如 USD", "A currency is a 3-letter code such as USD"))

Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=160)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]


class Record(BaseModel):
    """Unknown keys are refused, so that a misspelt field is an error and not a silent loss."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PermitUse(Record):
    """A permit written off against one goods line (许可证核销)."""

    kind: Code
    number: Short
    quantity: Amount | None = None


class GoodsLine(Record):
    """One line of goods (货物明细). ``quantity`` is in ``quantity_unit``; weights are kilograms."""

    hs_code: Annotated[str, StringConstraints(pattern=_HS)]
    name_zh: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    name_en: Name = ""
    model: Name = ""
    brand: Short = ""
    origin_country: Code
    quantity: Amount
    quantity_unit: Code
    net_weight: Amount
    gross_weight: Amount | None = None
    packages: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    package_kind: Code = ""
    unit_price: Amount | None = None
    value: Amount
    currency: Annotated[str, StringConstraints(pattern=_CURRENCY)]
    purpose: Code = ""
    producer_no: Short = ""
    batch_no: Short = ""
    produced_on: dt.date | None = None
    is_waste: bool = False
    permits: list[PermitUse] = Field(default_factory=list, max_length=20)


class ContainerShare(Record):
    """How much of a goods line a container holds: line number (from 1) and net weight in kilograms."""

    line: Annotated[int, Field(ge=1)]
    weight: Amount


class Container(Record):
    """A container (集装箱): ISO 6346 number, size and type code, seal."""

    number: Short
    kind: Code = ""
    seal: Short = ""
    shared: bool = False
    shares: list[ContainerShare] = Field(default_factory=list, max_length=500)


class Attachment(Record):
    """An attached paper (随附单据): its kind, number, and the digest of the uploaded file unless the enterprise keeps it."""

    kind: Code
    number: Short = ""
    name: Name = ""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    kept_by_enterprise: bool = False


class CertificateRequest(Record):
    """A certificate asked for (申请单证): kind, originals and copies."""

    kind: Code
    originals: Annotated[int, Field(ge=0, le=9)] = 1
    copies: Annotated[int, Field(ge=0, le=9)] = 2


class Declaration(Record):
    """An import declaration (入境货物报检单)."""

    enterprise_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    version: Annotated[int, Field(ge=1, le=999)] = 1
    kind: Code = "13"
    organisation: Code
    # parties
    consignee_code: Code
    consignee_name_zh: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    consignee_name_en: Name = ""
    consignor_name: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    consignor_country: Code = ""
    contact: Short = ""
    telephone: Short = ""
    # trade
    trade_mode: Code
    contract_no: Short
    bill_of_lading: Short
    trade_country: Code
    despatch_country: Code
    despatch_port: Code = ""
    via_port: Code = ""
    arrival_port: Code = ""
    entry_port: Code
    destination: Code = ""
    transport_mode: Code
    transport_name: Short = ""
    voyage: Short = ""
    despatched_on: dt.date | None = None
    arrived_on: dt.date
    unloaded_on: dt.date | None = None
    claim_until: dt.date | None = None
    goods_place: Name = ""
    marks: Annotated[str, StringConstraints(max_length=400)] = ""
    special_requirements: Annotated[str, StringConstraints(max_length=400)] = ""
    total_value: Amount | None = None
    total_currency: Code = ""
    # goods and papers
    lines: Annotated[list[GoodsLine], Field(min_length=1, max_length=500)]
    containers: list[Container] = Field(default_factory=list, max_length=200)
    attachments: list[Attachment] = Field(default_factory=list, max_length=100)
    certificates: list[CertificateRequest] = Field(default_factory=list, max_length=10)
