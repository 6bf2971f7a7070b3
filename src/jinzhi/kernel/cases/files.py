"""Files that an act names in fields of type file: only by who has uploaded them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinzhi.kernel.cases import answers
from jinzhi.kernel.cases.batch import Act
from jinzhi.kernel.cases.process import Action, Process
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.refusals import Refusal


def files_in(process: Process, action: Action, data: dict[str, Any]) -> list[tuple[str, str]]:
    """(path, digest) of every file that validated data of an action names in fields of type file."""
    found: list[tuple[str, str]] = []
    for name, _ in action.asks:
        if process.fields[name].type == "file" and data.get(name):
            value = data[name]
            found += [(f"{name}.{place}", one) for place, one in enumerate(value)] if isinstance(value, list) else [(name, value)]
    return found


def not_theirs(ready: Sequence[Work], action: Action, act: Act) -> dict[Work, list[Refusal]]:
    """Files named by who has not uploaded them. What a first signer named stands for the second one too."""
    named = {w: files_in(w.process, action, w.data) for w in ready if w.data}
    refused = blobs.may_refer(act.actor, {digest for files in named.values() for _, digest in files})
    found: dict[Work, list[Refusal]] = {}
    for work, files in named.items() if refused else ():
        signed = work.lane.pending if work.lane.pending and work.lane.pending["action"] == action.name else {"data": {}}
        before = {digest for _, digest in files_in(work.process, action, signed["data"])}
        for path, digest in files:
            if digest in refused - before:
                found.setdefault(work, []).append(answers.not_your_file(work, path))
    return found
