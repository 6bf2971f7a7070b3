"""Judging a measured value against its limit (GB/T 8170-2008 数值修约规则与极限数值的表示和判定).

Two methods: the rounded value (修约值比较法), where the result is first rounded to the digits of the limit, and the full value
(全数值比较法). Rounding is that of the standard: to even where exactly a five is dropped. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal

from jinzhi.kernel.text import Text

Method = Literal["rounded", "full"]
Verdict = Literal["fit", "unfit", "undecided"]

_NOT_DETECTED = re.compile(r"^\s*(未检出|不得检出|阴性|n\.?\s*d\.?|not\s+detected|negative|absent)(?:\W|$)", re.IGNORECASE)
_DETECTED = re.compile(r"^\s*(检出|阳性|detected|positive|present)", re.IGNORECASE)
_VALUE = re.compile(r"^\s*([<>≤≥＜＞]?)\s*([-−+]?\d[\d,，]*(?:\.\d+)?)(?:\s*[×xX*]\s*10\^?([-−]?\d+))?\s*(.*?)\s*$")
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
# Amount of the first unit of each family that one of the unit makes; results are converted within a family only.
_FAMILIES: tuple[dict[str, Decimal], ...] = (
    {"mg/kg": Decimal(1), "ppm": Decimal(1), "μg/g": Decimal(1), "ug/g": Decimal(1), "μg/kg": Decimal("0.001"), "ug/kg": Decimal("0.001"),
     "ppb": Decimal("0.001"), "g/kg": Decimal(1000), "ng/g": Decimal("0.001"), "%": Decimal(10000), "g/100g": Decimal(10000), "mg/100g": Decimal(10)},
    {"mg/l": Decimal(1), "g/l": Decimal(1000), "μg/l": Decimal("0.001"), "ug/l": Decimal("0.001")},
    {"kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000)},
    {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000)},
    {"cfu/g": Decimal(1), "个/g": Decimal(1)},
    {"cfu/ml": Decimal(1)},
    {"℃": Decimal(1), "°c": Decimal(1)},
    {"%vol": Decimal(1), "%(v/v)": Decimal(1)},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: both ends included. ``digits``: decimal places the limit is written with; ``not_detected``: nothing may be found."""

    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    digits: int | None = None
    not_detected: bool = False

    @property
    def given(self) -> bool:
        return self.not_detected or self.low is not None or self.high is not None


@dataclass(frozen=True, slots=True)
class Judged:
    """``fit`` True, False, or None where it cannot be decided by the limit; ``compared`` is the value held against the limit."""

    fit: bool | None
    why: Text
    compared: Decimal | None = None

    @property
    def verdict(self) -> Verdict:
        return "undecided" if self.fit is None else "fit" if self.fit else "unfit"


@dataclass(frozen=True, slots=True)
class Measured:
    """A result as written: ``sign`` "<" or ">" where only a bound is known, ``absent`` for 未检出, ``present`` for 检出 without a number."""

    value: Decimal | None = None
    sign: str = ""
    unit: str = ""
    absent: bool = False
    present: bool = False


def round_gb8170(value: Decimal, digits: int) -> Decimal:
    """Round to ``digits`` decimal places, to even at exactly five: 12.1498 → 12.1, 12.25 → 12.2, 12.35 → 12.4; never twice."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)


def read_result(text: str) -> Measured | None:
    """A result as a laboratory writes it: "0.42", "−18.6 ℃", "<0.5 μg/kg", "1.2×10^3 CFU/g", "未检出", "阴性". None if it is no result."""
    if _NOT_DETECTED.match(text):
        return Measured(absent=True)
    if _DETECTED.match(text):
        return Measured(present=True)
    found = _VALUE.match(text)
    if not found:
        return None
    try:
        value = Decimal(found[2].replace("−", "-").replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    if found[3]:
        value = value.scaleb(int(found[3].replace("−", "-")))
    sign = {"＜": "<", "≤": "<", "＞": ">", "≥": ">"}.get(found[1], found[1])
    return Measured(value, sign, found[4])


def judge(measured: Measured, limit: Limit, method: Method = "rounded") -> Judged:
    """Hold one result against its limit and say why. A bound that lies across the limit, or a unit of another kind, is undecided."""
    if not limit.given:
        return Judged(None, Text("没有限量，由人员判定", "There is no limit; a person judges"))
    if limit.not_detected:
        return _absence(measured)
    if measured.absent:
        if limit.low is None:
            return Judged(True, Text("未检出，符合限量 {l}", "Not detected, within {l}").format(l=shown(limit)))
        return Judged(False, Text("未检出，要求 {l}", "Not detected, {l} is asked for").format(l=shown(limit)))
    if measured.value is None:
        return Judged(
            None,
            Text("结果没有数值，限量是 {l}。填写数值", "The result has no number, the limit is {l}. Enter the number").format(
                l=shown(limit)
            ),
        )
    value = _convert(measured.value, measured.unit, limit.unit)
    if value is None:
        text = Text(
            "结果单位 {u} 与限量 {l} 不能换算。用限量的单位填写", "{u} cannot be converted to the unit of {l}. Use the unit of the limit"
        )
        return Judged(None, text.format(u=measured.unit, l=shown(limit)))
    if measured.sign:
        return _bound(value, measured.sign, limit)
    digits = _digits(limit)
    compared = round_gb8170(value, digits) if method == "rounded" else value
    high, low = limit.high, limit.low
    fit = not (high is not None and compared > high) and not (low is not None and compared < low)
    if compared != value:
        text = Text("{v} 修约为 {c}，{w}限量 {l}（GB/T 8170 修约值比较法）", "{v} rounds to {c}, {w} {l} (GB/T 8170, rounded value)")
    else:
        text = Text("{c} {w}限量 {l}", "{c} is {w} {l}")
    word = Text("符合", "within") if fit else Text("超出", "outside")
    return Judged(fit, text.format(v=_plain(value), c=_plain(compared), w=word, l=shown(limit)), compared)


def judge_item(
    result: str,
    *,
    low: Decimal | None,
    high: Decimal | None,
    unit: str = "",
    limit_text: str = "",
    fit: bool | None = None,
    method: Method = "rounded",
) -> Judged:
    """Judge one inspection item from what was written down.

    ``low``, ``high`` in ``unit``; ``limit_text`` as printed ("≤ 0.05 mg/kg", "不得检出") tells the digits of the limit. ``fit`` is the
    judgement of the person where the item has no numeric limit, or where the result cannot be judged by it; it never overrules a
    number that can.
    """
    limit = Limit(
        low, high, unit, _written_digits(limit_text, low, high), low is None and high is None and bool(_NOT_DETECTED.match(limit_text))
    )
    measured = read_result(result)
    if measured is not None and limit.given:
        judged = judge(measured, limit, method)
        if judged.fit is not None:
            return judged
    elif limit.given:
        judged = Judged(
            None, Text("“{r}”读不成结果。写数值或“未检出”", "“{r}” is no result. Write a number or “not detected”").format(r=result)
        )
    else:
        judged = Judged(None, Text("没有限量，选择符合或不符合", "There is no limit; choose fit or unfit"))
    if fit is None:
        return judged
    return Judged(fit, Text("由检验检疫人员判定：{r}", "Judged by the officer: {r}").format(r=result))


def shown(limit: Limit) -> str:
    """The limit as people write it: "≤ −18.0 ℃", "0.5 ～ 1.2 mg/kg", "ND"."""
    if limit.not_detected:
        return "ND"
    digits = _digits(limit)
    unit = f" {limit.unit}" if limit.unit else ""
    low, high = (_plain(round_gb8170(x, digits)) if x is not None else "" for x in (limit.low, limit.high))
    if low and high:
        return f"{low} ～ {high}{unit}"
    return f"≤ {high}{unit}" if high else f"≥ {low}{unit}"


def _absence(measured: Measured) -> Judged:
    if measured.absent or (measured.sign == "<" and measured.value is not None):
        return Judged(True, Text("未检出，符合要求", "Not detected, as required"))
    if measured.present or (measured.value is not None and measured.value > 0):
        return Judged(False, Text("检出，要求不得检出", "Detected; it must not be detected"))
    return Judged(None, Text("结果为 0，写“未检出”或检出限", "The result is 0: write “not detected” or the limit of detection"))


def _bound(value: Decimal, sign: str, limit: Limit) -> Judged:
    """A result known only to lie below or above ``value``."""
    below = sign == "<"
    if below and limit.low is None and limit.high is not None and value <= limit.high:
        return Judged(True, Text("低于 {v}，符合限量 {l}", "Below {v}, within {l}").format(v=_plain(value), l=shown(limit)))
    if not below and limit.high is None and limit.low is not None and value >= limit.low:
        return Judged(True, Text("高于 {v}，符合限量 {l}", "Above {v}, within {l}").format(v=_plain(value), l=shown(limit)))
    if (below and limit.low is not None and value <= limit.low) or (not below and limit.high is not None and value >= limit.high):
        return Judged(False, Text("{s} {v}，超出限量 {l}", "{s} {v}, outside {l}").format(s=sign, v=_plain(value), l=shown(limit)))
    text = Text(
        "只知道 {s} {v}，不能判定是否符合 {l}。用更灵敏的方法复测",
        "Only {s} {v} is known, which does not decide {l}. Test with a more sensitive method",
    )
    return Judged(None, text.format(s=sign, v=_plain(value), l=shown(limit)))


def _convert(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    unit, wanted = (u.strip().lower().replace(" ", "").replace("µ", "μ") for u in (unit, wanted))
    if not unit or unit == wanted:
        return value
    for family in _FAMILIES:
        if unit in family and wanted in family:
            return value * family[unit] / family[wanted]
    return None


def _digits(limit: Limit) -> int:
    if limit.digits is not None:
        return limit.digits
    return max((_places(x) for x in (limit.low, limit.high) if x is not None), default=0)


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _written_digits(text: str, low: Decimal | None, high: Decimal | None) -> int | None:
    """Decimal places of the limit as printed: "≤ 0.050 mg/kg" has three, though the stored 0.05 no longer tells."""
    found = [
        len(word.partition(".")[2])
        for word in _NUMBER.findall(text)
        if Decimal(word.replace("−", "-")) in [x for x in (low, high) if x is not None]
    ]
    return max(found) if found else None


def _plain(value: Decimal) -> str:
    return f"{value:f}".replace("-", "−")
