"""What machine review and the draw must know of the world: fetched for a whole batch, a constant number of questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from jinzhi.kernel.text import Text
from jinzhi.registry.enterprises.queries import consignees
from jinzhi.supervision.declarations.models import Alert, ExchangeRate, Permit
from jinzhi.supervision.declarations.review import EpidemicAlert, Facts, PermitFact
from jinzhi.supervision.declarations.schema import Declaration


def rates(currencies: Iterable[str], on: dt.date) -> dict[str, Decimal]:
    """Yuan for one unit of each currency on a day; a currency without a rate is absent."""
    found: dict[str, Decimal] = {"CNY": Decimal(1)}
    rows = ExchangeRate.objects.filter(currency__in=set(currencies), valid_from__lte=on).order_by("currency", "valid_from")
    for rate in rows.values_list("currency", "cny"):
        found[rate[0]] = rate[1]
    return found


def alerts(on: dt.date) -> list[EpidemicAlert]:
    """Alerts in force on a day."""
    rows = Alert.objects.filter(valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on)).order_by("number")
    return [
        EpidemicAlert(
            number=a.number, title=Text(a.title_zh, a.title_en), level="ban" if a.prohibits else "watch",
            origins=frozenset({a.country} if a.country else ()), hs=(a.hs_prefix,) if a.hs_prefix else (),
            classes=frozenset({a.goods_class} if a.goods_class else ()), begins=a.valid_from, ends=a.valid_to or dt.date.max,
        )
        for a in rows
    ]  # fmt: skip


def permits(declarations: Sequence[Declaration], *, lock: bool = False) -> dict[tuple[str, str], PermitFact]:
    """The permits these declarations name, as registered; ``lock``: held until the commit, so that what was weighed can be written off."""
    numbers = {use.number for d in declarations for line in d.lines for use in line.permits}
    if not numbers:
        return {}
    found = Permit.objects.filter(number__in=numbers).order_by("pk")
    return {
        (p.kind, p.number): PermitFact(
            kind=p.kind, number=p.number, balance=p.balance, holders=frozenset({p.holder_code}), hs=(p.hs_prefix,) if p.hs_prefix else (),
            valid_from=p.valid_from, valid_to=p.valid_to,
        )
        for p in (found.select_for_update() if lock else found)
    }  # fmt: skip


def duplicates(declarations: Sequence[Declaration], skip: Iterable[int] = ()) -> dict[tuple[str, str, str, Decimal], str]:
    """Goods already declared under the same bill of lading by declarations that are still alive."""
    bills = sorted({d.bill_of_lading for d in declarations if d.bill_of_lading})
    if not bills:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select d.bill_of_lading, g.hs_code, g.origin_country, g.net_weight, coalesce(c.number, d.enterprise_number)"
            " from declarations_declaration d join case_ c on c.id = d.case_id join declarations_goods g on g.case_id = d.case_id"
            " where d.bill_of_lading = any(%s) and c.state not in ('declined', 'withdrawn', 'auto_cancelled') and not d.case_id = any(%s)",
            [bills, list(skip)],
        )
        rows = cursor.fetchall()
    return {(bill.upper(), hs, origin, weight.normalize()): number for bill, hs, origin, weight, number in rows}


def gather(declarations: Sequence[Declaration], on: dt.date, *, skip: Iterable[int] = (), lock: bool = False) -> Facts:
    """Everything machine review asks about these declarations."""
    currencies = (
        {line.currency for d in declarations for line in d.lines} | {d.total_currency for d in declarations if d.total_currency} | {"USD"}
    )
    return Facts(
        registered=consignees({d.consignee_code for d in declarations}),
        rates=rates(currencies, on),
        permits=permits(declarations, lock=lock),
        duplicates=duplicates(declarations, skip),
        alerts=alerts(on),
    )


def value_of(declaration: Declaration, known: dict[str, Decimal]) -> tuple[Decimal | None, Decimal | None]:
    """Total value in dollars and yuan at these rates; None where a currency has no rate."""
    total = Decimal(0)
    for line in declaration.lines:
        rate = known.get(line.currency)
        if rate is None:
            return None, None
        total += line.value * rate
    dollar = known.get("USD")
    return (total / dollar).quantize(Decimal("0.01")) if dollar else None, total.quantize(Decimal("0.01"))


__all__ = ["alerts", "duplicates", "gather", "permits", "rates", "value_of"]
