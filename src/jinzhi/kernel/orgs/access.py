"""Who may open a page: one decorator a view, which also leaves the rule on the view as ``view.access``.

The rules are in ``RULES``; the permission matrix, its page and its command (``permissions``) read them from the views.
A page of another shell looks absent (404); a visitor who is not signed in is asked to, and comes back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from jinzhi.kernel.orgs.actors import ADMIN_ROLES, Actor
from jinzhi.kernel.text import Text


@dataclass(frozen=True)
class Rule:
    """A rule in words, and the posts of administration it opens to (empty: it asks for something else than such a post)."""

    title: Text
    posts: tuple[str, ...] = ()


RULES = {
    "public": Rule(Text("所有人", "Everybody")),
    "signed_in": Rule(Text("已登录的人", "Whoever is signed in")),
    "office": Rule(Text("有业务岗位的人", "Whoever holds a post of business")),
    "biz": Rule(Text("企业的人", "People of an enterprise")),
    "api": Rule(Text("持接口密钥的软件", "Software with an API key")),
    "sys": Rule(Text("三员中任何一员", "Any of the three administrators"), ADMIN_ROLES),
    "system": Rule(Text("系统管理员", "System administrator"), ("sysadmin",)),
    "security": Rule(Text("安全管理员", "Security administrator"), ("secadmin",)),
    "staff": Rule(Text("系统管理员、安全管理员", "System and security administrators"), ("sysadmin", "secadmin")),
    "posts": Rule(Text("安全管理员；从未设安全管理员时为系统管理员", "Security administrator; while there never was one, the system administrator"), ("secadmin",)),
    "audit": Rule(Text("审计管理员", "Audit administrator"), ("auditor",)),
}
ACCESS = tuple(RULES)

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


def _of(rule: str, view: View) -> View:
    return _guard(view, rule, lambda actor: actor.has_role(*RULES[rule].posts))


def system_required(view: View) -> View:
    """A page of the system administrator (系统管理员): runs, organisations, accounts, processes."""
    return _of("system", view)


def security_required(view: View) -> View:
    """A page of the security administrator (安全管理员): posts, rights, ties."""
    return _of("security", view)


def staff_required(view: View) -> View:
    """A page on which the system and the security administrator each do their own; the audit administrator changes nothing."""
    return _of("staff", view)


def audit_required(view: View) -> View:
    """A page of the audit administrator (审计管理员): the account log, the roots of the log."""
    return _of("audit", view)


def posts_required(view: View, allowed: Callable[[Actor], bool]) -> View:
    """The page where posts are given; ``allowed`` also knows the first days, before there is a security administrator."""
    return _guard(view, "posts", allowed)
