"""A channel without a gateway: every message is a line of JSON in a file (JINZHI_SMS_FILE), so that an installation can see short messages
work before it has a contract with a carrier, and a small program of its own can carry them on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

from jinzhi.kernel.notices.channels import Message
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

MOBILE = re.compile(r"\+?[0-9]{8,15}")


class Paper:
    """Lines appended and flushed to disk, one write each."""

    title = Text("短信", "Text message")
    short = True

    def __init__(self, code: str, path: str) -> None:
        self.code, self.path = code, path

    def ready(self) -> bool:
        return bool(self.path)

    def address(self, person: Person, given: str) -> str:
        return given if MOBILE.fullmatch(given) else ""

    def send(self, messages: Sequence[Message]) -> list[str]:
        lines = "".join(
            json.dumps({"key": m.key, "to": m.to, "text": m.subject, "at": now().isoformat()}, ensure_ascii=False) + "\n" for m in messages
        )
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        return ["" for _ in messages]
