"""The demonstration is the same every time: two databases loaded apart hold the same numbers, states and log."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import psycopg
import pytest
from django.conf import settings

pytestmark = [pytest.mark.slow, pytest.mark.processes]
LOAD = "import django; django.setup(); from jinzhi.supervision.declarations.demo.load import load; load(declarations=150, enterprises=40)"
QUESTIONS = (
    "select c.number, c.state, c.phase, c.version, c.seq, r.title, c.org_path from case_ c join case_row r on r.case_id = c.id order by c.id",
    "select case_id, track, no, state, holder from lane order by 1, 2, 3",
    "select case_id, seq, action, actor, at, lane from event order by 1, 2",
    "select kind, number, version, state, digest from documents_document order by id",
    "select party_id, case_id, seq, kind from declarations_receipt order by case_id, seq, kind",
    "select username, name_zh from orgs_person order by id",
    "select number, balance from declarations_permit order by id",
)


def load(test_server: Any) -> list[list[tuple[Any, ...]]]:
    database = test_server.clone()
    try:
        env = test_server.environment(database.for_owner({})) | {"JINZHI_CLOCK_SHIFT": "0"}
        done = subprocess.run([sys.executable, "-c", LOAD], env=env, cwd=settings.ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        with psycopg.connect(database.owner) as connection:
            return [connection.execute(question).fetchall() for question in QUESTIONS]
    finally:
        test_server.drop(database.name)


def test_two_loads_are_the_same_in_every_number_and_state(test_server: Any) -> None:
    first, second = load(test_server), load(test_server)
    for question, one, two in zip(QUESTIONS, first, second, strict=True):
        assert one == two, question
        assert one, question
    states = {row[1] for row in first[0]}
    assert len(first[0]) == 150
    assert {"awaiting_contact", "archived"} <= states or len(states) > 8
