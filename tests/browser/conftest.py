"""What all walks in the browser share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.platforms import Platform
    from tests.support.walkers import Crew


@pytest.fixture(autouse=True)
def _plain_code_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser's library keeps a loop of its own in this thread; Django's models are used beside it, never within it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def crew(demo_platform: Platform, browser: Browser) -> Iterator[Crew]:
    """People of the demonstration bureau, each in a window of their own: ``crew("beilun.clerk1")``."""
    from tests.support.walkers import Crew  # Django must stand before it

    people = Crew(browser, demo_platform.url)
    yield people
    people.close()
