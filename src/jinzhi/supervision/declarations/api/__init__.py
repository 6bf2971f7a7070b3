"""The JSON API of declarations (``/api/v1``): OpenAPI 3.1 at ``/api/v1/openapi.json``, a page to read at ``/api/v1/``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from pydantic.json_schema import models_json_schema

from jinzhi.kernel.orgs import tokens
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.api import cases, declarations, problems, reference, schemas
from jinzhi.supervision.declarations.schema import Declaration

_REF = "#/components/schemas/{model}"


class Bearer:
    """``Authorization: Bearer jz_…``: the key of an enterprise or of a person."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor | None:
        return tokens.authenticate(request)


class Api(NinjaAPI):
    """Ninja with the shapes of bodies that are read without it added to the description."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> Any:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        _, made = models_json_schema([(Declaration, "validation"), (schemas.ActionBody, "validation")], ref_template=_REF)
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {}).update(made["$defs"])
        components.setdefault("securitySchemes", {})["Bearer"] = {"type": "http", "scheme": "bearer"}
        for methods in schema["paths"].values():
            for operation in methods.values():
                operation["security"] = [{"Bearer": []}]
        return schema


TITLE = Text("报检接口", "Declarations API")

api = Api(
    title="Declarations API · 报检接口",
    version="1.0.0",
    description=(
        "Import declarations by machine. Keys are made by the enterprise's administrator under “API keys” and sent as "
        "`Authorization: Bearer jz_…`. Errors are RFC 9457 problem documents in both languages; `Accept-Language` chooses the one in `message`."
    ),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    auth=Bearer(),
)
problems.install(api)
for _router in (declarations.router, cases.router, reference.router):
    api.add_router("", _router)
