"""Goods whose currency has no rate are not free of charge: their fee waits for a person."""

from __future__ import annotations

import pytest
from django.db import connection

from jinzhi.kernel import time
from jinzhi.kernel.cases.queries import read_works
from jinzhi.supervision.declarations.models import ExchangeRate
from jinzhi.supervision.declarations.tests.office_world import NOW, Bureau

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> Bureau:
    from jinzhi.kernel.orgs import queries

    queries.forget_orgs()
    with time.at(NOW):
        return Bureau()


def test_without_a_rate_the_fee_is_for_a_person(bureau: Bureau) -> None:
    """Accepted by hand in spite of the doubt: the fee checker finds it, nothing is released unpaid."""
    from jinzhi.kernel.cases import engine

    with time.at(NOW):
        ExchangeRate.objects.all().delete()
        sent = bureau.send(4, doubtful=True)
        engine.advance([engine.Move(c) for c in sent], "accept", actor=bureau.cast.one("380100", "clerk"))
        lanes = [lane.state for work in read_works(sent).values() for lane in work.lanes.values() if lane.track == "fee"]
        assert set(lanes) == {"fee_checking"}, lanes
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from declarations_feeline where case_id = any(%s) and amount < 0", [sent])
            assert cursor.fetchone() == (0,)
