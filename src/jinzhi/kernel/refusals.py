"""Refusal: the typed answer when something may not be done, rendered in one place."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act was refused: a stable code for machines, a sentence for people, the field if there is one."""

    code: str
    message: Text
    field: str = ""
    data: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "field": self.field, "message": str(self.message), "data": self.data}


class Refused(Exception):
    """Raised where a single thing was asked for and refused; ``status`` is the HTTP status it becomes."""

    def __init__(self, *refusals: Refusal, status: int = 409) -> None:
        super().__init__("; ".join(r.message.en for r in refusals))
        self.refusals = refusals
        self.status = status
