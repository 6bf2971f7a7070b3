"""Numbers and documents of an act (编号、文书): taken and made last, once a kind for all works."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from jinzhi.kernel.cases import store
from jinzhi.kernel.cases.batch import Act, Batch
from jinzhi.kernel.cases.clocks import due
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.registry import functions
from jinzhi.kernel.cases.standing import Lane, Work
from jinzhi.kernel.documents import commands as documents
from jinzhi.kernel.documents import queries
from jinzhi.kernel.orgs.queries import org_by_path, person_names
from jinzhi.kernel.text import Text

_PART = re.compile(r"\{(\w+)(?::(\d+))?\}")


def takes_number(work: Work, to: list[str]) -> bool:
    spec = work.process.definition.process.number
    return spec.on in to if spec.on else True


def number(works: Sequence[Work], at: dt.datetime) -> None:
    """Give a number to each case that reached the state on which its number is taken."""
    wanted: dict[str, list[tuple[Work, int]]] = {}
    for work in works:
        spec = work.process.definition.process.number
        if work.number is not None:
            continue
        if any(takes_number(work, to) for *_, to, _ in work.memo["_notes"]):
            prefix, width = prefix_of(spec.pattern, work, at)
            wanted.setdefault(prefix, []).append((work, width))
    firsts = store.take_numbers({prefix: len(group) for prefix, group in wanted.items()})
    for prefix, group in wanted.items():
        for offset, (work, width) in enumerate(group):
            work.number = f"{prefix}{firsts[prefix] + offset:0{width}d}"
            work.row_changed = True
            work.memo["_numbered"] = True


def prefix_of(pattern: str, work: Work, at: dt.datetime, copy: int = 0) -> tuple[str, int]:
    """Everything before the serial, and the serial's width. ``{org:6}`` is the owner's code, ``{yy}`` ``{yyyy}`` the year, ``{copy}`` how many came before."""
    width = 6

    def part(match: re.Match[str]) -> str:
        nonlocal width
        name, size = match.group(1), int(match.group(2) or 0)
        if name == "seq":
            width = size or 6
            return ""
        if name == "org":
            code = work.owner.rstrip("/").rsplit("/", 1)[-1]
            return code[:size] if size else code
        if name == "yy":
            return f"{at.year % 100:02d}"
        if name == "yyyy":
            return str(at.year)
        if name == "number":
            return work.number or ""
        if name == "copy":
            return f"{copy:0{size}d}"
        return str(work.facts.get(name, ""))

    return _PART.sub(part, pattern), width


def issue(works: Sequence[Work], act: Act) -> None:
    """Make the documents of all acts of all works: contents once a kind, one insert for all."""
    wanted: dict[tuple[int, str], list[tuple[Work, Action, Any, dict[str, Any], int]]] = {}
    for work in works:
        for seq, (action, lane, _, _, body, _, final) in enumerate(work.memo["_notes"], start=work.seq + 1):
            for kind in action.issues if final else ():
                wanted.setdefault((work.process.id, kind), []).append((work, action, lane, body, seq))
    if not wanted:
        return
    kinds = functions()["document"]
    drafts: list[documents.DocumentDraft] = []
    bodies: list[tuple[dict[str, Any], str]] = []
    numbers = _document_numbers(wanted, act.at)
    done, names = _signing(wanted)
    for (_, name), group in wanted.items():
        kind = kinds[name]
        spec = group[0][0].process.documents[name]
        for work, _, lane, *_ in group:
            work.lane = lane
        contents = kind.content(Batch([w for w, *_ in group], group[0][1], act))
        for work, _, lane, body, _ in group:
            content = contents.get(work)
            if content is None:
                continue
            org = org_by_path(work.owner)
            drafts.append(
                documents.DocumentDraft(
                    kind=name, case_id=work.id, lane=lane.slot, number=numbers[(work, name, lane.slot)][0], copy=numbers[(work, name, lane.slot)][1],
                    title=kind.title, content=content, org_code=org.code if org else "",
                    org_name=Text(org.name_zh, org.name_en) if org else Text("", ""), issued_at=act.at, issued_by=act.actor.person_id, valid_until=_valid_until(spec.valid, act),
                    signatories=_signatories(work, spec.signed_by, done.get(work, {}), names), public=spec.public,
                    recipients=_recipients(work, spec.to, lane),
                )
            )  # fmt: skip
            bodies.append((body, name))
    ids = documents.issue(drafts)
    for (body, name), document_id in zip(bodies, ids, strict=True):
        body.setdefault("documents", []).append({"kind": name, "id": document_id})


def _recipients(work: Work, roles: Sequence[str], lane: Lane) -> list[tuple[str, int]]:
    """On whom a document is served: the parties of the roles it is made for. A sealed party is served by the case's officers, unrecorded here."""
    found: dict[int, str] = {}
    for name in roles:
        field = work.process.roles[name].party
        party = work.party_in(field, lane) if field not in work.process.sealed else None
        if isinstance(party, int):
            found.setdefault(party, name)
    return [(role, party) for party, role in found.items()]


def _valid_until(limit: str | None, act: Act) -> dt.date | None:
    """The last day of a document that is valid for so long, counted as any limit is."""
    return due(act.at, limit, act.calendar).at.date() if limit else None


def _document_numbers(wanted: dict[tuple[int, str], list[Any]], at: dt.datetime) -> dict[tuple[Work, str, str], tuple[str, str]]:
    """Number and copy of each document: a series of its own, the case's number (further ones are copies 1, 2 …), or case and event."""
    numbers: dict[tuple[Work, str, str], tuple[str, str]] = {}
    series: dict[str, list[tuple[tuple[Work, str, str], int]]] = {}
    owned = [name for (_, name), group in wanted.items() if group[0][0].process.documents[name].number]
    earlier = queries.issued_so_far([w.id for (_, name), group in wanted.items() if name in owned for w, *_ in group], owned) if owned else {}
    for (_, name), group in wanted.items():
        for work, _, lane, _, seq in group:
            key = (work, name, lane.slot)
            pattern = work.process.documents[name].number
            before = earlier.get((work.id, name), 0)
            if not pattern:
                numbers[key] = (f"{work.number or f'C{work.id}'}-{seq}", "")
                continue
            prefix, width = prefix_of(pattern, work, at, copy=before)
            if "{seq" in pattern:
                series.setdefault(f"{name}:{prefix}", []).append((key, width))
            else:
                numbers[key] = (prefix, str(before) if before and "{copy" not in pattern else "")
    firsts = store.take_numbers({key: len(group) for key, group in series.items()})
    for place, takers in series.items():
        for offset, (key, width) in enumerate(takers):
            numbers[key] = (f"{place.split(':', 1)[1]}{firsts[place] + offset:0{width}d}", "")
    return numbers


def _signing(wanted: dict[tuple[int, str], list[Any]]) -> tuple[dict[Work, dict[str, list[int]]], dict[int, Text]]:
    """Who did which act on the cases whose documents are signed, from the log and from this act; and their names."""
    works: dict[Work, set[str]] = {}
    for (_, name), group in wanted.items():
        for w, *_ in group:
            works.setdefault(w, set()).update(w.process.documents[name].signed_by)
    store.load_doers([w for w, acts in works.items() if acts], {a for acts in works.values() for a in acts})
    done: dict[Work, dict[str, list[int]]] = {}
    for work in works:
        acts = {name: sorted({person for person, _ in doers}) for name, doers in work.done_by.items()}
        for action, _, person, *_ in work.memo["_notes"]:
            acts[action.name] = sorted({*acts.get(action.name, []), person})
        done[work] = acts
    return done, person_names({p for acts in done.values() for people in acts.values() for p in people if p})


def _signatories(work: Work, signed_by: Sequence[str], done: dict[str, list[int]], names: dict[int, Text]) -> list[dict[str, Any]]:
    """Whoever did the acts named signs, from the log, never typed."""
    found: list[dict[str, Any]] = []
    for act in signed_by:
        title = work.process.actions[act].title
        found += [{**names[person].as_dict(), "role": title.as_dict()} for person in done.get(act, ()) if person in names]
    return found
