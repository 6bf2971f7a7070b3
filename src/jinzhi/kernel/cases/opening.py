"""New cases in memory: of drafts given to the door, and of children that an act opens (子案件)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from jinzhi.kernel.cases import store
from jinzhi.kernel.cases.registry import process_on
from jinzhi.kernel.cases.results import Draft
from jinzhi.kernel.cases.standing import Lane, Work
from jinzhi.kernel.refusals import Refusal


class ChildrenRefused(Exception):
    """Children of these works (by their place in the batch) could not be opened, so their acts are refused and the others done again."""

    def __init__(self, refusals: dict[int, list[Refusal]]) -> None:
        super().__init__("; ".join(r.message.en for found in refusals.values() for r in found))
        self.refusals = refusals


def new_works(drafts: Sequence[Draft], at: dt.datetime, request: store.Request = store.NOBODY) -> list[Work]:
    """A fresh work for each draft, with an id of its own and its main lane, under the version in force."""
    works: list[Work] = []
    moment = at.isoformat()
    for draft, case_id in zip(drafts, store.new_ids(len(drafts), request) if drafts else (), strict=True):
        process = process_on(draft.process, at.date())
        work = Work(
            id=case_id, process=process, secrecy=process.secrecy, owner=draft.owner, state="", version=1, facts={}, party=draft.party,
            fresh=True, opened=moment, data=draft.data,
        )  # fmt: skip
        work.lane = Lane("main", 1, "", draft.owner, "", moment)
        works.append(work)
    return works
