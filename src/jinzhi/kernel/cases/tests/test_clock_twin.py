"""Due dates three ways that share no code: Python, SQL, and a walk day by day; and the calendar in SQL beside the one in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinzhi.kernel.cases import clocks
from jinzhi.kernel.cases.tests.slow_time import ZONE, slow_due
from jinzhi.kernel.codes import load
from jinzhi.kernel.codes.calendar import Calendar

ROWS = load.calendar_rows()
UNTIL = dt.date(load.last_published_year(), 12, 31)
CALENDAR = Calendar(ROWS[0].day, [r.working for r in ROWS], UNTIL)
WORKED = {r.day: r.working for r in ROWS}


def works(day: dt.date) -> bool:
    return WORKED.get(day, day.weekday() < 5)


class Bare:
    """Cases with nothing but clocks and suspensions, written past the door by the owner, undone afterwards."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.db = db
        self.version = self._one(
            "insert into process_version (code, effective, hash, body) values ('bare.clocks', '2004-01-01', 'bare.clocks', %s) returning id",
            '{"role": {"clerk": {}, "owner": {"party": "owner"}}}',
        )

    def _one(self, query: str, *values: Any) -> Any:
        found = self.db.execute(query, list(values)).fetchone()  # type: ignore[arg-type]
        assert found is not None
        return found[0]

    def case(self) -> int:
        case = self._one(
            "insert into case_ (process_version, process, state, phase, version, org_path, facts, seq, head, opened_at, updated_at)"
            " values (%s, 'bare.clocks', 'open', 1, 1, '000000/', '{}', 1, '', now(), now()) returning id",
            self.version,
        )
        self.db.execute(
            "insert into case_row (case_id, process, state, phase, org_path, due, opened_at) values (%s, 'bare.clocks', 'open', 1, '000000/', '9999-12-31', now())",
            [case],
        )
        for slot, role in (("main.1", "clerk"), ("side.1", "owner")):
            self.db.execute(
                "insert into duty (case_id, slot, role, org_path, process, state, due, opened_at)"
                " values (%s, %s, %s, '000000/', 'bare.clocks', 'open', '9999-12-31', now())",
                [case, slot, role],
            )
        return int(case)

    def clock(self, case: int, started: dt.datetime, limit: str, **more: Any) -> int:
        values = {"case_id": case, "track": "main", "lane": 1, "name": "decide", "round": 1, "binds": "organ", "limit": limit, "started_at": started} | more
        names = ", ".join(f'"{n}"' for n in values)
        return int(self._one(f"insert into clock ({names}) values ({', '.join(['%s'] * len(values))}) returning id", *values.values()))

    def stop(self, case: int, number: int, began: dt.datetime, ended: dt.datetime | None, lane: int = 1, track: str = "main") -> None:
        self.db.execute(
            "insert into suspension (case_id, track, lane, reason, basis, clocks, began_at, ended_at) values (%s, %s, %s, %s, 'test', '{decide}', %s, %s)",
            [case, track, lane, f"reason{number}", began, ended],
        )

    def dues(self, ids: list[int], promise: bool = False) -> dict[int, tuple[dt.datetime | None, bool]]:
        rows = self.db.execute("select id, due, provisional from clock_dues(%s, %s)", [ids, promise]).fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}


@pytest.fixture
def bare(owner_connection: psycopg.Connection) -> Iterator[Bare]:
    with owner_connection.transaction(force_rollback=True):
        yield Bare(owner_connection)


days = st.dates(dt.date(2010, 12, 1), dt.date(2012, 3, 1))
moments = st.builds(lambda d, h, m: dt.datetime(d.year, d.month, d.day, h, m, tzinfo=ZONE), days, st.integers(0, 23), st.integers(0, 59))
limits = st.one_of(
    st.integers(1, 70).map(lambda n: f"{n}wd"), st.integers(1, 120).map(lambda n: f"{n}d"), st.integers(1, 14).map(lambda n: f"{n}m"),
    st.sampled_from(["1y", "2y"]), st.integers(1, 72).map(lambda n: f"{n}h"),
)  # fmt: skip
pauses = st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 23), st.integers(0, 20), st.integers(0, 600)), max_size=3)


@st.composite
def clock(draw: st.DrawFn) -> dict[str, Any]:
    started = draw(moments)
    stops = []
    for after, hour, length, minutes in draw(pauses):
        began = started.replace(hour=hour) + dt.timedelta(days=after)
        stops.append((began, began + dt.timedelta(days=length, minutes=minutes)))
    return {
        "started": started, "limit": draw(limits), "stops": stops,
        "until": draw(st.one_of(st.none(), st.none(), st.none(), st.integers(-3, 90).map(lambda n: started.date() + dt.timedelta(days=n)))),
        "since": draw(st.one_of(st.none(), st.none(), st.integers(0, 9).map(lambda n: started.date() - dt.timedelta(days=n)))),
        "extended": draw(st.lists(st.one_of(st.sampled_from(["10wd", "15wd", "30d", "1m"]), limits), max_size=2)),
    }  # fmt: skip


def by_python(c: dict[str, Any]) -> clocks.Due:
    start = dt.datetime.combine(c["since"], dt.time(), clocks.ZONE) if c["since"] else c["started"]
    if c["until"]:
        return clocks.due_by(c["until"], CALENDAR, c["stops"], start.astimezone(clocks.ZONE).date(), c["extended"])
    return clocks.due(start, c["limit"], CALENDAR, c["stops"], c["extended"])


@settings(max_examples=150, deadline=None)
@given(clock())
def test_python_agrees_with_walking(c: dict[str, Any]) -> None:
    assert by_python(c).at == slow_due(c["started"], c["limit"], c["until"], c["since"], c["extended"], c["stops"], works), c


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(clock(), min_size=30, max_size=40), st.integers(0, 10))
def test_sql_agrees_with_python_for_any_set(bare: Bare, many: list[dict[str, Any]], open_every: int) -> None:
    wanted: dict[int, tuple[dt.datetime | None, bool]] = {}
    for place, c in enumerate(many):
        case = bare.case()
        made = bare.clock(case, c["started"], c["limit"], until=c["until"], since=c["since"], extended=c["extended"])
        for number, (began, ended) in enumerate(c["stops"]):
            bare.stop(case, number, began, ended)
        found = by_python(c)
        wanted[made] = (found.at, found.provisional)
        if open_every and place % open_every == 0:  # one that still stands: no end, whatever came before
            bare.stop(case, 9, c["started"] + dt.timedelta(days=100), None)
            wanted[made] = (None, False)
    assert bare.dues(list(wanted)) == wanted


def test_what_stops_a_clock(bare: Bare) -> None:
    case, start = bare.case(), dt.datetime(2011, 9, 26, 9, tzinfo=ZONE)
    a, b = dt.datetime(2011, 10, 10, 9, tzinfo=ZONE), dt.datetime(2011, 10, 21, 17, tzinfo=ZONE)
    main = bare.clock(case, start, "20wd")
    mine, theirs = bare.clock(case, start, "20wd", track="site"), bare.clock(case, start, "20wd", track="site", lane=2)
    other, stage = bare.clock(case, start, "20wd", name="deliver"), bare.clock(case, start, "20wd", name="~review")
    bare.stop(case, 1, a, b, lane=2, track="site")
    free, held = dt.date(2011, 10, 27), dt.date(2011, 11, 10)
    found = {i: due.astimezone(ZONE).date() for i, (due, _) in bare.dues([main, mine, theirs, other, stage]).items() if due}
    assert found == {main: held, mine: free, theirs: held, other: free, stage: free}  # a sister lane's time is its own
    bare.db.execute("update suspension set clocks = '{decide,~}' where case_id = %s", [case])
    assert bare.dues([stage])[stage][0].astimezone(ZONE).date() == held  # type: ignore[union-attr]


def test_a_promise_is_counted_with_the_same_stops(bare: Bare) -> None:
    case, start = bare.case(), dt.datetime(2011, 9, 26, 9, tzinfo=ZONE)
    plain, ours = bare.clock(case, start, "20wd"), bare.clock(case, start, "20wd", name="other", promised="10wd", extended=["5wd"])
    found = bare.dues([plain, ours], promise=True)
    assert {i: due.astimezone(ZONE).date() for i, (due, _) in found.items() if due} == {ours: clocks.due(start, "15wd", CALENDAR).at.date()}


@pytest.mark.django_db
def test_the_calendar_in_sql_is_the_one_in_memory(owner_connection: psycopg.Connection) -> None:
    rows = owner_connection.execute("select day, working, ord, provisional from cal where day between '1995-01-01' and '2055-12-31' order by day").fetchall()
    assert len(rows) == (dt.date(2055, 12, 31) - dt.date(1995, 1, 1)).days + 1
    wrong = [r for r in rows if r[1:] != (CALENDAR.is_working(r[0]), CALENDAR.ordinal(r[0]), CALENDAR.is_provisional(r[0]))]
    assert not wrong[:3]
    makeups = {r[0] for r in rows if r[1] and r[0].weekday() > 4}
    assert {dt.date(2011, 10, 8), dt.date(2011, 10, 9), dt.date(2011, 12, 31)} <= makeups


# -- the calendar changes ------------------------------------------------------------------------------------------------


def _flip(db: psycopg.Connection, *flipped: dt.date) -> tuple[dt.date, dt.date]:
    db.execute("update codes_calendarday set working = not working where day = any(%s)", [list(flipped)])
    changed = db.execute("select first_day, last_day from publish_cal(now())").fetchone()
    assert changed is not None
    return changed  # type: ignore[return-value]


def test_a_changed_calendar_moves_what_it_touches_and_nothing_else(bare: Bare) -> None:
    early, late, still, hours = bare.case(), bare.case(), bare.case(), bare.case()
    start = dt.datetime(2011, 10, 24, 9, tzinfo=ZONE)
    ids = {
        early: bare.clock(early, start, "5wd"), late: bare.clock(late, start, "20wd", promised="15wd"), still: bare.clock(still, start, "20wd"),
        hours: bare.clock(hours, start, "700h"),
    }  # fmt: skip
    party = bare.clock(late, start, "20wd", track="side", name="correct", binds="party")
    bare.stop(still, 1, start, None)
    everything = [*ids.values(), party]
    bare.db.execute(
        "update clock k set due = d.due, promised_due = p.due, next_signal_at = '2011-11-18' from clock_dues(%s) d left join clock_dues(%s, true) p on p.id = d.id"
        " where k.id = d.id and d.due is not null", [everything, everything],
    )  # fmt: skip
    bare.db.execute("select redue_cases(%s)", [list(ids)])
    before = dict(bare.db.execute("select id, ctid::text from clock where id = any(%s)", [everything]).fetchall())
    changed = _flip(bare.db, dt.date(2011, 11, 9))
    assert changed == (dt.date(2011, 11, 9), dt.date(2011, 11, 9))
    now = dt.datetime(2011, 11, 1, 9, tzinfo=ZONE)
    told = bare.db.execute("select looked, clocks, duties, rows, next from recompute_clocks(%s, %s, %s)", [*changed, now]).fetchone()
    assert told == (3, 2, 2, 1, None)  # `early` ended before, `still` stands, hours know no calendar
    rows = bare.db.execute('select id, due, promised_due, next_signal_at from clock where id = any(%s)', [everything]).fetchall()
    found = {i: (d, p, s) for i, d, p, s in rows}
    moved = Calendar(ROWS[0].day, [r.working != (r.day == dt.date(2011, 11, 9)) for r in ROWS], UNTIL)
    assert found[ids[late]] == (clocks.due(start, "20wd", moved).at, clocks.due(start, "15wd", moved).at, now)
    assert found[party][0] == clocks.due(start, "20wd", moved).at != clocks.due(start, "20wd", CALENDAR).at
    assert found[ids[early]][0] == clocks.due(start, "5wd", CALENDAR).at
    assert found[ids[still]][0] is None
    after = dict(bare.db.execute("select id, ctid::text from clock where id = any(%s)", [everything]).fetchall())
    assert {i for i in everything if before[i] == after[i]} == {ids[early], ids[still]}
    dues = dict(bare.db.execute("select slot, due from duty where case_id = %s", [late]).fetchall())
    assert dues == {"main.1": clocks.due(start, "20wd", moved).at, "side.1": clocks.due(start, "20wd", moved).at}
    assert bare.db.execute("select due from case_row where case_id = %s", [late]).fetchone() == (clocks.due(start, "20wd", moved).at,)
    again = bare.db.execute("select clocks, duties, rows from recompute_clocks(%s, %s, %s)", [*changed, now]).fetchone()
    assert again == (0, 0, 0)


def test_chunks_do_the_same_as_one_call(bare: Bare) -> None:
    start = dt.datetime(2011, 10, 24, 9, tzinfo=ZONE)
    ids = [bare.clock(bare.case(), start, f"{n}wd") for n in range(10, 31)]
    bare.db.execute("update clock k set due = d.due from clock_dues(%s) d where k.id = d.id", [ids])
    first, last = _flip(bare.db, dt.date(2011, 11, 9), dt.date(2011, 11, 12))
    after, looked, calls = ids[0] - 1, 0, 0
    while after is not None:
        seen, _, after = bare.db.execute(
            "select looked, clocks, next from recompute_clocks(%s, %s, now(), %s, 5)", [first, last, after]
        ).fetchone()  # type: ignore[misc]
        looked, calls = looked + seen, calls + 1
    assert calls > 3
    assert {i: d for i, (d, _) in bare.dues(ids).items()} == dict(bare.db.execute("select id, due from clock where id = any(%s)", [ids]).fetchall())


# -- suspensions ---------------------------------------------------------------------------------------------------------


def test_overlapping_suspensions_of_one_reason_and_lane_cannot_be_stored(bare: Bare) -> None:
    case, start = bare.case(), dt.datetime(2011, 10, 10, 9, tzinfo=ZONE)
    week = dt.timedelta(days=7)
    bare.stop(case, 1, start, start + week)
    bare.stop(case, 2, start, start + week)
    bare.stop(case, 1, start, start + week, lane=2)
    bare.stop(case, 1, start + week, start + 2 * week)  # one ends in the instant the next begins
    for began, ended in ((start + week / 2, start + week), (start - week, None), (start + 2 * week - dt.timedelta(seconds=1), None)):
        with pytest.raises(psycopg.errors.ExclusionViolation), bare.db.transaction():
            bare.stop(case, 1, began, ended)
    bare.stop(case, 1, start + 3 * week, None)
    with pytest.raises(psycopg.errors.ExclusionViolation), bare.db.transaction():  # a second that has no end
        bare.stop(case, 1, start + 4 * week, None)
