"""The process language (流程定义): the grammar of one TOML file per business process.

Shapes only; whether a file makes sense is asked in ``checks``. The language is described in this package's README.
There is no expression anywhere: a value is a name, a title, a number, a date, a duration, or a list of these.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

LEVELS = ("hq", "bureau", "branch", "office", "section", "institute", "province", "prefecture", "county", "corps")
STAGES = ("prepare", "intake", "review", "field", "test", "decide", "issue", "perform", "follow")
FIELD_TYPES = (
    "text", "note", "integer", "decimal", "money", "flag", "date", "moment", "span", "code",
    "person", "org", "party", "case", "place", "file", "signature",
)  # fmt: skip
CLASSIFICATIONS = ("public", "internal", "secret")
"""公开、内部、工作秘密: how a case is kept unless an officer raises it."""
DURATION = re.compile(r"^(\d+)(wd|d|m|y|h)$")


class DefinitionError(Exception):
    """A definition that cannot be used; ``problems`` are sentences that say where and what."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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


def read(path: Path) -> Definition:
    """Read one file. Raises DefinitionError with file and line where the text or its shape is wrong."""
    text = path.read_text(encoding="utf-8")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError([f"{path.name}: {error}"]) from error
    return parse(raw, where=path.name, text=text)


def parse(raw: dict[str, Any], where: str = "definition", text: str = "") -> Definition:
    """Validate the shape of a parsed file."""
    try:
        return Definition.model_validate(raw)
    except ValidationError as error:
        problems = []
        for item in error.errors():
            place = [str(p) for p in item["loc"]]
            problems.append(f"{where}:{line_of(text, place)} [{'.'.join(place[:2])}] {' '.join(place[2:])}: {item['msg']}")
        raise DefinitionError(problems) from error


def line_of(text: str, place: list[str]) -> int:
    """The line (from 1) where a section or a one-line entry stands; 1 when it cannot be told."""
    if len(place) < 2:
        return 1
    section, name = re.escape(place[0]), re.escape(place[1])
    lines = text.splitlines()
    inside = ""
    for number, line in enumerate(lines, start=1):
        head = re.match(r"\s*\[([^\]]+)\]", line)
        if head:
            inside = head.group(1).strip()
            if re.fullmatch(rf"{section}\.{name}", inside) or (inside == place[0] and place[0] in ("process", "params")):
                return number
        elif inside == place[0] and re.match(rf"\s*{name}\s*=", line):
            return number
    return 1
