"""Puts on every request who asks (``request.actor``) and for which organisation (``request.org``), read only when used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jinzhi.kernel.orgs import first_account, queries, sight
from jinzhi.kernel.orgs.actors import ANONYMOUS, Actor
from jinzhi.kernel.orgs.models import Org

POST_KEY = "org_path"
"""Session key: the path of the organisation whose post the person works in now."""

_OPEN_BEFORE_SETUP = ("/setup/", "/healthz", "/static/", "/i18n/", "/prefs/")


class Request(HttpRequest):
    """An HTTP request as views see it behind :class:`ActorMiddleware` (for type hints)."""

    actor: Actor
    org: Org | None


def read_actor(request: Any) -> Actor:
    """The actor of the signed-in person: one query, and none for an anonymous visitor. From now on the request sees what that actor may."""
    actor = queries.actor_for(request.user) if request.user.is_authenticated else ANONYMOUS
    sight.adopt(request, actor)
    return actor


def read_org(request: Any) -> Org | None:
    """The organisation chosen with the post switcher while the actor still has a post there; otherwise the first post's."""
    grants = request.actor.grants
    if not grants:
        return None
    chosen = request.session.get(POST_KEY)
    grant = next((g for g in grants if g.org_path == chosen), grants[0])
    return queries.org(grant.org_id)


def _install() -> None:
    """Attributes computed on first use, on the request class itself: ``request.org is None`` stays a plain question."""
    for name, read in (("actor", read_actor), ("org", read_org)):
        attribute = cached_property(read)
        attribute.__set_name__(HttpRequest, name)
        setattr(HttpRequest, name, attribute)


_install()


class ActorMiddleware:
    """Stands after the authentication middleware. Until the first account exists every page leads to the set-up page.

    A request begins as nobody's and runs under the sight of its actor from the moment the actor is known; a page that never asks who is
    there says nothing to the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with sight.sight(None):
            request.in_sight = True  # type: ignore[attr-defined]
            if not first_account.done() and not request.path.startswith(_OPEN_BEFORE_SETUP):
                return HttpResponseRedirect(reverse("setup"))
            response: Any = self.get_response(request)
            if response.streaming and not response.is_async:
                response.streaming_content = sight.kept(iter(response.streaming_content), sight.who_asks())
        answer: HttpResponse = response
        return answer
