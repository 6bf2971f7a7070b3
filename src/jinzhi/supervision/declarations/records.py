"""Records that officers and parties write on the way: what an action asks beyond single fields."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from jinzhi.supervision.declarations.schema import Amount, Name, Record, Short

Note = Annotated[str, StringConstraints(max_length=2000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ItemResult(Record):
    """The result of one inspection item: a measured value or words; ``fit`` only where a person judges."""

    no: Annotated[int, Field(ge=1)]
    result: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    fit: bool | None = None


class FieldRecord(Record):
    """A field record (现场查验记录)."""

    examined_at: dt.datetime
    place: Name = ""
    containers_opened: list[Short] = Field(default_factory=list, max_length=200)
    packages_opened: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    goods_match: bool = True
    items: list[ItemResult] = Field(default_factory=list, max_length=200)
    remarks: Note = ""
    photos: list[Digest] = Field(default_factory=list, max_length=100)


class Sample(Record):
    """A sample taken (样品)."""

    line: Annotated[int, Field(ge=1)] = 1
    quantity: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    seal: Annotated[str, StringConstraints(max_length=40)] = ""


class LabResults(Record):
    """Results of laboratory items (检测结果)."""

    report_no: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    items: Annotated[list[ItemResult], Field(min_length=1, max_length=200)]


class Finding(Record):
    """A non-conformity or interception: the report form asks where it was found (container findings are counted apart)."""

    found_in: Literal["goods", "packing", "container", "conveyance"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    line: Annotated[int, Field(ge=0)] = 0


class TreatmentRecord(Record):
    """A treatment carried out (检疫处理记录)."""

    agent: Short
    dosage: Short = ""
    started_at: dt.datetime
    ended_at: dt.datetime
    remarks: Note = ""


class CertificateDraft(Record):
    """The text of the certificate (证稿) in both languages."""

    result_zh: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    result_en: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    remarks: Note = ""


class Payment(Record):
    """A payment (缴费): what was paid, how, and the bank's or cashier's reference."""

    amount: Amount
    method: Literal["transfer", "card", "cash", "online"]
    reference: Short = ""


class FeeAdjustment(Record):
    """A line of a fee set by hand (手工计费)."""

    item: Short
    name_zh: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    name_en: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    amount: Amount
    basis: Name = ""
