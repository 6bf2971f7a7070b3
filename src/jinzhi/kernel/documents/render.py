"""From a document's facts to PDF/A-2b and page images, by Typst: one template gives file, print and screen.

Data goes in as JSON and is never spliced into a template's source. Compilers are kept per thread (a kept one draws a certificate
in milliseconds); fonts are read once per process, only from the folders below, so that a document looks the same everywhere:
the Noto Sans SC of the wheel, Noto Serif CJK where the system has it, ``JINZHI_FONTS`` (folders, separated by ``:``), and
``fonts/`` of the data folder.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import threading
from collections import OrderedDict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlparse

import msgspec
import segno
import typst
from django.conf import settings

import jinzhi
from jinzhi.kernel.documents import content as contents
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE

Format = Literal["svg", "png"]
# Overprinting (套打) of sheets that already carry head, titles, labels and lines: millimetres right and down.
Stock = tuple[float, float]
ROOT = Path(jinzhi.__path__[0]).parent
PPI = 150
_SYSTEM_FONTS = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/google-noto-serif-cjk-fonts",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/opentype/source-han-serif",
    "/usr/share/fonts/adobe-source-han-serif",
)
_SERIF = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Source Han Serif CN")
_FANG = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong")
_SANS = ("Noto Sans SC",)
_local = threading.local()
_MISSING = re.compile(r'the text `"(.*)"` could not be displayed', re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_LONG_RUN = re.compile(r"[!-~]{36}(?=[!-~])")
_CACHED_DOCUMENTS = 24
_pages: OrderedDict[tuple[str, str, str, Stock | None], list[bytes]] = OrderedDict()
_pages_lock = threading.Lock()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    folders = [str(files("justmytype_intl_cjk") / "fonts")]
    folders += [folder for folder in os.environ.get("JINZHI_FONTS", "").split(":") if folder]
    folders += [folder for folder in (*_SYSTEM_FONTS, str(settings.DATA_DIR / "fonts")) if Path(folder).is_dir()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


@lru_cache(maxsize=1)
def families() -> dict[str, tuple[str, ...]]:
    """The font families there are for each voice, best first; the sans of the wheel always ends the list."""
    there = set(_fonts().families())
    serif = tuple(name for name in _SERIF if name in there)[:1] + _SANS
    return {"serif": serif, "sans": _SANS, "fang": tuple(name for name in _FANG if name in there)[:1] + serif}


def _compiler() -> typst.Compiler:
    if not hasattr(_local, "compiler"):
        _local.compiler = typst.Compiler(root=str(ROOT), font_paths=_fonts(), ignore_system_fonts=True)
    return _local.compiler


def verify_address(number: str) -> str:
    """The public address as printed: host and path, without the scheme."""
    parts = urlparse(settings.JINZHI_PUBLIC_URL)
    return f"{parts.netloc}{parts.path.rstrip('/')}/v/{number.replace(' ', '')}"


def verify_url(number: str, digest: str) -> str:
    """What the QR code says: the public page, and eight digits of the digest, so that another content is noticed."""
    return f"{settings.JINZHI_PUBLIC_URL.rstrip('/')}/v/{quote(number)}?d={digest[:8]}"


def _qr(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=0, dark="#14202B", xmldecl=False, svgns=True)
    return out.getvalue().decode()


def envelope(template: Path, facts: dict[str, Any], digest: str, stock: Stock | None = None) -> bytes:
    """The JSON a template reads: the document's facts (``canonical`` form, see ``facts.py``) and what is derived from them.

    Raises ``Refused`` when the content does not fit the shared template.
    """
    issued = dt.datetime.fromisoformat(facts["issued_at"]).astimezone(ZONE)
    until = facts["valid_until"]
    return msgspec.json.encode(
        {
            "content": _breakable(contents.complete(template, facts["content"])),
            "title": facts["title"],
            "org": facts["org"],
            "number": facts["number"] + (f"-{facts['copy']}" if facts["copy"] else ""),
            "version": facts["version"],
            "digest": digest,
            "signatories": [_signatory(item) for item in facts["signatories"]],
            "issued": issued.strftime("%Y-%m-%d"),
            "issued-zh": f"{issued.year}年{issued.month}月{issued.day}日",
            "issued-en": f"{issued.day} {issued:%B %Y}",
            "until": until or "",
            "verify": verify_address(facts["number"]),
            "qr": _qr(verify_url(facts["number"], digest)),
            "fonts": families(),
            "stock": {"dx": stock[0], "dy": stock[1]} if stock else None,
        }
    )


def _signatory(item: dict[str, Any]) -> dict[str, Any]:
    role = item.get("role") or {}
    if isinstance(role, str):
        role = {"zh": role}
    return {"zh": item.get("zh", ""), "en": item.get("en", ""), "role": {"zh": role.get("zh", ""), "en": role.get("en", "")}}


def _breakable(value: Any) -> Any:
    """Long runs without a space get places where a line may end, so that nothing runs off the sheet."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        return _LONG_RUN.sub(lambda run: run[0] + "\u200b", text) if len(text) > 36 else text
    if isinstance(value, dict):
        return {key: _breakable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_breakable(part) for part in value]
    return value


def pdf(template: Path, facts: dict[str, Any], digest: str) -> bytes:
    """The document as PDF/A-2b, the same bytes for the same facts on the same machine.

    Raises ``Refused``: ``document_glyph`` names the character no font can show, ``document_content`` what does not fit the
    template, ``document_template`` a fault of the template itself.
    """
    issued = dt.datetime.fromisoformat(facts["issued_at"]).astimezone(ZONE)
    data = envelope(template, facts, digest)
    try:
        out = _compiler().compile(
            input=str(template),
            format="pdf",
            pdf_standards=["a-2b"],
            sys_inputs={"data": data.decode()},
            timestamp=issued.replace(microsecond=0, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        )
    except typst.TypstError as error:
        raise Refused(_refusal(error, template, facts), status=422) from error
    assert isinstance(out, bytes)
    return out


def pages(template: Path, facts: dict[str, Any], digest: str, kind: Format = "svg", stock: Stock | None = None) -> list[bytes]:
    """The page images, drawn by the same template; kept in memory by digest. A character no font has is drawn as an empty box.

    With ``stock`` only the data are drawn, moved by so many millimetres, for sheets that were printed before.
    """
    key = (digest, str(template), kind, stock)
    with _pages_lock:
        if key in _pages:
            _pages.move_to_end(key)
            return _pages[key]
    data = envelope(template, facts, digest, stock)
    try:
        out = _compiler().compile(input=str(template), format=kind, ppi=PPI, sys_inputs={"data": data.decode()})
    except typst.TypstError as error:
        raise Refused(_refusal(error, template, facts), status=422) from error
    images = out if isinstance(out, list) else [out or b""]
    with _pages_lock:
        _pages[key] = images
        while len(_pages) > _CACHED_DOCUMENTS:
            _pages.popitem(last=False)
    return images


def _refusal(error: typst.TypstError, template: Path, facts: dict[str, Any]) -> Refusal:
    found = _MISSING.search(error.message)
    if found is None:
        return Refusal(
            "document_template",
            Text(
                f"模板 {template.name} 没有画成这份证单：{error.message}。把这句话告诉信息中心",
                f"Template {template.name} did not draw this document: {error.message}. Tell the information centre this sentence",
            ),
            data={"trace": list(error.trace)},
        )
    shown = _ESCAPE.sub(lambda hit: chr(int(hit[1], 16)), found[1])
    character = next((c for c in shown if c not in '\\"'), shown[:1])
    place = _place_of(character, facts, "")
    where = Text(f"“{place}”里的", f" in “{place}”") if place else Text("", "")
    visible = Text(f"“{character}”（U+{ord(character):04X}）", f"“{character}” (U+{ord(character):04X})")
    if not character.isprintable():
        visible = Text(f" U+{ord(character):04X} ", f" U+{ord(character):04X}")
    return Refusal(
        "document_glyph",
        Text(
            f"{where.zh}字符{visible.zh}没有字体可以印出。改用另一个字，或把含有这个字的字体放进数据目录的 fonts 文件夹后重新启动",
            f"No font can print the character {visible.en}{where.en}. Use another one, or put a font that has it into the folder fonts of the data folder and restart",
        ),
        field=place,
        data={"character": character, "code": f"U+{ord(character):04X}"},
    )


def _place_of(character: str, value: Any, place: str) -> str:
    """The first part of the facts that holds the character."""
    if isinstance(value, str):
        return place if character in value else ""
    parts = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list | tuple) else ()
    for name, part in parts:
        if found := _place_of(character, part, f"{place}.{name}" if place else str(name)):
            return found
    return ""
