"""The enterprise's pages: writing, saving at the same time, sending once, mending what came back, acting on a case."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF"


@pytest.fixture(autouse=True)
def _plain_files(settings: Any) -> None:
    from jinzhi.kernel.orgs import first_account, queries

    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    queries.forget_orgs()


@pytest.fixture
def world() -> Any:
    from jinzhi.supervision.declarations.tests.biz_world import World

    return World()


def begin(client: Client) -> str:
    answer = client.post("/biz/declarations/new", {"request_id": uuid.uuid4().hex})
    assert answer.status_code == 302
    return str(answer["Location"]).removesuffix("trade/")


def line(**values: str) -> dict[str, str]:
    return {f"lines-0-{name}": value for name, value in values.items()}


def test_a_double_click_begins_one_draft(world: Any) -> None:
    client, key = world.firms[0].client(), uuid.uuid4().hex
    first, second = (client.post("/biz/declarations/new", {"request_id": key})["Location"] for _ in range(2))
    assert first == second


def test_every_page_in_both_languages(world: Any) -> None:
    from jinzhi.supervision.declarations import commands
    from jinzhi.supervision.declarations.schema import Declaration
    from jinzhi.supervision.declarations.tests.biz_world import draft_of, payload

    firm = world.firms[0]
    (sent,) = commands.send([Declaration.model_validate(payload(firm))], actor=firm.actor, party_id=firm.party.pk)
    draft = draft_of(firm, payload(firm, 6))
    pages = ["", "declarations/", "declarations/?q=T-5", "declarations/?phase=closed", f"declarations/{sent.case_id}/", f"declarations/{sent.case_id}/sent"]
    pages += [f"drafts/{draft.pk}/{s}" for s in ("trade/", "parties/", "goods/", "containers/", "papers/", "check/", "print", "delete", "needs", "certificates")]
    for language in ("zh-hans", "en"):
        client = firm.client(language)
        for page in pages:
            answer = client.get(f"/biz/{page}")
            assert answer.status_code == 200, (page, answer.status_code)
            assert "style=" not in answer.content.decode()


def test_another_partys_draft_and_case_look_absent(world: Any) -> None:
    from jinzhi.supervision.declarations import commands
    from jinzhi.supervision.declarations.schema import Declaration
    from jinzhi.supervision.declarations.tests.biz_world import draft_of, payload

    mine, other = world.firms
    (sent,) = commands.send([Declaration.model_validate(payload(mine))], actor=mine.actor, party_id=mine.party.pk)
    draft = draft_of(mine, payload(mine, 6))
    client = other.client()
    for page in (f"declarations/{sent.case_id}/", f"declarations/{sent.case_id}/sent", f"drafts/{draft.pk}/goods/", f"drafts/{draft.pk}/print"):
        assert client.get(f"/biz/{page}").status_code == 404
    for page in (f"drafts/{draft.pk}/send", f"drafts/{draft.pk}/import", f"declarations/{sent.case_id}/mend", f"declarations/{sent.case_id}/act/arrange"):
        assert client.post(f"/biz/{page}", {"cells": "x"}).status_code == 404
    assert client.get("/biz/declarations/?q=T-5").content.decode().count(f"/biz/declarations/{sent.case_id}/") == 0


def test_what_is_typed_is_kept_even_when_it_is_wrong(world: Any) -> None:
    client = world.firms[0].client()
    base = begin(client)
    answer = client.post(f"{base}goods/", {"version": "0", "lines-count": "1", "line_currency": "USD", **line(hs_code="02023", name_zh="牛肉", quantity="三千", net_weight="１０")})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "三千" in page
    assert "HS 编码写 10 位数字" in page
    assert page.count('aria-invalid="true"') >= 2


def test_autosave_says_which_save_it_was_and_meets_only_its_own_section(world: Any) -> None:
    firm = world.firms[0]
    client, other_tab = firm.client(), firm.client()
    base = begin(client)
    silent = {"HTTP_X_AUTOSAVE": "1", "HTTP_ACCEPT": "application/json"}
    assert client.post(f"{base}trade/", {"version": "0", "contract_no": "A"}, **silent).json() == {"saved": True, "version": 1}
    assert other_tab.post(f"{base}parties/", {"version": "0", "consignor_name": "X"}, **silent).json()["version"] == 1
    assert client.post(f"{base}trade/", {"version": "1", "contract_no": "B"}, **silent).json()["version"] == 2
    late = other_tab.post(f"{base}trade/", {"version": "1", "contract_no": "C"}, **silent)
    assert late.status_code == 409
    assert "施文静" in late.json()["error"]
    # the same content again is no conflict and no new save
    assert client.post(f"{base}trade/", {"version": "1", "contract_no": "B"}, **silent).json()["version"] == 2


def test_a_stale_page_shows_both_and_loses_nothing(world: Any) -> None:
    firm = world.firms[0]
    client = firm.client()
    base = begin(client)
    client.post(f"{base}trade/", {"version": "0", "contract_no": "theirs"})
    answer = client.post(f"{base}trade/", {"version": "0", "contract_no": "mine"})
    assert answer.status_code == 409
    assert "mine" in answer.content.decode()
    assert "在" in answer.content.decode()
    client.post(f"{base}trade/", {"version": "0", "contract_no": "mine", "keep": "mine"})
    assert "mine" in client.get(f"{base}trade/").content.decode()


def test_what_is_written_about_a_line_follows_it(world: Any) -> None:
    from jinzhi.kernel.forms.models import Draft

    client = world.firms[0].client()
    base = begin(client)
    two = {"lines-count": "2", "lines-0-name_zh": "一", "lines-1-name_zh": "二"}
    client.post(f"{base}goods/", {"version": "0", **two})
    first, second = (row["key"] for row in Draft.objects.get().data["lines"])
    more = {f"more-{first}-batch_no": "B1", f"more-{second}-batch_no": "B2"}
    client.post(f"{base}goods/", {"version": "1", **two, "lines-0-key": first, "lines-1-key": second, **more})
    # the first line deleted, the second copied
    client.post(f"{base}goods/", {"version": "2", "lines-count": "2", "lines-0-key": second, "lines-0-name_zh": "二", "lines-1-key": second, "lines-1-name_zh": "二抄", **more})
    rows = Draft.objects.get().data["lines"]
    assert [(r["name_zh"], r["batch_no"]) for r in rows] == [("二", "B2"), ("二抄", "B2")]
    assert rows[0]["key"] == second != rows[1]["key"]


def test_goods_from_the_clipboard_with_errors_by_cell_and_back(world: Any) -> None:
    from jinzhi.kernel.forms.models import Draft

    client = world.firms[0].client()
    base = begin(client)
    cells = "HS 编码\t品名\t数量\t单位\t净重\t总价\t原产国\n0202300090\t牛腱\t多\t公斤\t8400\t36120\t巴西\n"
    answer = client.post(f"{base}import", {"cells": cells, "mode": "add"}, follow=True)
    page = answer.content.decode()
    assert ">C2<" in page
    assert "写成数字" in page
    assert len(Draft.objects.get().data["lines"]) == 1
    client.post(f"{base}import/undo")
    assert Draft.objects.get().data["lines"] == []
    assert client.post(f"{base}import/undo").status_code == 409
    assert client.post(f"{base}import", {"cells": " "}).status_code == 422
    assert client.post(f"{base}import", {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04xx")}).status_code == 422
    assert client.get(f"{base}goods.xlsx").status_code == 200


def test_files_are_known_by_their_content(world: Any) -> None:
    client = world.firms[0].client()
    base = begin(client)
    json = {"HTTP_ACCEPT": "application/json"}

    def upload(name: str, data: bytes) -> Any:
        return client.post(f"{base}files", {"file": SimpleUploadedFile(name, data)}, **json)

    done = upload("发票 invoice.pdf", PDF)
    assert done.status_code == 200
    assert 'value="101002" selected' in done.json()["html"]
    assert upload("again.pdf", PDF).status_code == 409
    for name, data in (("a.pdf", b"MZ\x90\x00"), ("b.png", b"<html><script>1</script>"), ("c.xml", b"<!DOCTYPE html><p>"), ("d.jpg", b""), ("e.svg", b"<svg onload='x'/>")):
        answer = upload(name, data)
        assert answer.status_code == 422, name
        assert answer.json()["error"]


def test_a_certificate_is_read_where_it_is_uploaded(world: Any) -> None:
    from jinzhi.supervision.declarations.tests.test_ephyto import sample as certificate

    client = world.firms[0].client()
    base = begin(client)
    assert client.post(f"{base}files", {"file": SimpleUploadedFile("cert.xml", certificate())}, HTTP_ACCEPT="application/json").status_code == 200
    assert "境外电子证书" in client.get(f"{base}certificates").content.decode()


def test_two_hundred_megabytes_are_answered_before_they_are_read(world: Any) -> None:
    from jinzhi.supervision.declarations.biz.attachments import too_large

    class Unread:
        def read(self, *args: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    client = world.firms[0].client()
    base = begin(client)
    for accept, kind in (("application/json", "application/json"), ("text/html", "text/html")):
        answer = client.generic("POST", f"{base}files", b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="209715200", HTTP_ACCEPT=accept, **{"wsgi.input": Unread()})
        assert answer.status_code == 413
        assert "200 MB" in answer.content.decode()
        assert answer["Content-Type"].startswith(kind)
    request = RequestFactory().post("/", CONTENT_LENGTH="nonsense")
    assert too_large(request) is None


def test_sending_is_done_once_however_often_the_button_is_pressed(world: Any) -> None:
    from jinzhi.kernel.forms.models import Draft
    from jinzhi.supervision.declarations.models import Message
    from jinzhi.supervision.declarations.tests.biz_world import draft_of, payload

    firm = world.firms[0]
    draft = draft_of(firm, payload(firm))
    client = firm.client()
    assert client.post(f"/biz/drafts/{draft.pk}/send", {"number": "T-5"}).status_code == 422  # the statement is not ticked
    form = {"declared": "1", "number": "T-5"}
    first, second = (client.post(f"/biz/drafts/{draft.pk}/send", form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Message.objects.count() == 1
    assert not Draft.objects.exists()
    assert "T-5" in client.get(first["Location"]).content.decode() or "报检号" in client.get(first["Location"]).content.decode()


def test_a_draft_with_errors_is_not_sent(world: Any) -> None:
    from jinzhi.supervision.declarations.models import Message

    client = world.firms[0].client()
    base = begin(client)
    answer = client.post(f"{base}send", {"declared": "1"})
    assert answer.status_code == 422
    assert "填写提单号" in answer.content.decode()
    assert not Message.objects.exists()


def test_what_was_returned_is_mended_and_sent_as_the_next_version(world: Any) -> None:
    from jinzhi.kernel.forms.models import Draft
    from jinzhi.supervision.declarations import commands
    from jinzhi.supervision.declarations.models import Declaration as Header
    from jinzhi.supervision.declarations.schema import Declaration
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    good = payload(firm)
    bad = good | {"transport_mode": "99"}
    (sent,) = commands.send([Declaration.model_validate(bad)], actor=firm.actor, party_id=firm.party.pk)
    assert sent.status == "returned"
    client = firm.client()
    assert "修改后重新申报" in client.get(f"/biz/declarations/{sent.case_id}/").content.decode()
    first, second = (client.post(f"/biz/declarations/{sent.case_id}/mend")["Location"] for _ in range(2))
    assert first == second
    assert first.endswith("/trade/")
    page = client.get(first).content.decode()
    assert "f-transport_mode-e" in page  # the error stands at its field
    draft = Draft.objects.get()
    client.post(first, {"version": "0", "transport_mode": good["transport_mode"]})
    done = client.post(f"/biz/drafts/{draft.pk}/send", {"declared": "1", "number": good["enterprise_number"]})
    assert done.status_code == 302, done.content.decode()
    header = Header.objects.get()
    assert (header.case_id, header.version) == (sent.case_id, 2)


def test_the_enterprise_arranges_pays_and_sees_its_receipts(world: Any) -> None:
    from jinzhi.kernel.cases.queries import access_case
    from jinzhi.supervision.declarations import commands
    from jinzhi.supervision.declarations.schema import Declaration
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    client = firm.client()
    for seed in range(20, 60):
        (sent,) = commands.send([Declaration.model_validate(payload(firm, seed))], actor=firm.actor, party_id=firm.party.pk)
        if sent.state == "awaiting_contact":
            break
    else:
        raise AssertionError("no declaration was drawn")
    url = f"/biz/declarations/{sent.case_id}/"
    assert f"{url}act/arrange" in client.get(url).content.decode()
    missing = client.post(f"{url}act/arrange", {"goods_place": "三号库", "request_id": uuid.uuid4().hex})
    assert missing.status_code == 422
    assert "三号库" in missing.content.decode()
    assert "填写可施检日期" in missing.content.decode()
    version = access_case(firm.actor, sent.case_id).work.version
    form = {"goods_place": "三号库", "available_on": "20301125", "contact": "施文静 186", "version": str(version), "request_id": uuid.uuid4().hex}
    first, again = (client.post(f"{url}act/arrange", form) for _ in range(2))
    assert first.status_code == again.status_code == 302
    stale = client.post(f"{url}act/ask_withdrawal", {"reasons": "x", "version": str(version), "request_id": uuid.uuid4().hex})
    assert stale.status_code == 409
    assert "已有变化" in stale.content.decode()
    assert client.post(f"{url}act/accept", {}).status_code == 422  # an officer's act
    assert client.post(f"{url}act/nonsense", {}).status_code == 404


def test_certificates_of_a_sent_declaration_are_kept_with_the_case(world: Any) -> None:
    from jinzhi.kernel.documents import blobs
    from jinzhi.supervision.declarations import commands, foreign
    from jinzhi.supervision.declarations.models import ForeignCertificate
    from jinzhi.supervision.declarations.schema import Declaration
    from jinzhi.supervision.declarations.tests.biz_world import payload
    from jinzhi.supervision.declarations.tests.test_ephyto import sample as certificate

    firm = world.firms[0]
    digests = [blobs.put(certificate(), foreign.XML), blobs.put(b"<x/>", foreign.XML), blobs.put(PDF, "application/pdf")]
    blobs.note_upload(digests, firm.person.pk, firm.party.pk)
    given = payload(firm)
    given["attachments"] = [*given["attachments"], *({"kind": "101007", "sha256": d} for d in digests)]
    (sent,) = commands.send([Declaration.model_validate(given)], actor=firm.actor, party_id=firm.party.pk)
    for _ in range(2):
        foreign.keep([sent.case_id])
    rows = {r.sha256: r for r in ForeignCertificate.objects.all()}
    assert set(rows) == set(digests[:2])
    assert rows[digests[0]].differences
    assert rows[digests[1]].error_zh
