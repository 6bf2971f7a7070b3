"""Titles in both languages, and names that mean one thing (checks 2, 3)."""

from __future__ import annotations

import re

from jinzhi.kernel.cases.checks.context import Context

_HAN = re.compile(r"[\u4e00-\u9fff]")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
SECTIONS = ("role", "track", "state", "action", "clock", "suspension", "field", "document", "child", "window", "quota")
_APART = ("state", "action", "field", "document", "params")
"""What people are shown side by side, or what patterns and functions look up by bare name."""


def check(c: Context) -> None:
    _one("process", "", c.d.process.zh, c.d.process.en, c)
    for section in SECTIONS:
        seen: dict[str, str] = {}
        for name, entry in getattr(c.d, section).items():
            if not _NAME.fullmatch(name):
                c.say(section, name, "is no name: write small letters, digits and underscores")
            _one(section, name, entry.zh, entry.en, c)
            if section == "state" and entry.zh in seen:
                c.say(section, name, f"shares the zh title {entry.zh} with '{seen[entry.zh]}'; give each state a title of its own", "zh")
            seen.setdefault(entry.zh, name)
    owners: dict[str, str] = {}
    for section in _APART:
        for name in getattr(c.d, section):
            if name in owners:
                c.say(section, name, f"'{name}' names both a {owners[name].removesuffix('s')} and a {section.removesuffix('s')}; rename one")
            owners[name] = section
    if "main" in c.d.track:
        c.say("track", "main", "the track 'main' is built in; leave it out")
    if "system" in c.d.role:
        c.say("role", "system", "'system' is the platform itself; leave it out")


def _one(section: str, name: str, zh: str, en: str, c: Context) -> None:
    if not _HAN.search(zh):
        c.say(section, name, "zh title has no Chinese", "zh")
    if not en.strip() or _HAN.search(en):
        c.say(section, name, "en title is empty or has Chinese", "en")
