"""The floor under the case kernel: bare SQL that writes the rows of the same acts into bare copies of the same tables.

One call an act (or a batch), durable commits, the same columns, indexes and fill factors, the same lengths of text. No lock, no version, no access
check, no hash, no trigger, no foreign key, no idempotency key: what nobody who writes these rows can be quicker than.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from psycopg import sql

from bench import _cases_module

if TYPE_CHECKING:
    import psycopg

    from bench._cases_drive import Run

TABLES = ("case_", "lane", "case_row", "duty", "clock", "event", "counter")

_FUNCTIONS = """
create function floor.open_many(ids bigint[], bodies text[], kept jsonb[], titles text[], hashes bytea[], now_ timestamptz, stage_due timestamptz,
  whole_due timestamptz, definition integer, kind text, place text, series text) returns void language plpgsql set search_path = floor as $$
declare before bigint; n integer := cardinality(ids);
begin
  insert into counter as k (prefix, last) values (series, n) on conflict on constraint counter_pkey do update set last = k.last + n
    returning k.last - n into before;
  insert into case_ (id, number, process_version, process, state, phase, version, org_path, party_id, facts, seq, head, opened_at, updated_at)
    select i, series || lpad((before + o)::text, 8, '0'), definition, kind, 'asked', 1, 1, place, 77, f, 1, h, now_, now_
    from unnest(ids, kept, hashes) with ordinality as u(i, f, h, o);
  insert into lane (case_id, track, no, key, holder, way, state, since, facts, assignees)
    select i, 'main', 1, '', place, '{}', 'asked', now_, '{}', '{}' from unnest(ids) as u(i);
  insert into duty (case_id, slot, role, org_path, process, state, due, opened_at)
    select i, 'main.1', 'clerk', place, kind, 'asked', stage_due, now_ from unnest(ids) as u(i);
  insert into clock (case_id, track, lane, name, round, binds, "limit", started_at, due)
    select i, 'main', 1, k.name, 1, 'organ', k.lim, now_, k.due from unnest(ids) as u(i),
      (values ('whole', '20wd', whole_due), ('at_asked', '5wd', stage_due)) as k(name, lim, due);
  insert into case_row (case_id, process, number, title, party, party_id, columns, state, phase, org_path, due, opened_at)
    select i, kind, series || lpad((before + o)::text, 8, '0'), t, '', 77, '{}', 'asked', 1, place, stage_due, now_
    from unnest(ids, titles) with ordinality as u(i, t, o);
  insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
    select i, 1, now_, 910001, 0, '', 'ask', 'main.1', gen_random_uuid()::text, b, h from unnest(ids, bodies, hashes) as u(i, b, h);
end $$;

create function floor.move_many(ids bigint[], bodies text[], kept jsonb[], hashes bytea[], nth integer, now_ timestamptz, stage_due timestamptz, kind text,
  place text, act text, before text, after text, next_role text, ends boolean) returns void language plpgsql set search_path = floor as $$
begin
  update case_ c set state = after, phase = case when ends then 2 else 1 end, version = c.version + 1, facts = u.f, seq = nth, head = u.h,
    updated_at = now_, closed_at = case when ends then now_ end from unnest(ids, kept, hashes) as u(i, f, h) where c.id = u.i;
  update lane l set state = after, since = now_ where l.case_id = any(ids) and l.track = 'main' and l.no = 1;
  update duty d set closed_at = now_ where d.case_id = any(ids) and d.slot = 'main.1' and d.closed_at is null;
  update clock k set stopped_at = now_
    where k.case_id = any(ids) and k.track = 'main' and k.lane = 1 and (k.name = 'at_' || before or ends) and k.stopped_at is null;
  if not ends then
    insert into duty (case_id, slot, role, org_path, process, state, due, opened_at)
      select i, 'main.1', next_role, place, kind, after, stage_due, now_ from unnest(ids) as u(i);
    insert into clock (case_id, track, lane, name, round, binds, "limit", started_at, due)
      select i, 'main', 1, 'at_' || after, 1, 'organ', '5wd', now_, stage_due from unnest(ids) as u(i);
  end if;
  update case_row r set state = after, phase = case when ends then 2 else 1 end, due = stage_due where r.case_id = any(ids);
  insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
    select i, nth, now_, 910002, 1, place, act, 'main.1', gen_random_uuid()::text, b, h from unnest(ids, bodies, hashes) as u(i, b, h);
end $$;
"""
_STATES = ("asked", "accepted", "examined", "reviewed", "decided", "sealed", "issued")
_ROLES = {"asked": "clerk", "accepted": "clerk", "examined": "reviewer", "reviewed": "head", "decided": "clerk", "sealed": "clerk", "issued": ""}
_STEPS = ("accept", "examine", "review", "decide", "seal", "issue")
_ORG = "000000/120000/"
HASH = "\\x" + "5a" * 32


def _numbers(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _texts(values: Iterable[str]) -> str:
    """An array as PostgreSQL reads it. Made by hand: psycopg's own way of dumping lists would cost the floor more than its rows."""
    return '{"' + '","'.join([v.replace("\\", "\\\\").replace('"', '\\"') for v in values]) + '"}'


class Floor:
    """Bare tables in a schema of their own and the two calls that fill them, over a connection of the owner."""

    def __init__(self, owner: psycopg.Connection, version: int) -> None:
        self.owner, self.version, self.next_id = owner, version, 0
        owner.prepare_threshold = 2
        make(owner)
        # planned while the tables are new, a function would keep a plan that reads them whole
        owner.execute("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off")

    def one_by_one(self, cases: int) -> Run:
        return self._drive(cases, 1)

    def batches(self, cases: int, size: int = 1000) -> Run:
        return self._drive(cases, size)

    def _drive(self, cases: int, size: int) -> Run:
        from bench._cases_drive import Run

        ids: list[int] = []
        took: list[float] = []
        clock = time.perf_counter
        began = clock()
        for first in range(0, cases, size):
            start = clock()
            part = [self.next_id + n + 1 for n in range(min(size, cases - first))]
            self.next_id = part[-1]
            self._open(part)
            took.append(clock() - start)
            for seq in range(2, 8):
                start = clock()
                self._move(part, seq)
                took.append(clock() - start)
            ids += part
        return Run(cases * 7, clock() - began, ids, [s * 1000 for s in took])

    def _open(self, ids: list[int]) -> None:
        at = dt.datetime.now(dt.UTC)
        body = msgspec.json.encode({"data": {"amount": "1250.50", "title": "测量申请 1234"}, "number": "P120000201100000001", "role": "applicant", "to": ["asked"]}).decode()
        facts = '{"title": "测量申请 1234", "amount": "1250.50", "applicant": 77}'
        n = len(ids)
        self.owner.execute(
            "select floor.open_many(%s::bigint[], %s::text[], %s::jsonb[], %s::text[], %s::bytea[], %s, %s, %s, %s, %s, %s, 'P1200002011')",
            [_numbers(ids), _texts([body] * n), _texts([facts] * n), _texts(["测量申请 1234"] * n), _texts([HASH] * n), at, at + dt.timedelta(days=7), at + dt.timedelta(days=28), self.version,
             _cases_module.CODE, _ORG],
        )  # fmt: skip

    def _move(self, ids: list[int], seq: int) -> None:
        at = dt.datetime.now(dt.UTC)
        before, after = _STATES[seq - 2], _STATES[seq - 1]
        body = msgspec.json.encode({"data": {"opinion": "材料齐全，符合规定，同意"}, "role": "clerk", "to": [after]}).decode()
        facts = '{"title": "测量申请 1234", "amount": "1250.50", "applicant": 77, "opinion": "材料齐全，符合规定，同意"}'
        n = len(ids)
        self.owner.execute(
            "select floor.move_many(%s::bigint[], %s::text[], %s::jsonb[], %s::bytea[], %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [_numbers(ids), _texts([body] * n), _texts([facts] * n), _texts([HASH] * n), seq, at, at + dt.timedelta(days=5), _cases_module.CODE, _ORG, _STEPS[seq - 2], before, after,
             _ROLES[after], seq == 7],
        )  # fmt: skip


def make(owner: psycopg.Connection) -> None:
    """Bare copies in schema ``floor``: columns, keys, indexes, defaults and storage settings; no trigger, no foreign key, no check, no policy."""
    owner.execute("drop schema if exists floor cascade; create schema floor")
    for table in TABLES:
        like = "create table floor.{t} (like public.{t} including defaults including identity including indexes including storage)"
        owner.execute(sql.SQL(like).format(t=sql.Identifier(table)))
        row = owner.execute("select reloptions from pg_class where oid = %s::regclass", [f"public.{table}"]).fetchone()
        if row and row[0]:
            owner.execute(sql.SQL("alter table floor.{t} set ({o})").format(t=sql.Identifier(table), o=sql.SQL(", ".join(row[0]))))
    owner.execute(_FUNCTIONS)  # type: ignore[arg-type]


def rows_per_case(owner: psycopg.Connection, schema: str, ids: list[int]) -> dict[str, float]:
    """How many rows each table holds for these cases, and how many bytes: that engine and floor write the same."""
    found: dict[str, float] = {}
    for table in TABLES[:-1]:
        key = "id" if table == "case_" else "case_id"
        query = "select count(*), coalesce(sum(pg_column_size(t.*)), 0) from {s}.{t} t where {k} = any(%s)"
        row = owner.execute(sql.SQL(query).format(s=sql.Identifier(schema), t=sql.Identifier(table), k=sql.Identifier(key)), [ids]).fetchone()
        assert row is not None
        found[table], found[f"{table} bytes"] = row[0] / len(ids), round(float(row[1]) / len(ids))
    return found
