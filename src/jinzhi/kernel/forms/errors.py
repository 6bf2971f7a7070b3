"""What pydantic finds, said in the user's words, with the path of the field (``lines.2.net_weight``)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

_SAY: dict[str, Text] = {
    "missing": Text("填写这一项", "Fill this in"),
    "extra_forbidden": Text("没有名为 {input_name} 的字段，删去后再提交", "There is no field {input_name}; remove it"),
    "string_too_short": Text("填写这一项", "Fill this in"),
    "string_too_long": Text("最多 {max_length} 个字符", "At most {max_length} characters"),
    "too_short": Text("至少 {min_length} 项，现有 {actual_length} 项", "At least {min_length}, not {actual_length}"),
    "too_long": Text("最多 {max_length} 项", "At most {max_length}"),
    "greater_than_equal": Text("应不小于 {ge}", "Must be at least {ge}"),
    "less_than_equal": Text("应不大于 {le}", "Must be at most {le}"),
    "decimal_parsing": Text("写成数字，例如 1250.50", "Write a number such as 1250.50"),
    "decimal_type": Text("写成数字，例如 1250.50", "Write a number such as 1250.50"),
    "decimal_max_places": Text("最多 {decimal_places} 位小数", "At most {decimal_places} decimal places"),
    "decimal_max_digits": Text("数字太长，最多 {max_digits} 位", "The number is too long: at most {max_digits} digits"),
    "decimal_whole_digits": Text("整数部分太长", "The number is too large"),
    "finite_number": Text("写成数字，例如 1250.50", "Write a number such as 1250.50"),
    "int_parsing": Text("写成整数，例如 12", "Write a whole number such as 12"),
    "int_from_float": Text("写成整数，例如 12", "Write a whole number such as 12"),
    "int_type": Text("写成整数，例如 12", "Write a whole number such as 12"),
    "date_parsing": Text("写成 2011-11-23 这样的格式", "Write it like 2011-11-23"),
    "date_from_datetime_parsing": Text("写成 2011-11-23 这样的格式", "Write it like 2011-11-23"),
    "date_type": Text("写成 2011-11-23 这样的格式", "Write it like 2011-11-23"),
    "bool_parsing": Text("写 true 或 false", "Write true or false"),
    "string_type": Text("写成文字", "Write a text"),
    "list_type": Text("写成列表", "Write a list"),
    "model_type": Text("写成一组字段", "Write an object with its fields"),
    "dict_type": Text("写成一组字段", "Write an object with its fields"),
}
_PATTERNS: dict[str, Text] = {
    r"^[0-9a-f]{64}$": Text("写 64 位小写十六进制的 SHA-256", "Write the SHA-256 as 64 lower-case hexadecimal digits"),
}


def register_pattern(pattern: str, sentence: Text) -> None:
    """Say what a module's pattern asks for, in the module's own words. Raises ValueError where another sentence stands for it."""
    if _PATTERNS.setdefault(pattern, sentence) != sentence:
        raise ValueError(f"the pattern {pattern} has a sentence already: {_PATTERNS[pattern].en}")


def from_pydantic(error: ValidationError, prefix: str = "") -> list[Refusal]:
    """Every error of a validation as a Refusal with its field path."""
    return [_refusal(item, prefix) for item in error.errors(include_url=False, include_input=False)]


def _refusal(item: Any, prefix: str) -> Refusal:
    path = ".".join([*([prefix] if prefix else []), *(str(part) for part in item["loc"])])
    context = dict(item.get("ctx") or {})
    context["input_name"] = str(item["loc"][-1]) if item["loc"] else ""
    say = _SAY.get(item["type"])
    if item["type"] == "string_pattern_mismatch":
        say = _PATTERNS.get(context.get("pattern", ""))
    if say is None:
        say = Text("改正这一项", "Correct this value")
    return Refusal(item["type"], say.format(**context), path)
