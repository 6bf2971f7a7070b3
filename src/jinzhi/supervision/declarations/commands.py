"""Sending declarations: the one way in for the wizard, the API and the batch file.

A message is known by declaring unit, its own number and version: whatever is sent again gives the same answer and does nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import connection, transaction

from jinzhi.kernel.cases import engine
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.queries import org_by_code
from jinzhi.kernel.orgs.sight import in_sight
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now
from jinzhi.supervision.declarations.models import Review
from jinzhi.supervision.declarations.receipts import PROCESS
from jinzhi.supervision.declarations.schema import Declaration

Key = tuple[str, int]
STATUS = {"returned": "returned", "manual_review": "manual"}


@dataclass
class SendResult:
    """What became of one declaration: ``accepted``, ``manual`` (a person looks), ``returned`` (with every error by field) or ``refused``."""

    enterprise_number: str
    version: int
    status: str
    case_id: int | None = None
    number: str | None = None
    state: str = ""
    duplicate: bool = False
    errors: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    digest: str
    case_id: int | None


@in_sight
def send(declarations: Sequence[Declaration], *, actor: Actor, party_id: int) -> list[SendResult]:
    """Send declarations for a declaring unit; one result each, in order. A thousand at a time are one transaction."""
    results: list[SendResult] = []
    for start in range(0, len(declarations), engine.CHUNK):
        with transaction.atomic():
            results += _send(declarations[start : start + engine.CHUNK], actor, party_id)
    return results


def _send(declarations: Sequence[Declaration], actor: Actor, party_id: int) -> list[SendResult]:
    digests = [hashlib.sha256(d.model_dump_json().encode()).hexdigest() for d in declarations]
    fresh = _receive(declarations, digests, party_id)
    known = _known(party_id, [d.enterprise_number for d in declarations])
    results: list[SendResult | None] = [None] * len(declarations)
    opening: list[int] = []
    again: list[tuple[int, int]] = []
    for place, (declaration, digest) in enumerate(zip(declarations, digests, strict=True)):
        key = (declaration.enterprise_number, declaration.version)
        if fresh.get(key) != place:
            results[place] = _met_before(declaration, digest, known.get(key))
            continue
        earlier = [k for (number, version), k in known.items() if number == key[0] and version < key[1] and k.case_id is not None]
        if earlier:
            again.append((place, earlier[-1].case_id or 0))
        else:
            opening.append(place)
    _open(declarations, opening, results, actor, party_id)
    _resend(declarations, again, results, actor)
    _settle(declarations, results, party_id, set(opening) | {p for p, _ in again})
    _echo(declarations, results, fresh)
    return [r for r in results if r is not None]


def _receive(declarations: Sequence[Declaration], digests: Sequence[str], party_id: int) -> dict[Key, int]:
    """Put the messages down; gives the places of those that are new. A message being sent at this moment elsewhere is waited for."""
    first: dict[Key, int] = {}
    for place, d in enumerate(declarations):
        first.setdefault((d.enterprise_number, d.version), place)
    keys = sorted(first)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into declarations_message (declarant_id, enterprise_number, version, digest, received_at)"
            " select %s, n, v, g, %s from unnest(%s::text[], %s::int[], %s::text[]) as x(n, v, g) on conflict do nothing returning enterprise_number, version",
            [party_id, now(), [k[0] for k in keys], [k[1] for k in keys], [digests[first[k]] for k in keys]],
        )
        return {(number, version): first[(number, version)] for number, version in cursor.fetchall()}


def _known(party_id: int, numbers: Sequence[str]) -> dict[Key, _Known]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select enterprise_number, version, digest, case_id from declarations_message where declarant_id = %s and enterprise_number = any(%s)"
            " order by enterprise_number, version",
            [party_id, sorted(set(numbers))],
        )
        return {(number, version): _Known(digest, case_id) for number, version, digest, case_id in cursor.fetchall()}


def _met_before(declaration: Declaration, digest: str, known: _Known | None) -> SendResult:
    result = SendResult(declaration.enterprise_number, declaration.version, "refused", duplicate=True)
    if known is not None and known.digest == digest:
        result.case_id, result.status = known.case_id, "again"
        return result
    result.errors = [
        Refusal(
            "version_used",
            Text(
                "企业报检号 {n} 的第 {v} 版已经发送过，内容与这次不同。改动后用第 {w} 版发送",
                "Version {v} of {n} was sent before with other content. Send the changed one as version {w}",
            ).format(n=declaration.enterprise_number, v=declaration.version, w=declaration.version + 1),
            "version",
        )
    ]
    return result


def _open(declarations: Sequence[Declaration], places: Sequence[int], results: list[SendResult | None], actor: Actor, party_id: int) -> None:
    if not places:
        return
    drafts = []
    for place in places:
        org = org_by_code(declarations[place].organisation)
        drafts.append(engine.Draft(PROCESS, org.path if org else "", party_id, {"declaration": declarations[place]}))
    for place, opened in zip(places, engine.open_cases(drafts, "send", actor=actor), strict=True):
        results[place] = _result(declarations[place], opened)


def _resend(declarations: Sequence[Declaration], again: Sequence[tuple[int, int]], results: list[SendResult | None], actor: Actor) -> None:
    if not again:
        return
    moves = [engine.Move(case_id, data={"declaration": declarations[place]}) for place, case_id in again]
    for (place, _), moved in zip(again, engine.advance(moves, "resend", actor=actor), strict=True):
        results[place] = _result(declarations[place], moved)


def _result(declaration: Declaration, done: engine.Result) -> SendResult:
    if not done.ok:
        return SendResult(declaration.enterprise_number, declaration.version, "refused", errors=done.refusals)
    status = STATUS.get(done.state, "accepted")
    return SendResult(declaration.enterprise_number, declaration.version, status, done.case, done.number, done.state)


def _settle(declarations: Sequence[Declaration], results: list[SendResult | None], party_id: int, attempted: set[int]) -> None:
    """Tie messages to their cases, forget those that were refused (they may be sent again), and tell what came before."""
    done = [r for i, r in enumerate(results) if r is not None and i in attempted]
    with connection.cursor() as cursor:
        kept = [r for r in done if r.case_id]
        if kept:
            cursor.execute(
                "update declarations_message m set case_id = x.c from unnest(%s::text[], %s::int[], %s::bigint[]) as x(n, v, c)"
                " where m.declarant_id = %s and m.enterprise_number = x.n and m.version = x.v",
                [[r.enterprise_number for r in kept], [r.version for r in kept], [r.case_id for r in kept], party_id],
            )
        lost = [r for r in done if not r.case_id]
        if lost:
            cursor.execute(
                "delete from declarations_message m using unnest(%s::text[], %s::int[]) as x(n, v)"
                " where m.declarant_id = %s and m.enterprise_number = x.n and m.version = x.v",
                [[r.enterprise_number for r in lost], [r.version for r in lost], party_id],
            )
        earlier = {r.case_id: r for r in results if r is not None and r.status == "again" and r.case_id}
        if earlier:
            cursor.execute("select id, number, state from case_ where id = any(%s)", [list(earlier)])
            for case_id, number, state in cursor.fetchall():
                for r in results:
                    if r is not None and r.status == "again" and r.case_id == case_id:
                        r.number, r.state = number, state
    for r in results:
        if r is not None and r.status == "again":
            r.status = STATUS.get(r.state, "accepted")
    _add_errors([r for r in results if r is not None and r.status == "returned"])


def _echo(declarations: Sequence[Declaration], results: list[SendResult | None], fresh: dict[Key, int]) -> None:
    """A message that stands twice in one call is answered as the first of the two was."""
    for place, result in enumerate(results):
        if result is not None and result.duplicate and result.case_id is None and result.status != "refused":
            first = results[fresh[(declarations[place].enterprise_number, declarations[place].version)]]
            if first is not None:
                results[place] = replace(first, duplicate=True)


def _add_errors(returned: Sequence[SendResult]) -> None:
    """The one complete list of what must be changed, by field."""
    reviews = {r.case_id: r.findings for r in Review.objects.filter(case_id__in=[r.case_id for r in returned])} if returned else {}
    for result in returned:
        result.errors = [
            Refusal(f["code"], Text(f["zh"], f["en"]), f["field"], {"severity": f["severity"]})
            for f in reviews.get(result.case_id or 0, ())
            if f["severity"] == "error"
        ]
