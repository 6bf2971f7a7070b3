"""A declaration's page for the enterprise: whose turn it is, clocks, receipts, fee, documents, and what it can do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.queries import CaseView, access_case
from jinzhi.kernel.codes import lists
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.orgs.queries import org_by_code, org_name
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.web.components.forms import field_id
from jinzhi.kernel.web.components.words import amount, date_
from jinzhi.kernel.web.parts import Entry, Item
from jinzhi.supervision.declarations import memo
from jinzhi.supervision.declarations.biz import acting, attachments, files, story
from jinzhi.supervision.declarations.biz.frame import draw, page, request_id, tell
from jinzhi.supervision.declarations.models import CertificateText, FeeLine, ForeignCertificate, Paper, Payment, Receipt, Review
from jinzhi.supervision.declarations.receipts import TITLES

_SHOWN_RECEIPTS = 40


def _view(request: Any, case_id: int) -> CaseView:
    """The case as one of the parties sees it: posts of the same person do not count here."""
    return access_case(replace(request.actor, grants=()), case_id)


@require_GET
@page
def case(request: Any, case_id: int) -> HttpResponse:
    """The page."""
    return show(request, _view(request, case_id))


def show(request: Any, view: CaseView, typed: dict[str, Any] | None = None, refused: tuple[str, list[Refusal]] | None = None, status: int = 200) -> HttpResponse:
    """Draw the page, with what was typed into a form that was refused. A constant number of queries."""
    case_id = view.id
    forms = acting.forms(view, typed, refused)
    sent = memo.load([case_id]).get(case_id)
    if sent is None:
        raise Http404
    review = Review.objects.filter(case_id=case_id).first() if view.work.state in ("returned", "manual_review") else None
    reasons = _reasons(case_id) if view.work.state == "returned" else []
    fee = list(FeeLine.objects.filter(case_id=case_id))
    latest = max((f.round for f in fee), default=0)
    lane = view.work.newest("fee")
    return draw(
        request, "declarations/biz/case.html",
        {
            "view": view, "sent": sent, "turns": story.now_of(view), "steps": story.steps(view), "clocks": story.clocks(view), "forms": forms,
            "tone": story.tone(view.work.state, any(d.role == "declarant" for d in view.work.duties.values())), "findings": [f for f in review.findings if f["severity"] == "error"] if review else [],
            "reasons": reasons, "receipts": receipts(case_id, view.work.party), "documents": documents.for_case(case_id), "facts": _facts(view, sent),
            "fee": [f for f in fee if f.round == latest] if lane is not None and lane.state not in ("fee_open", "fee_checking") else [],
            "fee_total": sum((f.amount for f in fee if f.round == latest), Decimal(0)), "fee_state": view.process.state_title(lane.state) if lane else "",
            "fee_tone": {"fee_paid": "g", "fee_due": "w", "fee_on_account": "g", "fee_none": "g"}.get(lane.state if lane else "", "b"),
            "payment": Payment.objects.filter(case_id=case_id).first(), "papers": list(Paper.objects.filter(case_id=case_id)),
            "foreign": list(ForeignCertificate.objects.filter(case_id=case_id)), "can_mend": any(f.name == "resend" and not f.blocked for f in forms),
            "summary": _summary(sent), "problems": [(field_id(e.field), e.message) for e in refused[1]] if refused else [], "page_errors": bool(refused),
            "certificate": CertificateText.objects.filter(case_id=case_id).exists(),
        },
        status,
    )  # fmt: skip


def _facts(view: CaseView, sent: Any) -> list[Item]:
    found = [Item(Text("报检号", "Number"), view.work.number or Text("受理后给出", "Given on acceptance"), mono=bool(view.work.number)), Item(Text("企业报检号", "Your number"), sent.enterprise_number, mono=True)]
    found.append(Item(Text("提单", "Bill"), sent.bill_of_lading, mono=True))
    org = org_by_code(sent.organisation)
    if org is not None:
        found.append(Item(Text("报检机构", "Inspection body"), org_name(org, short=True)))
    return found


def _summary(sent: Any) -> list[Item]:
    """The header in short."""

    def label(name: str, code: str) -> Any:
        return lists.label(name, code) if code else ""

    return [
        Item(Text("收货人", "Consignee"), Text(sent.consignee_name_zh, sent.consignee_name_en or sent.consignee_name_zh)), Item(Text("发货人", "Consignor"), sent.consignor_name),
        Item(Text("合同号", "Contract"), sent.contract_no, mono=True), Item(Text("贸易方式", "Mode of trade"), label("declarations.trade_modes", sent.trade_mode)),
        Item(Text("启运国（地区）", "Despatched from"), label("countries", sent.despatch_country)), Item(Text("入境口岸", "Port of entry"), label("ports", sent.entry_port)),
        Item(Text("运输", "Transport"), " ".join(str(v) for v in (label("declarations.transport_modes", sent.transport_mode), sent.transport_name, sent.voyage) if v)),
        Item(Text("到货日期", "Arrival"), date_(sent.arrived_on, "full")),
    ]  # fmt: skip


def _reasons(case_id: int) -> list[str]:
    """What an officer wrote on returning it, the latest only."""
    last = Receipt.objects.filter(case_id=case_id, kind="R2").order_by("-seq").values_list("payload", flat=True).first() or {}
    return [last["reasons"]] if last.get("reasons") else []


def receipts(case_id: int, party_id: int | None) -> list[Entry]:
    """Receipts R1–R8 of a case, newest first."""
    if party_id is None:
        return []
    rows = Receipt.objects.filter(case_id=case_id, party_id=party_id).order_by("-seq", "-kind")[:_SHOWN_RECEIPTS]
    return [Entry(Text(f"{r.kind} {TITLES[r.kind].zh}", f"{r.kind} {TITLES[r.kind].en}"), r.at, note=_note(r), tone="bad" if r.kind == "R2" else "") for r in rows]


def _note(receipt: Receipt) -> Any:
    """What a receipt says beside its kind."""
    p = receipt.payload
    if receipt.kind == "R2":
        count = sum(1 for f in p.get("findings", ()) if f.get("severity") == "error")
        return p.get("reasons") or (Text("{n} 处需要修改", "{n} things to change").format(n=count) if count else "")
    if receipt.kind == "R3":
        return p.get("case") or p.get("number") or ""
    if receipt.kind == "R5":
        reason = p.get("reason") or {}
        return Text(reason.get("zh", ""), reason.get("en", "")) if isinstance(reason, dict) else str(reason)
    if receipt.kind == "R6":
        return f"¥{amount(p['fee'], 2)}" if p.get("fee") else ""
    if receipt.kind == "R7" and p.get("verdict"):
        return lists.label("declarations.verdicts", str(p["verdict"]))
    return ""


@require_POST
@page
def act(request: Any, case_id: int, action: str) -> HttpResponse:
    """Do an action of the party. Refused: the page again with the sentence at its field and everything typed."""
    view = _view(request, case_id)
    known = view.process.actions.get(action)
    if known is None or known.opens_case or action == "resend":
        raise Http404
    try:
        stored = {name: [_keep(request, view, f) for f in request.FILES.getlist(name)] for name in request.FILES}
    except Refused as refused:
        return show(request, view, request.POST.dict(), (action, list(refused.refusals)), refused.status)
    data = acting.read(view.process, known, request.POST, stored)
    lane = request.POST.get("lane", "0")
    version = request.POST.get("version", "")
    move = engine.Move(case_id, int(lane) if lane.isdigit() else 0, int(version) if version.isdigit() else None, data)
    (result,) = engine.advance([move], action, actor=replace(request.actor, grants=()), request_id=request_id(request))
    if not result.ok:
        return show(request, _view(request, case_id), request.POST.dict(), (action, result.refusals), 409 if result.refusals[0].code == "stale" else 422)
    after = _view(request, case_id)
    turns = story.now_of(after)
    text = Text("已办理「{a}」。", "Done: {a}. ").format(a=story.PARTY_ACTS.get(action, known.title))
    if turns:
        who = turns[0]
        by = Text("，{d} 前完成", ", by {d}").format(d=f"{who.due:%m-%d %H:%M}") if who.due else Text("", "")
        text = Text(f"{text.zh}下一步由{who.who.zh}「{who.title.zh}」{by.zh}", f"{text.en}Next: {who.title.en}, {who.who.en}{by.en}")
    tell(request, text)
    return HttpResponseRedirect(reverse("biz:case", args=[case_id]))


def _keep(request: Any, view: CaseView, file: Any) -> str:
    """Take a file for the party this person acts for on the case; gives its digest."""
    party = view.work.party if view.work.party is not None and view.work.party in request.actor.parties else int(request.party.pk)
    taken = attachments.recognise(file.name or "", file.read())
    return str(attachments.keep(taken, request.actor.person_id, party)["sha256"])


@require_GET
@page
def paper(request: Any, case_id: int, sha256: str) -> HttpResponse:
    """A file that was attached to this declaration."""
    _view(request, case_id)
    held = Paper.objects.filter(case_id=case_id, sha256=sha256).first()
    if held is None:
        raise Http404
    return files.send_bytes(sha256, held.name or "file")
