"""Required documents: from goods, origin, packing and date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from jinzhi.supervision.declarations.requirements import Requirement, inspection_classes, requirements, rules
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.lookup import lookup
from jinzhi.supervision.declarations.tests.test_review import beef

ON = dt.date(2011, 11, 23)


def needs(on: dt.date = ON, **line: Any) -> dict[str, Requirement]:
    payload = beef()
    payload["lines"] = [payload["lines"][0] | line]
    return {r.code: r for r in requirements(Declaration.model_validate(payload), on, lookup())}


def test_beef_from_brazil_asks_for_five() -> None:
    found = needs()
    assert list(found) == [
        "commercial_papers", "no_wood_packing", "quarantine_permit", "veterinary_certificate", "producer_registration", "origin_certificate",
    ]  # fmt: skip
    assert all(r.satisfied for r in found.values())
    assert found["veterinary_certificate"].why.zh == "肉类，原产国 巴西"
    assert found["veterinary_certificate"].lines == (1,)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"hs_code": "1201901000"}, "gmo_safety"), ({"hs_code": "9503002100"}, "ccc"), ({"hs_code": "3304990029"}, "cosmetics_record"),
        ({"is_waste": True}, "waste_environment"), ({"package_kind": "4C"}, "wood_packing_mark"), ({"hs_code": "3208100010"}, "paint_record"),
        ({"hs_code": "4407112000"}, "phytosanitary_certificate"), ({"hs_code": "0102290000"}, "animal_certificate"),
    ],
)  # fmt: skip
def test_rule_asks_and_is_not_satisfied(line: dict[str, Any], code: str) -> None:
    found = needs(**line)[code]
    assert not found.satisfied
    assert found.any_of == found.missing


def test_dates_of_rules() -> None:
    assert "producer_registration" not in needs(dt.date(2008, 1, 1))
    assert "producer_registration_dairy" in needs(dt.date(2014, 6, 1), hs_code="0402210000")
    assert "producer_registration_dairy" not in needs(hs_code="0402210000")


def test_lines_are_named_together() -> None:
    payload = beef()
    payload["lines"] = payload["lines"] * 3
    payload["lines"][1] = payload["lines"][1] | {"producer_no": ""}
    found = {r.code: r for r in requirements(Declaration.model_validate(payload), ON, lookup())}
    assert found["quarantine_permit"].lines == (1, 2, 3)
    assert not found["producer_registration"].satisfied


def test_inspection_classes_of_the_direction() -> None:
    entry = lookup().get("hs", "0202300090")
    assert [c.code for c in inspection_classes(entry)] == ["P", "R"]
    assert [c.code for c in inspection_classes(entry, "export")] == ["Q", "S"]
    assert inspection_classes(None) == []


def test_every_rule_names_documents_of_the_lists() -> None:
    for rule in rules():
        for wanted in (*rule.any_of, *rule.all_of):
            kind, _, code = wanted.partition(":")
            assert kind == "field" or lookup().get(f"declarations.{kind}_kinds", code), wanted
