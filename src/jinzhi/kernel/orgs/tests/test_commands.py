"""What may be done to accounts and posts, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from jinzhi.kernel.orgs import commands, queries
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import AccountEvent, ApiToken, Org, Person, Post
from jinzhi.kernel.orgs.passwords import password_refusals
from jinzhi.kernel.orgs.tests.conftest import PASSWORD
from jinzhi.kernel.orgs.tokens import make_token
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db


def refused_codes(error: pytest.ExceptionInfo[Refused]) -> set[str]:
    for one in error.value.refusals:
        assert one.message.zh
        assert one.message.en
    return {one.code for one in error.value.refusals}


def test_an_account_without_a_password_gets_a_temporary_one(administrator: Person) -> None:
    opened = commands.open_account(queries.actor_for(administrator), username="  Zhou.Jie ", name_zh=" 周杰 ")
    assert opened.person.username == "zhou.jie"
    assert opened.person.name_zh == "周杰"
    assert opened.person.must_change_password
    assert opened.person.check_password(opened.temporary_password)
    assert AccountEvent.objects.filter(person=opened.person, by=administrator, action="account.opened").exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"username": "x"}, "username_form"),
        ({"username": "林晓岚"}, "username_form"),
        ({"username": "-lin"}, "username_form"),
        ({"username": "LIN"}, "taken"),
        ({"name_zh": "  "}, "name_missing"),
        ({"name_zh": "长" * 61}, "name_long"),
        ({"email": "lin"}, "email_form"),
        ({"password": "short"}, "password_too_short"),
        ({"password": "8402749173"}, "password_entirely_numeric"),
        ({"password": "password123"}, "password_too_common"),
        ({"password": "newcomer.one"}, "password_too_similar"),
    ],
)
def test_an_account_that_does_not_do_is_refused(officer: Person, fields: dict[str, str], code: str) -> None:
    before = Person.objects.count()
    with pytest.raises(Refused) as error:
        commands.open_account(SYSTEM, **{"username": "newcomer.one", "name_zh": "新人", "password": PASSWORD, **fields})
    assert code in refused_codes(error)
    assert Person.objects.count() == before


def test_many_accounts_are_opened_together_or_not_at_all(officer: Person, django_assert_max_num_queries: Any) -> None:
    drafts = [commands.AccountDraft(f"many{n}", "甲", password_hash="x") for n in range(50)]
    with django_assert_max_num_queries(8):
        assert len(commands.open_accounts(SYSTEM, drafts)) == 50
    with pytest.raises(Refused) as error:
        commands.open_accounts(
            SYSTEM,
            [commands.AccountDraft("fresh", "甲", password_hash="x"), drafts[3], commands.AccountDraft("fresh", "乙", password_hash="x")],
        )
    assert [one.data["row"] for one in error.value.refusals] == [1, 2]
    assert not Person.objects.filter(username="fresh").exists()


def test_only_administrators_do_these_things(officer: Person, tree: SimpleNamespace, account: Any) -> None:
    by, other = queries.actor_for(officer), account("other")
    acts = (
        lambda: commands.open_account(by, username="abc", name_zh="甲"),
        lambda: commands.give_post(by, person=other, role="inspector", org=tree.first),
        lambda: commands.reset_password(by, other),
        lambda: commands.deactivate(by, other),
        lambda: commands.end_post(by, Post.objects.get(person=officer).pk),
    )
    for act in acts:
        with pytest.raises(Refused) as error:
            act()
        assert error.value.status == 403
        assert refused_codes(error) == {"not_allowed"}


def test_the_three_administrators_are_three_people(account: Any, tree: SimpleNamespace) -> None:
    person = account("one")
    later = today() + dt.timedelta(days=10)
    commands.give_post(SYSTEM, person=person, role="sysadmin", org=tree.root, valid_to=later)
    for role in ("secadmin", "auditor"):
        with pytest.raises(Refused) as error:
            commands.give_post(SYSTEM, person=person, role=role, org=tree.root)
        assert refused_codes(error) == {"roles_conflict"}
    # in the same batch, too
    fresh = account("two")
    with pytest.raises(Refused) as error:
        commands.give_posts(SYSTEM, [commands.PostDraft(fresh, "secadmin", tree.root), commands.PostDraft(fresh, "auditor", tree.root)])
    assert refused_codes(error) == {"roles_conflict"}
    assert not fresh.posts.exists()
    # one after the other is no conflict
    commands.give_post(SYSTEM, person=person, role="auditor", org=tree.root, valid_from=later + dt.timedelta(days=1))


def test_a_post_held_already_or_with_dates_reversed_is_refused(officer: Person, tree: SimpleNamespace) -> None:
    with pytest.raises(Refused) as error:
        commands.give_post(SYSTEM, person=officer, role="inspector", org=tree.first)
    assert refused_codes(error) == {"post_held"}
    with pytest.raises(Refused) as error:
        commands.give_post(SYSTEM, person=officer, role="accept", org=tree.first, valid_to=today() - dt.timedelta(days=1))
    assert refused_codes(error) == {"dates_order"}


def test_nobody_gives_himself_a_post_or_closes_his_own_account(administrator: Person, account: Any, tree: SimpleNamespace) -> None:
    by, security = queries.actor_for(administrator), account("security")
    commands.give_post(SYSTEM, person=security, role="secadmin", org=tree.root)
    for act in (
        lambda: commands.give_post(queries.actor_for(security), person=security, role="inspector", org=tree.first),
        lambda: commands.deactivate(by, administrator),
        lambda: commands.reset_password(by, administrator),
    ):
        with pytest.raises(Refused) as error:
            act()
        assert refused_codes(error) == {"own_account"}


def test_the_last_administrator_stays(administrator: Person, account: Any, tree: SimpleNamespace) -> None:
    for act in (
        lambda: commands.deactivate(SYSTEM, administrator),
        lambda: commands.end_post(SYSTEM, administrator.posts.get().pk),
    ):
        with pytest.raises(Refused) as error:
            act()
        assert refused_codes(error) == {"last_administrator"}
    commands.give_post(SYSTEM, person=account("root2"), role="sysadmin", org=tree.root)
    commands.deactivate(SYSTEM, administrator)
    assert not Person.objects.get(pk=administrator.pk).is_active


def test_ending_a_post(officer: Person, tree: SimpleNamespace) -> None:
    post = officer.posts.get()
    with pytest.raises(Refused) as error:
        commands.end_post(SYSTEM, post.pk, today() - dt.timedelta(days=1))
    assert refused_codes(error) == {"day_gone"}
    commands.end_post(SYSTEM, post.pk)
    assert officer.posts.get().valid_to == today()
    assert queries.actor_for(officer, today() + dt.timedelta(days=1)).grants == ()
    coming = commands.give_post(SYSTEM, person=officer, role="accept", org=tree.first, valid_from=today() + dt.timedelta(days=5))
    commands.end_post(SYSTEM, coming.pk)
    assert not Post.objects.filter(pk=coming.pk).exists()
    assert AccountEvent.objects.filter(action="post.withdrawn", person=officer).exists()


def test_closing_an_account_ends_its_keys(company: SimpleNamespace) -> None:
    token, _ = make_token(queries.actor_for(company.admin), person=company.admin, name="erp", party=company.party)
    commands.deactivate(SYSTEM, company.admin)
    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None


def test_a_member_is_added_by_the_administrator_of_that_party_alone(company: SimpleNamespace, account: Any) -> None:
    newcomer = account("newcomer")
    with pytest.raises(Refused):
        commands.add_member(queries.actor_for(company.declarant), person=newcomer, party=company.party, role="representative")
    by = queries.actor_for(company.admin)
    member = commands.add_member(by, person=newcomer, party=company.party, role="representative")
    with pytest.raises(Refused) as error:
        commands.add_member(by, person=newcomer, party=company.party, role="admin")
    assert refused_codes(error) == {"member_already"}
    commands.end_member(by, member.pk)
    assert queries.actor_for(newcomer, today() + dt.timedelta(days=1)).parties == frozenset()


def test_the_account_log_is_append_only_in_the_database(officer: Person) -> None:
    event = AccountEvent.objects.filter(person=officer).first()
    assert event is not None
    for act in (
        lambda: AccountEvent.objects.filter(pk=event.pk).update(action="x"),
        lambda: AccountEvent.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only|permission denied"), transaction.atomic():
            act()


def test_the_database_refuses_a_path_that_does_not_end_with_its_code(tree: SimpleNamespace) -> None:
    for wrong in ({"path": "T0/XX/"}, {"path": "T0/T9"}, {"path": "T0/T9/", "level": "village"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Org.objects.create(**{"code": "T9", "level": "branch", "name_zh": "x", "name_en": "x", **wrong})


def test_the_policy_says_what_to_do() -> None:
    assert [r.message.zh for r in password_refusals("")] == ["填写密码"]
    assert not password_refusals(PASSWORD)


def test_the_database_itself_keeps_the_three_administrators_apart(account: Any, tree: SimpleNamespace) -> None:
    person = account("three")
    start = dt.date(2011, 1, 1)
    Post.objects.create(person=person, role="sysadmin", org=tree.root, valid_from=start, valid_to=dt.date(2011, 6, 30))
    Post.objects.create(person=person, role="auditor", org=tree.root, valid_from=dt.date(2011, 7, 1))  # one after the other is no two at once
    for role, since in (("secadmin", start), ("secadmin", dt.date(2012, 1, 1)), ("sysadmin", dt.date(2011, 6, 30))):
        with pytest.raises(IntegrityError, match="three administrator"), transaction.atomic():
            Post.objects.create(person=person, role=role, org=tree.root, valid_from=since)
