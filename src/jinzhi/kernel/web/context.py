"""What every page's frame needs: names, mark, language, navigation. It asks the database nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlparse

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from jinzhi.kernel import time
from jinzhi.kernel.modules import MenuItem, modules
from jinzhi.kernel.text import Text, is_chinese

LARGE_TEXT_COOKIE = "jz_text"
KEYBOARD_COOKIE = "jz_keys"
WARN_SECONDS = 300  # a session's end is announced five minutes ahead


@dataclass(frozen=True)
class NavItem:
    """An entry of the navigation with its address; ``name`` is the key into ``nav_counts``."""

    label: Text
    url: str
    name: str
    current: bool


@dataclass(frozen=True)
class NavGroup:
    """Entries under one heading."""

    title: Text
    items: tuple[NavItem, ...]


@lru_cache(maxsize=64)
def _menu(shell: str) -> tuple[tuple[MenuItem, str], ...]:
    """Menu entries of a shell whose page exists, with their addresses."""
    found = []
    # An enterprise comes for its business: that stands above what the platform itself adds (its people, its keys).
    for module in sorted(modules(), key=lambda m: shell == "biz" and not m.processes):
        for item in module.menu:
            if item.shell == shell:
                try:
                    found.append((item, reverse(item.url_name)))
                except NoReverseMatch:  # a page the deployment does not mount
                    continue
    return tuple(found)


def navigation(request: HttpRequest, shell: str) -> list[NavGroup]:
    """The navigation of ``shell`` for who asks: only entries open to one of the actor's roles, the page's own entry marked."""
    actor = getattr(request, "actor", None)
    roles = set(actor.roles()) if actor is not None else set()
    entries = [(item, url) for item, url in _menu(shell) if not item.roles or roles.intersection(item.roles)]
    here = max((url for _, url in entries if request.path.startswith(url)), key=len, default="")
    groups: dict[Text, list[NavItem]] = {}
    for item, url in entries:
        groups.setdefault(item.group, []).append(NavItem(item.label, url, item.url_name, url == here))
    return [NavGroup(title, tuple(items)) for title, items in groups.items()]


class Navigation:
    """``nav.office``, ``nav.biz``, ``nav.portal``, ``nav.sys`` in templates; worked out when asked."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getitem__(self, shell: str) -> list[NavGroup]:
        return navigation(self._request, shell)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("name a shell: nav.office")


def session_seconds(request: HttpRequest) -> int:
    """Seconds until the session ends, 0 for one who has not signed in. Uses only what the request has already read."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    started = user.last_login or timezone.now()
    extended = request.session.get("extended_at")
    if extended:
        started = max(started, dt.datetime.fromtimestamp(extended, tz=dt.UTC))
    return max(0, settings.SESSION_COOKIE_AGE - int((timezone.now() - started).total_seconds()))


def mark_lines(mark: str) -> tuple[str, ...]:
    """The seal's characters in two lines: ``质检服务`` → ``质检``, ``服务``."""
    return (mark,) if len(mark) < 3 else (mark[: len(mark) // 2], mark[len(mark) // 2 :])


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every page."""
    user = getattr(request, "user", None)
    # error pages are also drawn for requests that ended before the session was read
    signed_in = bool(user is not None and user.is_authenticated)
    keyboard = request.COOKIES.get(KEYBOARD_COOKIE) != "off" and bool(getattr(user, "keyboard", True))
    return {
        "platform_name": Text(*settings.JINZHI_NAME),
        "portal_name": Text(*settings.JINZHI_PORTAL_NAME),
        "mark": settings.JINZHI_MARK,
        "mark_lines": mark_lines(settings.JINZHI_MARK),
        "footer": {key: value for key, value in settings.JINZHI_FOOTER.items() if value},
        "lang_tag": "zh-CN" if is_chinese() else "en",
        "chinese": is_chinese(),
        "other_language": ("en", "English") if is_chinese() else ("zh-hans", "中文"),
        "nav": Navigation(request),
        "demo": settings.JINZHI_DEMO,
        "business_date": time.today(),
        "signed_in": signed_in,
        "session_seconds": session_seconds(request) if signed_in else 0,
        "keyboard_on": keyboard,
        "large_text": request.COOKIES.get(LARGE_TEXT_COOKIE) == "large",
        "public_url": settings.JINZHI_PUBLIC_URL,
        # what a genuine page's address must begin with: the deployer's word, never what the request claims
        "public_host": urlparse(settings.JINZHI_PUBLIC_URL).netloc,
    }
