"""Personal data is declared where it can be masked: on texts, and in no number that everybody reads (check 32)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, field in c.d.field.items():
        if not field.personal:
            continue
        if field.type not in ("text", "note"):
            c.say("field", name, f"personal: '{field.type}' has no masked form; declare it on a text or note")
        if "{" + name in c.d.process.number.pattern:
            c.say("process", "number", f"pattern shows '{name}', which is personal data")
