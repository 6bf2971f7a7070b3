"""The organisation tree as shipped: headquarters, inspection bureaus and branches, quality-supervision bureaus down to counties.

``data/organisations.csv`` names headquarters, the 35 direct inspection bureaus with known branches, the provincial bureaus of quality
supervision, the five cities with independent planning and the corps. ``data/divisions.csv`` holds the prefectures and counties
of GB/T 2260, from which the bureaus below a province are made. Codes of quality supervision are "Z" + division code, so that the two
sides never meet (``380000`` and ``Z330200`` are both in Ningbo).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from jinzhi.kernel.codes.files import make_row
from jinzhi.kernel.codes.load import replace_list
from jinzhi.kernel.codes.models import CodeListVersion
from jinzhi.kernel.orgs.models import Org

DATA = Path(__file__).parent / "data"
FILES = (DATA / "organisations.csv", DATA / "divisions.csv")
LIST = "organisations"
FORMAT = "1"
FIELDS = ["path", "level", "parent", "name_zh", "name_en", "short_zh", "short_en"]


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation of the shipped tree; ``path`` is the codes from the root, each followed by a slash."""

    code: str
    parent: str
    path: str
    level: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str


def nodes() -> list[Node]:
    """The shipped tree, parents before children."""
    found: dict[str, Node] = {}
    for row in _read(FILES[0]):
        parent = found[row["parent"]].path if row["parent"] else ""
        found[row["code"]] = Node(**row, path=f"{parent}{row['code']}/")
    for row in sorted(_read(FILES[1]), key=lambda r: (not r["code"].endswith("00"), r["code"])):
        code = f"Z{row['code']}"
        if code in found:  # a city with independent planning stands directly under headquarters
            continue
        prefecture = found.get(f"{code[:5]}00") if not code.endswith("00") else None
        above = prefecture or found[f"{code[:3]}0000"]  # some counties answer to their province directly
        level = "prefecture" if code.endswith("00") else "county"
        found[code] = Node(
            code, above.code, f"{above.path}{code}/", level,
            f"{row['zh']}质量技术监督局", f"{row['en']} Bureau of Quality and Technical Supervision", row["zh"], row["en"],
        )  # fmt: skip
    return list(found.values())


def load(force: bool = False) -> int:
    """Write the shipped tree into ``Org`` and publish the list ``organisations``; gives how many rows (0: nothing had changed).

    Organisations are updated by code and never deleted, since cases and posts point at them; those added by people stay as they are.
    """
    digest = _digest()
    if not force and CodeListVersion.objects.filter(list=LIST, digest=digest).exists():
        return 0
    tree = nodes()
    with transaction.atomic():
        ids: dict[str, int] = {}
        for depth in range(1, 1 + max(node.path.count("/") for node in tree)):
            level = [node for node in tree if node.path.count("/") == depth]
            Org.objects.bulk_create(
                [
                    Org(
                        code=n.code, path=n.path, level=n.level, parent_id=ids.get(n.parent),
                        name_zh=n.name_zh, name_en=n.name_en, short_zh=n.short_zh, short_en=n.short_en,
                    )
                    for n in level
                ],
                update_conflicts=True, unique_fields=["code"], update_fields=FIELDS, batch_size=2000,
            )  # fmt: skip
            ids |= dict(Org.objects.filter(code__in=[n.code for n in level]).values_list("code", "id"))
        publish_list(digest)
    return len(tree)


def publish_list(digest: str | None = None) -> int:
    """Make the code list ``organisations`` anew from ``Org``: call it after organisations were added or renamed."""
    rows = [
        make_row(code, zh, en, valid_from, valid_to, path=path, level=level, short_zh=short_zh, short_en=short_en)
        for code, zh, en, valid_from, valid_to, path, level, short_zh, short_en in Org.objects.values_list(
            "code", "name_zh", "name_en", "valid_from", "valid_to", "path", "level", "short_zh", "short_en"
        )
    ]
    return replace_list(LIST, rows, digest=digest or _digest())


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def _digest() -> str:
    whole = hashlib.sha256(FORMAT.encode())
    for path in FILES:
        whole.update(path.read_bytes())
    return whole.hexdigest()
