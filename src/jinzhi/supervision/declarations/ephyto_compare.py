"""Holding a foreign e-certificate against the declaration: what differs, how grave it is, and at which field. Pure.

A certificate covers goods; a declaration may split them into more lines. Each declared line is given to the certificate line it fits
best (HS code, then names), and amounts are compared as sums: a declaration may take less than was certified, never more.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.ephyto_model import ISSUED, TYPES, Certificate, Line
from jinzhi.supervision.declarations.schema import Declaration, GoodsLine

WEIGHT_TOLERANCE = Decimal("0.005")
SAME_NAME = 0.85
CERTIFICATE_PAPERS = {"101006", "101007", "101008", "101009"}
# Words that tell the form of a company or join words, and nothing about which company it is.
_FORMS = frozenset({
    "co", "company", "ltd", "limited", "corp", "corporation", "inc", "incorporated", "llc", "llp", "plc", "gmbh", "ag", "kg", "sa",
    "sas", "sarl", "srl", "spa", "sl", "slu", "ltda", "lda", "pty", "pte", "bv", "nv", "as", "asa", "ab", "oy", "kk", "sac", "sapi",
    "cv", "de", "the", "and", "of", "y", "e", "et", "und",
})  # fmt: skip
_FORMS_ZH = re.compile(r"(有限责任公司|股份有限公司|有限公司|集团公司|公司|（集团）|\(集团\)|集团)")
_WORDS = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")

LABELS = {
    "status": Text("证书状态", "Status of the certificate"),
    "type": Text("证书种类", "Kind of certificate"),
    "number": Text("证书编号", "Number of the certificate"),
    "issued": Text("签发日期", "Date of issue"),
    "import_country": Text("输入国", "Country of import"),
    "export_country": Text("输出国", "Country of export"),
    "consignor": Text("发货人", "Consignor"),
    "consignee": Text("收货人", "Consignee"),
    "port": Text("入境口岸", "Port of entry"),
    "container": Text("集装箱号", "Container number"),
    "seal": Text("封志号", "Seal number"),
    "name": Text("货物名称", "Name of the goods"),
    "hs": Text("HS 编码", "HS code"),
    "net": Text("净重（千克）", "Net weight (kg)"),
    "packages": Text("件数", "Packages"),
    "origin": Text("原产国", "Country of origin"),
    "uncertified": Text("证书没有的货物", "Goods the certificate does not cover"),
    "undeclared": Text("没有申报的货物", "Goods not declared"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``error``: the certificate does not cover the declaration; ``doubt``: a person looks; ``note``: worth knowing.

    ``field``: path in the declaration with places from 0.
    """

    code: str
    label: Text
    certificate: str
    declared: str
    severity: Literal["error", "doubt", "note"]
    field: str


def compare(certificate: Certificate, declaration: Declaration) -> list[Difference]:
    """All differences, those of the whole first, then line by line. Empty: the papers agree in everything compared."""
    found: list[Difference] = []
    _header(certificate, declaration, found)
    _parties(certificate, declaration, found)
    _containers(certificate, declaration, found)
    _goods(certificate, declaration, found)
    return found


def _add(found: list[Difference], code: str, ours: str, theirs: str, severity: Literal["error", "doubt", "note"], field: str) -> None:
    """``ours`` is what the certificate says, ``theirs`` what was declared."""
    found.append(Difference(code, LABELS[code], ours or "—", theirs or "—", severity, field))


def _header(c: Certificate, d: Declaration, found: list[Difference]) -> None:
    if c.status_code != ISSUED:
        _add(found, "status", c.status_code, ISSUED, "error", "attachments")
    if c.type_code not in TYPES:
        _add(found, "type", c.type_code, "", "doubt", "attachments")
    numbers = {i: a.number for i, a in enumerate(d.attachments) if a.kind in CERTIFICATE_PAPERS}
    if plain(c.number) not in {plain(n) for n in numbers.values()}:
        place = next(iter(numbers), None)
        _add(
            found,
            "number",
            c.number,
            "、".join(n for n in numbers.values() if n),
            "doubt",
            "attachments" if place is None else f"attachments.{place}.number",
        )
    if c.issued_on and c.issued_on > d.arrived_on:
        _add(found, "issued", c.issued_on.isoformat(), d.arrived_on.isoformat(), "error", "arrived_on")
    elif c.issued_on and d.despatched_on and c.issued_on > d.despatched_on:
        _add(found, "issued", c.issued_on.isoformat(), d.despatched_on.isoformat(), "doubt", "despatched_on")
    if c.import_country.code and c.import_country.code != "CN":
        _add(found, "import_country", c.import_country.code, "CN", "error", "entry_port")
    if c.export_country.code and c.export_country.code not in (d.despatch_country, d.trade_country, d.consignor_country):
        _add(found, "export_country", c.export_country.code, d.despatch_country, "doubt", "despatch_country")
    if c.port.code and c.port.code.startswith("CN") and c.port.code not in (d.entry_port, d.arrival_port):
        _add(found, "port", c.port.code, d.entry_port, "doubt", "entry_port")


def _parties(c: Certificate, d: Declaration, found: list[Difference]) -> None:
    if c.consignor.name and not same_name(c.consignor.name, d.consignor_name):
        _add(found, "consignor", c.consignor.name, d.consignor_name, "doubt", "consignor_name")
    names = [n for n in (d.consignee_name_en, d.consignee_name_zh) if n]
    if c.consignee.name and not any(same_name(c.consignee.name, n) for n in names):
        foreign = not any("\u4e00" <= ch <= "\u9fff" for ch in c.consignee.name)
        field = "consignee_name_en" if foreign else "consignee_name_zh"
        _add(found, "consignee", c.consignee.name, d.consignee_name_en if foreign else d.consignee_name_zh, "doubt", field)


def _containers(c: Certificate, d: Declaration, found: list[Difference]) -> None:
    ours = {plain(e.number): e for e in c.equipment if e.number}
    theirs = {plain(x.number): (i, x) for i, x in enumerate(d.containers)}
    for key, equipment in ours.items():
        if key not in theirs:
            _add(found, "container", equipment.number, "", "doubt", "containers")
    for key, (i, container) in theirs.items():
        if ours and key not in ours:
            _add(found, "container", "", container.number, "error", f"containers.{i}.number")
        elif key in ours and ours[key].seals and plain(container.seal) not in {plain(s) for s in ours[key].seals}:
            _add(found, "seal", "、".join(ours[key].seals), container.seal, "doubt", f"containers.{i}.seal")
    loose = {plain(s): s for e in c.equipment if not e.number for s in e.seals}
    declared = {plain(x.seal) for x in d.containers if x.seal}
    for key, seal in loose.items():
        if d.containers and key not in declared:
            _add(found, "seal", seal, "、".join(x.seal for x in d.containers if x.seal), "doubt", "containers")


def _goods(c: Certificate, d: Declaration, found: list[Difference]) -> None:
    given: dict[int, list[int]] = {i: [] for i in range(len(c.lines))}
    for i, line in enumerate(d.lines):
        scores = [(_fit(ours, line), -place) for place, ours in enumerate(c.lines)]
        best = max(scores, default=(0.0, 0))
        if best[0] > 0:
            given[-best[1]].append(i)
        elif len(c.lines) == 1 and len(d.lines) == 1:
            given[0].append(i)  # one line against one: tell what differs in it
        else:
            _add(found, "uncertified", "", line.name_en or line.name_zh, "error", f"lines.{i}.hs_code")
    for place, ours in enumerate(c.lines):
        if given[place]:
            _pair(ours, [(i, d.lines[i]) for i in given[place]], found)
        elif ours.net is not None or ours.packages:  # a line without amounts only describes the others
            _add(found, "undeclared", ours.name or ours.hs_code, "", "note", "lines")


def _fit(ours: Line, line: GoodsLine) -> float:
    """How well a declared line fits a certificate line; 0 where nothing speaks for it."""
    hs = _digits(ours.hs_code)
    common = next((n for n in (10, 8, 6, 4) if len(hs) >= n and hs[:n] == line.hs_code[:n]), 0)
    names = name_score(ours, line)
    if hs and not common and names < 0.5:
        return 0.0
    return common / 10 + names if common or names >= 0.3 else 0.0


def _pair(ours: Line, declared: list[tuple[int, GoodsLine]], found: list[Difference]) -> None:
    first = declared[0][0]
    hs = _digits(ours.hs_code)
    for i, line in declared:
        common = min(len(hs), 6)
        if hs and hs[:common] != line.hs_code[:common]:
            severity: Literal["error", "doubt"] = "error" if hs[:4] != line.hs_code[:4] else "doubt"
            _add(found, "hs", ours.hs_code, line.hs_code, severity, f"lines.{i}.hs_code")
        origins = [o.code for o in ours.origins if o.code]
        if origins and line.origin_country not in origins:
            _add(found, "origin", "、".join(origins), line.origin_country, "error", f"lines.{i}.origin_country")
        if name_score(ours, line) < 0.3:
            _add(
                found,
                "name",
                ours.name,
                line.name_en or line.name_zh,
                "doubt",
                f"lines.{i}.name_en" if line.name_en else f"lines.{i}.name_zh",
            )
    if ours.net is not None and ours.net.kilograms is not None:
        certified, net = ours.net.kilograms, sum((line.net_weight for _, line in declared), Decimal(0))
        if net > certified * (1 + WEIGHT_TOLERANCE):
            _add(found, "net", f"{certified:,.2f}", f"{net:,.2f}", "error", f"lines.{first}.net_weight")
        elif net < certified * (1 - WEIGHT_TOLERANCE):
            _add(found, "net", f"{certified:,.2f}", f"{net:,.2f}", "doubt", f"lines.{first}.net_weight")
    counts = [p.quantity for p in ours.packages if p.quantity]
    packages = sum(line.packages for _, line in declared)
    if counts and packages and packages not in counts:
        severity = "error" if packages > max(counts) else "doubt"
        _add(found, "packages", "、".join(f"{n.normalize():f} {p.kind}" for p in ours.packages if (n := p.quantity)), str(packages), severity, f"lines.{first}.packages")  # fmt: skip


def plain(text: str) -> str:
    """Numbers and codes compared without spaces, marks, case and width."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).upper()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """Words that tell names apart: lower case, without accents, company forms and punctuation; Chinese character by character."""
    text = _FORMS_ZH.sub(" ", unicodedata.normalize("NFKC", text))
    text = "".join(ch for ch in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(ch))
    text = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", text)  # S.A. → SA
    text = text.replace("'", "").replace("’", "")
    return tuple(w for w in _WORDS.findall(text) if w not in _FORMS)


def same_name(a: str, b: str) -> bool:
    """Whether two names of companies are the same but for case, punctuation, accents, the form of the company and small slips."""
    one, two = words(a), words(b)
    if not one or not two:
        return plain(a) == plain(b)
    if sorted(one) == sorted(two) or "".join(one) == "".join(two):
        return True
    return SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(two))).ratio() >= SAME_NAME


def name_score(ours: Line, line: GoodsLine) -> float:
    """Share of the declared name's words found on the certificate (0 … 1); singular and plural are one."""
    known = {_stem(w) for text in (*ours.common_names, *ours.scientific_names, *(x.text for x in ours.descriptions)) for w in words(text)}
    best = 0.0
    for name in (line.name_en, line.name_zh):
        wanted = {_stem(w) for w in words(name)}
        if wanted and known:
            best = max(best, len(wanted & known) / min(len(wanted), len(known)))
    return best


def _stem(word: str) -> str:
    for ending, instead in (("ies", "y"), ("ses", "s"), ("es", "e"), ("s", "")):
        if len(word) > 4 and word.endswith(ending):
            return word[: -len(ending)] + instead
    return word
