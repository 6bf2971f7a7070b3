"""What the launcher says on the console: progress lines with elapsed seconds, and one clear line when it cannot go on."""

from __future__ import annotations

import errno
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from jinzhi.kernel.text import Text

DISK_FULL = Text("磁盘空间已满，请腾出空间后重新启动。", "The disk is full; free some space and start again.")


class Stop(Exception):
    """The launcher cannot go on; ``text`` is the one line the person at the console sees (exit code 1)."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def both(text: Text) -> str:
    """A text in both languages on one line: the console does not know who reads it."""
    return text.zh if text.zh == text.en else f"{text.zh} · {text.en}"


def say(text: Text | str) -> None:
    print(both(text) if isinstance(text, Text) else text, flush=True)


def complain(text: Text) -> None:
    print(f"jinzhi: {both(text)}", file=sys.stderr, flush=True)


class Step:
    """A piece of work that shows itself once it has taken a second, then every second on a terminal.

    Use as a context manager; ``update("1200/3000")`` adds how far it is. Short steps print nothing.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.detail = ""
        self.shown = False
        self.terminal = sys.stdout.isatty()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def update(self, detail: str) -> None:
        self.detail = detail

    def __enter__(self) -> Step:
        self.started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()
        if self.shown and kind is None:
            print(("\r\033[K" if self.terminal else "") + self._line(), flush=True)
        elif self.shown and self.terminal:
            print(flush=True)

    def _line(self) -> str:
        return f"  {both(self.text)}{' ' + self.detail if self.detail else ''}  {time.monotonic() - self.started:.0f}s"

    def _tick(self) -> None:
        pause = 1.0
        while not self._done.wait(pause):
            if self.terminal:
                print(f"\r\033[K{self._line()}", end="", flush=True)
            elif not self.shown or pause > 1:
                print(f"{self._line()} …", flush=True)
            self.shown = True
            pause = 1.0 if self.terminal else 10.0


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what stops the launcher into one line and exit code 1 (130 after Ctrl-C)."""
    try:
        yield
    except Stop as stop:
        complain(stop.text)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        if not disk_is_full(error):
            raise
        complain(DISK_FULL)
        raise SystemExit(1) from None


def disk_is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that a disk is full: the system's own, or the database's report of it."""
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; Chinese characters are two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell + " " * (size - _width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]


def _width(text: str) -> int:
    return sum(2 if "\u2e80" <= char <= "\uffef" else 1 for char in text)
