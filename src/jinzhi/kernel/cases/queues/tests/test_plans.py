"""Every list uses its index at 50,000 rows: nothing is read whole, nothing large is sorted, whoever asks and in whatever order."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from jinzhi.kernel import time
from jinzhi.kernel.cases.queues.conditions import Conditions, Value
from jinzhi.kernel.cases.queues.plan import WALK
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import dog_module  # noqa: F401  (a fixture)
from jinzhi.kernel.orgs.actors import Actor, Grant

MOMENT = dt.datetime(2011, 11, 23, 10, 0, tzinfo=time.ZONE)
ROWS = 50_000
FEW = 3_000
"""What may be sorted, or read without an index by a count that ends at 500."""
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

_MAKE = """
insert into case_ (id, process_version, process, state, phase, version, org_path, party_id, facts, seq, head, opened_at, updated_at, closed_at)
select 6000000 + n, {v}, 'dogs.licence', 'asked', case when n % 10 < 8 then 1 else 2 end, 1,
  '000000/' || lpad((110000 + (n * 7919) % 40 * 10000)::text, 6, '0') || '/', 70 + n % 9000, '{{}}', 0, '', t.at, t.at, case when n % 10 < 8 then null else t.at end
from generate_series(1, {n}) n cross join lateral (select timestamptz '2011-11-23 10:00+08' - (50000 - n) * interval '1 hour' as at) t;
insert into case_row (case_id, process, title, party, party_id, amount, columns, state, phase, org_path, due, opened_at, words)
select id, process, '犬证', '某人', party_id, id % 500, jsonb_build_object('weight', id % 60), state, phase, org_path, opened_at, opened_at,
  array_to_tsvector(case when id % 2000 = 0 then array['犬证', '罕见'] else array['犬证'] end)
from case_ where id > 6000000;
insert into duty (case_id, slot, role, org_path, process, state, party_id, assignee, due, opened_at)
select id, 'main.1', (array['clerk', 'vet', 'head'])[1 + id % 3], org_path, process, state, case when id % 7 = 0 then party_id end,
  case when id % 7 <> 0 and id % 2 = 0 then 900000 + id % 20 end, timestamptz '2011-11-23 10:00+08' + ((id * 104729) % 9000 - 800) * interval '20 minutes', opened_at
from case_ where id > 6000000 and phase = 1;
"""


@pytest.fixture
def country(dog_module: None, owner_connection: psycopg.Connection) -> Iterator[None]:  # noqa: F811
    (version,) = owner_connection.execute("select max(id) from process_version where code = %s", [dogs.CODE]).fetchone() or (0,)
    owner_connection.execute(_MAKE.format(v=version, n=ROWS))  # type: ignore[arg-type]
    for table in ("case_", "case_row", "duty"):
        owner_connection.execute(f"vacuum analyze {table}")  # type: ignore[arg-type]
    with time.at(MOMENT):
        yield


class Plans:
    """Explains what Django sends, with what it really did."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith("select") and (" duty " in sql or "case_row" in sql):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("explain (analyze, format json) " + sql, params)
                (told,) = cursor.fetchone()
            self.found.append((sql, (told if isinstance(told, list) else json.loads(told))[0]["Plan"]))
        return execute(sql, params, many, context)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


CLERK = Actor(900_003, "clerk", (Grant("clerk", "000000/120000/"), Grant("vet", "000000/310000/")))
NATION = Actor(900_004, "nation", (Grant("head", "000000/"), Grant("clerk", "000000/"), Grant("vet", "000000/")))
PARTY = Actor(900_005, "party", parties=frozenset({77}))
_VALUE = (Value("weight", 10, 12),)
SHAPES: list[tuple[str, Actor, Conditions]] = [
    *[(kind, actor, Conditions(sort=sort)) for kind in ("mine", "group", "all", "waiting") for actor in (CLERK, NATION) for sort in ("", "new")],
    *[("cases", actor, Conditions(sort=sort)) for actor in (CLERK, NATION, PARTY) for sort in ("", "old")],
    ("party", PARTY, Conditions()),
    ("all", NATION, Conditions(role="vet")), ("all", NATION, Conditions(assignee="900006")), ("all", NATION, Conditions(org="310000")),
    ("all", NATION, Conditions(due="late")), ("all", NATION, Conditions(states=("asked",), process=dogs.CODE)), ("all", NATION, Conditions(text="罕见")),
    ("all", NATION, Conditions(text="犬证")), ("all", NATION, Conditions(party=77)), ("all", NATION, Conditions(process=dogs.CODE, values=_VALUE)),
    ("all", NATION, Conditions(opened_from=dt.date(2009, 1, 1), opened_to=dt.date(2009, 1, 5))), ("cases", NATION, Conditions(phase="closed")),
    ("cases", NATION, Conditions(opened_from=dt.date(2009, 1, 1), opened_to=dt.date(2009, 1, 5))), ("cases", NATION, Conditions(text="罕见")),
    ("cases", CLERK, Conditions(text="犬证", states=("asked",))), ("cases", NATION, Conditions(party=77)), ("waiting", NATION, Conditions(org="310000")),
]  # fmt: skip


def test_every_shape_of_a_list_uses_its_index(country: None) -> None:
    wrong = []
    for kind, actor, c in SHAPES:
        plans = Plans()
        with connection.execute_wrapper(plans):
            found = List(kind, actor, c)
            page = found.page(limit=50)
            if page.after:
                second = found.page(after=page.after, limit=50)
                found.page(before=second.before, limit=50)
            found.count()
        assert plans.found
        for sql, plan in plans.found:
            for node in nodes(plan):
                kind_of, table = node["Node Type"], node.get("Relation Name")
                passed = (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)) * node.get("Actual Loops", 1)
                if table in ("duty", "case_row", "case_") and passed > (FEW if kind_of == "Seq Scan" else WALK):
                    wrong.append(f"{kind} {actor.name} {c}: passes over {passed} rows of {table} by {kind_of}\n{sql}")
                if kind_of == "Sort" and passed > FEW:
                    wrong.append(f"{kind} {actor.name} {c}: sorts {passed}\n{sql}")
    assert not wrong, "\n".join(wrong)
