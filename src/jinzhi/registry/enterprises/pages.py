"""The officers' pages of enterprise files: looked up by all of them, kept by registrars (``roles``)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from jinzhi.kernel.cases import lists as cases
from jinzhi.kernel.orgs import joining
from jinzhi.kernel.orgs import queries as orgs
from jinzhi.kernel.orgs.access import office_required
from jinzhi.kernel.orgs.forms import render_form, words
from jinzhi.kernel.orgs.keys import sealed, unsealed
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.refusals import Refused
from jinzhi.registry.enterprises import commands, history, queries
from jinzhi.registry.enterprises.forms import AdministratorForm, EnrolForm, EnterpriseForm, ReasonForm, initial_of
from jinzhi.registry.enterprises.models import Enterprise
from jinzhi.registry.enterprises.roles import REGISTRAR, may_keep

PAGE = 50
RECENT = 10
_ONCE = "enterprise_once"


def _file(party: int) -> Enterprise:
    found = queries.file(party)
    if found is None:
        raise Http404
    return found


def _kept(request: Request, party: int) -> Enterprise:
    """A file this officer may write; for others the page does not exist."""
    found = _file(party)
    if not may_keep(request.actor, found.bureau):
        raise Http404
    return found


def _to(party: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("enterprises:file", args=[party]))


@office_required
def listing(request: Request) -> HttpResponse:
    """Files by credit code, 50 a page (keyset), searched by name, credit code or registration number."""
    text, after = request.GET.get("q", "").strip()[:60], request.GET.get("after", "")[:18]
    suspended = request.GET.get("suspended") == "1"
    found = queries.search(text.replace("\x00", ""), after.replace("\x00", ""), PAGE + 1, suspended=suspended)
    shown = found[:PAGE]
    context = {
        "rows": [{"file": f, "bureau": orgs.org_name(f.bureau, short=True)} for f in shown], "q": text, "after": after, "suspended": suspended,
        "next_after": shown[-1].party.code if len(found) > PAGE else "", "may_enrol": request.actor.has_role(REGISTRAR),
    }  # fmt: skip
    return render(request, "enterprises/list.html", context)


@office_required
@never_cache
def file(request: Request, party: int) -> HttpResponse:
    """The enterprise's file: its facts, its latest cases within the officer's scope, its administrators, what was done to it."""
    one = _file(party)
    recent = cases.find(request.actor, "", party=party, limit=RECENT)
    once = request.session.pop(_ONCE, None) or {}
    secret = unsealed(once["secret"]) if once.get("party") == party else ""
    context: dict[str, Any] = {
        "file": one, "bureau": orgs.org_name(one.bureau), "cases": recent.items, "more_cases": bool(recent.after), "may_keep": may_keep(request.actor, one.bureau),
        "members": [{"member": m, "role": joining.ROLES[m.role]} for m in joining.members_of(party)], "log": history.entries(queries.log(party)),
        "secret": secret, "username": once.get("username", ""),
    }  # fmt: skip
    return render(request, "enterprises/file.html", context)


def _registrar(request: Request) -> None:
    if not request.actor.has_role(REGISTRAR):
        raise Http404


@office_required
@never_cache
def new(request: Request) -> HttpResponse:
    """Enrol an enterprise, with the account of its administrator if one is named."""
    _registrar(request)
    form = EnrolForm(request.POST or None, initial={"bureau": request.org, "is_consignee": True, "credit_class": "B"})
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.enrol(request.actor, [form.enrolment()])[0]
        except Refused as refused:
            form.refuse(refused)
        else:
            party = made.enterprise.party
            if made.opened is not None:
                _show_once(request, party.pk, made.opened.person.username, made.opened.temporary_password)
            messages.success(request, str(words(f"{party.name_zh} 已备案", f"{party.name_en or party.name_zh} is enrolled")))
            return _to(party.pk)
    return render_form(request, "enterprises/new.html", form)


def _show_once(request: Request, party: int, username: str, secret: str) -> None:
    """A temporary password passes through the session to the one page that shows it."""
    request.session[_ONCE] = {"party": party, "username": username, "secret": sealed(secret)}


@office_required
@never_cache
def edit(request: Request, party: int) -> HttpResponse:
    """Change the facts; a file somebody else has changed meanwhile is not written over."""
    one = _kept(request, party)
    # the code is read only: what a browser sends for it is put aside
    form = EnterpriseForm({**request.POST.dict(), "code": one.party.code} if request.method == "POST" else None, initial=initial_of(one))
    version = request.POST.get("version", "")
    if request.method == "POST" and form.is_valid():
        seen = int(version) if version.isdecimal() and len(version) < 10 else one.version
        try:
            commands.change(request.actor, [commands.Change(party, form.draft(), seen)])
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, str(words("档案已修改", "The file is changed")))
            return _to(party)
    return render_form(request, "enterprises/edit.html", form, file=one, version=version or one.version)


def _stand(request: Request, party: int, *, suspended: bool) -> HttpResponse:
    one = _kept(request, party)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = commands.suspend if suspended else commands.resume
        try:
            act(request.actor, [party], form.cleaned_data["reason"])
        except Refused as refused:
            form.refuse(refused)
        else:
            done = words("已停用，从现在起不能报检", "Suspended: it declares no more, from now on") if suspended else words("已恢复", "Taken up again")
            messages.success(request, str(done))
            return _to(party)
    return render_form(request, "enterprises/stand.html", form, file=one, suspended=suspended)


@office_required
@never_cache
def suspend(request: Request, party: int) -> HttpResponse:
    """Suspend from today, with the reason."""
    return _stand(request, party, suspended=True)


@office_required
@never_cache
def resume(request: Request, party: int) -> HttpResponse:
    """Lift the suspension, with the reason."""
    return _stand(request, party, suspended=False)


@office_required
@never_cache
def administrator(request: Request, party: int) -> HttpResponse:
    """Open the account of a person who administers the enterprise, with a temporary password shown once on the file."""
    one = _kept(request, party)
    form = AdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = commands.open_administrator(request.actor, party, form.member())
        except Refused as refused:
            form.refuse(refused)
        else:
            _show_once(request, party, opened.person.username, opened.temporary_password)
            return _to(party)
    return render_form(request, "enterprises/administrator.html", form, file=one)
