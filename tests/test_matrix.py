"""The permission matrix: every address of the platform, asked for by every kind of person, from the rule each view declares.

What is not declared fails; what is another's looks absent; nothing ever answers with a fault of the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from jinzhi.kernel import time
from jinzhi.kernel.orgs.access import ACCESS, RULES, audit_required
from jinzhi.kernel.orgs.permissions import Address, addresses, table, undeclared
from jinzhi.supervision.declarations.tests.office_world import NOW
from tests.support.town import Somebody, Town, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


# Where one route stands for what may or may not be there, or sends the reader on.
OBJECTS = ("case_id", "draft_id", "pk", "enterprise_number")
NOT_THERE = {"documents:original"}  # nothing is signed in this town
ASKED_TWICE = {"api:api-root"}  # hidden behind the page of the same address
REGISTRAR_ONLY = {f"enterprises:{name}" for name in ("new", "edit", "suspend", "resume", "administrator")}


def values(address: Address, town: Town) -> dict[str, Any]:
    known: dict[str, Any] = {
        "case_id": town.case, "draft_id": town.draft.pk, "file_id": town.draft_file, "sha256": town.sha256, "digest": town.sha256, "section": "trade",
        "action": "arrange" if address.name.startswith(("biz:", "api:")) else "appoint", "lane": 1, "what": "claim", "kind": "mine", "code": "380100",
        "list_name": "countries", "number": f"id:{town.case}" if address.name.startswith("api:") else "no-such-number", "post_id": town.post, "page": 1,
        "form": "csv", "view_id": 1, "run": "6f1c1c1e-0000-4000-8000-000000000001",
        "entry": 1, "tie_id": 1, "process": "declarations.import", "enterprise_number": "T-5", "pk": town.person, "party": town.party,
    }  # fmt: skip
    if "document" in address.name:
        known |= {"pk": town.document, "kind": "svg"}
    if address.name.startswith("tokens:"):
        known |= {"pk": town.token}
    if address.name.startswith("members:"):
        known |= {"pk": town.membership}
    if address.name.startswith("feeds:"):
        known |= {"name": "kernel.search", "day": "2011-11-23"}
    missing = set(address.wants) - set(known)
    assert not missing, f"{address.route} wants {missing}: name a real one here"
    return {name: known[name] for name in address.wants}


@pytest.fixture
def town() -> Iterator[Town]:
    with time.at(NOW):  # the permits and rates of the made-up enterprises are of that year
        yield build()


@pytest.fixture(autouse=True)
def _plain_files(settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.JINZHI_VERIFY_PER_MINUTE = 100_000


def test_every_view_declares_who_may_open_it() -> None:
    assert not undeclared(), f"declare a rule (jinzhi.kernel.orgs.access) for: {undeclared()}"
    assert {a.access for a in addresses()} == set(ACCESS)  # and no rule is left that nothing uses


def test_a_new_address_without_a_rule_is_found(settings: Any) -> None:
    """One address more, undeclared: the matrix's own question finds it, and the command fails."""
    import jinzhi.site.urls as site

    def bare(request: Any) -> HttpResponse:
        return HttpResponse("everything")

    urls: Any = ModuleType("one_more")
    urls.urlpatterns = [*site.urlpatterns, path("brand/new/", bare, name="brand_new")]
    settings.ROOT_URLCONF = urls
    assert undeclared() == ["brand/new/"]
    with pytest.raises(CommandError, match="brand/new/"):
        call_command("permissions", stdout=StringIO())
    urls.urlpatterns[-1] = path("brand/new/", audit_required(bare), name="brand_new")
    settings.ROOT_URLCONF = "jinzhi.site.urls"
    settings.ROOT_URLCONF = urls
    assert undeclared() == []


def test_the_table_is_what_the_views_declare(town: Town) -> None:
    """Command and page come from one function; the page is the security administrator's."""
    out, plain = StringIO(), StringIO()
    call_command("permissions", stdout=out)
    call_command("permissions", "--json", stdout=plain)
    rows = json.loads(plain.getvalue())
    assert [r["address"] for r in rows] == [r["address"] for r in table()]
    assert all(f"`{r['address']}`" in out.getvalue() for r in rows)
    by = {r["name"]: r for r in rows}
    assert (by["sys:log"]["rule"], by["sys:log"]["opens_to"]) == ("audit", ["auditor"])
    assert by["office:claim_next"]["methods"] == ["POST"]
    assert {m for r in rows if r["rule"] == "api" for m in r["methods"]} >= {"GET", "POST"}
    page = next(p for p in town.people if p.name == "secadmin.x").client.get("/sys/permissions/").content.decode()
    assert all(r["address"].replace("<", "&lt;").replace(">", "&gt;") in page for r in rows)


def ask(who: Somebody, method: str, url: str, **headers: str) -> tuple[int, str]:
    """Ask and take everything back that it did; gives status and where it leads."""
    cookies = who.client.cookies.copy()
    with transaction.atomic():
        answer = getattr(who.client, method)(url, headers={**who.headers, **headers})
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    who.client.cookies = cookies  # a sign-out is taken back too
    return answer.status_code, answer.headers.get("Location", "")


def expected(address: Address, who: Somebody) -> str:
    """``in``, ``sign_in``, ``absent`` or ``no_key`` by the rule alone, ``absent`` also for what belongs to others."""
    rule, kind = address.access, who.kind
    is_object = any(name in address.wants for name in OBJECTS)
    if rule == "public":
        return "in"
    if rule == "api":
        if kind not in ("key", "key_of_stranger"):
            return "no_key"
        return "absent" if kind == "key_of_stranger" and (address.name == "api:single") else "in"
    if kind in ("anonymous", "key", "key_of_stranger", "no_key"):
        return "sign_in"
    if address.name in REGISTRAR_ONLY and kind in ("here", "elsewhere"):
        own = kind == "here" or address.name == "enterprises:new"
        return "in" if own and who.name.endswith(".registrar") else "absent"
    if rule == "office":
        return "absent" if kind in ("mine", "stranger", "administrator") or (is_object and kind == "elsewhere") else "in"
    if rule == "biz":
        return "absent" if kind not in ("mine", "stranger") or (is_object and kind == "stranger") else "in"
    if RULES[rule].posts:
        return "in" if kind == "administrator" and who.name.split(".")[0] in RULES[rule].posts else "absent"
    if "document" in address.name:  # signed_in, behind the case
        return "in" if kind in ("mine", "here") else "absent"
    return "in"


def verdict(address: Address, who: Somebody, status: int, place: str) -> str:
    """What is wrong with an answer; empty when nothing is."""
    wanted = expected(address, who)
    to_sign_in = status == 302 and place.startswith(reverse("account_login"))
    if status >= 500 and not (address.name == "healthz" and status == 503):
        return f"a fault ({status})"
    if wanted == "sign_in":
        # what scripts ask for says 401; what takes POST only may say so first
        return "" if to_sign_in or status in (401, 405) else f"{status} {place}, not the way to the sign-in page"
    if wanted == "no_key":
        return "" if status in (401, 405) else f"{status}, not 401"
    if wanted == "absent":
        return "" if status in (404, 405) else f"{status} {place}, not 404"
    if to_sign_in:
        return "" if who.kind in ("anonymous", "key", "key_of_stranger", "no_key") and address.access == "public" else "asked to sign in again"
    if status in (401, 404) and address.name not in NOT_THERE and not may_miss(address):
        return f"{status}"
    return ""


def may_miss(address: Address) -> bool:
    """Addresses whose answer to somebody allowed may be 404: numbers and entries nobody made, acts not offered, parts not there."""
    return address.name in ("office:unmask", "office:level", "documents:verify_number", "document_sheets", "setup", "account_logout", "biz:copy_last", "biz:mend", "mfa_authenticate") or address.name in (
        "office:view", "office:change_view", "office:bulk_results",
        "notices:open", "biz_notices:open", "office:stand_in_end", "sys:tie_end",  # one's own only, one that is there
        "office:unmask", "office:level",  # a value that is there; the keeper of levels alone
        "mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_deactivate_totp", "api:single", "api:api-root", "feeds:root",
    )  # fmt: skip


def test_every_address_answers_every_kind_of_person_by_its_rule(town: Town) -> None:
    wrong, asked = [], 0
    for address in addresses():
        url = reverse(address.name, kwargs=values(address, town)) if address.name != "api:single" else None
        urls = [url] if url else [f"/api/v1/cases/id:{town.case}"] if "cases" in address.route else ["/api/v1/declarations/T-5"]
        for one in urls:
            for who in town.people:
                asked += 1
                problem = verdict(address, who, *ask(who, "get", one))
                if problem:
                    wrong.append(f"GET {one} ({address.access}) by {who.name}: {problem}")
    assert not wrong, f"{len(wrong)} of {asked}\n" + "\n".join(wrong[:60])
    assert asked > 3000


def test_sending_without_anything_to_every_address(town: Town) -> None:
    """The same for POST with an empty form, by one of each kind: no fault, no way around a rule."""
    kinds: dict[str, Somebody] = {}
    for who in town.people:
        kinds.setdefault(who.name if who.kind == "administrator" else who.kind, who)
    kinds["here"] = next(p for p in town.people if p.name == "here.section_head")
    wrong = []
    for address in addresses():
        if address.name == "api:single":
            continue
        url = reverse(address.name, kwargs=values(address, town))
        for who in kinds.values():
            problem = verdict(address, who, *ask(who, "post", url))
            # set up once: from then on the way to sign in; a draft that is gone is gone, whoever says so
            fine = {"setup": "asked to sign in again", "biz:delete": "302 /biz/, not 404"}.get(address.name)
            if problem and problem != fine:
                wrong.append(f"POST {url} ({address.access}) by {who.name}: {problem}")
    assert not wrong, "\n".join(wrong[:60])


def test_nothing_is_done_for_a_page_of_another_site(town: Town) -> None:
    """Every address that takes POST from a browser refuses one without the token of the form."""
    wrong = []
    by = {"office": "here.section_head", "biz": "mine", "sys": "sysadmin.x", "system": "sysadmin.x", "staff": "sysadmin.x", "security": "secadmin.x",
          "posts": "secadmin.x", "audit": "auditor.x", "signed_in": "mine", "public": "mine"}  # fmt: skip
    people = {p.name: p for p in town.people}
    for address in addresses():
        if address.access == "api" or address.name in ASKED_TWICE:
            continue
        url, who = reverse(address.name, kwargs=values(address, town)), people[by[address.access]]
        strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
        strict.cookies = who.client.cookies
        with transaction.atomic():
            status = strict.post(url, {"x": "1"}).status_code
            transaction.set_rollback(True)
        if status not in (403, 405):
            wrong.append(f"POST {url}: {status}")
    assert not wrong, "\n".join(wrong)
