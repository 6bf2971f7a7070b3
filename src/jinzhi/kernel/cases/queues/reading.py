"""Reading a list: pages in both directions, counts, figures, all rows in pieces. Everything here asks who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import connection

from jinzhi.kernel.cases.queues import items
from jinzhi.kernel.cases.queues.conditions import Conditions
from jinzhi.kernel.cases.queues.items import Page, QueueItem
from jinzhi.kernel.cases.queues.plan import COUNT_CAP, LEAD, WALK, Plan, plan
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.sight import in_sight
from jinzhi.kernel.time import now

_RARE = 3_000
"""Rows that the planner may expect of a word for it to lead."""


@dataclass(frozen=True)
class _Order:
    """What a list is ordered by: columns of the thin inner query, of which ``key`` makes the order; ``falls``: the greatest first."""

    table: str
    columns: str
    key: tuple[str, ...]
    falls: bool
    casts: tuple[str, ...]


_ORDERS = {
    ("duty", "due"): _Order("duty", "due, case_id, slot", ("due", "case_id", "slot"), False, ("timestamptz", "bigint", "text")),
    ("duty", "new"): _Order("duty", "due, case_id, slot", ("case_id", "slot"), True, ("bigint", "text")),
    ("case", "new"): _Order("case_row r", "r.opened_at, r.case_id", ("opened_at", "case_id"), True, ("timestamptz", "bigint")),
    ("case", "old"): _Order("case_row r", "r.opened_at, r.case_id", ("opened_at", "case_id"), False, ("timestamptz", "bigint")),
}


@dataclass(frozen=True)
class Summary:
    """A list of duties in numbers, of its first COUNT_CAP by due time: all, overdue, due today, by process and state.

    ``unknown``: a search that is walked, not counted.
    """

    total: int = 0
    late: int = 0
    today: int = 0
    states: tuple[tuple[str, str, int], ...] = ()
    """(process, state, how many), most first."""
    unknown: bool = False

    @property
    def capped(self) -> bool:
        return self.total >= COUNT_CAP


def end_of_today() -> dt.datetime:
    """Midnight that ends the business day."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)


class List:
    """One list for who asks: knows which shape answers it, remembers what that took to find out."""

    def __init__(self, kind: str, actor: Actor, conditions: Conditions | None = None) -> None:
        self.actor = actor
        self.conditions = conditions or Conditions()
        self.plan: Plan = plan(kind, actor, self.conditions)
        self.order = _ORDERS["duty" if self.plan.of_duties else "case", self.plan.sort]

    # -- shape ---------------------------------------------------------------------------------------------------------

    @cached_property
    @in_sight
    def matching(self) -> int:
        """How many match on index columns alone, up to COUNT_CAP."""
        if not self.plan.branches:
            return 0
        inner, values = self.thin(COUNT_CAP)
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from (select 1 from ({inner}) u limit {COUNT_CAP}) x", values)
            return int(cursor.fetchone()[0])

    @cached_property
    @in_sight
    def led_by(self) -> list[int] | None:
        """The cases a party or a rare word names, at most LEAD; None where nothing rare is asked or too many are named."""
        if self.plan.party is None and not self.plan.words:
            return None
        # Through a function of the owner's: behind a policy the index of words cannot be used, its operator might tell what it is given.
        with connection.cursor() as cursor:
            cursor.execute(
                "select cases_named(%s::tsquery, %s, %s, %s, %s)", [self.plan.words or None, self.plan.party, self.plan.of_duties, LEAD, _RARE]
            )
            found: list[int] | None = cursor.fetchone()[0]
        return found

    @cached_property
    def shape(self) -> str:
        """none, few, led, ordered (the index gives the page) or walked (see ``plan``)."""
        if not self.plan.branches:
            return "none"
        if self.matching < COUNT_CAP:
            return "few"
        if not self.plan.rest:
            return "ordered"
        return "walked" if self.led_by is None else "led"

    # -- SQL -----------------------------------------------------------------------------------------------------------

    def _branches(self, columns: str, tail: str, extra: str = "", extra_values: tuple[Any, ...] = ()) -> tuple[str, list[Any]]:
        parts = [f"(select {columns} from {self.order.table} where {b.where}{extra}{tail})" for b in self.plan.branches]
        return " union ".join(parts), [v for b in self.plan.branches for v in [*b.args, *extra_values]]

    def thin(self, limit: int) -> tuple[str, list[Any]]:
        """Keys that match on index columns, in no order, ``limit`` of each branch: for counts."""
        return self._branches(self.order.columns, f" limit {limit}")

    def _sorted(self, falls: bool, prefix: str = "") -> str:
        return " order by " + ", ".join(f"{prefix}{name}{' desc' if falls else ''}" for name in self.order.key)

    def _inner(self, falls: bool, key: list[Any] | None, limit: int) -> tuple[str, list[Any]]:
        """The thin query: keys of rows in order, ``limit`` of them; what only the list row knows is asked of the rows it passes."""
        shape = self.shape
        extra, values = "", []
        if key is not None:
            names = ", ".join(("r." if self.order.table.endswith(" r") else "") + name for name in self.order.key)
            marks = ", ".join(f"%s::{cast}" for cast in self.order.casts)
            extra, values = f" and ({names}) {'<' if falls else '>'} ({marks})", key
        if shape == "led":
            extra, values = extra + f" and {'case_id' if self.plan.of_duties else 'r.case_id'} = any(%s)", [*values, self.led_by]
        gathered = shape in ("few", "led")
        most = WALK if shape == "walked" else limit
        inner, args = self._branches(self.order.columns, " offset 0" if gathered else f"{self._sorted(falls)} limit {most}", extra, tuple(values))
        sql = f"select * from ({inner}) u" + ("" if gathered else f"{self._sorted(falls)} limit {most}")
        if self.plan.rest:
            # one by one, in the order of the walk, and no further than the page needs: a join of its own choosing would read the table whole
            passed = f"select 1 from case_row r where r.case_id = w.case_id and {self.plan.rest} offset 0"
            sql, args = f"select w.* from ({sql}) w cross join lateral ({passed}) x", [*args, *self.plan.rest_args]
            return sql + f"{self._sorted(falls, 'w.')} limit {limit}", args
        return sql + (f"{self._sorted(falls)} limit {limit}" if gathered else ""), args

    def thin_page(self, after: str, limit: int) -> tuple[str, list[Any]]:
        """The keys of a page as SQL and values, for who joins rows of its own to them; ``key_of`` makes the key of the next."""
        return self._inner(self.order.falls, self.key(after), limit)

    # -- pages ---------------------------------------------------------------------------------------------------------

    def page(self, *, after: str = "", before: str = "", limit: int = 50) -> Page:
        """A page of QueueItems after one key or before another; from the beginning where neither is a key of this list."""
        found = self.rows(after=after, before=before, limit=limit)
        make = items.of_duty if self.plan.of_duties else items.of_case
        return replace(found, items=[make(row) for row in found.items])

    @in_sight
    def rows(self, *, after: str = "", before: str = "", limit: int = 50) -> Page:
        """The same page with its rows as the database has them."""
        if self.shape == "none":
            return Page([])
        back = bool(before) and self.key(before) is not None
        key = self.key(before if back else after)
        falls = self.order.falls != back
        inner, values = self._inner(falls, key, limit + 1)
        row, join = (items.DUTY_ROW, items.DUTY_JOIN) if self.plan.of_duties else (items.CASE_ROW, items.CASE_JOIN)
        with connection.cursor() as cursor:
            cursor.execute(f"{row} from ({inner}) k{join}{self._sorted(falls, 'k.')}", values)
            rows = items.dicts(cursor)
        shown = rows[:limit]
        reached = self._reached(falls, key) if len(rows) <= limit and self.shape == "walked" else ""
        on = self.key_of(**rows[limit - 1]) if len(rows) > limit else reached
        if back:
            shown.reverse()
        first, last = (self.key_of(**shown[0]), self.key_of(**shown[-1])) if shown else ("", "")
        here = key is not None
        ahead, behind = (last or before, on) if back else (on, (first or after) if here else "")
        return Page(shown, ahead, behind, WALK if reached else 0)

    def _reached(self, falls: bool, key: list[Any] | None) -> str:
        """Where a walk stopped before its list ended; empty where the list ended first."""
        walked = _Walked(self)
        inner, values = walked._inner(falls, key, WALK)
        with connection.cursor() as cursor:
            cursor.execute(f"select * from ({inner}) z{self._sorted(falls)} offset {WALK - 1} limit 1", values)
            rows = items.dicts(cursor)
        return self.key_of(**rows[0]) if rows else ""

    def key_of(self, **row: Any) -> str:
        """The key of a row as an address holds it."""
        values = (row[name] for name in self.order.key)  # with Z instead of +00:00: a plus sign does not survive in an address
        return "_".join(v.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if isinstance(v, dt.datetime) else str(v) for v in values)

    def key(self, text: str) -> list[Any] | None:
        """The values of a key as an address holds it; None for what is no key of this list."""
        parts = text.replace("\x00", "").split("_", len(self.order.casts) - 1) if text else []
        if len(parts) != len(self.order.casts):
            return None
        values: list[Any] = []
        for part, cast in zip(parts, self.order.casts, strict=True):
            if cast == "bigint":
                if not (part.isdigit() and len(part) < 19):
                    return None
                values.append(int(part))
            elif cast == "timestamptz":
                try:
                    stamp = dt.datetime.fromisoformat(part)
                except ValueError:
                    return None
                values.append(stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC))
            else:
                values.append(part[:100])
        return values

    def stream(self, step: int = 1_000, most: int | None = None) -> Iterator[QueueItem]:
        """All rows in order, ``step`` fetched at a time by key: no long transaction, no growing memory, and it ends when the reader goes."""
        after, given = "", 0
        while True:
            page = self.page(after=after, limit=step)
            for item in page.items:
                yield item
                given += 1
                if given == most:
                    return
            after = page.after
            if not after:
                return

    # -- figures -------------------------------------------------------------------------------------------------------

    @in_sight
    def count(self) -> int | None:
        """How many, up to COUNT_CAP; None where only a walk could tell."""
        if not self.plan.rest or self.shape == "none":
            return self.matching
        if self.shape == "walked":
            return None
        inner, values = self._inner(False, None, COUNT_CAP)
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from ({inner}) x", values)
            return int(cursor.fetchone()[0])

    @in_sight
    def summary(self) -> Summary:
        """The figures of a list of duties: of all of it, or of its COUNT_CAP most urgent where it is longer."""
        if not self.plan.branches:
            return Summary()
        if not self.plan.rest and "matching" not in self.__dict__:  # in no order first: what is counted so tells whether the list is short
            found = self._figures(*self.thin(COUNT_CAP), f" limit {COUNT_CAP}")
            self.__dict__["matching"] = found.total
            if not found.capped:
                return found
        if self.shape == "walked":
            return Summary(unknown=True)
        return self._figures(*self._inner(self.order.falls, None, COUNT_CAP))

    def _figures(self, inner: str, values: list[Any], most: str = "") -> Summary:
        sql = (
            "select d.process, d.state, count(*), count(*) filter (where d.due < %s), count(*) filter (where d.due >= %s and d.due < %s)"
            f" from (select * from ({inner}) u{most}) k join duty d on d.case_id = k.case_id and d.slot = k.slot and d.closed_at is null"
            " group by 1, 2 order by 3 desc, 1, 2"
        )
        moment = now()
        with connection.cursor() as cursor:
            cursor.execute(sql, [moment, moment, end_of_today(), *values])
            rows = cursor.fetchall()
        return Summary(
            total=sum(r[2] for r in rows), late=sum(r[3] for r in rows), today=sum(r[4] for r in rows), states=tuple((r[0], r[1], r[2]) for r in rows)
        )

    @in_sight
    def ids(self, most: int = COUNT_CAP) -> list[int]:
        """The cases of the list in its order, each once."""
        if self.shape == "none":
            return []
        inner, values = self._inner(self.order.falls, None, most)
        with connection.cursor() as cursor:
            cursor.execute(f"select k.case_id from ({inner}) k{self._sorted(self.order.falls, 'k.')}", values)
            return list(dict.fromkeys(row[0] for row in cursor.fetchall()))


class _Walked(List):
    """A list's walk without what only the list row knows: how far it got."""

    def __init__(self, of: List) -> None:
        self.actor, self.conditions, self.order = of.actor, of.conditions, of.order
        self.plan = Plan(of.plan.kind, of.plan.sort, of.plan.branches)

    @cached_property
    def shape(self) -> str:
        return "ordered"
