"""A person's own pages: settings, and the organisation worked for now."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override
from django.views.decorators.http import require_POST

from jinzhi.kernel.orgs.access import signed_in
from jinzhi.kernel.orgs.accounts import set_language_cookie
from jinzhi.kernel.orgs.forms import SettingsForm, render_form, words
from jinzhi.kernel.orgs.middleware import POST_KEY, Request
from jinzhi.kernel.orgs.models import Person


def back(request: Request, default: str) -> str:
    """Where a form asks to return to (``next``), if that is on this site."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and safe else default


@signed_in
def settings_page(request: Request) -> HttpResponse:
    """Language of the pages, and single-key commands on or off (WCAG 2.1.4)."""
    person = request.user
    assert isinstance(person, Person)
    form = SettingsForm(request.POST or None, initial={"language": person.language, "keyboard": person.keyboard})
    if request.method == "POST" and form.is_valid():
        person.language, person.keyboard = form.cleaned_data["language"], form.cleaned_data["keyboard"]
        person.save(update_fields=["language", "keyboard"])
        response = HttpResponseRedirect(reverse("account_settings"))
        if person.language:
            set_language_cookie(response, person.language)
        else:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        # The message is read on the next page, which is already in the language just chosen.
        with override(person.language or get_language()):
            messages.success(request, str(words("设置已保存", "Settings saved")))
        return response
    return render_form(request, "orgs/settings.html", form)


@signed_in
@require_POST
def switch_post(request: Request) -> HttpResponse:
    """Work for another of one's organisations (``post``: its path); one where there is no post is left alone."""
    wanted = request.POST.get("post", "")
    if any(grant.org_path == wanted for grant in request.actor.grants):
        request.session[POST_KEY] = wanted
    return HttpResponseRedirect(back(request, reverse("after_sign_in")))
