"""What the wizard computes while one writes: documents needed, inspection classes, and what to expect after sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinzhi.kernel.codes import lists
from jinzhi.kernel.codes.calendar import calendar
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today
from jinzhi.kernel.web.parts import Item
from jinzhi.supervision.declarations import facts
from jinzhi.supervision.declarations.biz.checks import State
from jinzhi.supervision.declarations.estimate import estimate
from jinzhi.supervision.declarations.fees import side
from jinzhi.supervision.declarations.goods import CATEGORY_LABELS, categories_of, class_of
from jinzhi.supervision.declarations.requirements import Requirement, requirements, rules
from jinzhi.supervision.declarations.schema import Declaration


@dataclass(frozen=True, slots=True)
class Need:
    """A document needed, as the page shows it: state words and tone, and what to do or what was found."""

    title: Text
    why: Text
    basis: Text
    state: Text
    tone: str
    sign: str
    note: Text
    upload: bool


@dataclass(frozen=True, slots=True)
class Classes:
    """The inspection categories of one HS code and the lines that have it."""

    hs_code: str
    label: Text
    lines: Text
    categories: tuple[Text, ...]
    listed: bool


def needs(state: State, on: dt.date | None = None) -> list[Need]:
    """Documents the goods call for, satisfied or not. Empty until a line with an HS code is written."""
    readable = [line for line in state.rough.lines if line.hs_code]
    if not readable:
        return []
    return [_need(r, state.rough) for r in requirements(state.rough, on or today(), lists, agent=state.agent)]


def _need(r: Requirement, declaration: Declaration) -> Need:
    why = r.why
    if r.lines and len(declaration.lines) > 1:
        why = Text(f"{span(r.lines).zh}，{r.why.zh}", f"{span(r.lines).en}: {r.why.en}")
    if r.level == "declare":
        return Need(r.title, why, r.basis, Text("申报时签", "Signed on sending"), "o", "", Text("系统生成，申报时一并签署", "Made by the system, signed with the declaration"), False)
    if r.satisfied:
        return Need(r.title, why, r.basis, Text("已有", "There"), "g", "check", _found(r, declaration), False)
    upload = any(w.startswith("attachment:") for w in r.missing)
    missing = [lists.label("declarations.attachment_kinds", w[11:]) for w in r.missing if w.startswith("attachment:")]
    if r.any_of and len(r.any_of) == len(r.missing) and not all(w.startswith("attachment:") for w in r.missing):
        note = Text("在商品的「许可证」或「境外厂号」栏填写", "Enter it in the permit or plant number column") if not upload else Text("填写许可证，或上传", "Enter the permit, or upload")
    else:
        joint = ("、", ", ") if _all_of().get(r.code) else (" 或 ", " or ")
        note = Text("缺：" + joint[0].join(m.zh for m in missing), "Missing: " + joint[1].join(m.en for m in missing)) if missing else Text("", "")
    must = r.level == "must"
    return Need(r.title, why, r.basis, Text("未上传", "Not there") if upload else Text("未填写", "Not entered"), "r" if must else "w", "warn" if must else "", note, upload)


@lru_cache(maxsize=1)
def _all_of() -> dict[str, bool]:
    """Which rules ask for every document they name, not for one of them."""
    return {rule.code: bool(rule.all_of) for rule in rules()}


def _found(r: Requirement, declaration: Declaration) -> Text:
    """What satisfies a requirement: numbers of permits, or how many files."""
    kinds = {w[11:] for w in r.any_of if w.startswith("attachment:")}
    permits = {w[7:] for w in r.any_of if w.startswith("permit:")}
    numbers = sorted({p.number for line in declaration.lines for p in line.permits if p.kind in permits})
    if "field:producer_no" in r.any_of:
        numbers += sorted({declaration.lines[n - 1].producer_no for n in r.lines if declaration.lines[n - 1].producer_no})
    if numbers:
        return Text("、".join(numbers[:3]), ", ".join(numbers[:3]))
    count = sum(1 for a in declaration.attachments if a.kind in kinds)
    return Text(f"{count} 份", "1 file" if count == 1 else f"{count} files") if count else Text("", "")


def span(numbers: Sequence[int]) -> Text:
    """(1, 2, 3, 5) → 第 1 ～ 3、5 行."""
    runs: list[tuple[int, int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    zh = "、".join(f"{a} ～ {b}" if b > a else str(a) for a, b in runs)
    en = ", ".join(f"{a}–{b}" if b > a else str(a) for a, b in runs)
    return Text(f"第 {zh} 行", f"Line {en}" if len(numbers) == 1 else f"Lines {en}")


def classes(state: State, on: dt.date | None = None) -> list[Classes]:
    """Inspection categories by HS code, in the order of the lines; codes that cannot be read are left out."""
    places: dict[str, list[int]] = {}
    for number, line in enumerate(state.rough.lines, start=1):
        if line.hs_code:
            places.setdefault(line.hs_code, []).append(number)
    found = []
    for code, numbers in places.items():
        entry = lists.get("hs", code, on or today())
        if entry is None:
            continue
        letters = side(categories_of(entry))
        words = tuple(Text(f"{c} {t.zh}", f"{c} {t.en}") for c, t in CATEGORY_LABELS.items() if c in letters)
        found.append(Classes(code, entry.label, span(numbers), words, bool(words)))
    return found


def forecast(state: State, credit_class: str = "B") -> tuple[list[Item], tuple[Text, ...]]:
    """What to expect after sending, and the rows of the draw's table behind it. Empty while no goods are written."""
    day = today()
    lines = [line for line in state.rough.lines if line.hs_code]
    if not lines:
        return [], ()
    hits = {
        alert.number: alert.title
        for alert in facts.alerts(day)
        for line in lines
        if alert.hits(line, class_of(line.hs_code, lists.get("hs", line.hs_code, day)), day)
    }
    expected = estimate(state.rough.model_copy(update={"lines": lines}), day, credit_class=credit_class, hits=hits)
    arrived = state.rough.arrived_on if state.payload.get("arrived_on") else day
    start = max(day, arrived) if arrived <= day + dt.timedelta(days=365) else day
    last, provisional = calendar().add_working_days(start, expected.days)
    when = Text(f"{last:%m-%d} 前后（{expected.days} 个工作日）", f"About {last.day} {last:%b} ({expected.days} working day{'' if expected.days == 1 else 's'})")
    if provisional:
        when = Text(when.zh + "，节假日安排未公布", when.en + "; holidays not announced yet")
    review = Text("有存疑处，转人工审单", "A person looks at doubtful points") if state.doubts else Text("机审，通常几秒", "By machine, usually seconds")
    return [
        Item(Text("审单", "Review"), review), Item(Text("现场查验", "Inspection"), expected.field),
        Item(Text("实验室检测", "Laboratory"), expected.laboratory), Item(Text("预计出证", "Certificate"), when),
    ], expected.why  # fmt: skip


def totals(state: State) -> dict[str, Any]:
    """Sums over the lines, and how the value compares with the invoice total: ``same``, ``more``/``less`` with the difference, or empty."""
    lines = state.rough.lines
    value = sum((line.value for line in lines), Decimal(0))
    stated = state.rough.total_value
    word, gap = "", Decimal(0)
    if stated is not None and lines:
        gap = abs(value - stated)
        word = "same" if gap == 0 else "more" if value > stated else "less"
    return {
        "packages": sum(line.packages or 0 for line in lines),
        "net": sum((line.net_weight for line in lines), Decimal(0)),
        "gross": sum((line.gross_weight or Decimal(0) for line in lines), Decimal(0)),
        "value": value, "word": word, "gap": gap,
    }  # fmt: skip
