"""What the two shared templates draw: the certificate (证单) and the instrument (文书), as validated data.

The same content makes the PDF, the page images, the text version on screen and the public check. A kind of document names
``CERTIFICATE`` or ``INSTRUMENT`` as its template and gives content of the model beside it. What stands on every document
(authority, number, date of issue, signatories, verification address) comes from the document's row and is not repeated here.
Values are texts as they are to be read: a weight is ``"12,000.00 千克"``, already formatted; binary fractions are refused
(``canonical.py``) because a digest over them would not be stable.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

TEMPLATES = Path(__file__).parent / "templates_typst"
CERTIFICATE = TEMPLATES / "certificate.typ"
INSTRUMENT = TEMPLATES / "instrument.typ"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Model):
    """One thing in both languages. With one of them empty the other is printed as the main line, once."""

    zh: str = ""
    en: str = ""

    def text(self) -> Text:
        return Text(self.zh or self.en, self.en or self.zh)


def _bilingual(value: Any) -> Any:
    """A plain string is the same in both languages; a ``Text`` is taken as it is."""
    if isinstance(value, str):
        return {"zh": value}
    if isinstance(value, Text):
        return value.as_dict()
    return value


Words = Annotated[Bilingual, BeforeValidator(_bilingual)]


class Row(_Model):
    """A labelled line. Two ``half`` rows that follow each other share a line; ``key`` rows are shown at the public check."""

    label: Words
    value: Words
    half: bool = False
    key: bool = False


class Column(_Model):
    """A column of a table; ``width`` is its share of the line beside the other columns'."""

    title: Words
    align: Literal["left", "right", "center"] = "left"
    width: int = Field(default=2, ge=1, le=12)


class Table(_Model):
    """A table: cells left to right, one per column; ``total`` is the line in bold that closes it (empty cells join the first)."""

    caption: Words = Bilingual()
    columns: list[Column] = Field(min_length=1, max_length=10)
    rows: list[list[Words]] = []
    total: list[Words] | None = None

    @model_validator(mode="after")
    def _cells_match_columns(self) -> Table:
        for number, row in enumerate([*self.rows, *([self.total] if self.total else [])], 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells for {len(self.columns)} columns")
        return self


class Section(_Model):
    """A heading and its paragraphs, each in both languages."""

    heading: Words = Bilingual()
    paragraphs: list[Words] = []


class Item(_Model):
    """One entry of a numbered list: what, and where they apply why (the legal basis), how, and by when."""

    text: Words
    basis: Words = Bilingual()
    remedy: Words = Bilingual()
    due: Words = Bilingual()


class CertificateContent(_Model):
    """A certificate in both languages: labelled rows, tables of goods, result paragraphs, place, seal.

    ``mark`` is the word beside the number (更改 REPLACEMENT, 补发 REISSUED, 副本 COPY). ``seal`` is the text of the square seal,
    read in columns from the right, 4 to 25 characters (empty: no seal). ``claims`` are the contents shown at the public check
    to be compared with the paper; without them the ``key`` rows are, and without those the first eight rows.
    """

    mark: Words = Bilingual()
    rows: list[Row] = []
    tables: list[Table] = []
    sections: list[Section] = []
    place: Words = Bilingual()
    seal: str = Field(default="", max_length=25)
    serial: str = Field(default="", max_length=40, description="serial of the blank sheet, if printed on controlled stock")
    claims: list[Row] = []


class InstrumentContent(_Model):
    """A notice or decision in the layout of official papers (GB/T 9704): addressee, paragraphs, rows, numbered items, closing.

    Legal remedies, deadlines and contact belong into ``closing``; ``copy_to`` (抄送) and ``attachments`` are printed after it.
    ``receipt`` adds the slip the party signs on service (送达回证).
    """

    mark: Words = Bilingual()
    addressee: Words = Bilingual()
    paragraphs: list[Words] = []
    rows: list[Row] = []
    tables: list[Table] = []
    items: list[Item] = []
    closing: list[Words] = []
    contact: Words = Bilingual()
    attachments: list[Words] = []
    copy_to: Words = Bilingual()
    seal: str = Field(default="", max_length=25)
    receipt: bool = False
    claims: list[Row] = []


MODELS: dict[Path, type[CertificateContent] | type[InstrumentContent]] = {
    CERTIFICATE: CertificateContent,
    INSTRUMENT: InstrumentContent,
}


def complete(template: Path, content: dict[str, Any]) -> dict[str, Any]:
    """The content as its template reads it: checked, every optional part present.

    A template of a module's own has no model here and gets its content as it is.
    Raises ``Refused`` (``document_content``) naming the part that does not fit.
    """
    model = MODELS.get(template)
    if model is None:
        return content
    try:
        return model.model_validate(content).model_dump()
    except ValidationError as error:
        raise Refused(*(_refusal(detail) for detail in error.errors()[:10]), status=422) from error


def _refusal(detail: Any) -> Refusal:
    place = ".".join(str(part) for part in detail["loc"]) or "content"
    return Refusal(
        "document_content",
        Text(
            f"证单内容“{place}”与模板不符（{detail['msg']}），改正生成这一项的程序或数据后重新制作",
            f"The part “{place}” of the content does not fit the template ({detail['msg']}): correct what fills it and draw the document again",
        ),
        field=place,
    )


def claims(content: dict[str, Any]) -> list[Row]:
    """The contents a holder compares with the paper, at most twelve; works on the content of any template."""
    for source in (content.get("claims") or [], [r for r in content.get("rows") or [] if r.get("key")], (content.get("rows") or [])[:8]):
        if source:
            return [Row.model_validate(row) for row in source[:12]]
    return []
