"""People and their posts, for the administrators of the platform."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jinzhi.kernel.orgs import clearance, commands, queries, roles
from jinzhi.kernel.orgs.access import posts_required, security_required, sys_required, system_required
from jinzhi.kernel.orgs.forms import ClearanceForm, EndPostForm, PersonForm, PostForm, render_form, words
from jinzhi.kernel.orgs.keys import sealed, unsealed
from jinzhi.kernel.orgs.logbook import entries
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.models import Person, Post
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today

PAGE = 50


def _person(pk: int) -> Person:
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise Http404
    return person


def _to(person: Person) -> HttpResponse:
    return HttpResponseRedirect(reverse("sys:person", args=[person.pk]))


def _tell(request: Request, refused: Refused) -> None:
    for one in refused.refusals:
        messages.error(request, str(one.message))


@sys_required
def people(request: Request) -> HttpResponse:
    """People by user name, 50 a page (keyset), searched by name or user name; with today's posts. Four queries."""
    text, after = request.GET.get("q", "").strip()[:60], request.GET.get("after", "")[:60]
    found = queries.people(text, after, PAGE + 1)
    shown = found[:PAGE]
    posts: dict[int, list[Text]] = {}
    for post in Post.objects.filter(queries.in_force(today()), person__in=shown).order_by("id"):
        posts.setdefault(post.person_id, []).append(post_title(post))
    rows = [{"person": p, "posts": posts.get(p.pk, [])} for p in shown]
    more = shown[-1].username if len(found) > PAGE else ""
    return render(
        request, "orgs/people.html", {"rows": rows, "q": text, "after": after, "next_after": more, "may_open": may(request, "sysadmin")}
    )


def may(request: Request, *wanted: str) -> bool:
    """Whether to show a command; the command itself checks again."""
    return request.actor.has_role(*wanted)


def post_title(post: Post) -> Text:
    """``施检员，北仑办事处`` / ``Inspector, Beilun office``."""
    role, org = roles.title(post.role), queries.org_name(queries.org(post.org_id), short=True)
    return Text(f"{role.zh}，{org.zh}", f"{role.en}, {org.en}")


@sys_required
@never_cache
def person(request: Request, pk: int) -> HttpResponse:
    """One person: the account, posts past, present and to come, parties acted for, and what was done to the account."""
    one, day = _person(pk), today()
    posts = []
    for post in Post.objects.filter(person=one).order_by("-valid_from", "-id"):
        over = post.valid_to is not None and post.valid_to < day
        posts.append(
            {
                "post": post,
                "role": roles.title(post.role),
                "org": queries.org_name(queries.org(post.org_id)),
                "process": roles.process_title(post.process),
                "state": "over" if over else "coming" if post.valid_from > day else "now",
            }
        )
    members = one.memberships.select_related("party").order_by("-valid_from")
    # A temporary password passes through the session once, from the act to this page, so that a reload does not repeat it.
    secret = request.session.pop("shown_once", None)
    shown = unsealed(secret["secret"]) if secret and secret.get("person") == one.pk else ""
    context: dict[str, Any] = {
        "person": one,
        "posts": posts,
        "members": members,
        "temporary_password": shown,
        "log": entries(person_id=one.pk, limit=20)[0] if may(request, "auditor") else None,
        "may_account": may(request, "sysadmin") and one.pk != request.actor.person_id,
        "may_give": commands.may_give(request.actor) and one.pk != request.actor.person_id,
        "may_end": may(request, "secadmin") and one.pk != request.actor.person_id,
        "may_ties": may(request, "secadmin"),
        "own": one.pk == request.actor.person_id,
        "clearance": clearance.held(one.pk),
        "may_clear": may(request, "secadmin") and one.pk != request.actor.person_id,
    }
    return render(request, "orgs/person.html", context)


@system_required
@never_cache
def person_new(request: Request) -> HttpResponse:
    """Open an account with a temporary password, shown once on the person's page."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = commands.open_account(request.actor, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            request.session["shown_once"] = {"person": opened.person.pk, "secret": sealed(opened.temporary_password)}
            return _to(opened.person)
    return render_form(request, "orgs/person_new.html", form)


def _post_new(request: Request, pk: int) -> HttpResponse:
    """Give a post: role, organisation, business, first and last day."""
    one = _person(pk)
    form = PostForm(request.POST or None, initial={"valid_from": f"{today():%Y-%m-%d}"})
    if not may(request, "secadmin"):
        form.only("secadmin", "auditor")  # the first days: the other two administrators
    if request.method == "POST" and form.is_valid():
        try:
            commands.give_post(request.actor, person=one, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, str(words(f"已给 {one.name_zh} 授岗", f"Post given to {one.name_en or one.name_zh}")))
            return _to(one)
    return render_form(request, "orgs/post_new.html", form, person=one)


post_new = posts_required(_post_new, commands.may_give)


@security_required
def post_end(request: Request, pk: int, post_id: int) -> HttpResponse:
    """End a post after a day, by default today."""
    one = _person(pk)
    post = Post.objects.filter(pk=post_id, person=one).first()
    if post is None:
        raise Http404
    form = EndPostForm(request.POST or None, initial={"last_day": f"{today():%Y-%m-%d}"})
    if request.method == "POST" and form.is_valid():
        try:
            commands.end_post(request.actor, post.pk, form.cleaned_data["last_day"], leave_desk=form.cleaned_data["leave_desk"])
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, str(words("岗位的最后一天已登记", "The last day of the post is recorded")))
            return _to(one)
    return render_form(request, "orgs/post_end.html", form, person=one, post=post, title=post_title(post))


@security_required
def clearance_new(request: Request, pk: int) -> HttpResponse:
    """Clear a person for work secrets between two days."""
    one = _person(pk)
    form = ClearanceForm(request.POST or None, initial={"valid_from": f"{today():%Y-%m-%d}"})
    if request.method == "POST" and form.is_valid():
        try:
            clearance.give(request.actor, one, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, str(words("已授予工作秘密知悉权限", "Cleared for work secrets")))
            return _to(one)
    return render_form(request, "orgs/clearance_new.html", form, person=one)


@security_required
@require_POST
def clearance_end(request: Request, pk: int) -> HttpResponse:
    """End a person's clearance at once."""
    one = _person(pk)
    try:
        clearance.end(request.actor, one)
    except Refused as refused:
        _tell(request, refused)
    else:
        messages.success(request, str(words("知悉权限已终止", "The clearance has ended")))
    return _to(one)


@system_required
@require_POST
def person_password(request: Request, pk: int) -> HttpResponse:
    """Give a temporary password, shown once on the person's page."""
    one = _person(pk)
    try:
        secret = commands.reset_password(request.actor, one)
    except Refused as refused:
        _tell(request, refused)
    else:
        request.session["shown_once"] = {"person": one.pk, "secret": sealed(secret)}
    return _to(one)


@system_required
@require_POST
def person_close(request: Request, pk: int) -> HttpResponse:
    """Close the account."""
    one = _person(pk)
    try:
        commands.deactivate(request.actor, one)
    except Refused as refused:
        _tell(request, refused)
    else:
        messages.success(
            request,
            str(
                words(
                    f"{one.name_zh} 的账号已停用，密钥同时失效",
                    f"The account of {one.name_en or one.name_zh} is closed, and its keys with it",
                )
            ),
        )
    return _to(one)


@system_required
@require_POST
def person_open(request: Request, pk: int) -> HttpResponse:
    """Open a closed account again."""
    one = _person(pk)
    try:
        commands.reactivate(request.actor, one)
    except Refused as refused:
        _tell(request, refused)
    else:
        messages.success(request, str(words(f"{one.name_zh} 的账号已恢复", f"The account of {one.name_en or one.name_zh} is open again")))
    return _to(one)
