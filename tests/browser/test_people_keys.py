"""People on a case by keyboard alone: presence, a note with a mention, watching, handing a duty to a colleague, the notice that follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.support.platforms import Platform
    from tests.support.walkers import Crew

pytestmark = pytest.mark.browser


def test_two_clerks_on_one_case(demo_platform: Platform, crew: Crew) -> None:
    one, two = crew("beilun.clerk1"), crew("beilun.clerk2")
    one.go("/office/")
    one.page.keyboard.press("g")
    one.page.wait_for_url(re.compile(r"/office/cases/\d+/"))
    case = int(re.search(r"/cases/(\d+)/", one.page.url).group(1))  # type: ignore[union-attr]
    two.case(case)
    expect(two.page.locator("q-here")).to_have_text(re.compile("也在看本案|Also here"))

    one.page.keyboard.press("n")
    note = one.page.locator("#f-text")
    expect(note).to_be_focused()
    one.page.keyboard.type("请 @beilun.clerk2")
    option = one.page.locator("q-mention [role=option]").first
    expect(option).to_be_visible()
    one.page.keyboard.press("Enter")
    expect(note).to_have_value(re.compile(r"^请 @\S+ $"))
    one.page.keyboard.type("核对合同")
    one.page.keyboard.press("Control+Enter")
    expect(one.page.locator(".q-notes li").first).to_contain_text("核对合同")

    one.page.locator(".q-duty__give summary").first.focus()
    one.page.keyboard.press("Enter")
    one.page.keyboard.press("Tab")
    one.page.locator(".q-duty__give select").first.select_option(label=two.page.locator(".q-menu summary").inner_text().strip())
    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Enter")
    expect(one.page.locator(".q-duty").first).not_to_contain_text(re.compile("本人|you"))

    for _ in range(160):  # the worker derives them, behind the oldest transaction of the server
        two.go("/office/notices/")
        if two.page.locator(".q-told li").count() > 1:
            break
        two.page.wait_for_timeout(500)
    expect(two.page.locator(".q-told li").first).to_be_visible()
    expect(two.page.locator(".q-told")).to_contain_text(re.compile("提到您|mentioned you"))
    expect(two.page.locator(".q-told")).to_contain_text(re.compile("交给您办理|gave you"))
    assert not one.errors
    assert not two.errors
