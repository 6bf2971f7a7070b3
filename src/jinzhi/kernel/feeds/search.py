"""The feed that writes the search column of list rows: number, title and party as bigrams."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from jinzhi.kernel.cases.bigrams import bigrams
from jinzhi.kernel.feeds.events import Event


def index_words(events: Sequence[Event]) -> None:
    """Index the list rows of cases that events speak of."""
    ids = sorted({e.case_id for e in events})
    with connection.cursor() as cursor:
        cursor.execute("select case_id, number, title, party, columns->>'words' from case_row where case_id = any(%s)", [ids])
        rows = cursor.fetchall()
        texts = [" ".join(sorted(set(bigrams(" ".join(part for part in row[1:] if part))))) for row in rows]
        cursor.execute("select set_words(%s, %s)", [[row[0] for row in rows], texts])
