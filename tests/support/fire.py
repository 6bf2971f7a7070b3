"""What must hold after a race under fire: an oracle that reads rows and journals, and knows the dog licence by heart.

It asks the database as superuser, past every filter and function under test.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

MAIN = {"ask": {""}, "accept": {"asked"}, "send_back": {"asked"}, "correct": {"waiting"}, "collect": {"visiting"}, "grant": {"deciding"}}
LEADS = {"ask": "asked", "send_back": "waiting", "correct": "asked", "collect": "deciding", "grant": "granted"}
DUTY = {"asked": "clerk", "waiting": "owner", "deciding": "head", "to_visit": "vet"}
RUNS = {"asked": {"deciding"}, "waiting": {"deciding", "correcting"}, "visiting": {"deciding"}, "deciding": {"deciding"}, "granted": set()}


@dataclass
class Journals:
    """What the racers asked for and were told, by key."""

    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, list[list[list[Any]]]] = field(default_factory=lambda: defaultdict(list))
    unknown: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, files: list[Path]) -> Journals:
        found = cls()
        for file in files:
            for text in file.read_text().splitlines():
                line = json.loads(text)
                if "attempt" in line:
                    found.asked[line["key"]] = line
                elif "answer" in line:
                    found.answers[line["key"]].append(line["answer"])
                elif "unknown" in line:
                    found.unknown[line["key"]] += 1
                else:
                    found.lost.append(f"{line['key']}: {line['lost']}")
        return found


@dataclass
class Oracle:
    connection: psycopg.Connection
    journals: Journals

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()  # type: ignore[arg-type]

    def problems(self) -> list[str]:
        """Everything that is not as it must be; empty when all is well."""
        found = [f"never answered: {line}" for line in self.journals.lost]
        for check in (self.answers, self.events, self.transitions, self.numbers, self.documents, self.duties, self.clocks, self.effects, self.requests):
            found += [f"{check.__name__}: {problem}" for problem in check()][:20]
        return found

    def answers(self) -> list[str]:
        """One request, however often sent: one answer."""
        return [f"{key} was answered {len(given)} times, not alike" for key, given in self.journals.answers.items() if any(one != given[0] for one in given)]

    def events(self) -> list[str]:
        """Whatever was answered "done" is in the log once, what was refused is not, and nothing is there that nobody asked for."""
        by_request = Counter(self.rows("select request, case_id, action from event e where actor <> 0 and left(action, 1) <> '~' and " + _DOGS))
        found = [f"{n} events of {what}" for what, n in by_request.items() if n > 1]
        wanted: set[tuple[str, int, str]] = set()
        for key, given in self.journals.answers.items():
            action = self.journals.asked[key]["action"]
            wanted |= {(key, case, action) for case, status, *_ in given[0] if status != "refused"}
        found += [f"answered, not in the log: {what}" for what in wanted - by_request.keys()]
        return found + [f"in the log, not answered so: {what}" for what in by_request.keys() - wanted]

    def transitions(self) -> list[str]:
        """Every case played again from its events by the rules as a reader of the process file has them."""
        found: list[str] = []
        played: dict[int, str] = {}
        signed: dict[tuple[int, str], list[int]] = defaultdict(list)
        accepted: Counter[int] = Counter()
        sequence: Counter[int] = Counter()
        for case, seq, action, actor, lane, body in self.rows(f"select case_id, seq, action, actor, lane, body from event e where {_DOGS} order by case_id, seq"):
            sequence[case] += 1
            if seq != sequence[case]:
                found.append(f"case {case}: event {seq} in place {sequence[case]}")
            if action.startswith("~"):
                continue
            if action == "visit":
                signed[case, lane].append(actor)
                continue
            if played.get(case, "") not in MAIN[action]:
                found.append(f"case {case}: {action} in state {played.get(case, '')!r} (event {seq})")
            accepted[case] += action == "accept"
            to = json.loads(body)["to"]
            played[case] = ("visiting" if "visiting" in to else "deciding") if action == "accept" else LEADS[action]
        found += [f"case {case} was accepted {n} times" for case, n in accepted.items() if n > 1]
        found += [f"case {case} {lane} was visited by {people}" for (case, lane), people in signed.items() if len(people) > 2 or len(set(people)) < len(people)]
        stands = dict(self.rows("select id, state from case_ where process = 'dogs.licence'"))
        found += [f"case {case} stands in {state}, its events say {played.get(case)}" for case, state in stands.items() if played.get(case) != state]
        lanes = self.rows(f"select case_id, track || '.' || no, state from lane e where track = 'visit' and {_DOGS}")
        return found + [f"case {c} {lane} is {s} after {len(signed[c, lane])} signatures" for c, lane, s in lanes if (s == "visited") != (len(signed[c, lane]) == 2)]

    def numbers(self) -> list[str]:
        found = self.rows("select number, count(*) from case_ where process = 'dogs.licence' group by 1 having count(*) > 1 or number is null")
        gaps = self.rows(
            "select left(number, -5), count(*), max(right(number, 5)::int) from case_ where process = 'dogs.licence' group by 1 having count(*) <> max(right(number, 5)::int)"
        )
        return [f"number {n} {times} times" for n, times in found] + [f"series {s}: {n} numbers up to {top}" for s, n, top in gaps]

    def documents(self) -> list[str]:
        """A licence for each case that was granted, and for no other."""
        found = self.rows(
            "select c.id, c.state, count(d.case_id) from case_ c left join documents_document d on d.case_id = c.id where c.process = 'dogs.licence'"
            " group by 1, 2 having count(d.case_id) <> (c.state = 'granted')::int"
        )
        return [f"case {case} in {state} has {n} licences" for case, state, n in found]

    def duties(self) -> list[str]:
        """Each lane has the one open duty of its state; the list row says what the case says."""
        expected = {(c, slot): DUTY[s] for c, slot, s in self.rows(f"select case_id, track || '.' || no, state from lane e where {_DOGS}") if s in DUTY}
        open_ = Counter(self.rows(f"select case_id, slot, role from duty e where closed_at is null and {_DOGS}"))
        found = [f"{duty} is open {n} times" for duty, n in open_.items() if n > 1]
        found += [f"{duty} should not be open" for duty in open_ if expected.get(duty[:2]) != duty[2]]
        found += [f"no open duty {key} of {role}" for key, role in expected.items() if (*key, role) not in open_]
        differ = self.rows("select c.id from case_ c join case_row r on r.case_id = c.id where c.process = 'dogs.licence' and (c.state, c.number) is distinct from (r.state, r.number)")
        return found + [f"the list row of case {case} says something else" for (case,) in differ]

    def clocks(self) -> list[str]:
        """Clocks run and are suspended as the state says."""
        stands = dict(self.rows("select id, state from case_ where process = 'dogs.licence'"))
        runs: dict[int, list[str]] = defaultdict(list)
        for case, name in self.rows(f"select case_id, name from clock e where stopped_at is null and {_DOGS}"):
            runs[case].append(name)
        found = [f"case {c} in {s} runs {sorted(runs[c])}" for c, s in stands.items() if sorted(runs[c]) != sorted(RUNS[s])]
        held = Counter(self.rows(f"select case_id, reason from suspension e where ended_at is null and {_DOGS}"))
        visits = Counter(c for (c,) in self.rows(f"select case_id from lane e where state = 'to_visit' and {_DOGS}"))
        for case, state in stands.items():
            if held[case, "correction"] != (state == "waiting") or held[case, "visits"] != visits[case]:
                found.append(f"case {case} in {state}, {visits[case]} visits to make: suspended {held[case, 'correction']} and {held[case, 'visits']}")
        return found

    def effects(self) -> list[str]:
        """The reader's rows are the events, each once."""
        twice = self.rows("select case_id, seq, count(*) from dog_effect group by 1, 2 having count(*) > 1")
        missing = self.rows(f"select case_id, seq from event e where {_DOGS} and not exists (select from dog_effect d where d.case_id = e.case_id and d.seq = e.seq)")
        invented = self.rows("select case_id, seq from dog_effect d where not exists (select from event e where e.case_id = d.case_id and e.seq = d.seq)")
        return [f"twice {t}" for t in twice] + [f"never {m}" for m in missing] + [f"of no event {i}" for i in invented]

    def requests(self) -> list[str]:
        """No key was kept without its answer."""
        return [f"{n} keys without an answer" for (n,) in self.rows("select count(*) from request where answer = 'null'::jsonb") if n]


_DOGS = "exists (select from case_ c where c.id = e.case_id and c.process = 'dogs.licence')"
