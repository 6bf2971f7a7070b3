"""Machine review (机审): every declaration of a batch checked against codes, logic, permits, alerts and documents.

Machine first, people second (先机审、后人审): ``fit`` is accepted, ``faulty`` goes back with all its errors at once, ``doubtful`` goes to a
person. Pure: the caller fetches the facts of the whole batch in bulk; nothing here asks the database except the code lists, which
are in memory. About 10,000 declarations of one line a second on one core.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from jinzhi.kernel.codes import lists
from jinzhi.supervision.declarations.goods import CodeLookup
from jinzhi.supervision.declarations.review_findings import (
    Codes,
    EpidemicAlert,
    Facts,
    Finding,
    PermitFact,
    ReviewInput,
    ReviewResult,
    Settings,
    Sheet,
    duplicate_key,
)
from jinzhi.supervision.declarations.review_goods import Seen, check_goods
from jinzhi.supervision.declarations.review_header import check_certificates, check_header

__all__ = ["EpidemicAlert", "Facts", "Finding", "PermitFact", "ReviewInput", "ReviewResult", "Settings", "duplicate_key", "review"]


def review(declarations: Sequence[ReviewInput], codes: CodeLookup | None = None) -> list[ReviewResult]:
    """One result per declaration, in order.

    Permit balances are counted down through the batch: the second of two declarations that together overdraw a permit is the faulty
    one (the binding write-off happens under lock at acceptance). Goods met twice in the batch are doubtful like those on record.
    """
    known = Codes(codes if codes is not None else lists)
    used: dict[tuple[str, str], Decimal] = {}
    seen: Seen = {}
    results = []
    for index, given in enumerate(declarations):
        sheet = Sheet(given, known)
        check_header(sheet)
        taken = dict[tuple[str, str], Decimal]()
        letters = check_goods(sheet, _Running(used, taken), seen, index, given.own_number, given.agent)
        check_certificates(sheet, letters)
        result = sheet.result()
        if result.outcome != "faulty":
            used.update(taken)
            for line in given.declaration.lines:
                seen.setdefault(duplicate_key(given.declaration, line), (index, given.declaration.enterprise_number))
        results.append(result)
    return results


class _Running(dict[tuple[str, str], Decimal]):
    """Quantities taken from permits: reads what the batch has taken, writes beside it, so that a faulty declaration takes nothing."""

    def __init__(self, used: dict[tuple[str, str], Decimal], taken: dict[tuple[str, str], Decimal]) -> None:
        super().__init__()
        self._used, self._taken = used, taken

    def get(self, key: tuple[str, str], default: Decimal = Decimal(0)) -> Decimal:  # type: ignore[override]
        return self._taken.get(key, self._used.get(key, default))

    def __setitem__(self, key: tuple[str, str], value: Decimal) -> None:
        self._taken[key] = value
