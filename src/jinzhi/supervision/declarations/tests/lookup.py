"""Code lists for pure tests: the shipped files read straight, without a database."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

import jinzhi
from jinzhi.kernel.codes.files import read_list
from jinzhi.kernel.codes.lists import CodeTable, Entry
from jinzhi.kernel.text import Text

SOURCE = Path(jinzhi.__path__[0])


class FileLookup:
    """A CodeLookup over the CSV files of kernel and module, with an invented list of organisations."""

    def __init__(self) -> None:
        files = {
            p.stem: p for p in (SOURCE / "kernel/codes/data").glob("*.csv") if p.stem in ("countries", "currencies", "units", "ports", "hs")
        }
        files |= {f"declarations.{p.stem}": p for p in (SOURCE / "supervision/declarations/codes").glob("*.csv")}
        self.tables = {
            name: CodeTable([Entry(r.code, Text(r.zh, r.en), r.valid_from, r.valid_to, r.extra, r.pinyin) for r in read_list(path)])
            for name, path in files.items()
        }
        self.tables["organisations"] = CodeTable([Entry("380000", Text("宁波局", "Ningbo"))])

    def get(self, list_name: str, code: str, on: dt.date | None = None) -> Entry | None:
        return self.tables[list_name].get(code, on)


@lru_cache(maxsize=1)
def lookup() -> FileLookup:
    return FileLookup()
