"""The permission matrix, for the security administrator."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from jinzhi.kernel.orgs import permissions
from jinzhi.kernel.orgs.access import RULES, security_required
from jinzhi.kernel.orgs.middleware import Request


@security_required
def matrix(request: Request) -> HttpResponse:
    """Every address with its rule and to whom it opens; of one rule with ``rule``. No query."""
    wanted = request.GET.get("rule", "")
    rows = [row | {"cells": [kind in row["opens_to"] for kind in permissions.KINDS]} for row in permissions.table() if not wanted or row["rule"] == wanted]
    context = {"rows": rows, "kinds": list(permissions.KINDS.values()), "rules": [(code, rule.title) for code, rule in RULES.items()], "rule": wanted}
    return render(request, "orgs/permissions.html", context)
