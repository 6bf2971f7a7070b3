"""The one way in: a message is known by unit, number and version; a permit is never overdrawn, whoever sends beside whom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.queries import read_works
from jinzhi.supervision.declarations import commands, sample
from jinzhi.supervision.declarations.effects.drawing import permit_uses
from jinzhi.supervision.declarations.models import Declaration as Header
from jinzhi.supervision.declarations.models import Goods, Message, Permit, PermitEntry, Review
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.biz_world import Firm, World
from jinzhi.supervision.declarations.tests.office_world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Any:
    with time.at(NOW):
        yield World()


def payload(firm: Firm, seed: int = 5, number: str = "S-1", version: int = 1, **more: Any) -> dict[str, Any]:
    (one,) = sample.labelled(1, seed, [firm.made], NOW.date(), faulty=0.0, doubtful=0.0, organisations=["380100"])
    return one.payload | {"enterprise_number": number, "version": version, "bill_of_lading": f"BL{number}"} | more


def send(firm: Firm, *given: dict[str, Any]) -> list[commands.SendResult]:
    with time.at(NOW):  # threads begin without the test's time
        return commands.send([Declaration.model_validate(g) for g in given], actor=firm.actor, party_id=firm.party.pk)


def together(*acts: Callable[[], Any]) -> list[Any]:
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            gate.wait()
            answers[place] = acts[place]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# -- a message is known by unit, number and version ----------------------------------------------------------------------------


def test_the_same_again_is_the_same_answer_and_nothing_more(world: World) -> None:
    firm, other = world.firms
    (first,) = send(firm, payload(firm))
    (again,) = send(firm, payload(firm))
    assert first.status == "accepted"
    assert (again.status, again.case_id, again.number, again.duplicate) == ("accepted", first.case_id, first.number, True)
    assert Header.objects.count() == Message.objects.count() == 1
    # another unit's message of the same number is another message
    (elsewhere,) = send(other, payload(other, bill_of_lading="OTHER"))
    assert elsewhere.case_id != first.case_id
    assert not elsewhere.duplicate


def test_changed_content_under_the_same_version_is_refused_with_the_version_to_use(world: World) -> None:
    firm = world.firms[0]
    (first,) = send(firm, payload(firm))
    (changed,) = send(firm, payload(firm, contract_no="ANOTHER"))
    assert (changed.status, changed.duplicate, changed.errors[0].code, changed.errors[0].field) == ("refused", True, "version_used", "version")
    assert "第 2 版" in changed.errors[0].message.zh
    # an accepted declaration does not go back for a new version
    (second,) = send(firm, payload(firm, version=2, contract_no="ANOTHER"))
    assert (second.status, second.errors[0].code) == ("refused", "wrong_state")
    assert Message.objects.count() == 1
    assert first.case_id is not None
    assert read_works([first.case_id])[first.case_id].state == first.state


def test_twice_in_one_call_is_done_once(world: World) -> None:
    firm = world.firms[0]
    one, same, other = send(firm, payload(firm), payload(firm), payload(firm, contract_no="ANOTHER"))
    assert (one.status, same.status, other.status) == ("accepted", "accepted", "refused")
    assert same.duplicate
    assert same.case_id == one.case_id
    assert Header.objects.count() == 1
    # a refused one is refused both times
    lost = payload(firm, number="S-2", organisation="000000")
    first, echo = send(firm, lost, lost)
    assert (first.status, echo.status, echo.errors) == ("refused", "refused", first.errors)


def test_a_returned_one_goes_on_as_the_next_version_of_the_same_case(world: World) -> None:
    firm = world.firms[0]
    (back,) = send(firm, payload(firm, transport_mode="99"))
    assert back.status == "returned"
    assert any(e.field == "transport_mode" for e in back.errors)
    assert {e.code for e in back.errors} == {f["code"] for f in Review.objects.get(case_id=back.case_id).findings if f["severity"] == "error"}
    (again,) = send(firm, payload(firm, version=2))
    assert (again.status, again.case_id) == ("accepted", back.case_id)
    header = Header.objects.get()
    assert (header.version, header.case_id) == (2, back.case_id)
    assert Goods.objects.filter(case_id=back.case_id).count() == len(payload(firm)["lines"])
    assert set(Message.objects.values_list("version", "case_id")) == {(1, back.case_id), (2, back.case_id)}
    (late,) = send(firm, payload(firm, transport_mode="99"))  # the first version once more
    assert (late.duplicate, late.case_id) == (True, back.case_id)


def test_what_was_refused_leaves_no_message_and_may_come_again(world: World) -> None:
    firm = world.firms[0]
    (lost,) = send(firm, payload(firm, organisation="000000"))
    assert lost.status == "refused"
    assert not Message.objects.exists()
    assert send(firm, payload(firm))[0].status == "accepted"


@pytest.mark.slow
def test_fifteen_hundred_in_one_call(world: World) -> None:
    firm = world.firms[0]
    given = [payload(firm, number=f"M-{n}") for n in range(1500)]
    given[700]["transport_mode"] = "99"
    results = send(firm, *given)
    assert len(results) == 1500
    assert [r.enterprise_number for r in results] == [f"M-{n}" for n in range(1500)]
    assert [n for n, r in enumerate(results) if r.status != "accepted"] == [700]
    assert len({r.case_id for r in results}) == 1500
    assert len({r.number for r in results if r.number}) == 1499
    again = send(firm, *given)
    assert all(r.duplicate for r in again)
    assert [r.case_id for r in again] == [r.case_id for r in results]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_same_sent_by_six_at_once_is_one_case(world: World) -> None:
    firm = world.firms[0]
    given = [payload(firm, number=f"R-{n}") for n in range(5)]
    answers = together(*([lambda: send(firm, *given), lambda: send(firm, *reversed(given))] * 3))
    assert all(r.status == "accepted" for answer in answers for r in answer)
    assert len({(r.enterprise_number, r.case_id) for answer in answers for r in answer}) == 5
    assert sum(not r.duplicate for answer in answers for r in answer) == 5
    assert Header.objects.count() == Message.objects.count() == 5
    # other content under the same version: one of two wins, the other is told
    a, b = together(lambda: send(firm, payload(firm, number="X", contract_no="A")), lambda: send(firm, payload(firm, number="X", contract_no="B")))
    assert sorted(r[0].status for r in (a, b)) == ["accepted", "refused"]


# -- permits -------------------------------------------------------------------------------------------------------------------


def with_permit(world: World, doubtful: bool = False) -> tuple[Firm, dict[str, Any], Decimal]:
    """A declaration that names one permit: who sends it, its content, and what it writes off."""
    firm = world.firms[0]
    for seed in range(400):
        made = next(e for e in world.cast.enterprises if e.declarant) if seed % 2 else firm.made
        (one,) = sample.labelled(1, seed, [made], NOW.date(), faulty=0.0, doubtful=1.0 if doubtful else 0.0, organisations=["380100"])
        uses = permit_uses(Declaration.model_validate(one.payload))
        if len(uses) == 1 and Permit.objects.filter(kind=uses[0][0], number=uses[0][1]).exists() and one.payload["consignee_code"] == firm.party.code:
            return firm, one.payload, uses[0][3]
    firm, given, quantity = _own_permit(world, doubtful)
    return firm, given, quantity


def _own_permit(world: World, doubtful: bool) -> tuple[Firm, dict[str, Any], Decimal]:
    firm = world.firms[0]
    (one,) = sample.labelled(1, 5, [firm.made], NOW.date(), faulty=0.0, doubtful=1.0 if doubtful else 0.0, organisations=["380100"])
    given = one.payload
    for line in given["lines"]:
        line["permits"] = []
    Permit.objects.create(
        kind="325", number="RACE", holder_code=given["consignee_code"], granted=1, balance=1, valid_from=NOW.date().replace(month=1), valid_to=NOW.date().replace(month=12)
    )
    given["lines"][0]["permits"] = [{"kind": "325", "number": "RACE", "quantity": "20"}]
    return firm, given, Decimal(20)


def numbered(given: dict[str, Any], name: str, count: int) -> list[dict[str, Any]]:
    return [given | {"enterprise_number": f"{name}-{n}", "bill_of_lading": f"{name}{n}"} for n in range(count)]


def allow(given: dict[str, Any], amount: Decimal) -> Permit:
    ((kind, number, _, _),) = permit_uses(Declaration.model_validate(given))
    Permit.objects.filter(kind=kind, number=number).update(granted=amount, balance=amount)
    return Permit.objects.get(kind=kind, number=number)


def ledger(permit: Permit) -> tuple[Decimal, Decimal]:
    permit.refresh_from_db()
    return permit.balance, PermitEntry.objects.filter(permit=permit).aggregate(s=Sum("quantity"))["s"] or Decimal(0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_batches_that_together_overdraw_a_permit(world: World) -> None:
    firm, given, each = with_permit(world)
    permit = allow(given, each * 5)
    answers = together(lambda: send(firm, *numbered(given, "A", 3)), lambda: send(firm, *numbered(given, "B", 3)))
    statuses = sorted(r.status for answer in answers for r in answer)
    assert statuses == ["accepted"] * 5 + ["returned"]
    (short,) = [r for answer in answers for r in answer if r.status == "returned"]
    assert {e.code for e in short.errors} == {"permit.balance"}
    assert ledger(permit) == (Decimal(0), each * 5)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_clerks_accept_what_a_permit_covers_only_once(world: World) -> None:
    firm, given, each = with_permit(world, doubtful=True)
    permit = allow(given, each)
    sent = [send(firm, *numbered(given, name, 1))[0] for name in "AB"]
    assert [r.status for r in sent] == ["manual", "manual"]
    clerk = world.cast.one("380100", "clerk")

    def accept(case: int) -> engine.Result:
        with time.at(NOW):
            return engine.advance([engine.Move(case)], "accept", actor=clerk)[0]

    results = together(*(lambda case=r.case_id: accept(case) for r in sent))
    assert sorted(r.ok for r in results) == [False, True]
    (refused,) = [r for r in results if not r.ok]
    assert refused.refusals[0].code == "permit_balance"
    assert ledger(permit) == (Decimal(0), each)


def test_what_a_withdrawn_case_took_is_given_back(world: World) -> None:
    firm, given, each = with_permit(world)
    permit = allow(given, each * 2)
    (sent,) = send(firm, *numbered(given, "W", 1))
    assert ledger(permit) == (each, each)
    clerk = world.cast.one("380100", "clerk")
    assert sent.case_id is not None
    for action, who, data in (("ask_withdrawal", firm.actor, {"reasons": "合同取消"}), ("grant_withdrawal", clerk, {})):
        (result,) = engine.advance([engine.Move(sent.case_id, data=data)], action, actor=who)
        assert result.ok, result
    assert ledger(permit) == (each * 2, Decimal(0))
