"""Cases made in the database by the thousand, of the dog licence or another process, without the engine: for lists to be read over."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from jinzhi.kernel.cases.bigrams import bigrams
from jinzhi.kernel.orgs.queries import prefixes

PLACES = ("000000/120000/", "000000/120000/120100/", "000000/120000/120200/", "000000/310000/", "000000/310000/310100/")
ROLES = ("clerk", "vet", "head")
STATES = {"clerk": "asked", "vet": "to_visit", "head": "deciding"}
NAMES = ("阿黄", "小白", "大黑", "旺财", "来福")


@dataclass
class Made:
    """One case with its duties as they were made: what a slow reference filters."""

    case: int
    org: str
    party: int
    title: str
    weight: int
    opened: Any
    phase: int
    duties: list[dict[str, Any]] = field(default_factory=list)


def _holders(made: Made) -> list[str]:
    """Who sees the case besides its owner, as the engine keeps it: the places of its duties and all above these."""
    return sorted({path for d in made.duties for path in prefixes(d["org"]) if not made.org.startswith(path)})


def make(owner: psycopg.Connection, version: int, number: int, seed: int, moment: Any) -> list[Made]:
    """So many random cases around ``moment``, some with several duties, many with equal due times: ties are where pages go wrong."""
    import datetime as dt

    rng = random.Random(seed)
    made = []
    for n in range(number):
        case = 5_000_000 + n
        name = rng.choice(NAMES)
        one = Made(case, rng.choice(PLACES), rng.choice((77, 78, 79)), f"{name}{rng.randint(1, 3)}号犬证", rng.randint(1, 60),
                   moment - dt.timedelta(days=rng.randint(0, 9)), 1 if rng.random() < 0.8 else 2)  # fmt: skip
        for lane in range(rng.choice((1, 1, 2, 3)) if one.phase == 1 else 0):
            role = rng.choice(ROLES)
            party = one.party if rng.random() < 0.2 else None
            due = dt.datetime(9999, 12, 31, tzinfo=dt.UTC) if rng.random() < 0.1 else moment + dt.timedelta(hours=rng.randint(-3, 6) * 12)
            one.duties.append({
                "slot": f"main.{lane + 1}", "role": role, "org": one.org, "state": STATES[role] if party is None else "waiting", "party": party,
                "assignee": None if party or rng.random() < 0.5 else rng.choice((900_003, 900_009)), "due": due,
            })  # fmt: skip
        made.append(one)
    with owner.cursor() as cursor:
        cursor.executemany(
            "insert into case_ (id, process_version, process, state, phase, version, org_path, party_id, facts, seq, head, opened_at, updated_at, closed_at, sight)"
            " values (%s, %s, 'dogs.licence', 'asked', %s, 1, %s, %s, '{}', 0, '', %s, %s, %s, %s)",
            [(m.case, version, m.phase, m.org, m.party, m.opened, m.opened, m.opened if m.phase == 2 else None, _holders(m)) for m in made],
        )
        cursor.executemany(
            "insert into case_row (case_id, process, title, party, party_id, amount, columns, state, phase, org_path, due, opened_at, words)"
            " values (%s, 'dogs.licence', %s, '某人', %s, %s, %s, 'asked', %s, %s, %s, %s, array_to_tsvector(%s))",
            [(m.case, m.title, m.party, m.weight, Jsonb({"weight": m.weight, "title": m.title}), m.phase, m.org,
              min((d["due"] for d in m.duties), default=dt.datetime(9999, 12, 31, tzinfo=dt.UTC)), m.opened, bigrams(m.title)) for m in made],
        )  # fmt: skip
        cursor.executemany(
            "insert into duty (case_id, slot, role, org_path, process, state, party_id, assignee, due, opened_at) values (%s, %s, %s, %s, 'dogs.licence', %s, %s, %s, %s, %s)",
            [(m.case, d["slot"], d["role"], d["org"], d["state"], d["party"], d["assignee"], d["due"], m.opened) for m in made for d in m.duties],
        )
    return made
