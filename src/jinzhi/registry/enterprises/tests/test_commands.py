"""Enrolling, changing, suspending: who may, what is refused, what the log keeps."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import Membership, Party
from jinzhi.kernel.orgs.queries import actor_for
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.time import today
from jinzhi.registry.enterprises import commands, history, queries
from jinzhi.registry.enterprises.drafts import FirstMember
from jinzhi.registry.enterprises.models import Enterprise, EnterpriseEvent
from jinzhi.registry.enterprises.tests.world import credit_code, draft, officer, registrar

pytestmark = pytest.mark.django_db


def codes(refused: Any) -> list[tuple[str, str]]:
    return [(r.code, r.field) for r in refused.value.refusals]


def test_a_registrar_enrols_and_the_administrator_gets_a_password_once() -> None:
    by = registrar()
    (made,) = commands.enrol(by, [draft(1, administrator=FirstMember("boss.one", "施文静"))])
    assert made.opened is not None
    assert made.opened.person.check_password(made.opened.temporary_password)
    assert made.opened.person.must_change_password
    actor = actor_for(made.opened.person)
    assert actor.administers == {made.enterprise.party_id} == actor.parties
    (event,) = queries.log(made.enterprise.party_id)
    assert (event.action, event.by) == ("enrolled", by.person_id)


def test_full_width_and_spaces_by_habit_are_put_right() -> None:
    code = "".join(chr(ord(c) + 0xFEE0) for c in credit_code(2))
    (made,) = commands.enrol(SYSTEM, [draft(2, code=code, credit_class="ａ", name_zh="  宁波 测试  公司 ")])
    assert (made.enterprise.party.code, made.enterprise.credit_class, made.enterprise.party.name_zh) == (credit_code(2), "A", "宁波 测试 公司")
    assert made.enterprise.enrolled_on == today()


def test_every_fault_of_every_draft_is_told_and_nothing_is_written() -> None:
    wrong = draft(3, name_zh="", registration_no="12", credit_class="E", telephone="打我", enrolled_on=today() + dt.timedelta(days=1), bureau=None)
    with pytest.raises(Refused) as refused:
        commands.enrol(SYSTEM, [draft(4), wrong, draft(5, code=credit_code(5)[:-1] + "0"), draft(6, is_declarant=False, is_consignee=False, monthly_account=True)])
    found = {(r.data["row"], r.field) for r in refused.value.refusals}
    assert {(1, f) for f in ("name_zh", "registration_no", "credit_class", "telephone", "enrolled_on", "bureau")} <= found
    assert {(2, "code"), (3, "is_declarant"), (3, "monthly_account")} <= found
    assert not any(row == 0 for row, _ in found)
    assert not Party.objects.filter(code=credit_code(4)).exists()
    assert all(r.message.zh and r.message.en for r in refused.value.refusals)


def test_the_same_code_and_the_same_number_stand_once() -> None:
    commands.enrol(SYSTEM, [draft(7)])
    with pytest.raises(Refused) as refused:
        commands.enrol(SYSTEM, [draft(7), draft(8, registration_no=draft(7).registration_no), draft(9), draft(9)])
    assert {("enrolled", "code"), ("registration_taken", "registration_no"), ("twice", "code"), ("twice", "registration_no")} == set(codes(refused))


def test_only_registrars_of_that_place_write_files() -> None:
    admin = actor_for(officer("sys1", "sysadmin"))
    inspector = actor_for(officer("insp1", "inspector"))
    elsewhere = registrar("310000")
    (made,) = commands.enrol(SYSTEM, [draft(10)])
    party = made.enterprise.party_id
    for by in (admin, inspector, elsewhere):
        for act in (
            lambda by=by: commands.enrol(by, [draft(11)]), lambda by=by: commands.change(by, [commands.Change(party, draft(10))]),
            lambda by=by: commands.suspend(by, [party], "理由"), lambda by=by: commands.open_administrator(by, party, FirstMember("x.y", "某")),
        ):  # fmt: skip
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.status == 403
    assert Enterprise.objects.count() == 1
    # nor may a registrar hand a file to a place that is not theirs
    from jinzhi.kernel.orgs.models import Org

    with pytest.raises(Refused) as refused:
        commands.change(registrar(), [commands.Change(party, draft(10, bureau=Org.objects.get(code="310000")))])
    assert refused.value.status == 403


def test_a_change_is_kept_with_before_and_after_and_never_over_another() -> None:
    (made,) = commands.enrol(SYSTEM, [draft(12)])
    party, seen = made.enterprise.party_id, made.enterprise.version
    (file,) = commands.change(SYSTEM, [commands.Change(party, draft(12, credit_class="AA", name_zh="新名有限公司"), seen)])
    assert file.version == seen + 1
    event = queries.log(party)[0]
    assert event.data == {"credit_class": ["B", "AA"], "name_zh": ["测试贸易12有限公司", "新名有限公司"]}
    assert "信用等级：B → AA" in {d.zh for d in history.entries([event])[0].details}
    stored = queries.file(party)
    assert stored is not None
    assert (stored.credit_class, stored.party.name_zh, stored.version) == ("AA", "新名有限公司", seen + 1)
    with pytest.raises(Refused) as refused:
        commands.change(SYSTEM, [commands.Change(party, draft(12), seen)])
    assert refused.value.status == 409
    # the same facts again write nothing
    same = draft(12, credit_class="AA", name_zh="新名有限公司")
    assert commands.change(SYSTEM, [commands.Change(party, same)])[0].version == seen + 1
    with pytest.raises(Refused) as refused:
        commands.change(SYSTEM, [commands.Change(party, dataclasses.replace(same, code=credit_code(99)))])
    assert codes(refused) == [("code_fixed", "code")]


def test_suspension_has_a_reason_and_an_end() -> None:
    (made,) = commands.enrol(SYSTEM, [draft(13)])
    party, code = made.enterprise.party_id, made.enterprise.party.code
    assert queries.consignees([code]) == {code}
    with pytest.raises(Refused) as refused:
        commands.suspend(SYSTEM, [party], " ")
    assert codes(refused) == [("reason", "reason")]
    commands.suspend(SYSTEM, [party], "虚假申报")
    assert queries.consignees([code]) == frozenset()
    with pytest.raises(Refused):
        commands.suspend(SYSTEM, [party], "再来一次")
    commands.resume(SYSTEM, [party], "已整改")
    assert queries.consignees([code]) == {code}
    assert [e.action for e in queries.log(party)] == ["resumed", "suspended", "enrolled"]
    with pytest.raises(Refused) as refused:
        commands.suspend(SYSTEM, [party, 10**12], "没有的")
    assert refused.value.status == 404


def test_the_log_cannot_be_rewritten() -> None:
    commands.enrol(SYSTEM, [draft(14)])
    for statement in ("update enterprises_enterpriseevent set action = 'x'", "delete from enterprises_enterpriseevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert EnterpriseEvent.objects.count() == 1


def test_a_thousand_cost_a_constant_number_of_statements(django_assert_max_num_queries: Any) -> None:
    drafts = [draft(1000)]
    drafts = [dataclasses.replace(drafts[0], code=credit_code(n), registration_no=f"38{n:08d}") for n in range(1000, 2000)]
    with django_assert_max_num_queries(14):
        assert len(commands.enrol(SYSTEM, drafts)) == 1000
    by_code = queries.party_ids(d.code for d in drafts)
    changes = [commands.Change(by_code[d.code], dataclasses.replace(d, credit_class="C")) for d in drafts]
    with django_assert_max_num_queries(12):
        commands.change(SYSTEM, changes)
    assert Enterprise.objects.filter(credit_class="C").count() == 1000


def test_a_user_name_that_is_taken_enrols_nothing() -> None:
    officer("taken1", "inspector")
    with pytest.raises(Refused) as refused:
        commands.enrol(SYSTEM, [draft(15, administrator=FirstMember("taken1", ""))])
    assert {("taken", "username"), ("name_missing", "admin_name_zh")} == set(codes(refused))
    assert not Party.objects.filter(code=credit_code(15)).exists()
    assert not Membership.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_registrars_at_once_enrol_one_file() -> None:
    drafts = [draft(16)]
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def enrol() -> None:
        gate.wait()
        try:
            commands.enrol(SYSTEM, drafts)
            outcomes.append("done")
        except Refused as refused:
            outcomes.append(refused.refusals[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=enrol) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert outcomes.count("done") == 1, outcomes  # the other is told that the enterprise, or its number, is there
    assert Enterprise.objects.count() == 1
