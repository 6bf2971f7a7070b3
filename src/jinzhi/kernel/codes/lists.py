"""Code lists in memory: every process keeps the lists it uses and asks at most once a second whether they changed.

``get`` costs about a dictionary look-up, so rules may call it for every goods line. A list is read from the table at its
first use. Dates: an entry may have several dated rows; ``on`` picks the row in force that day, and without ``on`` the
newest row answers whatever its dates, so that old records keep their words.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jinzhi.kernel.codes.models import CodeEntry, CodeListVersion
from jinzhi.kernel.text import Text

CHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a code list. ``valid_to`` is the last day in force; ``pinyin`` is "initials full"."""

    code: str
    label: Text
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    pinyin: str = ""

    def in_force(self, on: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


class CodeTable:
    """One list, indexed by code; rows of a code stand newest first. Pure: built from entries, reads nothing."""

    __slots__ = ("_keys", "_newest", "by_code", "version")

    def __init__(self, entries: Iterable[Entry], version: int = 0) -> None:
        self.version = version
        grouped: dict[str, list[Entry]] = {}
        for entry in entries:
            grouped.setdefault(entry.code, []).append(entry)
        for rows in grouped.values():
            rows.sort(key=lambda e: e.valid_from or dt.date.min, reverse=True)
        self.by_code: dict[str, tuple[Entry, ...]] = {code: tuple(grouped[code]) for code in sorted(grouped)}
        self._newest = [rows[0] for rows in self.by_code.values()]
        self._keys: list[tuple[str, Entry]] | None = None

    def get(self, code: str, on: dt.date | None = None) -> Entry | None:
        rows = self.by_code.get(code)
        if rows is None:
            return None
        if on is None:
            return rows[0]
        for entry in rows:
            if entry.in_force(on):
                return entry
        return None

    def entries(self, on: dt.date | None = None) -> list[Entry]:
        """One row per code, in order of code; with ``on`` only what is in force that day."""
        if on is None:
            return list(self._newest)
        return [entry for code in self.by_code if (entry := self.get(code, on)) is not None]

    def search(self, text: str, limit: int = 20, on: dt.date | None = None) -> list[Entry]:
        """Best matches first: code, beginning of the name, pinyin initials, middle of the name, full pinyin."""
        wanted = " ".join(text.casefold().split())
        if not wanted:
            return self.entries(on)[:limit]
        if self._keys is None:
            self._keys = [(f"{e.code.casefold()}\n{e.label.zh.casefold()}\n{e.label.en.casefold()}\n{e.pinyin}", e) for e in self._newest]
        packed = wanted.replace(" ", "").replace("'", "")
        found: list[tuple[int, bool, str, Entry]] = []
        for key, newest in self._keys:
            if wanted not in key and packed not in key:
                continue
            entry = newest if on is None else self.get(newest.code, on)
            if entry is not None and (rank := _rank(entry, wanted, packed)) is not None:
                found.append((rank, not entry.pinyin, entry.code, entry))  # those with a Chinese name come first
        found.sort(key=lambda item: item[:3])
        return [entry for *_, entry in found[:limit]]


def _rank(entry: Entry, wanted: str, packed: str) -> int | None:
    code, zh, en = entry.code.casefold(), entry.label.zh.casefold(), entry.label.en.casefold()
    initials, _, full = entry.pinyin.partition(" ")
    tests = (
        code == wanted,
        code.startswith(packed),
        zh.startswith(wanted) or en.startswith(wanted),
        initials == packed,
        initials.startswith(packed),
        full.startswith(packed),
        wanted in zh or packed in zh,
        f" {wanted}" in en,
        packed in initials,
        wanted in en,
        packed in full,
    )
    return next((rank for rank, hit in enumerate(tests) if hit), None)


class _Cache:
    """The lists of this process. ``next_check`` is read without the lock: at worst two threads ask at once."""

    def __init__(self) -> None:
        self.tables: dict[str, CodeTable] = {}
        self.versions: dict[str, int] = {}
        self.next_check = 0.0
        self.lock = threading.RLock()

    def table(self, name: str) -> CodeTable:
        table = self.tables.get(name)
        if table is not None and time.monotonic() < self.next_check:
            return table
        with self.lock:
            version = self.version(name)
            table = self.tables.get(name)
            if table is None or table.version != version:
                table = self.tables[name] = _read(name, version)
            return table

    def version(self, name: str) -> int:
        if time.monotonic() >= self.next_check:
            with self.lock:
                if time.monotonic() >= self.next_check:
                    self.versions = dict(CodeListVersion.objects.values_list("list", "version"))
                    self.next_check = time.monotonic() + CHECK_SECONDS
        return self.versions.get(name, 0)


_cache = _Cache()


def _read(name: str, version: int) -> CodeTable:
    shared: dict[str, dict[str, Any]] = {}  # equal extras share one object: a list of 100,000 ports has few different ones
    rows = CodeEntry.objects.filter(list=name).values_list("code", "zh", "en", "valid_from", "valid_to", "extra", "pinyin")
    entries = (
        Entry(code, Text(zh, en), valid_from, valid_to, shared.setdefault(repr(extra), extra) if extra else {}, pinyin)
        for code, zh, en, valid_from, valid_to, extra, pinyin in rows.iterator(chunk_size=5000)
    )
    return CodeTable(entries, version)


def version(list_name: str) -> int:
    """The version of a list as this process knows it (0: never loaded), at most a second old."""
    return _cache.version(list_name)


def last_version(list_name: str) -> int:
    """The version as last seen, without looking again: for what is asked many times within one act, which looked at its beginning."""
    return _cache.versions.get(list_name, 0) if _cache.versions else version(list_name)


def get(list_name: str, code: str, on: dt.date | None = None) -> Entry | None:
    """The entry of ``code`` in force on ``on`` (without a date: its newest row), or None."""
    return _cache.table(list_name).get(code, on)


def entries(list_name: str, on: dt.date | None = None) -> list[Entry]:
    """All entries in order of code; with ``on`` those in force that day."""
    return _cache.table(list_name).entries(on)


def label(list_name: str, code: str) -> Text:
    """The words for a code, whatever its dates; the code itself when the list does not know it."""
    entry = _cache.table(list_name).get(code)
    return entry.label if entry is not None else Text(code, code)


def search(list_name: str, text: str, limit: int = 20, on: dt.date | None = None) -> list[Entry]:
    """Entries whose code begins with ``text``, or whose Chinese or English name, pinyin initials or full pinyin holds it."""
    return _cache.table(list_name).search(text, limit, on)


def names() -> list[str]:
    """The lists loaded into the table."""
    return sorted(CodeListVersion.objects.values_list("list", flat=True))


def forget() -> None:
    """Drop what this process keeps, so that the next look-up reads the table (after a load in the same process; in tests)."""
    with _cache.lock:
        _cache.tables = {}
        _cache.versions = {}
        _cache.next_check = 0.0
