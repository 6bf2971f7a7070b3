"""A foreign e-certificate as read: frozen values, nothing executed, nothing fetched (UN/CEFACT SPSCertificate 17, ePhyto)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from jinzhi.kernel.text import Text

TYPES: dict[str, Text] = {
    "851": Text("植物检疫证书", "Phytosanitary certificate"),
    "657": Text("植物转口检疫证书", "Phytosanitary certificate for re-export"),
    "852": Text("卫生证书", "Sanitary certificate"),
    "853": Text("兽医（卫生）证书", "Veterinary certificate"),
}
ISSUED = "70"
# Only 70 is confirmed by a source; other codes are shown as they stand.
STATUSES: dict[str, Text] = {ISSUED: Text("已签发", "Issued")}


@dataclass(frozen=True, slots=True)
class Words:
    """A text in a language of its own (``language`` may be empty)."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note: ``subject`` as the standard codes it (ADEDL: additional declaration)."""

    subject: str
    content: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Consignor or consignee. ``code`` with the list it is of; ``address`` line by line."""

    name: str = ""
    code: str = ""
    code_list: str = ""
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166) or port (UN/LOCODE): code and name as written."""

    code: str = ""
    name: str = ""
    subdivision: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """Transport: ``mode`` by Rec 19 (1 sea, 2 rail, 3 road, 4 air), means and voyage."""

    mode: str
    means: str
    number: str


@dataclass(frozen=True, slots=True)
class Equipment:
    """A container with its seals."""

    number: str
    seals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Classification:
    """What a line is in a system: HS, IPPCPCVP (part of the plant), IPPCPCC (condition)…"""

    system: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Package:
    """Packages of one level: kind by Rec 21 and how many."""

    level: str
    kind: str
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Measure:
    """An amount as written, and in kilograms where its unit is one of weight."""

    value: Decimal
    unit: str
    kilograms: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A property of a treatment: ``code`` TTCH chemical, TTCO concentration, TTTM temperature, TTFT full text …"""

    code: str
    texts: tuple[Words, ...]
    value: Measure | None


@dataclass(frozen=True, slots=True)
class Treatment:
    """A treatment applied, with its period and properties."""

    code: str
    begins: dt.date | None
    ends: dt.date | None
    duration: Measure | None
    characteristics: tuple[Characteristic, ...]

    @property
    def text(self) -> str:
        """The treatment in full words where the certificate gives them, English first."""
        words = [t for c in self.characteristics if c.code == "TTFT" for t in c.texts]
        return next((w.text for w in words if w.language.startswith("en")), words[0].text if words else "")


@dataclass(frozen=True, slots=True)
class Line:
    """One goods line of the certificate."""

    sequence: str
    descriptions: tuple[Words, ...]
    common_names: tuple[str, ...]
    scientific_names: tuple[str, ...]
    intended_use: str
    net: Measure | None
    gross: Measure | None
    classifications: tuple[Classification, ...]
    packages: tuple[Package, ...]
    origins: tuple[Place, ...]
    treatments: tuple[Treatment, ...]
    notes: tuple[Note, ...]

    @property
    def hs_code(self) -> str:
        return next((c.code for c in self.classifications if c.system.upper() == "HS" and c.code), "")

    @property
    def name(self) -> str:
        """The name to show: common, else scientific, else the description in English or the first there is."""
        described = [w.text for w in self.descriptions if w.language.startswith("en")] or [w.text for w in self.descriptions]
        return next(iter((*self.common_names, *self.scientific_names, *described)), "")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file or reference in the certificate; of a file only name, size in bytes and digest are kept. ``broken``: not readable Base64."""

    number: str
    name: str
    relationship: str
    information: str
    issued_on: dt.date | None
    size: int
    sha256: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """The whole certificate. ``warnings`` tell what could not be read but does not spoil the rest."""

    number: str
    type_code: str
    status_code: str
    issued_on: dt.date | None
    issuer: str
    issue_place: str
    signatory: str
    consignor: Party
    consignee: Party
    export_country: Place
    import_country: Place
    transit: tuple[Place, ...]
    port: Place
    movements: tuple[Movement, ...]
    equipment: tuple[Equipment, ...]
    lines: tuple[Line, ...]
    notes: tuple[Note, ...]
    attachments: tuple[Attached, ...]
    warnings: tuple[Text, ...]
    sha256: str

    @property
    def type_name(self) -> Text:
        return TYPES.get(self.type_code) or Text(f"其他证书（{self.type_code}）", f"Other certificate ({self.type_code})")

    @property
    def status_name(self) -> Text:
        return STATUSES.get(self.status_code) or Text(f"状态 {self.status_code}", f"Status {self.status_code}")

    @property
    def additional_declarations(self) -> tuple[Note, ...]:
        """What the issuing authority declares in addition, of the whole and of lines."""
        wanted = ("ADEDL", "ADAOEDL", "ADTLIL", "ADAOTLIL")
        return tuple(n for n in (*self.notes, *(n for line in self.lines for n in line.notes)) if n.subject in wanted)
