"""Closed cases into signed files and back (归档与取回).

What is archived leaves the log's table for a file: events, lanes, clocks, suspensions, duties. The case itself, its list row and the head of its
chain stay, so a file is only taken back if it continues that head: nothing can come back altered. Runs as the owner of the tables.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from jinzhi.kernel.cases.log import offline, seal
from jinzhi.kernel.cases.log.write import Noted, append
from jinzhi.kernel.documents import pki
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

CHUNK = 500
PARTS = {
    "lanes": ("lane", "case_id, track, no"),
    "clocks": ("clock", "id"),
    "signals": ("signal", "id"),
    "suspensions": ("suspension", "id"),
    "extensions": ("extension", "id"),
    "duties": ("duty", "id"),
}
"""Tables that leave with a case, and their order in the file."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made."""

    path: Path
    cases: int
    events: int


def candidates(closed_before: Any, process: str = "", limit: int = 10_000) -> list[int]:
    """Closed cases that may be archived, oldest first: none of their children is open or still here after them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from case_ c where phase = 2 and archive_id is null and closed_at < %s and (%s = '' or process = %s)"
            " and not exists (select 1 from case_ k where k.parent_id = c.id and k.phase = 1) order by closed_at, id limit %s",
            [closed_before, process, process, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def lies_in(case: int) -> str:
    """The name of the file a case's log lies in; empty while it is here."""
    with connection.cursor() as cursor:
        cursor.execute("select a.name from case_ c join archive a on a.id = c.archive_id where c.id = %s", [case])
        row = cursor.fetchone()
    return row[0] if row else ""


def archive(ids: Sequence[int], folder: Path | None = None) -> Made:
    """Write these closed cases to a signed file and take their detail out of the tables, in one transaction.

    The file is whole and flushed to disk before the transaction commits; a crash in between leaves a file of cases that are still here.
    Raises Refused where a case is open, archived or absent.
    """
    place = folder or Path(settings.DATA_DIR) / "archive"
    place.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        _may_leave(ids)
        append([Noted(case, "~archive", 0) for case in sorted(ids)])
        with connection.cursor() as cursor:
            cursor.execute("select coalesce(max(id), 0) + 1 from archive")
            name = f"{now():%Y%m%d}-{cursor.fetchone()[0]:04d}"
        making, path = place / f".{name}.part", place / f"{name}.jsonl"
        digest, events = _write(making, name, sorted(ids))
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into archive (name, cases, events, digest) values (%s, %s, %s, %s) returning id", [name, len(ids), events, digest]
            )
            (key,) = cursor.fetchone()
            cursor.execute("update case_ set archive_id = %s where id = any(%s)", [key, list(ids)])
            for table in ("event", *(table for table, _ in PARTS.values())):
                cursor.execute(f"delete from {table} where case_id = any(%s)", [list(ids)])
        making.replace(path)
    return Made(path, len(ids), events)


def _may_leave(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select id from case_ where id = any(%s) and phase = 2 and archive_id is null order by id for update", [list(ids)])
        good = {row[0] for row in cursor.fetchall()}
    wrong = sorted(set(ids) - good)
    if wrong or not ids:
        raise Refused(
            Refusal(
                "not_closed",
                Text(
                    f"这些案件没有办结、已经归档或不存在，不能归档：{wrong[:20] or '（没有给出案件）'}",
                    f"These cases are open, archived or absent and stay: {wrong[:20] or '(none was named)'}",
                ),
                "cases",
            )
        )


def _write(path: Path, name: str, ids: Sequence[int]) -> tuple[str, int]:
    """Write the file; gives the digest of all of it and the number of events."""
    inner, whole = hashlib.sha256(), hashlib.sha256()
    events = 0
    with path.open("wb") as file:

        def put(item: dict[str, Any], *, sealed: bool = True) -> None:
            raw = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            file.write(raw)
            whole.update(raw)
            if sealed:
                inner.update(raw)

        put(_header(name, ids))
        for start in range(0, len(ids), CHUNK):
            for item in _cases(list(ids[start : start + CHUNK])):
                events += len(item["events"])
                put(item)
        said = {"name": name, "cases": len(ids), "events": events, "sha256": inner.hexdigest()}
        files = pki.key_for("log", "日志根", "Log root")
        signature, certificate = seal.sign(offline.sealed_text(said).encode(), files.key, files.cert)
        put({"seal": {**said, "signature": signature, "certificate": certificate}}, sealed=False)
        file.flush()
        os.fsync(file.fileno())
    return whole.hexdigest(), events


def _header(name: str, ids: Sequence[int]) -> dict[str, Any]:
    """Format and the texts of the processes: a case stays readable when its process is long gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select v.id, v.code, v.effective::text, v.hash, v.body::text from process_version v"
            " where v.id in (select process_version from case_ where id = any(%s)) order by v.id",
            [list(ids)],
        )
        processes = [{"id": i, "code": c, "effective": e, "hash": h, "body": json.loads(b)} for i, c, e, h, b in cursor.fetchall()]
    return {"format": offline.FORMAT, "name": name, "made": now().isoformat(), "processes": processes}


def _cases(ids: list[int]) -> Iterable[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.id, to_jsonb(c) - 'head' || jsonb_build_object('head', encode(c.head, 'hex')), to_jsonb(r) - 'words'"
            " from case_ c left join case_row r on r.case_id = c.id where c.id = any(%s) order by c.id",
            [ids],
        )
        for case, body, row in cursor.fetchall():
            found[case] = {"case": _json(body), "row": _json(row), **{part: [] for part in PARTS}, "events": []}
        for part, (table, order) in PARTS.items():
            cursor.execute(f"select case_id, to_jsonb(t) from {table} t where case_id = any(%s) order by {order}", [ids])
            for case, body in cursor.fetchall():
                found[case][part].append(_json(body))
        cursor.execute(
            "select case_id, seq, (extract(epoch from at) * 1000000)::bigint, actor, post, org, action, lane, request, body, encode(hash, 'hex'),"
            " epoch, xid::text, pos from event where case_id = any(%s) order by case_id, seq",
            [ids],
        )
        names = ("seq", "at", "actor", "post", "org", "action", "lane", "request", "body", "hash", "epoch", "xid", "pos")
        for case, *rest in cursor.fetchall():
            found[case]["events"].append(dict(zip(names, rest, strict=True)))
    return found.values()


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


# -- and back --------------------------------------------------------------------------------------------------------------


def restore(path: Path, wanted: Sequence[int] = ()) -> list[int]:
    """Bring cases of a file back (all of them, or those named); gives their ids.

    Raises Refused where the file does not hold, or does not continue the heads that stayed in the database; then nothing is written.
    """
    try:
        _, _, problems = offline.check(path, pki.trusted())
    except (offline.Broken, OSError) as error:
        problems = [str(error)]
    if problems:
        raise Refused(_refusal(path, problems))
    back: list[int] = []
    with transaction.atomic():
        chunk: list[dict[str, Any]] = []
        for item, _ in offline.lines(path):
            if "case" in item and (not wanted or item["case"]["id"] in wanted):
                chunk.append(item)
            if len(chunk) == CHUNK or ("seal" in item and chunk):
                back += _put_back(path, chunk)
                chunk = []
        missing = sorted(set(wanted) - set(back))
        if missing:
            raise Refused(_refusal(path, [f"cases {missing[:20]} are not in this file"]))
        append([Noted(case, "~restore", 0) for case in sorted(back)])
    return back


def _refusal(path: Path, problems: Sequence[str]) -> Refusal:
    return Refusal(
        "archive_broken",
        Text(f"{path.name} 不能取回：{'；'.join(problems[:5])}", f"{path.name} is not brought back: {'; '.join(problems[:5])}"),
        "file",
        data={"problems": list(problems)},
    )


def _put_back(path: Path, items: list[dict[str, Any]]) -> list[int]:
    ids = [item["case"]["id"] for item in items]
    with connection.cursor() as cursor:
        cursor.execute("select id, seq, encode(head, 'hex') from case_ where id = any(%s) and archive_id is not null order by id for update", [ids])
        here = {case: (seq, head) for case, seq, head in cursor.fetchall()}
        wrong = [i["case"]["id"] for i in items if here.get(i["case"]["id"]) != (i["case"]["seq"], i["case"]["head"])]
        if wrong:
            raise Refused(_refusal(path, [f"cases {wrong[:20]} are not archived here, or the file is not what left this database"]))
        for part, (table, _) in PARTS.items():
            rows = [row for item in items for row in item[part]]
            cursor.execute(f"insert into {table} overriding system value select * from jsonb_populate_recordset(null::{table}, %s::jsonb)", [json.dumps(rows)])
        cursor.execute(
            'insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash, epoch, xid, pos) overriding system value'
            " select \"case\", seq, timestamptz 'epoch' + at * interval '1 microsecond', actor, post, org, action, lane, request, body, decode(hash, 'hex'),"
            ' epoch, xid::xid8, pos from jsonb_to_recordset(%s::jsonb) as x("case" bigint, seq integer, at bigint, actor bigint, post bigint, org text,'
            " action text, lane text, request text, body text, hash text, epoch smallint, xid text, pos bigint)",
            [json.dumps([{**e, "case": item["case"]["id"]} for item in items for e in item["events"]])],
        )
        cursor.execute("update case_ set archive_id = null where id = any(%s)", [ids])
    return ids
