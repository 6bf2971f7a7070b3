"""Quotas (限额、名额): an act takes of an allotment, another gives back; never more than was allotted, whoever races.

An allotment is a row of ``quota`` for one process, quota, key (the values of the key's fields, joined by ``/``) and period. What a case
took is a row of ``quota_use``, so that giving back returns just that. Rows are locked in key order when everything else has been asked,
and stay locked until the commit.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction

from jinzhi.kernel.cases import answers
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.language import QuotaSpec
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.results import Result, refused
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import as_platform, sight
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

Place = tuple[str, str, str, str]
"""Process, quota, key, period."""


def period_of(spec: QuotaSpec, day: dt.date) -> str:
    """The period a day falls into, as it is written in the table."""
    return {"year": f"{day.year:04d}", "month": f"{day.year:04d}-{day.month:02d}", "ever": ""}[spec.per]


def take(works: list[Work], action: Action, act: Act, results: dict[Work, Result]) -> list[Work]:
    """Take of the action's quota for these works, in order; gives those that fit. The others are refused with what is left."""
    if not works or not action.takes:
        return works
    process = works[0].process
    spec = process.quotas[action.takes]
    period = period_of(spec, act.at.date())
    wanted: list[tuple[Work, str, Decimal]] = []
    title = Text(spec.zh, spec.en)
    for work in works:
        key = "/".join(str(work.fact(name) if work.fact(name) is not None else "") for name in spec.key)
        amount = Decimal(str(work.fact(spec.amount) or 0)) if spec.amount else Decimal(1)
        if amount <= 0:
            results[work] = refused(work, [answers.no_amount(spec.amount, title)])
        else:
            wanted.append((work, key, amount))
    left = _left(process.code, action.takes, sorted({key for _, key, _ in wanted}), period, act)
    fits: list[Work] = []
    for work, key, amount in wanted:
        free = left.get(key)
        if free is None or free < amount:
            results[work] = refused(work, [answers.quota_used_up(title, key, period, free, amount)])
            continue
        left[key] = free - amount
        act.taken.append({
            "case": work.id, "process": process.code, "quota": action.takes, "key": key, "period": period, "amount": format(amount, "f"),
        })  # fmt: skip
        fits.append(work)
    return fits


def _left(process: str, quota: str, keys: list[str], period: str, act: Act) -> dict[str, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute("select key, total - used from lock_quotas(%s, %s, %s, %s)", [process, quota, keys, [period] * len(keys)])
        left: dict[str, Decimal] = dict(cursor.fetchall())
    for use in act.taken:  # by another part of this very transaction
        if (use["process"], use["quota"], use["period"]) == (process, quota, period) and use["key"] in left:
            left[use["key"]] -= Decimal(use["amount"])
    return left


def give_back(work: Work, action: Action, act: Act) -> None:
    """What the case took of this quota is free again when the act is written."""
    if action.gives_back:
        act.given.append({"case": work.id, "quota": action.gives_back})


def write(act: Act) -> None:
    """Write what was taken and given back, after the cases."""
    if act.taken or act.given:
        # the engine's own work, also for a child opened where the actor sees nothing
        with sight(SYSTEM), connection.cursor() as cursor:
            cursor.execute(
                "select use_quotas(%s::jsonb, %s::jsonb, %s)", [msgspec.json.encode(act.taken).decode(), msgspec.json.encode(act.given).decode(), act.at]
            )
        act.taken.clear()
        act.given.clear()


@as_platform
def allot(process: str, quota: str, key: str, period: str, total: Decimal) -> Decimal:
    """Set an allotment; gives how much of it is used. Raises Refused where less is allotted than is used."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_quota(%s, %s, %s, %s, %s)", [process, quota, key, period, total])
            (used,) = cursor.fetchone()
    except IntegrityError as error:
        message = Text("已用数量多于 {n}，不能再减少", "More than {n} is used already; it cannot be less").format(n=total)
        raise Refused(Refusal("quota_used", message, "total")) from error
    return Decimal(used)


def allotments(process: str = "", quota: str = "") -> list[dict[str, Any]]:
    """The allotments, of one process or quota if given: process, quota, key, period, total, used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select process, quota, key, period, total, used from quota where (%s = '' or process = %s) and (%s = '' or quota = %s)"
            " order by process, quota, period, key",
            [process, process, quota, quota],
        )
        names = [c.name for c in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
