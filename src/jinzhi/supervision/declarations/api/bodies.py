"""Request bodies read once, straight into validated declarations: no intermediate objects, one bad item never spoils a batch."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.http import HttpRequest
from pydantic import ValidationError

from jinzhi.kernel.forms.errors import from_pydantic
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.api.problems import ApiProblem
from jinzhi.supervision.declarations.schema import Declaration

MAX_BODY = 64 * 1024 * 1024
MAX_ITEMS = 10_000
MAX_ONE = 4 * 1024 * 1024
"""Bytes of one declaration: a hundred times what the longest has."""
# Control characters, and marks that turn the direction of writing: on a certificate they would show another text than was declared.
_HIDDEN = re.compile(rb"\\u00(?:0[0-8bcef]|1[0-9a-f]|7f)|\\u20(?:2[a-e]|6[6-9])|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\x7f", re.IGNORECASE)
_validate = Declaration.__pydantic_validator__.validate_json


class _Named(msgspec.Struct):
    """What is told of an item that could not be read."""

    enterprise_number: Any = None
    version: Any = 1


@dataclass(slots=True)
class Item:
    """One declaration of a body: read, or with its errors."""

    enterprise_number: str
    version: int
    declaration: Declaration | None = None
    errors: list[Refusal] = field(default_factory=list)


def read(request: HttpRequest, limit: int = MAX_BODY) -> bytes:
    """The body. Raises ApiProblem: 413 from the announced length, before anything is read; 411 without one; 400 when empty."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced.isdigit():
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            raise ApiProblem(411, "length", Text("请求头写上 Content-Length", "Send a Content-Length header"))
        announced = "0"
    if int(announced) > limit:
        text = Text("请求正文是 {a} MB，最大 {b} MB。分几次发送", "The body is {a} MB, the limit is {b} MB. Send it in parts")
        raise ApiProblem(413, "large", text.format(a=int(announced) // 1024 // 1024, b=limit // 1024 // 1024))
    # not request.body: its limit is that of forms, and it would keep a second copy
    data: bytes = request.read(int(announced)) if int(announced) else b""
    if not data.strip():
        raise ApiProblem(400, "empty", Text("请求正文是空的", "The body is empty"))
    return data


def decode(data: bytes) -> Any:
    """Plain JSON. Raises ApiProblem (400) with the place where it breaks."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(error) from error


def _broken(error: Exception) -> ApiProblem:
    text = Text("正文不是完整的 JSON（{e}）", "The body is not whole JSON ({e})").format(e=str(error)[:160])
    return ApiProblem(400, "json", text)


def split(data: bytes) -> tuple[list[msgspec.Raw], bool]:
    """The items of ``{"declarations": […]}``, of a bare list, or the one object itself; True when it was a batch."""
    try:
        if data.lstrip()[:1] == b"[":
            items, batch = msgspec.json.decode(data, type=list[msgspec.Raw]), True
        else:
            body = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
            if "declarations" in body:
                items, batch = msgspec.json.decode(body["declarations"], type=list[msgspec.Raw]), True
            else:
                items, batch = [msgspec.Raw(data)], False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(error) from error
    if len(items) > MAX_ITEMS:
        text = Text("一次最多 {m} 票，这次是 {n} 票。分几次发送", "At most {m} at once, these are {n}. Send them in parts").format(m=MAX_ITEMS, n=len(items))
        raise ApiProblem(413, "many", text)
    return items, batch


def declarations(items: list[msgspec.Raw]) -> Iterator[Item]:
    """Validate each item straight from its bytes."""
    for raw in items:
        if len(bytes(raw)) > MAX_ONE:
            text = Text("这一票有 {n} MB，一票最大 {m} MB。附件用文件接口另传", "This declaration has {n} MB, the limit is {m} MB. Send files through the files operation")
            yield Item("", 1, None, [Refusal("large", text.format(n=len(bytes(raw)) // 1024 // 1024, m=MAX_ONE // 1024 // 1024))])
            continue
        if _HIDDEN.search(raw):
            text = Text("文字里有看不见的控制字符，可能是粘贴带来的。删去后重新发送", "The text holds invisible control characters, perhaps pasted. Remove them and send again")
            yield _named(raw, [Refusal("hidden", text)])
            continue
        try:
            declaration = _validate(bytes(raw))
        except ValidationError as error:
            yield _wrong(raw, error)
            continue
        yield Item(declaration.enterprise_number, declaration.version, declaration)


def _wrong(raw: msgspec.Raw, error: ValidationError) -> Item:
    return _named(raw, from_pydantic(error)[:200])


def _named(raw: msgspec.Raw, errors: list[Refusal]) -> Item:
    """An item refused, under the number and version it seems to have."""
    try:
        named = msgspec.json.decode(raw, type=_Named)
    except (msgspec.MsgspecError, RecursionError):
        named = _Named()
    number = named.enterprise_number if isinstance(named.enterprise_number, str) else ""
    version = named.version if isinstance(named.version, int) and 0 < named.version < 1000 else 1
    return Item(number[:40], version, None, errors)


def request_id(request: HttpRequest) -> uuid.UUID | None:
    """``Idempotency-Key`` as a UUID: as it stands, or derived from its text. Raises ApiProblem when it is too long."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return None
    if len(key) > 200:
        raise ApiProblem(400, "idempotency_key", Text("Idempotency-Key 最多 200 个字符", "Idempotency-Key: at most 200 characters"))
    try:
        return uuid.UUID(key)
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_OID, key)


def party_of(request: Any) -> Party:
    """The declaring unit one acts for: the key's, or ``?party=`` credit code where a key may act for several. Raises ApiProblem."""
    actor = request.actor
    if not actor.parties:
        raise ApiProblem(403, "no_party", Text("这个密钥不代表企业，只有报检单位能办", "This key acts for no enterprise; only declaring units can do this"))
    parties = Party.objects.filter(pk__in=actor.parties)
    code = request.GET.get("party", "")
    found = list(parties.filter(code=code) if code else parties[:2])
    if len(found) != 1:
        text = (
            Text("密钥不代表 {c}", "The key does not act for {c}").format(c=code[:30]) if code
            else Text("密钥可代表几家企业，地址加 ?party=信用代码 指明一家", "The key acts for several enterprises; add ?party=<credit code>")
        )  # fmt: skip
        raise ApiProblem(403 if code else 400, "party", text)
    return found[0]
