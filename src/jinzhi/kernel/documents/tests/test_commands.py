"""Issuing, replacing, voiding, printing and signing, against the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from jinzhi.kernel.documents import blobs, commands, queries, render, signer, signing
from jinzhi.kernel.documents.models import Blob, Document, Print, VerificationLog
from jinzhi.kernel.documents.tests.samples import CERTIFICATE_FULL, INSTRUMENT_FULL, draft
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Org
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_kinds")]
OFFICER = Actor(person_id=41, name="方若水")


def test_a_batch_takes_one_statement_and_keeps_order() -> None:
    drafts = [draft(f"N-{n:04}") for n in range(50)]
    with (
        CaptureQueriesContext(
            connection,
        ) as said,
        transaction.atomic(),
    ):
        ids = commands.issue(drafts)
    assert len([q for q in said if "SAVEPOINT" not in q["sql"]]) == 1
    stored = Document.objects.in_bulk(ids)
    assert [stored[pk].number for pk in ids] == [d.number for d in drafts]
    assert all(document.is_intact() for document in stored.values())
    assert commands.issue([]) == []


def test_everything_in_a_draft_is_kept() -> None:
    Org.objects.update_or_create(code="zz-test", defaults={"path": "zz-test/", "level": "bureau", "name_zh": "甲局", "name_en": "A"})
    one = draft("330200211004392", org_code="zz-test", valid_until=dt.date(2011, 12, 1), lane="cert.1", issued_by=41, copy="2")
    (pk,) = commands.issue([one])
    document = Document.objects.get(pk=pk)
    assert (document.title, document.org_name, document.content) == (one.title, one.org_name, one.content)
    assert (document.org.code, document.lane, document.copy, document.valid_until) == ("zz-test", "cert.1", "2", one.valid_until)  # type: ignore[union-attr]
    assert (document.issued_at, document.issued_by, document.state, document.version) == (one.issued_at, 41, "valid", 1)
    assert document.state_on(dt.date(2011, 12, 1)) == "valid"
    assert document.state_on(dt.date(2011, 12, 2)) == "expired"


def test_replacing_makes_the_next_version_and_says_why() -> None:
    (first,) = commands.issue([draft("N-1")])
    (second,) = commands.issue([draft("N-1", {"seal": "新"}, supersedes=first, replaced_because="收货人地址更正")])
    old, new = Document.objects.get(pk=first), Document.objects.get(pk=second)
    assert (old.state, old.state_reason, new.state, new.version, new.supersedes_id) == ("replaced", "收货人地址更正", "valid", 2, first)
    (third,) = commands.issue([draft("N-1-B", supersedes=second)])
    assert Document.objects.get(pk=third).version == 1
    assert [d.pk for d in queries.versions(old)] == [second, first] or {d.pk for d in queries.versions(old)} == {first, second}
    with pytest.raises(Refused, match="no longer valid"):
        commands.issue([draft("N-1", supersedes=first)])


def test_a_number_is_given_once_but_kinds_may_share_it() -> None:
    commands.issue([draft("N-1"), draft("N-1", kind="notice", content=INSTRUMENT_FULL)])
    with pytest.raises(IntegrityError), transaction.atomic():
        commands.issue([draft("N-1")])


@pytest.mark.parametrize(("changes", "code"), [({"kind": "nothing"}, "document_kind"), ({"content": {"a": "\x00"}}, "document_text")])
def test_what_cannot_be_issued_is_refused_before_anything_is_written(changes: dict[str, Any], code: str) -> None:
    bad = draft("N-2")
    for name, value in changes.items():
        setattr(bad, name, value)
    with pytest.raises(Refused) as caught:
        commands.issue([draft("N-1"), bad])
    assert caught.value.refusals[0].code == code
    assert not Document.objects.filter(number="N-1").exists()


def test_state_changes_once_with_a_reason() -> None:
    ids = commands.issue([draft("N-1"), draft("N-2")])
    with pytest.raises(Refused) as caught:
        commands.set_state(ids, "voided", "  ", OFFICER)
    assert caught.value.refusals[0].field == "reason"
    assert commands.set_state(ids, "voided", "企业交回原件", OFFICER) == 2
    assert commands.set_state(ids, "voided", "企业交回原件", OFFICER) == 0
    document = Document.objects.get(pk=ids[0])
    assert (document.state, document.state_reason, document.state_by) == ("voided", "企业交回原件", 41)
    with pytest.raises(Refused):
        commands.set_state(ids, "expired", "", 0)
    with pytest.raises(ValueError, match="valid"):
        commands.set_state(ids, "valid", "x", 0)


@pytest.mark.parametrize(("column", "value"), [
    ("digest", "'x'"), ("content", "'{}'"), ("number", "'other'"), ("title_zh", "'别的'"), ("issued_by", "9"), ("valid_until", "'2030-01-01'"),
    ("org_name_zh", "'别的局'"), ("signatories", "'[]'"),
])  # fmt: skip
def test_the_database_refuses_to_change_what_was_issued(column: str, value: str) -> None:
    (pk,) = commands.issue([draft("N-1")])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update documents_document set {column} = {value} where id = %s", [pk])


def test_the_database_refuses_to_delete_or_revive() -> None:
    (pk,) = commands.issue([draft("N-1")])
    commands.set_state([pk], "voided", "x", 0)
    entry = commands.record_print(pk, OFFICER)
    for statement in (
        f"delete from documents_document where id = {pk}",
        f"update documents_document set state = 'valid' where id = {pk}",
        f"update documents_print set copies = 9 where id = {entry.pk}",
        f"delete from documents_print where id = {entry.pk}",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_printing_is_recorded() -> None:
    (pk,) = commands.issue([draft("N-1")])
    entry = commands.record_print(pk, OFFICER, 3, ["A1", " A2 ", "A3", ""])
    assert (entry.copies, entry.serials, entry.by_name) == (3, ["A1", "A2", "A3"], "方若水")
    for copies, serials, field in ((0, [], "copies"), (100, [], "copies"), (3, ["A1"], "serials")):
        with pytest.raises(Refused) as caught:
            commands.record_print(pk, OFFICER, copies, serials)
        assert caught.value.refusals[0].field == field
    assert Print.objects.filter(document_id=pk).count() == 1


def test_blobs_are_kept_once_under_their_digest() -> None:
    keys = blobs.put_many([(b"one", "text/plain"), (b"two", "text/plain"), (b"one", "text/plain")])
    assert keys[0] == keys[2] != keys[1]
    assert blobs.put(b"one", "image/png") == keys[0]
    assert blobs.get(keys[1]) == b"two"
    assert blobs.get_many(keys) == {keys[0]: b"one", keys[1]: b"two"}
    assert Blob.objects.get(pk=keys[0]).size == 3
    assert blobs.put_many([]) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Blob.objects.filter(pk=keys[0]).update(bytes=b"other")


def test_signing_stores_a_valid_file_and_does_it_once() -> None:
    ids = commands.issue([draft("N-1"), draft("N-2", INSTRUMENT_FULL, kind="notice"), draft("N-3", INSTRUMENT_FULL, kind="slip")])
    assert signer.waiting() == signer.Waiting(2, 0)
    assert commands.sign_pending() == 2
    assert commands.sign_pending() == 0
    certificate, notice, slip = (Document.objects.get(pk=pk) for pk in ids)
    for document in (certificate, notice):
        assert document.signed_at
        assert signing.is_valid(signing.verify(blobs.get(document.pdf_id or "")))
    assert slip.pdf_id is None


def test_one_bad_document_stops_nobody_and_is_tried_again_later() -> None:
    bad, good = commands.issue([draft("N-1", {"rows": [{"label": "姓名", "value": "𪚥"}]}), draft("N-2")])
    assert commands.sign_pending() == 1
    document = Document.objects.get(pk=bad)
    assert document.pdf_id is None
    assert document.sign_attempts == 1
    assert document.sign_error["code"] == "document_glyph"
    assert "U+2A6A5" in document.sign_error["zh"]
    assert signer.waiting() == signer.Waiting(1, 1)
    waits = []
    for _ in range(4):
        Document.objects.filter(pk=bad).update(sign_next_at=dt.datetime(2011, 1, 1, tzinfo=dt.UTC))
        before = dt.datetime.now(dt.UTC)
        assert commands.sign_pending() == 0
        waits.append((Document.objects.get(pk=bad).sign_next_at - before).total_seconds())  # type: ignore[operator]
    assert waits == sorted(waits)
    assert waits[-1] > 200


def test_an_unexpected_failure_is_recorded_with_a_number_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    (pk,) = commands.issue([draft("N-1")])

    def broken(*_: Any, **__: Any) -> bytes:
        raise OSError("the token was pulled out")

    monkeypatch.setattr(signing, "sign", broken)
    assert commands.sign_pending() == 0
    assert Document.objects.get(pk=pk).sign_error["code"] == "document_signing"
    monkeypatch.undo()


def test_altered_facts_are_not_signed(owner_unlocked: Any) -> None:
    (pk,) = commands.issue([draft("N-1")])
    owner_unlocked(pk, {"seal": "伪造"})
    assert commands.sign_pending() == 0
    assert Document.objects.get(pk=pk).sign_error["code"] == "document_digest"


@pytest.fixture
def owner_unlocked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pretend that somebody with the owner's rights changed the content behind the trigger's back."""

    def change(pk: int, content: dict[str, Any]) -> None:
        original = Document.facts

        def forged(self: Document) -> dict[str, Any]:
            return original(self) | ({"content": content} if self.pk == pk else {})

        monkeypatch.setattr(Document, "facts", forged)

    return change


def test_readers_take_a_constant_number_of_queries(django_assert_num_queries: Any) -> None:
    commands.issue([draft(f"N-{n}", case_id=n % 3) for n in range(9)])
    with django_assert_num_queries(1):
        found = queries.for_cases([0, 1, 2])
        assert [len(found[n]) for n in range(3)] == [3, 3, 3]
        assert str(found[0][0].title)
    with django_assert_num_queries(1):
        assert len(queries.for_case(1)) == 3
    with django_assert_num_queries(1):
        assert [d.content for d in queries.by_number(" ｎ-1 ")] == [CERTIFICATE_FULL]
    assert queries.by_number("") == []


def test_the_issued_text_is_what_is_drawn() -> None:
    (pk,) = commands.issue([draft("N-1", title=Text("健康证书", "Health certificate"))])
    document = Document.objects.get(pk=pk)
    from jinzhi.kernel.documents.content import CERTIFICATE

    assert render.pages(CERTIFICATE, document.facts(), document.digest)
    assert not VerificationLog.objects.filter(document=document).exists()
