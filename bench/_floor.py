"""The floor: the very rows a run has written, written again into bare copies of the tables, with their indexes and nothing else."""

from __future__ import annotations

import io
import time

import psycopg
from psycopg import sql

TABLES = {
    "case_": "id", "lane": "case_id", "case_row": "case_id", "duty": "case_id", "clock": "case_id", "suspension": "case_id", "event": "case_id",
    "declarations_declaration": "case_id", "declarations_goods": "case_id", "declarations_box": "case_id", "declarations_paper": "case_id",
    "declarations_requestedcertificate": "case_id", "declarations_message": "case_id", "declarations_review": "case_id", "declarations_draw": "case_id",
    "declarations_inspectionitem": "case_id", "declarations_fieldrecord": "case_id", "declarations_sample": "case_id", "declarations_feeline": "case_id",
    "declarations_payment": "case_id", "declarations_certificatetext": "case_id", "documents_document": "case_id",
}  # fmt: skip


def make(owner: psycopg.Connection) -> None:
    """Bare copies in a schema of their own: columns, keys and indexes; no triggers, no foreign keys, no checks of ours."""
    owner.execute("drop schema if exists floor cascade; create schema floor")
    for table in TABLES:
        owner.execute(sql.SQL("create table floor.{t} (like public.{t} including defaults including indexes including storage)").format(t=sql.Identifier(table)))


def batch(owner: psycopg.Connection, ids: list[int], at_once: int = 1000) -> tuple[float, int]:
    """Seconds to write the rows of these cases by COPY, ``at_once`` cases a durable transaction; and how many rows."""
    rows = 0
    parts: list[dict[str, bytes]] = []
    for start in range(0, len(ids), at_once):
        part: dict[str, bytes] = {}
        for table, key in TABLES.items():
            with owner.cursor().copy(
                sql.SQL("copy (select * from {t} where {k} = any({ids})) to stdout").format(t=sql.Identifier(table), k=sql.Identifier(key), ids=sql.Literal(ids[start : start + at_once]))
            ) as copy:
                part[table] = b"".join(bytes(block) for block in copy)
            rows += part[table].count(b"\n")
        parts.append(part)
    began = time.perf_counter()
    for part in parts:
        with owner.transaction():
            for table, data in part.items():
                with owner.cursor().copy(sql.SQL("copy floor.{t} from stdin").format(t=sql.Identifier(table))) as copy:
                    copy.write(io.BytesIO(data).read())
    return time.perf_counter() - began, rows


def single(owner: psycopg.Connection, ids: list[int]) -> float:
    """Seconds to write the same cases act by act by plain SQL, each act a durable transaction of its own:

    its event inserted, the case's row and list row updated, lane and duty touched once; the other rows go in with the first act.
    """
    owner.execute("truncate " + ", ".join(f"floor.{t}" for t in TABLES))
    acts = owner.execute("select case_id, seq from event where case_id = any(%s) order by case_id, seq", [ids]).fetchall()
    first = [t for t in TABLES if t not in ("event", "lane", "duty")]
    began = time.perf_counter()
    for case_id, seq in acts:
        with owner.transaction():
            if seq == 1:
                for table in first:
                    key = sql.Identifier(TABLES[table])
                    owner.execute(sql.SQL("insert into floor.{t} overriding system value select * from {t} where {k} = %s").format(t=sql.Identifier(table), k=key), [case_id])
                for table in ("lane", "duty"):
                    owner.execute(sql.SQL("insert into floor.{t} overriding system value select * from {t} where case_id = %s").format(t=sql.Identifier(table)), [case_id])
            else:
                owner.execute("update floor.case_ set seq = %s, updated_at = now() where id = %s", [seq, case_id])
                owner.execute("update floor.case_row set state = state || '' where case_id = %s", [case_id])
                owner.execute("update floor.lane set since = now() where case_id = %s and track = 'main'", [case_id])
                owner.execute("update floor.duty set due = due where case_id = %s and slot = 'main.1'", [case_id])
            owner.execute("insert into floor.event overriding system value select * from event where case_id = %s and seq = %s", [case_id, seq])
    return time.perf_counter() - began
