"""A small bureau for tests of the officers' pages: branches, officers, enterprises, and declarations sent through the engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from lxml import html

from jinzhi.kernel import time
from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.queries import read_works
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.demo import people
from jinzhi.supervision.declarations.schema import Declaration

NOW = dt.datetime(2011, 11, 23, 10, 42, tzinfo=time.ZONE)
HAN = "[\u4e00-\u9fff]"


class Bureau:
    """Branch Beilun (380100) with its sections; user names as in the demonstration: ``beilun.clerk1``, ``beilun.sp.lead``."""

    def __init__(self) -> None:
        self.cast = people.Cast()
        people.organisations()
        people.officers(self.cast)
        people.enterprises(self.cast, 20)

    def send(self, count: int, *, doubtful: bool = False, seed: int = 7, **changes: Any) -> list[int]:
        """Declarations sent to Beilun; doubtful ones stop at manual review. Gives the cases."""
        org = org_by_code("380100")
        assert org is not None
        by = next(e for e in self.cast.enterprises if e.declarant and not e.monthly)
        made = sample.labelled(
            count, seed, [by], NOW.date(), faulty=0.0, doubtful=1.0 if doubtful else 0.0, organisations=["380100"]
        )
        drafts = []
        for number, one in enumerate(made):
            payload = one.payload | {"enterprise_number": f"T{seed}-{number}"} | changes
            drafts.append(engine.Draft("declarations.import", org.path, self.cast.parties[by.code], {"declaration": Declaration.model_validate(payload)}))
        results = engine.open_cases(drafts, "send", actor=self.cast.agent)
        assert all(r.ok for r in results), results
        return [r.case for r in results]

    def standing(self, count: int, state: str, *, doubtful: bool = False) -> list[int]:
        """So many cases that stand in ``state`` right after they were sent."""
        found: list[int] = []
        for seed in range(100, 160):
            found += [i for i, work in read_works(self.send(4, doubtful=doubtful, seed=seed)).items() if work.state == state]
            if len(found) >= count:
                return found[:count]
        raise AssertionError(f"no {count} cases in {state}")


def sign_in(username: str, language: str = "zh-hans") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(Person.objects.get(username=username), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = language
    return client


def form_of(content: bytes, address: str) -> dict[str, Any]:
    """What a browser would send of the form that goes to ``address``."""
    page: Any = html.fromstring(content.decode())
    for form in page.forms:
        if (form.action or "").split("?")[0] == address:
            values: dict[str, Any] = {}
            for name, value in form.form_values():
                values.setdefault(name, []).append(value)
            return values
    raise AssertionError(f"no form goes to {address}")


def act(client: Client, case: int, action: str, lane: int = 1, **typed: Any) -> Any:
    """Open the form of an action and send it with what is typed (dots in names as double underscores)."""
    address = f"/office/cases/{case}/actions/{action}/{lane}/"
    shown = client.get(address)
    assert shown.status_code == 200, shown.status_code
    values = form_of(shown.content, address) | {name.replace("__", "."): value for name, value in typed.items()}
    return client.post(address, values)


def said(response: Any) -> str:
    """The messages an answer leaves for the next page."""
    return " ".join(str(m) for m in get_messages(response.wsgi_request))
