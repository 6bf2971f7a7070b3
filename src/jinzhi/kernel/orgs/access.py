"""Who may open a page: one decorator a view, which also leaves the rule on the view as ``view.access``.

The rules: ``public`` everybody · ``signed_in`` any account · ``office`` officers · ``biz`` people of an enterprise ·
``sys`` administrators of the platform · ``api`` holders of a token. The permission matrix reads them from there.
A page of another shell looks absent (404); a visitor who is not signed in is asked to, and comes back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from jinzhi.kernel.orgs.actors import Actor

ACCESS = ("public", "signed_in", "office", "biz", "sys", "api")

View = TypeVar("View", bound=Callable[..., Any])


def mark(view: View, access: str) -> View:
    """Say which rule a view follows that checks by itself (public pages, API operations)."""
    if access not in ACCESS:
        raise ValueError(f"unknown access rule {access!r}")
    view.access = access  # type: ignore[attr-defined]
    return view


def public_page(view: View) -> View:
    """A page for everybody."""
    return mark(view, "public")


def _guard(view: View, access: str, allowed: Callable[[Actor], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        if request.user.must_change_password:
            return HttpResponseRedirect(reverse("account_change_password"))
        if not allowed(request.actor):  # type: ignore[attr-defined]
            raise Http404
        return view(request, *args, **kwargs)

    return mark(guarded, access)  # type: ignore[return-value]


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and back: to this page if it can be asked for again, else to the one it came from."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.META.get("HTTP_REFERER", "/")
    if request.headers.get("HX-Request") == "true":
        answer = redirect_to_login(request.headers.get("HX-Current-URL", back))
        # A fragment must not be replaced by a sign-in form: the whole page goes there.
        answer.headers["HX-Redirect"] = answer.url
        answer.status_code = 200
        del answer.headers["Location"]
        return answer
    return redirect_to_login(back)


def signed_in(view: View) -> View:
    """A page for everybody who has an account."""
    return _guard(view, "signed_in", lambda actor: True)


def office_required(view: View) -> View:
    """A page of the officers' workspace: for those who hold a post of business today."""
    return _guard(view, "office", lambda actor: actor.is_officer)


def biz_required(view: View) -> View:
    """A page of the enterprise workspace: for those who belong to a party today."""
    return _guard(view, "biz", lambda actor: bool(actor.parties))


def sys_required(view: View) -> View:
    """A page of system administration: for administrators of system, security and audit. Acts check the role themselves."""
    return _guard(view, "sys", lambda actor: actor.is_administrator)
