"""People of a party: opened, taken in, given a new password, removed; each by its administrator alone, and never the last one."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from jinzhi.kernel.orgs import commands, joining, tokens
from jinzhi.kernel.orgs.actors import SYSTEM, Actor
from jinzhi.kernel.orgs.models import AccountEvent, Membership, Party, Person
from jinzhi.kernel.orgs.queries import actor_for
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db


def code(refused: Any) -> str:
    return str(refused.value.refusals[0].code)


def joiner(party: Party, username: str = "xuming", role: str = "representative") -> joining.Joiner:
    return joining.Joiner(party, role, username, "许明")


def test_the_administrator_opens_an_account_with_a_password_shown_once(company: SimpleNamespace) -> None:
    by = actor_for(company.admin)
    (opened,) = joining.open_members(by, [joiner(company.party)])
    assert opened.person.check_password(opened.temporary_password)
    assert opened.person.must_change_password
    actor = actor_for(opened.person)
    assert actor.parties == {company.party.pk}
    assert actor.administers == frozenset()
    assert set(AccountEvent.objects.filter(person=opened.person).values_list("action", "by_id")) == {
        ("account.opened", company.admin.pk), ("member.added", company.admin.pk),
    }  # fmt: skip


def test_all_or_none_and_only_by_who_may(company: SimpleNamespace, officer: Person) -> None:
    by, other = actor_for(company.admin), Party.objects.create(code="91330200TESTPARTY2", name_zh="别家")
    with pytest.raises(Refused) as refused:
        joining.open_members(by, [joiner(company.party, "good"), joiner(company.party, "lin"), joiner(company.party, "X!")])
    assert [(r.code, r.data["row"]) for r in refused.value.refusals] == [("taken", 1), ("username_form", 2)]
    assert not Person.objects.filter(username="good").exists()
    with pytest.raises(Refused) as refused:
        joining.open_members(by, [joiner(company.party, "wrongrole", "king")])
    assert code(refused) == "role_unknown"
    assert not Person.objects.filter(username="wrongrole").exists()
    for actor in (actor_for(company.declarant), actor_for(officer), Actor(-1, "")):
        with pytest.raises(Refused) as refused:
            joining.open_members(actor, [joiner(company.party)])
        assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        joining.open_members(by, [joiner(other)])
    assert refused.value.status == 403


def test_somebody_with_an_account_is_taken_in_by_user_name_and_name(company: SimpleNamespace, account: Callable[..., Person], officer: Person) -> None:
    by, agent = actor_for(company.admin), account("agent1", name_zh="吴江")
    for username, name, expected in (("agent1", "李四", "person_unknown"), ("nobody", "吴江", "person_unknown"), ("lin", "林晓岚", "is_officer")):
        with pytest.raises(Refused) as refused:
            joining.take_member(by, company.party, username=username, name_zh=name, role="representative")
        assert code(refused) == expected
    joining.take_member(by, company.party, username=" Agent1 ", name_zh="吴江", role="representative")
    assert company.party.pk in actor_for(agent).parties
    with pytest.raises(Refused) as refused:
        joining.take_member(by, company.party, username="agent1", name_zh="吴江", role="representative")
    assert code(refused) == "member_already"


def test_who_is_removed_acts_no_more_at_once(company: SimpleNamespace) -> None:
    by = actor_for(company.admin)
    member = Membership.objects.get(person=company.declarant)
    _, secret = tokens.make_token(by, person=company.declarant, name="k", party=company.party)
    assert secret
    joining.leave(by, company.party.pk, member.pk)
    assert actor_for(company.declarant).parties == frozenset()
    assert [m.person for m in joining.members_of(company.party.pk)] == [company.admin]
    with pytest.raises(Refused) as refused:
        joining.leave(by, company.party.pk, member.pk)
    assert refused.value.status == 404
    joining.take_member(by, company.party, username="clerk", name_zh="报检员", role="representative")  # and may come back the same day
    assert company.party.pk in actor_for(company.declarant).parties


def test_the_last_administrator_stays(company: SimpleNamespace) -> None:
    by = actor_for(company.admin)
    own = Membership.objects.get(person=company.admin)
    with pytest.raises(Refused) as refused:
        joining.leave(by, company.party.pk, own.pk)
    assert code(refused) == "last_administrator"
    joining.open_members(by, [joiner(company.party, "second", "admin")])
    joining.leave(by, company.party.pk, own.pk)
    assert actor_for(company.admin).administers == frozenset()


def test_a_password_is_renewed_only_for_who_acts_for_this_party_alone(company: SimpleNamespace) -> None:
    by = actor_for(company.admin)
    member = Membership.objects.get(person=company.declarant)
    person, secret = joining.renew_password(by, company.party.pk, member.pk)
    assert Person.objects.get(pk=person.pk).check_password(secret)
    with pytest.raises(Refused) as refused:
        joining.renew_password(by, company.party.pk, Membership.objects.get(person=company.admin).pk)
    assert code(refused) == "own_account"
    elsewhere = Party.objects.create(code="91330200TESTPARTY3", name_zh="别家")
    commands.add_member(SYSTEM, person=company.declarant, party=elsewhere, role="representative", valid_from=today())
    with pytest.raises(Refused) as refused:
        joining.renew_password(by, company.party.pk, member.pk)
    assert code(refused) == "not_yours_alone"


# -- pages -----------------------------------------------------------------------------------------------------------------


def _sign_in(client: Client, person: Person) -> Client:
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_pages_show_a_password_once_and_open_in_both_languages(company: SimpleNamespace, client: Client) -> None:
    _sign_in(client, company.admin)
    for path in ("/biz/people/", "/biz/people/new/", "/biz/people/join/"):
        chinese, english = client.get(path), client.get(path, headers={"accept-language": "en"})
        assert chinese.status_code == english.status_code == 200, path
        assert chinese.content != english.content, path
    wrong = client.post("/biz/people/new/", {"username": "X", "name_zh": "", "role": "representative"})
    assert wrong.status_code == 422
    assert "填写姓名" in wrong.content.decode()
    made = client.post("/biz/people/new/", {"username": "newone", "name_zh": "许明", "role": "representative"})
    assert made.status_code == 302
    page = client.get(made.headers["Location"])
    assert page.context["secret"]
    assert page.context["secret"] in page.content.decode()
    assert client.get(made.headers["Location"]).context["secret"] == ""
    member = Membership.objects.get(person__username="newone")
    assert client.post(f"/biz/people/{member.pk}/password/").status_code == 302
    assert client.get("/biz/people/").context["secret"]
    assert client.post(f"/biz/people/{member.pk}/end/").status_code == 302
    assert "newone" not in client.get("/biz/people/").content.decode()
    assert client.post(f"/biz/people/{member.pk}/end/").status_code == 404
    joined = client.post("/biz/people/join/", {"username": "newone", "name_zh": "许明", "role": "representative"})
    assert joined.status_code == 302


def test_others_are_told_who_manages_people_and_change_nothing(company: SimpleNamespace, client: Client, officer: Person) -> None:
    _sign_in(client, company.declarant)
    assert client.get("/biz/people/").status_code == 403
    member = Membership.objects.get(person=company.admin)
    for path in ("new/", "join/", f"{member.pk}/end/", f"{member.pk}/password/"):
        assert client.post(f"/biz/people/{path}", {"username": "abc", "name_zh": "甲", "role": "admin"}).status_code == 404, path
    assert client.get(f"/biz/people/?party={company.party.pk}").status_code == 403
    _sign_in(client, officer)
    assert client.get("/biz/people/").status_code == 404
