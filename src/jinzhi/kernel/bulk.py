"""Writing many rows in one statement: one JSON argument, its types taken from the table itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model

_encoder = msgspec.json.Encoder(decimal_format="string")


def columns(model: type[Model]) -> list[str]:
    """The table's columns but for a serial key."""
    return [str(f.column) for f in model._meta.concrete_fields if not (f.primary_key and f.get_internal_type().endswith("AutoField"))]


def insert(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows given by column name; a column left out takes null (give every column that may not be null)."""
    _write(model, rows, "")


def upsert(model: type[Model], rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert rows, or replace those with the same key."""
    changed = [c for c in columns(model) if c not in key]
    _write(model, rows, f" on conflict ({', '.join(key)}) do update set " + ", ".join(f"{c} = excluded.{c}" for c in changed))


def insert_new(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that are there already (by any unique key) are left as they are."""
    _write(model, rows, " on conflict do nothing")


def replace(model: type[Model], rows: Sequence[dict[str, Any]], case_ids: Sequence[int]) -> None:
    """Put these rows in the place of all rows of these cases."""
    with connection.cursor() as cursor:
        cursor.execute(f"delete from {model._meta.db_table} where case_id = any(%s)", [list(case_ids)])
    insert(model, rows)


def _write(model: type[Model], rows: Sequence[dict[str, Any]], conflict: str) -> None:
    if not rows:
        return
    table, names = model._meta.db_table, ", ".join(columns(model))
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} ({names}) select {names} from jsonb_populate_recordset(null::{table}, %s::jsonb){conflict}",
            [_encoder.encode(rows).decode()],
        )
