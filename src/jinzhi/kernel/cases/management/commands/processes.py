"""``./jinzhi manage processes``: check, list, show, compare and try process definitions; ``--json`` for machines.

Exit code 0: fine; 1: a definition is refused, a trial finds a case that has no place, or something named does not exist.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.checks import check, notes
from jinzhi.kernel.cases.language import Definition, DefinitionError, Problem
from jinzhi.kernel.cases.management import migrating
from jinzhi.kernel.cases.parts import Loaded, is_part, load, touched
from jinzhi.kernel.cases.products import tables
from jinzhi.kernel.cases.products.diagram import diagram
from jinzhi.kernel.cases.products.diff import diff
from jinzhi.kernel.cases.products.guide import guide
from jinzhi.kernel.cases.products.schema import schemas
from jinzhi.kernel.cases.products.trial import Trial, try_definition
from jinzhi.kernel.modules import modules
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import sight
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

FORMS = ("text", "diagram", "permissions", "fields", "documents", "schema", "guide")


class Command(BaseCommand):
    help = "processes check [FILE…] · list · show CODE · diff A B · try FILE · migrate CODE: the business processes, as files and as published versions"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        one = what.add_parser("check", help="prove files sound (all of the platform without FILE); a part is checked with whoever inherits it")
        one.add_argument("files", nargs="*", type=Path)
        what.add_parser("list", help="published versions with hash, day and open cases")
        one = what.add_parser("show", help="one version: text, diagram (SVG), permissions, fields, documents, schema or guide")
        one.add_argument("code")
        one.add_argument("--on", type=dt.date.fromisoformat, metavar="DATE")
        one.add_argument("--version", dest="version_id", type=int, metavar="N", help="the id that list shows")
        one.add_argument("--as", dest="form", choices=FORMS, default="text")
        one.add_argument("--language", choices=["zh", "en"], default="zh")
        one = what.add_parser("diff", help="A and B: a file, a version's id, CODE (in force today) or CODE@DATE")
        one.add_argument("a")
        one.add_argument("b")
        one = what.add_parser("try", help="lay open cases beside a new version; nothing is stored")
        one.add_argument("file", type=Path)
        one.add_argument("--cases", type=int, default=20)
        migrating.add_arguments(what.add_parser("migrate", help="running cases to another version, by a process keeper; --dry-run first"))
        for sub in what.choices.values():
            sub.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with sight(SYSTEM):
                answer, fine = getattr(self, "_" + options["what"])(**options)
        except DefinitionError as error:
            if options["as_json"]:
                self.stdout.write(_json({"ok": False, "problems": [_problem(p) for p in error.found] or error.problems}))
                raise SystemExit(1) from error
            raise CommandError("\n".join(error.problems)) from error
        except LookupError as error:
            raise CommandError(str(error.args[0])) from error
        self.stdout.write(_json(answer) if options["as_json"] else answer.pop("text"))
        if not fine:
            raise SystemExit(1)

    def _check(self, files: list[Path], as_json: bool, **options: Any) -> tuple[dict[str, Any], bool]:
        shipped = registry.load_all()
        chosen = _chosen(files, shipped) if files else shipped
        others = {f.definition.process.code: f.definition for f in [*shipped, *chosen]}
        lines, results = [], []
        for loaded in chosen:
            result: dict[str, Any] = {"file": loaded.path.name, "code": loaded.definition.process.code, "problems": [], "notes": []}
            try:
                check(loaded.definition, loaded.places, others=others)
                result |= {"hash": registry.canonical(loaded.definition)[1], "notes": tables.plain(notes(loaded.definition))}
                lines.append(f"{loaded.path.name}: 可用 · sound ({result['hash'][:12]})")
                lines += [f"  {note['zh']} · {note['en']}" for note in result["notes"]]
            except DefinitionError as error:
                result["problems"] = [_problem(p) for p in error.found]
                lines += error.problems
            results.append(result)
        parts = {p.resolve(): p for f in chosen for p in f.parts.values()}
        inherited = {p.name: [f.path.name for f in touched(p, [*shipped, *(c for c in chosen if c.path not in {s.path for s in shipped})])] for p in parts.values()}
        lines += [f"{part}: 由这些流程继承 · inherited by {', '.join(users)}" for part, users in inherited.items()]
        fine = not any(r["problems"] for r in results)
        return {"ok": fine, "files": results, "parts": inherited, "text": "\n".join(lines) or "没有流程文件 · no process file"}, fine

    def _list(self, **options: Any) -> tuple[dict[str, Any], bool]:
        with connection.cursor() as cursor:
            cursor.execute("select process_version, count(*) from case_ where phase = 1 group by 1")
            counts = dict(cursor.fetchall())
        rows = [
            {"id": v.id, "code": v.code, "effective": v.effective.isoformat(), "hash": v.hash, "published_at": v.published_at.isoformat(),
             "open_cases": counts.get(v.id, 0), "title": tables.plain(registry.process_by_id(v.id).title)}
            for v in registry.versions()
        ]  # fmt: skip
        lines = [f"{r['id']:>4}  {r['code']:<28} {r['effective']}  {r['hash'][:12]}  {r['open_cases']:>8}  {r['title']['zh']} · {r['title']['en']}" for r in rows]
        return {"versions": rows, "text": "\n".join(["  id  code                         effective   hash             open  title", *lines])}, True

    def _show(self, code: str, on: dt.date | None, version_id: int | None, form: str, language: str, **options: Any) -> tuple[dict[str, Any], bool]:
        if version_id is not None:
            process = registry.process_by_id(version_id)
            if process.code != code:
                raise LookupError(f"版本 {version_id} 属于 {process.code} · version {version_id} is of {process.code}, not of {code}")
        else:
            process = registry.process_on(code, on or today())
        d = process.definition
        head = {"code": d.process.code, "effective": process.effective, "hash": process.hash}
        if form == "diagram":
            drawn = diagram(d, language, standalone=True)
            return head | {"svg": drawn, "text": drawn}, True
        makers: dict[str, Callable[[], Any]] = {
            "permissions": lambda: tables.plain(tables.permission_matrix(d)), "fields": lambda: tables.plain(tables.fields(d)),
            "documents": lambda: tables.plain(tables.documents(d)), "schema": lambda: schemas(d), "guide": lambda: tables.plain(guide(d)),
            "text": lambda: d.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }  # fmt: skip
        made = makers[form]()
        return head | {"definition" if form == "text" else form: made, "text": _json(made) if form in ("schema", "text") else "\n".join(_readable(made, language))}, True

    def _migrate(self, code: str, to: int, by: str | None, reason: str, cases: list[int] | None, dry_run: bool, **options: Any) -> tuple[dict[str, Any], bool]:
        return migrating.run(code, to, by, reason, cases, dry_run)

    def _diff(self, a: str, b: str, **options: Any) -> tuple[dict[str, Any], bool]:
        changes = diff(_named(a), _named(b))
        rows = [tables.plain(c) | {"words": tables.plain(c.words)} for c in changes]
        lines = [line for c in changes for line in (f"{c.words.zh} · {c.words.en}", *(f"    {x.zh}\n    {x.en}" for x in c.details))]
        return {"changes": rows, "text": "\n".join(lines) or "没有差异 · no difference"}, True

    def _try(self, file: Path, cases: int, **options: Any) -> tuple[dict[str, Any], bool]:
        shipped = registry.load_all()
        loaded = load(file, [p for m in modules() for p in m.parts])
        check(loaded.definition, loaded.places, others={f.definition.process.code: f.definition for f in shipped})
        trial = try_definition(loaded.definition, max(1, min(cases, 1000)))
        return tables.plain(trial) | {"ok": trial.sound, "text": "\n".join(_trial_lines(trial))}, trial.sound


def _chosen(files: list[Path], shipped: list[Loaded]) -> list[Loaded]:
    """The files named; for a part, those who inherit it."""
    folders = [p for m in modules() for p in m.parts]
    chosen: list[Loaded] = []
    for path in files:
        if not is_part(path):
            chosen.append(load(path, folders))
            continue
        beside = [load(p, folders) for p in sorted(path.parent.glob("*.toml")) if not is_part(p)]
        users = touched(path, [*beside, *(s for s in shipped if s.path.parent != path.parent)])
        if not users:
            raise DefinitionError([f"{path.name}:1 is a part that nobody inherits; a part is checked with the files that do"])
        chosen += users
    return list({f.path.resolve(): f for f in chosen}.values())


def _named(name: str) -> Definition:
    """A definition by file, by a version's id, by CODE or by CODE@DATE. Raises LookupError or DefinitionError."""
    if name.endswith(".toml"):
        return load(Path(name), [p for m in modules() for p in m.parts]).definition
    if name.isdigit():
        return registry.process_by_id(int(name)).definition
    code, _, day = name.partition("@")
    try:
        return registry.process_on(code, dt.date.fromisoformat(day) if day else today()).definition
    except ValueError as error:
        raise LookupError(f"日期写成 2011-11-23 · write the date like 2011-11-23: {name}") from error


def _problem(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "section": problem.section, "name": problem.name, "sentence": problem.sentence}


def _json(value: Any) -> str:
    if isinstance(value, dict) and len(value) > 1:
        value = {k: v for k, v in value.items() if not (k == "text" and isinstance(v, str))}
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _readable(value: Any, language: str, depth: int = 0) -> list[str]:
    """Rows of a table for a terminal: one line a value, in one language."""
    lines: list[str] = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value, start=1):
        if isinstance(item, dict) and set(item) == {"zh", "en"}:
            item = item[language]
        if item in ("", [], None, False, ()):
            continue
        if isinstance(item, list) and all(isinstance(i, str) or (isinstance(i, dict) and set(i) == {"zh", "en"}) for i in item):
            item = ", ".join(i if isinstance(i, str) else i[language] for i in item)
        if isinstance(item, dict | list):
            lines += [f"{'  ' * depth}{key}", *_readable(item, language, depth + 1)]
        else:
            lines.append(f"{'  ' * depth}{key}: {item}")
    return lines


def _trial_lines(trial: Trial) -> list[str]:
    said = Text("{n} 件在办，试了 {k} 件", "{n} open cases, {k} tried").format(n=trial.open_cases, k=len(trial.cases))
    lines = [f"{trial.code} {trial.effective}: {said.zh} · {said.en}"]
    lines += [f"  状态 {s} 在新版本中没有，也没有对应：{n} 件 · state {s} has no place in the new version: {n} cases" for s, n in trial.states.items()]
    for case in trial.cases:
        where = ", ".join(f"{x.state}→{x.becomes or '?'}" if x.becomes != x.state else x.state for x in case.lanes)
        lines.append(f"  #{case.case} {case.number} ({case.version}): {where}" + ("" if case.stands else "  无处可去 · no place"))
        lines += [f"      - {name}" for name in case.gone] + [f"      + {name}" for name in case.new]
        lines += [f"      {clock.zh} · {clock.en}" for clock in case.clocks]
    return lines
