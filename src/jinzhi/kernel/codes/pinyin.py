"""Search keys of Chinese names: pinyin initials and full pinyin, made once when a list is loaded."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=20_000)
def search_key(text: str) -> str:
    """``宁波港`` → ``"nbg ningbogang"``: initials, a space, full pinyin. Latin letters and digits stay; punctuation goes.

    A text without Chinese characters gives an empty key, since its letters are found as they are.
    """
    if text.isascii():
        return ""
    from pypinyin import Style, lazy_pinyin  # costs 0.1 s and 20 MB: only what loads a list pays for it

    # pypinyin takes a list from ``errors`` too (one part for each letter or digit); its annotation is narrower.
    initials, full = [], []
    for part in lazy_pinyin(text, style=Style.NORMAL, errors=list):  # type: ignore[arg-type]
        letters = "".join(c for c in part.lower().replace("ü", "v") if c.isascii() and c.isalnum())
        if letters:
            initials.append(letters[0])
            full.append(letters)
    return f"{''.join(initials)} {''.join(full)}" if full else ""
