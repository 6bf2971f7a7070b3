"""The first administrator: one code, one account, however many come at once."""

from __future__ import annotations

import datetime as dt
import threading
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from jinzhi.kernel.orgs import commands, first_account, queries
from jinzhi.kernel.orgs.keys import normalised, readable_secret, sealed, unsealed
from jinzhi.kernel.orgs.models import Person, SetupCode
from jinzhi.kernel.orgs.tests.conftest import PASSWORD
from jinzhi.kernel.refusals import Refused


@pytest.fixture
def code(tree: SimpleNamespace) -> str:
    first_account.remember(False)
    return first_account.new_code()


def fields(code: str, **other: str) -> dict[str, str]:
    return {"code": code, "username": "first", "name_zh": "管理员", "password": PASSWORD, **other}


def test_a_code_may_be_typed_carelessly() -> None:
    code = readable_secret()
    assert len(code) == 19
    assert normalised(f"  {code.lower().replace('-', ' ')} ") == code


def test_a_sealed_secret_is_read_here_alone() -> None:
    assert "jz_abc" not in sealed("jz_abc")
    assert unsealed(sealed("jz_abc")) == "jz_abc"
    assert unsealed("jz_abc") == unsealed("") == ""


@pytest.mark.django_db
def test_the_holder_of_the_code_becomes_system_administrator(code: str, client: Client) -> None:
    done = client.post("/setup/", fields(code.lower()))
    assert done.status_code == 302
    person = Person.objects.get(username="first")
    assert queries.actor_for(person).roles() == ("sysadmin",)
    assert person.check_password(PASSWORD)
    assert client.get("/account/start/").headers["Location"] == "/sys/people/"
    # the code is burned, the page gone
    assert Client().get("/setup/").status_code == 404
    assert Client().post("/setup/", fields(code, username="second")).status_code == 302
    assert Person.objects.count() == 1
    first_account.remember(False)
    with pytest.raises(Refused):
        first_account.create_administrator(**fields(code, username="second"))


@pytest.mark.django_db
def test_the_first_administrator_names_the_other_two_and_then_no_one(code: str, client: Client) -> None:
    """Set up from nothing through the pages: system administrator, then security and audit; from then on posts are the security administrator's."""
    assert client.post("/setup/", fields(code)).status_code == 302
    Person.objects.update(must_change_password=False)
    root = queries.org_children(None)[0]
    made = {}
    for name in ("security", "audit"):
        assert client.post("/sys/people/new/", {"username": name, "name_zh": "管理员"}).status_code == 302
        made[name] = Person.objects.get(username=name)
    url = f"/sys/people/{made['audit'].pk}/posts/new/"
    assert "lead" not in client.get(url).content.decode().split('name="role"')[1].split("</select>")[0]
    give = {"org": root.code, "valid_from": "今天"}
    assert client.post(url, give | {"role": "lead"}).status_code == 422
    assert client.post(url, give | {"role": "auditor"}).status_code == 302
    assert client.post(f"/sys/people/{made['security'].pk}/posts/new/", give | {"role": "secadmin"}).status_code == 302
    assert queries.actor_for(made["audit"]).roles() == ("auditor",)
    assert queries.actor_for(made["security"]).roles() == ("secadmin",)
    assert client.post("/sys/people/new/", {"username": "third", "name_zh": "第三人"}).status_code == 302
    third = Person.objects.get(username="third")
    assert client.get(f"/sys/people/{third.pk}/posts/new/").status_code == 404
    for role in ("secadmin", "auditor", "lead"):
        with pytest.raises(Refused):
            commands.give_post(queries.actor_for(Person.objects.get(username="first")), person=third, role=role, org=root)
    Person.objects.update(must_change_password=False)
    secure = Client()
    secure.force_login(made["security"], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert secure.post(f"/sys/people/{third.pk}/posts/new/", give | {"role": "lead"}).status_code == 302
    with pytest.raises(Refused):  # nor is the last security administrator put out of the way
        commands.deactivate(queries.actor_for(Person.objects.get(username="first")), made["security"])


@pytest.mark.django_db
def test_wrong_expired_and_missing_codes(code: str, client: Client) -> None:
    assert "还可以试 9 次" in client.post("/setup/", fields("AAAA-BBBB-CCCC-DDDD")).content.decode()
    assert (
        "The code does not match; 8 tries left" in client.post("/setup/", fields("x"), headers={"accept-language": "en"}).content.decode()
    )
    SetupCode.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert "代码已过期" in client.post("/setup/", fields(code)).content.decode()
    SetupCode.objects.all().delete()
    assert "还没有代码" in client.post("/setup/", fields(code)).content.decode()
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_ten_wrong_tries_void_the_code(code: str) -> None:
    for _ in range(first_account.MAX_ATTEMPTS):
        with pytest.raises(Refused):
            first_account.create_administrator(**fields("wrong"))
    with pytest.raises(Refused) as error:
        first_account.create_administrator(**fields(code))
    assert error.value.refusals[0].code == "setup_code_locked"


@pytest.mark.django_db
def test_a_poor_password_leaves_the_code_good(code: str, client: Client) -> None:
    page = client.post("/setup/", fields(code, password="12345", username="A B"))
    assert page.status_code == 422
    assert "密码至少要有 10 个字符" in page.content.decode()
    assert client.post("/setup/", fields(code)).status_code == 302


@pytest.mark.django_db
def test_too_many_tries_from_one_address_wait(code: str, client: Client) -> None:
    answers = [client.post("/setup/", fields("", username="")).status_code for _ in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 429


@pytest.mark.django_db
def test_the_command_prints_a_code_while_there_is_no_account(tree: SimpleNamespace, account: Any) -> None:
    out = StringIO()
    first_account.remember(False)
    call_command("setup_code", stdout=out)
    assert SetupCode.objects.get().digest != out.getvalue().strip()
    assert len(out.getvalue().strip()) == 19
    account("somebody")
    with pytest.raises(CommandError):
        call_command("setup_code")
    out = StringIO()
    call_command("setup_code", "--if-needed", stdout=out)
    assert out.getvalue() == ""


@pytest.mark.django_db(transaction=True)
def test_eight_visitors_at_once_make_one_administrator(code: str) -> None:
    gate, outcomes = threading.Barrier(8), []

    def visit(number: int) -> None:
        try:
            gate.wait()
            first_account.create_administrator(**fields(code, username=f"visitor{number}"))
            outcomes.append("made")
        except Refused as refused:
            outcomes.append(refused.refusals[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["set_up_already"] * 7
    assert Person.objects.count() == 1
    assert SetupCode.objects.get().used_at is not None
