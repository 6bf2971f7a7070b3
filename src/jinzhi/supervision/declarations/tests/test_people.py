"""The pages about people as officers use them: duties, notes, stand-ins, groups, notices, and the administrator's desk page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from jinzhi.kernel import time
from jinzhi.kernel.cases import lists
from jinzhi.kernel.cases.people import commands
from jinzhi.kernel.feeds.events import Event
from jinzhi.kernel.notices import derive
from jinzhi.kernel.notices.models import Notice
from jinzhi.kernel.orgs.models import Org, Person
from jinzhi.kernel.time import today
from jinzhi.supervision.declarations.tests.office_world import Bureau, form_of, said, sign_in
from jinzhi.supervision.declarations.tests.test_office import bureau, events, officer  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


def pk(username: str) -> int:
    return Person.objects.get(username=username).pk


def lead(bureau: Bureau, username: str = "beilun.lead") -> None:
    person = Person.objects.create(username=username, name_zh="组长甲", name_en="Lead A")
    person.posts.create(role="lead", org=Org.objects.get(code="380100"), valid_from=today())


def post(client: Any, page: str, address: str, **typed: Any) -> Any:
    shown = client.get(page)
    assert shown.status_code == 200
    return client.post(address, form_of(shown.content, address) | typed)


def test_a_lead_assigns_on_the_case_page_and_takes_back(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    lead(bureau)
    boss, page = sign_in("beilun.lead"), f"/office/cases/{case}/"
    answer = post(boss, page, f"{page}duty/assign/", person=str(pk("beilun.clerk1")), reason="分工")
    assert "已指派给" in said(answer)
    assert f"/office/cases/{case}/" in sign_in("beilun.clerk1").get("/office/").content.decode()
    assert "收回到本组" in boss.get(page).content.decode()
    answer = post(boss, page, f"{page}duty/take-back/")
    assert "已收回" in said(answer)
    assert events(case)[-2:] == ["~assign", "~release"]
    clerk = sign_in("beilun.clerk1")
    refused = clerk.post(f"{page}duty/assign/", {"person": str(pk("beilun.clerk2"))})
    assert events(case)[-1] == "~release", said(refused)


def test_a_note_with_a_mention_and_one_that_is_refused_keeps_what_was_typed(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    client, page = sign_in("beilun.clerk1"), f"/office/cases/{case}/"
    answer = client.post(f"{page}notes/", {"text": "请 @beilun.clerk2 看合同"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("#notes-h")
    assert "请" in client.get(page).content.decode()
    entries = client.get(f"{page}colleagues/?q=beilun.clerk2").json()["entries"]
    assert [e["code"] for e in entries] == ["beilun.clerk2"]
    wrong = client.post(f"{page}notes/", {"text": "@admin 看"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "看不到本案" in text
    assert "@admin 看</textarea>" in text
    assert events(case).count("~note") == 1
    derive.notify(_events(case))
    other = sign_in("beilun.clerk2")
    told = other.get("/office/notices/").content.decode()
    assert "在备注中提到您" in told
    assert 'class="q-badge">1' in told
    notice = Notice.objects.get(person_id=pk("beilun.clerk2"))
    assert other.get(f"/office/notices/{notice.pk}/")["Location"] == page
    assert 'class="q-badge"' not in other.get("/office/notices/").content.decode()
    assert client.get(f"/office/notices/{notice.pk}/").status_code == 404, "another's notice"


def _events(case: int) -> list[Event]:
    return [Event(case, x.seq, x.at, x.actor, x.post, x.org, x.action, x.lane, x.data, "declarations.import", None, None, (0, 0, 0)) for x in lists.log(case)]


def test_notes_are_not_for_the_party(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    sign_in("beilun.clerk1").post(f"/office/cases/{case}/notes/", {"text": "内部意见不外传"})
    party = Person.objects.filter(memberships__party_id__in=bureau.cast.parties.values()).order_by("id").first()
    assert party is not None
    for row in Person.objects.filter(memberships__isnull=False)[:30]:
        text = sign_in(row.username).get(f"/biz/declarations/{case}/").content.decode()
        assert "内部意见不外传" not in text


def test_watching_is_one_press(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    client, page = sign_in("beilun.clerk1"), f"/office/cases/{case}/"
    assert "已关注" in said(post(client, page, f"{page}watch/", on="1"))
    assert 'aria-pressed="true"' in client.get(page).content.decode()
    client.post(f"{page}watch/", {"on": "0"})
    assert 'aria-pressed="false"' in client.get(page).content.decode()


def test_presence_names_who_else_is_here(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)

    def beat(username: str) -> Any:
        client = sign_in(username)
        text = client.get(f"/office/cases/{case}/").content.decode()
        ticket = text.split('data-ticket="')[1].split('"')[0]
        return client.post("/office/cases/here/", {"ticket": ticket})

    assert beat("beilun.clerk1").json() == {"sentence": ""}
    name = Person.objects.get(username="beilun.clerk1").name_zh
    assert beat("beilun.clerk2").json() == {"sentence": f"{name}也在看本案"}
    from django.test import Client

    assert Client().post("/office/cases/here/").status_code == 401


def test_a_stand_in_is_named_and_works_from_his_own_queue(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    boss = officer("beilun.clerk1")
    assert commands.claim_next(boss) == case
    client = sign_in("beilun.clerk1")
    wrong = client.post("/office/stand-ins/", {"deputy": "nobody", "first_day": "今天", "last_day": "x"})
    assert wrong.status_code == 422
    assert "填写最后一天" in wrong.content.decode()
    answer = client.post("/office/stand-ins/", {"deputy": "beilun.clerk2", "first_day": "今天", "last_day": f"{today() + dt.timedelta(days=5):%Y-%m-%d}"})
    assert answer.status_code == 302, answer.content.decode()
    other = sign_in("beilun.clerk2")
    assert f"/office/cases/{case}/" in other.get("/office/stand-ins/").content.decode()
    assert f"/office/cases/{case}/" in other.get("/office/").content.decode()
    assert "您代理" in other.get(f"/office/cases/{case}/").content.decode()
    with time.at(time.now() + dt.timedelta(days=6)):
        assert f"/office/cases/{case}/" not in other.get("/office/").content.decode()


def test_groups_in_numbers(bureau: Bureau) -> None:
    bureau.standing(3, "manual_review", doubtful=True)
    commands.claim_next(officer("beilun.clerk1"))
    lead(bureau)
    for username, language, word in (("beilun.clerk1", "zh-hans", "同组其他人"), ("beilun.lead", "en", "Who holds how many")):
        page = sign_in(username, language).get("/office/team/")
        assert page.status_code == 200
        assert word in page.content.decode()


def test_the_system_administrator_hands_a_desk_over_and_the_security_administrator_ends_the_posts(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    commands.claim_next(officer("beilun.clerk1"))
    Person.objects.filter(username__in=["admin", "security"]).update(must_change_password=False)
    client, security, page = sign_in("admin"), sign_in("security"), f"/sys/people/{pk('beilun.clerk1')}/desk/"
    shown = client.get(page).content.decode()
    assert f"#{case}" not in shown, "numbers only"
    assert "移交所选工作" in shown
    assert "移交所选工作" not in security.get(page).content.decode()
    refused = security.post(page, {"do": "posts", "last_day": f"{today():%Y-%m-%d}"})
    assert refused.status_code == 422
    assert "先移交" in refused.content.decode()
    from jinzhi.kernel.cases.people import handover

    (holding,) = handover.holdings(officer("admin"), pk("beilun.clerk1"))
    done = client.post(page, {"do": "hand", f"to.{holding.key}": [str(pk("beilun.clerk2"))], "reason": "调离"})
    assert done.status_code == 200
    assert "1 件待办" in done.content.decode()
    over = {"do": "posts", "last_day": f"{today():%Y-%m-%d}"}
    assert "由安全管理员办理" in client.post(page, over, follow=True).content.decode()
    assert Person.objects.get(username="beilun.clerk1").posts.filter(valid_to=None).exists()
    security.post(page, over)
    assert not Person.objects.get(username="beilun.clerk1").posts.filter(valid_to=None).exists()
    assert sign_in("beilun.clerk1").get(page).status_code == 404


def test_an_officer_withdraws_from_a_case_at_its_page(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    client, page = sign_in("beilun.clerk1"), f"/office/cases/{case}/"
    assert f"{page}recuse/" in client.get(page).content.decode()
    assert "填写回避的理由" in client.post(f"{page}recuse/", {"person": "0", "reason": ""}, follow=True).content.decode()
    shown = client.post(f"{page}recuse/", {"person": "0", "reason": "货主是亲属"}, follow=True).content.decode()
    assert "回避已记入案件" in shown
    assert f"{page}recuse/" not in shown
    assert 'data-act="claim"' not in shown
    assert sign_in("beilun.clerk2").get(page).content.decode().count('data-act="claim"') == 1


def test_settings_of_notices(bureau: Bureau) -> None:
    client = sign_in("beilun.clerk1")
    assert client.get("/office/notices/settings/").status_code == 200
    assert client.post("/office/notices/settings/", {"duty.email": "digest", "sms": "12"}).status_code == 422
    assert client.post("/office/notices/settings/", {"duty.email": "digest", "sms": "13900000000"}).status_code == 302
    assert "13900000000" in client.get("/office/notices/settings/").content.decode()
