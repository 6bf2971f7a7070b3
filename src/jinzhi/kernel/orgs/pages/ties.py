"""Ties to parties (利害关系): an officer's own declaration, and the security administrator's register of a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jinzhi.kernel.orgs import ties
from jinzhi.kernel.orgs.access import office_required, security_required
from jinzhi.kernel.orgs.forms import DayForm, TieForm, render_form, words
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.refusals import Refused


def _register(request: Request, person: Person, template: str, back: str, *, may_end: bool) -> HttpResponse:
    form = TieForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ties.declare(request.actor, person=person, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, str(words("利害关系已登记，有关案件不再由本人办理", "Registered: cases of this party are no longer this person’s")))
            return HttpResponseRedirect(back)
    return render_form(request, template, form, person=person, ties=ties.of(person.pk), may_end=may_end)


@office_required
@never_cache
def own(request: Request) -> HttpResponse:
    """The reader's own ties, and a form for one more."""
    person = request.user
    assert isinstance(person, Person)
    return _register(request, person, "orgs/ties_own.html", reverse("account_ties"), may_end=False)


def _person(pk: int) -> Person:
    found = Person.objects.filter(pk=pk).first() if pk < 2**62 else None
    if found is None:
        raise Http404
    return found


@security_required
@never_cache
def of_person(request: Request, pk: int) -> HttpResponse:
    """The ties of a person, and a form for one more."""
    person = _person(pk)
    return _register(request, person, "orgs/ties.html", reverse("sys:person_ties", args=[pk]), may_end=pk != request.actor.person_id)


@security_required
@require_POST
def end(request: Request, pk: int, tie_id: int) -> HttpResponse:
    """End a tie after a day."""
    person, form = _person(pk), DayForm(request.POST)
    try:
        if not form.is_valid():
            messages.error(request, str(form.errors["last_day"][0]))
        else:
            ties.end(request.actor, person, tie_id if tie_id < 2**62 else 0, form.cleaned_data["last_day"])
            messages.success(request, str(words("最后一天已登记", "The last day is recorded")))
    except Refused as refused:
        if refused.status == 404:
            raise Http404 from refused
        messages.error(request, str(refused.refusals[0].message))
    return HttpResponseRedirect(reverse("sys:person_ties", args=[pk]))
