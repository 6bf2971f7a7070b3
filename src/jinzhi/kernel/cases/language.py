"""The process language (流程定义): the grammar of one TOML file per business process.

Shapes only; whether a file makes sense is asked in ``checks``. The language is described in this package's README.
There is no expression anywhere: a value is a name, a title, a number, a date, a duration, or a list of these.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

LEVELS = ("hq", "bureau", "branch", "office", "section", "institute", "province", "prefecture", "county", "corps")
STAGES = ("prepare", "intake", "review", "field", "test", "decide", "issue", "perform", "follow")
FIELD_TYPES = (
    "text", "note", "integer", "decimal", "money", "flag", "date", "moment", "span", "code",
    "person", "org", "party", "case", "place", "file", "signature",
)  # fmt: skip
PERSONAL = ("name", "id_number", "phone", "address", "email")
"""Kinds of personal data (个人信息) with a masked form: ``masking``."""
CLASSIFICATIONS = ("public", "internal", "secret")
"""公开、内部、工作秘密: how a case is kept unless an officer raises it."""
_HEADING = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_ENTRY = re.compile(r"""\s*["']?([\w.-]+)["']?\s*=\s*(\{.*)?""")
_KEY = re.compile(r"[{,]\s*(\w+)\s*=")
DURATION = re.compile(r"^([1-9]\d{0,3}(?=wd$|d$|h$)|[1-9]\d{0,2}(?=[my]$))(wd|d|m|y|h)$")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, and where: printed as ``file:line [section.name] sentence``."""

    file: str
    line: int
    section: str
    name: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} [{self.section}{'.' if self.name else ''}{self.name}] {self.sentence}"


class DefinitionError(Exception):
    """A definition that cannot be used; ``problems`` are sentences that say where and what, ``found`` the same in parts."""

    def __init__(self, problems: Sequence[str | Problem]) -> None:
        self.problems = [str(p) for p in problems]
        self.found = [p for p in problems if isinstance(p, Problem)]
        super().__init__("\n".join(self.problems))


def _duration(value: str) -> str:
    if not DURATION.match(value):
        raise ValueError(f"'{value}' is no duration (write 20wd, 30d, 3m, 1y or 24h)")
    return value


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _lanes(value: Any) -> Any:
    return {"": value} if isinstance(value, str | list) else value


Duration = Annotated[str, AfterValidator(_duration)]
Names = Annotated[list[str], BeforeValidator(_many)]
States = Annotated[dict[str, Names], BeforeValidator(_lanes)]
Level = Literal[LEVELS]  # type: ignore[valid-type]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Titled(Table):
    zh: str
    en: str


class NumberSpec(Table):
    pattern: str
    on: str = ""


class ProcessSpec(Titled):
    code: str
    effective: dt.date
    basis: list[str]
    owners: list[Level]
    subject: str
    number: NumberSpec
    columns: list[str] = []
    inherits: Names = []
    classification: Literal[CLASSIFICATIONS] = "internal"  # type: ignore[valid-type]


class RoleSpec(Titled):
    party: str = ""
    level: str = ""


class TrackSpec(Titled):
    lanes: tuple[int, int]
    each: str = ""


class StateSpec(Titled):
    track: str = "main"
    stage: Literal[STAGES] | None = None  # type: ignore[valid-type]
    duty: str = ""
    closed: bool = False


class HandSpec(Table):
    level: str = ""
    field: str = ""
    back: bool = False
    at_most: int = 0
    """How often this act may forward one lane; 0 is without a bound."""


class ExtendsSpec(Table):
    clock: str
    by: Duration | None = None
    field: str = ""


class ActionSpec(Titled):
    by: Names
    source_states: Annotated[list[str], Field(alias="from")]
    to: States = {}
    decide: str = ""
    needs: Names = []
    source: str = ""
    asks: Names = []
    guards: Names = []
    effects: Names = []
    issues: Names = []
    hand: HandSpec | None = None
    assign: str = ""
    persons: int = 1
    apart_from: Names = []
    once: bool = False
    opens: Names = []
    extends: ExtendsSpec | None = None
    within: str = ""
    takes: str = ""
    gives_back: str = ""


class ClockSpec(Titled):
    basis: str
    binds: Literal["organ", "party"] = "organ"
    limit: Duration | None = None
    until: str = ""
    since: str = ""
    earliest: Duration | None = None
    starts: Names
    stops: Names
    then: str = ""
    remind: list[Duration] = []


class SuspensionSpec(Titled):
    while_states: Annotated[list[str], Field(alias="while")]
    clocks: Names
    basis: str
    notice: str = ""
    told: str = ""
    """The field with the time the party is told: a number of working days, the last day, or a span."""


class ChildSpec(Titled):
    process: str
    start: str
    brief: str
    returns: str = ""
    apart_from: Names = []


class WindowSpec(Titled):
    """When applications are taken (受理时段): spans of ``MM-DD`` to ``MM-DD`` each year, or of whole dates."""

    spans: list[tuple[str, str]]


class QuotaSpec(Titled):
    """An amount that may be used up (限额): by case unless ``amount`` names a field, apart for each value of ``key``."""

    per: Literal["year", "month", "ever"] = "year"
    key: Names = []
    amount: str = ""


class FieldSpec(Titled):
    type: str
    list: str = ""
    many: bool | tuple[int, int] = False
    set_by: Names = []
    seen_by: Names = []
    personal: Literal[PERSONAL] | None = None  # type: ignore[valid-type]
    """Personal data of this kind: shown masked."""


class DocumentSpec(Titled):
    number: str = ""
    to: Names = []
    signed_by: Names = []
    valid: Duration | None = None
    public: bool = False


class Definition(Table):
    """A whole file."""

    process: ProcessSpec
    params: dict[str, Any] = {}
    role: dict[str, RoleSpec]
    track: dict[str, TrackSpec] = {}
    state: dict[str, StateSpec]
    action: dict[str, ActionSpec]
    clock: dict[str, ClockSpec] = {}
    suspension: dict[str, SuspensionSpec] = {}
    field: dict[str, FieldSpec] = {}
    document: dict[str, DocumentSpec] = {}
    child: dict[str, ChildSpec] = {}
    window: dict[str, WindowSpec] = {}
    quota: dict[str, QuotaSpec] = {}
    migrate: dict[dt.date, dict[str, str]] = {}


class Places:
    """Where every section, name and key of a definition stands: file and line. Parts are laid under a file with ``over``."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], tuple[str, int]] = {}
        self.file = "definition"

    @classmethod
    def of(cls, file: str, text: str) -> Places:
        """Read the headings of a TOML text; values are not looked at."""
        places = cls()
        places.file = file
        inside: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if head := _HEADING.match(line):
                inside = tuple(part.strip().strip("'\"") for part in head[1].split(".", 1))
                places._found[inside] = (file, number)
            elif entry := _ENTRY.match(line):
                places._found[(*inside, entry[1])] = (file, number)
                if len(inside) == 1 and entry[2]:
                    for key in _KEY.findall(entry[2]):
                        places._found[(*inside, entry[1], key)] = (file, number)
        return places

    def over(self, below: Places) -> Places:
        """These places laid over those of a part."""
        both = Places()
        both.file = self.file
        both._found = below._found | self._found
        return both

    def of_key(self, *place: str) -> tuple[str, int]:
        """File and line of the nearest heading that is known for a place (section, name, key); line 1 when none is."""
        for length in range(len(place), 0, -1):
            if place[:length] in self._found:
                return self._found[place[:length]]
        return self.file, 1

    def knows(self, *place: str) -> bool:
        return place in self._found

    def problem(self, section: str, name: str, sentence: str, key: str = "") -> Problem:
        file, line = self.of_key(section, name, *([key] if key else []))
        return Problem(file, line, section, name, sentence)


def raw(path: Path) -> tuple[dict[str, Any], Places]:
    """The tables of one file and where they stand. Raises DefinitionError where the file cannot be read or is no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), Places.of(path.name, text)
    except OSError as error:
        raise DefinitionError([f"{path.name}:1 cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise DefinitionError([f"{path.name}:1 is no UTF-8 text; save it as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise DefinitionError([Problem(path.name, int(line[1]) if line else 1, "file", "", f"is no TOML: {error}")]) from error


def parse(tables: dict[str, Any], places: Places | None = None) -> Definition:
    """Validate the shape of parsed tables. Raises DefinitionError with every key that is unknown, missing or of the wrong type."""
    try:
        return Definition.model_validate(tables)
    except ValidationError as error:
        places = places or Places()
        raise DefinitionError([_shape(item, places) for item in error.errors()]) from error


def _shape(item: Any, places: Places) -> Problem:
    """What the validator found, as a sentence of this language."""
    place = [str(p) for p in item["loc"]]
    section, name, key = place[0], place[1] if len(place) > 1 else "", ".".join(place[2:])
    sentence = item["msg"].removeprefix("Value error, ")
    if item["type"] == "missing":
        sentence = f"lacks '{key or name or section}' (Field required)"
    elif item["type"] == "extra_forbidden":
        keys = _keys_of(place)
        near = difflib.get_close_matches(place[-1], keys, 1, 0.5)
        sentence = f"does not know the key '{place[-1]}'" + (f" ({near[0]}?)" if near else f" (it knows {', '.join(keys)})")
    elif key:
        sentence = f"{key}: {sentence}"
    return places.problem(section, name, sentence, key.split(".")[0])


def _keys_of(place: list[str]) -> list[str]:
    """The keys a table knows, as they are written."""
    specs: dict[str, type[BaseModel]] = {
        "process": ProcessSpec, "role": RoleSpec, "track": TrackSpec, "state": StateSpec, "action": ActionSpec, "clock": ClockSpec,
        "suspension": SuspensionSpec, "field": FieldSpec, "document": DocumentSpec, "child": ChildSpec, "window": WindowSpec, "quota": QuotaSpec,
    }  # fmt: skip
    spec: type[BaseModel] = Definition if len(place) == 1 else specs.get(place[0], Definition)
    return [field.alias or name for name, field in spec.model_fields.items()]
