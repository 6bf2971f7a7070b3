"""Keys of a party, for its administrator (法人管理员): made, shown once, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jinzhi.kernel.orgs import tokens
from jinzhi.kernel.orgs.access import biz_required
from jinzhi.kernel.orgs.forms import TokenForm, render_form, words
from jinzhi.kernel.orgs.keys import sealed, unsealed
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.models import Party, Person
from jinzhi.kernel.refusals import Refused


def _party(request: Request) -> Party | None:
    """The party whose keys are meant: ``?party=`` of those administered, else the first of them."""
    parties = list(Party.objects.filter(pk__in=request.actor.administers).order_by("id"))
    wanted = request.GET.get("party", "")
    return next((p for p in parties if str(p.pk) == wanted), parties[0] if parties else None)


@biz_required
@never_cache
def token_list(request: Request) -> HttpResponse:
    """The party's keys, and a form for a new one; the secret of a new key is shown once, after which only its digest exists."""
    party = _party(request)
    if party is None:
        return render(request, "orgs/tokens.html", {"party": None}, status=403)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = request.user
            assert isinstance(person, Person)
            _, secret = tokens.make_token(request.actor, person=person, name=form.cleaned_data["name"], party=party)
        except Refused as refused:
            form.refuse(refused)
        else:
            request.session["token_once"] = sealed(secret)
            return HttpResponseRedirect(f"{reverse('tokens:list')}?party={party.pk}")
    made = unsealed(request.session.pop("token_once", ""))
    return render_form(request, "orgs/tokens.html", form, party=party, tokens=tokens.tokens_of(party.pk), made=made)


@biz_required
@require_POST
def token_revoke(request: Request, pk: int) -> HttpResponse:
    """End a key at once."""
    try:
        tokens.revoke_token(request.actor, pk)
    except Refused as refused:
        raise Http404 from refused
    messages.success(
        request, str(words("密钥已停用，用它的软件不能再提交", "The key is revoked: software that uses it can submit no more"))
    )
    return HttpResponseRedirect(reverse("tokens:list"))
