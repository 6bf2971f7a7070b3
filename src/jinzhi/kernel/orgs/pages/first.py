"""The set-up page: seen until the first account exists, and never after."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jinzhi.kernel.orgs import first_account, throttle
from jinzhi.kernel.orgs.access import public_page
from jinzhi.kernel.orgs.forms import SetupForm, render_form, words
from jinzhi.kernel.refusals import Refused

TRIES_A_MINUTE = 10
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@public_page
@never_cache
@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Ask for the one-time code, open the first account, and sign its holder in. Absent (404) once an account exists."""
    if first_account.done():
        if request.method == "POST":  # the slower of two visitors
            return HttpResponseRedirect(reverse("account_login"))
        raise Http404
    form = SetupForm(request.POST or None)
    status = 0
    if request.method == "POST":
        if not throttle.allowed(request, "setup", TRIES_A_MINUTE):
            form.add_error(None, words("尝试太频繁，一分钟后再试", "Too many tries: wait a minute"))
            status = 429
        elif form.is_valid():
            try:
                person = first_account.create_administrator(**form.cleaned_data)
            except Refused as refused:
                form.refuse(refused)
            else:
                login(request, person, backend=_BACKEND)
                return HttpResponseRedirect(reverse("after_sign_in"))
    return render_form(request, "orgs/setup.html", form, status)
