"""Documents are signed by officers and served on parties (check 32)."""

from __future__ import annotations

from jinzhi.kernel.cases.checks.context import Context


def check(c: Context) -> None:
    for name, document in c.d.document.items():
        for action in document.signed_by:
            if not any(c.staff(role) for role in c.d.action[action].by):
                c.say("document", name, f"signed_by '{action}', which no officer does", "signed_by")
        for role in document.to:
            if not c.party(role):
                c.say("document", name, f"is served on '{role}', who is no party: documents are served on parties", "to")
