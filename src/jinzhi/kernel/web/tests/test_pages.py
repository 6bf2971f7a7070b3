"""The face's own pages."""

from __future__ import annotations

from typing import Any

import pytest

from jinzhi.kernel.web import context
from jinzhi.kernel.web.views import typed_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("330200211004392", "330200211004392"), (" 3302 0021 1004392 ", "330200211004392"), ("３３０２００２１１００４３９２", "330200211004392"),
        ("br-2011-88213", "BR-2011-88213"), ("牛肉", ""), ("abcdefgh", ""), ("12345", ""), ("1" * 41, ""), ("../../etc", ""), ("<script>1234", ""),
    ],
)  # fmt: skip
def test_typed_numbers(typed: str, number: str) -> None:
    assert typed_number(typed) == number


def test_a_number_goes_straight_to_its_check(client: Any) -> None:
    assert client.get("/", {"q": "BR/2011/88213"}).headers["Location"] == "/v/BR%2F2011%2F88213"
    page = client.get("/", {"q": "牛肉"})
    assert page.status_code == 200
    assert "这不像一个证书编号" in page.content.decode()
    assert "填写证书编号" in client.get("/", {"q": ""}).content.decode()


def test_what_was_typed_is_shown_escaped(client: Any) -> None:
    assert b"<script>alert" not in client.get("/", {"q": "<script>alert(1)"}).content


def test_empty_footer_settings_are_not_drawn(client: Any, settings: Any) -> None:
    settings.JINZHI_FOOTER = {"sponsor": "信息中心", "contact": "", "icp": ""}
    page = client.get("/").content.decode()
    assert "主办单位 信息中心" in page
    assert "联系方式" not in page


def test_the_address_to_trust_is_the_deployers(client: Any, settings: Any) -> None:
    settings.JINZHI_PUBLIC_URL = "https://zhijian.example"
    settings.ALLOWED_HOSTS = ["*"]
    page = client.get("/", headers={"host": "evil.example"}).content.decode()
    assert "zhijian.example" in page
    assert "evil.example" not in page


def test_large_text_is_kept_and_undone(client: Any) -> None:
    answer = client.post("/prefs/text", {"size": "large", "next": "/help/keys"})
    assert answer.headers["Location"] == "/help/keys"
    assert 'data-text="large"' in client.get("/").content.decode()
    client.post("/prefs/text", {"size": "normal", "next": "https://evil.example/"})
    assert "data-text" not in client.get("/").content.decode()


def test_no_preference_leads_to_another_host(client: Any) -> None:
    assert client.post("/prefs/text", {"next": "https://evil.example/"}).headers["Location"] == "/"
    assert client.post("/prefs/keys", {"next": "//evil.example/"}).headers["Location"] == "/"
    assert client.get("/prefs/text").status_code == 405


def test_single_keys_can_be_switched_off(client: Any) -> None:
    client.post("/prefs/keys", {"keys": "off"})
    assert 'data-keyboard="off"' in client.get("/").content.decode()


def test_the_language_switch_keeps_the_page(client: Any) -> None:
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/help/keys"})
    assert answer.headers["Location"] == "/help/keys"
    page = client.get("/help/keys").content.decode()
    assert '<html lang="en"' in page
    assert "Shortcuts" in page


def test_errors_are_sentences(client: Any) -> None:
    client.raise_request_exception = False
    missing = client.get("/nothing/here")
    assert missing.status_code == 404
    assert "没有这一页" in missing.content.decode()
    failed = client.get("/broken", HTTP_ACCEPT_LANGUAGE="en")
    assert failed.status_code == 500
    assert "tell the information centre the number" in failed.content.decode()


def test_a_body_too_large_is_413(client: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = client.post("/save", {"a": "x" * 1000})
    assert answer.status_code == 413
    assert "内容太大" in answer.content.decode()


def test_a_forged_form_gets_a_sentence() -> None:
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/prefs/text", {"size": "large"})
    assert answer.status_code == 403
    assert "页面放得太久" in answer.content.decode()


def test_the_demonstration_is_named_on_every_page(client: Any, settings: Any) -> None:
    assert "演示环境" not in client.get("/").content.decode()
    settings.JINZHI_DEMO = True
    assert "演示环境" in client.get("/").content.decode()


def test_the_policy_allows_nothing_inline(client: Any) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy


def test_marks_are_set_in_two_lines() -> None:
    assert context.mark_lines("质检服务") == ("质检", "服务")
    assert context.mark_lines("质") == ("质",)
