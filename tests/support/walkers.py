"""People in front of browsers: each with a window of their own, for tests that walk a road through several hands."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from jinzhi.supervision.declarations.demo.people import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def shots() -> Path:
    """Where pictures go: ``JINZHI_SHOTS``, else ``test-results``."""
    folder = Path(os.environ.get("JINZHI_SHOTS") or "test-results")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Walker:
    """One person signed in (or nobody, for a stranger), with the errors their pages reported."""

    url: str
    context: BrowserContext
    page: Page
    username: str = ""
    errors: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def shot(self, name: str) -> None:
        """A picture of what fits the window, from the top of the page."""
        self.page.evaluate("scrollTo(0, 0)")
        # what a script draws after loading (sums, sheets) is there before the picture is taken
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=shots() / f"{name}.png", animations="disabled")

    def case(self, case: int) -> None:
        self.go(f"/office/cases/{case}/")

    def offer(self, title: str) -> Locator:
        """The button or link of an act among the next steps."""
        return self.page.locator(".q-next__acts").locator("a, button").filter(has_text=re.compile(rf"^\s*{re.escape(title)}(\s|$)"))

    def open_act(self, title: str) -> Locator:
        """Open an act's form on the case page; gives the form."""
        self.offer(title).first.click()
        form = self.page.locator("#act form")
        expect(form).to_be_visible()
        return form

    def submit(self, *, says: str = "") -> None:
        """Send the open form, and wait for the answer in three facts."""
        self.page.locator("#act [data-act=submit]").click()
        self.answered(says)

    def answered(self, says: str = "") -> None:
        result = self.page.locator(".q-result").first
        expect(result).to_be_visible()
        if says:
            expect(result).to_contain_text(says)


@dataclass
class Crew:
    """All walkers of a test, by user name; signed in once each."""

    browser: Browser
    url: str
    seats: dict[str, Walker] = field(default_factory=dict)

    def __call__(self, username: str) -> Walker:
        """The window of this person, signed in."""
        if username not in self.seats:
            walker = self._open(username)
            walker.go("/account/login/")
            walker.page.fill("input[name=login]", username)
            walker.page.fill("input[name=password]", PASSWORD)
            walker.page.keyboard.press("Enter")
            walker.page.wait_for_url(re.compile(r"/(office|biz|sys)/"))
            self.seats[username] = walker
        return self.seats[username]

    def stranger(self, viewport: dict[str, int] | None = None, name: str = "") -> Walker:
        """Somebody without an account."""
        walker = self._open("", viewport)
        self.seats[name or f"stranger {len(self.seats)}"] = walker
        return walker

    def _open(self, username: str, viewport: dict[str, int] | None = None) -> Walker:
        phone = viewport == PHONE
        options: dict[str, Any] = {"viewport": viewport or DESK, "locale": "zh-CN", "is_mobile": phone, "has_touch": phone}
        context = self.browser.new_context(**options, permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(20_000)
        walker = Walker(self.url, context, context.new_page(), username)
        walker.page.on("pageerror", lambda error: walker.errors.append(f"{username}: {error}"))
        walker.page.on("dialog", lambda dialog: dialog.accept())
        return walker

    def errors(self) -> Iterable[str]:
        return [error for walker in self.seats.values() for error in walker.errors]

    def close(self) -> None:
        for walker in self.seats.values():
            walker.context.close()
