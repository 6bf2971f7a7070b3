"""A country's worth of cases beside the real ones: rows made in the database, as the owner, for pages to be measured over."""

from __future__ import annotations

import psycopg

_CASES = """
insert into case_ (id, number, process_version, process, state, phase, version, org_path, party_id, facts, seq, head, opened_at, updated_at, closed_at)
select 100000000 + n, 'M' || lpad(n::text, 14, '0'), v.id, v.code, case when n % 10 = 0 then 'manual_review' else 'archived' end,
  case when n % 10 = 0 then 1 else 2 end, 1, o.path, null, '{}', 1, ''::bytea, now() - n * interval '30 seconds', now() - n * interval '30 seconds',
  case when n % 10 = 0 then null else now() end
from generate_series(1, %s) n
join lateral (select path from bureaus offset (n / 10) % (select count(*) from bureaus) limit 1) o on true
cross join (select id, code from process_version order by effective desc limit 1) v
"""
_ROWS = """
insert into case_row (case_id, process, number, title, party, amount, columns, state, phase, org_path, due, opened_at)
select id, process, number, '冷冻去骨牛肉', '宁波测试食品有限公司', 24180, '{"unit": "035", "origin": "BR", "port": "CNNGB"}', state, phase, org_path,
  opened_at + interval '40 days', opened_at from case_ where id > 100000000
"""
_LANES = """
insert into lane (case_id, track, no, key, holder, state, since) select id, 'main', 1, '', org_path, state, opened_at from case_ where id > 100000000
"""
_DUTIES = """
insert into duty (case_id, slot, role, org_path, process, state, due, opened_at)
select id, 'main.1', 'clerk', org_path, process, state, opened_at + interval '40 days', opened_at from case_ where id > 100000000 and phase = 1
"""


def load(owner: psycopg.Connection, number: int) -> None:
    """``number`` cases over every bureau and branch, one in ten open with a duty of a clerk."""
    owner.execute("create temp table bureaus as select path from orgs_org where level in ('bureau', 'branch', 'office') order by path")
    for statement in (_CASES.replace("%s", str(number)), _ROWS, _LANES, _DUTIES):
        owner.execute(statement)  # type: ignore[arg-type]
    for table in ("case_", "case_row", "lane", "duty", "event"):
        owner.execute(f"vacuum analyze {table}")  # type: ignore[arg-type]
