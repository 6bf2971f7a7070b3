"""Where cases of older versions may go (check 34)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for day, states in c.d.migrate.items():
        name = day.isoformat()
        if day >= c.d.process.effective:
            c.say("migrate", name, f"maps a version that is not older than this one ({c.d.process.effective})")
        for old, new in states.items():
            if new not in c.d.state:
                c.say("migrate", name, f"names the state '{new}', which does not exist{c.near(new, c.d.state)}", old)
