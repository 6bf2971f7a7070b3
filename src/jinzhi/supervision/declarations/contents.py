"""What the documents of a declaration say (证单内容): gathered for a batch, drawn by the shared templates."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jinzhi.kernel.cases import queries
from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.log import titles
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.codes import lists
from jinzhi.kernel.documents.content import CERTIFICATE, INSTRUMENT
from jinzhi.kernel.modules import DocumentKind
from jinzhi.kernel.orgs.queries import org_by_path
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.models import CertificateText
from jinzhi.supervision.declarations.plans import in_words
from jinzhi.supervision.declarations.schema import Declaration

Content = dict[Work, dict[str, Any]]


def both(zh: Any, en: Any = "") -> dict[str, str]:
    return {"zh": str(zh), "en": str(en)}


def row(zh: str, en: str, value: Any, value_en: Any = "", *, half: bool = False, key: bool = False) -> dict[str, Any]:
    return {"label": both(zh, en), "value": both(value, value_en), "half": half, "key": key}


def said(text: str) -> dict[str, str]:
    """A limit, a rule's title or a usual result, in English too where it is words."""
    words = in_words(text or "—")
    return both(words.zh, words.en) if isinstance(words, Text) else both(words)


def _en(text: str) -> str:
    words = said(text)
    return words["en"] or words["zh"]


def label(list_name: str, code: str) -> dict[str, str]:
    text = lists.label(list_name, code) if code else Text("—", "—")
    return both(text.zh, text.en)


def amount(value: Decimal | None) -> str:
    return f"{value:,.2f}" if value is not None else "—"


def seal_of(work: Work) -> str:
    org = org_by_path(work.owner)
    name = (org.short_zh or org.name_zh) if org else ""
    return f"{name}检验检疫专用章"[:16]


def _goods_table(declaration: Declaration) -> dict[str, Any]:
    lines = declaration.lines
    return {
        "columns": [
            {"title": both("序", "No."), "width": 1}, {"title": both("HS 编码", "HS code"), "width": 3},
            {"title": both("品名", "Description of goods"), "width": 5}, {"title": both("件数", "Packages"), "align": "right", "width": 2},
            {"title": both("净重（千克）", "Net weight (kg)"), "align": "right", "width": 3},
        ],
        "rows": [
            [both(i), both(line.hs_code), both(line.name_zh, line.name_en), both(f"{line.packages:,}"), both(amount(line.net_weight))]
            for i, line in enumerate(lines, start=1)
        ],
        "total": [both("合计", "Total"), both(""), both(""), both(f"{sum(line.packages for line in lines):,}"), both(amount(sum((x.net_weight for x in lines), Decimal(0))))],
    }  # fmt: skip


def _parties(declaration: Declaration) -> list[dict[str, Any]]:
    first = declaration.lines[0]
    origin, port = label("countries", first.origin_country), label("ports", declaration.entry_port)
    mode = label("declarations.transport_modes", declaration.transport_mode)
    means = " ".join(x for x in (declaration.transport_name, declaration.voyage) if x) or "—"
    net, others = amount(sum((x.net_weight for x in declaration.lines), Decimal(0))), len(declaration.lines) - 1
    goods_en = first.name_en + (f" and {others} more, listed below" if first.name_en and others else "")
    packages = _packages(declaration)
    return [
        row("收货人", "Consignee", declaration.consignee_name_zh, declaration.consignee_name_en, key=True),
        row("发货人", "Consignor", declaration.consignor_name),
        row("品名", "Description of goods", first.name_zh + (f" 等 {others + 1} 项，见明细" if others else ""), goods_en, key=True),
        row("报检数/重量", "Quantity or weight declared", f"{net} 千克", f"{net} kg net", half=True, key=True),
        row("包装种类及数量", "Number and type of packages", packages["zh"], packages["en"], half=True),
        row("输出国家或地区", "Country or region of origin", origin["zh"], origin["en"], half=True, key=True),
        row("入境口岸", "Port of entry", port["zh"], port["en"], half=True, key=True),
        row("合同号", "Contract No.", declaration.contract_no, half=True),
        row("提单号", "Bill of lading No.", declaration.bill_of_lading, half=True, key=True),
        row("运输工具", "Means of conveyance", f"{mode['zh']} {means}", f"{mode['en']}, {means}", half=True),
        row("入境日期", "Date of entry", declaration.arrived_on, half=True, key=True),
        row("集装箱", "Containers", "、".join(c.number for c in declaration.containers[:8]) or "—", ""),
    ]  # fmt: skip


def _packages(declaration: Declaration) -> dict[str, str]:
    kind = declaration.lines[0].package_kind
    words = label("declarations.package_kinds", kind) if kind else both("")
    number = sum(line.packages for line in declaration.lines)
    count = f"{number:,}" if number else ""  # goods in bulk have a kind and no number
    return {language: f"{count} {name}".strip() or "—" for language, name in words.items()}


def certificate(batch: Batch) -> Content:
    """Import inspection and quarantine certificate (入境货物检验检疫证明): permission to sell or use."""
    texts = {t.case_id: t for t in CertificateText.objects.filter(case_id__in=batch.ids)}
    found: Content = {}
    for work, declaration in memo.declarations(batch).items():
        text = work.memo.get("certificate_text") or texts.get(work.id)
        org = org_by_path(work.owner)
        found[work] = {
            "rows": _parties(declaration),
            "tables": [_goods_table(declaration)],
            "sections": [
                {"heading": both("检验检疫结果", "Results of inspection and quarantine"), "paragraphs": [both(text.result_zh, text.result_en)] if text else []},
                *([{"heading": both("备注", "Remarks"), "paragraphs": [both(text.remarks)]}] if text and text.remarks else []),
            ],
            "place": both(org.short_zh or org.name_zh, org.short_en or org.name_en) if org else both(""),
            "seal": seal_of(work),
        }
    return found


def claim_certificate(batch: Batch) -> Content:
    """Inspection certificate for claims (检验证书，供索赔): what was found unfit."""
    items = memo.items(batch)
    findings = memo.findings(batch)
    found: Content = {}
    for work, declaration in memo.declarations(batch).items():
        failed = [
            both(f"{i.name_zh}：{i.result}，限量 {i.limit_text}，不符合", f"{i.name_en}: {_en(i.result)}, limit {_en(i.limit_text)}, unfit") for i in items[work] if i.fit is False
        ]
        failed += [both(f.text) for f in findings[work]]
        found[work] = {
            "rows": _parties(declaration),
            "tables": [_goods_table(declaration)],
            "sections": [{"heading": both("检验结果", "Results of inspection"), "paragraphs": failed or [both("经检验不合格", "Found unqualified")]}],
            "seal": seal_of(work),
        }
    return found


def release_form(batch: Batch) -> Content:
    """Release form for customs (入境货物通关单): permission to pass, valid 60 days."""
    found: Content = {}
    for work, declaration in memo.declarations(batch).items():
        found[work] = {
            "rows": [*_parties(declaration), row("有效期", "Validity", "自签发之日起 60 日", "60 days from the date of issue", half=True)],
            "tables": [_goods_table(declaration)],
            "sections": [
                {
                    "paragraphs": [
                        both(
                            "上述货物业已办理报检手续，请海关予以放行。货物未经检验检疫合格，不准销售、使用。",
                            "The goods have been declared for inspection and quarantine and may pass customs. They may not be sold or used before they are found qualified.",
                        )
                    ]
                }
            ],
            "seal": seal_of(work),
        }
    return found


def _instrument(build: Callable[[Work, Declaration, Batch], dict[str, Any]]) -> Callable[[Batch], Content]:
    def content(batch: Batch) -> Content:
        return {
            work: {"addressee": both(declaration.consignee_name_zh, declaration.consignee_name_en), "seal": seal_of(work), **build(work, declaration, batch)}
            for work, declaration in memo.declarations(batch).items()
        }

    return content


def _head(work: Work, declaration: Declaration) -> list[dict[str, Any]]:
    return [
        row("报检号", "Declaration No.", work.number or "—", half=True, key=True),
        row("货物", "Goods", work.row.title, declaration.lines[0].name_en, half=True, key=True),
    ]


def fee_note(batch: Batch) -> Content:
    """Fee note (收费通知单)."""
    lines = memo.fee_lines(batch)

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        return {
            "paragraphs": [
                both("贵单位报检的货物应缴检验检疫费如下，请自本通知之日起 20 日内缴纳。", "The following fee is due for the goods you declared. Pay within 20 days.")
            ],
            "rows": _head(work, declaration),
            "tables": [_fee_table(lines[work])],
        }

    return _instrument(build)(batch)


def _fee_table(lines: list[Any]) -> dict[str, Any]:
    return {
        "columns": [
            {"title": both("项目", "Item"), "width": 5}, {"title": both("计费基数（元）", "Base (CNY)"), "align": "right", "width": 3},
            {"title": both("费率", "Rate"), "align": "right", "width": 2}, {"title": both("金额（元）", "Amount (CNY)"), "align": "right", "width": 3},
        ],
        "rows": [[both(f.name_zh, f.name_en), both(amount(f.base)), both(f.rate or "—"), both(amount(f.amount))] for f in lines],
        "total": [both("合计", "Total"), both(""), both(""), both(amount(sum((f.amount for f in lines), Decimal(0))))],
    }  # fmt: skip


def fee_receipt(batch: Batch) -> Content:
    """Receipt for the fee (收费票据)."""
    lines = memo.fee_lines(batch)

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        payment = work.data.get("payment")
        paid = [row("缴费方式", "Method", {"transfer": "转账", "card": "刷卡", "cash": "现金", "online": "网上支付"}.get(payment.method, ""), payment.method, half=True),
                row("凭据号", "Reference", payment.reference or "—", half=True)] if payment else []  # fmt: skip
        return {"paragraphs": [both("今收到检验检疫费如下。", "Received with thanks:")], "rows": [*_head(work, declaration), *paid], "tables": [_fee_table(lines[work])]}

    return _instrument(build)(batch)


def field_sheet(batch: Batch) -> Content:
    """Field sheet (现场查验记录)."""
    items = memo.items(batch)

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        record = work.data["field_record"]
        return {
            "rows": [
                *_head(work, declaration),
                row("查验时间", "Examined", record.examined_at.strftime("%Y-%m-%d %H:%M"), half=True),
                row("查验地点", "Place", record.place or declaration.goods_place or "—", half=True),
                row("开箱", "Containers opened", "、".join(record.containers_opened) or "—", half=True),
                row("货证", "Goods and papers", "相符" if record.goods_match else "不符", "agree" if record.goods_match else "differ", half=True),
            ],
            "tables": [_item_table([i for i in items[work] if i.kind == "field" and i.fit is not None])],
            "paragraphs": [both(record.remarks)] if record.remarks else [],
        }

    return _instrument(build)(batch)


def _item_table(items: list[Any]) -> dict[str, Any]:
    return {
        "columns": [
            {"title": both("项目", "Item"), "width": 4}, {"title": both("依据", "Basis"), "width": 3}, {"title": both("限量", "Limit"), "width": 2},
            {"title": both("结果", "Result"), "width": 3}, {"title": both("判定", "Judgement"), "width": 2},
        ],
        "rows": [
            [both(i.name_zh, i.name_en), said(i.basis), said(i.limit_text), said(i.result), both("符合" if i.fit else "不符合", "fit" if i.fit else "unfit")]
            for i in items
        ],
    }  # fmt: skip


def sampling_voucher(batch: Batch) -> Content:
    """Sampling voucher (抽/采样凭证)."""
    items = memo.items(batch)

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        tests = [i for i in items[work] if i.kind == "lab"]
        return {
            "paragraphs": [both("从上述货物中抽取下列样品，送实验室检测。", "The following samples were taken from the goods for testing.")],
            "rows": _head(work, declaration),
            "tables": [{
                "columns": [{"title": both("货物行", "Line"), "width": 2}, {"title": both("数量", "Quantity"), "width": 3}, {"title": both("封识", "Seal"), "width": 3}],
                "rows": [[both(s.line), both(s.quantity), both(s.seal or "—")] for s in work.data["samples"]],
            }],
            "items": [{"text": both(f"{i.name_zh}（{i.limit_text or '—'}）", f"{i.name_en} ({_en(i.limit_text)})")} for i in tests],
        }  # fmt: skip

    return _instrument(build)(batch)


def treatment_order(batch: Batch) -> Content:
    """Treatment order (检疫处理通知书)."""

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        kind = label("declarations.treatments", str(work.fact("treatment_kind") or ""))
        return {
            "paragraphs": [both(f"上述货物须于 {work.fact('treatment_by')} 前作{kind['zh']}处理。", f"The goods must be treated by {work.fact('treatment_by')}: {kind['en']}.")],
            "rows": _head(work, declaration),
        }  # fmt: skip

    return _instrument(build)(batch)


def treatment_certificate(batch: Batch) -> Content:
    """Fumigation or disinfection certificate (熏蒸/消毒证书)."""
    found: Content = {}
    for work, declaration in memo.declarations(batch).items():
        record = work.lane.facts.get("treatment") or {}
        kind = label("declarations.treatments", str(work.fact("treatment_kind") or ""))
        found[work] = {
            "rows": [
                *_parties(declaration),
                row("处理方式", "Treatment", kind["zh"], kind["en"], half=True, key=True),
                row("药剂及剂量", "Agent and dosage", f"{record.get('agent', '—')} {record.get('dosage', '')}", half=True),
                row("处理时间", "Duration", f"{record.get('started_at', '—')} ～ {record.get('ended_at', '—')}"),
            ],
            "tables": [_goods_table(declaration)],
            "seal": seal_of(work),
        }
    return found


def disposal_order(batch: Batch) -> Content:
    """Disposal order (检验检疫处理通知书)."""
    items = memo.items(batch)

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        kind = label("declarations.disposals", str(work.fact("disposal_kind") or ""))
        failed = [i for i in items[work] if i.fit is False]
        return {
            "paragraphs": [
                both(
                    f"上述货物经检验检疫不合格，须于 {work.fact('disposal_by')} 前作{kind['zh']}处理，并报告结果。",
                    f"The goods were found unqualified. Disposal: {kind['en']}, by {work.fact('disposal_by')}; report the result.",
                )
            ],
            "rows": _head(work, declaration),
            "items": [{"text": both(f"{i.name_zh}：{i.result}", f"{i.name_en}: {_en(i.result)}"), "basis": said(i.basis)} for i in failed],
        }

    return _instrument(build)(batch)


def cancel_notice(batch: Batch) -> Content:
    """Notice of cancellation (自动撤销通知)."""

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        return {
            "paragraphs": [
                both("本批报检自规定之日起三十日内未联系施检，已自动撤销。需要时重新报检。", "Nobody made contact within 30 days; the declaration is cancelled. Declare again if needed.")
            ],
            "rows": _head(work, declaration),
        }  # fmt: skip

    return _instrument(build)(batch)


def file_index(batch: Batch) -> Content:
    """File index (卷宗目录): the acts of the case in order, from the log."""
    from_log = _acts(batch)

    def build(work: Work, declaration: Declaration, batch: Batch) -> dict[str, Any]:
        return {
            "rows": _head(work, declaration),
            "tables": [{
                "columns": [{"title": both("序", "No."), "width": 1}, {"title": both("日期", "Date"), "width": 3}, {"title": both("事项", "Act"), "width": 6},
                            {"title": both("经办", "By"), "width": 3}],
                "rows": from_log[work.id],
            }],
        }  # fmt: skip

    return _instrument(build)(batch)


def _acts(batch: Batch) -> dict[int, list[list[dict[str, str]]]]:
    from_log = queries.acts(batch.ids)
    people = memo.names({actor for rows in from_log.values() for _, _, actor, _ in rows})
    found: dict[int, list[list[dict[str, str]]]] = {}
    for work in batch:
        table = []
        for seq, at, actor, action in from_log.get(work.id, ()):
            title = work.process.actions[action].title if action in work.process.actions else titles.title(action)
            who = people.get(actor) or Text("系统", "System")
            table.append([both(seq), both(at.strftime("%Y-%m-%d")), both(title.zh, title.en), both(who.zh, who.en)])
        found[work.id] = table
    return found


def _kind(code: str, zh: str, en: str, template: Any, content: Callable[[Batch], Content], *, signed: bool = False) -> DocumentKind:
    return DocumentKind(code, Text(zh, en), template, content, signed)  # type: ignore[arg-type]


DOCUMENTS = (
    _kind("certificate", "入境货物检验检疫证明", "Import Inspection and Quarantine Certificate", CERTIFICATE, certificate, signed=True),
    _kind("claim_certificate", "检验证书", "Inspection Certificate", CERTIFICATE, claim_certificate, signed=True),
    _kind("release_form", "入境货物通关单", "Release Form for Imported Goods", CERTIFICATE, release_form, signed=True),
    _kind("treatment_certificate", "熏蒸/消毒证书", "Fumigation/Disinfection Certificate", CERTIFICATE, treatment_certificate, signed=True),
    _kind("fee_note", "收费通知单", "Fee note", INSTRUMENT, fee_note),
    _kind("fee_receipt", "收费票据", "Fee receipt", INSTRUMENT, fee_receipt),
    _kind("field_sheet", "现场查验记录", "Field inspection record", INSTRUMENT, field_sheet),
    _kind("sampling_voucher", "抽/采样凭证", "Sampling voucher", INSTRUMENT, sampling_voucher),
    _kind("treatment_order", "检疫处理通知书", "Treatment order", INSTRUMENT, treatment_order),
    _kind("disposal_order", "检验检疫处理通知书", "Disposal order", INSTRUMENT, disposal_order),
    _kind("cancel_notice", "自动撤销通知", "Notice of cancellation", INSTRUMENT, cancel_notice),
    _kind("file_index", "卷宗目录", "File index", INSTRUMENT, file_index),
)

__all__ = ["DOCUMENTS"]
