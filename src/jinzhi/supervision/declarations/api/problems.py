"""What the API answers when something is wrong: RFC 9457 problem documents, each sentence in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

PROBLEM = "application/problem+json"
_encoder = msgspec.json.Encoder(decimal_format="string")


class ApiProblem(Exception):
    """Raised where a request as a whole cannot be answered."""

    def __init__(self, status: int, code: str, message: Text, errors: Iterable[Refusal] = ()) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.errors = status, code, message, list(errors)


def error_dict(refusal: Refusal) -> dict[str, Any]:
    """One error: ``field`` is the path in what was sent (``lines.2.net_weight``), ``message`` the reader's language, both beside it."""
    found: dict[str, Any] = {
        "code": refusal.code, "field": refusal.field, "message": str(refusal.message), "message_zh": refusal.message.zh, "message_en": refusal.message.en,
    }  # fmt: skip
    if refusal.data:
        found["data"] = refusal.data
    return found


def json_response(value: Any, status: int = 200, media_type: str = "application/json") -> HttpResponse:
    """A JSON answer; decimals are written as texts."""
    return HttpResponse(_encoder.encode(value), content_type=media_type, status=status)


def problem_response(status: int, code: str, message: Text, errors: Iterable[Refusal] = ()) -> HttpResponse:
    body = {
        "type": f"/api/v1/#problem-{code}", "title": str(message), "status": status, "detail": str(message), "code": code,
        "message_zh": message.zh, "message_en": message.en, "errors": [error_dict(e) for e in errors],
    }  # fmt: skip
    response = json_response(body, status, PROBLEM)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


_SIGN_IN = Text(
    "请求没有带有效的密钥。请求头写 Authorization: Bearer jz_…，密钥在企业工作台「接口密钥」生成",
    "The request carries no key that holds. Send Authorization: Bearer jz_…; keys are made under “API keys” in the enterprise workspace",
)


def install(api: NinjaAPI) -> None:
    """Handlers of everything that can go wrong; nothing answers with a page."""

    @api.exception_handler(ApiProblem)
    def problem(request: HttpRequest, exc: ApiProblem) -> HttpResponse:
        return problem_response(exc.status, exc.code, exc.message, exc.errors)

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, exc: Refused) -> HttpResponse:
        first = exc.refusals[0]
        return problem_response(exc.status, first.code, first.message, exc.refusals)

    @api.exception_handler(AuthenticationError)
    def signed_out(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        return problem_response(401, "token", _SIGN_IN)

    @api.exception_handler(ValidationError)
    def parameters(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        errors = [
            Refusal(e.get("type", "value"), Text("改正参数 {n}", "Correct the parameter {n}").format(n=e["loc"][-1]), ".".join(str(p) for p in e["loc"][1:]))
            for e in exc.errors
        ]
        return problem_response(400, "parameters", Text("地址里的参数不对", "A parameter of the address is wrong"), errors)
