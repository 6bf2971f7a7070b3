"""Process versions: published once, immutable, found by code and day or by id; compiled once per process of the platform."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection

from jinzhi.kernel.cases.checks import check
from jinzhi.kernel.cases.language import Definition, DefinitionError, Problem, parse
from jinzhi.kernel.cases.parts import Loaded, load
from jinzhi.kernel.cases.posts import CONFIDENTIAL_KEEPER, CONFIDENTIAL_TITLE, KEEPER, KEEPER_TITLE
from jinzhi.kernel.cases.process import Process, compile_process
from jinzhi.kernel.cases.products.diff import diff
from jinzhi.kernel.modules import Module, modules
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.roles import ProcessTitle, Role, forget_titles
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

_by_id: dict[int, Process] = {}
_dated: dict[str, list[tuple[dt.date, int]]] = {}
_dated_at = 0.0
_lock = threading.Lock()


LAW_OFFICER = "law_officer"
"""Sets promised limits for an organisation and all below it (法制人员)."""


def canonical(definition: Definition) -> tuple[str, str]:
    """The definition as canonical JSON and its SHA-256: comments, layout and the cutting into parts do not change it."""
    raw = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    raw["process"].pop("inherits", None)
    text = msgspec.json.encode(raw, order="deterministic").decode()
    return text, hashlib.sha256(text.encode()).hexdigest()


# jsonb keeps no order of keys, and the order of a file is what people see: buttons, states, roles. It is kept beside them.
_ORDER = "order of keys"


def _stored(definition: Definition) -> str:
    raw = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return msgspec.json.encode(raw | {_ORDER: {name: list(part) for name, part in raw.items() if isinstance(part, dict)}}).decode()


def _as_written(body: dict[str, Any]) -> dict[str, Any]:
    """A stored body with its keys in the order of the file. A version stored before the order was kept comes as it is."""
    order = body.pop(_ORDER, {})
    return {name: {key: part[key] for key in order[name]} if name in order else part for name, part in body.items()}


def load_all() -> list[Loaded]:
    """Every process file of every module with its parts, unchecked. Raises DefinitionError with all problems."""
    problems: list[str | Problem] = []
    ready: list[Loaded] = []
    for module in modules():
        for path in module.processes:
            try:
                ready.append(load(path, module.parts))
            except DefinitionError as error:
                problems += error.found or error.problems
    if problems:
        raise DefinitionError(problems)
    return ready


def publish_all() -> list[str]:
    """Check and publish every process file of every module; gives the codes. Raises DefinitionError with all problems."""
    problems: list[str | Problem] = []
    ready = load_all()
    others = {loaded.definition.process.code: loaded.definition for loaded in ready}
    for loaded in ready:
        try:
            check(loaded.definition, loaded.places, others=others)
        except DefinitionError as error:
            problems += error.found or error.problems
    if problems:
        raise DefinitionError(problems)
    for loaded in ready:
        publish(loaded.definition)
    return [loaded.definition.process.code for loaded in ready]


def publish(definition: Definition) -> int:
    """Store a checked definition as an immutable version; the same text again is the same version.

    Raises DefinitionError if another text already holds this code and date: a version never changes, a new one needs a new date.
    """
    _, digest = canonical(definition)
    spec = definition.process
    with sight(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select hash, id from process_version where code = %s and effective = %s", [spec.code, spec.effective])
        found = cursor.fetchone()
        if found and found[0] != digest:
            raise DefinitionError([_changed(definition, found[1])])
        cursor.execute("select publish_process(%s, %s, %s, %s::jsonb)", [spec.code, spec.effective, digest, _stored(definition)])
        (version_id,) = cursor.fetchone()
    forget()
    return int(version_id)


def _changed(definition: Definition, published: int) -> str:
    """Why a version cannot be stored: what is other than in the published one, and that parts may be the reason."""
    spec = definition.process
    changes = diff(process_by_id(published).definition, definition)
    shown = ", ".join(f"[{c.section}.{c.name}]" if c.name else f"[{c.section}]" for c in changes[:6]) + (" …" if len(changes) > 6 else "")
    parts = f"; it inherits {', '.join(spec.inherits)}: a changed part makes a new version of everyone who inherits it" if spec.inherits else ""
    return (
        f"{spec.code}: the version effective {spec.effective} is published and cannot change (other now: {shown}){parts};"
        " give the new text a later 'effective' date"
    )


def forget() -> None:
    """Drop what is remembered of dates (versions themselves never change)."""
    global _dated_at
    with _lock:
        _dated.clear()
        _dated_at = 0.0
    forget_titles()


def process_by_id(version_id: int) -> Process:
    """A published version. Raises LookupError."""
    found = _by_id.get(version_id)
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute("select hash, body from process_version where id = %s", [version_id])
            row = cursor.fetchone()
        if row is None:
            raise LookupError(f"process version {version_id} does not exist")
        body: Any = row[1] if isinstance(row[1], dict) else msgspec.json.decode(row[1])
        found = _by_id[version_id] = compile_process(parse(_as_written(body)), version_id, row[0])
    return found


def process_on(code: str, day: dt.date) -> Process:
    """The version in force on a day. Raises LookupError where there is none."""
    global _dated_at
    if time.monotonic() - _dated_at > 30 or code not in _dated:
        with connection.cursor() as cursor:
            cursor.execute("select code, effective, id from process_version order by code, effective")
            rows = cursor.fetchall()
        with _lock:
            _dated.clear()
            for row_code, effective, version_id in rows:
                _dated.setdefault(row_code, []).append((effective, version_id))
            _dated_at = time.monotonic()
    for effective, version_id in reversed(_dated.get(code, [])):
        if effective <= day:
            return process_by_id(version_id)
    raise LookupError(f"no version of process {code} is in force on {day}")


_registered: tuple[tuple[Module, ...], dict[str, dict[str, Any]]] = ((), {})


def functions() -> dict[str, dict[str, Any]]:
    """All registered functions by kind: guards, deciders, effects, records, briefs, sources, and document contents by kind."""
    global _registered
    known = modules()
    if _registered[0] is not known:  # asked several times an act: gathered once for the modules as they stand
        _registered = (known, _gathered(known))
    return _registered[1]


def _gathered(known: tuple[Module, ...]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"guard": {}, "decider": {}, "effect": {}, "record": {}, "document": {}, "brief": {}, "source": {}}
    for module in known:
        found["guard"] |= module.guards
        found["decider"] |= module.deciders
        found["effect"] |= module.effects
        found["record"] |= module.records
        found["brief"] |= module.briefs
        found["source"] |= module.sources
        found["document"] |= {kind.code: kind for kind in module.documents}
    return found


@dataclass(frozen=True)
class Version:
    """A published version as a row of a list."""

    id: int
    code: str
    effective: dt.date
    hash: str
    published_at: dt.datetime


def versions(code: str = "") -> list[Version]:
    """Published versions of one process or of all, newest first within a code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, code, effective, hash, published_at from process_version where %s in ('', code) order by code, effective desc", [code]
        )
        return [Version(*row) for row in cursor.fetchall()]


def in_force(day: dt.date | None = None) -> list[Process]:
    """One version of each process: the one in force on a day (today)."""
    day = day or today()
    with connection.cursor() as cursor:
        cursor.execute("select distinct on (code) id from process_version where effective <= %s order by code, effective desc", [day])
        return [process_by_id(row[0]) for row in cursor.fetchall()]


def roles_in_force() -> list[Role]:
    """Officers' roles that the processes in force name: what posts may be given for."""
    return [
        *(Role(role.name, role.title) for process in in_force() for role in process.roles.values() if not role.party),
        Role(KEEPER, KEEPER_TITLE),
        Role(CONFIDENTIAL_KEEPER, CONFIDENTIAL_TITLE),
        Role(LAW_OFFICER, Text("法制人员", "Law officer")),
    ]


def process_titles() -> list[ProcessTitle]:
    """The processes in force, with their titles."""
    return [ProcessTitle(process.code, process.title) for process in in_force()]
