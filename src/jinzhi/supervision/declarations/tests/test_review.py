"""Machine review: one declaration in order, then each thing that can be wrong with it, at its field."""

from __future__ import annotations

import copy
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from jinzhi.kernel.codes.validators import container_check
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.review import EpidemicAlert, Facts, PermitFact, ReviewInput, ReviewResult, duplicate_key, review
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.lookup import lookup

ON = dt.date(2011, 11, 23)
Payload = dict[str, Any]


def beef() -> Payload:
    """Frozen beef from Brazil in one container, everything in order."""
    line = {
        "hs_code": "0202300090", "name_zh": "冷冻去骨牛肉", "name_en": "Frozen boneless beef", "origin_country": "BR", "quantity": "24180",
        "quantity_unit": "035", "net_weight": "24180", "gross_weight": "25209", "packages": 1209, "package_kind": "4G", "unit_price": "4.25",
        "value": "102765.00", "currency": "USD", "purpose": "12", "producer_no": "SIF 9217",
        "permits": [{"kind": "325", "number": "AP1", "quantity": "24180"}],
    }  # fmt: skip
    return {
        "enterprise_number": "E1", "organisation": "380000", "consignee_code": who(), "consignee_name_zh": "宁波海沐瑞食品有限公司",
        "consignor_name": "Corvale Foods Ltda", "consignor_country": "BR", "trade_mode": "11", "contract_no": "C1", "bill_of_lading": "DSLXBR4471902",
        "trade_country": "BR", "despatch_country": "BR", "despatch_port": "BRSSZ", "arrival_port": "CNNGB", "entry_port": "CNNGB",
        "transport_mode": "1", "transport_name": "XIN YU LAN", "despatched_on": "2011-10-20", "arrived_on": "2011-11-21",
        "unloaded_on": "2011-11-22", "total_value": "102765.00", "total_currency": "USD", "lines": [line],
        "containers": [{"number": "DSLU1234561", "kind": "121", "shares": [{"line": 1, "weight": "24180"}]}],
        "attachments": [{"kind": k} for k in ("101001", "101002", "101004", "101005", "101006", "101010")],
        "certificates": [{"kind": "21"}],
    }  # fmt: skip


def who() -> str:
    return sample.enterprises(1)[0].code


PERMIT = PermitFact("325", "AP1", D(32000), frozenset({who()}), ("0202",), frozenset({"BR"}), dt.date(2011, 6, 1), dt.date(2011, 12, 31))
FACTS = Facts(frozenset({who()}), {"USD": D("6.3570")}, {("325", "AP1"): PERMIT})


def result(payload: Payload, facts: Facts = FACTS, **options: Any) -> ReviewResult:
    return review([ReviewInput(Declaration.model_validate(payload), options.pop("on", ON), facts, **options)], lookup())[0]


def container() -> str:
    return "DSLU123456" + container_check("DSLU123456")


@pytest.fixture
def good() -> Payload:
    payload = beef()
    payload["containers"][0]["number"] = container()
    return payload


def test_all_in_order_is_fit(good: Payload) -> None:
    answer = result(good)
    assert (answer.outcome, answer.findings) == ("fit", ())


def line(**values: Any) -> Callable[[Payload], None]:
    return lambda p: p["lines"][0].update(values)


def head(**values: Any) -> Callable[[Payload], None]:
    return lambda p: p.update(values)


def drop(*kinds: str) -> Callable[[Payload], None]:
    return lambda p: p.update(attachments=[a for a in p["attachments"] if a["kind"] not in kinds])


def box(**values: Any) -> Callable[[Payload], None]:
    return lambda p: p["containers"][0].update(values)


@pytest.mark.parametrize(
    ("change", "code", "field", "outcome"),
    [
        (head(kind="77"), "code.unknown", "kind", "faulty"),
        (head(kind="24"), "kind.direction", "kind", "faulty"),
        (head(kind="14"), "kind.destination", "destination", "faulty"),
        (head(kind="15"), "kind.verification", "kind", "faulty"),
        (head(organisation=""), "code.missing", "organisation", "faulty"),
        (head(trade_mode="00"), "code.unknown", "trade_mode", "faulty"),
        (head(trade_country="ZZ"), "code.unknown", "trade_country", "faulty"),
        (head(entry_port="CNXXX"), "code.unknown", "entry_port", "faulty"),
        (head(entry_port="BRSSZ"), "port.country", "entry_port", "faulty"),
        (head(entry_port="CNPEK"), "port.mode", "entry_port", "faulty"),
        (head(despatch_port="AUBNE"), "port.despatch", "despatch_port", "doubtful"),
        (head(transport_name=""), "transport.name", "transport_name", "faulty"),
        (head(consignee_code="91330206MA28140011"), "consignee.code", "consignee_code", "faulty"),
        (head(consignee_code=sample.enterprises(2)[1].code), "consignee.unregistered", "consignee_code", "faulty"),
        (head(despatched_on="2011-11-22"), "date.order", "despatched_on", "faulty"),
        (head(unloaded_on="2011-11-20"), "date.order", "unloaded_on", "faulty"),
        (head(unloaded_on="2011-11-24"), "date.future", "unloaded_on", "faulty"),
        (head(arrived_on="2012-11-21", unloaded_on=None), "date.far", "arrived_on", "doubtful"),
        (head(arrived_on="2011-05-21", despatched_on=None, unloaded_on=None), "date.late", "arrived_on", "doubtful"),
        (head(claim_until="2011-11-01"), "date.order", "claim_until", "faulty"),
        (head(claim_until="2011-11-30"), "date.claim", "claim_until", "fit"),
        (head(bill_of_lading=""), "bill.missing", "bill_of_lading", "faulty"),
        (head(contract_no=""), "contract.missing", "contract_no", "faulty"),
        (head(total_value="102765.02"), "value.total", "total_value", "faulty"),
        (head(certificates=[{"kind": "21"}, {"kind": "24"}]), "certificate.contradiction", "certificates.1.kind", "faulty"),
        (line(hs_code="9999999999"), "hs.unknown", "lines.0.hs_code", "faulty"),
        (line(origin_country="BRA"), "code.unknown", "lines.0.origin_country", "faulty"),
        (line(purpose=""), "code.missing", "lines.0.purpose", "faulty"),
        (line(package_kind=""), "code.missing", "lines.0.package_kind", "faulty"),
        (line(gross_weight="24179"), "weight.net_gross", "lines.0.net_weight", "faulty"),
        (line(quantity="0"), "quantity.empty", "lines.0.quantity", "faulty"),
        (line(quantity="24.18"), "quantity.weight", "lines.0.quantity", "faulty"),
        (line(quantity_unit="011", quantity="1209"), "quantity.unit", "lines.0.quantity_unit", "faulty"),
        (line(unit_price="4.35"), "value.price", "lines.0.value", "doubtful"),
        (line(currency="EUR"), "rate.missing", "lines.0.currency", "doubtful"),
        (line(produced_on="2011-11-01"), "date.produced", "lines.0.produced_on", "faulty"),
        (line(producer_no=""), "document.producer_registration", "lines.0.permits", "faulty"),
        (line(permits=[]), "document.quarantine_permit", "lines.0.permits", "faulty"),
        (line(permits=[{"kind": "325", "number": "AP2"}]), "permit.unknown", "lines.0.permits.0.number", "faulty"),
        (line(origin_country="AU"), "permit.origin", "lines.0.permits.0.number", "faulty"),
        (line(hs_code="0202200090"), "", "", "fit"),
        (line(hs_code="0303890090"), "permit.goods", "lines.0.permits.0.number", "faulty"),
        (line(permits=[{"kind": "325", "number": "AP1", "quantity": "32001"}]), "permit.balance", "lines.0.permits.0.quantity", "faulty"),
        (drop("101006"), "document.veterinary_certificate", "attachments", "faulty"),
        (drop("101004"), "document.commercial_papers", "attachments", "doubtful"),
        (box(number="DSLU1234567"), "container.number", "containers.0.number", "faulty"),
        (box(kind="000"), "code.unknown", "containers.0.kind", "faulty"),
        (box(shares=[{"line": 1, "weight": "24181"}]), "container.share", "containers.0.shares.0.weight", "faulty"),
        (box(shares=[{"line": 2, "weight": "1"}]), "container.line", "containers.0.shares.0.line", "faulty"),
        (box(shares=[{"line": 1, "weight": "20000"}]), "container.short", "lines.0.net_weight", "fit"),
        (lambda p: p["containers"].append(dict(p["containers"][0], shares=[])), "container.twice", "containers.1.number", "faulty"),
    ],
)  # fmt: skip
def test_each_fault_at_its_field(good: Payload, change: Callable[[Payload], None], code: str, field: str, outcome: str) -> None:
    change(good)
    answer = result(good)
    assert not code or (code, field) in [(f.code, f.field) for f in answer.findings]
    assert answer.outcome == outcome, answer.findings


def test_wood_packing_needs_the_mark_and_says_why(good: Payload) -> None:
    good["lines"][0]["package_kind"] = "4C"
    found = result(good).findings
    assert [f.code for f in found] == ["document.wood_packing_mark"]
    assert "第 1 行" in found[0].message.zh
    assert "document.fumigation_2002" not in [f.code for f in found]


def test_wood_packing_of_2004_from_japan_needs_fumigation(good: Payload) -> None:
    good["lines"][0] |= {"package_kind": "4C", "origin_country": "JP", "permits": []}
    good |= {"arrived_on": "2004-05-06", "despatched_on": "2004-05-01", "unloaded_on": None}
    assert "document.fumigation_2002" in [f.code for f in result(good, on=dt.date(2004, 5, 7)).findings]


def test_agent_needs_an_authorisation(good: Payload) -> None:
    assert [f.code for f in result(good, agent=True).findings] == ["document.authorisation"]


def test_certificate_that_no_line_calls_for(good: Payload) -> None:
    good["lines"][0] |= {"hs_code": "2601112000", "permits": [], "package_kind": "", "packages": 0}
    good["certificates"] = [{"kind": "18"}]
    assert ("certificate.category", "certificates.0.kind") in [(f.code, f.field) for f in result(good).findings]


def test_epidemic_area_against_origin(good: Payload) -> None:
    ban = EpidemicAlert("2011-99", Text("巴西口蹄疫", "Foot-and-mouth disease in Brazil"), "ban", frozenset({"BR"}), ("02",))
    assert result(good, replace(FACTS, alerts=[ban])).outcome == "faulty"
    assert result(good, replace(FACTS, alerts=[replace(ban, level="watch")])).outcome == "fit"
    assert result(good, replace(FACTS, alerts=[replace(ban, origins=frozenset({"AR"}))])).findings == ()
    assert result(good, replace(FACTS, alerts=[replace(ban, ends=dt.date(2011, 1, 1))])).findings == ()


def test_duplicate_of_one_on_record_and_within_the_batch(good: Payload) -> None:
    declaration = Declaration.model_validate(good)
    key = duplicate_key(declaration, declaration.lines[0])
    facts = replace(FACTS, duplicates={key: "380000111000042"}, permits=None)
    answer = result(good, facts)
    assert answer.outcome == "doubtful"
    assert "380000111000042" in answer.findings[0].message.zh
    assert result(good, facts, own_number="380000111000042").outcome == "fit"
    twice = [ReviewInput(declaration, ON, replace(FACTS, permits=None))] * 2
    assert [r.outcome for r in review(twice, lookup())] == ["fit", "doubtful"]


def test_faulty_declaration_is_no_earlier_one(good: Payload) -> None:
    bad = copy.deepcopy(good)
    bad["transport_name"] = ""
    batch = [ReviewInput(Declaration.model_validate(p), ON, FACTS) for p in (bad, good)]
    assert [r.outcome for r in review(batch, lookup())] == ["faulty", "fit"]


def test_permit_is_counted_down_through_the_batch(good: Payload) -> None:
    other = copy.deepcopy(good)
    other["bill_of_lading"] = "DSLXBR0000001"
    batch = [ReviewInput(Declaration.model_validate(p), ON, FACTS) for p in (good, other)]
    first, second = review(batch, lookup())
    assert (first.outcome, second.outcome) == ("fit", "faulty")
    assert second.findings[0].code == "permit.balance"
    assert "7,820.00" in second.findings[0].message.zh


def test_permit_expired_or_of_another(good: Payload) -> None:
    facts = replace(FACTS, permits={("325", "AP1"): replace(PERMIT, valid_to=dt.date(2011, 11, 1), holders=frozenset({"x"}))})
    assert {f.code for f in result(good, facts).findings} == {"permit.expired", "permit.holder"}


def test_total_in_another_currency_is_converted(good: Payload) -> None:
    good |= {"total_value": str(D(102765) * D("6.3570")), "total_currency": "CNY"}
    assert result(good).outcome == "fit"


def test_messages_follow_the_writing_style(good: Payload) -> None:
    good["lines"][0]["gross_weight"] = "6120"
    text = result(good).findings[0].message
    assert text.zh == "净重应小于毛重 6,120.00 千克"
    assert text.en == "The net weight should be less than the gross weight, 6,120.00 kg"


@pytest.mark.parametrize("seed", [1, 2011])
def test_every_sample_comes_out_as_it_was_made(seed: int) -> None:
    people = sample.enterprises(60, seed)
    made = list(sample.labelled(400, seed, people, faulty=0.3, doubtful=0.3))
    facts = Facts(frozenset(e.code for e in people), sample.rates(), sample.permits(people))
    answers = review([ReviewInput(Declaration.model_validate(m.payload), sample.DEMO_DAY, facts) for m in made], lookup())
    wrong = [(m.flaw, m.expected, a.outcome, a.findings) for m, a in zip(made, answers, strict=True) if m.expected != a.outcome]
    assert not wrong
    forbidden = ("非法", "无效", "不能为空", "请填", "请选", "!", "！")
    texts = [f.message for a in answers for f in a.findings]
    assert texts
    assert not [t for t in texts if any(word in t.zh for word in forbidden) or "invalid" in t.en or "{" in t.zh + t.en]


def test_speed() -> None:
    """A guard against accidents (a tenth of what one quiet core does), not a benchmark."""
    people = sample.enterprises(60)
    facts = Facts(frozenset(e.code for e in people), sample.rates(), sample.permits(people))
    given = [ReviewInput(Declaration.model_validate(p), sample.DEMO_DAY, facts) for p in sample.declarations(1000, 3, people, lines=1)]
    review(given[:10], lookup())
    started = time.perf_counter()
    review(given, lookup())
    assert time.perf_counter() - started < 1.0
