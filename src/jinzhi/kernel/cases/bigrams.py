"""Search without a dictionary: what the index holds of a text."""

from __future__ import annotations


def bigrams(text: str) -> list[str]:
    """What the search column holds of a text: every pair of neighbouring characters of its words (Chinese finds two-character words)."""
    words = "".join(ch.lower() if ch.isalnum() else " " for ch in text).split()
    return sorted({w[i : i + 2] for w in words for i in range(max(1, len(w) - 1))})
