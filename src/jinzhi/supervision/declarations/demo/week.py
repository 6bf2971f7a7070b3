"""Days of work at the demonstration bureau: declarations come in, officers take what is due and leave some of it for tomorrow.

Everything goes through the engine in batches, at the time it is said to have happened.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from jinzhi.kernel import bulk, time
from jinzhi.kernel.cases import engine
from jinzhi.kernel.codes import lists
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.demo.people import GOODS_SECTION, Cast
from jinzhi.supervision.declarations.goods import class_of
from jinzhi.supervision.declarations.models import FeeLine, Goods, InspectionItem, Message
from jinzhi.supervision.declarations.receipts import PROCESS
from jinzhi.supervision.declarations.records import (
    CertificateDraft,
    FieldRecord,
    Finding,
    ItemResult,
    LabResults,
    Payment,
    Sample,
    TreatmentRecord,
)
from jinzhi.supervision.declarations.schema import Declaration

DAYS = [dt.date(2011, 11, d) for d in (16, 17, 18, 21, 22, 23)]
OLD = dt.date(2011, 10, 12)
NOW = dt.datetime(2011, 11, 23, 10, 42, tzinfo=time.ZONE)
Build = Callable[[int, str], dict[str, Any] | None]


class Week:
    """Makes the week; ``rng`` decides what is done today and what stays, the same for the same seed."""

    def __init__(self, cast: Cast, count: int, progress: Callable[[str], None], seed: int = 2011) -> None:
        self.cast, self.count, self.progress = cast, count, progress
        self.rng = random.Random(seed)  # noqa: S311  a demonstration must be the same every time
        self.serial = 0

    def run(self) -> None:
        old = max(10, self.count // 40)
        self.declare(OLD, old)
        self.day(OLD, share=0.4)
        for offset in (1, 2):
            self.day(OLD + dt.timedelta(days=offset), share=0.5)
        with time.at(dt.datetime(2011, 11, 15, 8, 0, tzinfo=time.ZONE)):
            while engine.run_due(500):
                pass
        per_day = (self.count - old) // len(DAYS)
        for index, day in enumerate(DAYS):
            number = per_day if index < len(DAYS) - 1 else self.count - old - per_day * (len(DAYS) - 1)
            self.declare(day, number)
            self.day(day, share=0.85, until=NOW if day == DAYS[-1] else None)
            self.progress(f"{day} {number} 票 declarations")
        with time.at(NOW):
            engine.run_due(500)

    # -- what happens ------------------------------------------------------------------------------------------------

    def declare(self, day: dt.date, number: int) -> None:
        """The day's declarations arrive between 8 and 9."""
        branches = ["380100"] * 6 + ["380200"] * 2 + ["380300"] * 2
        drafts, messages = [], []
        agency = [e for e in self.cast.enterprises if e.declarant]
        for payload in sample.declarations(number, seed=2011 + self.serial, who=self.cast.enterprises, on=day, organisations=branches):
            self.serial += 1
            payload["enterprise_number"] = f"{day:%Y%m%d}-{self.serial:05d}"
            payload["bill_of_lading"] = f"{payload['bill_of_lading'][:10]}{self.serial:06d}" if "demo" not in payload else payload["bill_of_lading"]
            org = org_by_code(payload["organisation"])
            assert org is not None
            by = next((e for e in agency if e.code == payload["consignee_code"]), agency[self.serial % 12])
            party = self.cast.parties[by.code]
            if by.code != payload["consignee_code"] and self.serial % 9:  # one in nine agents forgets the authorisation
                payload["attachments"].append({"kind": "101039", "number": f"WT{self.serial:05d}", "name": "报检委托书"})
            drafts.append(engine.Draft(PROCESS, org.path, party, {"declaration": Declaration.model_validate(payload)}))
            messages.append({"declarant_id": party, "enterprise_number": payload["enterprise_number"], "version": 1, "digest": f"{self.serial:064d}"})
        moment = dt.datetime.combine(day, dt.time(8, 5), time.ZONE)
        for start in range(0, len(drafts), 100):
            with time.at(moment + dt.timedelta(minutes=start // 20)):
                results = engine.open_cases(drafts[start : start + 100], "send", actor=self.cast.agent)
            rows = [m | {"case_id": r.case, "received_at": moment.isoformat()} for m, r in zip(messages[start : start + 100], results, strict=True) if r.ok]
            bulk.insert(Message, rows)

    def day(self, day: dt.date, share: float, until: dt.datetime | None = None) -> None:
        """The rounds of one day: each act on a share of what waits for it."""
        for hour, minute, action, state, part in ROUNDS:
            moment = dt.datetime.combine(day, dt.time(hour, minute), time.ZONE)
            if until is not None:
                moment = dt.datetime.combine(day, dt.time(8, 40), time.ZONE) + dt.timedelta(minutes=5 * (hour - 9) + minute // 12)
            with time.at(moment):
                self.act(action, state, part * share)

    def act(self, action: str, state: str, share: float) -> None:
        for actor, moves in self._moves(action, state, share):
            for start in range(0, len(moves), 250):
                results = engine.advance(moves[start : start + 250], action, actor=actor)
                wrong = [r for r in results if not r.ok and r.refusals[0].code not in ("items_missing", "needs", "check_begun", "wrong_state", "withdrawal_open")]
                if wrong:
                    raise RuntimeError(f"demo: {action} refused: {wrong[0].refusals[0]}")

    def _standing(self, state: str) -> list[tuple[int, int, str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select l.case_id, l.no, l.holder from lane l join case_ c on c.id = l.case_id where l.state = %s and c.phase = 1 order by 1, 2", [state]
            )
            return cursor.fetchall()

    def _moves(self, action: str, state: str, share: float) -> Iterator[tuple[Actor, list[engine.Move]]]:
        chosen = [row for row in self._standing(state) if self.rng.random() < share]
        if not chosen:
            return
        build = self.scripts([row[0] for row in chosen]).of(action)
        groups: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for case_id, no, holder in chosen:
            parts = holder.rstrip("/").split("/")
            branch = next((p for p in parts if p in ("380100", "380200", "380300")), "380100")
            groups.setdefault((branch, parts[-1]), []).append((case_id, no))
        for (branch, place), rows in groups.items():
            for actor in self._actors(action, branch, place):
                moves = [engine.Move(case_id, no, data=data) for case_id, no in rows if (data := build(case_id, place)) is not None]
                if moves:
                    yield actor, moves

    def scripts(self, ids: list[int]) -> Scripts:
        """Who writes the forms."""
        return Scripts(self, ids)

    def _actors(self, action: str, branch: str, place: str) -> list[Actor]:
        role = WHO[action]
        if role == "declarant":
            return [self.cast.agent]
        if role == "analyst":
            return [self.cast.one("380000", role, self.rng.randrange(2))]
        if role in ("section_head", "lead_inspector", "inspector"):
            inspectors = self.cast.officers.get((place, role), [])
            return inspectors[:2] if action in ("record_field", "confirm_gone") else inspectors[-1:]
        return [self.cast.one(branch, role, self.rng.randrange(3))]


# hour, minute, action, lane state, share of what waits
ROUNDS: list[tuple[int, int, str, str, float]] = [
    (9, 10, "accept", "manual_review", 0.7), (9, 30, "return", "manual_review", 0.3), (9, 40, "decline", "manual_review", 0.1),
    (10, 0, "confirm_fee", "fee_checking", 0.95), (10, 15, "report_payment", "fee_due", 0.3), (10, 30, "take_payment", "fee_due", 0.8),
    (10, 40, "take_payment", "fee_reported", 0.7), (11, 0, "sign_release", "release_wait", 0.95),
    (11, 10, "ask_withdrawal", "awaiting_contact", 0.01), (11, 20, "grant_withdrawal", "withdrawal_asked", 0.6),
    (13, 0, "arrange", "awaiting_contact", 0.85), (13, 20, "dispatch", "to_dispatch", 0.95), (13, 40, "appoint", "assigned", 0.95),
    (14, 0, "record_field", "to_field", 0.8), (14, 40, "take_samples", "examined", 0.9), (15, 0, "record_results", "in_lab", 0.6),
    (15, 20, "order_treatment", "examined", 0.02), (15, 30, "give_verdict", "examined", 0.95), (15, 50, "propose_evaluation", "evaluating", 0.95),
    (15, 55, "propose_evaluation", "judging_papers", 0.9), (16, 5, "approve_evaluation", "evaluated", 0.9), (16, 15, "order_disposal", "unfit", 0.7),
    (16, 20, "report_disposal", "disposing", 0.4), (16, 25, "confirm_gone", "disposal_check", 0.5), (16, 30, "draft_certificate", "drafting", 0.9),
    (16, 40, "sign_certificate", "to_sign", 0.9), (16, 50, "issue_certificate", "to_issue", 0.9), (17, 0, "archive", "certified", 0.4),
]  # fmt: skip
WHO = {
    "accept": "clerk", "return": "clerk", "decline": "clerk", "confirm_fee": "fee_checker", "take_payment": "cashier", "report_payment": "declarant", "sign_release": "certifier",
    "ask_withdrawal": "declarant", "grant_withdrawal": "clerk", "arrange": "declarant", "dispatch": "clerk", "appoint": "section_head",
    "record_field": "inspector", "take_samples": "inspector", "record_results": "analyst", "order_treatment": "inspector", "give_verdict": "inspector",
    "propose_evaluation": "lead_inspector", "approve_evaluation": "section_head", "order_disposal": "lead_inspector", "report_disposal": "declarant",
    "confirm_gone": "lead_inspector", "draft_certificate": "lead_inspector", "sign_certificate": "signatory", "issue_certificate": "certifier",
    "archive": "archivist",
}  # fmt: skip


class Scripts:
    """What is written into each act's form, from what the cases hold; None where the act does not fit this case."""

    def __init__(self, week: Week, ids: list[int]) -> None:
        self.week, self.ids, self.rng = week, ids, week.rng
        self.now = time.now()

    def of(self, action: str) -> Build:
        return getattr(self, f"_{action}", self._plain)()

    def _plain(self) -> Build:
        return lambda case_id, place: {}

    def _reasons(self, text: str) -> Build:
        return lambda case_id, place: {"reasons": text}

    def _return(self) -> Any:
        return self._reasons("装箱单与提单件数不一致，核对后重新发送")

    def _decline(self) -> Any:
        return self._reasons("货物不属于本局受理范围")

    def _ask_withdrawal(self) -> Any:
        return self._reasons("客户取消订单，货物退回")

    def _arrange(self) -> Any:
        day = self.now.date() + dt.timedelta(days=1)
        return lambda case_id, place: {"goods_place": "北仑四期堆场", "available_on": day, "contact": "周师傅 0574-86770011"}

    def _dispatch(self) -> Any:
        classes: dict[int, str] = {}
        for case_id, hs in Goods.objects.filter(case_id__in=self.ids, no=1).values_list("case_id", "hs_code"):
            classes[case_id] = class_of(hs, lists.get("hs", hs)).code
        owners = self._owners()

        def build(case_id: int, place: str) -> dict[str, Any]:
            branch = owners[case_id]
            first = f"{branch[:4]}{GOODS_SECTION.get(classes.get(case_id, ''), 'HK')}" if branch == "380100" else f"{branch[:4]}ZH"
            departments = [first]
            if branch == "380100" and self.rng.random() < 0.12:
                departments += [f"{branch[:4]}DZ"] if not first.endswith("DZ") else [f"{branch[:4]}SP"]
            return {"departments": departments, "lead_department": first}

        return build

    def _owners(self) -> dict[int, str]:
        with connection.cursor() as cursor:
            cursor.execute("select id, org_path from case_ where id = any(%s)", [self.ids])
            return {case_id: path.rstrip("/").rsplit("/", 1)[-1] for case_id, path in cursor.fetchall()}

    def _appoint(self) -> Any:
        return lambda case_id, place: {"inspectors": [a.person_id for a in self.week.cast.officers[(place, "inspector")][:2]]}

    def _items(self, kind: str) -> dict[int, list[InspectionItem]]:
        found: dict[int, list[InspectionItem]] = {}
        for item in InspectionItem.objects.filter(case_id__in=self.ids, kind=kind):
            found.setdefault(item.case_id, []).append(item)
        return found

    def _result(self, item: InspectionItem, bad: float) -> ItemResult:
        unfit = random.Random(f"{item.case_id}.{item.no}").random() < bad  # noqa: S311
        if item.low is None and item.high is None:
            if "不得检出" in item.limit_text or "未检出" in item.limit_text:
                return ItemResult(no=item.no, result="检出" if unfit else "未检出", fit=not unfit)
            return ItemResult(no=item.no, result="不符合要求" if unfit else "符合要求", fit=not unfit)
        if item.high is not None:
            value = item.high * Decimal("1.6") if unfit and item.high > 0 else item.high - abs(item.high) * Decimal("0.07")
            if item.low is not None and not unfit:
                value = (item.low + item.high) / 2
        else:
            value = (item.low or Decimal(0)) * (Decimal("0.5") if unfit else Decimal("1.2"))
        return ItemResult(no=item.no, result=f"{value.normalize():f}", fit=None)

    def _record_field(self) -> Any:
        items = self._items("field")

        def build(case_id: int, place: str) -> dict[str, Any]:
            record = FieldRecord(
                examined_at=self.now - dt.timedelta(minutes=30), place="北仑四期堆场", packages_opened=5,
                items=[self._result(i, 0.012) for i in items.get(case_id, [])],
            )  # fmt: skip
            return {"field_record": record}

        return build

    def _take_samples(self) -> Any:
        open_items = {i.case_id for i in InspectionItem.objects.filter(case_id__in=self.ids, kind="lab", fit__isnull=True)}
        return lambda case_id, place: {"samples": [Sample(line=1, quantity="1 千克", seal=f"NB{case_id:07d}")]} if case_id in open_items else None

    def _record_results(self) -> Any:
        items = self._items("lab")
        return lambda case_id, place: {
            "lab_results": LabResults(report_no=f"JS2011-{case_id:06d}", items=[self._result(i, 0.01) for i in items[case_id]])
        }  # fmt: skip

    def _order_treatment(self) -> Any:
        treaters = [self.week.cast.parties[e.code] for i, e in enumerate(self.week.cast.enterprises, start=1) if i % 100 == 7]
        kind = lists.entries("declarations.treatments")[0].code
        by = self.now.date() + dt.timedelta(days=3)
        return lambda case_id, place: {"treatment_unit": treaters[case_id % len(treaters)], "treatment_kind": kind, "treatment_by": by}

    def _report_treatment(self) -> Any:
        record = TreatmentRecord(agent="溴甲烷", dosage="48 g/m³", started_at=self.now - dt.timedelta(hours=26), ended_at=self.now - dt.timedelta(hours=2))
        return lambda case_id, place: {"treatment_record": record}

    def _unfit(self) -> set[int]:
        return set(InspectionItem.objects.filter(case_id__in=self.ids, fit=False).values_list("case_id", flat=True))

    def _give_verdict(self) -> Any:
        waiting = set(InspectionItem.objects.filter(case_id__in=self.ids, fit__isnull=True).values_list("case_id", flat=True))
        unfit = self._unfit()

        def build(case_id: int, place: str) -> dict[str, Any] | None:
            if case_id in waiting:
                return None
            if case_id not in unfit:
                return {"lane_verdict": "qualified"}
            return {"lane_verdict": "unqualified", "findings": [Finding(found_in="goods", text="检测结果超出限量", line=1)]}

        return build

    def _propose_evaluation(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("select case_id from lane where case_id = any(%s) and facts->>'lane_verdict' = 'unqualified'", [self.ids])
            unfit = {row[0] for row in cursor.fetchall()}
        return lambda case_id, place: {
            "verdict": "unqualified" if case_id in unfit else "qualified",
            "verdict_basis": "国家技术规范的强制性要求",
        }

    def _order_disposal(self) -> Any:
        by = self.now.date() + dt.timedelta(days=15)
        return lambda case_id, place: {"disposal_kind": ("return", "destroy", "treat")[case_id % 3], "disposal_by": by}

    def _report_disposal(self) -> Any:


        proof = blobs.put("退运报关单复印件（演示）".encode(), "text/plain")
        blobs.note_upload([proof], self.week.cast.agent.person_id)
        return lambda case_id, place: {"disposal_proof": [proof]}

    def _confirm_gone(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("select id from case_ where id = any(%s) and facts->>'disposal_kind' in ('return', 'destroy')", [self.ids])
            gone = {row[0] for row in cursor.fetchall()}
        return lambda case_id, place: {"disposal_record": "已监督退运或销毁，现场核对数量一致"} if case_id in gone else None

    def _draft_certificate(self) -> Any:
        text = CertificateDraft(
            result_zh="上述货物业经检验检疫合格，准予销售、使用。", result_en="The goods described above have been inspected and found qualified; they may be sold or used."
        )
        return lambda case_id, place: {"certificate_text": text}

    def _report_payment(self) -> Any:
        day = self.now.date()
        return lambda case_id, place: {"paid_by": "transfer", "paid_reference": f"BK{case_id:08d}", "paid_on": day}

    def _take_payment(self) -> Any:
        totals: dict[int, Decimal] = {}
        for case_id, amount in FeeLine.objects.filter(case_id__in=self.ids).values_list("case_id", "amount"):
            totals[case_id] = totals.get(case_id, Decimal(0)) + amount
        return lambda case_id, place: {"payment": Payment(amount=totals[case_id], method="transfer", reference=f"BK{case_id:08d}")}
