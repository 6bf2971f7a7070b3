"""How many whole declarations a second, and how quick the pages are behind a million cases.

A whole declaration: sent through the JSON API, reviewed by machine, accepted, drawn, its fee computed, checked and paid, its release
signed; where the draw says so arranged, dispatched, examined by two inspectors, tested and judged; evaluated, approved, its certificate
drafted, signed and issued. Every act is an HTTP request with a key, durable, with access check, duty, clock, hash-chained event and
documents. The worker (receipts, search, PDF and signature) does not run in the timed part: it reads the log behind and is timed apart.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinzhi.site.settings")
DEMO = dt.datetime(2011, 11, 23, 10, 42, tzinfo=dt.timezone(dt.timedelta(hours=8)))
os.environ["JINZHI_CLOCK_SHIFT"] = str((DEMO - dt.datetime.now(dt.UTC)).total_seconds())  # fees were charged then

import django  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402

from bench import _floor, _million  # noqa: E402
from bench._api import Client, Road, Web, keys_for  # noqa: E402
from jinzhi.kernel.documents import commands as documents  # noqa: E402
from jinzhi.kernel.feeds.runner import drain  # noqa: E402
from jinzhi.kernel.orgs.actors import SYSTEM  # noqa: E402
from jinzhi.kernel.orgs.models import Party, Person  # noqa: E402
from jinzhi.kernel.orgs.sight import sight  # noqa: E402
from jinzhi.supervision.declarations import sample  # noqa: E402
from jinzhi.supervision.declarations.demo import people  # noqa: E402

ROUNDS = 3


def payloads(cast: people.Cast, number: int, seed: int) -> list[dict[str, Any]]:
    found = []
    branches = ["380100"] * 6 + ["380200"] * 2 + ["380300"] * 2
    for n, payload in enumerate(sample.declarations(number, seed=seed, who=cast.enterprises, faulty=0, doubtful=0, organisations=branches)):
        payload["enterprise_number"] = f"B{seed}-{n:06d}"
        payload["bill_of_lading"] = f"B{seed:06d}{n:08d}"
        payload["attachments"].append({"kind": "101039", "number": "WT-2011", "name": ""})
        found.append(payload)
    return found


class Run:
    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.cast = people.Cast()
        people.organisations()
        people.officers(self.cast)
        people.enterprises(self.cast, 300)
        member = Person.objects.get(username="agent")
        self.declarant = Party.objects.filter(memberships__person=member).order_by("pk").first()
        assert self.declarant is not None
        self.cast.agent = type(self.cast.agent)(member.pk, "agent", parties=frozenset({self.declarant.pk}))
        self.keys, self.party_key = keys_for(self.cast, self.declarant)
        self.web = Web()
        self.owner = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

    def declare(self, client: Client, batch: list[dict[str, Any]]) -> list[int]:
        answer = client.post("/declarations", self.party_key, {"declarations": batch})
        accepted = [r["case_id"] for r in answer["results"] if r["status"] == "accepted"]
        if len(accepted) != len(batch):
            wrong = next(r for r in answer["results"] if r["status"] != "accepted")
            raise RuntimeError(f"not accepted: {wrong}")
        return accepted

    def roads(self, batches: list[list[dict[str, Any]]]) -> tuple[float, list[int], int]:
        """Each batch by a client of its own, side by side; seconds, case ids, transitions."""
        ids: list[int] = []
        moved: list[int] = []
        failed: list[BaseException] = []

        def walk(batch: list[dict[str, Any]]) -> None:
            try:
                with sight(SYSTEM):  # a thread begins as nobody
                    client = Client(self.web.port)
                    mine = self.declare(client, batch)
                    road = Road(self.cast, self.keys, self.party_key, client, mine)
                    road.walk()
                ids.extend(mine)
                moved.append(road.transitions)
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=walk, args=(batch,)) for batch in batches]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        return time.perf_counter() - began, ids, sum(moved)

    def events(self, ids: list[int]) -> tuple[int, int]:
        counts = self.owner.execute(
            "select (select count(*) from event where case_id = any(%s)), (select count(*) from case_ where id = any(%s) and state = 'certified')", [ids, ids]
        ).fetchone()
        assert counts is not None
        return int(counts[0]), int(counts[1])

    def batch(self) -> dict[str, Any]:
        size = 200 if self.quick else 1000
        self.roads([payloads(self.cast, 20, 1)])  # warm: definitions, code lists, plans
        rates, floors, events = [], [], 0
        for turn in range(ROUNDS):
            seconds, ids, _ = self.roads([payloads(self.cast, size, 10 + 10 * turn + n) for n in range(2)])
            events, done = self.events(ids)
            if done != len(ids):
                raise RuntimeError(f"{len(ids) - done} declarations did not reach their certificate")
            _floor.make(self.owner)
            floor, rows = _floor.batch(self.owner, ids)
            rates.append(len(ids) / seconds)
            floors.append(len(ids) / floor)
            print(f"  batch {turn + 1}: {len(ids)} in {seconds:.1f} s = {rates[-1]:.0f}/s; {events / seconds:.0f} events/s; floor {floors[-1]:.0f}/s ({rows / len(ids):.0f} rows each)")
        per_s, floor_per_s = statistics.median(rates), statistics.median(floors)
        inspected = self.owner.execute("select avg((result = 'inspect')::int) from declarations_draw").fetchone()
        return {
            "per_s": round(per_s, 1), "floor_per_s": round(floor_per_s, 1), "times_floor": round(floor_per_s / per_s, 2), "events_each": round(events / (2 * size), 1),
            "inspected_share": round(float(inspected[0] if inspected else 0), 2), "batch_size": size, "clients": 2,
        }  # fmt: skip

    def single(self) -> dict[str, Any]:
        number = 10 if self.quick else 40
        client = Client(self.web.port)
        given = payloads(self.cast, number, 900)
        ids: list[int] = []
        began = time.perf_counter()
        for payload in given:
            mine = self.declare(client, [payload])
            Road(self.cast, self.keys, self.party_key, client, mine).walk()
            ids += mine
        seconds = time.perf_counter() - began
        floor = _floor.single(self.owner, ids)
        return {
            "per_s": round(number / seconds, 2), "floor_per_s": round(number / floor, 2), "times_floor": round(seconds / floor, 2),
            "requests_per_s": round(client.requests / seconds, 1),
        }  # fmt: skip

    def behind(self) -> dict[str, Any]:
        """What the worker does afterwards, by itself."""
        began = time.perf_counter()
        events = drain()
        feeds = time.perf_counter() - began
        documents.sign_pending(limit=2)
        began = time.perf_counter()
        signed = documents.sign_pending(limit=20)
        return {"feed_events_per_s": round(events / feeds), "signatures_per_s": round(signed / (time.perf_counter() - began), 1)}

    def pages(self) -> dict[str, Any]:
        number = 20_000 if self.quick else 1_000_000
        began = time.perf_counter()
        _million.load(self.owner, number)
        print(f"  {number:,} cases loaded in {time.perf_counter() - began:.0f} s")
        browser = Browser()
        clerk = Person.objects.get(username="beilun.clerk1")
        browser.force_login(clerk, backend="allauth.account.auth_backends.AuthenticationBackend")
        cookie = f"sessionid={browser.cookies['sessionid'].value}"
        row = self.owner.execute("select id from case_ where state = 'certified' and org_path like '%/380100/' order by id limit 1").fetchone()
        assert row is not None
        client = Client(self.web.port)
        found: dict[str, Any] = {"cases": number}
        for name, path in {"queue_ms": "/office/group/", "case_ms": f"/office/cases/{row[0]}/", "search_ms": "/office/search/?q=%E7%89%9B%E8%82%89", "floor_ms": "/v/"}.items():
            taken = []
            for turn in range(25):
                began = time.perf_counter()
                status, size = client.get(path, cookie)
                if status != 200:
                    raise RuntimeError(f"{path}: {status}")
                if turn >= 5:
                    taken.append((time.perf_counter() - began) * 1000)
            found[name] = round(statistics.median(taken), 1)
            print(f"  {path}: median {found[name]} ms, worst {max(taken):.1f} ms, {size / 1024:.0f} KB")
        return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    call_command("assets", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with sight(SYSTEM):
        run = Run(options.quick)
        try:
            batch = run.batch()
            single = run.single()
            behind = run.behind()
            pages = run.pages()
        finally:
            run.web.stop()
    result = {"batch": batch, "single": single, "behind": behind, "queue_ms": pages["queue_ms"], "case_ms": pages["case_ms"], "pages": pages, "quick": options.quick}
    print(
        f"\n| what | Jinzhi | floor | ratio |\n|---|---|---|---|\n"
        f"| whole declarations/s, batches of {batch['batch_size']:,}, 2 clients | {batch['per_s']} | {batch['floor_per_s']} (COPY of the same rows) | {batch['times_floor']}× |\n"
        f"| whole declarations/s, one at a time | {single['per_s']} | {single['floor_per_s']} (plain SQL, act by act) | {single['times_floor']}× |\n"
        f"| queue page, ms ({pages['cases']:,} cases) | {pages['queue_ms']} | {pages['floor_ms']} (a page without a list) | {pages['queue_ms'] / pages['floor_ms']:.1f}× |\n"
        f"| case page, ms | {pages['case_ms']} | {pages['floor_ms']} | {pages['case_ms'] / pages['floor_ms']:.1f}× |\n"
        f"| behind: feed events/s, signatures/s (one worker) | {behind['feed_events_per_s']}, {behind['signatures_per_s']} | | |"
    )
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
