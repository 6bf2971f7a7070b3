"""What strangers send: answered with a sentence, before it costs anything, and without a trace on what others see."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from jinzhi.kernel import time
from jinzhi.kernel.refusals import Refused
from jinzhi.supervision.declarations import ephyto
from jinzhi.supervision.declarations.tests.office_world import NOW

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def _set_up(settings: Any) -> None:
    from jinzhi.kernel.orgs import first_account, queries

    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    queries.forget_orgs()


@pytest.mark.parametrize("path", ["/account/login/", "/v/", "/", "/i18n/setlang/"])
def test_a_visitor_sends_a_megabyte_at_most(path: str) -> None:
    """The announced length is enough: nothing of the body is read."""
    answer = Client().generic("POST", path, b"x", "multipart/form-data; boundary=B", CONTENT_LENGTH=str(200 * MEGABYTE))
    assert answer.status_code == 413
    assert "最大 1 MB" in answer.content.decode()
    assert answer["Connection"] == "close"


def test_nobody_sends_more_than_any_page_takes(django_user_model: Any) -> None:
    client = Client()
    client.force_login(django_user_model.objects.create(username="somebody"), backend="allauth.account.auth_backends.AuthenticationBackend")
    for length, status in ((2 * MEGABYTE, 200), (200 * MEGABYTE, 413)):
        answer = client.generic("POST", "/account/password/change/", b"", "multipart/form-data; boundary=B", CONTENT_LENGTH=str(length))
        assert answer.status_code == status or status == 200 and answer.status_code < 413


@pytest.mark.parametrize("address", ["/v/a%00b", "/v/?number=%00", "/api/v1/declarations/%00", "/api/v1/receipts?kind=%00", "/codes/%00/"])
def test_a_nul_in_an_address_is_no_fault_of_ours(address: str) -> None:
    assert Client(raise_request_exception=False).get(address).status_code == 400


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_nul_in_a_form_is_no_fault_of_ours(kind: str) -> None:
    from jinzhi.supervision.declarations.tests.biz_world import World, draft_of, payload

    with time.at(NOW):
        firm = World(1).firms[0]
        draft = draft_of(firm, payload(firm))
        typed = {"contract_no": "a\x00b", "arrived_on": "\x00"}
        body: dict[str, Any] = {"data": typed} if kind.startswith("multi") else {"data": urlencode(typed), "content_type": kind}
        answer = firm.client().post(f"/biz/drafts/{draft.pk}/trade/", **body)
        assert answer.status_code == 400
        assert "提交" in answer.content.decode()


def test_attributes_without_end_are_not_parsed() -> None:
    many = b" ".join(b'a%d="1"' % n for n in range(ephyto.MAX_ATTRIBUTES + 1))
    with pytest.raises(Refused) as refused:
        ephyto.parse(b'<SPSCertificate xmlns="urn:un:unece:uncefact:data:standard:SPSCertificate:17" ' + many + b"/>")
    assert refused.value.refusals[0].code == "ephyto.shape"


def test_one_declaration_has_a_limit_and_no_hidden_characters() -> None:
    from jinzhi.supervision.declarations.tests.biz_world import World, payload

    with time.at(NOW):
        firm = World(1).firms[0]
        good, key = payload(firm), firm.key()
        long = good | {"enterprise_number": "LONG", "marks": "x" * 5 * MEGABYTE}
        turned, bell = good | {"enterprise_number": "T1", "goods_place": "a\u202eb"}, good | {"enterprise_number": "T2", "contact": "a\x07"}
        answer = Client().post(
            "/api/v1/declarations", json.dumps({"declarations": [long, turned, bell, good]}), "application/json", headers={"Authorization": f"Bearer {key}"}
        )
        results = answer.json()["results"]
        assert [r["errors"][0]["code"] for r in results[:3]] == ["large", "hidden", "hidden"]
        assert results[3]["status"] != "refused"


@pytest.mark.parametrize("name", ['a"b\r\nX: y.pdf', "../../etc/passwd.pdf", "<script>.pdf", "a" * 150 + ".pdf"])
def test_a_files_name_is_only_a_name(name: str) -> None:
    """It neither leaves its header nor its place on the page."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from jinzhi.supervision.declarations.tests.biz_world import World, draft_of, payload

    with time.at(NOW):
        firm = World(1).firms[0]
        client, draft = firm.client(), draft_of(firm, payload(firm))
        page = client.post(f"/biz/drafts/{draft.pk}/files", {"file": SimpleUploadedFile(name, b"%PDF-1.4", "application/pdf")}, headers={"Accept": "application/json"})
        assert page.status_code == 200
        assert "<script>" not in page.json()["html"]
        draft.refresh_from_db()
        kept = draft.data["attachments"][-1]
        answer = client.get(f"/biz/drafts/{draft.pk}/files/{kept['id']}")
        assert "X" not in answer.headers
        assert not any(ch in answer["Content-Disposition"] for ch in "\r\n/<")


def test_a_number_nobody_issued_is_shown_as_it_was_asked_for() -> None:
    """Escaped once: neither a script nor its entities."""
    page = Client().get("/v/%3Cb%3E&x").content.decode()
    assert "&lt;b&gt;&amp;x" in page
    assert "&amp;lt;" not in page


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "\x1b[2J"])
def test_acts_take_no_hidden_characters(text: str) -> None:
    """Neither in a field nor inside a record: refused by name, and nothing is written."""
    from jinzhi.kernel.cases import engine
    from jinzhi.kernel.forms.fields import Field, validate
    from jinzhi.kernel.text import Text
    from jinzhi.supervision.declarations.records import TreatmentRecord
    from jinzhi.supervision.declarations.tests.office_world import Bureau

    record = Field("treatment", Text("处理", "Treatment"), "declarations.treatment_record", True, None, "", TreatmentRecord)
    _, wrong = validate([record], {"treatment": {"agent": text, "started_at": NOW.isoformat(), "ended_at": NOW.isoformat()}})
    assert [r.code for r in wrong] == ["format"]
    with time.at(NOW):
        bureau = Bureau()
        (case,) = bureau.send(1, doubtful=True)
        clerk = bureau.cast.one("380100", "clerk")
        for action, data in (("return", {"reasons": text}), ("accept", {"opinion": text})):
            (result,) = engine.advance([engine.Move(case, data=data)], action, actor=clerk)
            assert {r.code for r in result.refusals} == {"format"}, result
