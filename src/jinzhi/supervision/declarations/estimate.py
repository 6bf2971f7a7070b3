"""What to expect after declaring (申报后预计): inspection or not, laboratory items, working days, from the same tables as the draw.

Pure; an expectation, not the draw: it never uses the seed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from jinzhi.kernel.codes import lists
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.draw import DrawInput, assess
from jinzhi.supervision.declarations.goods import CodeLookup
from jinzhi.supervision.declarations.plans import plan_for, working_days
from jinzhi.supervision.declarations.schema import Declaration

_RISK = {"high": Text("风险等级高", "high risk"), "medium": Text("风险等级中", "medium risk"), "low": Text("风险等级低", "low risk")}


@dataclass(frozen=True, slots=True)
class Estimate:
    """``field_rate`` per cent; ``lab_items`` as expected (0 where fewer than half an item); ``days`` working days to the certificate; ``why`` the rows."""

    field: Text
    laboratory: Text
    field_rate: int
    lab_items: int
    lab_days: int
    days: int
    why: tuple[Text, ...]


def estimate(
    declaration: Declaration, on: dt.date, *, credit_class: str = "B", hits: dict[str, Text] | None = None, codes: CodeLookup | None = None
) -> Estimate:
    """The panel of the wizard for a draft with at least one line."""
    lines = assess([DrawInput(0, declaration, on, credit_class, hits or {})], codes if codes is not None else lists)[0]
    top = max(lines, key=lambda x: x.outcome.result["rate"])
    rate = top.outcome.result["rate"]
    items, lab_days = 0.0, 0
    for goods in {x.goods.code for x in lines}:
        lab_rate = max(x.outcome.result["lab_rate"] for x in lines if x.goods.code == goods)
        for item in plan_for(goods).lab:
            chance = (lab_rate if lab_rate == 100 else lab_rate * item.share / 100) / 100 * rate / 100
            items += chance
            if chance > 0:
                lab_days = max(lab_days, item.days)
    expected = round(items)
    usual = working_days()
    days = usual["papers"] + usual["certificate"] + (usual["field"] if rate >= 50 else 0) + (lab_days if expected else 0)
    if all(x.outcome.result["method"] == "unlisted" for x in lines):
        field = Text("不查，商品不在法检目录内", "None, the goods are outside the list")
    elif rate == 100:
        field = Text("会查，{r}", "Yes, {r}").format(r=_RISK["high" if hits else top.goods.risk])
    else:
        field = Text("可能查，抽查 {n}%", "Perhaps, {n} % are drawn").format(n=rate)
    if expected:
        plural = "item" if expected == 1 else "items"
        laboratory = Text(f"约 {expected} 项，{lab_days} 个工作日内", f"About {expected} {plural}, within {lab_days} working days")
    else:
        laboratory = Text("一般不检测", "Usually none") if lab_days else Text("不检测", "None")
    why = tuple(dict.fromkeys(x.outcome.explanation for x in lines))
    return Estimate(field, laboratory, rate, expected, lab_days, days, why)
