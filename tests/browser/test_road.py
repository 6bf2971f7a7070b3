"""The whole road of one consignment, by hand: from the enterprise's wizard to the certificate a stranger checks on a phone, and the file."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from jinzhi.supervision.declarations.demo.people import PASSWORD, SINCE
from tests.browser.declaring import BRANCH, declare, fill
from tests.support.walkers import PHONE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.platforms import Platform
    from tests.support.walkers import Crew, Walker

pytestmark = pytest.mark.browser
FOOD, DECLARANT = "3801SP", "shi.wenjing"


@pytest.fixture
def firm(demo_platform: Platform) -> dict[str, str]:
    """A food importer that pays each fee, with a declarant of its own (``shi.wenjing``) and a permit; and second posts for two officers,
    which would let them do what the separation of duties forbids."""
    from jinzhi.kernel.orgs import commands
    from jinzhi.kernel.orgs.actors import SYSTEM
    from jinzhi.kernel.orgs.models import Org, Person
    from jinzhi.registry.enterprises.models import Enterprise
    from jinzhi.supervision.declarations.models import Permit

    with demo_platform.orm():
        branch = Org.objects.get(code=BRANCH)
        people = {p.username: p for p in Person.objects.filter(username__in=("beilun.clerk1", "beilun.fee"))}
        extra = (("beilun.clerk1", "certifier"), ("beilun.fee", "cashier"))
        commands.give_posts(SYSTEM, [commands.PostDraft(people[name], role, branch, valid_from=SINCE) for name, role in extra])
        importer = Enterprise.objects.filter(
            is_declarant=True, monthly_account=False, credit_class="B", party__name_zh__contains="食品"
        ).order_by("pk")
        party = importer.select_related("party")[0].party
        (declarant,) = commands.open_accounts(SYSTEM, [commands.AccountDraft(DECLARANT, "施文静", "Wenjing Shi", password=PASSWORD)])
        commands.add_members(SYSTEM, [commands.MemberDraft(declarant, party, "representative", SINCE)])
        permit = Permit.objects.get(kind="325", holder_code=party.code)
        return {"code": party.code, "zh": party.name_zh, "en": party.name_en, "permit": permit.number}


def test_from_declaration_to_archive(demo_platform: Platform, crew: Crew, firm: dict[str, str], tmp_path: Path) -> None:
    case = declare(crew(DECLARANT), firm)
    accept(crew, case)
    charge_and_release(crew, case, demo_platform)
    inspect(crew, case)
    number = evaluate_and_certify(crew, case)
    check_as_a_stranger(crew, case, number, tmp_path)
    in_english(crew, case)
    archive(crew, case)
    told_afterwards(crew(DECLARANT), case, number)
    with demo_platform.orm():
        chain_holds(case)
    assert not crew.errors()


# -- acceptance, fee, release ------------------------------------------------------------------------------------------


def accept(crew: Crew, case: int) -> None:
    """A clerk finds it in the group's queue and accepts; an older page of the same case is told so, and keeps what was typed."""
    clerk = crew("beilun.clerk1")
    clerk.go("/office/group/")
    clerk.shot("queue")
    clerk.go("/office/group/?state=manual_review")
    expect(clerk.page.locator(".q-table--queue tbody tr").filter(has_text="牛肉").first).to_be_visible()
    clerk.case(case)
    expect(clerk.page.locator("main")).to_contain_text("不在启运国")
    old = clerk.context.new_page()
    old.goto(f"{clerk.url}/office/cases/{case}/actions/return/1/")
    old.fill("#f-reasons", "启运口岸与启运国不符")
    clerk.shot("case-review")
    clerk.open_act("受理")
    clerk.page.fill("#f-opinion", "经蒙得维的亚转运，提单注明，可以受理")
    clerk.page.locator("#act [data-act=submit]").dblclick()
    clerk.answered()
    old.locator("#act [data-act=submit]").click()
    expect(old.locator("#act .q-notice")).to_contain_text("案件已有变化")
    expect(old.locator("#f-reasons")).to_have_value("启运口岸与启运国不符")
    old.close()
    clerk.case(case)
    expect(clerk.page.locator(".q-id")).to_contain_text("待联系施检")


def charge_and_release(crew: Crew, case: int, platform: Platform) -> None:
    """Fee checked, payment reported, found and taken (once, though sent twice at the same moment); the release signed."""
    checker, cashier = crew("beilun.fee"), crew("beilun.cashier")
    checker.case(case)
    done_directly(checker, "复核计费")
    trader = crew(DECLARANT)
    trader.go(f"/biz/declarations/{case}/")
    trader.shot("biz-case")
    form = trader.page.locator("form[action$='/report_payment']")
    trader.page.locator("[name=paid_by]").select_option("transfer")
    trader.page.fill("[name=paid_reference]", "BK20111123-0871")
    trader.page.fill("[name=paid_on]", "今天")
    form.get_by_role("button", name="报告已缴费").click()
    expect(trader.page.locator(".q-result").first).to_be_visible()
    # who confirmed the fee does not collect it, whatever her posts
    checker.case(case)
    refused_to(checker, "收费", "复核")
    cashier.case(case)
    cashier.open_act("收费")
    statuses = cashier.page.evaluate(
        """async () => { const form = document.querySelector('#act form');
        const send = () => fetch(form.action, { method: 'POST', body: new FormData(form) }).then(a => a.status);
        return Promise.all([send(), send()]); }"""
    )
    assert set(statuses) <= {200, 409, 422}
    cashier.case(case)
    with platform.orm():
        from jinzhi.supervision.declarations.models import Payment

        assert Payment.objects.filter(case_id=case).count() == 1
    clerk = crew("beilun.clerk1")
    clerk.case(case)
    refused_to(clerk, "签发通关单", "受理")
    certifier = crew("beilun.certifier")
    certifier.case(case)
    done_directly(certifier, "签发通关单")


def done_directly(walker: Walker, title: str) -> None:
    walker.offer(title).first.click()
    walker.answered()


def refused_to(walker: Walker, title: str, why: str) -> None:
    """The act stands there disabled, and the reason beside it names the duty that is apart."""
    expect(walker.offer(title).first).to_be_disabled()
    expect(walker.page.locator(".q-next__block").first).to_contain_text(why)


# -- inspection --------------------------------------------------------------------------------------------------------


def inspect(crew: Crew, case: int) -> None:
    """Time arranged, dispatched, inspectors appointed; both sign the field record; sample, laboratory, verdict."""
    trader, clerk = crew(DECLARANT), crew("beilun.clerk1")
    trader.go(f"/biz/declarations/{case}/")
    fill(trader, {"goods_place": "北仑四期冷库 C-07", "available_on": "2011-11-24", "contact": "周师傅 0574-86770011"})
    trader.page.get_by_role("button", name="联系施检时间地点").click()
    expect(trader.page.locator(".q-result").first).to_be_visible()
    clerk.case(case)
    clerk.open_act("派单")
    clerk.page.locator(f"#act [name=departments][value='{FOOD}']").check()
    clerk.page.locator("#f-lead_department").select_option(FOOD)
    clerk.submit()
    head = crew("beilun.sp.head")
    head.case(case)
    head.open_act("指派施检员")
    for box in head.page.locator("#act [name=inspectors]").all()[:2]:
        box.check()
    head.submit()
    first, second = crew("beilun.sp.inspector"), crew("beilun.sp.lead")
    field_record(first, case)
    second.case(case)
    second.open_act("核对并签名：现场查验")
    expect(second.page.locator("#act")).to_contain_text("核对并签名")
    second.shot("case-second-signature")
    second.submit()
    first.case(case)
    first.open_act("抽采样并送检")
    first.page.fill("[name='samples.0.quantity']", "2 千克")
    first.page.fill("[name='samples.0.seal']", "NB0087101")
    first.submit()
    laboratory(crew("lab1"), case)
    second.case(case)
    second.shot("case")
    second.open_act("出具部门结论")
    second.page.locator("#f-lane_verdict").select_option("qualified")
    second.submit()


def field_record(inspector: Walker, case: int) -> None:
    page = inspector.page
    photo = page.screenshot(type="png")
    inspector.case(case)
    inspector.open_act("现场查验")
    judge(inspector, "field_record")
    page.fill("[name='field_record.packages_opened']", "60")
    page.locator("[name='field_record.goods_match']").check()
    page.fill("[name='field_record.remarks']", "箱内温度 -19 °C，封识完好，货证相符")
    page.locator("[name='field_record.photos']").set_input_files({"name": "冷库 C-07.png", "mimeType": "image/png", "buffer": photo})
    inspector.shot("case-field-record")
    inspector.submit(says="签名")


def judge(walker: Walker, record: str) -> None:
    """A passing result for each item: within the limit where there is one, else in words with a judgement."""
    for row in walker.page.locator("#act .q-lines--record tbody tr").all():
        limit = row.locator("td").nth(2).inner_text().replace("−", "-")
        result = row.locator("input:not([type=hidden])").first
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", limit)]
        if "不得检出" in limit or "未检出" in limit:
            result.fill("未检出")
            row.locator("select").select_option("true")
        elif limit.startswith("≤") and numbers:
            result.fill(f"{numbers[0] - abs(numbers[0]) * 0.1:g}")
        elif limit.startswith("≥") and numbers:
            result.fill(f"{numbers[0] * 1.1:g}")
        elif len(numbers) == 2:
            result.fill(f"{sum(numbers) / 2:g}")
        else:
            result.fill("符合要求")
            row.locator("select").select_option("true")


def laboratory(analyst: Walker, case: int) -> None:
    analyst.case(case)
    analyst.open_act("录入检测结果")
    judge(analyst, "lab_results")
    analyst.shot("case-laboratory")
    analyst.submit()


# -- evaluation, certificate -------------------------------------------------------------------------------------------


def evaluate_and_certify(crew: Crew, case: int) -> str:
    """Proposed, approved, drafted, signed, issued, by five people; the worker signs the file. Gives the certificate's number."""
    lead, head, signatory, certifier = (crew(name) for name in ("beilun.sp.lead", "beilun.sp.head", "beilun.signatory", "beilun.certifier"))
    lead.case(case)
    lead.open_act("综合评定")
    lead.page.locator("#f-verdict").select_option("qualified")
    lead.page.fill("#f-verdict_basis", "GB 2707—2005 鲜（冻）畜肉卫生标准")
    lead.submit()
    head.case(case)
    head.open_act("审批评定")
    head.page.fill("#f-opinion", "同意")
    head.submit()
    lead.case(case)
    lead.open_act("拟稿")
    lead.shot("case-draft")
    lead.submit()
    signatory.case(case)
    signatory.shot("case-signing")
    done_directly(signatory, "审核签字")
    certifier.case(case)
    done_directly(certifier, "制证发证")
    page = certifier.page
    page.get_by_role("link", name="入境货物检验检疫证明").first.click()
    page.wait_for_url(re.compile(r"/office/documents/\d+/"))
    for _ in range(40):  # the worker signs in the background
        if page.get_by_role("link", name="下载 PDF").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".q-check")).to_contain_text("内容一致")
    certifier.shot("certificate")
    return page.locator("h1 .q-mono").inner_text().strip()


def check_as_a_stranger(crew: Crew, case: int, number: str, folder: Path) -> None:
    """On a phone, without an account: what the number stands for; the file's signature is good by two programs."""
    from jinzhi.kernel.documents import signing

    stranger = crew.stranger(PHONE)
    page = stranger.page
    stranger.go(f"/v/{number}")
    expect(page.locator(".q-verdict")).to_contain_text("有效")
    expect(page.locator(".q-match")).to_contain_text("牛肉")
    expect(page.locator(".q-match")).to_contain_text(number)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    stranger.shot("verify")
    address = page.get_by_role("link", name="看证单原样").get_attribute("href")
    answer = page.request.get(stranger.url + str(address))
    assert answer.status == 200
    pdf = answer.body()
    with ThreadPoolExecutor() as aside:  # the validator runs a loop, and this thread has the browser's
        facts = aside.submit(signing.verify, pdf).result()
    assert signing.is_valid(facts), facts
    if shutil.which("pdfsig"):
        file = folder / "certificate.pdf"
        file.write_bytes(pdf)
        said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said, said
    # not everybody's: the same stranger does not see the case
    assert "/account/login" in page.request.get(f"{stranger.url}/office/cases/{case}/").url


def in_english(crew: Crew, case: int) -> None:
    """The same pages in English; the way back to Chinese is on each of them."""
    head = crew("beilun.sp.head")
    head.context.add_cookies([{"name": "django_language", "value": "en", "url": head.url}])
    head.go("/office/group/")
    expect(head.page.locator("h1")).to_have_text("Group queue")
    head.shot("queue-en")
    head.case(case)
    expect(head.page.locator("h1")).to_contain_text("Import declaration")
    head.shot("case-en")
    reader = crew.stranger()
    reader.go("/")
    reader.shot("portal")
    reader.page.get_by_role("button", name="English").click()
    expect(reader.page.locator("h1, .q-mast__name").first).to_contain_text("Quality")


def archive(crew: Crew, case: int) -> None:
    archivist = crew("beilun.archivist")
    archivist.case(case)
    done_directly(archivist, "归档")
    archivist.case(case)
    expect(archivist.page.locator(".q-id")).to_contain_text("已归档")
    expect(archivist.page.locator("main")).to_contain_text("卷宗目录")
    archivist.shot("case-archived")


def told_afterwards(trader: Walker, case: int, number: str) -> None:
    """The enterprise finds certificate and receipts in its workspace."""
    trader.go(f"/biz/declarations/{case}/")
    expect(trader.page.locator("main")).to_contain_text(number)
    trader.shot("biz-case-archived")


def chain_holds(case: int) -> None:
    """Each act was done once, and the case's chain of events works out."""
    from jinzhi.kernel.cases import lists

    lines = lists.log(case)
    assert all(line.intact for line in lines)
    acts = [line.action for line in lines]
    once = ("send", "accept", "confirm_fee", "report_payment", "take_payment", "sign_release", "issue_certificate", "archive")
    assert {act: acts.count(act) for act in once} == dict.fromkeys(once, 1)
