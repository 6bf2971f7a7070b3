"""From what was typed to the declaration and back. What is typed is kept as typed: nothing is lost because it was wrong.

A draft holds texts; :func:`payload` turns them into the shape of the declaration: full-width digits become plain, dates may be
written ``20111123``, a code may be given by its name. What cannot be read goes on as it is, and validation says what to do.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinzhi.kernel.codes import lists, validators
from jinzhi.kernel.forms.fields import half_width, parse_date
from jinzhi.kernel.time import today
from jinzhi.supervision.declarations.biz import sections
from jinzhi.supervision.declarations.schema import Declaration

LISTS = ("lines", "containers", "attachments", "certificates")
_NUMBERS = {"quantity", "net_weight", "gross_weight", "value", "unit_price", "packages", "originals", "copies", "total_value"}
_DATES = {"despatched_on", "arrived_on", "unloaded_on", "claim_until", "produced_on"}
_CODES = {
    "organisation": "organisations", "kind": "declarations.kinds", "trade_mode": "declarations.trade_modes", "transport_mode": "declarations.transport_modes",
    "trade_country": "countries", "despatch_country": "countries", "consignor_country": "countries", "despatch_port": "ports", "via_port": "ports",
    "entry_port": "ports", "arrival_port": "ports", "total_currency": "currencies",
}  # fmt: skip
_LINE_CODES = {
    "quantity_unit": "units", "origin_country": "countries", "currency": "currencies", "package_kind": "declarations.package_kinds",
    "purpose": "declarations.purposes",
}  # fmt: skip
# Words of daily use that the lists do not hold.
_ALIASES = {
    "units": {"公斤": "035", "kg": "035", "kgs": "035", "kilogram": "035", "kilograms": "035", "g": "036", "t": "070", "mt": "070", "pcs": "007", "pc": "007", "sets": "006"},
    "currencies": {"美金": "USD", "人民币": "CNY", "rmb": "CNY", "us$": "USD", "$": "USD", "€": "EUR"},
    "countries": {"usa": "US", "uk": "GB", "america": "US"},
}  # fmt: skip
_YES = {"是", "有", "y", "yes", "true", "1", "on", "√", "✓"}
_NO = {"", "否", "无", "n", "no", "false", "0", "—", "-"}


_TURNING = frozenset(map(chr, (0x7F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def clean_text(value: Any) -> str:
    """Typed text without edges, control characters and marks that turn the direction of writing."""
    return "".join(ch for ch in str(value or "") if (ch >= " " and ch not in _TURNING) or ch in "\n\t").strip()


def number(value: str) -> str:
    """``１２，３４５．６ `` → ``12345.6``; what is no number stays as typed, without edges."""
    plain = half_width(value).replace(",", "").replace(" ", "")
    return plain if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", plain) else clean_text(value)


def date(value: str) -> str:
    """``20111123``, ``2011/11/23``, ``11-23``, ``今天`` → ``2011-11-23``; anything else stays."""
    plain = half_width(value)
    if plain.lower() in ("今天", "today"):
        return today().isoformat()
    short = re.fullmatch(r"(\d{1,2})[-/.月](\d{1,2})日?", plain)
    if short:
        plain = f"{today().year}-{int(short[1]):02}-{int(short[2]):02}"
    try:
        return parse_date(plain.split(" ")[0] if re.match(r"\d{4}-\d\d-\d\d \d", plain) else plain).isoformat()
    except ValueError:
        return clean_text(value)


@lru_cache(maxsize=64)
def _by_name(list_name: str, version: int) -> dict[str, str]:
    """Codes by their names in both languages, lower case; a name of two codes stands for neither."""
    found: dict[str, str] = {}
    for entry in lists.entries(list_name):
        for name in {entry.label.zh.casefold(), entry.label.en.casefold()}:
            found[name] = "" if name in found and found[name] != entry.code else entry.code
    return found


def code(list_name: str, value: str) -> str:
    """A code as typed, in capitals where the list has it so, or by its exact name (``巴西`` → ``BR``)."""
    plain = half_width(value)
    if not plain or lists.get(list_name, plain) is not None:
        return plain
    if lists.get(list_name, plain.upper()) is not None:
        return plain.upper()
    if list_name == "units" and plain.isdigit() and lists.get(list_name, plain.zfill(3)) is not None:
        return plain.zfill(3)
    word = clean_text(value).casefold()
    return _ALIASES.get(list_name, {}).get(word) or _by_name(list_name, lists.version(list_name)).get(word) or plain


def hs_code(value: str) -> str:
    """``0202.3000.90`` and a number whose leading zero a spreadsheet ate → ten digits."""
    plain = re.sub(r"[.\s-]", "", half_width(value))
    return plain.zfill(10) if plain.isdigit() and len(plain) == 9 else plain


def flag(value: Any) -> Any:
    """Yes or no in either language; other words stay, so that validation asks."""
    plain = half_width(value or "").lower()
    return True if plain in _YES else False if plain in _NO else clean_text(value)


def permits(value: str) -> list[dict[str, Any]]:
    """``325 AP1120110633 8400；519 SIF9217`` → kind, number and quantity of each permit."""
    found = []
    for part in re.split(r"[;；\n]", value or ""):
        words = re.split(r"[\s,，]+", half_width(part))
        if words == [""]:
            continue
        kind = words[0] if re.fullmatch(r"\d{3}", words[0]) and len(words) > 1 else ""
        rest = words[1:] if kind else words
        use: dict[str, Any] = {"kind": kind, "number": rest[0]}
        if len(rest) > 1:
            use["quantity"] = number("".join(rest[1:]))
        found.append(use)
    return found


def permits_text(uses: list[dict[str, Any]]) -> str:
    return "；".join(" ".join(str(part) for part in (use.get("kind"), use.get("number"), use.get("quantity")) if part not in (None, "")) for use in uses)


def shares(value: str) -> list[dict[str, Any]]:
    """``1 8400；2 6100`` or ``1:8400, 2:6100`` → line numbers and kilograms."""
    found = []
    for part in re.split(r"[;；\n]|,\s|，", value or ""):
        words = re.split(r"[\s:：]+", half_width(part).strip())
        if words == [""]:
            continue
        found.append({"line": words[0], "weight": number("".join(words[1:])) if len(words) > 1 else ""})
    return found


def shares_text(given: list[dict[str, Any]]) -> str:
    return "；".join(f"{share.get('line')} {share.get('weight')}" for share in given)


def is_empty(row: dict[str, Any]) -> bool:
    """Whether a row of a table was left blank (its key does not count)."""
    return not any(clean_text(value) for name, value in row.items() if name != "key")


def payload(data: dict[str, Any]) -> dict[str, Any]:
    """A draft's data in the shape of the declaration. Blank optional fields are left out; blank rows are dropped."""
    header = {k: v for k, v in (data.get("header") or {}).items() if clean_text(v)}
    shared = {column: header.pop(name) for name, column in sections.SHARED.items() if name in header}
    made: dict[str, Any] = {name: _value(name, value, _CODES) for name, value in header.items() if name in Declaration.model_fields}
    if made.get("consignee_code"):
        made["consignee_code"] = validators.normalise(str(made["consignee_code"]))[:20]
    if made.get("total_value") and not made.get("total_currency") and shared.get("currency"):
        made["total_currency"] = code("currencies", shared["currency"])
    made["lines"] = [_line(row, shared) for row in rows(data, "lines")]
    made["containers"] = [_container(row) for row in rows(data, "containers")]
    made["certificates"] = [
        {"kind": code("declarations.certificate_kinds", row.get("kind", ""))} | {n: number(row[n]) for n in ("originals", "copies") if clean_text(row.get(n))}
        for row in rows(data, "certificates")
    ]
    made["attachments"] = [
        {
            "kind": code("declarations.attachment_kinds", row.get("kind", "")), "number": clean_text(row.get("number")), "name": clean_text(row.get("name"))[:160],
            "sha256": row.get("sha256") or None, "kept_by_enterprise": bool(row.get("kept")),
        }
        for row in data.get("attachments") or []
    ]  # fmt: skip
    return made


def rows(data: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """The rows of a table that were not left blank."""
    return [row for row in data.get(table) or [] if not is_empty(row)]


def _value(name: str, value: Any, codes: dict[str, str]) -> Any:
    if name in _NUMBERS:
        return number(value)
    if name in _DATES:
        return date(value)
    if name in codes:
        return code(codes[name], value)
    return clean_text(value)


def _line(row: dict[str, Any], shared: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in {**shared, **{k: v for k, v in row.items() if clean_text(v)}}.items():
        if name == "hs_code":
            made[name] = hs_code(value)
        elif name == "permits":
            made[name] = permits(value)
        elif name == "is_waste":
            made[name] = flag(value)
        elif name != "key":
            made[name] = _value(name, value, _LINE_CODES)
    return made


def _container(row: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"number": validators.normalise(row.get("number", "")), "seal": clean_text(row.get("seal"))}
    if clean_text(row.get("kind")):
        made["kind"] = code("declarations.container_kinds", row["kind"])
    made["shared"] = flag(row.get("shared"))
    if clean_text(row.get("shares")):
        made["shares"] = shares(row["shares"])
    return made


def new_key() -> str:
    return secrets.token_hex(4)


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "是"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def draft_data(declaration: Declaration) -> dict[str, Any]:
    """A declaration as the data of a draft (to copy it, or to mend a returned one)."""
    header = {n: _text(getattr(declaration, n, None)) for n in Declaration.model_fields if n not in LISTS and n != "version"}
    for name, column in sections.SHARED.items():
        values = {getattr(line, column) for line in declaration.lines}
        header[name] = next(iter(values)) if len(values) == 1 else ""
    lines = []
    for line in declaration.lines:
        row = {n: _text(getattr(line, n, None)) for n in type(line).model_fields if n != "permits"}
        row["packages"] = row["packages"] if line.packages else ""
        row["permits"] = permits_text([{"kind": p.kind, "number": p.number, "quantity": _text(p.quantity)} for p in line.permits])
        for name, column in sections.SHARED.items():
            if header[name]:
                row[column] = ""
        lines.append(row | {"key": new_key()})
    return {
        "header": {k: v for k, v in header.items() if v},
        "lines": lines,
        "containers": [
            {
                "number": b.number, "kind": b.kind, "seal": b.seal, "shared": "是" if b.shared else "",
                "shares": shares_text([{"line": s.line, "weight": _text(s.weight)} for s in b.shares]),
            }
            for b in declaration.containers
        ],
        "certificates": [{"kind": c.kind, "originals": str(c.originals), "copies": str(c.copies)} for c in declaration.certificates],
        "attachments": [
            {"id": new_key(), "kind": a.kind, "number": a.number, "name": a.name, "sha256": a.sha256 or "", "kept": a.kept_by_enterprise}
            for a in declaration.attachments
        ],
    }  # fmt: skip
