"""What the application's database role may do with the kernel's tables: read, and call the functions that are the one door."""

from __future__ import annotations

from typing import Any

TABLES = (
    "process_version", "case_", "lane", "case_row", "duty", "clock", "extension", "suspension", "event", "request",
    "archive", "log_root", "log_root_block",
    "watch", "presence",
    "cal", "promise", "threshold", "signal", "calendar_change",
    "clock_failure", "child_return", "quota", "quota_use", "source_key",
    "list_view", "list_choice", "bulk_run",
)  # fmt: skip
FUNCTIONS = (
    "lock_cases(bigint[], bigint, uuid, text)", "new_cases(integer, bigint, uuid, text)", "take_numbers(text[], integer[])",
    "write_cases(jsonb, bigint, uuid, jsonb, text)",
 "set_words(bigint[], text[])",
    "take_duty(bigint[], bigint)", "lock_duties(bigint[])", "give_duties(jsonb)", "set_watch(bigint, bigint[], timestamptz, boolean)",
    "beat(bigint, bigint)", "forget_presence()", "holdings(bigint)", "held_duties(bigint, text, text, text, bigint, integer)", "watched(bigint)",
    "move_watches(bigint, bigint, timestamptz)",
    "closed_children(bigint[])", "keep_returns(jsonb)", "open_children(bigint[])", "parents_acts(bigint[])",
    "unseal(bigint[], date)", "broken_seals()",
    "take_keys(text, text, text[], timestamptz)", "end_keys(jsonb)", "lock_quotas(text, text, text[], text[])", "use_quotas(jsonb, jsonb, timestamptz)", "set_quota(text, text, text, text, numeric)",
    "due_cases(timestamptz, integer)", "note_clock_failure(bigint, text, timestamptz)", "clear_clock_failures(bigint[])",
    "set_secrecy(bigint, smallint)", "append_events(jsonb)", "keep_root(jsonb, bytea[])", "forget_requests(timestamptz)",
    "cases_named(tsquery, bigint, boolean, integer, integer)",
    "publish_process(text, date, text, jsonb)",
    "publish_cal(timestamptz)", "recompute_clocks(date, date, timestamptz, bigint, integer)", "clock_dues(bigint[], boolean)", "redue_cases(bigint[])",
    "due_signals(timestamptz, integer)", "write_signals(jsonb, timestamptz)", "settle_calendar(bigint)",
    "set_promise(text, text, text, text, date, date, text, bigint, timestamptz)",
    "set_threshold(text, text, text, numeric, integer, date, date, boolean, bigint, timestamptz)",
    "save_view(bigint, jsonb)", "drop_view(bigint, bigint)", "choose_columns(bigint, text, text[])", "choose_view(bigint, text, bigint)",
    "keep_bulk_run(uuid, bigint, jsonb)",
)  # fmt: skip


HIDDEN = ("sight_key", "counter", "sealed_fact")
"""Of no use to a reader: the key behind every sight; how many numbers each office has given; contents of sealed fields, read through unseal()."""


def restrict(cursor: Any, app_role: str) -> None:
    """Take every right to change the kernel's tables from ``app_role`` and from everybody; leave reading and the functions."""
    cursor.execute("select * from protect_the_rest()")
    tables = ", ".join(TABLES)
    cursor.execute(f'revoke all on {tables}, {", ".join(HIDDEN)} from public, "{app_role}"')
    cursor.execute(f'grant select on {tables} to "{app_role}"')
    for function in FUNCTIONS:
        cursor.execute(f'revoke all on function {function} from public; grant execute on function {function} to "{app_role}"')
