"""The daily signed root over all chains (日志根): what a chain alone cannot prove, that its end was not cut and no case is gone.

Each root is a signed statement over the heads of the chains that grew since the one before, and over that one's digest. Published
elsewhere (the public page, a file handed to another authority), it binds everything before it: whoever changes the log afterwards, with all
rights over the database, cannot make the same root again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection, transaction

from jinzhi.kernel.cases.log import seal
from jinzhi.kernel.cases.log.findings import Finding
from jinzhi.kernel.documents import pki
from jinzhi.kernel.orgs.sight import as_platform
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

LEAF = struct.Struct(">QI32s")
BLOCK = 4096
"""Leaves of one block."""

_LIMIT = """
select epoch, xid::text, pos from event
where xid < pg_snapshot_xmin(pg_current_snapshot()) or epoch < (select epoch from event order by epoch desc, xid desc, pos desc limit 1)
order by epoch desc, event.xid desc, pos desc limit 1
"""
_HEADS = """
select case_id, max(seq), (array_agg(hash order by seq desc))[1], count(*) from event
where (epoch, xid, pos) > (%s::smallint, %s::text::xid8, %s::bigint) and (epoch, xid, pos) <= (%s::smallint, %s::text::xid8, %s::bigint)
group by case_id order by case_id
"""


@dataclass(frozen=True, slots=True)
class Root:
    """One root as it was signed."""

    no: int
    day: dt.date
    epoch: int
    xid: int
    pos: int
    cases: int
    events: int
    statement: str
    signature: str
    certificate: str

    @property
    def digest(self) -> str:
        """SHA-256 of the statement: what the next root names, and what is published."""
        return hashlib.sha256(self.statement.encode()).hexdigest()

    def as_file(self) -> str:
        """The root as a JSON text that can be checked anywhere."""
        return json.dumps({"statement": self.statement, "signature": self.signature, "certificate": self.certificate}, ensure_ascii=False, indent=1)


def roots(after: int = 0, limit: int | None = None, newest_first: bool = False) -> list[Root]:
    """The roots there are, by number."""
    sql = (
        "select no, day, epoch, xid::text, pos, cases, events, statement, signature, certificate from log_root where no > %s"
        f" order by no {'desc' if newest_first else 'asc'} limit %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [after, limit])
        return [Root(no, day, epoch, int(xid), *rest) for no, day, epoch, xid, *rest in cursor.fetchall()]


def on(day: dt.date) -> Root | None:
    """The root of a day."""
    with connection.cursor() as cursor:
        cursor.execute("select no from log_root where day = %s", [day])
        row = cursor.fetchone()
    return roots(after=row[0] - 1, limit=1)[0] if row else None


def last() -> Root | None:
    """The newest root."""
    found = roots(limit=1, newest_first=True)
    return found[0] if found else None


@as_platform
def make(day: dt.date | None = None) -> Root | None:
    """Make the root of a day (today by default) over everything settled since the one before; None where the day has its root.

    Several workers may try: the day is unique, the second finds it there.
    """
    day = day or today()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('jinzhi.log_root'))")
        before = last()
        if before is not None and before.day >= day:
            return None
        start = (before.epoch, str(before.xid), before.pos) if before else (0, "0", 0)
        with connection.cursor() as cursor:
            cursor.execute(_LIMIT)
            end = cursor.fetchone() or start
        blocks, cases, events = _gather(start, end)
        statement = msgspec.json.encode(
            {
                "kind": "jinzhi log root 1", "no": before.no + 1 if before else 1, "day": day.isoformat(), "cases": cases, "events": events,
                "until": [end[0], str(end[1]), end[2]], "leaves": _merkle(blocks), "previous": before.digest if before else "",
            },
            order="deterministic",
        ).decode()  # fmt: skip
        files = pki.key_for("log", "日志根", "Log root")
        signature, certificate = seal.sign(statement.encode(), files.key, files.cert)
        root = Root(before.no + 1 if before else 1, day, end[0], int(end[1]), end[2], cases, events, statement, signature, certificate)
        doc = {
            "no": root.no, "day": day.isoformat(), "epoch": root.epoch, "xid": str(root.xid), "pos": root.pos, "cases": cases, "events": events,
            "statement": statement, "signature": signature, "certificate": certificate,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("select keep_root(%s::jsonb, %s::bytea[])", [msgspec.json.encode(doc).decode(), blocks])
    publish(root)
    return root


def publish(root: Root, folder: Path | None = None) -> Path:
    """Write a root's file (``roots/<day>.json`` of the data folder) for whoever keeps it elsewhere."""
    place = folder or Path(settings.DATA_DIR) / "roots"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{root.day.isoformat()}.json"
    path.write_text(root.as_file(), encoding="utf-8")
    return path


def _gather(start: tuple[int, str, int], end: tuple[int, str, int]) -> tuple[list[bytes], int, int]:
    """Blocks of packed leaves of what lies in (start, end], and how many cases and events that is."""
    blocks: list[bytes] = []
    leaves: list[bytes] = []
    cases = events = 0
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [*start, *end])
        while rows := cursor.fetchmany(BLOCK):
            for case, seq, digest, n in rows:
                leaves.append(LEAF.pack(case, seq, bytes(digest)))
                events += n
            cases += len(rows)
            while len(leaves) >= BLOCK:
                blocks.append(b"".join(leaves[:BLOCK]))
                del leaves[:BLOCK]
    return ([*blocks, b"".join(leaves)] if leaves else blocks), cases, events


def _merkle(blocks: list[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


# -- the check -------------------------------------------------------------------------------------------------------------


@as_platform
def verify_roots(kept: list[Root] | None = None) -> list[Finding]:
    """Everything wrong between the roots and the log. ``kept``: roots held elsewhere, which must be the very ones found here."""
    found: list[Finding] = []
    before: Root | None = None
    here = roots()
    if kept is not None:
        known = {root.no: root for root in here}
        found += [_finding(r, Text("与另处保存的日志根不一致", "differs from the root kept elsewhere")) for r in kept if known.get(r.no) != r]
    for root in here:
        found += _verify(root, before)
        before = root
    return found


def _finding(root: Root, why: Text, case: int = 0, seq: int = 0) -> Finding:
    prefix = Text(f"第 {root.no} 号日志根（{root.day}）", f"root {root.no} ({root.day})")
    return Finding(case, seq, "case" if case else "root", Text(f"{prefix.zh}：{why.zh}", f"{prefix.en}: {why.en}"))


def _verify(root: Root, before: Root | None) -> Iterator[Finding]:
    said = msgspec.json.decode(root.statement)
    good, why = seal.holds(root.statement.encode(), root.signature, root.certificate, pki.trusted())
    if not good:
        yield _finding(root, Text(f"签名无效（{why}）", f"the signature does not hold: {why}"))
    if said["previous"] != (before.digest if before else "") or said["no"] != root.no or root.no != (before.no + 1 if before else 1):
        yield _finding(root, Text("没有接续上一号日志根", "does not continue the root before it"))
    if (said["day"], said["cases"], said["events"], said["until"]) != (root.day.isoformat(), root.cases, root.events, [root.epoch, str(root.xid), root.pos]):
        yield _finding(root, Text("表中数据与签名内容不符", "what the table says of it is not what was signed"))
    blocks = list(_blocks(root.no))
    if _merkle(blocks) != said["leaves"]:
        yield _finding(root, Text("链尾清单被改动", "the list of heads was changed"))
    for block in blocks:
        yield from _compare(root, block)
    start = (before.epoch, str(before.xid), before.pos) if before else (0, "0", 0)
    archived, there = _counts(start, root)
    if not archived and there != root.events:
        yield _finding(root, Text(f"签名时有 {root.events} 条记录，现有 {there} 条", f"{root.events} events were signed, {there} are there now"))


def _blocks(no: int) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("select leaves from log_root_block where root = %s order by no", [no])
        while rows := cursor.fetchmany(50):
            yield from (bytes(row[0]) for row in rows)


def _compare(root: Root, block: bytes) -> Iterator[Finding]:
    """Heads of a block against the log; a case in an archive is checked with its file."""
    leaves = list(LEAF.iter_unpack(block)) if len(block) % LEAF.size == 0 else []
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.id, l.seq, c.id is null from unnest(%s::bigint[], %s::integer[], %s::bytea[]) as l(id, seq, hash)"
            " left join case_ c on c.id = l.id left join event e on e.case_id = l.id and e.seq = l.seq"
            " where c.archive_id is null and e.hash is distinct from l.hash",
            [[leaf[0] for leaf in leaves], [leaf[1] for leaf in leaves], [leaf[2] for leaf in leaves]],
        )
        for case, seq, gone in cursor.fetchall():
            if gone:
                yield _finding(root, Text(f"案件 {case} 整件被删除", f"case {case} is gone altogether"), case)
            else:
                yield _finding(root, Text(f"案件 {case} 第 {seq} 条记录不是签名时的那一条", f"event {seq} of case {case} is not the one that was signed"), case, seq)


def _counts(start: tuple[int, str, int], root: Root) -> tuple[bool, int]:
    """Whether any case lies in an archive, and how many events the log holds in a root's span."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select 1 from case_ where archive_id is not null)")
        (archived,) = cursor.fetchone()
        cursor.execute(
            "select count(*) from event where (epoch, xid, pos) > (%s::smallint, %s::text::xid8, %s::bigint)"
            " and (epoch, xid, pos) <= (%s::smallint, %s::text::xid8, %s::bigint)",
            [*start, root.epoch, str(root.xid), root.pos],
        )
        return bool(archived), int(cursor.fetchone()[0])
