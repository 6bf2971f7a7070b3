"""Lists: dates, search, the cache, the shipped files, the endpoint."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from jinzhi.kernel.codes import files, lists, load, pages
from jinzhi.kernel.codes.files import make_row
from jinzhi.kernel.codes.lists import CodeTable, Entry
from jinzhi.kernel.codes.models import CodeEntry
from jinzhi.kernel.codes.pinyin import search_key
from jinzhi.kernel.text import Text

D = dt.date


def table(*rows: tuple[str, str, str]) -> CodeTable:
    return CodeTable(Entry(code, Text(zh, en), pinyin=search_key(zh)) for code, zh, en in rows)


def test_dated_rows() -> None:
    old = Entry("X", Text("旧", "old"), D(2007, 1, 1), D(2011, 12, 31))
    new = Entry("X", Text("新", "new"), D(2012, 1, 1), None)
    gone = Entry("Y", Text("停用", "ended"), None, D(2010, 1, 1))
    t = CodeTable([old, gone, new])
    assert t.get("X", D(2011, 12, 31)) is old
    assert t.get("X", D(2012, 1, 1)) is new
    assert t.get("X", D(2006, 1, 1)) is None
    assert t.get("X") is new
    assert t.get("Y") is gone
    assert t.get("Z") is None
    assert t.entries(D(2011, 1, 1)) == [old]
    assert t.entries() == [new, gone]
    assert t.search("旧", on=D(2011, 1, 1)) == []
    assert t.search("x", on=D(2011, 1, 1)) == [old]


def test_search_keys() -> None:
    assert search_key("宁波港") == "nbg ningbogang"
    assert search_key("重庆") == "cq chongqing"
    assert search_key("40 尺普通箱").startswith("40cptx ")
    assert search_key("KGM") == ""


@pytest.mark.parametrize(("text", "first"), [("1201", "1201"), ("大豆", "1201"), ("hdd", "1201"), ("huangdadou", "1201"), ("soya", "1201"),
                                            ("棉", "5201"), ("mianh", "5201"), ("raw CoTTon", "5201"), ("zzzz", None)])  # fmt: skip
def test_search(text: str, first: str | None) -> None:
    found = table(("1201", "黄大豆", "Yellow soya beans"), ("5201", "棉花", "Raw cotton")).search(text)
    assert (found[0].code if found else None) == first


def test_search_ranks_codes_then_beginnings() -> None:
    t = table(("01", "其他中国茶", "Other tea"), ("CN", "中国", "China"), ("ZG", "甲", "A"))
    assert [e.code for e in t.search("zg")] == ["ZG", "CN", "01"]
    assert [e.code for e in t.search("中国")] == ["CN", "01"]
    assert len(t.search("", limit=2)) == 2


def test_shipped_files_are_sound() -> None:
    shipped = load.shipped_files()
    assert {"countries", "currencies", "units", "ports", "hs"} <= set(shipped)
    rows = {name: files.read_list(path) for name, path in shipped.items()}
    units = {r.code for r in rows["units"]}
    countries = {r.code for r in rows["countries"]}
    assert {r.extra["country"] for r in rows["ports"]} <= countries
    assert all(set(r.extra["modes"]) <= set("12346") for r in rows["ports"])
    for r in rows["hs"]:
        assert r.extra["unit"] in units
        assert r.extra.get("unit2", "035") in units
        entry, _, leaving = r.extra.get("categories", "").partition("/")
        conditions = r.extra.get("conditions", "")
        assert set(entry) <= set("MPRLV."), r.code
        assert set(leaving) <= set("NQSW."), r.code
        assert bool(entry) == ("A" in conditions), r.code
        assert bool(leaving) == ("B" in conditions), r.code


@pytest.mark.django_db
def test_load_is_idempotent_and_seen_at_once() -> None:
    load.load_all(force=True)
    assert load.load_all() == {}
    count = CodeEntry.objects.count()
    load.load_all(force=True)
    assert CodeEntry.objects.count() == count
    assert lists.label("units", "035") == Text("千克", "kilogram")
    assert lists.label("units", "nowhere") == Text("nowhere", "nowhere")
    assert [e.code for e in lists.search("ports", "nbg")][0] == "CNNGB"
    entry = lists.get("hs", "1201901000", D(2011, 11, 23))
    assert entry is not None
    assert entry.extra["unit"] == "035"
    assert lists.get("hs", "1201901000", D(2000, 1, 1)) is None
    load.replace_list("units", [make_row("035", "公斤", "kilo")])
    assert lists.label("units", "035").zh == "公斤"
    assert len(lists.entries("units")) == 1
    lists.forget()


@pytest.mark.django_db
def test_imported_rows_stand_beside_shipped_ones() -> None:
    load.replace_list("t", [make_row("A", "甲", "first")])
    assert load.replace_list("t", [make_row("A", "x", "x"), make_row("B", "y", "y")], origin=CodeEntry.IMPORTED) == 1
    load.replace_list("t", [make_row("A", "甲甲", "first"), make_row("B", "乙", "second")])
    assert [(e.code, e.label.zh) for e in lists.entries("t")] == [("A", "甲甲"), ("B", "乙")]
    lists.forget()


@pytest.mark.django_db
def test_get_costs_a_look_up(django_assert_max_num_queries: Any) -> None:
    load.replace_list("t", [make_row(str(i), "甲", "a") for i in range(1000)])
    with django_assert_max_num_queries(2 + 2):  # list and versions; room for one check of the second that may pass
        started = time.perf_counter()
        for i in range(20_000):
            lists.get("t", str(i % 1000))
        assert time.perf_counter() - started < 1.0
    lists.forget()


class SignedIn:
    is_authenticated = True


@pytest.mark.django_db
def test_endpoint() -> None:
    load.replace_list("t", [make_row("A", "宁波港", "Ningbo"), make_row("B", "旧港", "Old port", valid_to=D(2000, 1, 1))])

    def ask(query: str, user: Any = None, name: str = "t") -> Any:
        request = RequestFactory().get(f"/codes/{name}/?{query}")
        request.user = user or SignedIn()
        return pages.search(request, name)

    assert json.loads(ask("q=nbg").content)["entries"] == [{"code": "A", "zh": "宁波港", "en": "Ningbo", "label": "宁波港"}]
    assert json.loads(ask("q=jg").content)["entries"] == []
    assert [e["code"] for e in json.loads(ask("q=jg&on=1999-01-01").content)["entries"]] == ["B"]
    assert ask("q=x", AnonymousUser()).status_code == 401
    assert ask("q=x", name="nowhere").status_code == 404
    assert ask("on=yesterday").status_code == 400
    lists.forget()
