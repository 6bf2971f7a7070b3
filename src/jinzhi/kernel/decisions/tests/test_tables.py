"""Decision tables: good ones answer with reasons, bad ones never get into use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinzhi.kernel.decisions import BadFacts, BadTable, DecisionTable
from jinzhi.kernel.decisions.cells import CellError, parse


def jdm(rows: list[dict[str, str]], inputs: tuple[str, ...] = ("kind", "share"), policy: str = "first") -> dict[str, Any]:
    """A table with outputs result, reason.zh, reason.en; rows give _id, the inputs and result."""
    outputs = ("result", "reason.zh", "reason.en")
    content = {
        "hitPolicy": policy,
        "inputs": [{"id": f, "name": f, "field": f} for f in inputs],
        "outputs": [{"id": f, "name": f, "field": f} for f in outputs],
        "rules": [{"reason.zh": "'因为'", "reason.en": "'because'", **row} for row in rows],
    }
    return {"nodes": [{"id": "t", "type": "decisionTableNode", "content": content}], "edges": []}


GOOD = [
    {"_id": "stop", "kind": "'a','b'", "share": "> 5", "result": "'stop'"},
    {"_id": "look", "kind": "startsWith($, 'c')", "share": "[1..5]", "result": "{x: 1, y: ['k']}"},
    {"_id": "rest", "kind": "", "share": "", "result": "'go'"},
]
CASES = {
    "title": {"zh": "试验表", "en": "Trial"},
    "cases": [{"given": {"kind": "a", "share": 6}, "row": "stop", "expect": {"result": "stop"}}],
}


def load(rows: list[dict[str, str]], cases: dict[str, Any] = CASES, **options: Any) -> DecisionTable:
    return DecisionTable.from_content("trial", jdm(rows, **options), cases)


def faults(rows: list[dict[str, str]], cases: dict[str, Any] = CASES, **options: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(BadTable) as bad:
        load(rows, cases, **options)
    return [(f.row, f.column, f.message) for f in bad.value.faults]


def test_answers_with_row_and_reason() -> None:
    table = load(GOOD)
    answers = table.evaluate_many([{"kind": "b", "share": 5.5}, {"kind": "cd", "share": 1}, {"kind": "b", "share": 5}])
    assert [a.rows for a in answers] == [("stop",), ("look",), ("rest",)]
    assert answers[1].result == {"result": {"x": 1, "y": ["k"]}}
    assert answers[0].explanation.zh == "规则表“试验表”第 1 行：因为"
    assert answers[0].explanation.en == "Table “Trial”, row 1: because"


@pytest.mark.parametrize("cell", ["word", "'a' 'b'", "> 'x'", "nosuch($)", "5 >", "[3..1]", "$ == 'a'", "(2..2]", "'a' or 'b'", "-"])
def test_a_cell_that_would_silently_never_match_is_named(cell: str) -> None:
    rows = [{**GOOD[0], "kind": cell}, *GOOD[1:]]
    assert faults(rows)[0][:2] == ("stop", "kind")


def test_word_without_quotes_says_what_to_write() -> None:
    assert "'word'" in faults([{**GOOD[0], "kind": "word"}, *GOOD[1:]])[0][2]


@pytest.mark.parametrize("cell", ["1/0", "stop", "[1, nothing]", "'x", ""])
def test_result_without_value(cell: str) -> None:
    assert ("stop", "result") in [f[:2] for f in faults([{**GOOD[0], "result": cell}, *GOOD[1:]])]


def test_reason_is_needed_in_both_languages() -> None:
    assert ("stop", "reason.en") in [f[:2] for f in faults([{**GOOD[0], "reason.en": ""}, *GOOD[1:]])]


def test_default_row_is_needed() -> None:
    assert faults(GOOD[:2])[0][0] == "look"


def test_row_that_can_never_fire() -> None:
    hidden = {"_id": "hidden", "kind": "'a'", "share": "[6..9]", "result": "'other'"}
    found = faults([GOOD[0], hidden, *GOOD[1:]])
    assert found[0][0] == "hidden"
    assert "stop" in found[0][2]


def test_row_covered_only_by_several_rows_together() -> None:
    rows = [
        {"_id": "low", "kind": "", "share": "< 5", "result": "1"},
        {"_id": "high", "kind": "", "share": ">= 5", "result": "2"},
        {"_id": "never", "kind": "'a'", "share": "", "result": "3"},
        {"_id": "rest", "kind": "", "share": "", "result": "4"},
    ]
    assert {f[0] for f in faults(rows, {"cases": [{"given": {"kind": "a", "share": 1}}]})} == {"never", "rest"}


def test_overlap_and_default_are_told() -> None:
    rows = [GOOD[0], {"_id": "wide", "kind": "'a','z'", "share": "", "result": "'x'"}, *GOOD[1:]]
    notes = load(rows).notes
    assert any("stop and wide overlap" in n for n in notes)
    assert any("default row" in n for n in notes)


def test_mixed_column() -> None:
    assert ("", "kind") in [f[:2] for f in faults([{**GOOD[0], "kind": "5"}, *GOOD[1:]])]


def test_failing_example_refuses_the_table() -> None:
    cases = {"cases": [{"given": {"kind": "a", "share": 1}, "row": "stop"}]}
    assert "expected stop" in faults(GOOD, cases)[0][2]
    assert "at least one" in faults(GOOD, {"cases": []})[0][2]


@pytest.mark.parametrize("facts", [{"kind": "a"}, {"kind": None, "share": 1}, {"kind": "a", "share": "6"}, {"kind": 5, "share": 6}])
def test_missing_or_unfit_facts_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(BadFacts):
        load(GOOD).evaluate(facts)


def test_unknown_fact_where_a_cell_speaks_of_null() -> None:
    rows = [{"_id": "unknown", "kind": "null", "share": "", "result": "'ask'"}, *GOOD]
    assert load(rows).evaluate({"kind": None, "share": 1}).rows == ("unknown",)


def test_collecting_table() -> None:
    rows = [*GOOD[:2], {"_id": "all", "kind": "", "share": "> 100", "result": "'many'"}]
    table = load(rows, {"cases": [{"given": {"kind": "a", "share": 6}, "expect": {"all": [{"result": "stop"}]}}]}, policy="collect")
    assert table.evaluate({"kind": "a", "share": 101}).rows == ("stop", "all")
    assert table.evaluate({"kind": "z", "share": 1}).result == {"all": []}


def test_load_wants_cases_beside(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(jdm(GOOD)), encoding="utf-8")
    with pytest.raises(BadTable, match=r"t\.cases\.json"):
        DecisionTable.load(tmp_path / "t.json")
    (tmp_path / "t.cases.json").write_text(json.dumps(CASES), encoding="utf-8")
    assert DecisionTable.load(tmp_path / "t.json").evaluate({"kind": "a", "share": 9}).result == {"result": "stop"}


def test_cell_errors_help() -> None:
    with pytest.raises(CellError, match="smaller end first"):
        parse("[9..1]")


_words = st.sampled_from(["a", "b", "c", "cd"])
_cells = st.one_of(
    st.just(""),
    st.lists(_words, min_size=1, max_size=3).map(lambda ws: ",".join(f"'{w}'" for w in ws)),
    _words.map(lambda w: f"!= '{w}'"),
    st.lists(_words, min_size=1, max_size=2).map(lambda ws: f"not in [{','.join(repr(w) for w in ws)}]"),
    _words.map(lambda w: f"startsWith($,'{w}')"),
)
_sizes = st.one_of(
    st.just(""),
    st.tuples(st.sampled_from([">", ">=", "<", "<=", "==", "!="]), st.integers(-3, 3)).map(lambda p: f"{p[0]} {p[1]}"),
    st.tuples(st.sampled_from("[("), st.integers(-3, 0), st.integers(1, 3), st.sampled_from("])")).map(
        lambda p: f"{p[0]}{p[1]}..{p[2]}{p[3]}"
    ),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(_cells, _sizes), min_size=1, max_size=5), kind=_words, share=st.integers(-4, 4))
def test_engine_agrees_with_the_reader(rows: list[tuple[str, str]], kind: str, share: int) -> None:
    """The row the engine names is the first whose cells match by our own reading; or the table is refused."""
    written = [{"_id": str(i), "kind": k, "share": s, "result": str(i)} for i, (k, s) in enumerate(rows)]
    written.append({"_id": "rest", "kind": "", "share": "", "result": "99"})
    try:
        table = load(written, {"cases": [{"given": {"kind": kind, "share": share}}]})
    except BadTable as bad:
        if any("never fire" not in f.message for f in bad.faults):
            raise
        return
    expected = next(r["_id"] for r in written if parse(r["kind"]).matches(kind) and parse(r["share"]).matches(share))
    assert table.evaluate({"kind": kind, "share": share}).rows == (expected,)
