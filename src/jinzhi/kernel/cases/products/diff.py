"""What is different between two definitions (版本差异), in words of both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.cases.language import Definition
from jinzhi.kernel.cases.products import words
from jinzhi.kernel.text import Text

_SILENT = {"inherits"}
_NAMED = {
    "state": ("from", "to", "needs", "starts", "stops", "while"), "action": ("then", "apart_from", "signed_by", "returns"), "role": ("by", "duty", "to", "seen_by"),
    "field": ("asks", "assign", "until", "since", "each", "party", "columns", "subject", "told"), "document": ("issues", "notice"), "clock": ("clocks",),
    "track": ("track",), "child": ("opens",), "window": ("within",), "quota": ("takes", "gives_back"),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One entry that was added, removed or changed; ``details`` says of each key what it was and what it is."""

    kind: str
    section: str
    name: str
    title: Text
    details: tuple[Text, ...] = ()

    @property
    def words(self) -> Text:
        said = {
            "added": Text("新增{s}“{t}”", "{s} “{t}” added"),
            "removed": Text("删除{s}“{t}”", "{s} “{t}” removed"),
            "changed": Text("修改{s}“{t}”", "{s} “{t}” changed"),
        }[self.kind]
        return said.format(s=words.SECTIONS[self.section], t=self.title)


def diff(old: Definition, new: Definition) -> list[Change]:
    """Changes from ``old`` to ``new``, section by section; nothing for two definitions that mean the same."""
    before, after = _plain(old), _plain(new)
    changes = []
    for section in words.SECTIONS:
        a, b = before.get(section, {}), after.get(section, {})
        if section == "process":
            details = _details(a, b, old, new)
            if details:
                changes.append(Change("changed", section, "", Text(new.process.zh, new.process.en), details))
            continue
        for name in [*a, *(n for n in b if n not in a)]:
            if name not in b:
                changes.append(Change("removed", section, name, _title(old, section, name)))
            elif name not in a:
                changes.append(Change("added", section, name, _title(new, section, name)))
            elif a[name] != b[name]:
                same = isinstance(a[name], dict) and isinstance(b[name], dict)
                found = _details(a[name], b[name], old, new) if same else (_turned(Text("值", "value"), _value("", a[name], old), _value("", b[name], new)),)
                changes.append(Change("changed", section, name, _title(new, section, name), found))
    return changes


def _plain(definition: Definition) -> dict[str, Any]:
    raw: dict[str, Any] = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return raw


def _title(d: Definition, section: str, name: str) -> Text:
    entry = getattr(d, section).get(name) if section not in ("params", "migrate") else None
    return words.title(entry) if entry is not None else Text(name, name)


def _details(a: dict[str, Any], b: dict[str, Any], old: Definition, new: Definition) -> tuple[Text, ...]:
    keys = [k for k in (*a, *(k for k in b if k not in a)) if k not in _SILENT and a.get(k) != b.get(k)]
    return tuple(_turned(words.KEYS.get(k, Text(k, k)), _value(k, a.get(k), old), _value(k, b.get(k), new)) for k in keys)


def _turned(key: Text, was: Text, now: Text) -> Text:
    nothing = Text("无", "none")
    return Text("{k}：{a} → {b}", "{k}: {a} → {b}").format(k=key, a=was if was.zh else nothing, b=now if now.zh else nothing)


def _value(key: str, value: Any, d: Definition) -> Text:
    """A value as a reader knows it: names by their titles, durations in words."""
    if value is None or value == []:
        return Text("", "")
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, list):
        return words.listed(_value(key, v, d) for v in value)
    if isinstance(value, dict):
        parts = [(words.KEYS.get(k, Text(k, k)), _value(k if key != "to" else key, v, d)) for k, v in value.items()]
        return words.listed(Text(f"{k.zh}＝{v.zh}", f"{k.en} = {v.en}") if k.zh else v for k, v in parts)
    text = str(value)
    for section, keys in _NAMED.items():
        if key in keys:
            entries = getattr(d, section)
            bare = text.rstrip("?")
            if bare in entries:
                found = words.title(entries[bare])
                return found if bare == text else Text(f"{found.zh}（选填）", f"{found.en} (optional)")
    if key in ("limit", "earliest", "remind", "valid"):
        return words.duration(text)
    return words.LEVELS.get(text, Text(text, text)) if key in ("level", "owners") else Text(text, text)
