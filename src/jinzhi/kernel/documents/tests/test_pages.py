"""The document in the workspaces: who sees it, what stands on it, files, images, printing."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from jinzhi.kernel.documents import commands
from jinzhi.kernel.documents.models import Document
from jinzhi.kernel.documents.tests.samples import CERTIFICATE_FULL, INSTRUMENT_FULL, draft
from jinzhi.kernel.orgs.models import Membership, Org, Party, Person, Post
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_pages")]
HIDDEN_CASE = 999


@pytest.fixture(autouse=True)
def _cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases are another package's: all are visible but one."""

    def access(actor: Any, case_id: int) -> Any:
        if case_id == HIDDEN_CASE:
            raise Refused(Refusal("absent", Text("没有这个案件", "No such case")), status=404)
        return SimpleNamespace(id=case_id, work=SimpleNamespace(number=f"C-{case_id}"))

    monkeypatch.setattr("jinzhi.kernel.documents.pages.access_case", access)


@pytest.fixture
def officer(client: Client) -> Person:
    place = Org.objects.create(code="zz1", path="zz1/", level="bureau", name_zh="示例局", name_en="Sample")
    person = Person.objects.create_user(
        "fang", password="a long enough one", name_zh="方若水", name_en="Fang Ruoshui", must_change_password=False
    )
    Post.objects.create(person=person, role="certifier", org=place, valid_from=dt.date(2000, 1, 1))
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return person


@pytest.fixture
def declarant() -> Client:
    party = Party.objects.create(code="91330200TESTPARTY1", name_zh="示例公司")
    person = Person.objects.create_user("chen", password="a long enough one", name_zh="陈航", must_change_password=False)
    Membership.objects.create(person=person, party=party, role="representative", valid_from=dt.date(2000, 1, 1))
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _one(content: dict[str, Any] | None = None, **other: Any) -> Document:
    (pk,) = commands.issue([draft("N-1", content, **other)])
    return Document.objects.get(pk=pk)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_sheet_stands_beside_its_verification(client: Client, officer: Person, language: str) -> None:
    old = _one(issued_by=officer.pk)
    (pk,) = commands.issue(
        [draft("N-1", {**CERTIFICATE_FULL, "mark": "更改"}, supersedes=old.pk, replaced_because="地址更正", issued_by=officer.pk)]
    )
    commands.sign_pending()
    page = client.get(f"/office/documents/{pk}/", headers={"accept-language": language}).content.decode()
    expected = (
        ("有效", "签名有效，文件没有被改动", "签名覆盖整份文件", "内容一致", "版本 2", "已替换", "地址更正", "签发版本 1", "方若水")
        if language == "zh-CN"
        else (
            "Valid",
            "Signature good",
            "covers the whole file",
            "Content as issued",
            "Version 2",
            "Replaced",
            "Version 1 issued",
            "Fang Ruoshui",
        )
    )
    for words in (*expected, f"/documents/{pk}/1.svg", f"/documents/{pk}.pdf", "check.example", "单冻虾仁", "XS59", 'data-act="print"'):
        assert words in page
    assert "style=" not in page
    assert page.count("<main") == 1
    replaced = client.get(f"/office/documents/{old.pk}/", headers={"accept-language": language}).content.decode()
    assert "q-docs-sheets--out" in replaced


def test_who_may_not_see_the_case_finds_nothing(client: Client, officer: Person, declarant: Client) -> None:
    hidden = _one(case_id=HIDDEN_CASE)
    for address in (
        f"/office/documents/{hidden.pk}/",
        f"/documents/{hidden.pk}.pdf",
        f"/documents/{hidden.pk}/1.svg",
        f"/documents/{hidden.pk}/print",
    ):
        assert client.get(address).status_code == 404, address
    shown = _one(case_id=1, content={"seal": "x"}, copy="1")
    assert client.get(f"/biz/documents/{shown.pk}/").status_code == 404, "an officer is no enterprise"
    assert declarant.get(f"/office/documents/{shown.pk}/").status_code == 404
    assert declarant.get(f"/biz/documents/{shown.pk}/").status_code == 200
    for address in (f"/office/documents/{shown.pk}/", f"/documents/{shown.pk}.pdf", f"/documents/{shown.pk}/1.png"):
        assert Client().get(address).status_code == 302, "a visitor is asked to sign in"
    assert client.get("/office/documents/987654/").status_code == 404


def test_the_signed_file_is_served_as_stored(client: Client, officer: Person) -> None:
    document = _one()
    waiting = client.get(f"/documents/{document.pk}.pdf")
    assert waiting.status_code == 409
    assert "还没有签名" in waiting.content.decode()
    commands.sign_pending()
    answer = client.get(f"/documents/{document.pk}.pdf?download=1")
    assert answer.content.startswith(b"%PDF")
    assert "attachment" in answer["Content-Disposition"]


def test_a_kind_without_signature_is_drawn_when_asked(client: Client, officer: Person) -> None:
    slip = _one(INSTRUMENT_FULL, kind="slip")
    assert client.get(f"/documents/{slip.pk}.pdf").content.startswith(b"%PDF")
    assert client.get(f"/office/documents/{slip.pk}/").status_code == 200
    rare = _one({"paragraphs": ["𪚥"]}, kind="slip", copy="1")
    answer = client.get(f"/documents/{rare.pk}.pdf")
    assert answer.status_code == 409
    assert "U+2A6A5" in answer.content.decode()


def test_images_come_with_a_mark_and_are_not_sent_twice(client: Client, officer: Person) -> None:
    document = _one()
    answer = client.get(f"/documents/{document.pk}/1.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert client.get(f"/documents/{document.pk}/1.svg", headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client.get(f"/documents/{document.pk}/1.png")["Content-Type"] == "image/png"
    assert client.get(f"/documents/{document.pk}/99.svg").status_code == 404
    moved = client.get(f"/documents/{document.pk}/1.svg?dx=2.5&dy=nan")
    assert moved["ETag"] != answer["ETag"]
    assert len(moved.content) < len(answer.content)


def test_a_document_that_cannot_be_signed_says_why(client: Client, officer: Person) -> None:
    document = _one({"rows": [{"label": "姓名", "value": "𪚥"}]})
    commands.sign_pending()
    page = client.get(f"/office/documents/{document.pk}/").content.decode()
    assert "U+2A6A5" in page
    assert "等待签名" in page
    assert "/print" not in page


def test_printing_is_recorded_before_the_sheets_are_shown(client: Client, officer: Person) -> None:
    document = _one()
    assert client.get(f"/documents/{document.pk}/print").status_code == 409
    commands.sign_pending()
    assert client.get(f"/documents/{document.pk}/print").status_code == 200
    wrong = client.post(f"/documents/{document.pk}/print", {"copies": "3", "serials": "A1"})
    assert wrong.status_code == 422
    assert "印刷流水号" in wrong.content.decode()
    assert 'value="A1"' in wrong.content.decode()
    assert client.post(f"/documents/{document.pk}/print", {"copies": "many"}).status_code == 422
    done = client.post(f"/documents/{document.pk}/print", {"copies": "2", "serials": "A1，A2", "stock": "1", "dx": "1.5", "dy": "-2"})
    entry = document.prints.get()
    assert done["Location"] == f"/documents/{document.pk}/print/{entry.pk}?dx=1.5&dy=-2"
    assert (entry.by, entry.by_name, entry.serials) == (officer.pk, "方若水", ["A1", "A2"])
    sheets = client.get(done["Location"]).content.decode()
    assert f"/documents/{document.pk}/1.svg?dx=1.5&amp;dy=-2.0" in sheets
    assert client.get(f"/documents/{document.pk}/print/987654").status_code == 404
    assert "A1" in client.get(f"/office/documents/{document.pk}/").content.decode()


def test_every_page_says_who_may_open_it() -> None:
    from jinzhi.kernel.documents import pages, public_pages

    rules = {
        pages.office_document: "office", pages.biz_document: "biz", pages.document_pdf: "signed_in", pages.document_image: "signed_in",
        pages.document_print: "signed_in", pages.document_sheets: "signed_in", public_pages.verify: "public",
        public_pages.verify_number: "public", public_pages.original: "public",
    }  # fmt: skip
    for view, rule in rules.items():
        assert view.access == rule  # type: ignore[attr-defined]
