"""Driving the platform as machines do: a web server of its own, keys for everybody, batches over HTTP."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from typing import Any

import msgspec
from pydantic import BaseModel

from jinzhi.kernel.cases import engine
from jinzhi.kernel.orgs import tokens
from jinzhi.kernel.orgs.actors import SYSTEM, Actor
from jinzhi.kernel.orgs.models import Party, Person
from jinzhi.site import up
from jinzhi.site.datadir import ROOT
from jinzhi.site.processes import child_setup
from jinzhi.supervision.declarations.demo.people import Cast
from jinzhi.supervision.declarations.demo.week import Scripts, Week
from jinzhi.supervision.declarations.models import InspectionItem
from jinzhi.supervision.declarations.records import ItemResult


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Web:
    """The web server of the platform as a real process."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            up.web_command("127.0.0.1", self.port), cwd=ROOT, env=dict(os.environ), start_new_session=True, preexec_fn=child_setup(signal.SIGTERM),  # noqa: PLW1509
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if up.health("127.0.0.1", self.port):
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("the web server did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"no JSON for {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_plain)


class Client:
    """One kept connection with a key; counts what it sends."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.requests = 0

    def post(self, path: str, token: str, body: Any) -> Any:
        data = body if isinstance(body, bytes) else _encoder.encode(body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "localhost"}
        self.connection.request("POST", f"/api/v1{path}", data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.requests += 1
        if answer.status >= 500 or answer.status in (401, 403, 404):
            raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")
        return msgspec.json.decode(text)

    def get(self, path: str, cookie: str) -> tuple[int, int]:
        self.connection.request("GET", path, headers={"Cookie": cookie, "Host": "localhost"})
        answer = self.connection.getresponse()
        return answer.status, len(answer.read())


def keys_for(cast: Cast, declarant: Party) -> tuple[dict[int, str], str]:
    """A key for every officer who acts, and one for the declaring unit."""
    people = {a.person_id for found in cast.officers.values() for a in found}
    keys = {p.pk: tokens.make_token(SYSTEM, person=p, name="bench")[1] for p in Person.objects.filter(pk__in=people)}
    member = Person.objects.get(username="agent")
    return keys, tokens.make_token(SYSTEM, person=member, name="bench", party=declarant)[1]


class Sound(Scripts):
    """The demonstration's forms, with every result within its limit: all goods reach their certificate."""

    def _result(self, item: InspectionItem, bad: float) -> ItemResult:
        return super()._result(item, 0.0)


class Road(Week):
    """The officers' acts of a declaration's road, sent as batches through the API."""

    def __init__(self, cast: Cast, keys: dict[int, str], agent_key: str, client: Client, ids: list[int]) -> None:
        super().__init__(cast, 0, lambda line: None)
        self.keys, self.agent_key, self.client, self.ids = keys, agent_key, client, ids
        self.transitions = 0

    def _standing(self, state: str) -> list[tuple[int, int, str]]:
        mine = set(self.ids)
        return [row for row in super()._standing(state) if row[0] in mine]

    def scripts(self, ids: list[int]) -> Scripts:
        return Sound(self, ids)

    def act(self, action: str, state: str, share: float = 1.0) -> None:
        for actor, moves in self._moves(action, state, 1.0):
            self.send(action, actor, moves)

    def send(self, action: str, actor: Actor, moves: list[engine.Move]) -> None:
        items = [{"case": m.case, "lane": m.lane, "data": m.data} for m in moves]
        key = self.agent_key if actor is self.cast.agent else self.keys[actor.person_id]
        answer = self.client.post(f"/cases/actions/{action}", key, {"items": items})
        self.transitions += answer["counts"].get("done", 0) + answer["counts"].get("signed", 0)
        if answer["counts"].get("refused"):
            wrong = next(r for r in answer["results"] if r["status"] == "refused")
            raise RuntimeError(f"{action}: {wrong['errors'][0]}")

    def walk(self) -> None:
        for action, state in STEPS:
            self.act(action, state)


STEPS = (
    ("confirm_fee", "fee_checking"), ("take_payment", "fee_due"), ("sign_release", "release_wait"), ("arrange", "awaiting_contact"),
    ("dispatch", "to_dispatch"), ("appoint", "assigned"), ("record_field", "to_field"), ("take_samples", "examined"), ("record_results", "in_lab"),
    ("give_verdict", "examined"), ("propose_evaluation", "evaluating"), ("propose_evaluation", "judging_papers"), ("approve_evaluation", "evaluated"),
    ("draft_certificate", "drafting"), ("sign_certificate", "to_sign"), ("issue_certificate", "to_issue"),
)  # fmt: skip
