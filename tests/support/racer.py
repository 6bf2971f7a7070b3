"""One of eight who press buttons on the same cases, over HTTP and directly, while parts of the platform are killed around them.

``python -m tests.support.racer`` reads its orders (JSON) from standard input. Whatever it asks for, it writes to its journal before and
after: one line ``{"key", "action", "person", "cases", "attempt"}``, one with ``"answer"``. A request without an answer is sent again with
the same key until there is one; now and then an answered one is sent again as well.
"""

from __future__ import annotations

import json
import random
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import InterfaceError, OperationalError, connection  # noqa: E402

from jinzhi.kernel.cases import engine  # noqa: E402
from jinzhi.kernel.cases.people import commands as people  # noqa: E402
from jinzhi.kernel.cases.tests import dogs  # noqa: E402
from jinzhi.kernel.orgs.models import Person  # noqa: E402
from jinzhi.kernel.orgs.queries import actors_for  # noqa: E402
from jinzhi.kernel.orgs.sight import sight  # noqa: E402

PATIENCE = 90.0
"""Seconds one request may stay without an answer, restarts included."""
ACTS = {"accept": "clerk", "send_back": "clerk", "correct": "owner", "visit": "vet", "grant": "head"}
WEIGHTS = (30, 8, 12, 30, 20)


class NoAnswer(Exception):
    """The other side went away: what became of the request is not known."""


@dataclass
class Racer:
    seed: int
    number: int
    until: float
    port: int
    cases: list[int]
    party: int
    people: dict[str, list[int]]
    keys: dict[str, str]
    journal: Path
    actors: dict[int, Any] = field(default_factory=dict)
    answered: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed}-{self.number}")
        self.lines = self.journal.open("w")
        found = Person.objects.filter(pk__in=[p for ids in self.people.values() for p in ids])
        self.actors = actors_for(found)

    # -- what is asked for ---------------------------------------------------------------------------------------------
    def run(self) -> None:
        while time.time() < self.until:
            lot = self.random.random()
            if lot < 0.08:
                self.claim()
            elif lot < 0.16:
                self.settle(self.opening())
            elif lot < 0.28 and self.answered:
                self.again(self.random.choice(self.answered[-40:]))
            else:
                self.settle(self.advancing())
        self.lines.close()

    def hot(self) -> list[int]:
        """The forty cases everybody is at in this quarter of a second."""
        place = random.Random(f"{self.seed}-{int(time.time() * 4)}").randrange(len(self.cases))
        return (self.cases + self.cases)[place : place + 40]

    def advancing(self) -> dict[str, Any]:
        (action,) = self.random.choices(list(ACTS), WEIGHTS)
        person = self.random.choice(self.people[ACTS[action]])
        cases = self.random.sample(self.hot(), self.random.choice((1, 1, 5, 20, 40)))
        items = [{"case": case, "data": self.data(action)} for case in cases]
        if self.random.random() < 0.15:  # a form opened long ago
            items = [item | {"version": self.random.randint(1, 3)} for item in items]
        return {"key": str(self.key()), "action": action, "person": person, "items": items, "by": self.random.choice(("http", "http", "direct"))}

    def opening(self) -> dict[str, Any]:
        drafts = [{"dog": f"黑子{self.random.randrange(1000)}", "weight": self.random.choice((8, 12, 55))} for _ in range(self.random.choice((1, 2, 5)))]
        return {"key": str(self.key()), "action": "ask", "person": self.people["owner"][0], "items": drafts, "by": "direct"}

    def data(self, action: str) -> dict[str, Any]:
        if action == "accept":
            return {"vaccinated": self.random.random() < 0.95, "vets": self.random.sample(["王兽医", "李兽医", "赵兽医"], self.random.choice((1, 2)))}
        return {"send_back": {"reason": "照片不清"}, "correct": {"dog": "阿黄", "weight": self.random.choice((8, 55))}, "visit": {"finding": "健康"}}.get(action, {})

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    # -- asking --------------------------------------------------------------------------------------------------------
    def settle(self, request: dict[str, Any]) -> None:
        """Ask until answered."""
        self.note(request | {"attempt": True})
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.ask(request, request["by"])
                break
            except NoAnswer as error:
                if time.monotonic() > until:
                    self.note({"key": request["key"], "lost": str(error)})
                    return
                self.note({"key": request["key"], "unknown": str(error)[:200]})
                time.sleep(0.3)
        self.note({"key": request["key"], "answer": answer})
        self.answered.append(request)

    def again(self, request: dict[str, Any]) -> None:
        """Send an answered request once more, perhaps by the other way; no answer is no matter."""
        try:
            answer = self.ask(request, "direct" if request["action"] == "ask" else self.random.choice(("direct", "http")))
        except NoAnswer:
            return
        self.note({"key": request["key"], "answer": answer})

    def ask(self, request: dict[str, Any], way: str) -> list[list[Any]]:
        answer = self.http(request) if way == "http" else self.direct(request)
        if any(code == "busy" for *_, code in answer):
            raise NoAnswer("busy: somebody held a case for seconds, try again")
        return answer

    def claim(self) -> None:
        """Take the next duty, and give it back or keep it."""
        actor = self.actors[self.random.choice(self.people["clerk"] + self.people["vet"] + self.people["head"])]
        try:
            case = people.claim_next(actor)
            if case is not None:
                with sight(actor), connection.cursor() as cursor:
                    cursor.execute("select id from duty where case_id = %s and assignee = %s and closed_at is null", [case, actor.person_id])
                    ids = [row[0] for row in cursor.fetchall()]
                if self.random.random() < 0.9:
                    people.release(actor, ids)
        except (OperationalError, InterfaceError):
            connection.close()

    def http(self, request: dict[str, Any]) -> list[list[Any]]:
        asked = urllib.request.Request(
            f"http://localhost:{self.port}/api/v1/cases/actions/{request['action']}", json.dumps({"items": request["items"]}).encode(),
            {"Authorization": f"Bearer {self.keys[str(request['person'])]}", "Content-Type": "application/json", "Idempotency-Key": request["key"]},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return [[r["case"], r["status"], r["version"], _code(r["errors"])] for r in json.loads(answer.read())["results"]]
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise RuntimeError(f"{error.code}: {error.read()[:300]!r}") from error
            raise NoAnswer(str(error.code)) from error
        except (OSError, ValueError) as error:
            raise NoAnswer(str(error)) from error

    def direct(self, request: dict[str, Any]) -> list[list[Any]]:
        actor = self.actors[request["person"]]
        key = uuid.UUID(request["key"])
        try:
            if request["action"] == "ask":
                drafts = [engine.Draft(dogs.CODE, dogs.OWNER, self.party, dict(data)) for data in request["items"]]
                results = engine.open_cases(drafts, "ask", actor=actor, request_id=key)
            else:
                moves = [engine.Move(i["case"], version=i.get("version"), data=dict(i["data"])) for i in request["items"]]
                results = engine.advance(moves, request["action"], actor=actor, request_id=key)
        except (OperationalError, InterfaceError) as error:
            connection.close()
            raise NoAnswer(str(error)) from error
        return [[r.case, r.status, r.version, r.refusals[0].code if r.refusals else ""] for r in results]

    def note(self, line: dict[str, Any]) -> None:
        self.lines.write(json.dumps(line) + "\n")
        self.lines.flush()


def _code(errors: list[dict[str, Any]]) -> str:
    return str(errors[0]["code"]) if errors else ""


if __name__ == "__main__":
    orders = json.loads(sys.stdin.readline())
    racer = Racer(**{**orders, "journal": Path(orders["journal"])})
    print("ready", flush=True)
    sys.stdin.readline()
    racer.until = time.time() + orders["until"]
    racer.run()
