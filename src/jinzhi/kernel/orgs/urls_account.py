"""``/account/``: sign-in, password, sessions, one-time codes, settings. Pages for sign-up and for recovery by e-mail do not exist."""

from __future__ import annotations

from allauth.account import views as allauth_views
from allauth.mfa import urls as mfa_urls
from allauth.usersessions.views import list_usersessions
from django.urls import URLPattern, URLResolver, include, path

from jinzhi.kernel.orgs import accounts
from jinzhi.kernel.orgs.access import mark
from jinzhi.kernel.orgs.pages import first, own, ties


def _marked(patterns: list[URLPattern | URLResolver]) -> None:
    """Say for the permission matrix what allauth's own views check: all of these ask for a signed-in person, save one."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _marked(pattern.url_patterns)
        else:
            # The second step of a sign-in: the person is known by the first step, kept in the session, and not signed in yet.
            mark(pattern.callback, "public" if pattern.name == "mfa_authenticate" else "signed_in")


urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", accounts.sign_in, name="account_login"),
    path("logout/", mark(allauth_views.logout, "public"), name="account_logout"),
    path("inactive/", mark(allauth_views.account_inactive, "public"), name="account_inactive"),
    path("reauthenticate/", mark(allauth_views.reauthenticate, "signed_in"), name="account_reauthenticate"),
    path("password/change/", accounts.change_password, name="account_change_password"),
    path("sessions/", mark(list_usersessions, "signed_in"), name="usersessions_list"),
    path("start/", accounts.after_sign_in, name="after_sign_in"),
    path("settings/", own.settings_page, name="account_settings"),
    path("ties/", ties.own, name="account_ties"),
    path("post/", own.switch_post, name="switch_post"),
]
_mfa: list[URLPattern | URLResolver] = list(mfa_urls.urlpatterns)
_marked(_mfa)
urlpatterns.append(path("mfa/", include(_mfa)))

setup_urlpatterns = [path("setup/", first.setup, name="setup")]
"""For the site's own list, at the root."""
