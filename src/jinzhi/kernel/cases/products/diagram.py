"""The diagram of a process (流程图): tracks as lanes, states as boxes, actions as labelled arrows, drawn as SVG without inline style.

Steps from one track to another are not drawn across: the box that is entered carries the action's name at a short arrow of its own.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from html import escape

from jinzhi.kernel.cases.checks.graph import Graph
from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.cases.products.layout import Drawing, Line, Node, lay_out
from jinzhi.kernel.text import Text

BOX, LABEL = 13.0, 11.5
PAD, HEAD = 18.0, 34.0
WIDEST = 1320.0
STYLE = (
    ".q-flow{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;background:#fff}.q-flow__lane{fill:#F4F6F8;stroke:#D3DAE0}"
    ".q-flow__track{font-size:14px;font-weight:600;fill:#14202B}.q-flow__state{fill:#fff;stroke:#17527F;stroke-width:1.3}"
    ".q-flow__state--closed{fill:#EBEFF3;stroke:#3A4B5A;stroke-width:2.4}.q-flow__state--party{stroke:#7A4B00;fill:#FFF3DB}"
    ".q-flow__name{font-size:13px;fill:#14202B}.q-flow__line{fill:none;stroke:#566877}.q-flow__line--system{stroke-dasharray:5 3}"
    ".q-flow__tip{fill:#566877}.q-flow__label{font-size:11.5px;fill:#3A4B5A}.q-flow__paper{fill:#F4F6F8}.q-flow__start{fill:#17527F}"
)


@dataclass(frozen=True)
class Lane:
    """A track with its drawing and, for each state entered from outside the track, the names that stand at its arrow."""

    name: str
    title: str
    drawing: Drawing
    entries: dict[str, list[str]]


def diagram(definition: Definition, language: str = "zh", *, standalone: bool = False) -> str:
    """SVG of a definition in one language (``zh``, ``en``); ``standalone`` brings its own colours, for a file outside the pages."""
    chinese = language.startswith("zh")
    lanes = [_lane(definition, track, chinese) for track in ("main", *definition.track)]
    places, width, height = _pack(lanes)
    title = definition.process.zh if chinese else definition.process.en
    counts = Text("{s} 个状态，{t} 条轨道，{a} 个动作", "{s} states on {t} tracks, {a} actions").format(
        s=len(definition.state), t=len(lanes), a=len(definition.action)
    )
    parts = [
        (f'<svg class="q-flow" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
        f' role="img" aria-labelledby="flow-title flow-desc" lang="{"zh-CN" if chinese else "en"}">'),
        f'<title id="flow-title">{escape(title)}</title><desc id="flow-desc">{escape(counts.zh if chinese else counts.en)}</desc>',
        f"<style>{STYLE}</style>" if standalone else "",
        ('<defs><marker id="flow-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="q-flow__tip" d="M0 0L8 4L0 8z"/></marker></defs>'),
    ]
    for lane, (x, y, w, h) in zip(lanes, places, strict=True):
        parts += _draw(definition, lane, x, y, w, h, chinese)
    return "".join([*parts, "</svg>"])


def _lane(d: Definition, track: str, chinese: bool) -> Lane:
    graph = Graph(d)
    states = [n for n, s in d.state.items() if s.track == track]
    entries: dict[str, list[str]] = {}
    within: dict[tuple[str, str], list[str]] = {}
    for name, action in d.action.items():
        title = action.zh if chinese else action.en
        for target in dict.fromkeys(graph.targets(action)):
            if graph.track(target) != track:
                continue
            if action.source_states and graph.track_of(action) == track:
                for source in action.source_states:
                    within.setdefault((source, target), []).append(name)
            elif title not in entries.setdefault(target, []):
                entries[target].append(title)
    boxes = {}
    for name in states:
        lines = wrap(_title(d, name, chinese), 132, BOX)
        above = [wrap(t, 150, LABEL) for t in entries.get(name, [])]
        over = sum(len(x) for x in above) * (LABEL + 3) + (16 if above else 0)
        wide = max([width_of(line, BOX) for line in lines] + [width_of(x, LABEL) for a in above for x in a])
        boxes[name] = (max(92.0, wide + 22), len(lines) * (BOX + 5) + 14 + over)
    edges = []
    for (source, target), names in within.items():
        lines = _lines(d, names, chinese)
        edges.append((source, target, (max(width_of(x, LABEL) for x in lines) + 8, len(lines) * (LABEL + 3) + 3)))
    drawing = lay_out(boxes, edges, [n for n in states if d.state[n].closed])
    title = (Text("主线", "Main track").zh if chinese else "Main track") if track == "main" else (d.track[track].zh if chinese else d.track[track].en)
    lane = Lane(track, title, drawing, entries)
    for line, names in zip(drawing.lines, within.values(), strict=True):
        if line.label is not None:
            line.label.key = "\n".join(_lines(d, names, chinese)) + ("\tsystem" if all(d.action[n].by == ["system"] for n in names) else "")
    return lane


def _lines(d: Definition, names: list[str], chinese: bool) -> list[str]:
    return [line for n in names for line in wrap(d.action[n].zh if chinese else d.action[n].en, 150, LABEL)]


def _title(d: Definition, state: str, chinese: bool) -> str:
    return d.state[state].zh if chinese else d.state[state].en


def _pack(lanes: list[Lane]) -> tuple[list[tuple[float, float, float, float]], float, float]:
    """The main track across the whole width, the others in rows below it."""
    sizes = [(max(lane.drawing.width, width_of(lane.title, 14)) + 2 * PAD, lane.drawing.height + HEAD + PAD) for lane in lanes]
    width = max([WIDEST, *(w for w, _ in sizes)])
    width = max(sizes[0][0], min(width, max(sizes[0][0], sum(w + PAD for w, _ in sizes[1:]) - PAD if len(sizes) > 1 else 0), WIDEST), *(w for w, _ in sizes))
    places = [(0.0, 0.0, width, sizes[0][1])]
    x, y, row = 0.0, sizes[0][1] + PAD, 0.0
    for w, h in sizes[1:]:
        if x and x + w > width:
            x, y, row = 0.0, y + row + PAD, 0.0
        places.append((x, y, w, h))
        x, row = x + w + PAD, max(row, h)
    return places, width + 2, (y + row if len(sizes) > 1 else sizes[0][1]) + 2


def _draw(d: Definition, lane: Lane, x: float, y: float, w: float, h: float, chinese: bool) -> list[str]:
    left = x + (w - lane.drawing.width) / 2
    top = y + HEAD
    parts = [
        (f'<g transform="translate(1 1)"><rect class="q-flow__lane" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="2"/>'
        f'<text class="q-flow__track" x="{x + 12:.1f}" y="{y + 22:.1f}">{escape(lane.title)}</text>')
    ]
    parts += [_arrow(line, left, top, lane) for line in lane.drawing.lines]
    parts += [_label(line.label, left, top) for line in lane.drawing.lines if line.label is not None]
    for name, box in lane.drawing.boxes.items():
        parts += _box(d, lane, name, box, left, top, chinese)
    return [*parts, "</g>"]


def _over(lane: Lane, name: str) -> float:
    """Height above a box that its entries from outside take."""
    above = [wrap(t, 150, LABEL) for t in lane.entries.get(name, [])]
    return sum(len(a) for a in above) * (LABEL + 3) + (16 if above else 0)


def _box(d: Definition, lane: Lane, name: str, box: Node, left: float, top: float, chinese: bool) -> list[str]:
    state = d.state[name]
    over = _over(lane, name)
    x, y = left + box.x - box.width / 2, top + box.y - box.height / 2 + over
    height = box.height - over
    role = d.role.get(state.duty)
    kind = " q-flow__state--closed" if state.closed or name in Graph(d).final else " q-flow__state--party" if role and role.party else ""
    parts = [f'<rect class="q-flow__state{kind}" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{height:.1f}" rx="3"/>']
    at = y + 7 + BOX
    for line in wrap(_title(d, name, chinese), 132, BOX):
        parts.append(f'<text class="q-flow__name" x="{left + box.x:.1f}" y="{at:.1f}" text-anchor="middle">{escape(line)}</text>')
        at += BOX + 5
    if over:
        at = y - over + LABEL
        for line in [line for title in lane.entries[name] for line in wrap(title, 150, LABEL)]:
            parts.append(f'<text class="q-flow__label" x="{left + box.x:.1f}" y="{at:.1f}" text-anchor="middle">{escape(line)}</text>')
            at += LABEL + 3
        parts.append(f'<circle class="q-flow__start" cx="{left + box.x:.1f}" cy="{y - 14:.1f}" r="2.5"/>')
        parts.append(f'<path class="q-flow__line" marker-end="url(#flow-tip)" d="M{left + box.x:.1f} {y - 12:.1f}V{y - 1:.1f}"/>')
    return parts


def _label(node: Node, left: float, top: float) -> str:
    lines = node.key.split("\t")[0].split("\n")
    x, y = left + node.x, top + node.y - node.height / 2
    parts = [f'<rect class="q-flow__paper" x="{x - node.width / 2:.1f}" y="{y:.1f}" width="{node.width:.1f}" height="{node.height:.1f}"/>']
    for number, line in enumerate(lines):
        parts.append(f'<text class="q-flow__label" x="{x:.1f}" y="{y + LABEL + number * (LABEL + 3):.1f}" text-anchor="middle">{escape(line)}</text>')
    return "".join(parts)


def _arrow(line: Line, left: float, top: float, lane: Lane) -> str:
    kind = " q-flow__line--system" if line.label is not None and line.label.key.endswith("\tsystem") else ""
    if line.source == line.target:
        box, label = line.through
        x = left + box.x + (label.x - box.x) * 0.5
        foot = top + box.y + box.height / 2
        side = -1 if label.x < box.x else 1
        return (
            f'<path class="q-flow__line{kind}" marker-end="url(#flow-tip)" d="M{left + box.x + side * 6:.1f} {foot:.1f}'
            f'C{x:.1f} {foot + 14:.1f} {left + label.x:.1f} {top + label.y - label.height / 2:.1f} {left + label.x:.1f} {top + label.y:.1f}'
            f'C{left + label.x:.1f} {top + label.y - label.height / 2:.1f} {x + side * 20:.1f} {foot + 10:.1f} {left + box.x + side * 18:.1f} {foot + 1:.1f}"/>'
        )
    points: list[tuple[float, float]] = []
    upward = line.through[0].y > line.through[-1].y
    for place, node in enumerate(line.through):
        x, y = left + node.x, top + node.y
        half = node.height / 2
        if node.key in lane.drawing.boxes and place in (0, len(line.through) - 1):
            over = _over(lane, node.key)
            shift = _shift(node, line.through[1 if place == 0 else -2])
            if place == 0:
                points.append((x + shift, y - half + over if upward else y + half))
            else:
                points.append((x + shift, y + half + 1 if upward else y - half + (over or 0) - 1))
        elif half:
            points += [(x, y + half), (x, y - half)] if upward else [(x, y - half), (x, y + half)]
        else:
            points.append((x, y))
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        bend = (by - ay) * 0.5
        d += f"L{bx:.1f} {by:.1f}" if abs(ax - bx) < 0.5 else f"C{ax:.1f} {ay + bend:.1f} {bx:.1f} {by - bend:.1f} {bx:.1f} {by:.1f}"
    return f'<path class="q-flow__line{kind}" marker-end="url(#flow-tip)" d="{d}"/>'


def _shift(box: Node, beside: Node) -> float:
    """Where on a box an arrow is fixed: towards the node it goes to."""
    return max(-box.width / 2 + 12, min(box.width / 2 - 12, (beside.x - box.x) * 0.35))


def width_of(text: str, size: float) -> float:
    """Width of a text in pixels, by rule of thumb: a Chinese character is as wide as high, a Latin one 0.56 of that."""
    return sum(size if ord(c) > 0x2E7F else size * (0.62 if c.isupper() else 0.56) for c in text)


def wrap(text: str, most: float, size: float) -> list[str]:
    """Break a text into lines no wider than ``most``: Latin at spaces, Chinese anywhere."""
    if width_of(text, size) <= most:
        return [text]
    words = text.split(" ") if " " in text else list(text)
    glue = " " if " " in text else ""
    lines = [words[0]]
    for word in words[1:]:
        if width_of(lines[-1] + glue + word, size) <= most:
            lines[-1] += glue + word
        else:
            lines.append(word)
    if not glue and len(lines) > 1:  # two lines of much the same length
        half = -(-len(text) // len(lines))
        lines = [text[i : i + half] for i in range(0, len(text), half)]
    return lines
