"""On whom a document is served stands with it from its issue, and its service is recorded once."""

from __future__ import annotations

import datetime as dt

import pytest

from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.documents.service import serve, services
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db


def test_a_document_knows_its_party_and_its_service(town: Town) -> None:
    (case,) = town.ask(8)
    town.do("accept", town.clerk, case, vaccinated=True)
    assert town.do("grant", town.head, case)[0].ok
    (licence,) = documents.for_case(case)
    (row,) = services([licence.pk])[licence.pk]
    assert (row.party_id, row.role, row.served_on) == (77, "owner", None)
    wrong = [
        ({"party_id": 78, "way": "mail", "on": today()}, "service_party"), ({"party_id": 77, "way": "pigeon", "on": today()}, "service_way"),
        ({"party_id": 77, "way": "mail", "on": today() + dt.timedelta(days=1)}, "service_day"),
    ]  # fmt: skip
    for given, code in wrong:
        with pytest.raises(Refused) as refused:
            serve(licence.pk, actor=town.clerk, **given)  # type: ignore[arg-type]
        assert refused.value.refusals[0].code == code
    serve(licence.pk, 77, way="mail", on=today(), actor=town.clerk, receipt="ab" * 32)
    (row,) = services([licence.pk])[licence.pk]
    assert (row.way, row.served_on, row.receipt, row.by) == ("mail", today(), "ab" * 32, town.clerk.person_id)
    with pytest.raises(Refused) as refused:
        serve(licence.pk, 77, way="mail", on=today(), actor=town.clerk)
    assert refused.value.refusals[0].code == "served"
