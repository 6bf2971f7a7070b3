"""A digest is an address, no secret: papers, proofs and photographs are taken only from who uploaded them."""

from __future__ import annotations

from typing import Any

import pytest

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import actor_for
from jinzhi.supervision.declarations import commands
from jinzhi.supervision.declarations.records import FieldRecord
from jinzhi.supervision.declarations.schema import Declaration
from jinzhi.supervision.declarations.tests.biz_world import Firm, World, payload
from jinzhi.supervision.declarations.tests.office_world import NOW, Bureau

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 "


@pytest.fixture
def world() -> World:
    return World()


def upload(firm: Firm, text: str) -> str:
    digest = blobs.put(PDF + text.encode(), "application/pdf")
    blobs.note_upload([digest], firm.person.pk, firm.party.pk)
    return digest


def send(firm: Firm, digest: str | None, number: str = "F-1", version: int = 1, **more: Any) -> commands.SendResult:
    given = payload(firm, number=number) | {"version": version} | more
    given["attachments"] = [*given["attachments"], {"kind": "101040", "number": "X", "sha256": digest}]
    (result,) = commands.send([Declaration.model_validate(given)], actor=firm.actor, party_id=firm.party.pk)
    return result


def test_another_partys_file_is_refused_by_field_and_one_s_own_taken(world: World) -> None:
    mine, other = world.firms
    digest = upload(other, "price list")
    refused = send(mine, digest)
    assert refused.status == "refused"
    (error,) = refused.errors
    place = len(payload(mine)["attachments"])
    assert (error.code, error.field) == ("file_not_yours", f"declaration.attachments.{place}.sha256")
    assert "上传" in error.message.zh
    assert "upload" in error.message.en
    # one that does not exist looks just the same
    assert send(mine, "0" * 64).errors[0].message == error.message
    assert send(mine, upload(mine, "price list")).status != "refused"  # the same bytes, sent by oneself


def test_a_colleague_may_use_the_companys_files(world: World) -> None:
    mine = world.firms[0]
    digest = upload(mine, "contract")
    clerk = Person.objects.create(username="firm0b", name_zh="许明", password="x")
    clerk.memberships.create(party=mine.party, role="representative", valid_from=time.today())
    assert send(Firm(mine.party, clerk, mine.made), digest).status != "refused"


def test_what_the_declaration_holds_already_stands_when_it_is_sent_again(world: World) -> None:
    mine, other = world.firms
    digest = upload(mine, "invoice")
    back = send(mine, digest, transport_mode="99")
    assert back.status == "returned"
    with pytest.MonkeyPatch.context() as patch:  # whoever uploaded it has left, and the party's note with them
        patch.setattr(blobs, "may_refer", lambda actor, keys: set(keys))
        assert send(mine, digest, version=2).status != "refused"
    assert send(mine, digest, number="F-2", transport_mode="99").status == "returned"
    assert send(mine, upload(other, "secret"), number="F-2", version=2).errors[0].code == "file_not_yours"


def test_a_proof_names_only_ones_own_files(world: World) -> None:
    mine, other = world.firms
    case = send(mine, upload(mine, "x"), transport_mode="99").case_id
    assert case is not None

    def ask(proof: list[str]) -> engine.Result:
        move = engine.Move(case, data={"reasons": "合同取消", "withdrawal_proof": proof})
        return engine.advance([move], "ask_withdrawal", actor=mine.actor)[0]

    refused = ask([upload(mine, "own"), upload(other, "theirs")])
    assert [(r.code, r.field) for r in refused.refusals] == [("file_not_yours", "withdrawal_proof.1")]
    assert "撤单证明" in refused.refusals[0].message.zh
    assert [(r.code, r.field) for r in ask(["not a digest"]).refusals] == [("format", "withdrawal_proof.0")]
    assert read_works([case])[case].state == "returned"
    assert ask([upload(mine, "own")]).ok


def test_photographs_are_an_inspectors_who_signs() -> None:
    with time.at(NOW):
        bureau = Bureau()
        (case,) = bureau.standing(1, "awaiting_contact")
        cast = bureau.cast
        steps: list[tuple[str, Any, dict[str, Any]]] = [
            ("arrange", cast.agent, {"goods_place": "堆场", "available_on": NOW.date(), "contact": "周"}),
            ("dispatch", cast.one("380100", "clerk"), {"departments": ["3801SP"], "lead_department": "3801SP"}),
        ]
        for action, who, data in steps:
            assert engine.advance([engine.Move(case, data=data)], action, actor=who)[0].ok, action
        one, two = cast.officers[("3801SP", "inspector")][:2]
        people = [one.person_id, two.person_id]
        assert engine.advance([engine.Move(case, data={"inspectors": people})], "appoint", actor=cast.one("3801SP", "section_head"))[0].ok
        photo = blobs.put(b"\x89PNG\r\n\x1a\n photo", "image/png")
        record = FieldRecord(examined_at=NOW, place="堆场", packages_opened=1, photos=[photo])

        def sign(who: Any) -> engine.Result:
            return engine.advance([engine.Move(case, data={"field_record": record})], "record_field", actor=actor_for(Person.objects.get(pk=who.person_id)))[0]

        assert [(r.code, r.field) for r in sign(one).refusals] == [("file_not_yours", "field_record.photos.0")]
        blobs.note_upload([photo], one.person_id)
        assert sign(one).status == "signed"
        assert sign(two).status == "done"  # the second signs what the first uploaded


def test_the_api_takes_a_file_and_then_its_name(world: World) -> None:
    from jinzhi.kernel.orgs import first_account
    from jinzhi.supervision.declarations.tests.test_api import Api

    first_account.remember()
    mine, other = world.firms
    api, theirs = Api(mine.key()), Api(other.key())
    done = api.client.post("/api/v1/files?name=a.pdf", PDF + b"api", content_type="application/octet-stream", headers=api.headers)
    digest = done.json()["sha256"]
    for number, sender, firm, status in (("A-1", theirs, other, 422), ("A-2", api, mine, 201)):
        given = payload(firm, number=number)
        given["attachments"] = [*given["attachments"], {"kind": "101040", "sha256": digest}]
        answer = sender.post("declarations", given)
        assert answer.status_code == status, answer.json()
    assert sender.post("cases/actions/send", {"items": []}).status_code == 409
