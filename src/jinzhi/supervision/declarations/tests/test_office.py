"""The officers' pages as officers use them: who sees what, what an act answers, and that nothing typed is lost or done twice."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.orgs import first_account
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import actor_for, forget_orgs
from jinzhi.supervision.declarations.models import Paper
from jinzhi.supervision.declarations.tests.office_world import HAN, NOW, Bureau, act, form_of, said, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau(db: None, settings: Any) -> Iterator[Bureau]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    with time.at(NOW):
        yield Bureau()
    first_account.remember(False)
    forget_orgs()


def officer(username: str) -> Actor:
    return actor_for(Person.objects.get(username=username))


def events(case: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select action from event where case_id = %s order by seq", [case])
        return [row[0] for row in cursor.fetchall()]


# -- queues ------------------------------------------------------------------------------------------------------------


def test_group_queue_shows_what_waits_for_the_role(bureau: Bureau) -> None:
    cases = bureau.standing(3, "manual_review", doubtful=True)
    page = sign_in("beilun.clerk1").get("/office/group/")
    text = page.content.decode()
    for case in cases:
        assert f"/office/cases/{case}/?from=group" in text
    assert "待人工审单" in text
    assert "受理" in text
    assert f"/office/cases/{cases[0]}/" not in sign_in("zhenhai.clerk1").get("/office/group/").content.decode()
    assert f"/office/cases/{cases[0]}/" not in sign_in("beilun.cashier").get("/office/group/").content.decode()


def test_queue_filters_live_in_the_address(bureau: Bureau) -> None:
    bureau.standing(2, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    assert "q-table--queue" in client.get("/office/group/?state=manual_review").content.decode()
    empty = client.get("/office/group/?state=to_dispatch&due=late").content.decode()
    assert "这些条件下没有案件" in empty
    assert "清空筛选" in empty
    assert client.get("/office/group/?after=nonsense&size=7&due=never&process=none").status_code == 200


def test_queue_costs_a_constant_number_of_questions(bureau: Bureau) -> None:
    bureau.standing(2, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    client.get("/office/group/")
    with CaptureQueriesContext(connection) as few:
        client.get("/office/group/")
    bureau.send(12, doubtful=True, seed=900)
    with CaptureQueriesContext(connection) as many:
        client.get("/office/group/")
    # whether memory is fresh is asked by the clock, once a second, not by what the page shows
    asked = [sum("orgs_orgstamp" not in query["sql"] for query in found.captured_queries) for found in (few, many)]
    assert asked[1] <= asked[0] <= 10


def test_empty_queue_says_what_to_do_next(bureau: Bureau) -> None:
    bureau.standing(1, "manual_review", doubtful=True)
    text = sign_in("beilun.clerk1").get("/office/").content.decode()
    assert "今天的待办都办完了" in text
    assert "/office/group/" in text


def test_claim_next_release_and_hand_over(bureau: Bureau) -> None:
    bureau.standing(1, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    answer = client.post("/office/claim-next/")
    case = int(re.search(r"/cases/(\d+)/", answer["Location"]).group(1))  # type: ignore[union-attr]
    assert f"/office/cases/{case}/" in client.get("/office/").content.decode()
    other = sign_in("beilun.clerk2")
    blocked = other.get(f"/office/cases/{case}/").content.decode()
    assert "领取" in blocked
    assert "disabled" in blocked
    colleague = Person.objects.get(username="beilun.clerk2").pk
    client.post(f"/office/cases/{case}/duty/hand/", {"person": colleague})
    assert f"/office/cases/{case}/" in other.get("/office/").content.decode()
    other.post(f"/office/cases/{case}/duty/release/")
    assert f"/office/cases/{case}/" not in other.get("/office/").content.decode()


def test_bulk_tells_for_each_row_what_became_of_it(bureau: Bureau) -> None:
    one, two, three = bureau.standing(3, "manual_review", doubtful=True)
    engine.advance([engine.Move(two, data={"reasons": "x"})], "decline", actor=officer("beilun.clerk2"))
    client = sign_in("beilun.clerk1")
    picks = [f"{case}.1.main" for case in (one, two, three)]
    asked = client.post("/office/bulk/return/", {"pick": picks, "from": "group", "query": "size=25"})
    assert asked.status_code == 200
    assert "理由" in asked.content.decode()
    empty = client.post("/office/bulk/return/", {"pick": picks, "from": "group", "confirm": "1", "reasons": " "})
    assert empty.status_code == 422
    assert "填写理由" in empty.content.decode()
    values = form_of(asked.content, "") | {"reasons": "补交合同"}
    answer = client.post("/office/bulk/return/", values)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/office/bulk/results/")
    page = client.get(answer["Location"]).content.decode()
    assert "已办理 2 件，没有办理 1 件" in page
    assert "不予受理" in page
    assert "/office/group/?size=25" in page
    rows = b"".join(client.get(answer["Location"] + "?form=csv").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert [row.split(",")[1] for row in rows] == ["结果", "已办理", "没有办理", "已办理"]
    assert sign_in("beilun.clerk2").get(answer["Location"]).status_code == 404
    assert [w.state for w in read_works([one, two, three]).values()] == ["returned", "declined", "returned"]
    again = client.post("/office/bulk/return/", values)
    assert again.status_code == 302
    assert events(one).count("return") == 1


def test_export_keeps_texts_texts(bureau: Bureau) -> None:
    bureau.send(3, doubtful=True, consignee_name_zh="=HYPERLINK(\"http://x\")")
    bureau.standing(1, "manual_review", doubtful=True)
    answer: Any = sign_in("beilun.clerk1").get("/office/export/group.xlsx")
    sheet: Any = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert sheet.max_row >= 2
    assert all(cell.data_type in ("s", "n") for cell in cells)


def test_search_goes_straight_to_a_full_number(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "awaiting_contact")
    number = read_works([case])[case].number
    assert number
    client = sign_in("beilun.clerk1")
    assert client.get(f"/office/search/?q={number}")["Location"] == f"/office/cases/{case}/"
    assert "没有找到" in sign_in("zhenhai.clerk1").get(f"/office/search/?q={number}").content.decode()
    assert client.get("/office/search/?q=%27%5C").status_code == 200


# -- the case ----------------------------------------------------------------------------------------------------------


def test_case_is_absent_out_of_scope(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    for path in ("", "log/", "actions/accept/1/", f"files/{'0' * 64}"):
        assert sign_in("zhenhai.clerk1").get(f"/office/cases/{case}/{path}").status_code == 404
    assert sign_in("beilun.clerk1").get("/office/cases/99999999999999999999/").status_code == 404
    assert sign_in("beilun.clerk1").get(f"/office/cases/{case}/actions/nothing/1/").status_code == 404
    assert sign_in("trade1").get(f"/office/cases/{case}/").status_code == 404


def test_case_page_in_both_languages_within_its_ceiling(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "awaiting_contact")
    for language in ("zh-hans", "en"):
        client = sign_in("beilun.clerk1", language)
        client.get(f"/office/cases/{case}/")
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"/office/cases/{case}/")
        assert page.status_code == 200
        assert len(asked) <= 30
    tree: Any = html.fromstring(page.content.decode())
    wanted = "//h1|//h2|//h3|//th|//dt|//label|//legend|//main//button|//ol[contains(@class,'q-steps')]//b|//ol[contains(@class,'q-time')]//b|//nav"
    for element in tree.xpath(wanted):
        assert not re.search(HAN, element.text_content()), element.text_content()


def test_an_act_answers_in_three_facts_and_only_once(bureau: Bureau) -> None:
    case, other = bureau.standing(2, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    address = f"/office/cases/{case}/actions/accept/1/"
    values = form_of(client.get(f"{address}?from=group").content, address)
    first = client.post(address, values)
    assert first.status_code == 302
    words = said(first)
    assert "已办理：受理" in words
    assert "下一步由" in words
    again = client.post(address, values)
    assert again.status_code == 302
    assert events(case).count("accept") == 1
    assert other


def test_wrong_input_is_named_and_kept(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    answer = act(sign_in("beilun.clerk1"), case, "return", reasons="")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "填写理由" in text
    assert "#f-reasons" in text
    assert "<title>需要修改" in text
    assert read_works([case])[case].state == "manual_review"


def test_stale_page_names_who_did_what_and_keeps_what_was_typed(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    address = f"/office/cases/{case}/actions/return/1/"
    values = form_of(client.get(address).content, address) | {"reasons": "缺少原产地证，请补交"}
    engine.advance([engine.Move(case)], "accept", actor=officer("beilun.clerk2"))
    answer = client.post(address, values)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "缺少原产地证，请补交" in text
    assert Person.objects.get(username="beilun.clerk2").name_zh in text
    assert "「受理」" in text


def test_htmx_gets_the_form_alone(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    page = sign_in("beilun.clerk1").get(f"/office/cases/{case}/actions/return/1/?from=group", headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith("<section")
    assert "<html" not in page.content.decode()


def test_log_proves_its_chain(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "awaiting_contact")
    text = sign_in("beilun.clerk1").get(f"/office/cases/{case}/log/").content.decode()
    assert "哈希链完整" in text
    assert read_works([case])[case].head.hex() in text


def test_files_are_reached_only_through_their_case(bureau: Bureau) -> None:
    one, two = bureau.standing(2, "manual_review", doubtful=True)
    digest = blobs.put(b"\x89PNG\r\n\x1a\n<script>", "image/png")
    paper = Paper.objects.filter(case_id=one).order_by("no").first()
    assert paper is not None
    Paper.objects.filter(pk=paper.pk).update(sha256=digest, name='发票 "2011"\r\nX: y.png')
    client = sign_in("beilun.clerk1")
    answer = client.get(f"/office/cases/{one}/files/{digest}")
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "image/png"
    assert "\n" not in answer["Content-Disposition"]
    assert "inline" in answer["Content-Disposition"]
    assert client.get(f"/office/cases/{two}/files/{digest}").status_code == 404
    assert client.get(f"/office/cases/{one}/files/{'a' * 64}").status_code == 404


def test_uploads_are_measured_and_recognised(bureau: Bureau, settings: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.JINZHI_MAX_UPLOAD = 100
    case = _to_field(bureau)
    client = sign_in("beilun.sp.lead")
    big, odd = SimpleUploadedFile("big.png", b"\x89PNG\r\n\x1a\n" + b"x" * 200), SimpleUploadedFile("page.png", b"<html>")
    answer = act(client, case, "record_field", field_record__photos=[big, odd])
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "big.png" in text
    assert "page.png 不是 PDF" in text


# -- the whole road through the forms ----------------------------------------------------------------------------------


def _to_field(bureau: Bureau) -> int:
    """A case before its field inspection by the food section."""
    (case,) = bureau.standing(1, "awaiting_contact")
    done = engine.advance(
        [engine.Move(case, data={"goods_place": "北仑四期", "available_on": "2011-11-23", "contact": "王敏"})], "arrange", actor=bureau.cast.agent
    )
    assert done[0].ok, done
    assert act(sign_in("beilun.clerk2"), case, "dispatch", departments=["3801SP"], lead_department="3801SP").status_code == 302
    people = [str(Person.objects.get(username=f"beilun.sp.{who}").pk) for who in ("lead", "inspector")]
    assert act(sign_in("beilun.sp.head"), case, "appoint", inspectors=people).status_code == 302
    return case


def test_two_sign_the_same_record(bureau: Bureau) -> None:
    case = _to_field(bureau)
    lead, second = sign_in("beilun.sp.lead"), sign_in("beilun.sp.inspector")
    photo = io.BytesIO(b"\xff\xd8\xff\xe0 a photograph")
    photo.name = "seal.jpg"
    first = act(lead, case, "record_field", field_record__examined_at="09:30", field_record__photos=photo, **_conforming(lead, case, "record_field"))
    assert first.status_code == 302
    assert "还需另一人" in said(first)
    assert "您已签名" in lead.get(f"/office/cases/{case}/").content.decode()
    shown = second.get(f"/office/cases/{case}/actions/record_field/1/").content.decode()
    assert "2011-11-23 09:30" in shown
    assert Person.objects.get(username="beilun.sp.lead").name_zh in shown
    assert act(second, case, "record_field").status_code == 302
    assert read_works([case])[case].lanes[("inspection", 1)].state == "examined"
    page = second.get(f"/office/cases/{case}/").content.decode()
    picture = re.search(rf"/office/cases/{case}/files/[0-9a-f]{{64}}", page)
    assert picture
    assert second.get(picture.group()).status_code == 200


def _conforming(client: Any, case: int, action: str) -> dict[str, Any]:
    """Every item of the form conforms."""
    field = {"record_field": "field_record", "record_results": "lab_results"}[action]
    values = form_of(client.get(f"/office/cases/{case}/actions/{action}/1/").content, f"/office/cases/{case}/actions/{action}/1/")
    rows = int(values.get(f"{field}.items-count", ["0"])[0])
    return {f"{field}__items__{n}__{part}": word for n in range(rows) for part, word in (("result", "符合要求"), ("fit", "true"))}


def test_a_declaration_goes_the_whole_road_through_the_forms(bureau: Bureau) -> None:
    case = _to_field(bureau)
    lead, second = sign_in("beilun.sp.lead"), sign_in("beilun.sp.inspector")

    def state(track: str = "main") -> str:
        lane = read_works([case])[case].newest(track)
        return lane.state if lane else ""

    def done(answer: Any) -> None:
        page: Any = html.fromstring(answer.content.decode() or "<p></p>")
        assert answer.status_code == 302, re.sub(r"\s+", " ", page.text_content())[:2000]

    done(act(lead, case, "record_field", **_conforming(lead, case, "record_field")))
    done(act(second, case, "record_field"))
    if "/actions/take_samples/" in lead.get(f"/office/cases/{case}/").content.decode():
        answer = act(lead, case, "take_samples", samples__0__quantity="500 克")
        if answer.status_code == 302:
            done(act(sign_in("lab1"), case, "record_results", **_conforming(sign_in("lab1"), case, "record_results")))
    done(act(lead, case, "give_verdict", lane_verdict="qualified"))
    assert state() == "evaluating"
    done(act(lead, case, "propose_evaluation", verdict="qualified", verdict_basis="GB 2707"))
    done(act(sign_in("beilun.sp.head"), case, "approve_evaluation"))
    done(act(lead, case, "draft_certificate"))
    done(act(sign_in("beilun.signatory"), case, "sign_certificate"))
    if state("fee") == "fee_checking":
        done(act(sign_in("beilun.fee"), case, "confirm_fee"))
    if state("fee") == "fee_due":
        done(act(sign_in("beilun.cashier"), case, "take_payment", payment__reference="0001"))
    done(act(sign_in("beilun.certifier"), case, "issue_certificate"))
    assert state() == "certified"
    page = sign_in("beilun.certifier").get(f"/office/cases/{case}/").content.decode()
    assert "入境货物检验检疫证明" in page
    assert "/office/documents/" in page
    mine = lead.get("/office/done/").content.decode()
    assert f"/office/cases/{case}/" in mine
    assert "今日" in mine


def test_a_form_without_its_number_still_counts_once_a_sending(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    client = sign_in("beilun.clerk1")
    client.post(f"/office/cases/{case}/actions/accept/1/", {"request_id": "not-a-number", "version": "1"})
    client.post(f"/office/cases/{case}/actions/accept/1/", {"request_id": str(uuid.uuid4()), "version": "x"})
    assert events(case).count("accept") == 1


def test_a_section_finds_what_it_holds_and_nothing_else(bureau: Bureau) -> None:
    held = _to_field(bureau)
    number = read_works([held])[held].number
    for username, there in (("beilun.sp.inspector", True), ("beilun.dz.inspector", False)):
        page = sign_in(username).get("/office/search/").content.decode()
        assert (f"/office/cases/{held}/" in page) is there
        assert (sign_in(username).get(f"/office/search/?q={number}").status_code == 302) is there
