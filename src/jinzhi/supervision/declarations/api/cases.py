"""Cases by machine: read one, act on many. The same door, the same refusals as the pages; used by parties and by officers' own tools."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router

from jinzhi.kernel.cases import engine
from jinzhi.kernel.cases.forms import fields_of
from jinzhi.kernel.cases.queries import access_case, id_by_number, offers
from jinzhi.kernel.documents import queries as documents
from jinzhi.kernel.forms.fields import schema_of
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.api import bodies, schemas
from jinzhi.supervision.declarations.api.problems import ApiProblem, error_dict, json_response

router = Router(tags=["cases"])


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    case: int | None = None
    number: str | None = None
    lane: int = 0
    version: int | None = None
    data: dict[str, Any] = {}


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    items: list[_Item]


_decoder = msgspec.json.Decoder(_Body)


@router.post(
    "/cases/actions/{action}", summary="Do an action on up to 10,000 cases · 批量办理",
    response={200: schemas.ActionResults, 207: schemas.ActionResults, 409: schemas.Problem, 413: schemas.Problem},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ActionBody"}}}},
        "parameters": [{"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 200}, "required": False}],
    },
)  # fmt: skip
def act(request: HttpRequest, action: str) -> HttpResponse:
    """Every item gets its own result; a refused one leaves its case untouched. 200 when none was refused, else 207.
    The same ``Idempotency-Key`` gives the same answer again and does nothing.
    """
    if action in ("send", "resend"):
        # a message is known by number and version; past that register the same one could become two cases
        text = Text(
            "报检和重发用 POST /api/v1/declarations，企业报检号不变，改动后版本加一",
            "Send and send again with POST /api/v1/declarations: the same number of yours, and the next version after a change",
        )
        raise ApiProblem(409, "use_declarations", text)
    data = bodies.read(request)
    try:
        items = _decoder.decode(data).items
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        text = Text('正文应为 {"items": [{"case" 或 "number", "version", "data"}]}（{e}）', 'Send {"items": [{"case" or "number", "version", "data"}]} ({e})')
        raise ApiProblem(400, "items", Text(text.zh.replace("{e}", str(error)[:160]), text.en.replace("{e}", str(error)[:160]))) from error
    if len(items) > bodies.MAX_ITEMS:
        raise ApiProblem(413, "many", Text("一次最多 {m} 件", "At most {m} cases at once").format(m=bodies.MAX_ITEMS))
    ids = _ids([i.number for i in items if i.case is None and i.number])
    moves, places = [], []
    results: list[dict[str, Any] | None] = [None] * len(items)
    for place, item in enumerate(items):
        case = item.case if item.case is not None else ids.get(item.number or "")
        if case is None or not 0 < case < 2**63:
            text = Text("没有编号为 {n} 的案件", "There is no case {n}").format(n=(item.number or str(item.case or "—"))[:40])
            results[place] = _result(engine.Result(0, "refused", [Refusal("absent", text, "number")]))
            continue
        moves.append(engine.Move(case, item.lane, item.version, item.data))
        places.append(place)
    done = engine.advance(moves, action, actor=request.actor, request_id=bodies.request_id(request))  # type: ignore[attr-defined]
    for place, result in zip(places, done, strict=True):
        results[place] = _result(result)
    counts = Counter(r["status"] for r in results if r)
    return json_response({"results": results, "counts": dict(counts)}, 207 if counts["refused"] else 200)


def _ids(numbers: list[str]) -> dict[str, int]:
    wanted = sorted({n for n in numbers if "\x00" not in n})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select number, id from case_ where number = any(%s)", [wanted])
        return dict(cursor.fetchall())


def _result(r: engine.Result) -> dict[str, Any]:
    return {"case": r.case, "number": r.number, "status": r.status, "state": r.state, "version": r.version, "errors": [error_dict(e) for e in r.refusals]}


@router.get("/cases/{number}", summary="One case by its number, or by id as id:123 · 查询案件", response={200: schemas.CaseOut, 404: schemas.Problem})
def single(request: HttpRequest, number: str) -> HttpResponse:
    """What stands now, what the asker may do next and what is in its way, the clocks, the documents."""
    case_id = int(number[3:]) if number.startswith("id:") and number[3:].isdigit() and len(number) < 22 else None
    if case_id is None and "\x00" not in number:
        case_id = id_by_number(number[:60])
    view = access_case(request.actor, case_id or 0)  # type: ignore[attr-defined]
    work, process = view.work, view.process
    return json_response({
        "case": work.id, "number": work.number, "process": process.code, "state": work.state, "state_title": view.state_title.as_dict(), "version": work.version,
        "closed": work.phase == 2, "opened_at": work.opened, "title": work.row.title,
        "tracks": [
            {"track": lane.track, "lane": lane.no, "state": lane.state, "title": process.state_title(lane.state).as_dict(), "holder": lane.holder}
            for lane in work.lanes.values()
        ],
        "actions": [
            {
                "action": o.action.name, "title": o.action.title.as_dict(), "lane": o.lane.no, "blocked": [error_dict(r) for r in o.blocked],
                "form": schema_of(fields_of(process, o.action)),
            }
            for o in offers(view)
        ],
        "clocks": [
            {"clock": c.name, "title": process.clocks[c.name].title.as_dict(), "binds": process.clocks[c.name].binds, "due": c.due, "stopped": c.due is None}
            for c in work.clocks if c.stopped is None
        ],
        "documents": [
            {
                "id": d.pk, "kind": d.kind, "number": d.number, "version": d.version, "title": d.title.as_dict(), "state": d.state_on(),
                "issued_at": d.issued_at.isoformat(), "pdf": reverse("document_pdf", args=[d.pk]),
            }
            for d in documents.for_case(work.id)
        ],
    })  # fmt: skip
