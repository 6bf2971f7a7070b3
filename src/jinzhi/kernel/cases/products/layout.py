"""Layered layout of one track (Sugiyama, Tagawa, Toda 1981): cycles opened, layers, order by barycentre, places without overlap.

Flow runs from top to bottom. The label of an edge is a node of its own between the layers of states, so that no label lies on a box or
on another label; an edge that spans several layers passes through an empty node in each. All measures are pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

GAP_X, GAP_Y = 18.0, 26.0
SWEEPS = 12


@dataclass
class Node:
    """A box, a label or an empty place an edge passes through; ``x`` and ``y`` are its middle."""

    key: str
    width: float
    height: float
    layer: int = 0
    order: float = 0.0
    x: float = 0.0
    y: float = 0.0
    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return self.height == 0


@dataclass(frozen=True)
class Line:
    """An edge to be drawn: its label's node and all nodes it passes, from source to target."""

    source: str
    target: str
    label: Node | None
    through: tuple[Node, ...]


@dataclass
class Drawing:
    """A laid-out track."""

    boxes: dict[str, Node]
    lines: list[Line]
    width: float
    height: float


Size = tuple[float, float]


def lay_out(boxes: dict[str, Size], edges: Sequence[tuple[str, str, Size]], last: Iterable[str] = ()) -> Drawing:
    """Place ``boxes`` (in the order of the file) and the labels of ``edges`` (source, target, label's size).

    ``last`` are boxes to be put into the lowest layer when nothing leads to them.
    """
    nodes = {name: Node(name, *size) for name, size in boxes.items()}
    forward = _open_cycles(list(boxes), edges)
    layers = _layers(list(boxes), forward, set(last))
    for name, layer in layers.items():
        nodes[name].layer = layer * 2
    lines: list[Line] = []
    everything = list(nodes.values())
    loops: dict[str, list[Node]] = {}
    for (source, target, size), (first, second, turned) in zip(edges, forward, strict=True):
        if source == target:
            label = Node("", *size, layer=nodes[source].layer + 1)
            _join(nodes[source], label)
            everything.append(label)
            loops.setdefault(source, []).append(label)
            lines.append(Line(source, target, label, (nodes[source], label)))
            continue
        upper, lower = nodes[first], nodes[second]
        path = [upper]
        middle = upper.layer + 1 if not turned else lower.layer - 1
        for layer in range(upper.layer + 1, lower.layer):
            node = Node("", *(size if layer == middle else (2.0, 0.0)), layer=layer)
            _join(path[-1], node)
            path.append(node)
            everything.append(node)
        _join(path[-1], lower)
        path.append(lower)
        shown = next((n for n in path[1:-1] if n.layer == middle), None)
        lines.append(Line(source, target, shown, tuple(path[::-1] if turned else path)))
    rows = _rows(everything)
    _order(rows)
    width = _across(rows)
    height = _down(rows)
    return Drawing(nodes, lines, width, height)


def _join(upper: Node, lower: Node) -> None:
    upper.below.append(lower)
    lower.above.append(upper)


def _open_cycles(names: list[str], edges: Sequence[tuple[str, str, Size]]) -> list[tuple[str, str, bool]]:
    """Turn the edges that close a circle (found depth first, in the order of the file); gives (upper, lower, turned)."""
    out: dict[str, list[str]] = {n: [] for n in names}
    for source, target, _ in edges:
        if source != target and target not in out[source]:
            out[source].append(target)
    entered = {t for s, t, _ in edges if s != t}
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in [*(n for n in names if n not in entered), *names]:
        if root in state:
            continue
        stack = [(root, iter(out[root]))]
        state[root] = 1
        while stack:
            here, following = stack[-1]
            for target in following:
                if state.get(target) == 1:
                    back.add((here, target))
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(out[target])))
                    break
            else:
                state[here] = 2
                stack.pop()
    return [(t, s, True) if (s, t) in back else (s, t, False) for s, t, _ in edges]


def _layers(names: list[str], forward: list[tuple[str, str, bool]], last: set[str]) -> dict[str, int]:
    """Longest way from the top; what nothing leads to and is to be last goes to the bottom, other such boxes just above what they lead to."""
    ahead: dict[str, list[str]] = {n: [] for n in names}
    waits = dict.fromkeys(names, 0)
    for upper, lower, _ in forward:
        if upper != lower:
            ahead[upper].append(lower)
            waits[lower] += 1
    layer = dict.fromkeys(names, 0)
    entered = {n for n in names if waits[n]}
    ready = [n for n in names if not waits[n]]
    while ready:
        here = ready.pop(0)
        for target in ahead[here]:
            layer[target] = max(layer[target], layer[here] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    bottom = max(layer.values(), default=0)
    for name in names:
        if name not in entered:
            if ahead[name]:
                layer[name] = max(0, min(layer[t] for t in ahead[name]) - 1)
            elif name in last:
                layer[name] = bottom
    return layer


def _rows(nodes: list[Node]) -> list[list[Node]]:
    rows: list[list[Node]] = [[] for _ in range(max((n.layer for n in nodes), default=0) + 1)]
    for node in nodes:
        node.order = len(rows[node.layer])
        rows[node.layer].append(node)
    return rows


def _order(rows: list[list[Node]]) -> None:
    """Sort each row by the middle of its neighbours, down and up again."""
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            weights = {}
            for node in row:
                beside = node.above if down else node.below
                weights[id(node)] = sum(n.order for n in beside) / len(beside) if beside else node.order
            row.sort(key=lambda n: weights[id(n)])
            for place, node in enumerate(row):
                node.order = float(place) * 100 / max(len(row), 1)
    for row in rows:
        for place, node in enumerate(row):
            node.order = place


def _across(rows: list[list[Node]]) -> float:
    """Places from left to right: each node near the middle of its neighbours, none closer than the gap; gives the width."""
    for row in rows:
        at = 0.0
        for node in row:
            node.x = at + node.width / 2
            at += node.width + GAP_X
    for turn in range(24):
        down = turn % 2 == 0
        for row in rows if down else rows[::-1]:
            wished = []
            for node in row:
                beside = node.above if down else node.below
                both = beside or node.below or node.above
                wished.append(sum(n.x for n in both) / len(both) if both else node.x)
            _spread(row, wished)
    left = min((n.x - n.width / 2 for row in rows for n in row), default=0.0)
    for row in rows:
        for node in row:
            node.x -= left
    return max((n.x + n.width / 2 for row in rows for n in row), default=0.0)


def _spread(row: list[Node], wished: list[float]) -> None:
    """The places nearest to those wished that keep the order and the gap (pool adjacent violators)."""
    offsets = [0.0]
    for before, node in itertools.pairwise(row):
        offsets.append(offsets[-1] + before.width / 2 + GAP_X + node.width / 2)
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=False):
        blocks.append((wish - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    place = 0
    for value, number in blocks:
        for _ in range(number):
            row[place].x = value + offsets[place]
            place += 1


def _down(rows: list[list[Node]]) -> float:
    """Places from top to bottom; a row with nothing to show is a narrow one."""
    at = 0.0
    for row in rows:
        height = max((n.height for n in row), default=0.0)
        for node in row:
            node.y = at + height / 2
        at += height + (GAP_Y if height else GAP_Y / 2)
    return max(at - GAP_Y, 0.0)
