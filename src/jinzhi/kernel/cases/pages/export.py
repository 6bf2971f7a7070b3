"""A list as a file: read by key in pieces and sent as it is read, as CSV or XLSX, in the columns and the language of the reader.

No transaction stays open and nothing is gathered: a million rows take the memory of a thousand, and a reader who goes away ends it at
the next piece. A row that moves in the list meanwhile may be told once more or not at all, as on any list that lives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import get_language, override

from jinzhi.kernel import spreadsheets
from jinzhi.kernel.cases.pages import columns, listing
from jinzhi.kernel.cases.queues.reading import List
from jinzhi.kernel.orgs.authority import log
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

STEP = 1_000


def answer(request: HttpRequest, kind: str, form: str) -> StreamingHttpResponse:
    """The list of an address as a file; ``form`` is csv or xlsx. The log of accounts says who took which list with which conditions."""
    actor = request.actor  # type: ignore[attr-defined]
    processes = listing.known_processes()
    wanted = listing.Filter.of(kind, actor, request.GET.dict(), processes)
    offer = columns.offered(kind, processes, wanted.conditions.process)
    shown = columns.chosen(kind, wanted.columns, offer, sheet=True)
    title = listing.TITLES[kind]
    said = "; ".join(f"{key}={value}" for key, value in wanted.conditions.query())
    log(actor, "list.exported", [(Person(pk=actor.person_id), {"name": f"{title.zh} {form}" + (f" ({said})" if said else ""), "list": kind, "form": form})])
    heads = [(str(column.title), column.width) for column in shown]
    found = in_language(rows(List(kind, actor, wanted.conditions), wanted, shown))
    if form == "csv":
        pieces, media = spreadsheets.csv_pieces(_headed(heads, found)), spreadsheets.CSV_TYPE
    else:
        pieces, media = spreadsheets.xlsx_pieces(str(title), heads, found), spreadsheets.XLSX_TYPE
    response = StreamingHttpResponse(pieces, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{kind}-{now():%Y%m%d-%H%M}.{form}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def rows(found: List, wanted: listing.Filter, shown: list[columns.ListColumn]) -> Iterator[list[Any]]:
    """Rows as values of cells, STEP read at a time; after the last that a sheet can hold a line says that there are more."""
    after, given = "", 0
    while True:
        page = found.page(after=after, limit=STEP)
        for row in listing.rows_of(page.items, wanted):
            yield [column.value(row) for column in shown]
        given += len(page.items)
        after = page.after
        if not after:
            return
        if given >= spreadsheets.MOST_ROWS:
            most = f"{given:,}"
            yield [str(Text(f"只导出前 {most} 行，请缩小筛选范围后再导出其余", f"Only the first {most} rows; narrow the filter to export the rest"))]
            return


def _headed(heads: list[tuple[str, int]], found: Iterator[list[Any]]) -> Iterator[list[Any]]:
    yield [head for head, _ in heads]
    yield from found


def in_language(found: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The same rows, each worked out in the language of whoever asked: the answer is read after the request has forgotten it."""
    language = get_language() or "zh-hans"
    while True:
        with override(language):
            row = next(found, None)
        if row is None:
            return
        yield row
