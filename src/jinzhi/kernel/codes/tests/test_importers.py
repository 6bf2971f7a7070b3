"""Importers: published files as they come, and what they say about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jinzhi.kernel.codes import files, importers, lists, load
from jinzhi.kernel.codes.tests.absent import reference
from jinzhi.kernel.refusals import Refused

HS = "section,hscode,description,parent,level\n"
LOCODE = "Change,Country,Location,Name,NameWoDiacritics,Subdivision,Status,Function,Date,IATA,Coordinates,Remarks\n"


def write(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def refusals(call: object, path: Path) -> list[tuple[int, str]]:
    with pytest.raises(Refused) as caught:
        call(path)  # type: ignore[operator]
    assert all(r.message.zh and r.message.en for r in caught.value.refusals)
    return [(r.data.get("line", 0), r.data.get("column", "")) for r in caught.value.refusals]


def test_hs_small(tmp_path: Path) -> None:
    rows = importers.read_hs(write(tmp_path, "\ufeff" + HS + 'I,01,Animals,TOTAL,2\nI,0101,"Horses, live",01,4\nI,TOTAL,All,,0\n'))
    assert [(r.code, r.en, r.extra) for r in rows] == [
        ("01", "Animals", {"level": 2, "section": "I"}),
        ("0101", "Horses, live", {"level": 4, "section": "I", "parent": "01"}),
    ]


def test_hs_names_line_and_column(tmp_path: Path) -> None:
    text = HS + "I,01,Animals,TOTAL,2\nI,0x01,Horses,01,4\nI,0102,Cattle,01,2\nI,0103,,01,4\nI,01,Again,TOTAL,2\nI,0104\n"
    assert refusals(importers.read_hs, write(tmp_path, text)) == [(3, "hscode"), (4, "level"), (5, "description"), (6, "hscode"), (7, "")]


@pytest.mark.parametrize("text", ["", "section,name\nI,animals\n", HS])
def test_hs_wrong_file(tmp_path: Path, text: str) -> None:
    assert refusals(importers.read_hs, write(tmp_path, text))


def test_missing_folder_and_encoding(tmp_path: Path) -> None:
    assert refusals(importers.read_hs, tmp_path / "none.csv") == [(0, "")]
    assert refusals(importers.read_hs, tmp_path) == [(0, "")]
    gbk = tmp_path / "gbk.csv"
    gbk.write_bytes(HS.encode() + "I,01,活动物,TOTAL,2\n".encode("gbk"))
    assert refusals(importers.read_hs, gbk) == [(2, "")]
    assert refusals(importers.read_locode, tmp_path / "empty") == [(0, "")]


def test_locode_with_heading(tmp_path: Path) -> None:
    text = (
        LOCODE
        + ",CN,,.CHINA,,,,,,,,\n,CN,SHA,Shanghai,Shanghai,SH,AS,1-345---,2107,,3114N 12129E,\nX,CN,ZZZ,Gone,Gone,,AS,1-------,,,,\n,CN,VIL,Village,Village,,RL,--3-----,,,,\n"
    )
    path = write(tmp_path, text)
    rows = importers.read_locode(path)
    assert [(r.code, r.en, r.extra["modes"]) for r in rows] == [("CNSHA", "Shanghai", ["1", "3", "4"])]
    assert rows[0].extra["coordinates"] == "3114N 12129E"
    assert [r.code for r in importers.read_locode(path, everything=True)] == ["CNSHA", "CNVIL"]


def test_locode_without_heading_in_a_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        ',"NL",,".NETHERLANDS",,,,,,,,\n,"NL","RTM","Rotterdam","Rotterdam","ZH","12345---","AF","0701",,"5155N 00430E",\n',
        "NL.csv",
    )
    write(tmp_path, ',"FI","HEL","Helsingfors (Helsinki)","Helsingfors (Helsinki)","18","1--45---","AI","0201",,,\n', "FI.csv")
    assert sorted(r.code for r in importers.read_locode(tmp_path)) == ["FIHEL", "NLRTM"]


def test_locode_names_line_and_column(tmp_path: Path) -> None:
    text = LOCODE + ",cn,SHA,a,a,,AS,1-------,,,,\n,CN,SHAA,a,a,,AS,1-------,,,,\n,CN,SHB,a,a,,AS,port,,,,\n,CN,SHC\n"
    assert refusals(importers.read_locode, write(tmp_path, text)) == [(2, "Country"), (3, "Location"), (4, "Function"), (5, "")]


def test_a_shipped_file_with_faults(tmp_path: Path) -> None:
    text = "code,zh,en,valid_from,n:int\n1,一,one,,\n1,一,one,,x\n2,,two,yesterday,\n3,三\n"
    assert refusals(files.read_list, write(tmp_path, text)) == [(3, "n"), (3, "code"), (4, "valid_from"), (4, "zh"), (5, "")]
    assert refusals(files.read_list, write(tmp_path, "code,zh\n")) == [(1, "en")]


@pytest.mark.django_db
def test_command_says_what_is_wrong_and_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="第 1 行"):
        call_command("codes", "import", "hs", str(write(tmp_path, "a,b\n1,2\n")))
    with pytest.raises(CommandError, match="2011-11-23"):
        call_command("codes", "calendar", "override", "someday", "rest")


def test_published_hs_file() -> None:
    rows = importers.read_hs(reference("hs/data/harmonized-system.csv"))
    by_level = [sum(r.extra["level"] == n for r in rows) for n in (2, 4, 6)]
    assert by_level == [97, 1229, 5613]
    shipped = {r.code[:6] for r in files.read_list(load.DATA / "hs.csv")}
    assert shipped <= {r.code for r in rows}, "a shipped tariff line has a subheading the nomenclature does not know"


@pytest.mark.django_db
def test_published_locodes() -> None:
    folder = reference("un_locode_uncefact/locodes")
    rows = importers.read_locode(folder)
    assert len(rows) > 30_000
    known = {r.code for r in importers.read_locode(folder, everything=True)}
    shipped = {r.code for r in files.read_list(load.DATA / "ports.csv")}
    assert shipped <= known, shipped - known
    load.replace_list("ports", [r for r in rows if r.code.startswith("N")], origin="imported")
    assert [e.code for e in lists.search("ports", "rotterdam")][0] == "NLRTM"
    lists.forget()
