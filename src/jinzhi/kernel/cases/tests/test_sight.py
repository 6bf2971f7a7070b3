"""Row security under attack: as the application's role, with every sight that is not one's own to have, nothing of another bureau is shown."""

from __future__ import annotations

import re
import threading
import time

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from jinzhi.kernel.cases import grants, lists, queries
from jinzhi.kernel.cases.tests.town import Town, dog_module, town  # noqa: F401  (fixtures)
from jinzhi.kernel.orgs import sight as sights
from jinzhi.kernel.orgs.actors import SYSTEM, Actor, Grant
from jinzhi.kernel.orgs.sight import sight

pytestmark = pytest.mark.django_db
KEYED = ("case_", "case_row", "lane", "duty", "clock", "event")


def rows(sql: str, *args: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, args or None)
        return cursor.fetchall()


def seen(table: str, case: int) -> int:
    key = "id" if table == "case_" else "case_id"
    return int(rows(f"select count(*) from {table} where {key} = %s", case)[0][0])  # type: ignore[call-overload]


@pytest.mark.parametrize("table", KEYED)
def test_each_sees_its_own_and_nobody_sees_anything(town: Town, table: str) -> None:
    (case,) = town.ask(8)
    for who, shown in ((town.owner, True), (town.clerk, True), (SYSTEM, True), (town.stranger, False), (town.clerk_elsewhere, False), (None, False)):
        with sight(who):
            assert bool(seen(table, case)) is shown, who
    with sight(Actor(900_010, "an administrator", (Grant("sysadmin", "000000/"),))):
        assert not seen(table, case)


def forged(town: Town) -> dict[str, str]:
    """Settings that are not sound, or not of this connection: name, text."""
    backend, until = connection.connection.info.backend_pid, int(time.time()) + 600
    good = sights.signed(town.clerk_elsewhere, backend, until)
    mac, payload = good.split("|", 1)
    return {
        "empty": "",
        "rubbish": "x|y",
        "no mac": "|" + payload,
        "the platform without a key": "0" * 64 + f"|{backend}|{until}|0|1|{{%}}|{{}}|{{}}|{{0}}",
        "paths widened": mac + "|" + payload.replace("000000/310000/", ""),
        "cleared by oneself": mac + "|" + payload.replace(f"{town.clerk_elsewhere.person_id}|0|", f"{town.clerk_elsewhere.person_id}|1|"),
        "another connection's": sights.signed(town.clerk, backend + 1, until),
        "yesterday's": sights.signed(SYSTEM, backend, int(time.time()) - 1),
        "mac of another": sights.signed(SYSTEM, backend, until)[:64] + "|" + payload,
    }


def test_forged_edited_borrowed_and_old_sights_show_nothing(town: Town) -> None:
    (case,) = town.ask(8)
    with sight(town.clerk_elsewhere):
        for name, text in forged(town).items():
            # as an injected statement would: whatever it sets, in the same message as it reads
            with connection.cursor() as cursor:
                cursor.execute(f"select set_config('jinzhi.sight', '{text}', false); select count(*) from case_ where id = {case}")
                cursor.nextset()
                assert cursor.fetchone() == (0,), name
            connection.sight.forget()


def test_a_sound_setting_of_this_connection_would_work_so_the_test_above_can_fail(town: Town) -> None:
    (case,) = town.ask(8)
    text = sights.signed(town.clerk, connection.connection.info.backend_pid, int(time.time()) + 600)
    with sight(None), connection.cursor() as cursor:
        cursor.execute(f"select set_config('jinzhi.sight', '{text}', false); select count(*) from case_ where id = {case}")
        cursor.nextset()
        assert cursor.fetchone() == (1,)
    connection.sight.forget()


def test_the_key_is_out_of_reach(town: Town) -> None:
    for sql in ("select inner_key from sight_key", "update sight_key set id = 1", "select last from counter", "alter table case_ disable row level security",
                "drop policy sight on case_", "set role jinzhi_owner", "set session authorization jinzhi_owner", "set row_security = off; select id from case_"):  # fmt: skip
        with pytest.raises(DatabaseError), sight(town.clerk), transaction.atomic():
            rows(sql)


def test_an_injected_union_shows_nothing_of_another_bureau(town: Town) -> None:
    (case,) = town.ask(8)
    mine = "select state from case_ where number = 'nothing'"
    with sight(town.clerk_elsewhere):
        for table in KEYED:
            key = "id" if table == "case_" else "case_id"
            assert rows(f"{mine} union all select {key}::text from {table} where {key} = {case}") == []
        assert rows(f"{mine} union all select title from case_row order by 1") == []


def calls(case: int, duty: int, person: int) -> dict[str, str]:
    """Every function the application may call, with another bureau's ids."""
    return {
        "lock_cases": f"lock_cases(array[{case}], {person}, null, current_setting('jinzhi.sight'))",
        "new_cases": f"new_cases(1, {person}, null, 'forged')",
        "take_numbers": "",
        "write_cases": f"write_cases('{{\"at\": \"2011-11-23T00:00:00Z\", \"moved\": [{{\"id\": {case}, \"version\": 2, \"state\": \"x\", \"phase\": 1}}]}}', {person}, null, null,"
        " current_setting('jinzhi.sight'))",
        "set_words": f"set_words(array[{case}], array['x'])",
        "take_duty": f"take_duty(array[{duty}], {person})",
        "lock_duties": f"lock_duties(array[{duty}])",
        "give_duties": f"give_duties('[{{\"id\": {duty}, \"to\": {person}, \"case\": {case}, \"track\": \"main\", \"no\": 1}}]')",
        "set_watch": f"set_watch({person}, array[{case}], now(), true)",
        "beat": f"beat({case}, {person})",
        "forget_presence": "forget_presence()",
        "holdings": "holdings(900003)",
        "held_duties": "held_duties(900003, '', '', '', 0, 10)",
        "watched": "watched(900003)",
        "move_watches": f"move_watches(900003, {person}, now())",
        "closed_children": f"closed_children(array[{case}])",
        "keep_returns": "keep_returns('[]')",
        "open_children": f"open_children(array[{case}])",
        "parents_acts": f"parents_acts(array[{case}])",
        "take_keys": "take_keys('a', 'b', array['c'], now())",
        "end_keys": "end_keys('[]')",
        "use_quotas": f"use_quotas('[{{\"case\": {case}}}]', '[]', now())",
        "set_quota": "set_quota('a', 'b', 'c', 'd', 1)",
        "due_cases": "due_cases('2100-01-01', 100)",
        "note_clock_failure": f"note_clock_failure({case}, 'x', now())",
        "clear_clock_failures": f"clear_clock_failures(array[{case}])",
        "append_events": f"append_events('[{{\"case\": {case}, \"action\": \"~note\", \"actor\": {person}, \"at\": \"2011-11-23T00:00:00Z\", \"post\": 0, \"org\": \"\","
        ' "lane": "main.1", "request": "", "body": "{}"}]\')',
        "keep_root": "keep_root('{}', array[]::bytea[])",
        "forget_requests": "forget_requests(now())",
        "cases_named": "cases_named('''阿黄'''::tsquery, 77, false, 100, 1000000)",
        "publish_process": "publish_process('x', '2011-01-01', 'h', '{}')",
        "recompute_clocks": "recompute_clocks('2011-01-01', '2100-01-01', now(), 0, 10)",
        "redue_cases": f"redue_cases(array[{case}])",
        "clock_dues": f"clock_dues(array(select id from clock where case_id = {case}), false)",
        "due_signals": "due_signals('2100-01-01', 10)",
        "write_signals": "write_signals('{}', now())",
        "set_secrecy": f"set_secrecy({case}, 1::smallint)",
        "unseal": f"unseal(array[{case}], '2011-11-23')",
        "broken_seals": "broken_seals()",
        "set_promise": "set_promise('a', 'b', '', '5wd', '2011-01-01', null, '', 1, now())",
        "set_threshold": "set_threshold('', '', '', 0.5, 1, '2011-01-01', null, false, 1, now())",
    }


OWN_THINGS = {
    "take_numbers", "lock_quotas", "publish_cal", "settle_calendar", "save_view", "drop_view", "choose_columns", "choose_view", "keep_bulk_run",
    "new_cases", "serve_documents",
}  # fmt: skip
"""Functions that take no case, duty or person of somebody else's."""


def test_no_function_that_is_granted_shows_or_changes_another_bureau_s_case(town: Town) -> None:
    (case,) = town.ask(8)
    (duty,) = (row[0] for row in rows("select id from duty where case_id = %s and closed_at is null", case))
    before = rows("select version, seq, state, head from case_ where id = %s", case)
    me = town.clerk_elsewhere.person_id
    known = calls(case, duty, me)  # type: ignore[arg-type]
    names = {re.split(r"\(", signature)[0] for signature in grants.FUNCTIONS}
    assert not names - known.keys() - OWN_THINGS, f"try these with another bureau's ids: {names - known.keys() - OWN_THINGS}"
    empty = re.compile(r"^(\[\]|\{\}|0|None|\(,*\)|\{\"cases\" : null\}|\{\"cases\": null\}|)$")
    for name in sorted(names & known.keys() - {"take_numbers", "new_cases"}):
        refused = ""
        with sight(town.clerk_elsewhere):
            try:
                with transaction.atomic():
                    found = [row for row in rows(f"select * from {known[name]}") if not all(empty.match(str(v)) for v in row)]
            except DatabaseError as error:
                refused, found = str(getattr(error.__cause__, "sqlstate", error)), []
        # 42501 not allowed, 23503 it does not exist, 40001 not the version that stands
        assert refused in ("", "42501", "23503", "40001", "22023"), name
        assert not found, f"{name} shows {found}"
    assert rows("select version, seq, state, head from case_ where id = %s", case) == before


def test_every_function_that_may_be_called_asks_for_sight(town: Town) -> None:
    (case,) = town.ask(8)
    with sight(None):
        for name, call in calls(case, 1, 0).items():
            if not call or name == "clock_dues":
                continue
            try:
                with transaction.atomic():
                    found = rows(f"select * from {call.replace(chr(39) + 'forged' + chr(39), 'null')}")
            except DatabaseError:
                continue
            assert all(str(v) in ("None", "0", "[]", '{"cases" : null}', "{}") for row in found for v in row), f"{name}: {found}"


def test_every_table_with_a_case_in_it_is_held_by_a_policy(town: Town) -> None:
    bare = rows(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname in ('case_id', 'case') and not a.attisdropped"
        " where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity"
        " and has_table_privilege(current_user, c.oid, 'select')"
    )
    assert bare == []
    held = {row[0] for row in rows("select tablename from pg_policies")}
    assert {"case_", "case_row", "duty", "event", "request", "documents_document", "forms_draft"} <= held


def test_two_requests_on_one_connection_never_see_with_each_other_s_eyes(town: Town) -> None:
    (case,) = town.ask(8)
    with sight(town.clerk):
        assert seen("case_", case)
    with sight(None):
        assert not seen("case_", case)
        with sight(town.clerk_elsewhere):
            assert not seen("case_", case)
        with sight(town.clerk):
            assert seen("case_", case)
            with transaction.atomic():
                with sight(town.clerk_elsewhere):
                    assert not seen("case_", case)
                transaction.set_rollback(True)
            assert seen("case_", case), "what a rollback took back is said again"
    with sight(town.clerk_elsewhere):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows("select 1/0")
        assert not seen("case_", case)


def test_a_thread_begins_as_nobody(town: Town) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(sights.who_asks()))
    with sight(town.clerk):
        thread.start()
        thread.join()
    assert found == [None]


def test_a_reader_without_an_actor_raises(town: Town) -> None:
    (case,) = town.ask(8)
    with sight(None):
        for reader in (lambda: queries.read_works([case]), lambda: lists.log(case), lambda: queries.acts([case])):
            with pytest.raises(RuntimeError, match="nobody asks"):
                reader()
    with pytest.raises(TypeError, match="who asks"):
        queries.access_case(None, case)  # type: ignore[arg-type]


def test_nobody_writes_in_another_s_name_or_to_another_s_rows(town: Town) -> None:
    (case,) = town.ask(8)
    (duty,) = (row[0] for row in rows("select id from duty where case_id = %s and closed_at is null", case))
    for doc in (
        f'{{"at": "2011-11-23T00:00:00Z", "closed_duties": [{duty}]}}',
        f'{{"at": "2011-11-23T00:00:00Z", "events": [{{"case": {case}, "seq": 2, "actor": 900003}}]}}',
        f'{{"at": "2011-11-23T00:00:00Z", "rows": [{{"id": {case}, "title": "x"}}]}}',
    ):
        with pytest.raises(DatabaseError) as error, sight(town.clerk_elsewhere), transaction.atomic():
            rows("select write_cases(%s::jsonb, %s, null, null, current_setting('jinzhi.sight'))", doc, town.clerk_elsewhere.person_id)
        assert error.value.__cause__.sqlstate == "42501"  # type: ignore[union-attr]
