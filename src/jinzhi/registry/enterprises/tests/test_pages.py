"""The pages of files: who sees and who writes, search and pages, a stale form, a password shown once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.registry.enterprises import commands, queries
from jinzhi.registry.enterprises.tests.world import credit_code, draft, officer, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain_files(settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def desk() -> Client:
    return sign_in(officer("reg1", "registrar"))


def filled(n: int, **more: str) -> dict[str, str]:
    return {
        "code": credit_code(n), "name_zh": f"测试{n}有限公司", "name_en": "", "bureau": "380000", "is_declarant": "on", "is_consignee": "on",
        "registration_no": f"38{n:08d}", "credit_class": "A", "address": "浙江省宁波市", "contact": "林晓岚", "telephone": "0574-87654321", "enrolled_on": "",
    } | more  # fmt: skip


def test_every_page_opens_in_both_languages(desk: Client) -> None:
    (made,) = commands.enrol(SYSTEM, [draft(1)])
    party = made.enterprise.party_id
    commands.suspend(SYSTEM, [party], "理由")
    base = f"/office/enterprises/{party}/"
    for path in ("/office/enterprises/", "/office/enterprises/?q=没有", "/office/enterprises/new/", base, *(base + p for p in ("edit/", "suspend/", "resume/", "administrator/"))):
        chinese = desk.get(path)
        desk.cookies["django_language"] = "en"
        english = desk.get(path)
        desk.cookies["django_language"] = "zh-hans"
        assert chinese.status_code == english.status_code == 200, path
        assert chinese.content != english.content, path
    assert desk.get("/office/enterprises/999999999/").status_code == 404
    assert desk.get("/office/enterprises/?q=%00&after=%00").status_code in (200, 400)


def test_officers_look_and_registrars_write() -> None:
    (made,) = commands.enrol(SYSTEM, [draft(2)])
    party = made.enterprise.party_id
    inspector, elsewhere = sign_in(officer("insp", "inspector")), sign_in(officer("reg2", "registrar", "310000"))
    page = inspector.get(f"/office/enterprises/{party}/")
    assert page.status_code == 200
    assert "/edit/" not in page.content.decode()
    for path in ("new/", f"{party}/edit/", f"{party}/suspend/", f"{party}/administrator/"):
        assert inspector.get(f"/office/enterprises/{path}").status_code == 404, path
    assert elsewhere.get(f"/office/enterprises/{party}/").status_code == 200
    assert elsewhere.post(f"/office/enterprises/{party}/edit/", filled(2)).status_code == 404
    assert sign_in(officer("sys", "sysadmin")).get("/office/enterprises/").status_code == 404
    assert Client().get("/office/enterprises/").status_code == 302


def test_enrolling_shows_the_password_once(desk: Client) -> None:
    wrong = desk.post("/office/enterprises/new/", filled(3, code="123", telephone="x", username="Boss!", admin_name_zh=""))
    assert wrong.status_code == 422
    page = wrong.content.decode()
    for sentence in ("需要修改", "18 位", "电话写成"):
        assert sentence in page
    several = desk.post("/office/enterprises/new/", filled(3, code="123", name_zh="", registration_no="", enrolled_on="2999-01-01"))
    for sentence in ("18 位", "填写企业名称", "报检单位要有注册号", "不能晚于今天"):  # what fields say and what the command says, at once
        assert sentence in several.content.decode(), sentence
    assert desk.post("/office/enterprises/new/", filled(3, username="B", admin_name_zh="")).status_code == 422
    made = desk.post("/office/enterprises/new/", filled(3, username="boss3", admin_name_zh="施文静"))
    assert made.status_code == 302
    page = desk.get(made.headers["Location"])
    assert page.context["secret"] in page.content.decode()
    assert page.context["secret"]
    assert desk.get(made.headers["Location"]).context["secret"] == ""


def test_a_form_that_is_behind_is_not_written(desk: Client) -> None:
    (made,) = commands.enrol(SYSTEM, [draft(4)])
    party = made.enterprise.party_id
    shown = desk.get(f"/office/enterprises/{party}/edit/")
    version = shown.context["version"]
    commands.change(SYSTEM, [commands.Change(party, draft(4, credit_class="C"))])
    stale = desk.post(f"/office/enterprises/{party}/edit/", filled(4, version=str(version)))
    assert stale.status_code == 422
    assert "刚由他人改过" in stale.content.decode()
    assert desk.post(f"/office/enterprises/{party}/edit/", filled(4, version=str(version + 1), code="ignored")).status_code == 302
    file = queries.file(party)
    assert file is not None
    assert (file.credit_class, file.party.name_zh) == ("A", "测试4有限公司")


def test_suspending_asks_for_a_reason(desk: Client) -> None:
    (made,) = commands.enrol(SYSTEM, [draft(5)])
    party = made.enterprise.party_id
    assert desk.post(f"/office/enterprises/{party}/suspend/", {"reason": ""}).status_code == 422
    assert desk.post(f"/office/enterprises/{party}/suspend/", {"reason": "虚假申报"}).status_code == 302
    assert "虚假申报" in desk.get(f"/office/enterprises/{party}/").content.decode()
    assert desk.post(f"/office/enterprises/{party}/resume/", {"reason": "已整改"}).status_code == 302


def test_the_list_is_searched_and_paged_in_few_queries(desk: Client, django_assert_max_num_queries: Any) -> None:
    commands.enrol(SYSTEM, [draft(n) for n in range(100, 220)])
    desk.get("/office/enterprises/")
    seen: list[str] = []
    after = ""
    for _ in range(5):
        with django_assert_max_num_queries(6):
            page = desk.get("/office/enterprises/", {"after": after})
        seen += [row["file"].party.code for row in page.context["rows"]]
        after = page.context["next_after"]
        if not after:
            break
    assert seen == sorted(seen)
    assert len(set(seen)) == 120
    for q in (credit_code(150), credit_code(150).lower(), "测试贸易150", "trading 150 ", "3800000150"):
        rows = desk.get("/office/enterprises/", {"q": q}).context["rows"]
        assert [r["file"].party.code for r in rows] == [credit_code(150)], q
    with django_assert_max_num_queries(10):
        desk.get(f"/office/enterprises/{rows[0]['file'].party_id}/")
