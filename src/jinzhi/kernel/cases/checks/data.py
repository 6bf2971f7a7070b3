"""Data is there when it is used: hand-overs, assignments, lanes for each value, extensions, quotas (check 19)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, action in c.d.action.items():
        used = []
        if action.hand and action.hand.field:
            used.append(("hand", action.hand.field, "hands the lane to"))
        if action.assign:
            used.append(("assign", action.assign, "assigns"))
        if action.extends and action.extends.field:
            used.append(("extends", action.extends.field, "extends by"))
        own = c.graph.track_of(action)
        for target in c.graph.targets(action):
            track = c.graph.track(target)
            each = c.graph.tracks[track][2]
            if each and (track != own or not action.source_states):
                used.append(("to", each, f"opens lanes of '{track}' for each"))
        quota = c.d.quota.get(action.takes)  # what is given back is what the case took, whatever its facts say now
        if quota is not None:
            used += [("takes", field, "counts a quota by") for field in [*quota.key, quota.amount] if field]
        for key, field, what in dict.fromkeys(used):
            if not c.graph.has_before(field, name):
                c.say("action", name, f"{what} '{field}', which it does not ask for, and not every road before it does; ask for it here", key)
