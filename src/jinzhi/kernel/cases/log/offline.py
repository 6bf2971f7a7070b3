"""Check an archive file on any machine (离线核验): ``python offline.py FILE [--root CERTIFICATE …]``.

Needs Python and ``cryptography``, no database and nothing of the platform but the three files beside it. Every chain in the file is worked
out from its first event; the file's own digest and seal are checked; what does not hold is said case by case.

A file is JSON Lines: a header (format, the processes its cases ran under), one line a case, and the seal over all bytes before it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinzhi.kernel.cases.log import seal
from jinzhi.kernel.cases.log.findings import Stored, findings

FORMAT = "jinzhi archive 1"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Broken(Exception):
    """The file cannot be read as an archive; the message says why."""


def moment(microseconds: int) -> dt.datetime:
    """Exact: a float of seconds would lose the last digits."""
    return EPOCH + dt.timedelta(microseconds=microseconds)


def stored(event: dict[str, Any]) -> Stored:
    return Stored(
        event["seq"], moment(event["at"]), event["actor"], event["post"], event["org"], event["action"], event["lane"], event["request"], event["body"],
        bytes.fromhex(event["hash"]),
    )  # fmt: skip


def lines(path: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each line parsed, with its bytes. Raises Broken."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                yield json.loads(raw), raw
            except ValueError as error:
                raise Broken(f"line {number} is no JSON: {error}") from error


def check(path: Path, trusted: list[Path]) -> tuple[int, int, list[str]]:
    """(cases, events, what is wrong). Raises Broken where the file is no archive at all, OSError where it cannot be read."""
    digest = hashlib.sha256()
    problems: list[str] = []
    cases = events = 0
    said: dict[str, Any] | None = None
    for place, (item, raw) in enumerate(lines(path)):
        if said is not None:
            problems.append("something stands behind the seal")
            break
        if place == 0:
            if item.get("format") != FORMAT:
                raise Broken(f"the first line does not say '{FORMAT}'")
        elif "seal" in item:
            said = item["seal"]
            continue
        else:
            cases, events = cases + 1, events + len(item["events"])
            problems += _case(item)
        digest.update(raw)
    if said is None:
        problems.append("the file has no seal: its end is missing")
        return cases, events, problems
    if digest.hexdigest() != said["sha256"]:
        problems.append("the file was changed after it was sealed: its digest differs")
    if (cases, events) != (said["cases"], said["events"]):
        problems.append(f"the seal says {said['cases']} cases and {said['events']} events, the file holds {cases} and {events}")
    good, why = seal.holds(sealed_text(said).encode(), said["signature"], said["certificate"], trusted)
    if not good:
        problems.append(f"the seal does not hold: {why}")
    return cases, events, problems


def sealed_text(said: dict[str, Any]) -> str:
    """What the seal signs."""
    return f"{FORMAT}|{said['name']}|{said['cases']}|{said['events']}|{said['sha256']}"


def _case(item: dict[str, Any]) -> list[str]:
    case = item["case"]
    wrong = findings(case["id"], [stored(e) for e in item["events"]], case["seq"], bytes.fromhex(case["head"]))
    return [f"case {case['id']} ({case['number'] or 'no number'}): {f.text.en}" for f in wrong]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an archive of closed cases.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--root", type=Path, action="append", default=[], help="a certificate (PEM) that is trusted")
    options = parser.parse_args(arguments)
    try:
        cases, events, problems = check(options.file, options.root)
    except (Broken, OSError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    print(f"{cases} cases, {events} events: {'intact' if not problems else f'{len(problems)} problems'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
