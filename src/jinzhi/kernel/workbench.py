"""What a module adds to the officers' workbench: its marks in a queue's row, its panels on a case page, forms of its records.

Everything is optional: the pages of ``kernel.cases.pages`` work from the process definition alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.text import Text

Words = Text | str
Choices = Sequence[tuple[str, Words]]


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What stands in a row of a queue besides the kernel's own: a second line, an amount with its unit, a tag."""

    sub: Words = ""
    amount: Words = ""
    tag: Words = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What the identity bar says of a case: tags (words, tone) and facts (words, words in bold)."""

    tags: Sequence[tuple[Words, str]] = ()
    facts: Sequence[tuple[Words, Words]] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One input of a record's form. ``kind``: text, note, number, integer, date, moment, flag, choice, code, files, list (parted by commas).

    ``options`` belong to choice, ``list`` (a code list) to code. ``unit`` stands behind the input.
    """

    name: str
    title: Text
    kind: str = "text"
    options: Choices = ()
    list: str = ""
    hint: Words = ""
    optional: bool = False
    unit: Words = ""
    width: int = 0


@dataclass(frozen=True)
class RecordForm:
    """How a record type is asked for: its parts in order, and what they hold at first.

    ``initial(view, lane)`` gives values by part (for a record of many: a list of them). ``table`` names a part that is a list of
    rows known beforehand (items to look at): ``rows(view, lane)`` gives their heads, ``columns`` the inputs of each row.
    """

    parts: tuple[Part, ...]
    initial: Callable[[Any, Any], Any] | None = None
    table: str = ""
    columns: tuple[Part, ...] = ()
    rows: Callable[[Any, Any], Sequence[RecordRow]] | None = None
    heads: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A row of a record's table: what stands fixed in it, the values sent along unseen, and the values known so far."""

    cells: Sequence[Words]
    hidden: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CasePages:
    """How the cases of some processes are shown to officers.

    ``panels(view)`` gives the context of ``template`` (the left column of a case) and of ``head``; it may use a constant number
    of queries. ``choices(view, field, lane)`` offers values for an asked field, None leaves it to the kernel. ``files(view)``
    names the stored files a case refers to: {SHA-256: file name}. ``danger`` are actions that cannot be undone.
    ``names(title, party, columns)`` gives title and party of a list row in both languages. ``columns`` are titles of the three columns the module fills: goods or subject, amount, tag.
    """

    processes: tuple[str, ...]
    template: str = ""
    panels: Callable[[Any], dict[str, Any]] | None = None
    head: Callable[[Any, dict[str, Any]], CaseHead] | None = None
    row: Callable[[Any], RowMarks] | None = None
    names: Callable[[str, str, Mapping[str, Any]], tuple[Words, Words]] | None = None
    files: Callable[[Any], dict[str, str]] | None = None
    choices: Callable[[Any, str, Any], Choices | None] | None = None
    records: Mapping[str, RecordForm] = field(default_factory=dict)
    danger: frozenset[str] = frozenset()
    stages: Mapping[str, Text] = field(default_factory=dict)
    columns: tuple[Text, Text, Text] | None = None
    party_url: str = ""
    """Name of the enterprise's own page of a case, which takes the case's id: where its notices lead."""


def row_names(pages: CasePages, title: str, party: str, columns: Mapping[str, Any]) -> tuple[Words, Words]:
    """Title and party of a list row as the reader reads them; as stored where the module says nothing."""
    return pages.names(title, party, columns) if pages.names is not None else (title, party)
