"""A plain process for the benchmark of cases, published as a module's: seven states, each with a duty and a clock of its own, and a number."""

from __future__ import annotations

from pathlib import Path

from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.modules import Module
from jinzhi.kernel.text import Text

CODE = "plain.licence"


def name_case(batch: Batch) -> None:
    """What lists show of a new case."""
    for work in batch:
        work.row.title = work.data["title"]
        work.row_changed = True


module = Module(
    code="plain",
    title=Text("测量", "Measuring"),
    processes=(Path(__file__).with_name("_cases_process.toml"),),
    effects={"name_case": name_case},
)
