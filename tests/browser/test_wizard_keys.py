"""The goods of a declaration written without a mouse: cells, candidates, a paste, saving, and on to the next section."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.walkers import Crew

pytestmark = pytest.mark.browser


def cell(page: Page, row: int, column: str) -> str:
    return page.locator(f"[name=lines-{row}-{column}]").input_value()


def test_goods_by_keyboard_alone(crew: Crew) -> None:
    trader = crew("trade2")
    page = trader.page
    trader.go("/biz/")
    page.locator("form[action$='/new'] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/trade/")
    page.goto(page.url.replace("/trade/", "/goods/"))
    first = page.locator("[name=lines-0-hs_code]")
    first.focus()
    # an entry is chosen from the candidates by Enter, which then does not leave the cell
    page.keyboard.type("02023000")
    expect(page.locator("[role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(first).to_have_value("0202300090")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    for words in ("冷冻去骨牛肉", "１２，０００", "千克", "600", "12000", "12,540.5", "51000", "巴西", "SIF 9217"):
        page.keyboard.insert_text(words)
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
    # Enter in the last cell began a second row
    expect(page.locator("[name=lines-1-hs_code]")).to_be_focused()
    assert cell(page, 0, "quantity") in ("12000", "12,000")
    assert cell(page, 0, "gross_weight") == "12,540.50"
    page.evaluate("navigator.clipboard.writeText('0202300090\\t冷冻牛腱\\t8,000\\t千克\\t400\\t8,000\\t8,360\\t34,000\\t巴西\\tSIF 9217')")
    page.keyboard.press("Control+v")
    assert cell(page, 1, "name_zh") == "冷冻牛腱"
    expect(page.locator("[data-sum=net_weight]")).to_have_text("20,000.00")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-saved]")).to_contain_text(re.compile("已自动保存|Saved"))
    page.locator("#f-line_currency").focus()
    page.keyboard.insert_text("USD")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/containers/")
    page.go_back()
    assert cell(page, 1, "producer_no") == "SIF 9217"
    assert not crew.errors()
