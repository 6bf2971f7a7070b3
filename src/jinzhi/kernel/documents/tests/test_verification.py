"""The public check: every state in both languages, versions, forged codes, privacy, records, limits, budgets."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel.documents import commands
from jinzhi.kernel.documents.models import Document, VerificationLog
from jinzhi.kernel.documents.public_pages import TITLES
from jinzhi.kernel.documents.tests.samples import CERTIFICATE_FULL, INSTRUMENT_FULL, draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_pages")]
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def _get(client: Client, address: str, language: str = "zh") -> Any:
    return client.get(address, headers={"accept-language": LANGUAGES[language]})


def _issue(*drafts: Any) -> list[Document]:
    found = Document.objects.in_bulk(commands.issue(list(drafts)))
    return list(found.values())


@pytest.fixture
def states() -> dict[str, str]:
    """One number for each state."""
    _issue(draft("VALID-1"), draft("EXPIRED-1", valid_until=dt.date(2011, 12, 1)), draft("VOID-1"), draft("OLD-1"))
    commands.set_state([Document.objects.get(number="VOID-1").pk], "voided", "货物未出口", 0)
    commands.issue([draft("NEW-1", supersedes=Document.objects.get(number="OLD-1").pk)])
    return {"valid": "VALID-1", "expired": "EXPIRED-1", "voided": "VOID-1", "replaced": "OLD-1", "unknown": "NONE-1"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", ["valid", "expired", "voided", "replaced", "unknown"])
def test_every_state_says_its_word_first(client: Client, states: dict[str, str], state: str, language: str) -> None:
    answer = _get(client, f"/v/{states[state]}", language)
    page = answer.content.decode()
    word = getattr(TITLES[state], language)
    assert answer.status_code == (404 if state == "unknown" else 200)
    assert word in page
    assert page.rindex("q-verdict") < page.index(word, page.index("<body")) < page.index("q-site") < page.index("q-acts")
    assert f'<html lang="{LANGUAGES[language]}"' in page
    other = "一" if language == "en" else "Valid until"
    assert other not in re.sub(r"<[^>]+>", " ", page) or state != "unknown"
    log = VerificationLog.objects.get()
    assert (log.result, log.document_id is None) == (state, state == "unknown")


def test_contents_stand_beside_the_claim(client: Client) -> None:
    _issue(draft("330200211004392", {**CERTIFICATE_FULL, "claims": []}))
    page = _get(client, "/v/330200211004392").content.decode()
    for words in ("单冻虾仁", "IQF peeled shrimps", "12,000.00 千克", "Congelados Ribalta", "方若水", "示例检验局", "2011-11-23"):
        assert words in page
    english = _get(client, "/v/330200211004392", "en").content.decode()
    for words in ("Sanitary certificate", "IQF peeled shrimps", "Sample Inspection Bureau", "23 Nov 2011"):
        assert words in english


@pytest.mark.parametrize("typed", ["３３０２００２１１００４３９２", "3302 0021-1004392", "33020021100４392 "])
def test_numbers_are_taken_as_people_type_them(client: Client, typed: str) -> None:
    _issue(draft("330200211004392"))
    answer = client.get("/v/", {"n": typed})
    assert answer.status_code == 302
    assert TITLES["valid"].zh in _get(client, answer["Location"]).content.decode()


def test_numbers_with_slashes_and_chinese_are_found(client: Client) -> None:
    _issue(draft("甬检〔2011〕12/3 号"))
    assert TITLES["valid"].zh in _get(client, client.get("/v/", {"n": "甬检[2011]12/3号"})["Location"]).content.decode()


def test_the_form_asks_in_words(client: Client) -> None:
    assert client.get("/v/").status_code == 200
    answer = _get(client, "/v/?n= - ")
    assert answer.status_code == 422
    assert "填写证单编号" in answer.content.decode()


def test_the_code_finds_the_version_on_the_paper(client: Client) -> None:
    (old,) = _issue(draft("N-1", {"rows": [{"label": "品名", "value": "虾"}]}))
    (new,) = _issue(draft("N-1", {"rows": [{"label": "品名", "value": "蟹"}]}, supersedes=old.pk, replaced_because="品名更正"))
    paper_one = _get(client, f"/v/N-1?d={old.digest[:8]}").content.decode()
    assert TITLES["replaced"].zh in paper_one
    assert "虾" in paper_one
    assert "现在有效" in paper_one
    paper_two = _get(client, f"/v/N-1?d={new.digest[:8]}").content.decode()
    assert TITLES["replaced"].zh in paper_two.split("q-site")[1]
    assert TITLES["valid"].zh in paper_two.split("q-site")[0]
    assert "蟹" in paper_two


@pytest.mark.parametrize("digits", ["deadbeef", "x", "%27%22%3E", "0" * 64])
def test_a_code_of_another_content_is_noticed(client: Client, digits: str) -> None:
    _issue(draft("N-1"))
    page = _get(client, f"/v/N-1?d={digits}").content.decode()
    assert TITLES["mismatch"].zh in page.split("q-site")[0]
    assert TITLES["valid"].zh not in page.split("q-site")[0].split("<body")[1]
    assert VerificationLog.objects.get().result == "mismatch"


def test_what_is_not_public_shows_its_state_but_contents_only_to_the_holder(client: Client) -> None:
    (document,) = _issue(draft("N-1", INSTRUMENT_FULL, kind="notice", public=False))
    commands.sign_pending()
    page = _get(client, "/v/N-1").content.decode()
    assert TITLES["valid"].zh in page
    for secret in ("牛肉", "方若水", document.digest[:16]):
        assert secret not in page
    held = _get(client, f"/v/N-1?d={document.digest[:8]}").content.decode()
    assert "牛肉" in held
    assert f"/v/original/{document.digest}.pdf" in held
    assert client.get(f"/v/original/{document.digest}.pdf")["Content-Type"] == "application/pdf"
    assert client.get(f"/v/original/{'0' * 64}.pdf").status_code == 404


def test_papers_that_share_a_number_name_each_other(client: Client) -> None:
    _issue(draft("N-1"), draft("N-1", INSTRUMENT_FULL, kind="notice"))
    page = _get(client, "/v/N-1?k=cert").content.decode()
    assert "卫生证书" in page
    assert "处理通知书" in page
    assert "k=notice" in page
    assert "<h1>处理通知书" in _get(client, "/v/N-1?k=notice").content.decode()


def test_text_of_a_document_is_escaped(client: Client) -> None:
    bad = '<script>alert("1")</script>'
    _issue(draft("N-1", {"rows": [{"label": bad, "value": bad}]}))
    page = _get(client, "/v/N-1").content.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in _get(client, "/v/%3Cscript%3E").content.decode()


def test_too_many_questions_wait_a_minute_and_write_nothing(client: Client, settings: Any) -> None:
    settings.JINZHI_VERIFY_PER_MINUTE = 3
    _issue(draft("N-1"))
    assert [_get(client, "/v/N-1").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert VerificationLog.objects.count() == 3
    answer = _get(client, "/v/N-1")
    assert answer["Retry-After"] == "60"
    assert TITLES["limited"].zh in answer.content.decode()
    assert "单冻虾仁" not in answer.content.decode()
    assert client.get("/v/N-1", REMOTE_ADDR="198.51.100.7").status_code == 200, "another client is not held up"


def test_the_record_keeps_no_address(client: Client, settings: Any) -> None:
    client.get("/v/N-1", REMOTE_ADDR="2001:db8::1")
    client.get("/v/N-1", REMOTE_ADDR="2001:db8::2")
    client.get("/v/N-1", REMOTE_ADDR="not an address")
    marks = list(VerificationLog.objects.order_by("id").values_list("client", flat=True))
    assert marks[0] == marks[1] != marks[2]
    assert len(marks[0]) == 16
    settings.JINZHI_PROXIES = 1
    client.get("/v/N-1", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "evil, 198.51.100.7"})
    client.get("/v/N-1", REMOTE_ADDR="198.51.100.7")
    settings.JINZHI_PROXIES = 0
    client.get("/v/N-1", REMOTE_ADDR="198.51.100.7")
    marks = list(VerificationLog.objects.order_by("id").values_list("client", flat=True))[3:]
    assert len(set(marks)) == 1


def test_the_page_keeps_its_budget(client: Client) -> None:
    (old,) = _issue(draft("N-1"))
    _issue(draft("N-1", {"seal": "新", **{k: v for k, v in CERTIFICATE_FULL.items() if k != "seal"}}, supersedes=old.pk))
    with CaptureQueriesContext(connection) as said:
        answer = _get(client, "/v/N-1")
    assert len(said) <= 6
    page = answer.content.decode()
    assert len(gzip.compress(answer.content)) <= 10 * 1024
    assert "<script" not in page
    assert "style=" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert answer["Cache-Control"] == "no-store"


def test_only_reading_is_answered(client: Client) -> None:
    assert client.post("/v/N-1").status_code in (403, 405)
