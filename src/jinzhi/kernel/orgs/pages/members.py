"""People of a party, for its administrator (法人管理员): who acts for it, a new account, a password lost, somebody who left."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jinzhi.kernel.orgs import joining
from jinzhi.kernel.orgs.access import biz_required
from jinzhi.kernel.orgs.forms import JoinForm, MemberForm, RefusableForm, render_form, words
from jinzhi.kernel.orgs.keys import sealed, unsealed
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.models import Party
from jinzhi.kernel.refusals import Refused

_ONCE = "member_once"


def _party(request: Request) -> Party | None:
    """The party whose people are meant: ``?party=`` of those administered, else the first of them."""
    parties = list(Party.objects.filter(pk__in=request.actor.administers).order_by("id"))
    wanted = request.GET.get("party", "")
    return next((p for p in parties if str(p.pk) == wanted), parties[0] if parties else None)


def _own(request: Request) -> Party:
    party = _party(request)
    if party is None:
        raise Http404
    return party


def _to(party: Party) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('members:list')}?party={party.pk}")


def _show_once(request: Request, party: Party, username: str, secret: str) -> None:
    """A temporary password passes through the session to the one page that shows it, and a reload does not repeat it."""
    request.session[_ONCE] = {"party": party.pk, "username": username, "secret": sealed(secret)}


@biz_required
@never_cache
def member_list(request: Request) -> HttpResponse:
    """Who acts for the party today; after a new account or a new password, the temporary password, this once."""
    party = _party(request)
    if party is None:
        return render(request, "orgs/members.html", {"party": None}, status=403)
    once = request.session.pop(_ONCE, None) or {}
    secret = unsealed(once["secret"]) if once.get("party") == party.pk else ""
    rows = [{"member": m, "role": joining.ROLES[m.role], "own": m.person_id == request.actor.person_id} for m in joining.members_of(party.pk)]
    return render(request, "orgs/members.html", {"party": party, "rows": rows, "secret": secret, "username": once.get("username", "")})


@biz_required
@never_cache
def member_new(request: Request) -> HttpResponse:
    """Open an account for somebody who acts for the party."""
    party = _own(request)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = joining.open_members(request.actor, [joining.Joiner(party, **form.cleaned_data)])[0]
        except Refused as refused:
            form.refuse(refused)
        else:
            _show_once(request, party, opened.person.username, opened.temporary_password)
            return _to(party)
    return render_form(request, "orgs/member_new.html", form, party=party)


@biz_required
@never_cache
def member_join(request: Request) -> HttpResponse:
    """Let somebody with an account act for the party as well."""
    party = _own(request)
    form: RefusableForm = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = joining.take_member(request.actor, party, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            name = member.person.name_zh
            messages.success(request, str(words(f"{name} 现在可以为本单位办事", f"{name} can now act for the company")))
            return _to(party)
    return render_form(request, "orgs/member_join.html", form, party=party)


def _tell(request: Request, refused: Refused) -> None:
    if refused.status == 404:
        raise Http404
    for one in refused.refusals:
        messages.error(request, str(one.message))


@biz_required
@require_POST
def member_end(request: Request, pk: int) -> HttpResponse:
    """End a membership at once."""
    party = _own(request)
    try:
        member = joining.leave(request.actor, party.pk, pk)
    except Refused as refused:
        _tell(request, refused)
    else:
        name = member.person.name_zh
        messages.success(request, str(words(f"{name} 从现在起不能再为本单位办事", f"{name} acts for the company no more, from now on")))
        if member.person_id == request.actor.person_id:  # one's own: this workspace may be closed now
            return HttpResponseRedirect(reverse("after_sign_in"))
    return _to(party)


@biz_required
@require_POST
def member_password(request: Request, pk: int) -> HttpResponse:
    """Give a temporary password, shown once on the list."""
    party = _own(request)
    try:
        person, secret = joining.renew_password(request.actor, party.pk, pk)
    except Refused as refused:
        _tell(request, refused)
    else:
        _show_once(request, party, person.username, secret)
    return _to(party)
