"""Two languages side by side: every text a person reads is written once in each, in the same place.

A ``Text`` is complete by construction: a missing translation cannot be forgotten in a catalogue
somewhere else. Why not gettext: ``docs/decisions/0002-two-languages-side-by-side.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Simplified Chinese (中文) and English; ``str()`` gives the reader's language."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if is_chinese() else self.en

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def format(self, **values: Any) -> Text:
        """Fill ``{name}`` places in both languages. Values that are Texts speak the same language."""
        return Text(
            self.zh.format(**{k: v.zh if isinstance(v, Text) else v for k, v in values.items()}),
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in values.items()}),
        )

    def as_dict(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


def is_chinese() -> bool:
    """Whether the current reader reads Chinese (the default)."""
    return not (get_language() or "zh").startswith("en")
