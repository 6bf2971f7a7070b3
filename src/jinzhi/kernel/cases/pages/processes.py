"""Pages of the processes (流程): all in force, and one of them drawn, listed and compared with its other versions."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from jinzhi.kernel.cases import registry
from jinzhi.kernel.cases.checks import notes
from jinzhi.kernel.cases.pages.frame import nav
from jinzhi.kernel.cases.process import Process
from jinzhi.kernel.cases.products.diagram import diagram
from jinzhi.kernel.cases.products.diff import diff
from jinzhi.kernel.cases.products.guide import guide, is_service
from jinzhi.kernel.cases.products.tables import documents, fields, permission_matrix
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.text import Text, is_chinese
from jinzhi.kernel.time import today
from jinzhi.kernel.web.parts import Tab

TABS = {
    "diagram": Text("流程图", "Diagram"), "permissions": Text("权限", "Permissions"), "fields": Text("字段", "Fields"),
    "documents": Text("文书", "Documents"), "guide": Text("办事指南", "Guide"), "versions": Text("版本", "Versions"),
}  # fmt: skip


@require_safe
@office_required
def processes(request: HttpRequest) -> HttpResponse:
    """Every process in force."""
    rows = [(p, len(p.states), len(p.actions), len(p.clocks)) for p in sorted(registry.in_force(), key=lambda p: p.code)]
    return render(request, "cases/processes.html", {"rows": rows, **nav(request)})


@require_safe
@office_required
def process(request: HttpRequest, process: str) -> HttpResponse:
    """One version of a process under ``?tab=``; ``?version=`` an older or coming one, ``?from=`` the one to compare it with."""
    versions = registry.versions(process)
    if not versions:
        raise Http404
    chosen = _version(versions, request.GET.get("version", ""))
    tab = request.GET.get("tab", "diagram")
    if tab not in TABS or (tab == "guide" and not is_service(chosen.definition)):
        tab = "diagram"
    base = reverse("office:process", args=[process])
    keep = f"&version={chosen.id}" if "version" in request.GET else ""
    shown = {k: v for k, v in TABS.items() if k != "guide" or is_service(chosen.definition)}
    context: dict[str, Any] = {
        "process": chosen, "tab": tab, "tabs": [Tab(label, f"{base}?tab={name}{keep}", current=name == tab) for name, label in shown.items()],
        "version": next(v for v in versions if v.id == chosen.id), "versions": versions, "in_force": _in_force(versions), **_of_tab(tab, chosen, versions, request),
    }  # fmt: skip
    return render(request, "cases/process.html", context | nav(request))


def _in_force(versions: list[registry.Version]) -> int:
    day = today()
    return next((v.id for v in versions if v.effective <= day), versions[-1].id)


def _version(versions: list[registry.Version], typed: str) -> Process:
    wanted = _id(typed) if typed else _in_force(versions)
    if wanted not in {v.id for v in versions}:
        raise Http404
    return registry.process_by_id(wanted)


def _id(typed: str) -> int:
    """The id in an address; 0 for what is none."""
    return int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else 0


def _of_tab(tab: str, chosen: Process, versions: list[registry.Version], request: HttpRequest) -> dict[str, Any]:
    d = chosen.definition
    if tab == "diagram":
        svg = diagram(d, "zh" if is_chinese() else "en")
        return {"svg": mark_safe(svg), "notes": notes(d)}  # noqa: S308 (drawn here; every text in it is escaped)
    if tab == "permissions":
        return {"rows": permission_matrix(d)}
    if tab == "fields":
        return {"rows": fields(d)}
    if tab == "documents":
        return {"rows": documents(d)}
    if tab == "guide":
        return {"guide": guide(d)}
    older = [v for v in versions if v.effective < chosen.definition.process.effective]
    other = next((v for v in versions if v.id == _id(request.GET.get("from", ""))), older[0] if older else None)
    changes = diff(registry.process_by_id(other.id).definition, d) if other is not None else []
    return {"other": other, "changes": changes}
