"""Decision tables (JDM files) that are proved before they are used and explain every answer.

A table is a JDM file ``name.json`` (input node → one decision table → output node) with ``name.cases.json`` beside it: its
title, legal basis and example cases. Loading refuses a table with a cell that is not understood, a first-hit table without a
default row, a row that can never fire, or an example that comes out otherwise. See ``README.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zen

from jinzhi.kernel.decisions.cells import CellError, Condition, parse, type_of
from jinzhi.kernel.decisions.coverage import Axis, Box, TooComplex, remainder, sample, shown
from jinzhi.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a table; ``row`` and ``column`` are empty where the fault is of the whole."""

    table: str
    row: str
    column: str
    message: str

    def __str__(self) -> str:
        place = [f"table {self.table}"]
        if self.row:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.message}"


class BadTable(ValueError):
    """The table may not be used; ``faults`` is the complete list."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class BadFacts(ValueError):
    """A fact a column asks for is missing, or of a kind no cell of that column can match."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its id, its number as people count (from 1), its constant result and its reason."""

    id: str
    number: int
    result: dict[str, Any]
    reason: Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer: ``result`` (one dict; for a collecting table ``{"all": [...]}``), ids of the rows that fired, and why."""

    result: dict[str, Any]
    rows: tuple[str, ...]
    explanation: Text


@dataclass(frozen=True)
class DecisionTable:
    """A table ready for use. Make one with :meth:`load` or :meth:`from_content`, once, and keep it."""

    name: str
    title: Text
    basis: Text
    digest: str
    collects: bool
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    _types: dict[str, frozenset[str]] = field(repr=False)
    _outcomes: tuple[Outcome, ...] = field(repr=False)
    _engine: Any = field(repr=False)

    @classmethod
    def load(cls, path: Path | str) -> DecisionTable:
        """Read ``path`` and the example cases beside it. Raises BadTable with every fault found."""
        path = Path(path)
        beside = path.with_suffix(".cases.json")
        if not beside.exists():
            raise BadTable([Fault(path.stem, "", "", f"write its example cases in {beside.name} first")])
        try:
            content, cases = (json.loads(p.read_text(encoding="utf-8")) for p in (path, beside))
        except ValueError as error:
            raise BadTable([Fault(path.stem, "", "", f"the file is not JSON: {error}")]) from error
        return cls.from_content(path.stem, content, cases)

    @classmethod
    def from_content(cls, name: str, content: Mapping[str, Any], cases: Mapping[str, Any]) -> DecisionTable:
        """The same from parsed files. Raises BadTable."""
        return _Loader(name, content, cases).build()

    def evaluate(self, facts: Mapping[str, Any]) -> Outcome:
        """One answer. Raises BadFacts."""
        return self.evaluate_many([facts])[0]

    def evaluate_many(self, many: Iterable[Mapping[str, Any]]) -> list[Outcome]:
        """An answer for each dict of facts, which is keyed by column (``goods.class`` is the key ``class`` of dict ``goods``).

        Every column's fact must be there; null only where a cell of the column says ``null`` or all are empty. Raises BadFacts.
        """
        known: dict[tuple[Any, ...], Outcome] = {}  # in a batch the same facts come again and again
        answers: list[Outcome] = []
        columns = tuple(self._types.items())
        for facts in many:
            values = []
            for column, allowed in columns:
                value = facts[column] if column in facts else _fact(facts, column, self.name)
                if allowed and type_of(value) not in allowed:
                    raise BadFacts(
                        f"table {self.name}, column {column}: {value!r} is {type_of(value)}, "
                        f"but the cells of the column speak of {', '.join(sorted(allowed))}"
                    )
                values.append(value if allowed else None)
            key = tuple(values)
            if key not in known:
                known[key] = self._ask(key)
            answers.append(known[key])
        return answers

    def _ask(self, values: tuple[Any, ...]) -> Outcome:
        found = self._engine.evaluate(self.name, {f"c{i}": value for i, value in enumerate(values)})["result"]
        if self.collects:
            return _joined(self, [int(hit["row"]) for hit in found or ()])
        return self._outcomes[int(found["row"])]


def _joined(table: DecisionTable, hits: list[int]) -> Outcome:
    fired = [table._outcomes[i] for i in hits]
    if not fired:
        none = Text("规则表“{t}”没有一行适用", "No row of the table “{t}” applies").format(t=table.title)
        return Outcome({"all": []}, (), none)
    return Outcome(
        {"all": [o.result for o in fired]},
        tuple(o.rows[0] for o in fired),
        Text("；".join(o.explanation.zh for o in fired), "; ".join(o.explanation.en for o in fired)),
    )


def _fact(facts: Mapping[str, Any], column: str, table: str) -> Any:
    value: Any = facts
    try:
        for part in column.split("."):
            value = value[part]
    except (KeyError, TypeError):
        raise BadFacts(f"table {table}: the fact {column} is missing; give null if it is not known") from None
    return value


class _Loader:
    """Reads one table, gathering all its faults before it refuses."""

    def __init__(self, name: str, content: Mapping[str, Any], cases: Mapping[str, Any]) -> None:
        self.name, self.cases, self.faults = name, cases, list[Fault]()
        tables = [n for n in content.get("nodes", []) if n.get("type") == "decisionTableNode"]
        if len(tables) != 1:
            raise BadTable([Fault(name, "", "", f"a file holds exactly one decision table, this one {len(tables)}")])
        self.table = tables[0]["content"]
        self.digest = hashlib.sha256(json.dumps(self.table, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        self.policy = self.table.get("hitPolicy", "first")
        self.inputs = [(c["id"], c["field"]) for c in self.table.get("inputs", [])]
        self.outputs = [(c["id"], c["field"]) for c in self.table.get("outputs", [])]

    def fault(self, message: str, row: str = "", column: str = "") -> None:
        self.faults.append(Fault(self.name, row, column, message))

    def stop_if_bad(self) -> None:
        if self.faults:
            raise BadTable(self.faults)

    def build(self) -> DecisionTable:
        if self.policy not in ("first", "collect"):
            self.fault(f"the hit policy {self.policy!r} is not known: write first or collect")
        if not self.table.get("rules"):
            self.fault("the table has no rows")
        self.stop_if_bad()
        conditions = self._conditions()
        rows = self._rows()
        self.stop_if_bad()
        notes = self._coverage(conditions, rows) if self.policy == "first" else []
        self.stop_if_bad()
        title = _text(self.cases.get("title")) or Text(self.name, self.name)
        made = DecisionTable(
            self.name, title, _text(self.cases.get("basis")) or Text("—", "—"), self.digest, self.policy == "collect",
            tuple(f for _, f in self.inputs), rows, tuple(notes), self._types(conditions),
            tuple(Outcome(r.result, (r.id,), _explanation(title, r)) for r in rows), self._engine(),
        )  # fmt: skip
        self._probe(made, conditions)
        self._examples(made)
        self.stop_if_bad()
        return made

    def _conditions(self) -> list[list[Condition]]:
        found: list[list[Condition]] = []
        for number, rule in enumerate(self.table["rules"], 1):
            line: list[Condition] = []
            for column_id, column in self.inputs:
                source = str(rule.get(column_id) or "")
                try:
                    line.append(parse(source))
                    if source.strip():
                        # compile_, not validate_unary_expression: the latter refuses good comparisons (zen-engine 2.1)
                        zen.compile_unary_expression(source)
                except CellError as error:
                    self.fault(str(error), _row_name(rule, number), column)
                except RuntimeError as error:
                    self.fault(f"the engine cannot read {source}: {str(error).splitlines()[0]}", _row_name(rule, number), column)
            found.append(line)
        return found

    def _rows(self) -> tuple[Row, ...]:
        rows, seen = [], set[str]()
        for number, rule in enumerate(self.table["rules"], 1):
            name, result = _row_name(rule, number), dict[str, Any]()
            if name in seen:
                self.fault("two rows have this id", name)
            seen.add(name)
            for column_id, column in self.outputs:
                source = str(rule.get(column_id) or "").strip()
                if not source:
                    self.fault("fill the result in; write null where there is none", name, column)
                    continue
                wrong = zen.validate_expression(source)
                value = None if wrong else _plain(zen.evaluate_expression(source, {}))
                if wrong:
                    self.fault(f"the result {source} cannot be read: put texts in quotes", name, column)
                elif _holds_null(value) and "null" not in source:
                    self.fault(f"the result {source} has no value: a result is a constant, texts stand in quotes", name, column)
                _put(result, column, value)
            reason = _text(result.pop("reason", None))
            if not reason:
                self.fault("say why in both languages: columns reason.zh and reason.en", name, "reason")
            rows.append(Row(name, number, result, reason or Text("", "")))
        return tuple(rows)

    def _types(self, conditions: list[list[Condition]]) -> dict[str, frozenset[str]]:
        return {column: frozenset().union(*(line[i].types for line in conditions)) for i, (_, column) in enumerate(self.inputs)}

    def _coverage(self, conditions: list[list[Condition]], rows: tuple[Row, ...]) -> list[str]:
        if not all(c.anything for c in conditions[-1]):
            self.fault("the last row must be the default: leave all its conditions empty", rows[-1].id)
            return []
        axes = [Axis.of([line[i] for line in conditions]) for i in range(len(self.inputs))]
        for i, (_, column) in enumerate(self.inputs):
            kinds = frozenset().union(*(line[i].types for line in conditions)) - {"null"}
            if len(kinds) > 1:
                self.fault(f"its cells speak of {' and '.join(sorted(kinds))}: a column holds one kind", "", column)
        boxes: list[Box] = [tuple(axis.mask(c) for axis, c in zip(axes, line, strict=True)) for line in conditions]
        notes = []
        for i, row in enumerate(rows):
            try:
                left = remainder(boxes[i], boxes[:i])
            except TooComplex:
                self.fault("the table is too large to be checked for gaps: split it")
                return []
            if not left:
                taken = [rows[j].id for j in range(i) if all(a & b for a, b in zip(boxes[i], boxes[j], strict=True))]
                self.fault(f"the row can never fire: rows {', '.join(taken)} above it take all its facts", row.id)
            elif i == len(rows) - 1 and any(m for m in boxes[i]):
                facts = dict(zip((f for _, f in self.inputs), map(shown, sample(left[0], axes)), strict=True))
                notes.append(f"left to the default row, for example: {json.dumps(facts, ensure_ascii=False)}")
        notes += [
            f"rows {rows[j].id} and {row.id} overlap: {rows[j].id} decides because it stands first"
            for i, row in enumerate(rows[:-1])
            for j in range(i)
            if rows[j].result != row.result and all(a & b for a, b in zip(boxes[i], boxes[j], strict=True))
        ]
        return notes

    def _engine(self) -> Any:
        """The engine is asked for the number of the row only: results are constants kept here, and no slow trace is needed.

        Facts go in under ``c0, c1 …``, so that a name of a fact is never read as a path or a reserved word.
        """
        columns = [{"id": i, "name": f, "field": f"c{n}"} for n, (i, f) in enumerate(self.inputs)]
        rules = [
            {"_id": str(n), **{i: str(rule.get(i) or "") for i, _ in self.inputs}, "_row": str(n)}
            for n, rule in enumerate(self.table["rules"])
        ]
        place = {"x": 0, "y": 0}
        content = {"hitPolicy": self.policy, "inputs": columns, "outputs": [{"id": "_row", "name": "row", "field": "row"}], "rules": rules}
        nodes = [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": place, "content": content},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ]
        edges = [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ]
        return zen.ZenEngine({"loader": {"type": "static", "content": {self.name: {"nodes": nodes, "edges": edges}}}})

    def _probe(self, table: DecisionTable, conditions: list[list[Condition]]) -> None:
        """Try every cell in the engine on every atom of its column: reader and engine must agree, and something must match."""
        for i, (_, column) in enumerate(self.inputs):
            axis = Axis.of([line[i] for line in conditions])
            for row, line in zip(table.rows, conditions, strict=True):
                cell = line[i]
                if cell.anything:
                    continue
                compiled, hit = zen.compile_unary_expression(cell.source), False
                for atom in axis.atoms:
                    try:
                        got = compiled.evaluate({"$": atom})
                    except RuntimeError:
                        got = False
                    hit = hit or got
                    if got is not cell.matches(atom):
                        self.fault(f"the engine reads {cell.source} otherwise for {shown(atom)!r}: write it more simply", row.id, column)
                        break
                if not hit:
                    self.fault(f"{cell.source} matches nothing", row.id, column)

    def _examples(self, table: DecisionTable) -> None:
        examples = self.cases.get("cases", [])
        if not examples:
            self.fault("write at least one example case")
        for number, example in enumerate(examples, 1):
            try:
                got = table.evaluate(example["given"])
            except (BadFacts, KeyError) as error:
                self.fault(f"example case {number}: {error}")
                continue
            wanted = example.get("rows") or ([example["row"]] if "row" in example else None)
            if wanted is not None and list(got.rows) != list(wanted):
                self.fault(f"example case {number}: row {', '.join(got.rows) or '—'} fired, expected {', '.join(wanted)}")
            for key, value in example.get("expect", {}).items():
                if got.result.get(key) != value:
                    self.fault(f"example case {number}: {key} is {got.result.get(key)!r}, expected {value!r} (row {', '.join(got.rows)})")


def _explanation(title: Text, row: Row) -> Text:
    return Text(
        f"规则表“{title.zh}”第 {row.number} 行：{row.reason.zh}",
        f"Table “{title.en}”, row {row.number}: {row.reason.en}",
    )


def _row_name(rule: Mapping[str, Any], number: int) -> str:
    return str(rule.get("_id") or number)


def _text(value: Any) -> Text | None:
    if isinstance(value, Mapping) and value.get("zh") and value.get("en"):
        return Text(str(value["zh"]), str(value["en"]))
    return None


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value


def _plain(value: Any) -> Any:
    """The engine's numbers are floats; whole ones are given back as int."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value


def _holds_null(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return any(_holds_null(v) for v in (value.values() if isinstance(value, dict) else value))
    return value is None
