"""Stand-ins: what they see and may do, for whom the log says it was, what they inherit of separation, and that it ends by itself."""

from __future__ import annotations

import datetime as dt

import pytest

from jinzhi.kernel import time
from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.people import commands
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.people.tests.test_duties import codes, duty_ids, holders
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs import absence
from jinzhi.kernel.orgs.models import StandIn
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def stand_in(office: Office, person: str, deputy: str, days: int = 3, **more: object) -> StandIn:
    return absence.put_stand_in(
        office[person], person=office.people[person], deputy=office.people[deputy], first_day=today(), last_day=today() + days * DAY, **more  # type: ignore[arg-type]
    )


def test_a_stand_in_does_the_absent_person_s_duties_and_only_those(office: Office) -> None:
    held, free = office.town.ask(8, 9)
    commands.claim(office["ann"], duty_ids(held))
    assert [r.ok for r in office.town.do("accept", office["dan"], held, vaccinated=True)] == [False], "a vet is no clerk"
    stand_in(office, "ann", "dan")
    dan = office["dan"]
    assert [i.case_id for i in queries.queue("mine", dan).items] == [held]
    assert queries.access_case(dan, held)
    assert codes_of(office, "accept", "dan", free) == ["not_your_role"], "the post itself is not lent"
    (done,) = office.town.do("accept", dan, held, vaccinated=True)
    assert done.ok
    last = next(line for line in reversed(lists.log(held)) if line.action == "accept")
    assert (last.actor, last.data["for"], last.post) == (office.id("dan"), office.id("ann"), office.people["ann"].posts.get().pk)
    said = [e.actor.zh for e in queries.history(queries.access_case(office["gus"], held)) if e.action == "accept"]
    assert said == ["dan甲（代ann甲）"]


def codes_of(office: Office, action: str, who: str, case: int, **data: object) -> list[str]:
    return [r.refusals[0].code if r.refusals else "ok" for r in office.town.do(action, office[who], case, vaccinated=True, **data)]


def test_an_act_counts_for_both_in_separation(office: Office) -> None:
    """``grant`` is apart from ``accept``: who accepted through a stand-in, and the stand-in, may not grant."""
    (case,) = office.town.ask(8)
    commands.claim(office["hal"], duty_ids(case))
    stand_in(office, "hal", "cat", roles=["clerk"])
    (done,) = office.town.do("accept", office["cat"], case, vaccinated=True)
    assert done.ok
    for who in ("hal", "cat"):
        (refused,) = office.town.do("grant", office[who], case)
        assert [r.code for r in refused.refusals] == ["separate_duties"], who
        assert codes(commands.assign(office["gus"], duty_ids(case), office.id(who))) == ["separate_duties"]


def test_a_stand_in_cannot_be_the_second_of_two_signatures(office: Office) -> None:
    (case,) = office.town.ask(45)
    office.town.do("accept", office["ann"], case, vaccinated=True, vets=["x"])
    stand_in(office, "eve", "dan")
    (first,) = office.town.do("visit", office["dan"], case, finding="ok")
    assert first.status == "signed"
    commands.assign(office["gus"], duty_ids(case), office.id("eve"))
    (second,) = office.town.do("visit", office["dan"], case)
    assert [r.code for r in second.refusals] == ["signed_already"], "dan for eve is dan"
    (own,) = office.town.do("visit", office["eve"], case)
    assert own.status == "done"


def test_it_ends_by_itself_and_can_be_ended(office: Office) -> None:
    (case,) = office.town.ask(8)
    commands.claim(office["ann"], duty_ids(case))
    made = stand_in(office, "ann", "bob", days=2)
    assert office["bob"].stands_in(office.id("ann"), "clerk")
    with time.at(time.now() + 3 * DAY):
        assert not office["bob"].standing_in
        assert absence.absences(person_id=office.id("ann"))[0].state == "over"
    with pytest.raises(Refused):
        absence.end_stand_in(office["dan"], made.pk)
    absence.end_stand_in(office["bob"], made.pk)
    assert not office["bob"].standing_in


def test_what_no_stand_in_can_be(office: Office) -> None:
    def refused(person: str, deputy: str, first: int = 0, last: int = 3, **more: object) -> list[str]:
        with pytest.raises(Refused) as found:
            absence.put_stand_in(
                office[person], person=office.people[person], deputy=office.people[deputy], first_day=today() + first * DAY, last_day=today() + last * DAY,
                **more,  # type: ignore[arg-type]
            )  # fmt: skip
        return [r.code for r in found.value.refusals]

    assert refused("ann", "ann") == ["deputy_far"]
    assert refused("ann", "fay") == ["deputy_far"], "another place"
    assert refused("ann", "ida") == ["deputy_far"], "administrators of the platform do no business"
    assert refused("ann", "bob", 5, 3) == ["dates_order"]
    assert refused("ann", "bob", -5, -3) == ["day_gone"]
    assert refused("ann", "bob", 0, 400) == ["too_long"]
    assert refused("ann", "bob", roles=["head"]) == ["role_unknown"]
    stand_in(office, "ann", "bob")
    assert refused("ann", "dan") == ["standin_held"]
    with pytest.raises(Refused) as other:
        absence.put_stand_in(office["bob"], person=office.people["ann"], deputy=office.people["bob"], first_day=today(), last_day=today())
    assert other.value.status == 403
    assert StandIn.objects.count() == 1


def test_a_stand_in_passes_a_duty_on_for_the_absent_person(office: Office) -> None:
    (case,) = office.town.ask(8)
    commands.claim(office["ann"], duty_ids(case))
    stand_in(office, "ann", "dan")
    assert codes(commands.transfer(office["dan"], duty_ids(case), office.id("bob"))) == ["ok"]
    assert holders(case) == [office.id("bob")]
    assert lists.log(case)[-1].data["for"] == office.id("ann")
