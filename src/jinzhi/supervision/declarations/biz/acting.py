"""What a party can do on its case, as forms made from the declared fields of each action (联系施检、缴费、撤单、报告处理…)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from jinzhi.kernel.cases.forms import fields_of
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.queries import CaseView, Offer, offers
from jinzhi.kernel.forms.fields import Field
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, today
from jinzhi.supervision.declarations.biz import convert
from jinzhi.supervision.declarations.biz.story import PARTY_ACTS

# Titles of what a record asks; its fields are pydantic's and carry none.
_TITLES = {
    "amount": Text("金额（元）", "Amount (yuan)"), "method": Text("缴费方式", "How it was paid"), "reference": Text("银行流水号或票据号", "Bank or receipt number"),
    "agent": Text("药剂或方法", "Agent or method"), "dosage": Text("剂量", "Dosage"), "started_at": Text("开始时间", "Began at"), "ended_at": Text("结束时间", "Ended at"),
    "remarks": Text("备注", "Remarks"),
}  # fmt: skip
_CHOICES = {
    "transfer": Text("银行转账", "Bank transfer"), "card": Text("刷卡", "Card"), "cash": Text("现金", "Cash"), "online": Text("网上支付", "Online"),
}  # fmt: skip
_HINTS = {
    "goods_place": Text("查验时货物所在的堆场、仓库和库位", "Yard, warehouse and bay where the goods will be"),
    "available_on": Text("货物能查验的第一天，例如 2011-11-25", "The first day on which the goods can be seen, such as 2011-11-25"),
    "contact": Text("到场人的姓名和手机", "Name and mobile number of the person on site"),
    "reasons": Text("写明撤单的原因", "Say why"),
    "paid_reference": Text("银行流水号或票据号，收费员凭它核对到账", "The bank's or the receipt's number; the cashier finds the payment by it"),
    "paid_on": Text("例如 2011-11-23，也可以写 今天", "Such as 2011-11-23; “today” will do"),
    "disposal_proof": Text("销毁、退运或技术处理的证明，PDF 或照片", "Proof of destruction, return or treatment: PDF or photograph"),
    "withdrawal_proof": Text("合同变更、退运等证明", "Such as an amended contract or proof of return"),
}  # fmt: skip
_MAIN = ("resend", "arrange", "report_payment", "report_disposal", "report_treatment")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form: ``name`` as posted, the words around it, what stands in it."""

    name: str
    title: Text
    kind: str
    value: str = ""
    options: tuple[tuple[str, Any], ...] | None = None
    optional: bool = False
    hint: Any = ""
    error: Any = ""


@dataclass
class ActForm:
    """An action offered: its form (or a link), and what still stands in the way."""

    name: str
    title: Text
    tone: str
    lane: int
    inputs: list[Input]
    blocked: str
    files: bool
    errors: list[Refusal]


def forms(view: CaseView, typed: dict[str, Any] | None = None, refused: tuple[str, list[Refusal]] | None = None) -> list[ActForm]:
    """The forms of every action this actor is offered; ``typed`` and ``refused`` belong to the one just tried."""
    made = []
    for offer in offers(view):
        mine = refused is not None and refused[0] == offer.action.name
        made.append(_form(view, offer, typed or {} if mine else {}, refused[1] if mine and refused else []))
    return sorted(made, key=lambda f: _MAIN.index(f.name) if f.name in _MAIN else 99)


def _form(view: CaseView, offer: Offer, typed: dict[str, Any], errors: list[Refusal]) -> ActForm:
    action = offer.action
    start = _start(view, action)
    inputs = [i for field in fields_of(view.process, action) if not (field.record and field.many) and action.name != "resend" for i in _inputs(field, typed, start, errors)]
    return ActForm(
        action.name, PARTY_ACTS.get(action.name, action.title), "p" if action.name in _MAIN else "d" if action.name == "ask_withdrawal" else "", offer.lane.no, inputs,
        "；".join(str(r.message) for r in offer.blocked), any(i.kind == "file" for i in inputs), errors,
    )  # fmt: skip


def _start(view: CaseView, action: Action) -> dict[str, str]:
    """What is known already stands in the form."""
    work = view.work
    known: dict[str, str] = {}
    if action.name == "report_payment":
        known = {"paid_by": "transfer", "paid_on": today().isoformat()}
    elif action.name == "arrange":
        from jinzhi.supervision.declarations.models import Declaration as Header

        header: Any = Header.objects.filter(case_id=work.id).values("goods_place", "contact", "telephone").first() or {}
        known = {"goods_place": header.get("goods_place", ""), "contact": " ".join(v for v in (header.get("contact"), header.get("telephone")) if v)}
    return known


def _inputs(field: Field, typed: dict[str, Any], start: dict[str, str], errors: list[Refusal]) -> list[Input]:
    def error(path: str) -> Any:
        return next((e.message for e in errors if e.field == path or e.field.startswith(f"{path}.")), "")

    if field.record is not None:
        found = []
        for name, info in field.record.model_fields.items():
            path = f"{field.name}.{name}"
            options, kind = None, "text"
            if get_origin(info.annotation) is Literal:
                options, kind = tuple((v, _CHOICES.get(v, v)) for v in get_args(info.annotation)), "select"
            elif info.annotation is dt.datetime:
                kind = "moment"
            elif name == "remarks":
                kind = "textarea"
            elif name == "amount":
                kind = "number"
            title = _TITLES.get(name, Text(name, name))
            found.append(Input(path, title, kind, typed.get(path, start.get(path, "")), options, not info.is_required(), "", error(path)))
        return found
    kinds = {"note": "textarea", "date": "date", "file": "file", "code": "select", "integer": "number", "decimal": "number", "money": "number", "flag": "flag", "moment": "moment"}
    options = tuple((e.code, e.label) for e in field.choices()) if field.type == "code" else None
    return [
        Input(
            field.name, field.title, kinds.get(field.type, "text"), typed.get(field.name, start.get(field.name, "")), options, not field.required,
            _HINTS.get(field.name, ""), error(field.name),
        )
    ]  # fmt: skip


def read(process: Process, action: Action, post: Any, stored: dict[str, list[str]]) -> dict[str, Any]:
    """What was posted, in the shape the action asks for; ``stored`` are digests of uploaded files by field."""
    data: dict[str, Any] = {}
    for field in fields_of(process, action):
        if field.record is not None:
            values = {name: _moment(post.get(f"{field.name}.{name}", "")) for name in field.record.model_fields}
            values = {k: (convert.number(v) if k == "amount" else v) for k, v in values.items() if v}
            if values:
                data[field.name] = values
        elif field.type == "file":
            if stored.get(field.name):
                data[field.name] = stored[field.name]
        elif post.get(field.name, "").strip():
            value = post[field.name].strip()
            data[field.name] = convert.date(value) if field.type == "date" else value
    return data


def _moment(value: str) -> str:
    """``2011-11-25 14:30`` as an instant in China Standard Time; anything else as typed."""
    text = value.strip()
    for pattern in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"):
        try:
            return dt.datetime.strptime(text, pattern).replace(tzinfo=ZONE).isoformat()
        except ValueError:
            continue
    return text


