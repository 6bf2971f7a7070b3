"""A list as a spreadsheet: written row by row, every text kept a text so that no cell can become a formula."""

from __future__ import annotations

import tempfile
from typing import Any

import xlsxwriter
from django.http import FileResponse

from jinzhi.kernel.cases import queries
from jinzhi.kernel.cases.pages import listing
from jinzhi.kernel.modules import case_pages
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, now
from jinzhi.kernel.workbench import RowMarks

MOST = 10_000
_STEP = 1000
_HEADS = (
    (Text("到期", "Due"), 18), (Text("编号", "Number"), 20), (Text("事项", "Matter"), 18), (Text("企业", "Party"), 30), (Text("事由", "Subject"), 30),
    (Text("说明", "Details"), 30), (Text("数量", "Amount"), 20), (Text("标记", "Mark"), 12), (Text("下一步", "Next step"), 20), (Text("状态", "State"), 20),
    (Text("经办", "Officer"), 14),
)  # fmt: skip


def workbook(actor: Actor, wanted: listing.Filter) -> FileResponse:
    """The rows of a filtered queue, at most MOST; a last row says so where there are more."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(str(listing.TITLES[wanted.kind])[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    for column, (title, width) in enumerate(_HEADS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, str(title), bold)
    sheet.freeze_panes(1, 0)
    line, after = 1, ""
    while line <= MOST:
        page = queries.queue(
            wanted.kind, actor, process=wanted.process, state=wanted.state, after=after, limit=min(_STEP, MOST + 1 - line), due_before=wanted.before
        )
        names = person_names({item.assignee for item in page.items if item.assignee})
        for item in page.items:
            for column, value in enumerate(_cells(item, names)):
                sheet.write_string(line, column, str(value))
            line += 1
        after = page.after
        if not after:
            break
    if after:
        sheet.write_string(line, 0, str(Text(f"只导出前 {MOST:,} 行，请缩小筛选范围后再导出其余", f"Only the first {MOST:,} rows; narrow the filter to export the rest")))
    book.close()
    file.seek(0)
    name = f"{wanted.kind}-{now():%Y%m%d-%H%M}.xlsx"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Cache-Control"] = "private, no-store"
    return response


def _cells(item: queries.QueueItem, names: dict[int, Any]) -> list[Any]:
    pages = case_pages(item.process)
    marks = pages.row(item) if pages.row else RowMarks(amount="" if item.amount is None else f"{item.amount:,}")
    due = item.due.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if item.due else ""
    return [
        due, item.number or f"#{item.case_id}", item.process_title, item.party, item.title, marks.sub, marks.amount, marks.tag, item.step, item.state,
        names.get(item.assignee or 0, ""),
    ]  # fmt: skip
