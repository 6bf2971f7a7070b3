"""Demonstration data: invented enterprises, people and import declarations, the same for the same seed.

Pure: gives plain values; who loads them decides where they go. Declarations are payloads of :class:`schema.Declaration` (JSON-able:
amounts as strings, dates as ISO text), most of them in order, a known share doubtful or faulty so that every road of machine review is
walked. No name is of a real company; credit codes carry both their check characters, container numbers their check digit.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from random import Random
from typing import Any, Literal

from jinzhi.kernel.codes.validators import container_check, credit_check, organisation_check
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.goods import DATA
from jinzhi.supervision.declarations.review_findings import PermitFact

DEMO_DAY = dt.date(2011, 11, 23)
PORT = "CNNGB"
Expected = Literal["fit", "doubtful", "faulty"]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An invented enterprise. ``trade``: what it imports; ``monthly``: settles fees monthly; ``declarant``: registered to declare itself."""

    code: str
    name: Text
    trade: str
    credit_class: str
    monthly: bool
    declarant: bool
    contact: str
    telephone: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A payload with what machine review is to say of it, and why."""

    payload: Payload
    expected: Expected
    flaw: str
    enterprise: Enterprise


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads((DATA / "sample.toml").read_text(encoding="utf-8"))


def _random(seed: str) -> Random:
    return Random(seed)  # noqa: S311  demonstration data, the same for the same seed


def rates() -> dict[str, Decimal]:
    """Yuan for one unit of each currency in the demonstration week (invented, near those of the time)."""
    return {code: Decimal(rate) for code, rate in _data()["rates"].items()}


def enterprises(count: int = 300, seed: int = 2011) -> list[Enterprise]:
    """``count`` enterprises, all with different codes and names. Raises ValueError above what the name parts give."""
    data, rng = _data(), _random(f"enterprises {seed}")
    names, trades = data["names"], data["trades"]
    most = len(names["first"]) * len(names["last"])
    if count > most:
        raise ValueError(f"the parts of names give at most {most} enterprises")
    weights = [trades[t]["share"] for t in trades]
    chosen: dict[tuple[int, int], str] = {}
    while len(chosen) < count:
        key = (rng.randrange(len(names["first"])), rng.randrange(len(names["last"])))
        chosen.setdefault(key, rng.choices(list(trades), weights)[0])
    found = list[Enterprise]()
    for (first, last), trade in chosen.items():
        found.append(_enterprise(rng, first, last, trade, len(found)))
    return found


def _enterprise(rng: Random, first: int, last: int, trade: str, serial: int) -> Enterprise:
    names, words = _data()["names"], _data()["trades"][trade]
    zh = f"宁波{names['first'][first]}{names['last'][last]}{words['zh']}有限公司"
    en = f"Ningbo {names['first_en'][first]}{names['last_en'][last]} {words['en']} Co., Ltd."
    area = rng.choice(["330203", "330204", "330205", "330206", "330211", "330212", "330281", "330282"])
    body = f"MA{rng.randrange(10**4):04d}{serial % 100:02d}"
    head = f"91{area}{body}{organisation_check(body)}"
    credit = rng.choices(["AA", "A", "B", "C", "D"], [4, 24, 62, 8, 2])[0]
    return Enterprise(
        head + credit_check(head), Text(zh, en), trade, credit, credit in ("AA", "A") and rng.random() < 0.6, rng.random() < 0.9,
        _person(rng)[0], f"0574-8{rng.randrange(10**7):07d}",
    )  # fmt: skip


def _person(rng: Random) -> tuple[str, str]:
    names = _data()["names"]
    surname, given = rng.randrange(len(names["surnames"])), rng.randrange(len(names["given"]))
    return names["surnames"][surname] + names["given"][given], f"{names['given_en'][given]} {names['surnames_en'][surname]}"


def officers(count: int = 45, seed: int = 2011) -> list[Text]:
    """Names of officers, all different."""
    rng, found = _random(f"officers {seed}"), dict[str, Text]()
    while len(found) < count:
        zh, en = _person(rng)
        if en not in {t.en for t in found.values()}:
            found.setdefault(zh, Text(zh, en))
    return list(found.values())


def permits(who: Sequence[Enterprise]) -> dict[tuple[str, str], PermitFact]:
    """The quarantine and other permits the sample declarations write off: one of each kind an enterprise, with ample balance."""
    kinds = {p for g in _data()["goods"] for p in g["permits"]}
    found = {}
    for enterprise in who:
        for kind in sorted(kinds):
            number = _permit_number(enterprise, kind)
            found[kind, number] = PermitFact(
                kind,
                number,
                Decimal(10) ** 12,
                frozenset({enterprise.code}),
                valid_from=dt.date(2011, 1, 1),
                valid_to=dt.date(2012, 12, 31),
            )
    return found


def _permit_number(enterprise: Enterprise, kind: str) -> str:
    return f"{'AP' if kind == '325' else 'XK'}11{kind}{int(enterprise.code[10:16]):06d}"


def declarations(
    count: int, seed: int = 2011, who: Sequence[Enterprise] | None = None, on: dt.date = DEMO_DAY, **options: Any
) -> Iterator[Payload]:
    """``count`` payloads for a Declaration; options as for :func:`labelled`."""
    return (sample.payload for sample in labelled(count, seed, who, on, **options))


def labelled(
    count: int,
    seed: int = 2011,
    who: Sequence[Enterprise] | None = None,
    on: dt.date = DEMO_DAY,
    *,
    faulty: float = 0.06,
    doubtful: float = 0.08,
    organisations: Sequence[str] = ("380000",),
    lines: int | None = None,
) -> Iterator[Labelled]:
    """Payloads with their expected review. ``faulty``/``doubtful``: shares; ``lines``: fixed number of goods lines (else 1 to 6)."""
    rng = _random(f"declarations {seed}")
    who = enterprises(seed=seed) if who is None else who
    goods = {t: [g for g in _data()["goods"] if g["trade"] == t] for t in _data()["trades"]}
    for serial in range(1, count + 1):
        enterprise = who[rng.randrange(len(who))]
        payload = _payload(rng, serial, enterprise, rng.choice(goods[enterprise.trade]), on, rng.choice(organisations), lines)
        draw, expected, flaw = rng.random(), "fit", ""
        if draw < faulty:
            expected, flaw = "faulty", rng.choice([f for f in FAULTS if f != "container" or payload["containers"]])
            FAULTS[flaw](payload)
        elif draw < faulty + doubtful:
            expected, flaw = "doubtful", rng.choice([d for d in DOUBTS if d != "papers" or payload["attachments"]])
            DOUBTS[flaw](payload)
        yield Labelled(payload, expected, flaw, enterprise)  # type: ignore[arg-type]


def _money(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _payload(
    rng: Random, serial: int, enterprise: Enterprise, goods: Payload, on: dt.date, organisation: str, fixed: int | None
) -> Payload:
    names = _data()["names"]
    country, port = rng.choice(goods["from"]).split(":")
    currency = goods.get("currency", "USD")
    bulk = goods["pack"][1] == 0
    number = fixed or (1 if bulk else rng.choices([1, 2, 3, 4, 6], [46, 24, 16, 10, 4])[0])
    lines = [_line(rng, goods, country, currency, enterprise, n, number) for n in range(1, number + 1)]
    arrived = on + dt.timedelta(days=rng.randint(-6, 2))
    bill = f"{rng.choice(names['carriers'])}{country}{on:%y%j}{serial:06d}"
    total = sum((Decimal(line["value"]) for line in lines), Decimal(0))
    papers = ["101001", "101002", "101004", "101005", *goods["papers"]]
    word = rng.choice(names["consignor"])
    return {
        "enterprise_number": f"{on:%Y%m%d}-{serial:06d}",
        "version": 1,
        "kind": "13",
        "organisation": organisation,
        "consignee_code": enterprise.code,
        "consignee_name_zh": enterprise.name.zh,
        "consignee_name_en": enterprise.name.en,
        "consignor_name": f"{word} {_data()['trades'][goods['trade']]['en']} {_FORMS.get(country, 'Ltd.')}",
        "consignor_country": country,
        "contact": enterprise.contact,
        "telephone": enterprise.telephone,
        "trade_mode": rng.choices(["11", "12", "13", "19"], [88, 4, 6, 2])[0],
        "contract_no": f"{word[:3].upper()}{on:%y}-{rng.randrange(10**4):04d}",
        "bill_of_lading": bill,
        "trade_country": country,
        "despatch_country": country,
        "despatch_port": port,
        "arrival_port": PORT,
        "entry_port": PORT,
        "destination": "浙江宁波",
        "transport_mode": "1",
        "transport_name": rng.choice(names["ships"]),
        "voyage": f"{rng.randint(10, 240):03d}{rng.choice('ENW')}",
        "despatched_on": (arrived - dt.timedelta(days=rng.randint(9, 42))).isoformat(),
        "arrived_on": arrived.isoformat(),
        "unloaded_on": (arrived + dt.timedelta(days=1)).isoformat() if arrived < on else None,
        "goods_place": rng.choice(["北仑四期堆场", "北仑二期堆场", "大榭堆场", "镇海港区", "梅山堆场", "北仑四期冷库 C-07"]),
        "total_value": str(total),
        "total_currency": currency,
        "lines": lines,
        "containers": _containers(rng, goods["box"], lines),
        "attachments": [{"kind": kind, "number": f"{kind[-3:]}-{serial:06d}", "name": ""} for kind in papers],
        "certificates": [{"kind": "21", "originals": 1, "copies": 2}],
    }


_FORMS = {"BR": "Ltda", "AR": "S.A.", "CL": "S.A.", "PE": "S.A.C.", "ES": "S.L.", "IT": "S.p.A.", "FR": "S.A.S.", "DE": "GmbH", "JP": "K.K.", "US": "Inc."}  # fmt: skip


def _line(rng: Random, goods: Payload, country: str, currency: str, enterprise: Enterprise, place: int, number: int) -> Payload:
    low, high = goods["lot"]
    kind, size = goods["pack"]
    unit_kg = Decimal(goods["kg"])
    units = max(1, rng.randint(low, high) // number)
    packages = 0
    if size:
        packages = max(1, round(units * unit_kg / size))
        if unit_kg == 1:  # goods counted in kilograms fill whole packages
            units = packages * size
    cents = rng.randint(int(Decimal(goods["price"][0]) * 100), int(Decimal(goods["price"][1]) * 100))
    price = Decimal(cents) / 100
    net = _money(units * unit_kg)
    gross = net if not size else _money(net * Decimal(rng.randint(1015, 1090)) / 1000)
    made: Payload = {
        "hs_code": goods["hs"],
        "name_zh": goods["zh"],
        "name_en": goods["en"],
        "model": goods["model"] if number == 1 else f"{goods['model']}，第 {place} 批",
        "origin_country": country,
        "quantity": str(units),
        "quantity_unit": goods["unit"],
        "net_weight": str(net),
        "gross_weight": str(gross),
        "packages": packages,
        "package_kind": kind,
        "unit_price": str(price),
        "value": str(_money(price * units)),
        "currency": currency,
        "purpose": goods["purpose"],
        "batch_no": f"L{rng.randrange(10**5):05d}",
        "is_waste": bool(goods.get("waste")),
        "permits": [{"kind": k, "number": _permit_number(enterprise, k), "quantity": str(net)} for k in goods["permits"]],
    }
    if "producer" in goods:
        made["producer_no"] = f"{goods['producer']} {rng.randint(100, 9999)}"
    return made


def _containers(rng: Random, kind: str, lines: Sequence[Payload]) -> list[Payload]:
    """As many containers as the weight needs (24 t each, at most 40), each line's weight shared out exactly."""
    if not kind:
        return []
    total = sum(Decimal(line["net_weight"]) for line in lines)
    count = min(40, max(1, -(-int(total) // 24_000)))
    boxes = []
    for n in range(count):
        first10 = f"{rng.choice(('DSL', 'MRV', 'NRD', 'YUL'))}U{rng.randrange(10**6):06d}"
        shares = []
        for place, line in enumerate(lines, 1):
            weight = Decimal(line["net_weight"])
            part = _money(weight / count)
            last = weight - part * (count - 1)
            shares.append({"line": place, "weight": str(last if n == count - 1 else part)})
        boxes.append(
            {"number": first10 + container_check(first10), "kind": kind, "seal": f"SL{rng.randrange(10**7):07d}", "shares": shares}
        )
    return boxes


def _net_over_gross(p: Payload) -> None:
    p["lines"][0]["gross_weight"] = str(Decimal(p["lines"][0]["net_weight"]) - 1)


def _total(p: Payload) -> None:
    p["total_value"] = str(Decimal(p["total_value"]) + 210)


def _container(p: Payload) -> None:
    number = p["containers"][0]["number"]
    p["containers"][0]["number"] = number[:-1] + str((int(number[-1]) + 1) % 10)


def _dates(p: Payload) -> None:
    p["despatched_on"] = (dt.date.fromisoformat(p["arrived_on"]) + dt.timedelta(days=3)).isoformat()


def _unit(p: Payload) -> None:
    p["lines"][0]["quantity_unit"] = "X99"


def _hs(p: Payload) -> None:
    p["lines"][0]["hs_code"] = "9999999999"


def _price(p: Payload) -> None:
    line = p["lines"][0]
    line["unit_price"] = str(Decimal(line["unit_price"]) * 2)


def _late(p: Payload) -> None:
    arrived = dt.date.fromisoformat(p["arrived_on"]) - dt.timedelta(days=120)
    p |= {"arrived_on": arrived.isoformat(), "unloaded_on": None, "despatched_on": (arrived - dt.timedelta(days=20)).isoformat()}


def _papers(p: Payload) -> None:
    p["attachments"] = [a for a in p["attachments"] if a["kind"] != "101004"]


def _port(p: Payload) -> None:
    p["despatch_port"] = "SGSIN" if p["despatch_country"] != "SG" else "HKHKG"


FAULTS: dict[str, Callable[[Payload], None]] = {
    "net_over_gross": _net_over_gross, "total": _total, "container": _container, "dates": _dates, "unit": _unit, "hs": _hs,
}  # fmt: skip
DOUBTS: dict[str, Callable[[Payload], None]] = {"price": _price, "late": _late, "papers": _papers, "port": _port}
