"""After a dump is loaded into another server, transaction ids begin anew: a new epoch keeps the order, and nothing waits for ever."""

from __future__ import annotations

from typing import Any

import psycopg
from django.core.management import call_command
from tests.support.databases import Database
from tests.support.platforms import django_on

from jinzhi.kernel.feeds.events import START, read_after

_CASE = (
    "insert into case_ (id, process_version, process, state, phase, version, org_path, facts, seq, head, opened_at, updated_at)"
    " select 1, id, code, 'x', 1, 1, '000000/', '{}', 2, '', now(), now() from process_version limit 1"
)
_EVENT = (
    "insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash, xid)"
    " values (1, %s, now(), 0, 0, '', 'x', 'main.1', '', '{}', '', coalesce(%s::text::xid8, pg_current_xact_id()))"
)


def test_what_an_earlier_life_wrote_is_read_first_and_does_not_wait(fresh_database: Database, django_db_blocker: Any) -> None:
    with psycopg.connect(fresh_database.owner, autocommit=True) as owner, django_db_blocker.unblock(), django_on(fresh_database.owner):
        owner.execute("alter table event disable trigger user")
        owner.execute(_CASE)
        owner.execute(_EVENT, [1, "99999999999"])  # as a restored dump holds it: its transaction lies in this server's future
        assert read_after(START, 10) == []
        call_command("feeds", "new-epoch")
        owner.execute(_EVENT, [2, None])
        events = read_after(START, 10)
        assert [event.seq for event in events] == [1, 2]
        assert read_after(events[0].position, 10) == events[1:]
