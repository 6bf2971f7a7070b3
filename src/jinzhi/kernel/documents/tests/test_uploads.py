"""Who may name stored bytes: who sent them, and people of the party they were sent for; nobody else, whatever digest they know."""

from __future__ import annotations

from typing import Any

import pytest

from jinzhi.kernel.documents import blobs
from jinzhi.kernel.documents.models import Upload
from jinzhi.kernel.orgs.actors import ANONYMOUS, SYSTEM, Actor

pytestmark = pytest.mark.django_db

MINE = Actor(1001, "me", parties=frozenset({77}))
COLLEAGUE = Actor(1002, "colleague", parties=frozenset({77, 78}))
OTHER = Actor(1003, "other", parties=frozenset({78}))
OFFICER = Actor(1004, "officer")


def test_the_uploader_and_the_party_may_name_a_file_and_nobody_else() -> None:
    key = blobs.put(b"invoice", "text/plain")
    assert blobs.may_refer(MINE, [key]) == {key}  # nobody has sent it: a file the platform made
    blobs.note_upload([key], MINE.person_id, 77)
    assert blobs.may_refer(MINE, [key]) == set() == blobs.may_refer(COLLEAGUE, [key]) == blobs.may_refer(SYSTEM, [key])
    for actor in (OTHER, OFFICER, ANONYMOUS):
        assert blobs.may_refer(actor, [key]) == {key}
    # the same bytes sent by the other as well are now theirs too
    blobs.note_upload([blobs.put(b"invoice", "text/plain")], OTHER.person_id, 78)
    assert blobs.may_refer(OTHER, [key]) == set()


def test_an_officers_photograph_is_the_officers_own() -> None:
    key = blobs.put(b"photograph", "image/jpeg")
    blobs.note_upload([key], OFFICER.person_id)
    assert blobs.may_refer(OFFICER, [key]) == set()
    assert blobs.may_refer(Actor(1005, "another officer"), [key]) == {key}
    assert blobs.may_refer(MINE, [key]) == {key}


def test_bytes_that_are_not_there_may_not_be_named() -> None:
    assert blobs.may_refer(MINE, ["0" * 64]) == {"0" * 64}
    assert blobs.may_refer(MINE, []) == set()


def test_noting_again_is_no_error_and_many_cost_one_statement(django_assert_num_queries: Any) -> None:
    keys = blobs.put_many([(f"file {n}".encode(), "text/plain") for n in range(200)])
    with django_assert_num_queries(1):
        blobs.note_upload(keys, 1001, 77)
    for party in (77, None, None):
        blobs.note_upload(keys[:2], 1001, party)
    assert Upload.objects.count() == 202
    with django_assert_num_queries(1):
        assert blobs.may_refer(COLLEAGUE, keys) == set()
    with django_assert_num_queries(0):
        blobs.may_refer(MINE, [])
        blobs.note_upload([], 1001)
