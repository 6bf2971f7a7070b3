"""Every body in the log is of the shape that its process version says."""

from __future__ import annotations

import jsonschema_rs
import pytest

from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.log.schemas import body_schema
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


def test_what_a_case_leaves_is_of_its_shape(town: Town) -> None:
    (case,) = town.ask(8)
    for action, who, data in (("send_back", town.clerk, {"reason": "缺照片"}), ("correct", town.owner, {"dog": "阿黄", "weight": 8}), ("accept", town.clerk, {"vaccinated": True}), ("grant", town.head, {})):
        for result in town.do(action, who, case, **data):
            assert result.ok, result.refusals
    process = queries.read_works([case])[case].process
    log = lists.log(case)
    assert len(log) >= 3
    for line in log:
        jsonschema_rs.validate(body_schema(process, line.action), line.data)


def test_another_shape_is_seen(town: Town) -> None:
    (case,) = town.ask(8)
    process = queries.read_works([case])[case].process
    for wrong in ({"data": {"dog": 5}}, {"data": {"cat": "x"}}, {"to": ["nowhere"]}, {"role": "vet"}, {"outcome": "x", "signers": [1]}):
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.validate(body_schema(process, "ask"), wrong)
    assert "properties" in body_schema(process, "~of_a_later_version")
    with pytest.raises(KeyError):
        body_schema(process, "nothing")
