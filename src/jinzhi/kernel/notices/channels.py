"""Ways out (渠道): what carries a notice beyond the platform. E-mail is built in; a gateway for short messages is a class of three methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person, in that person's language. ``key`` is the same when it is sent again: a channel may use it to send once."""

    key: str
    to: str
    subject: str
    text: str
    language: str = "zh-hans"


class Channel(Protocol):
    """A way out. ``code`` is its name in tables, ``short`` says that only the subject is read (short messages)."""

    code: str
    title: Text
    short: bool

    def ready(self) -> bool:
        """Whether this installation has what the channel needs. While it has not, nothing is queued for it."""
        ...

    def address(self, person: Person, given: str) -> str:
        """Where to reach the person: ``given`` is what the person entered for this channel. Empty: not at all."""
        ...

    def send(self, messages: Sequence[Message]) -> list[str]:
        """Send them; for each, why it was not sent (empty: sent). May raise: then none is taken as sent, and all are tried again."""
        ...


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Add a channel, or replace the one of that code."""
    _channels[channel.code] = channel


def known() -> list[Channel]:
    """All channels, in the order registered."""
    return list(_channels.values())


def ready() -> list[Channel]:
    """Those this installation can use."""
    return [c for c in known() if c.ready()]


def channel(code: str) -> Channel | None:
    return _channels.get(code)
