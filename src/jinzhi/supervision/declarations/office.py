"""What officers see of an import declaration: the marks of a queue's row, the identity bar, the panels of a case."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.queues.items import QueueItem
from jinzhi.kernel.codes import lists
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components.words import amount, date_
from jinzhi.kernel.web.parts import Item
from jinzhi.kernel.workbench import CaseHead, CasePages, RowMarks
from jinzhi.registry.enterprises.queries import by_codes
from jinzhi.supervision.declarations.biz.checks import located
from jinzhi.supervision.declarations.goods import class_of
from jinzhi.supervision.declarations.models import Alert
from jinzhi.supervision.declarations.office_forms import RECORDS, choices
from jinzhi.supervision.declarations.office_words import FOUND_IN, METHODS, RISKS, SEVERITIES
from jinzhi.supervision.declarations.plans import in_words

_TABLES = {
    "header": "declaration", "goods": "goods", "boxes": "box", "papers": "paper", "asked": "requestedcertificate", "review": "review", "draw": "draw",
    "items": "inspectionitem", "records": "fieldrecord", "samples": "sample", "findings": "finding", "fees": "feeline", "payment": "payment",
    "text": "certificatetext", "foreign": "foreigncertificate",
}  # fmt: skip
_ORDER = {"goods": "no", "boxes": "no", "papers": "no", "asked": "no", "items": "no", "records": "round", "samples": "no", "findings": "no", "fees": "no"}
_SQL = " union all ".join(f"select '{name}', to_jsonb(t) from declarations_{table} t where case_id = %(case)s" for name, table in _TABLES.items())
_VERDICT_TONES = {"qualified": "g", "unqualified": "r", "qualified_after_treatment": "w"}


def rows_of(case_id: int) -> dict[str, list[dict[str, Any]]]:
    """All rows this module keeps of one case, by what they are, in one question. Amounts are Decimals, times ISO texts."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in _TABLES}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"case": case_id})
        for name, row in cursor.fetchall():
            found[name].append(row if isinstance(row, dict) else json.loads(row, parse_float=Decimal))
    for name, key in _ORDER.items():
        found[name].sort(key=lambda row: row[key])
    return found


def _rows(view: CaseView) -> dict[str, list[dict[str, Any]]]:
    if "office_rows" not in view.work.memo:
        view.work.memo["office_rows"] = rows_of(view.id)
    return view.work.memo["office_rows"]


# -- queue and identity bar --------------------------------------------------------------------------------------------


def row(item: QueueItem) -> RowMarks:
    """Origin and port below the goods, the net weight with its unit, the risk the draw found."""
    columns = item.columns
    places = [lists.label("countries", columns["origin"])] if columns.get("origin") else []
    places += [lists.label("ports", columns["port"])] if columns.get("port") else []
    sub = Text(" → ".join(p.zh for p in places), " → ".join(p.en for p in places))
    tag, tone = RISKS.get(str(columns.get("risk", "")), (Text("", ""), ""))
    return RowMarks(sub, _weight(item.amount, str(columns.get("unit") or "035")), tag if str(tag) else "", tone)


def names(title: str, party: str, columns: Mapping[str, Any]) -> tuple[Text, Text]:
    """Goods and consignee, in English where the declaration gives it."""
    return Text(title, columns.get("en") or title), Text(party, columns.get("party_en") or party)


def _weight(value: Any, unit: str) -> Text:
    if value is None:
        return Text("—", "—")
    number, words = amount(Decimal(str(value)), 2), lists.label("units", unit)
    return Text(f"{number} {words.zh}", f"{number} {'kg' if unit == '035' else words.en}")


def head(view: CaseView, panels: dict[str, Any]) -> CaseHead:
    """Party and its class, goods and weight, the road from origin to port."""
    columns, declared = view.work.row.columns, panels["declared"]
    tags: list[tuple[Text | str, str]] = []
    if columns.get("risk") in RISKS:
        risk, tone = RISKS[columns["risk"]]
        tags.append((Text(f"{risk.zh}风险", f"{risk.en} risk"), tone))
    verdict = view.work.facts.get("verdict")
    if verdict:
        tags.append((lists.label("declarations.verdicts", verdict), _VERDICT_TONES.get(verdict, "")))
    facts: list[tuple[Text | str, Text | str]] = []
    credit = panels["credit"]
    name = Text(declared.get("consignee_name_zh") or view.work.row.party, declared.get("consignee_name_en") or declared.get("consignee_name_zh") or view.work.row.party)
    facts.append((name, Text(f"{credit} 类", f"class {credit}") if credit else ""))
    goods = Text(view.work.row.title, columns.get("en") or view.work.row.title)
    facts.append((goods, _weight(view.work.row.amount, str(columns.get("unit") or "035"))))
    if declared:
        origin, port = lists.label("countries", columns.get("origin") or declared["despatch_country"]), lists.label("ports", declared["entry_port"])
        facts.append((Text(f"{origin.zh} → {port.zh}", f"{origin.en} → {port.en}"), ""))
    return CaseHead(tags, facts)


# -- panels ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """An item to look at or to test, as the table shows it."""

    no: int
    name: Text
    basis: Text | str
    limit: Text | str
    result: Text | str
    fit: bool | None
    why: str
    line: int
    by: Text | str
    at: str | None


def panels(view: CaseView) -> dict[str, Any]:
    """The context of ``declarations/office/panels.html``; four questions to the database at most."""
    rows = _rows(view)
    declared = rows["header"][0] if rows["header"] else {}
    people = {i["by"] for i in rows["items"] if i["by"]} | {p for r in rows["records"] for p in r["inspectors"]} | {s["taken_by"] for s in rows["samples"]}
    people |= {p["taken_by"] for p in rows["payment"]} | {t["drafted_by"] for t in rows["text"]}
    known = person_names(people) if people else {}
    draw = rows["draw"][0] if rows["draw"] else None
    rounds = max((f["round"] for f in rows["fees"]), default=0)
    fees = [f for f in rows["fees"] if f["round"] == rounds]
    return {
        "declared": declared, "declared_items": _declared(declared), "goods": [_goods(g) for g in rows["goods"]], "boxes": [(lists.label("declarations.container_kinds", b["kind"]), b) for b in rows["boxes"]],
        "papers": [_paper(view, p) for p in rows["papers"]], "asked": [(lists.label("declarations.certificate_kinds", a["kind"]), a) for a in rows["asked"]],
        "alerts": _alerts(rows["goods"], declared), "credit": _credit(declared),
        "review": _review(rows["review"]), "review_first": view.work.process.states[view.work.state].stage == "intake", "draw": _draw(draw), "field_items": _checked(rows["items"], "field", known),
        "lab_items": _checked(rows["items"], "lab", known), "records": [_record(view, r, known) for r in rows["records"]],
        "samples": [(s, known.get(s["taken_by"], "")) for s in rows["samples"]],
        "findings": [(FOUND_IN.get(f["found_in"], Text(f["found_in"], f["found_in"])), f) for f in rows["findings"]],
        "fees": [(Text(f["name_zh"], f["name_en"]), f | {"basis": in_words(f["basis"])}) for f in fees], "fee_total": sum((Decimal(str(f["amount"])) for f in fees), Decimal(0)),
        "payment": [(METHODS.get(p["method"], p["method"]), p, known.get(p["taken_by"], "")) for p in rows["payment"]],
        "certificate_text": rows["text"][0] if rows["text"] else None, "foreign": [_foreign(view, f) for f in rows["foreign"]],
        "lane_verdicts": _verdicts(view), "enter_url": _enter_url(view),
    }  # fmt: skip


def _declared(d: dict[str, Any]) -> list[Item]:
    if not d:
        return []

    def coded(name: str, field: str) -> Text | str:
        return lists.label(name, d[field]) if d.get(field) else ""

    usd = f"USD {amount(d['value_usd'], 2)}" if d.get("value_usd") is not None else ""
    return [
        Item(Text("贸易方式", "Trade mode"), coded("declarations.trade_modes", "trade_mode")),
        Item(Text("货值", "Value"), f"{d['total_currency']} {amount(d['total_value'], 2)}" if d.get("total_value") is not None else usd),
        Item(Text("发货人", "Consignor"), d["consignor_name"]),
        Item(Text("启运国（地区）", "Country of despatch"), coded("countries", "despatch_country")),
        Item(Text("合同号", "Contract"), d["contract_no"], mono=True),
        Item(Text("提单号", "Bill of lading"), d["bill_of_lading"], mono=True),
        Item(Text("运输工具", "Conveyance"), " ".join(filter(None, (d["transport_name"], d["voyage"])))),
        Item(Text("到货日期", "Arrived"), date_(d["arrived_on"])),
        Item(Text("入境口岸", "Port of entry"), coded("ports", "entry_port")),
        Item(Text("存放地点", "Place of the goods"), d["goods_place"]),
        Item(Text("联系人", "Contact"), "　".join(filter(None, (d["contact"], d["telephone"])))),
        Item(Text("企业编号", "Enterprise’s number"), d["enterprise_number"], mono=True),
    ]


def _goods(g: dict[str, Any]) -> dict[str, Any]:
    return {
        **g, "name": Text(g["name_zh"], g["name_en"] or g["name_zh"]), "origin": lists.label("countries", g["origin_country"]),
        "unit": lists.label("units", g["quantity_unit"]), "hs": f"{g['hs_code'][:4]}.{g['hs_code'][4:6]}.{g['hs_code'][6:8]}.{g['hs_code'][8:]}",
        "pack": lists.label("declarations.package_kinds", g["package_kind"]) if g["package_kind"] else "",
    }  # fmt: skip


def _paper(view: CaseView, p: dict[str, Any]) -> dict[str, Any]:
    url = reverse("office:file", args=[view.id, p["sha256"]]) if p["sha256"] else ""
    return {**p, "title": lists.label("declarations.attachment_kinds", p["kind"]), "url": url}


def _credit(d: dict[str, Any]) -> str:
    found = by_codes([d["consignee_code"]]) if d else {}
    return next((e.credit_class for e in found.values()), "")


def _alerts(goods: list[dict[str, Any]], d: dict[str, Any]) -> list[tuple[Text, str]]:
    """Alerts in force on the day of the declaration that these goods meet: the officer must read them."""
    if not goods or not d:
        return []
    day = dt.date.fromisoformat(d["declared_at"][:10])
    found = []
    for alert in Alert.objects.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day)).order_by("number"):
        for g in goods:
            same_class = not alert.goods_class or class_of(g["hs_code"], lists.get("hs", g["hs_code"])).code == alert.goods_class
            if same_class and (not alert.country or alert.country == g["origin_country"]) and g["hs_code"].startswith(alert.hs_prefix):
                found.append((Text(alert.title_zh, alert.title_en), alert.number))
                break
    return found


def _review(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [{**f, "words": located(Refusal(f["code"], Text(f["zh"], f["en"]), f["field"])), "mark": SEVERITIES.get(f["severity"], SEVERITIES["note"])} for row_ in rows for f in row_["findings"]]
    for f in found:
        basis = f.get("basis")
        f["law"] = Text(basis["zh"], basis["en"]) if isinstance(basis, dict) else (basis or "")
    return found


def _draw(d: dict[str, Any] | None) -> dict[str, Any] | None:
    if d is None:
        return None
    other = d["overridden"] or {}
    return {
        **d, "reason": Text(d["reason_zh"], d["reason_en"]), "said": lists.label("declarations.draw_results", d["result"]),
        "changed": lists.label("declarations.draw_results", other["result"]) if other.get("result") else None, "reasons": other.get("reasons", ""),
        "by": person_names([other["by"]]).get(other["by"], "") if other.get("by") else "",
    }  # fmt: skip


def _checked(items: list[dict[str, Any]], kind: str, names: dict[int, Text]) -> list[Checked]:
    return [
        Checked(
            i["no"], Text(i["name_zh"], i["name_en"] or i["name_zh"]), in_words(i["basis"]), in_words(i["limit_text"]), in_words(i["result"]), i["fit"], i["judged"], i["line"],
            names.get(i["by"] or 0, ""), i["at"],
        )
        for i in items if i["kind"] == kind
    ]  # fmt: skip


def _record(view: CaseView, r: dict[str, Any], names: dict[int, Text]) -> dict[str, Any]:
    who = [names[p] for p in r["inspectors"] if p in names]
    return {
        **r, "who": Text("、".join(n.zh for n in who), ", ".join(n.en for n in who)), "containers": "、".join(r["containers_opened"]),
        "photo_urls": [reverse("office:file", args=[view.id, digest]) for digest in r["photos"]],
    }  # fmt: skip


def _foreign(view: CaseView, f: dict[str, Any]) -> dict[str, Any]:
    return {
        **f, "error": Text(f["error_zh"], f["error_en"]) if f["error_zh"] else "", "url": reverse("office:file", args=[view.id, f["sha256"]]),
        "lines": _content(f["content"]), "compared": [_difference(d) for d in f["differences"]],
        "warnings": [Text(w["zh"], w["en"]) for w in f["content"].get("warnings", ())],
    }  # fmt: skip


def _content(content: dict[str, Any]) -> list[Item]:
    """The readable certificate: label and value pairs in the order of the paper form."""
    return [Item(Text(entry["zh"], entry["en"]), Text(entry["value"], entry.get("value_en") or entry["value"])) for entry in content.get("rows", ())]


def _difference(d: dict[str, Any]) -> tuple[Text, tuple[Text, str]]:
    """A difference as a sentence, with the tag of how much it weighs."""
    return Text(d["zh"], d["en"]), SEVERITIES.get(d["severity"], SEVERITIES["doubt"])


def _verdicts(view: CaseView) -> dict[int, tuple[Text, str]]:
    """The verdict of each department's lane."""
    return {
        lane.no: (lists.label("declarations.verdicts", lane.facts["lane_verdict"]), _VERDICT_TONES.get(lane.facts["lane_verdict"], ""))
        for lane in view.work.lanes_of("inspection") if lane.facts.get("lane_verdict")
    }  # fmt: skip


def _enter_url(view: CaseView) -> str:
    """Where the reader enters results of the field inspection: the act in a lane assigned to the reader."""
    for lane in view.work.lanes_of("inspection"):
        if lane.state == "to_field" and view.actor.person_id in lane.assignees:
            return reverse("office:act", args=[view.id, "record_field", lane.no])
    return ""


def files(view: CaseView) -> dict[str, str]:
    """Attached papers, photographs and foreign certificates, by digest, with names to save them under."""
    rows = _rows(view)
    found: dict[str, str] = {}
    for p in rows["papers"]:
        if p["sha256"]:
            found[p["sha256"]] = p["name"] or f"{lists.label('declarations.attachment_kinds', p['kind']).zh} {p['number']}".strip()
    for f in rows["foreign"]:
        found.setdefault(f["sha256"], f"certificate {f['number']}.xml")
    for r in rows["records"]:
        for number, digest in enumerate(r["photos"], start=1):
            found.setdefault(digest, f"photo-{r['round']}-{number}")
    for lane in view.work.lanes.values():
        if lane.pending and lane.pending["action"] == "record_field":
            for number, digest in enumerate(lane.pending["data"].get("field_record", {}).get("photos", ()), start=1):
                found.setdefault(digest, f"photo-{number}")
    return found


CASE_PAGES = CasePages(
    processes=("declarations.import",),
    template="declarations/office/panels.html",
    party_url="biz:case",
    panels=panels,
    head=head,
    row=row,
    names=names,
    files=files,
    choices=choices,
    records=RECORDS,
    danger=frozenset({
        "return", "decline", "void_release", "recall_treatment", "return_evaluation", "return_draft", "reopen_inspection", "refuse_withdrawal",
        "send_back_disposal", "question_payment",
    }),
    stages={
        "field": Text("现场查验", "On-site inspection"), "decide": Text("综合评定", "Evaluation"), "issue": Text("签证", "Certificate"),
        "perform": Text("不合格处理", "Disposal"), "follow": Text("归档", "Filing"),
    },
    columns=(Text("商品", "Goods"), Text("批量", "Lot size"), Text("风险", "Risk")),
)  # fmt: skip
