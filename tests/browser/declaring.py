"""The enterprise's share of the walk: six sections of the wizard, one error put right on the way, and the sending."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser import consignment

if TYPE_CHECKING:
    from tests.support.walkers import Walker

BRANCH, OWN_NUMBER = "380100", "KMR-20871"


def declare(trader: Walker, firm: dict[str, str]) -> int:
    """Six sections of the wizard, one error put right on the way; gives the case."""
    page = trader.page
    trader.go("/biz/")
    trader.shot("biz-home")
    page.get_by_role("button", name="开始新的申报").click()
    page.wait_for_url(re.compile(r"/trade/"))
    draft = page.url.removeprefix(trader.url).removesuffix("trade/")
    fill(trader, {
        "organisation": BRANCH, "enterprise_number": OWN_NUMBER, "contract_no": "KMR11-0871", "bill_of_lading": "DSLXBR4471902",
        "transport_name": "XIN YU LAN", "voyage": "118W", "trade_country": "BR", "despatch_country": "BR", "despatch_port": "UYMVD",
        "entry_port": "CNNGB", "arrival_port": "CNNGB", "destination": "浙江宁波", "despatched_on": "20111020", "arrived_on": "2011-11-21",
        "unloaded_on": "11-22", "goods_place": "北仑四期冷库 C-07",
    })  # fmt: skip
    page.locator("#f-trade_mode").select_option("11")
    page.locator("#f-transport_mode").select_option("1")
    page.locator(".q-wiz__top").click()
    trader.shot("wizard-trade")
    onward(trader, "parties")
    consignee = page.locator("#f-consignee_code")
    consignee.fill("")
    consignee.press_sequentially(firm["zh"][2:6])
    page.locator("[role=option]").first.click()
    expect(consignee).to_have_value(firm["code"])
    fill(trader, {
        "consignee_name_zh": firm["zh"], "consignee_name_en": firm["en"], "consignor_name": "Corvale Foods Ltda", "consignor_country": "BR",
        "contact": "周师傅", "telephone": "0574-86770011",
    })  # fmt: skip
    onward(trader, "goods")
    goods(trader, firm)
    onward(trader, "containers")
    for column, value in (("number", consignment.BOX), ("kind", "121"), ("seal", consignment.SEAL)):
        page.fill(f"[name=containers-0-{column}]", value)
    page.keyboard.press("Escape")
    onward(trader, "papers")
    upload(trader, firm)
    onward(trader, "check")
    expect(page.locator(".q-notice--w")).to_contain_text("不在启运国")
    trader.shot("wizard-check")
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator(".q-errors")).to_contain_text("勾选声明")
    page.get_by_label(re.compile("以上内容真实")).check()
    page.get_by_role("button", name="提交申报").dblclick()
    page.wait_for_url(re.compile(r"/biz/declarations/\d+/sent"))
    expect(page.locator("h1")).to_have_text("申报已发送")
    trader.shot("sent")
    case = int(page.url.split("/")[-2])
    # sent by two clicks, there is one; and the draft is gone
    trader.go("/biz/declarations/")
    expect(page.locator("tbody tr").filter(has_text=OWN_NUMBER)).to_have_count(1)
    assert page.request.get(trader.url + draft + "check/").status == 404
    return case


def fill(walker: Walker, values: dict[str, str]) -> None:
    for name, value in values.items():
        walker.page.fill(f"#f-{name}", value)
        walker.page.keyboard.press("Escape")


def onward(walker: Walker, section: str) -> None:
    walker.page.get_by_role("button", name="保存并继续").click()
    walker.page.wait_for_url(re.compile(rf"/{section}/"))


def goods(trader: Walker, firm: dict[str, str]) -> None:
    """Two lines from a spreadsheet; the cell that is wrong says so, and is put right."""
    page = trader.page
    page.get_by_role("button", name="从 Excel 粘贴").click()
    page.locator("#paste textarea").fill(consignment.cells(firm["permit"]))
    page.get_by_role("button", name="导入商品").locator("visible=true").click()
    expect(page.locator("[name=lines-1-net_weight]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("main, .q-wiz").first).to_contain_text("导入了 2 行，其中 1 格需要修改")
    trader.shot("wizard-goods-error")
    gross = page.locator("[name=lines-1-gross_weight]")
    gross.fill("10614")
    gross.press("Enter")
    expect(page.locator("[data-sum=gross_weight]")).to_have_text("25,209.00")
    fill(trader, {"line_currency": "USD", "total_value": "102765"})
    page.keyboard.press("Control+s")
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")
    expect(page.locator("#needs")).to_contain_text("兽医（卫生）证书")
    expect(page.locator("#forecast")).not_to_be_empty()
    page.reload()
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    trader.shot("wizard")


def upload(trader: Walker, firm: dict[str, str]) -> None:
    """Six files at once; the foreign e-certificate is read and compared on the spot."""
    page = trader.page
    files: list[Any] = [{"name": f.name, "mimeType": f.media_type, "buffer": f.data} for f in consignment.papers(firm["en"])]
    page.locator("q-upload input[type=file]").set_input_files(files)
    expect(page.locator(".d-file")).to_have_count(6)
    expect(page.locator("#foreign")).to_contain_text(consignment.CERTIFICATE)
    expect(page.locator("#foreign")).to_contain_text("1208")
    page.fill("[name=certificates-0-kind]", "21")
    page.keyboard.press("Escape")
    trader.shot("wizard-papers")
