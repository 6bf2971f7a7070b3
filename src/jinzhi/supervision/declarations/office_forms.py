"""Forms of what officers write on declarations, and what they may choose from."""

from __future__ import annotations

from typing import Any

from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.standing import Lane
from jinzhi.kernel.orgs.queries import org_name, orgs_below
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today
from jinzhi.kernel.workbench import Choices, Part, RecordForm, RecordRow
from jinzhi.registry.enterprises.models import Enterprise
from jinzhi.supervision.declarations.departments import inspecting_paths
from jinzhi.supervision.declarations.models import Box, Declaration, FeeLine, Goods, InspectionItem, Sample
from jinzhi.supervision.declarations.office_words import FOUND_IN, METHODS
from jinzhi.supervision.declarations.plans import in_words

_WHEN = Text("例如 今天 14:06", "Such as 2011-11-23 14:06")
_FIT = (("true", Text("符合", "Conforms")), ("false", Text("不符合", "Does not conform")))
_ITEM_COLUMNS = (
    Part("result", Text("结果", "Result"), width=16, optional=True),
    Part("fit", Text("判定（有限量时自动）", "Judgement (by the limit, if any)"), "choice", _FIT, optional=True, width=14),
)
_ITEM_HEADS = (Text("项目", "Item"), Text("依据", "Standard"), Text("限量", "Limit"))


def _items(kind: str) -> Any:
    def rows(view: CaseView, lane: Lane) -> list[RecordRow]:
        found = []
        for item in InspectionItem.objects.filter(case_id=view.id, kind=kind, lane__in=(0, lane.no if lane is not None else 0)).order_by("no"):
            limit = item.limit_text or (f"{_range(item.low, item.high)} {item.unit}".strip() if item.low is not None or item.high is not None else "")
            values = {"result": item.result, "fit": item.fit} if item.result else {}
            found.append(RecordRow((Text(item.name_zh, item.name_en or item.name_zh), in_words(item.basis), in_words(limit)), {"no": item.no}, values))
        return found

    return rows


def _range(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"{low.normalize():f}–{high.normalize():f}"
    return f"≤ {high.normalize():f}" if high is not None else f"≥ {low.normalize():f}"


def _first_record(view: CaseView, lane: Lane) -> dict[str, Any]:
    """Place and containers as declared; the time is now."""
    place = view.work.facts.get("goods_place") or Declaration.objects.filter(case_id=view.id).values_list("goods_place", flat=True).first() or ""
    boxes = list(Box.objects.filter(case_id=view.id).values_list("number", flat=True)[:4])
    return {"examined_at": now().isoformat(), "place": place, "containers_opened": boxes, "goods_match": True}


def _first_samples(view: CaseView, lane: Lane) -> list[dict[str, Any]]:
    """One sample of each line that has something to test."""
    lines = InspectionItem.objects.filter(case_id=view.id, kind="lab", fit__isnull=True).values_list("line", flat=True)
    return [{"line": line or 1} for line in sorted({line or 1 for line in lines})]


def _first_results(view: CaseView, lane: Lane) -> dict[str, Any]:
    return {"report_no": f"L{now():%y%m%d}-{view.id}-{Sample.objects.filter(case_id=view.id).count()}"}


def _first_text(view: CaseView, lane: Lane) -> dict[str, Any]:
    """The usual sentence of the certificate, to be changed where the goods ask for it."""
    goods = list(Goods.objects.filter(case_id=view.id).order_by("no").values_list("name_zh", "name_en")[:3])
    zh, en = "、".join(z for z, _ in goods), ", ".join(e or z for z, e in goods)
    verdict = view.work.facts.get("verdict")
    if verdict == "qualified_after_treatment":
        return {"result_zh": f"上述货物（{zh}）经检验检疫不合格，经处理后复检合格，准予销售、使用。", "result_en": f"The above goods ({en}) conform after treatment and may be sold or used."}
    return {"result_zh": f"上述货物（{zh}）业经检验检疫合格，准予销售、使用。", "result_en": f"The above goods ({en}) have been inspected and quarantined, conform, and may be sold or used."}


def _first_fee(view: CaseView, lane: Lane) -> list[dict[str, Any]]:
    """The fee in force, line by line."""
    lines = list(FeeLine.objects.filter(case_id=view.id))
    last = max((line.round for line in lines), default=0)
    return [
        {"item": f.item, "name_zh": f.name_zh, "name_en": f.name_en, "amount": str(f.amount), "basis": f.basis} for f in lines if f.round == last
    ]


def _first_payment(view: CaseView, lane: Lane) -> dict[str, Any]:
    """What is owed."""
    return {"amount": str(view.work.facts.get("fee_total") or ""), "method": "transfer"}


RECORDS: dict[str, RecordForm] = {
    "declarations.field_record": RecordForm(
        parts=(
            Part("examined_at", Text("查验时间", "Time of the inspection"), "moment", hint=_WHEN),
            Part("place", Text("查验地点", "Place"), optional=True),
            Part("containers_opened", Text("开箱箱号", "Containers opened"), "list", hint=Text("几个箱号用逗号分开", "Several, parted by commas"), optional=True),
            Part("packages_opened", Text("开验件数", "Packages opened"), "integer", optional=True),
            Part("goods_match", Text("货证相符", "Goods and papers agree"), "flag"),
            Part("remarks", Text("现场情况", "Remarks"), "note", optional=True),
            Part("photos", Text("照片", "Photographs"), "files", optional=True),
        ),
        initial=_first_record,
        table="items",
        columns=_ITEM_COLUMNS,
        rows=_items("field"),
        heads=_ITEM_HEADS,
    ),
    "declarations.lab_results": RecordForm(
        parts=(Part("report_no", Text("检测报告编号", "Number of the report")),),
        initial=_first_results,
        table="items",
        columns=_ITEM_COLUMNS,
        rows=_items("lab"),
        heads=_ITEM_HEADS,
    ),
    "declarations.sample": RecordForm(
        parts=(
            Part("line", Text("商品序号", "Goods line"), "integer", width=7),
            Part("quantity", Text("数量", "Quantity")),
            Part("seal", Text("封识号", "Seal"), optional=True, width=12),
        ),
        initial=_first_samples,
    ),
    "declarations.finding": RecordForm(
        parts=(
            Part("found_in", Text("发现于", "Found in"), "choice", tuple(FOUND_IN.items()), width=10),
            Part("text", Text("不合格情况或疫情", "What was found")),
            Part("line", Text("商品序号", "Goods line"), "integer", optional=True, width=9),
        ),
    ),
    "declarations.treatment_record": RecordForm(
        parts=(
            Part("agent", Text("药剂或方法", "Agent or method")),
            Part("dosage", Text("剂量", "Dosage"), optional=True),
            Part("started_at", Text("开始时间", "Began"), "moment", hint=_WHEN),
            Part("ended_at", Text("结束时间", "Ended"), "moment", hint=_WHEN),
            Part("remarks", Text("说明", "Remarks"), "note", optional=True),
        ),
    ),
    "declarations.certificate_draft": RecordForm(
        parts=(
            Part("result_zh", Text("检验检疫结果（中文）", "Result in Chinese"), "note"),
            Part("result_en", Text("检验检疫结果（英文）", "Result in English"), "note"),
            Part("remarks", Text("备注", "Remarks"), "note", optional=True),
        ),
        initial=_first_text,
    ),
    "declarations.payment": RecordForm(
        parts=(
            Part("amount", Text("金额", "Amount"), "number", unit=Text("元", "yuan")),
            Part("method", Text("方式", "Method"), "choice", tuple(METHODS.items())),
            Part("reference", Text("凭证号", "Reference"), optional=True),
        ),
        initial=_first_payment,
    ),
    "declarations.fee_adjustment": RecordForm(
        parts=(
            Part("item", Text("项目代码", "Item"), width=9),
            Part("name_zh", Text("名称", "Name in Chinese")),
            Part("name_en", Text("英文名称", "Name in English")),
            Part("amount", Text("金额（元）", "Amount (yuan)"), "number", width=9),
            Part("basis", Text("依据", "Basis"), optional=True, width=12),
        ),
        initial=_first_fee,
    ),
}


def choices(view: CaseView, field: str, lane: Lane) -> Choices | None:
    """Sections that inspect, and licensed treatment units; everything else is the kernel's to offer."""
    if field in ("departments", "lead_department", "other_department"):
        inspecting = inspecting_paths(today())
        return [(o.code, org_name(o, short=False)) for o in orgs_below(view.work.owner, "section") if any(p.startswith(o.path) for p in inspecting)] or None
    if field == "treatment_unit":
        found = Enterprise.objects.filter(is_treatment_unit=True, suspended_on__isnull=True).select_related("party").order_by("party__name_zh")[:100]
        return [(str(e.party_id), Text(e.party.name_zh, e.party.name_en or e.party.name_zh)) for e in found]
    return None
