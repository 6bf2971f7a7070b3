"""Who may open what: every address of the URLconf with the rule its view declares. The page, the command and the tests read the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from jinzhi.kernel.orgs.access import RULES
from jinzhi.kernel.orgs.authority import ADMIN_TITLES
from jinzhi.kernel.text import Text

KINDS = {"anonymous": Text("未登录", "Not signed in"), "office": Text("工作人员", "Officer"), "biz": Text("企业", "Enterprise"), **ADMIN_TITLES, "api": Text("密钥", "Key")}
"""Kinds of people a rule is asked about, in the order of the table's columns."""


@dataclass(frozen=True)
class Address:
    """A pattern of the URLconf: name with namespaces, route, the methods its view takes (empty: GET and what the view makes of POST), the declared
    rule (empty: none), and the names of what it wants."""

    name: str
    route: str
    methods: tuple[str, ...]
    access: str
    wants: tuple[str, ...]

    @property
    def opens_to(self) -> tuple[str, ...]:
        """Kinds of people to whom the rule opens; what lies behind (a case, a draft) is asked besides."""
        if self.access == "public":
            return tuple(KINDS)
        if self.access == "signed_in":
            return tuple(kind for kind in KINDS if kind not in ("anonymous", "api"))
        if self.access in ("office", "biz", "api"):
            return (self.access,)
        return RULES[self.access].posts if self.access in RULES else ()


def addresses(patterns: list[Any] | None = None, route: str = "", space: str = "") -> Iterator[Address]:
    """The whole URLconf, in its order."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            access = getattr(pattern.callback, "access", "")
            yield Address(f"{space}{pattern.name}", here, methods(pattern.callback), access, tuple(pattern.pattern.regex.groupindex))


def methods(view: Callable[..., Any]) -> tuple[str, ...]:
    """The methods a view says it takes (``require_POST`` and the like, or the operations of an API path); empty where it says none."""
    api = getattr(getattr(view, "__self__", None), "operations", None)
    if api is not None:
        return tuple(sorted({method for operation in api for method in operation.methods}))
    found: Any = view
    while found is not None:
        code, cells = getattr(found, "__code__", None), getattr(found, "__closure__", None) or ()
        if code is not None and "request_method_list" in code.co_freevars:
            return tuple(cells[code.co_freevars.index("request_method_list")].cell_contents)
        found = getattr(found, "__wrapped__", None)
    return ()


def undeclared() -> list[str]:
    """Routes whose view declares no rule: there must be none."""
    return [a.route for a in addresses() if a.access not in RULES]


def table() -> list[dict[str, Any]]:
    """Rows of the matrix: address, name, methods, rule, its title in both languages, and to whom it opens."""
    return [
        {
            "address": "/" + a.route, "name": a.name, "methods": list(a.methods) or ["GET", "POST"], "rule": a.access,
            "title": RULES[a.access].title if a.access in RULES else Text("没有声明", "Not declared"), "opens_to": list(a.opens_to), "within": list(a.wants),
        }
        for a in addresses()
    ]  # fmt: skip
