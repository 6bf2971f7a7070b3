"""The JSON API: what is sent is done once, whatever is wrong is said by field, nobody sees another's."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _set_up(settings: Any) -> None:
    from jinzhi.kernel.orgs import first_account, queries

    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    first_account.remember()
    queries.forget_orgs()


@pytest.fixture
def world() -> Any:
    from jinzhi.supervision.declarations.tests.biz_world import World

    return World()


class Api:
    """A machine with a key."""

    def __init__(self, key: str = "", language: str = "zh-hans") -> None:
        self.headers = {"Authorization": f"Bearer {key}", "Accept-Language": language} if key else {"Accept-Language": language}
        self.client = Client()

    def post(self, path: str, body: Any, **headers: str) -> Any:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json", headers={**self.headers, **headers})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)


def test_without_a_key_everything_is_closed_in_the_readers_language() -> None:
    for language, word in (("zh-hans", "密钥"), ("en", "key")):
        api = Api(language=language)
        for answer in (api.get("receipts"), api.get("declarations"), api.get("codes/countries"), api.post("declarations", {}), api.post("precheck", {}), Api("jz_no").get("receipts")):
            assert answer.status_code == 401
            assert answer["Content-Type"] == "application/problem+json"
            assert answer["WWW-Authenticate"] == "Bearer"
        assert word in api.get("receipts").json()["detail"]


def test_the_description_and_its_page_are_open_and_whole() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    refs = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                refs.add(value["$ref"].rsplit("/", 1)[-1])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(schema)
    assert refs <= set(schema["components"]["schemas"])
    assert {"Declaration", "GoodsLine", "ActionBody", "Problem"} <= set(schema["components"]["schemas"])


def test_one_declaration_the_same_again_and_another_under_its_number(world: Any) -> None:
    from jinzhi.supervision.declarations.models import Declaration
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    api, one = Api(firm.key()), payload(firm)
    first = api.post("declarations", one)
    assert first.status_code == 201
    again = api.post("declarations", one)
    assert again.status_code == 200
    assert again.json() == first.json() | {"duplicate": True}
    changed = api.post("declarations", one | {"contract_no": "other"})
    assert changed.status_code == 409
    (error,) = changed.json()["errors"]
    assert error["field"] == "version"
    assert "第 2 版" in error["message_zh"]
    assert Declaration.objects.count() == 1


def test_a_batch_has_a_result_for_each_and_no_bad_one_stops_the_others(world: Any) -> None:
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    good, other = payload(firm), payload(firm, 6)
    bad = payload(firm, 7, number="BAD")
    bad["lines"][0]["net_weight"] = "heavy"
    bad["surprise"] = 1
    nowhere = payload(firm, 8, number="NOWHERE") | {"organisation": "999999"}
    answer = Api(firm.key(), "en").post("declarations", {"declarations": [good, bad, good, nowhere, other, 5]})
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [r["enterprise_number"] for r in results] == ["T-5", "BAD", "T-5", "NOWHERE", "T-6", ""]
    assert [r["status"] == "refused" for r in results] == [False, True, False, True, False, True]
    assert results[2]["duplicate"]
    errors = {e["field"]: e["message"] for e in results[1]["errors"]}
    assert errors["lines.0.net_weight"] == "Write a number such as 1250.50"
    assert "surprise" in errors["surprise"]
    assert results[3]["errors"][0]["field"] == "organisation"


def test_bodies_that_cannot_be_read(world: Any) -> None:
    api = Api(world.firms[0].key())
    for body in (b"", b"{", b"[1,", b'"text"', b"null", b'{"declarations": 5}', b"\xff\xfe", b"[" * 100_000):
        answer = api.post("declarations", body)
        assert answer.status_code == 400, body[:20]
        assert answer.json()["detail"]
    many = api.post("declarations", "[" + ",".join(["{}"] * 10_001) + "]")
    assert many.status_code == 413
    assert "10001" in many.json()["detail"]
    large = api.client.generic("POST", "/api/v1/declarations", b"{}", "application/json", headers=api.headers, CONTENT_LENGTH=str(200 * 1024 * 1024))
    assert large.status_code == 413
    assert "200 MB" in large.json()["detail"]
    assert api.post("cases/actions/ask_withdrawal", {"items": []}, **{"Idempotency-Key": "x" * 300}).status_code == 400


def test_a_returned_declaration_tells_every_error_by_field_and_is_sent_again(world: Any) -> None:
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    api, good = Api(firm.key()), payload(firm)
    back = api.post("declarations", good | {"transport_mode": "99"}).json()
    assert back["status"] == "returned"
    assert "transport_mode" in {e["field"] for e in back["errors"]}
    done = api.post("declarations", good | {"version": 2})
    assert done.status_code == 201
    assert done.json()["case_id"] == back["case_id"]
    kept = api.get(f"declarations/{good['enterprise_number']}").json()
    assert kept["version"] == 2
    assert kept["declaration"]["transport_mode"] == good["transport_mode"]


def test_another_partys_declarations_cases_and_receipts_are_not_there(world: Any) -> None:
    from jinzhi.supervision.declarations.models import Receipt
    from jinzhi.supervision.declarations.tests.biz_world import payload

    mine, other = world.firms
    api, stranger = Api(mine.key()), Api(other.key())
    sent = api.post("declarations", payload(mine)).json()
    Receipt.objects.create(party_id=mine.party.pk, case_id=sent["case_id"], seq=1, kind="R1", at="2011-11-23T10:00:00+08:00")
    assert api.get("receipts").json()["items"][0]["enterprise_number"] == "T-5"
    assert stranger.get("receipts").json() == {"items": [], "after": None}
    assert stranger.get("declarations").json()["items"] == []
    assert stranger.get("declarations/T-5").status_code == 404
    assert stranger.get(f"cases/id:{sent['case_id']}").status_code == 404
    (result,) = stranger.post("cases/actions/ask_withdrawal", {"items": [{"case": sent["case_id"], "data": {"reasons": "x"}}]}).json()["results"]
    assert result["errors"][0]["code"] == "absent"
    assert stranger.get(f"receipts?party={mine.party.code}").status_code == 403


def test_pages_by_cursor_meet_every_declaration_once(world: Any) -> None:
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    api = Api(firm.key())
    api.post("declarations", [payload(firm, seed) for seed in range(30, 37)])
    seen, after = [], 0
    while after is not None:
        page = api.get(f"declarations?after={after}&limit=3").json()
        seen += [i["enterprise_number"] for i in page["items"]]
        after = page["after"]
    assert seen == [f"T-{n}" for n in range(30, 37)]
    assert api.get("declarations?limit=0").status_code == 400
    assert api.get("declarations?after=x").json()["errors"][0]["field"] == "after"


def test_acts_on_cases_are_done_once_for_a_key(world: Any) -> None:
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    api = Api(firm.key())
    sent = api.post("declarations", payload(firm) | {"transport_mode": "99"}).json()  # returned: can be withdrawn
    body = {"items": [{"case": sent["case_id"], "data": {"reasons": "合同取消"}}, {"number": "000000000000000"}, {"case": sent["case_id"], "data": {}}]}
    first = api.post("cases/actions/ask_withdrawal", body, **{"Idempotency-Key": "a-1"})
    assert first.status_code == 207
    assert [r["status"] for r in first.json()["results"]] == ["done", "refused", "refused"]
    again = api.post("cases/actions/ask_withdrawal", body, **{"Idempotency-Key": "a-1"})
    assert again.json() == first.json()
    assert api.post("cases/actions/nonsense", {"items": [{"case": sent["case_id"]}]}).json()["results"][0]["errors"][0]["code"] == "no_such_action"
    for sending in ("send", "resend"):
        answer = api.post(f"cases/actions/{sending}", {"items": [{"case": sent["case_id"], "data": {"declaration": payload(firm)}}]})
        assert answer.status_code == 409
        assert "POST /api/v1/declarations" in answer.json()["detail"]
    for wrong in ({"items": 5}, {"cases": []}, {"items": [{"case": "x"}]}, []):
        assert api.post("cases/actions/accept", wrong).status_code == 400
    shown = api.get(f"cases/id:{sent['case_id']}").json()
    assert shown["state"] == "returned"
    assert {t["track"] for t in shown["tracks"]} == {"main", "withdrawal"}
    assert "resend" in {a["action"] for a in shown["actions"]}


def test_code_lists_and_files(world: Any) -> None:
    api = Api(world.firms[0].key())
    assert {"code": "BR", "zh": "巴西"}.items() <= next(e for e in api.get("codes/countries?q=BR").json()["entries"] if e["code"] == "BR").items()
    assert api.get("codes/none").status_code == 404
    assert api.get("codes/countries?on=yesterday").status_code == 400
    done = api.client.post("/api/v1/files?name=a.pdf", b"%PDF-1.4", content_type="application/octet-stream", headers=api.headers)
    assert done.status_code == 201
    assert done.json()["media_type"] == "application/pdf"
    assert api.client.post("/api/v1/files", b"MZ", content_type="application/octet-stream", headers=api.headers).status_code == 422


def test_an_officers_key_declares_for_nobody(world: Any) -> None:
    from jinzhi.kernel.orgs import tokens
    from jinzhi.kernel.orgs.actors import SYSTEM
    from jinzhi.kernel.orgs.models import Person

    officer = Person.objects.get(username="beilun.clerk1")
    _, secret = tokens.make_token(SYSTEM, person=officer, name="bench")
    answer = Api(secret).post("declarations", {})
    assert answer.status_code == 403
    assert "企业" in answer.json()["detail"]


leaf = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
value = st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_precheck_answers_whatever_it_is_sent(world: Any, data: st.DataObject) -> None:
    """A good declaration with a few of its values replaced by anything, or anything at all."""
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    if firm.party.pk not in _KEPT:
        _KEPT.clear()
        _KEPT[firm.party.pk] = Api(firm.key())
    api = _KEPT[firm.party.pk]
    given = payload(firm)
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 3))):
            spot: Any = given
            while True:
                key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
                if isinstance(spot[key], dict | list) and spot[key] and data.draw(st.booleans()):
                    spot = spot[key]
                    continue
                spot[key] = data.draw(value)
                break
    else:
        given = data.draw(value)
    answer = api.post("precheck", json.dumps(given))
    assert answer.status_code == (200 if isinstance(given, dict) else 400), answer.content.decode()[:400]
    if answer.status_code == 200:
        said = answer.json()
        assert said["outcome"] in ("fit", "doubtful", "faulty")
        assert bool(said["errors"]) == (said["outcome"] == "faulty")


_KEPT: dict[int, Api] = {}


def test_precheck_of_a_good_one_finds_nothing_and_keeps_nothing(world: Any) -> None:
    from jinzhi.supervision.declarations.models import Message
    from jinzhi.supervision.declarations.tests.biz_world import payload

    firm = world.firms[0]
    said = Api(firm.key()).post("precheck", payload(firm)).json()
    assert said["errors"] == []
    assert said["requirements"]
    assert said["estimate"]["working_days"] > 0
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_message_from_eight_threads_opens_one_case() -> None:
    from jinzhi.supervision.declarations.models import Declaration, Message
    from jinzhi.supervision.declarations.tests.biz_world import World, payload

    world = World(1)
    firm = world.firms[0]
    key, body = firm.key(), payload(firm)
    answers: list[tuple[int, Any]] = []
    start = threading.Barrier(8)

    def send() -> None:
        start.wait()
        try:
            answer = Api(key).post("declarations", body)
            answers.append((answer.status_code, answer.json().get("case_id")))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert len({case for _, case in answers}) == 1
    assert Message.objects.count() == Declaration.objects.count() == 1
