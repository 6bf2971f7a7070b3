"""A desk handed over: by whom, to whom, in turns, around separation, with the log; posts end with an empty desk only."""

from __future__ import annotations

import pytest

from jinzhi.kernel.cases import lists
from jinzhi.kernel.cases.people import commands, handover, watching
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.people.tests.test_duties import duty_ids, holders
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs import commands as accounts
from jinzhi.kernel.orgs.models import AccountEvent, Person
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db


def test_everything_goes_to_successors_in_turns(office: Office) -> None:
    cases = office.town.ask(*[8] * 5)
    commands.claim(office["ann"], duty_ids(*cases))
    watching.watch(office.id("ann"), cases[:2])
    extra = Person.objects.create(username="dog.jo", name_zh="jo甲", name_en="Jo")
    post = office.people["bob"].posts.get()
    extra.posts.create(role="clerk", org=post.org, valid_from=today())
    (holding,) = handover.holdings(office["ida"], office.id("ann"))
    assert (holding.role, holding.count, holding.own) == ("clerk", 5, False)
    assert [p for p, _ in holding.candidates if p in (office.id("bob"), extra.pk, office.id("dan"))] == [office.id("bob"), extra.pk]
    result = handover.hand_over(
        office["ida"], office.people["ann"], {holding.key: [office.id("bob"), extra.pk]}, others={"watches": office.id("bob")}, reason="调动"
    )
    assert result.given == {office.id("bob"): 3, extra.pk: 2}
    assert result.refused == []
    assert set(watching.watchers(cases[0])) == {office.id("bob")}
    assert handover.holdings(office["ida"], office.id("ann")) == []
    last = lists.log(cases[0])[-1]
    assert (last.action, last.actor, last.data["from"], last.data["reason"]) == ("~handover", office.id("ida"), office.id("ann"), "调动")
    assert AccountEvent.objects.filter(action="desk.handed", person=office.people["ann"]).count() == 1


def test_whoever_may_not_hold_a_duty_is_passed_over(office: Office) -> None:
    """hal accepted the first case: its decision goes to nobody else but the group."""
    first, second = office.town.ask(8, 9)
    office.town.do("accept", office["hal"], first, vaccinated=True)
    office.town.do("accept", office["bob"], second, vaccinated=True)
    commands.claim(office["cat"], duty_ids(first, second))
    (holding,) = handover.holdings(office["ida"], office.id("cat"))
    result = handover.hand_over(office["ida"], office.people["cat"], {holding.key: [office.id("hal")]})
    assert result.given == {office.id("hal"): 1}
    assert [(o.case, o.refusals[0].code) for o in result.refused] == [(first, "nobody")]
    assert holders(first, second) == [office.id("cat"), office.id("hal")]
    handover.hand_over(office["ida"], office.people["cat"], {holding.key: [handover.GROUP]})
    assert holders(first) == [None]


def test_only_a_system_administrator_hands_over(office: Office) -> None:
    for who in ("ann", "gus", "cat"):
        with pytest.raises(Refused) as refused:
            handover.hand_over(office[who], office.people["ann"], {})
        assert refused.value.status == 403


def test_a_post_ends_with_an_empty_desk_or_a_clear_word(office: Office) -> None:
    (case,) = office.town.ask(8)
    commands.claim(office["ann"], duty_ids(case))
    post = office.people["ann"].posts.get()
    with pytest.raises(Refused) as refused:
        accounts.end_post(office["sue"], post.pk)
    assert [r.code for r in refused.value.refusals] == ["desk_not_empty"]
    assert "1 件待办" in refused.value.refusals[0].message.zh
    with pytest.raises(Refused):
        handover.end_posts(office["sue"], office.people["ann"], today())
    post.refresh_from_db()
    assert post.valid_to is None
    accounts.end_post(office["sue"], post.pk, leave_desk=True)
    post.refresh_from_db()
    assert post.valid_to == today()
