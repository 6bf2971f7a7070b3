"""The scripts in a browser: pages and files come from Django in this process, so nothing listens and no database is needed."""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from jinzhi.kernel.web import assets
from jinzhi.kernel.web.tests import urls

pytestmark = pytest.mark.browser
HOST = "http://localhost"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    assets.ensure()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.failures = []
    opened.on("pageerror", lambda error: opened.failures.append(str(error)))
    opened.on("console", lambda message: opened.failures.append(message.text) if message.type == "error" else None)
    answers: list[tuple[str, Any]] = []
    client = Client()

    def serve(route: Any) -> None:
        request = route.request
        path = urlsplit(request.url)
        if path.path.startswith("/static/"):
            file = finders.find(path.path.removeprefix("/static/"))
            kind = mimetypes.guess_type(path.path)[0] or "application/octet-stream"
            route.fulfill(body=Path(file).read_bytes(), content_type=kind) if file else route.fulfill(status=404)
            return
        address = path.path + (f"?{path.query}" if path.query else "")
        if request.method == "POST":
            answer = client.post(address, request.post_data_buffer or b"", content_type=request.headers.get("content-type", ""))
        else:
            answer = client.get(address, HTTP_ACCEPT_LANGUAGE="zh-hans")
        answers.append((address, answer))
        route.fulfill(status=answer.status_code, body=answer.content, headers=dict(answer.headers.items()))

    # the browser's own thread-bound loop must not make Django refuse plain code
    opened.route("**/*", serve)
    opened.answers = answers
    urls.posted.clear()
    yield opened
    context.close()
    assert not opened.failures


@pytest.fixture(autouse=True)
def _sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def test_lines_follow_enter_paste_and_deletion(page: Any) -> None:
    page.goto(f"{HOST}/page/form")
    first = page.locator("#f-lines-0-code")
    first.click()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "f-lines-0-name"
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text/plain', '甲\\t１０\\t1,000.5\\r\\n乙\\t5\\t２．２５\\r\\n丙\\t1\\t3');
        document.getElementById('f-lines-1-name').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }"""
    )
    assert page.locator("tr[data-line]").count() == 4
    assert page.input_value("#f-lines-1-packages") == "10"
    assert page.input_value("#f-lines-2-net_weight") == "2.25"
    assert page.input_value("#f-lines-3-net_weight") == "3.00"
    assert page.text_content("[data-sum=net_weight]") == "9,405.75"
    assert page.locator(".q-lines__bad").count() == 0  # its cell was changed
    page.locator("tr[data-line]").nth(1).locator("[data-delete]").click()
    assert page.input_value("#f-lines-1-name") == "乙"
    assert page.input_value("input[name=lines-count]") == "3"
    page.locator("tr[data-line]").nth(0).locator("[data-copy]").click()
    assert page.input_value("#f-lines-1-code") == "0202300090"
    assert page.get_attribute("#f-lines-1-code", "aria-label") == "第 2 行 编码"


def test_codes_are_picked_with_the_keyboard(page: Any) -> None:
    page.goto(f"{HOST}/page/form")
    page.locator("#f-origin").click()
    page.keyboard.type("dqgnr", delay=10)
    page.locator("#f-origin[aria-expanded=true]").wait_for()
    assert sum("/codes/" in address for address, _ in page.answers) == 1  # one question for five letters
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#f-origin") == "0202300010"
    assert page.text_content("#f-origin-t") == "冻去骨野牛肉"
    assert page.get_attribute("#f-origin", "aria-expanded") == "false"


def test_dates_and_numbers_are_put_right(page: Any) -> None:
    page.goto(f"{HOST}/page/form")
    for typed, kept in (("20111123", "2011-11-23"), ("２０１１－１－２", "2011-01-02"), ("2011-02-30", "2011-02-30"), ("下周", "下周")):
        page.fill("#f-day", typed)
        page.locator("#f-weight").focus()
        assert page.input_value("#f-day") == kept
    page.fill("#f-weight", "１，２００．５")
    page.locator("#f-day").focus()
    assert page.input_value("#f-weight") == "1200.5"


def test_entries_are_saved_by_themselves_and_kept_when_that_fails(page: Any) -> None:
    page.goto(f"{HOST}/page/form")
    page.fill("#f-day", "2011-11-23")
    page.locator("[data-saved]", has_text="已自动保存").wait_for()
    assert urls.posted[-1]["day"] == "2011-11-23"
    assert page.evaluate("localStorage.getItem('q-draft:t')") is None
    page.route("**/save", lambda route: route.abort())
    page.fill("#f-day", "2011-11-24")
    page.locator("[data-saved]", has_text="没有网络").wait_for()
    assert "2011-11-24" in page.evaluate("localStorage.getItem('q-draft:t')")
    page.failures.clear()  # the browser reports the request we broke
    page.reload()
    page.get_by_role("button", name="用本机这份").click()
    assert page.input_value("#f-day") == "2011-11-24"


def test_a_form_is_sent_once(page: Any) -> None:
    page.goto(f"{HOST}/page/form")
    page.evaluate("() => { window.sent = 0; const f = document.getElementById('form'); f.target = 'elsewhere';"
                  "f.addEventListener('submit', (e) => { if (!e.defaultPrevented) { window.sent += 1; } }); }")  # fmt: skip
    page.evaluate("() => { const f = document.getElementById('form'); for (let i = 0; i < 3; i += 1) f.requestSubmit(); }")
    assert page.get_attribute("#form", "aria-busy") == "true"
    assert page.evaluate("document.getElementById('form').dataset.qSent") == "1"


def test_files_too_large_are_refused_before_they_are_sent(page: Any) -> None:
    page.goto(f"{HOST}/page/form")
    page.set_input_files("#f-papers", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * 5000})
    page.locator(".q-file .q-field__error", has_text="最大 1 KB").wait_for()
    page.set_input_files("#f-papers", {"name": "a.exe", "mimeType": "application/pdf", "buffer": b"x"})
    page.locator(".q-file .q-field__error", has_text="只收").wait_for()
    assert not any(address == "/save" for address, _ in page.answers)
    page.set_input_files("#f-papers", {"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"abc"})
    page.wait_for_function("() => document.getElementById('q-live').textContent.includes('b.pdf')")
    assert urls.posted[-1]["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_rows_follow_keys_outside_fields_only(page: Any) -> None:
    page.goto(f"{HOST}/page/list")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("tbody input[name=pick]:checked").count() == 2
    assert page.text_content("[data-bulk] [data-count]") == "已选 2 件"
    page.keyboard.press("k")
    assert page.evaluate("document.querySelector('.q-table__cur a').textContent") == "330200211004655"
    page.keyboard.press("Enter")
    assert page.url.endswith("#r2")
    page.locator("[data-none]").click()
    assert page.locator("[data-bulk]").is_hidden()


def test_help_opens_and_gives_the_focus_back(page: Any) -> None:
    page.goto(f"{HOST}/page/list")
    page.locator("tbody a").first.focus()
    page.keyboard.press("?")
    assert page.locator("#q-help").is_visible()
    page.keyboard.press("j")  # keys rest while a dialog is open
    page.keyboard.press("Escape")
    assert page.locator("#q-help").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "330200211004518"
    page.keyboard.press("9")
    assert page.locator("#sample-dialog").is_visible()


def test_keys_rest_during_composition_and_when_switched_off(page: Any) -> None:
    page.goto(f"{HOST}/page/list")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', keyCode: 229, bubbles: true}))")
    assert page.locator("#q-help").is_hidden()
    page.evaluate("document.body.dataset.keyboard = 'off'")
    page.keyboard.press("?")
    assert page.locator("#q-help").is_hidden()


@pytest.mark.parametrize("path", ["/", "/sys/styleguide/", "/help/keys", "/page/form", "/page/list", "/?q=x"])
def test_axe_finds_nothing_serious(page: Any, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto(f"{HOST}{path}")
    found = Axe().run(page).response["violations"]
    serious = [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found if v["impact"] in ("serious", "critical")]
    assert not serious


@pytest.mark.parametrize("path", ["/", "/page/form", "/page/list", "/help/keys"])
def test_pages_hold_on_a_phone(page: Any, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{HOST}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
