"""Declared fields (字段): one declaration gives typed validation, the HTML form and the JSON Schema.

A field is declared in a process file or by a module: two titles, a type, whether it is needed, whether it holds several values.
Simple types are checked here; a record type is a pydantic model registered by its module.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from jinzhi.kernel.codes import lists
from jinzhi.kernel.forms.errors import from_pydantic
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

MISSING = object()
Record: TypeAlias = type[BaseModel]


@dataclass(frozen=True)
class Field:
    """One declared field. ``many`` is None for a single value, else the least and most number of values."""

    name: str
    title: Text
    type: str
    required: bool = True
    many: tuple[int, int] | None = None
    code_list: str = ""
    record: Record | None = None

    def choices(self) -> list[lists.Entry]:
        """The entries of the field's code list in force today (empty for other types)."""
        return lists.entries(self.code_list) if self.type == "code" else []

    def json_schema(self) -> dict[str, Any]:
        """The field as JSON Schema (2020-12)."""
        schema: dict[str, Any] = {"title": self.title.en, "x-title-zh": self.title.zh, **_SCHEMA.get(self.type, {"type": "string"})}
        if self.record is not None:
            schema = {"title": self.title.en, **self.record.model_json_schema()}
        if self.type == "code":
            schema["x-code-list"] = self.code_list
        if self.many:
            schema = {"type": "array", "items": schema, "minItems": self.many[0], "maxItems": self.many[1]}
        return schema


_SCHEMA: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"}, "decimal": {"type": "string", "format": "decimal"}, "money": {"type": "string", "format": "decimal"},
    "flag": {"type": "boolean"}, "date": {"type": "string", "format": "date"}, "moment": {"type": "string", "format": "date-time"},
    "person": {"type": "integer"}, "party": {"type": "integer"}, "case": {"type": "integer"},
}  # fmt: skip


def schema_of(fields: Sequence[Field]) -> dict[str, Any]:
    """The JSON Schema of a form."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {f.name: f.json_schema() for f in fields},
        "required": [f.name for f in fields if f.required],
        "additionalProperties": False,
    }


def validate(fields: Sequence[Field], data: dict[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    """Check and convert what was sent for ``fields``; gives the typed values and every refusal, never only the first."""
    clean: dict[str, Any] = {}
    known = {f.name for f in fields}
    unknown = Text("没有名为 {n} 的字段，删去后再提交", "There is no field {n}; remove it")
    refusals = [Refusal("unknown_field", unknown.format(n=name), name) for name in data if name not in known]
    for field in fields:
        value, wrong = _one(field, data.get(field.name, MISSING))
        refusals += wrong
        if not wrong and value is not MISSING:
            clean[field.name] = value
    return clean, refusals


def _one(field: Field, value: Any) -> tuple[Any, list[Refusal]]:
    empty = value is MISSING or value is None or value == "" or (field.many is not None and value in ([], ()))
    if empty:
        if field.required:
            verb = Text("选择{t}", "Select: {t}") if field.type in ("code", "org", "person", "party") else Text("填写{t}", "Enter: {t}")
            return MISSING, [Refusal("missing", verb.format(t=field.title), field.name)]
        return MISSING, []
    if field.many is None:
        return _convert(field, value, field.name)
    values = list(value) if isinstance(value, list | tuple) else [value]
    least, most = field.many
    if not least <= len(values) <= most:
        text = Text("{t}应为 {a} 至 {b} 个，现有 {n} 个", "{t}: between {a} and {b}, not {n}").format(t=field.title, a=least, b=most, n=len(values))
        return MISSING, [Refusal("count", text, field.name)]
    converted: list[Any] = []
    refusals: list[Refusal] = []
    for index, item in enumerate(values):
        one, wrong = _convert(field, item, f"{field.name}.{index}")
        refusals += wrong
        converted.append(one)
    return converted, refusals


def _convert(field: Field, value: Any, path: str) -> tuple[Any, list[Refusal]]:
    if field.record is not None:
        if isinstance(value, field.record):
            return value, []
        if _holds_hidden(value):
            return MISSING, [Refusal("format", _HINT["text"].format(t=field.title), path)]
        try:
            return field.record.model_validate(value), []
        except ValidationError as error:
            return MISSING, from_pydantic(error, path)
    converter: Callable[[Field, Any], Any] = _CONVERT.get(field.type, _text)
    try:
        return converter(field, value), []
    except (ValueError, TypeError, InvalidOperation, ArithmeticError):
        return MISSING, [Refusal("format", _HINT.get(field.type, _HINT["text"]).format(t=field.title), path)]


def half_width(value: Any) -> str:
    """Full-width digits, letters and punctuation typed by habit become plain ones."""
    return unicodedata.normalize("NFKC", str(value)).strip()


HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and marks that turn the direction of writing: a reader would see another text than is stored."""


def _holds_hidden(value: Any) -> bool:
    """Whether any text inside plain JSON holds one."""
    if isinstance(value, str):
        return HIDDEN.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_hidden(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(map(_holds_hidden, value))


def _text(field: Field, value: Any) -> str:
    text = str(value).strip()
    if len(text) > (4000 if field.type == "note" else 400) or HIDDEN.search(text):
        raise ValueError(text)
    return text


def parse_date(value: Any) -> dt.date:
    """A date as people type it: 2011-11-23, 20111123, 2011/11/23. Raises ValueError."""
    if isinstance(value, dt.date):
        return value
    text = half_width(value)
    match = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", text)
    if not match:
        raise ValueError(text)
    return dt.date(*(int(part) for part in match.groups()))


def _date(field: Field, value: Any) -> dt.date:
    return parse_date(value)


def _decimal(field: Field, value: Any) -> Decimal:
    number = Decimal(half_width(value).replace(",", ""))
    if not number.is_finite() or abs(number) >= Decimal(10) ** 14:
        raise ValueError(value)
    return number


def _integer(field: Field, value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError(value)
    number = int(half_width(value).replace(",", ""))
    if abs(number) > 2**53:
        raise ValueError(value)
    return number


def _flag(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in ("true", "false", "1", "0", "on", "yes", "no"):
        raise ValueError(value)
    return text in ("true", "1", "on", "yes")


def _code(field: Field, value: Any) -> str:
    code = half_width(value)
    if lists.get(field.code_list, code) is None:
        raise ValueError(code)
    return code


def _moment(field: Field, value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))


def _file(field: Field, value: Any) -> str:
    digest = str(value).strip()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError(digest)
    return digest


def _span(field: Field, value: Any) -> str:
    text = half_width(value).lower()
    if not re.fullmatch(r"[1-9]\d{0,3}(wd|d|m|y|h)", text):
        raise ValueError(text)
    return text


_CONVERT: dict[str, Callable[[Field, Any], Any]] = {
    "integer": _integer, "decimal": _decimal, "money": _decimal, "flag": _flag, "date": _date, "moment": _moment,
    "code": _code, "person": _integer, "party": _integer, "case": _integer, "file": _file, "span": _span,
}  # fmt: skip
_HINT: dict[str, Text] = {
    "integer": Text("{t}写成整数，例如 12", "{t}: a whole number such as 12"),
    "decimal": Text("{t}写成数字，例如 1250.50", "{t}: a number such as 1250.50"),
    "money": Text("{t}写成数字，例如 1250.50", "{t}: a number such as 1250.50"),
    "flag": Text("{t}选择是或否", "{t}: yes or no"),
    "date": Text("{t}写成 2011-11-23 这样的格式", "{t}: write it like 2011-11-23"),
    "moment": Text("{t}写成 2011-11-23 14:06 这样的格式", "{t}: write it like 2011-11-23 14:06"),
    "code": Text("{t}不在代码表中，从列表中选择", "{t}: not in the list; select one of it"),
    "person": Text("选择{t}", "Select: {t}"),
    "party": Text("选择{t}", "Select: {t}"),
    "case": Text("选择{t}", "Select: {t}"),
    "file": Text("{t}先上传文件，再写上传时得到的 SHA-256", "{t}: upload the file first, then give the SHA-256 the upload answered"),
    "span": Text("{t}写成时长，例如 20wd（工作日）、30d（日）、3m（月）", "{t}: a duration such as 20wd (working days), 30d (days), 3m (months)"),
    "text": Text("{t}太长，或含有不能保存的字符", "{t} is too long, or holds a character that cannot be kept"),
}
