"""An officer's morning by keyboard alone: from the queue into a case, an act, the answer, the next case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from jinzhi.supervision.declarations.demo.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.platforms import Platform

pytestmark = pytest.mark.browser


def test_a_clerk_works_by_keyboard(demo_platform: Platform, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{demo_platform.url}/account/login/")
    page.fill("input[name=login]", "beilun.clerk1")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/office/"))
    page.goto(f"{demo_platform.url}/office/group/?state=manual_review")
    rows = page.locator(".q-table--queue tbody tr")
    assert rows.count() >= 3
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk]")).to_be_visible()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/office/cases/\d+/"))
    second = page.locator("[data-act=next]").get_attribute("href")
    page.keyboard.press("9")
    expect(page.locator("#act-h")).to_be_focused()
    page.fill("#f-reasons", " ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".q-errors")).to_be_focused()
    page.fill("#f-reasons", "缺少原产地证，请补交")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".q-result")).to_contain_text(re.compile("下一步由|Next: "))
    expect(page.locator(".q-result a")).to_be_focused()
    page.keyboard.press("Enter")
    assert second is not None
    page.wait_for_url(re.compile(re.escape(second.split("?")[0])))
    page.goto(f"{demo_platform.url}/office/")
    page.keyboard.press("g")
    page.wait_for_url(re.compile(r"/office/cases/\d+/\?from=mine"))
    assert not errors
