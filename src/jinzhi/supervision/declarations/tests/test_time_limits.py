"""The page that says why a limit ends on its day, the signals beside it, and the law officer's page of promises."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel import time
from jinzhi.kernel.cases import promises, promising, signals
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.orgs import first_account
from jinzhi.kernel.orgs.models import Org, Person, Post
from jinzhi.kernel.orgs.queries import forget_orgs
from jinzhi.supervision.declarations.tests.office_world import HAN, NOW, Bureau, sign_in

pytestmark = pytest.mark.django_db
PROCESS = "declarations.import"


@pytest.fixture
def bureau(db: None, settings: Any) -> Iterator[Bureau]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    with time.at(NOW):
        yield Bureau()
    first_account.remember(False)
    forget_orgs()
    promises.forget()


def test_why_this_day(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    clock = next(c for c in read_works([case])[case].clocks if c.stopped is None and c.limit and c.due)
    address = f"/office/cases/{case}/time/"
    assert f'href="{address}"' in sign_in("beilun.clerk1").get(f"/office/cases/{case}/").content.decode()
    clerk = sign_in("beilun.clerk1")
    with CaptureQueriesContext(connection) as asked:
        text = clerk.get(address).content.decode()
    assert len(asked) <= 26
    assert "正在计时" in text
    assert "当日不计，次日起计" in text or "连续计" in text
    with time.at(dt.datetime.fromisoformat(str(clock.due)) + dt.timedelta(hours=1)):
        signals.raise_due()
        text = sign_in("beilun.clerk1").get(address).content.decode()
        assert "已超期" in text
        assert "黄牌" in text or "红牌" in text  # the word, not the colour alone
        page = sign_in("beilun.clerk1").get(f"/office/cases/{case}/").content.decode()
        assert "黄牌" in page or "红牌" in page
    english = sign_in("beilun.clerk1", "en").get(address).content.decode()
    body = english[english.index("<main") : english.index("q-print")]
    assert "is not counted" in body or "hours run" in body
    assert not re.search(HAN, re.sub(r'lang="zh[^>]*>[^<]*', "", body)), re.findall(HAN + "+", body)[:5]


def test_the_page_of_another_bureaus_case_is_absent(bureau: Bureau) -> None:
    (case,) = bureau.standing(1, "manual_review", doubtful=True)
    assert sign_in("beilun.clerk1").get("/office/cases/999999999/time/").status_code == 404
    other = Person.objects.filter(username__startswith="daxie").first() or Person.objects.exclude(username__startswith="beilun").filter(
        pk__in=Post.objects.values("person_id")
    ).exclude(username__in=["admin"]).first()  # fmt: skip
    assert other is not None
    found = sign_in(other.username).get(f"/office/cases/{case}/time/").status_code
    assert found == sign_in(other.username).get(f"/office/cases/{case}/").status_code


def test_the_law_officer_sets_a_promise_and_others_read_it(bureau: Bureau) -> None:
    promised = promising.targets(_process())
    target = next(name for name, _ in promised if not name.startswith("~"))
    law = promising.law_of(_process(), target)
    assert law
    address = f"/office/promised/?process={PROCESS}"
    clerk = sign_in("beilun.clerk1")
    assert "设定承诺" not in clerk.get(address).content.decode()
    org = Org.objects.get(code="380100")
    form = {"process": PROCESS, "target": target, "org": org.path, "limit": "999d", "valid_from": "2011-12-01", "basis": "甬检法〔2011〕9 号"}
    nobody = clerk.post("/office/promised/", form | {"limit": "1h"})
    assert (nobody.status_code, "要有法制人员岗位" in nobody.content.decode()) == (422, True)
    assert not promises.current().promises
    person = Person.objects.get(username="beilun.clerk1")
    Post.objects.create(person=person, org=org, role="law_officer", valid_from=dt.date(2011, 1, 1))
    clerk = sign_in("beilun.clerk1")
    assert "设定承诺" in clerk.get(address).content.decode()
    refused = clerk.post("/office/promised/", form)
    assert refused.status_code == 422
    assert "承诺只能更短" in refused.content.decode()
    for wrong, told in (({"limit": "soon"}, "不是期限"), ({"valid_from": "x"}, "填写日期"), ({"org": "000000/"}, "从您任职的机构中选择"), ({"basis": ""}, "填写承诺的依据")):
        page = clerk.post("/office/promised/", form | {"limit": "1h"} | wrong)
        assert (page.status_code, told in page.content.decode()) == (422, True), wrong
    assert clerk.post("/office/promised/", form | {"limit": law[0]}).status_code == 302
    assert "甬检法〔2011〕9 号" in sign_in("beilun.sp.lead").get(address).content.decode()
    assert promises.limit(PROCESS, target, org.path, dt.date(2011, 12, 1)) == law[0]


def _process() -> Any:
    from jinzhi.kernel.cases.registry import process_on

    return process_on(PROCESS, NOW.date())
