"""What is no fault and worth knowing: lanes that a closing action cuts off, and running clocks it makes void."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.configurations import Explorer
from jinzhi.kernel.cases.checks.graph import Graph
from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.text import Text


def notes(definition: Definition) -> list[Text]:
    """Sentences on a checked definition."""
    graph = Graph(definition)
    together: dict[str, set[str]] = {}
    for run in Explorer(definition, graph).runs():
        for main, _, sides in run.configs:
            together.setdefault(main, set()).update(lane for lanes in sides for lane, _ in lanes)
    said = []
    for action in definition.action.values():
        ends = [t for t in graph.targets(action) if definition.state[t].closed]
        if not ends:
            continue
        sources = action.source_states if graph.track_of(action) == "main" else [s for s in action.needs if graph.track(s) == "main"]
        named = {graph.track(s) for s in (*action.needs, *action.source_states)}
        beside = {s for source in sources for s in together.get(source, ())}
        cut = [s for s in definition.state if s in beside and s not in graph.final and graph.track(s) not in named]
        void = [n for n in definition.clock if graph.runs[n] & {*sources, *cut} and not set(ends) & graph.stops(n)]
        title = Text(action.zh, action.en)
        if cut:
            said.append(
                Text("“{action}”会中断：{what}", "“{action}” cuts off: {what}").format(
                    action=title, what=_list([Text(definition.state[s].zh, definition.state[s].en) for s in cut])
                )
            )
        if void:
            said.append(
                Text("“{action}”会使时限作废：{what}", "“{action}” makes void the clocks: {what}").format(
                    action=title, what=_list([Text(definition.clock[n].zh, definition.clock[n].en) for n in void])
                )
            )
    return said


def _list(texts: list[Text]) -> Text:
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))
