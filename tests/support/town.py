"""Everybody there is, and one real thing of every sort for them to ask for: the world of the permission matrix."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from jinzhi.kernel.cases import engine
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.orgs import commands as accounts
from jinzhi.kernel.orgs import first_account, queries, tokens
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.models import Org, Person
from jinzhi.kernel.time import today
from jinzhi.supervision.declarations.module import module
from jinzhi.supervision.declarations.tests.biz_world import World, draft_of, payload

if TYPE_CHECKING:
    from jinzhi.kernel.forms.models import Draft

OWNER_ROLES = ("clerk", "fee_officer", "fee_checker", "cashier", "risk_officer", "signatory", "certifier", "archivist")
SECTION_ROLES = ("section_head", "inspector", "lead_inspector")
HERE = dict.fromkeys(OWNER_ROLES, "380100") | dict.fromkeys(SECTION_ROLES, "3801SP") | {"analyst": "380000", "registrar": "380000"}
ELSEWHERE = dict.fromkeys(OWNER_ROLES, "380200") | dict.fromkeys(SECTION_ROLES, "3802ZH") | {"analyst": "310000", "registrar": "310000"}
ADMINISTRATORS = ("sysadmin", "secadmin", "auditor")
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class Somebody:
    """A kind of person: ``kind`` is anonymous, mine, stranger, here, elsewhere, administrator, key or no_key."""

    name: str
    kind: str
    client: Client
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Town:
    """People, and the things of the enterprise ``mine`` at branch Beilun, held by its food section."""

    people: list[Somebody]
    case: int
    document: int
    draft: Draft
    draft_file: str
    token: int
    sha256: str
    person: int
    post: int
    party: int
    membership: int

    def of(self, *kinds: str) -> list[Somebody]:
        return [p for p in self.people if p.kind in kinds]


def _client(person: Person | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person, backend=_BACKEND)
    return client


def _officers(posts: list[tuple[str, str, str]]) -> list[Person]:
    """Accounts for (user name, role, organisation), each with that one post."""
    hashed = make_password("a long enough one")
    made = accounts.open_accounts(SYSTEM, [accounts.AccountDraft(u, "任何人", "Anybody", password="a long enough one", password_hash=hashed) for u, *_ in posts])
    orgs = {o.code: o for o in Org.objects.filter(code__in={org for *_, org in posts})}
    accounts.give_posts(
        SYSTEM, [accounts.PostDraft(p, role, orgs[org], valid_from=today()) for p, (_, role, org) in zip(made, posts, strict=True)]
    )
    return made


def build() -> Town:
    """Make the town. Some three seconds."""
    first_account.remember()
    queries.forget_orgs()
    world = World()
    mine, stranger = world.firms
    Person.objects.filter(pk__in=[mine.person.pk, stranger.person.pk]).update(must_change_password=False)
    posts = [(f"here.{r}", r, org) for r, org in HERE.items()] + [(f"elsewhere.{r}", r, org) for r, org in ELSEWHERE.items()]
    posts += [(f"{r}.x", r, "000000") for r in ADMINISTRATORS]
    staff = dict(zip((u for u, *_ in posts), _officers(posts), strict=True))
    Person.objects.filter(pk__in=[p.pk for p in staff.values()]).update(must_change_password=False)
    paper = blobs.put(b"%PDF-1.4 a contract", "application/pdf")
    blobs.note_upload([paper], mine.person.pk, mine.party.pk)
    case, document = _case(world, mine, staff, paper)
    draft = draft_of(mine, payload(mine, 9))
    row = {"id": "0a1b2c3d", "kind": "101001", "number": "1", "name": "contract.pdf", "sha256": paper, "size": 19, "media_type": "application/pdf"}
    draft.data["attachments"] = [*draft.data.get("attachments", []), row]
    draft.save()
    token, key = tokens.make_token(mine.actor, person=mine.person, name="matrix", party=mine.party)
    _, other_key = tokens.make_token(stranger.actor, person=stranger.person, name="matrix", party=stranger.party)
    people = [Somebody("anonymous", "anonymous", _client(None)), Somebody("mine", "mine", _client(mine.person)), Somebody("stranger", "stranger", _client(stranger.person))]
    people += [Somebody(u, u.split(".")[0] if "." in u and u.split(".")[1] != "x" else "administrator", _client(p)) for u, p in staff.items()]
    people += [
        Somebody("key of mine", "key", _client(None), {"Authorization": f"Bearer {key}"}),
        Somebody("key of stranger", "key_of_stranger", _client(None), {"Authorization": f"Bearer {other_key}"}),
        Somebody("wrong key", "no_key", _client(None), {"Authorization": "Bearer jz_wrong"}),
    ]
    clerk = staff["here.clerk"]
    return Town(people, case, document, draft, row["id"], token.pk, paper, clerk.pk, clerk.posts.get().pk, mine.party.pk, mine.person.memberships.get().pk)


def _case(world: World, mine: Any, staff: dict[str, Person], paper: str) -> tuple[int, int]:
    """A declaration that went through the clerk's hands to the food section, with a fee note; gives case and document."""
    org = queries.org_by_code("380100")
    assert org is not None
    who = {name: queries.actor_for(p) for name, p in staff.items()}
    declaration = module.records["declarations.declaration"]
    for seed in range(200, 260):
        given = payload(mine, seed)
        given["attachments"] = [*given["attachments"], {"kind": "101001", "number": "M1", "name": "contract.pdf", "sha256": paper}]
        (sent,) = engine.open_cases(
            [engine.Draft("declarations.import", org.path, mine.party.pk, {"declaration": declaration.model_validate(given)})], "send", actor=mine.actor
        )
        if sent.state != "awaiting_contact":
            continue
        steps = (
            ("confirm_fee", who["here.fee_checker"], {}),
            ("arrange", mine.actor, {"goods_place": "北仑四期堆场", "available_on": today() + dt.timedelta(days=1), "contact": "周师傅"}),
            ("dispatch", who["here.clerk"], {"departments": ["3801SP"], "lead_department": "3801SP"}),
        )
        results = [engine.advance([engine.Move(sent.case, data=data)], action, actor=actor)[0] for action, actor, data in steps]
        found = [d.pk for d in documents.for_case(sent.case)]
        if all(r.ok for r in results) and found:
            return sent.case, found[0]
    raise AssertionError("no declaration came as far as the section")
