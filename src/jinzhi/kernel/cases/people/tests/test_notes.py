"""Notes, mentions, watching, presence."""

from __future__ import annotations

import pytest
from django.db import connection

from jinzhi.kernel.cases import lists, queries
from jinzhi.kernel.cases.pages import files
from jinzhi.kernel.cases.people import notes, watching
from jinzhi.kernel.cases.people.tests.office import Office, office  # noqa: F401  (fixtures)
from jinzhi.kernel.cases.queries import CaseView
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.refusals import Refused

pytestmark = pytest.mark.django_db


def view(office: Office, who: str, case: int) -> CaseView:
    return queries.access_case(office[who], case)


def test_a_note_stands_in_the_chain_with_whom_it_mentions(office: Office) -> None:
    (case,) = office.town.ask(8)
    notes.write(view(office, "ann", case), "请 @bob甲看一下，@dog.cat 也看")
    (note,) = notes.read(view(office, "bob", case))
    assert note.text == "请 @bob甲看一下，@dog.cat 也看"
    assert {m.zh for m in note.mentioned} == {"bob甲", "cat甲"}
    last = lists.log(case)[-1]
    assert (last.action, last.data["mentions"]) == ("~note", sorted([office.id("bob"), office.id("cat")]))
    assert all(line.intact for line in lists.log(case))


@pytest.mark.parametrize(
    ("text", "code"), [("", "text_missing"), ("x" * 2001, "text_long"), ("@fay甲 看", "mention_blind"), ("@dog.ida 看", "mention_blind")]
)
def test_a_note_refused_writes_nothing(office: Office, text: str, code: str) -> None:
    (case,) = office.town.ask(8)
    before = len(lists.log(case))
    with pytest.raises(Refused) as refused:
        notes.write(view(office, "ann", case), text)
    assert [r.code for r in refused.value.refusals] == [code]
    assert refused.value.refusals[0].field == "text"
    assert len(lists.log(case)) == before


def test_words_behind_an_at_that_name_nobody_are_words(office: Office) -> None:
    (case,) = office.town.ask(8)
    notes.write(view(office, "ann", case), "写信到 office@example.org 和 @没有这个人")
    assert notes.read(view(office, "ann", case))[0].mentioned == ()


def test_files_are_the_writer_s_and_for_officers_only(office: Office) -> None:
    (case,) = office.town.ask(8)
    paper = blobs.put(b"%PDF-1.4 note", "application/pdf")
    with pytest.raises(Refused):
        notes.write(view(office, "ann", case), "附件", [(paper, "a.pdf")])
    blobs.note_upload([paper], office.id("ann"))
    notes.write(view(office, "ann", case), "", [(paper, "a.pdf")])
    assert lists.log(case)[-1].action == "~attach"
    assert files.referred(view(office, "bob", case)).get(paper) == "a.pdf"
    assert paper not in files.referred(queries.access_case(office.town.owner, case))


def test_colleagues_offered_are_those_who_see_the_case(office: Office) -> None:
    (case,) = office.town.ask(8)
    assert [p.username for p, _ in notes.colleagues(view(office, "ann", case), "dog.")] == ["dog.bob", "dog.cat", "dog.dan", "dog.eve", "dog.gus", "dog.hal"]


def test_watching_begins_and_ends(office: Office) -> None:
    (case,) = office.town.ask(8)
    assert watching.watch(office.id("ann"), [case]) == 1
    assert watching.watch(office.id("ann"), [case]) == 0
    assert set(watching.watchers(case)) == {office.id("ann")}
    watching.watch(office.id("ann"), [case], on=False)
    assert watching.watchers(case) == {}


def test_presence_is_one_statement_tells_others_and_fades(office: Office) -> None:
    (case,) = office.town.ask(8)
    ann, bob = office.id("ann"), office.id("bob")
    assert watching.beat(ann, watching.ticket(ann, case), 60) == (case, [])
    found = watching.beat(bob, watching.ticket(bob, case), 60)
    assert found is not None
    assert [n.zh for n in found[1]] == ["ann甲"]
    before = len(connection.queries_log)
    connection.force_debug_cursor = True
    assert watching.beat(ann, watching.ticket(ann, case), 60) is not None
    connection.force_debug_cursor = False
    assert len(connection.queries_log) - before == 2, "the sign of life, and the names"
    assert watching.beat(bob, watching.ticket(ann, case), 60) is None, "another's ticket"
    assert watching.beat(ann, "forged", 60) is None
    assert watching.beat(ann, watching.ticket(ann, case), -1) is None, "too old"
