"""The API's own page: every operation in words, from the same description machines read. Nothing from outside."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jinzhi.kernel.orgs.access import public_page


@public_page
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Operations with their parameters and answers, and the fields of a declaration."""
    from jinzhi.supervision.declarations.api import api

    schema: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
    operations = [
        {
            "method": method.upper(), "path": path, "summary": op.get("summary", ""), "description": op.get("description", "").replace("``", ""),
            "parameters": op.get("parameters", []), "answers": sorted(op.get("responses", {})), "id": op.get("operationId", ""),
        }
        for path, methods in schema["paths"].items()
        for method, op in methods.items()
    ]  # fmt: skip
    shapes = []
    for name in ("Declaration", "GoodsLine", "Container", "ContainerShare", "Attachment", "CertificateRequest", "PermitUse"):
        found = schema["components"]["schemas"].get(name, {})
        needed = set(found.get("required", ()))
        shapes.append((name, [(field, _kind(spec), field in needed) for field, spec in found.get("properties", {}).items()]))
    return render(request, "declarations/api.html", {"operations": operations, "shapes": shapes})


def _kind(spec: dict[str, Any]) -> str:
    """A field's type in a word or two."""
    if "anyOf" in spec:
        return " | ".join(dict.fromkeys(_kind(s) for s in spec["anyOf"] if s.get("type") != "null")) or "null"
    if "$ref" in spec:
        return str(spec["$ref"]).rsplit("/", 1)[-1]
    if spec.get("type") == "array":
        return f"[{_kind(spec.get('items', {}))}]"
    return str(spec.get("format") or spec.get("type") or "any")
