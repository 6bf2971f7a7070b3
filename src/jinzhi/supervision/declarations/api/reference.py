"""What a machine needs around a declaration: code lists, the check before sending, files to attach."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from jinzhi.kernel.codes import lists
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today
from jinzhi.supervision.declarations import foreign
from jinzhi.supervision.declarations.api import bodies, schemas
from jinzhi.supervision.declarations.api.problems import ApiProblem, error_dict, json_response
from jinzhi.supervision.declarations.biz import attachments, checks, panels
from jinzhi.supervision.declarations.ephyto import parse
from jinzhi.supervision.declarations.estimate import estimate
from jinzhi.supervision.declarations.requirements import Requirement, requirements

router = Router(tags=["reference"])


@router.get("/codes/{list_name}", summary="Entries of a code list · 代码表", response={200: schemas.CodeList, 404: schemas.Problem})
def codes(
    request: HttpRequest, list_name: str, q: str = Query("", max_length=60), on: dt.date | None = None, limit: int = Query(1000, ge=1, le=20_000)
) -> HttpResponse:
    """Entries in force on ``on`` (default: the business day), by code; ``q`` searches code, names and pinyin."""
    version = lists.version(list_name)
    if not version:
        raise ApiProblem(404, "codes.unknown_list", Text("没有代码表 {n}", "There is no code list {n}").format(n=list_name[:60]))
    day = on or today()
    found = lists.search(list_name, q, limit, day) if q else lists.entries(list_name, day)[:limit]
    entries = [{"code": e.code, "zh": e.label.zh, "en": e.label.en, "valid_from": e.valid_from, "valid_to": e.valid_to, "extra": e.extra} for e in found]
    return json_response({"list": list_name, "version": version, "entries": entries})


@router.post(
    "/precheck", summary="Check a declaration without sending it · 申报前检查", response={200: schemas.PrecheckOut, 400: schemas.Problem},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Declaration"}}}}},
)  # fmt: skip
def precheck(request: HttpRequest) -> HttpResponse:
    """The fields, then the same review the office runs, the documents the goods need, and what to expect. The declaration may be
    incomplete: what can be judged is judged. Nothing is kept.
    """
    party = bodies.party_of(request)
    given = bodies.decode(bodies.read(request, bodies.MAX_ONE))
    if not isinstance(given, dict):
        raise ApiProblem(400, "object", Text("正文写成一个申报对象", "Send one declaration as an object"))
    state = checks.look_at(given, version=given.get("version", 1), declarant=party.code)
    errors, doubts = state.errors, [Refusal(d.code, d.message, d.field) for d in state.doubts]
    lines = [line for line in state.rough.lines if line.hs_code]
    needed = requirements(state.rough, today(), lists, agent=state.agent) if lines else []
    expected: dict[str, Any] | None = None
    if lines:
        e = estimate(state.rough.model_copy(update={"lines": lines}), today())
        expected = {
            "inspection": e.field.as_dict(), "laboratory": e.laboratory.as_dict(), "inspection_rate": e.field_rate, "laboratory_items": e.lab_items,
            "working_days": e.days, "why": [w.as_dict() for w in e.why],
        }  # fmt: skip
    return json_response({
        "outcome": "faulty" if errors else "doubtful" if doubts else "fit", "errors": [error_dict(e) for e in errors], "doubts": [error_dict(e) for e in doubts],
        "requirements": [_requirement(r) for r in needed],
        "categories": [{"hs_code": c.hs_code, "lines": c.lines.as_dict(), "categories": [w.as_dict() for w in c.categories]} for c in panels.classes(state)],
        "estimate": expected,
    })  # fmt: skip


def _requirement(r: Requirement) -> dict[str, Any]:
    return {
        "document": r.document, "title": r.title.as_dict(), "why": r.why.as_dict(), "basis": r.basis.as_dict(), "lines": list(r.lines), "any_of": list(r.any_of),
        "missing": list(r.missing), "level": r.level,
    }  # fmt: skip


@router.post(
    "/files", summary="Upload a file to attach · 上传单证", response={201: schemas.FileOut, 413: schemas.Problem, 422: schemas.Problem},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        "parameters": [{"in": "query", "name": "name", "schema": {"type": "string", "maxLength": 150}, "required": False}],
    },
)  # fmt: skip
def upload(request: HttpRequest) -> HttpResponse:
    """The file itself as the body; name it in the declaration's ``attachments``, or in an action's field, by its ``sha256``: only
    files uploaded by the same enterprise (or the same officer) can be named. Foreign e-certificates are read
    and shown in the answer. PDF, JPG, PNG, XML, XLSX, DOCX up to 20 MB.
    """
    actor = request.actor  # type: ignore[attr-defined]
    party = None if actor.is_officer and not actor.parties else bodies.party_of(request).pk  # an officer's photographs are the officer's own
    large = attachments.too_large(request)
    if large is not None:
        raise ApiProblem(413, large.code, large.message)
    taken = attachments.recognise(request.GET.get("name", "file"), bodies.read(request))
    digest = blobs.put(taken.data, taken.media_type)
    blobs.note_upload([digest], actor.person_id, party)
    certificate = None
    if taken.media_type == foreign.XML:
        try:
            certificate = foreign.content(parse(taken.data))
        except Refused as refused:
            certificate = {"error": refused.refusals[0].message.as_dict()}
    return json_response({"sha256": digest, "media_type": taken.media_type, "size": len(taken.data), "certificate": certificate}, 201)
