"""What the components are given: small frozen records a view fills. Every text may be a ``Text`` or a ready string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.text import Text

Words = Text | str


@dataclass(frozen=True, slots=True)
class Stop:
    """A stretch in which a clock stood still: after how many counted days it began, how long it lasted, and why."""

    at: int
    days: int
    label: Words
    basis: Words = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A cell of the step strip. ``state``: done, current, stopped, skipped or empty for what is still ahead."""

    label: Words
    state: str = ""
    note: Words = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done next. ``tone``: p (the main one), d (cannot be undone) or empty.

    ``url`` alone is a link; with ``method="post"`` a form with one button; ``dialog`` is the id of a dialog to open.
    ``key`` is the digit that presses it; ``blocked`` says why it cannot be pressed now.
    """

    label: Words
    url: str = ""
    tone: str = ""
    key: str = ""
    method: str = "get"
    dialog: str = ""
    blocked: Words = ""
    fields: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. ``tone``: new, bad or empty. ``at`` is a moment, ``note`` what else must be known (offline, sync)."""

    title: Words
    at: Any = None
    by: Words = ""
    note: Words = ""
    tone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a summary list. ``mono`` for numbers compared by eye, ``tag``/``tone`` for a status beside the value."""

    label: Words
    value: Any
    mono: bool = False
    url: str = ""
    tag: Words = ""
    tone: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with a count (None: no count shown)."""

    label: Words
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter. Set (``on``): ``url`` leads to the list without it. Not set: ``options`` are (label, address) pairs to choose from."""

    label: Words
    url: str = ""
    on: bool = False
    options: Sequence[tuple[Words, str]] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A head cell. ``sort`` is the address that sorts by it, ``order`` ascending, descending or empty."""

    label: Words
    sort: str = ""
    order: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A section of a wizard. ``state``: todo, doing, done, blocked, wrong (未开始 填写中 已完成 暂不能填写 有问题)."""

    label: Words
    state: str
    url: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Kpi:
    """A key figure: every number is a link to the records that add up to it."""

    label: Words
    value: Any
    url: str
    unit: Words = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A cell of the approval sheet: whose turn, what was written, by whom, when."""

    role: Words
    text: Words = ""
    by: Words = ""
    at: Any = None
    current: bool = False
    note: Words = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two versions. Both sides empty never; ``kind`` follows from which side is empty."""

    label: Words
    before: Any = ""
    after: Any = ""
    note: Words = ""

    @property
    def kind(self) -> str:
        if self.before in (None, ""):
            return "new"
        return "gone" if self.after in (None, "") else "changed"


@dataclass(frozen=True, slots=True)
class Problem:
    """A thing to mend: the sentence and the id of the field it stands at (empty: the whole form)."""

    message: Words
    field_id: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file as a row of the upload component. ``state``: done, wrong, waiting."""

    name: str
    size: int
    sha256: str = ""
    at: Any = None
    url: str = ""
    remove_url: str = ""
    state: str = "done"
    error: Words = ""


@dataclass(frozen=True, slots=True)
class LineColumn:
    """A column of the line editor. ``kind``: text, code (a code list, see ``list``), number (``places`` decimals, summed with ``total``)."""

    name: str
    label: Words
    kind: str = "text"
    list: str = ""
    places: int = 0
    total: bool = False
    width: int = 0  # in rem, 0 shares what is left
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the line editor: values and error sentences by column name."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Words] = field(default_factory=dict)
