"""Who sees what: a scope is a range of paths, and the same answer comes from memory and from the definition."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from jinzhi.kernel.orgs import commands, queries
from jinzhi.kernel.orgs.actors import ADMIN_ROLES, ANONYMOUS, SYSTEM, Actor, Grant
from jinzhi.kernel.orgs.models import Org, Party, Person
from jinzhi.kernel.time import today

codes = st.lists(st.sampled_from(["1", "10", "11", "2", "A"]), min_size=1, max_size=4)
paths = codes.map(lambda parts: "/".join(parts) + "/")
grants = st.builds(Grant, role=st.sampled_from(["accept", "inspect", "sysadmin"]), org_path=paths, process=st.sampled_from(["", "import"]))


def below(path: str, above: str) -> bool:
    """The definition: the codes of ``above`` are the first codes of ``path``."""
    inner, outer = path.strip("/").split("/"), above.strip("/").split("/")
    return inner[: len(outer)] == outer


@given(st.lists(grants, max_size=6), paths)
def test_an_actor_sees_exactly_what_lies_below_a_business_post(held: list[Grant], path: str) -> None:
    actor = Actor(1, "x", tuple(held))
    expected = any(below(path, g.org_path) for g in held if g.role not in ADMIN_ROLES)
    assert actor.sees(path) is expected
    # scopes are the widest only, and cover nothing more
    scopes = actor.scopes()
    assert not any(a != b and below(a, b) for a in scopes for b in scopes)
    assert any(path.startswith(s) for s in scopes) is expected


@given(st.lists(grants, max_size=6), paths, st.sampled_from(["accept", "inspect"]), st.sampled_from(["import", "export"]))
def test_a_post_serves_for_its_role_subtree_and_process(held: list[Grant], path: str, role: str, process: str) -> None:
    post = Actor(1, "x", tuple(held)).post_for(role, path, process)
    expected = [g for g in held if g.role == role and below(path, g.org_path) and g.process in ("", process)]
    assert (post in expected) if expected else post is None


@given(paths)
def test_prefixes_are_the_organisations_above_and_itself(path: str) -> None:
    found = queries.prefixes(path)
    assert found[-1] == path
    assert all(below(path, p) for p in found)
    assert len(found) == len(path.strip("/").split("/"))


def test_the_platform_itself_and_a_visitor_hold_nothing() -> None:
    assert SYSTEM.is_system
    assert ANONYMOUS.is_anonymous
    assert not ANONYMOUS.scopes() + SYSTEM.scopes()


@pytest.mark.django_db
def test_the_subtree_of_an_organisation_does_not_take_in_a_code_that_begins_alike(tree: SimpleNamespace) -> None:
    assert [o.code for o in queries.orgs_below(tree.first.path)] == ["T1", "T11"]
    assert [o.code for o in queries.orgs_below(tree.root.path, "bureau")] == ["T1", "T10", "T2"]
    assert queries.org(tree.branch.pk).parent.code == "T1"
    assert queries.org_by_code("T2") == queries.org_by_path("T0/T2/") == tree.second
    assert queries.org_by_code("nowhere") is None


@pytest.mark.django_db
def test_the_tree_in_memory_follows_the_table(tree: SimpleNamespace, django_assert_num_queries: Any, monkeypatch: Any) -> None:
    assert queries.org_by_code("T2") is not None
    with django_assert_num_queries(0):
        queries.orgs_below(tree.root.path)
    Org.objects.filter(pk=tree.second.pk).update(name_zh="新名称")
    monkeypatch.setattr(queries, "CHECK_EVERY", 0.0)
    assert queries.org_by_code("T2").name_zh == "新名称"
    with django_assert_num_queries(1):  # unchanged: one small read of the stamp
        queries.orgs_below(tree.root.path)


@pytest.mark.django_db
def test_an_actor_is_read_once_a_request_with_one_query(officer: Person, rf: RequestFactory, django_assert_num_queries: Any) -> None:
    queries.orgs_below("")
    request: Any = rf.get("/")
    request.user, request.session = officer, {}
    with django_assert_num_queries(1):
        assert request.actor.post_for("inspector", "T0/T1/T11/", "any") is not None
        assert request.actor.sees("T0/T1/T11/")
        assert not request.actor.sees("T0/T10/")
        assert request.org.code == "T1"
        assert request.actor is request.actor


@pytest.mark.django_db
def test_posts_and_memberships_hold_from_first_to_last_day(account: Any, tree: SimpleNamespace) -> None:
    person, day, one = account("zhou"), today(), dt.timedelta(days=1)
    party = Party.objects.create(code="91330200TESTPARTY2", name_zh="甲")
    commands.give_post(SYSTEM, person=person, role="inspector", org=tree.first, valid_from=day, valid_to=day + one)
    commands.add_member(SYSTEM, person=person, party=party, role="admin", valid_from=day, valid_to=day + one)
    for shift, holds in ((-1, False), (0, True), (1, True), (2, False)):
        actor = queries.actor_for(person, day + shift * one)
        assert bool(actor.grants) is holds, shift
        assert (party.pk in actor.parties) is holds
        assert (party.pk in actor.administers) is holds


@pytest.mark.django_db
def test_an_inactive_person_holds_nothing(officer: Person) -> None:
    officer.is_active = False
    assert queries.actor_for(officer) == Actor(officer.pk, officer.name_zh)


@pytest.mark.django_db
def test_people_with_a_role_are_found_up_the_tree_nearest_first(account: Any, tree: SimpleNamespace) -> None:
    far, near, other, limited = account("far"), account("near"), account("other"), account("limited")
    for person, org, process in ((far, tree.root, ""), (near, tree.branch, ""), (other, tree.third, ""), (limited, tree.first, "export")):
        commands.give_post(SYSTEM, person=person, role="accept", org=org, process=process)
    assert queries.persons_with_role("accept", "T0/T1/T11/", "import") == [near, far]
    assert queries.persons_with_role("accept", "T0/T1/T11/", "export") == [near, limited, far]


@pytest.mark.django_db
def test_names_come_in_one_query_and_the_platform_has_one(officer: Person, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        names = queries.person_names([officer.pk, 0, -1])
    assert names[officer.pk].zh == "林晓岚"
    assert names[0].en == "System"
    assert -1 not in names
