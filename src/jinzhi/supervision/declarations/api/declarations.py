"""Declarations by machine: sent one or ten thousand at a time, read back, receipts followed with a cursor."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from jinzhi.kernel.cases.registry import process_by_id
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations import commands, memo
from jinzhi.supervision.declarations.api import bodies, schemas
from jinzhi.supervision.declarations.api.problems import ApiProblem, error_dict, json_response
from jinzhi.supervision.declarations.models import Receipt, Review
from jinzhi.supervision.declarations.receipts import TITLES

router = Router(tags=["declarations"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/Declaration"},
                        {
                            "type": "object", "required": ["declarations"], "additionalProperties": False,
                            "properties": {"declarations": {"type": "array", "maxItems": bodies.MAX_ITEMS, "items": {"$ref": "#/components/schemas/Declaration"}}},
                        },
                    ]
                }
            }
        },
    },
}  # fmt: skip


@router.post(
    "/declarations", summary="Send one declaration or up to 10,000 · 发送报检",
    response={200: schemas.SendResults, 201: schemas.SendResult, 207: schemas.SendResults, 409: schemas.SendResult, 422: schemas.SendResult, 413: schemas.Problem},
    openapi_extra=_BODY,
)  # fmt: skip
def send(request: HttpRequest) -> HttpResponse:
    """Each declaration is known by its declaring unit, ``enterprise_number`` and ``version``: sent again it gives the same answer
    (``duplicate``) and does nothing; with other content it is refused. One object: 201 new, 200 the same again, 409 version used,
    422 errors. No ``Idempotency-Key`` is needed: number and version are the key. A batch: 200 when none was refused, else 207; each item has its own result and one bad item never stops the others.
    """
    party = bodies.party_of(request)
    raw, batch = bodies.split(bodies.read(request))
    items = list(bodies.declarations(raw))
    sendable = [i for i in items if i.declaration is not None and _place_known(i)]
    sent = commands.send([i.declaration for i in sendable if i.declaration], actor=request.actor, party_id=party.pk)  # type: ignore[attr-defined]
    answers = iter(sent)
    results = []
    for item in items:
        if item.declaration is None:
            results.append(_result(item.enterprise_number, item.version, "refused", errors=item.errors))
            continue
        r = next(answers)
        results.append(_result(r.enterprise_number, r.version, r.status, r.case_id, r.number, r.state, r.duplicate, r.errors))
    if not batch:
        (only,) = results
        return json_response(only, _single_status(only))
    counts = Counter(r["status"] for r in results)
    return json_response({"results": results, "counts": dict(counts)}, 207 if counts["refused"] else 200)


def _place_known(item: bodies.Item) -> bool:
    """A declaration to a body that does not exist would have no owner: refused before it becomes a case."""
    assert item.declaration is not None
    if org_by_code(item.declaration.organisation) is not None:
        return True
    text = Text("报检机构 {c} 不在机构表里。从 organisations 代码表中选", "There is no inspection body {c}; choose one of the list organisations")
    item.errors = [Refusal("organisation", text.format(c=item.declaration.organisation), "organisation")]
    item.declaration = None
    return False


def _result(
    number: str, version: int, status: str, case_id: int | None = None, case_number: str | None = None, state: str = "", duplicate: bool = False, errors: Any = ()
) -> dict[str, Any]:
    return {
        "enterprise_number": number, "version": version, "status": status, "case_id": case_id, "number": case_number, "state": state, "duplicate": duplicate,
        "errors": [error_dict(e) for e in errors],
    }  # fmt: skip


def _single_status(result: dict[str, Any]) -> int:
    if result["status"] != "refused":
        return 200 if result["duplicate"] else 201
    return 409 if result["duplicate"] else 422


_LIST = (
    "select d.case_id, d.enterprise_number, d.version, c.number, c.state, c.process_version, c.phase, d.declared_at"
    " from declarations_declaration d join case_ c on c.id = d.case_id where d.declarant_id = %s"
)


def _rows(sql: str, values: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return [
        {
            "case_id": case_id, "enterprise_number": number, "version": version, "number": case_number, "state": state,
            "state_title": process_by_id(process).state_title(state).as_dict(), "closed": phase == 2, "declared_at": declared.isoformat(),
        }
        for case_id, number, version, case_number, state, process, phase, declared in rows
    ]  # fmt: skip


@router.get("/declarations", summary="Declarations after a cursor, oldest first · 申报列表", response=schemas.DeclarationList)
def listing(request: HttpRequest, after: int = Query(0, ge=0, le=2**62), limit: int = Query(100, ge=1, le=1000)) -> HttpResponse:
    """Begin with ``after=0`` and go on with the ``after`` of each answer until it is null."""
    party = bodies.party_of(request)
    found = _rows(f"{_LIST} and d.case_id > %s order by d.case_id limit %s", [party.pk, after, limit + 1])
    return json_response({"items": found[:limit], "after": found[limit - 1]["case_id"] if len(found) > limit else None})


@router.get("/declarations/{path:enterprise_number}", summary="One declaration by your own number · 按企业报检号查询", response={200: schemas.DeclarationOut, 404: schemas.Problem})
def single(request: HttpRequest, enterprise_number: str) -> HttpResponse:
    """The latest version, as sent, with its state and what the review found."""
    party = bodies.party_of(request)
    found = _rows(f"{_LIST} and d.enterprise_number = %s order by d.case_id desc limit 1", [party.pk, enterprise_number[:40]])
    if not found:
        text = Text("没有企业报检号为 {n} 的申报", "No declaration has your number {n}").format(n=enterprise_number[:40])
        raise ApiProblem(404, "absent", text)
    row = found[0]
    sent = memo.load([row["case_id"]])[row["case_id"]]
    findings = Review.objects.filter(case_id=row["case_id"]).values_list("findings", flat=True).first() or []
    return json_response({**row, "declaration": sent.model_dump(mode="json", warnings=False), "findings": findings})


@router.get("/receipts", summary="Receipts R1–R8 after a cursor · 回执", response=schemas.ReceiptList)
def receipts(
    request: HttpRequest, after: int = Query(0, ge=0, le=2**62), limit: int = Query(100, ge=1, le=1000), kind: str = Query("", max_length=3)
) -> HttpResponse:
    """Receipts of all your declarations in the order in which they were made. Keep the last ``id`` and ask with it again."""
    party = bodies.party_of(request)
    rows = Receipt.objects.filter(party_id=party.pk, id__gt=after).order_by("id")
    if kind:
        rows = rows.filter(kind=kind)
    found = list(rows[: limit + 1])
    numbers = _numbers([r.case_id for r in found])
    items = [
        {
            "id": r.pk, "kind": r.kind, "title": TITLES[r.kind].as_dict(), "case_id": r.case_id, "enterprise_number": numbers.get(r.case_id, ("", None))[0],
            "number": numbers.get(r.case_id, ("", None))[1], "at": r.at.isoformat(), "payload": r.payload,
        }
        for r in found[:limit]
    ]  # fmt: skip
    return json_response({"items": items, "after": items[-1]["id"] if len(found) > limit else None})


def _numbers(case_ids: list[int]) -> dict[int, tuple[str, str | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select d.case_id, d.enterprise_number, c.number from declarations_declaration d join case_ c on c.id = d.case_id where d.case_id = any(%s)",
            [case_ids],
        )
        return {case_id: (mine, number) for case_id, mine, number in cursor.fetchall()}
