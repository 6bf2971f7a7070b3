"""From every configuration a case can come to it can still close, and every action is done in some run (check 35)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context

SHOWN = 5


def check(c: Context) -> None:
    done: set[str] = set()
    said: set[str] = set()
    for run in c.explored:
        done |= run.done
        found, stuck = c.explorer.stuck(run)
        for config in stuck:
            main = config[0]
            if main in said or len(said) >= SHOWN:
                continue
            said.add(main)
            moves = "the case can no longer close" if config in found.moving else "nothing can be done and the case is not closed"
            c.say("state", main, f"{found.words(config)}: {moves} (after {', '.join(found.road(config))})")
    for name in c.d.action:
        if name not in done:
            c.say("action", name, "is done in no run: what it needs never stands together")
