"""Addresses of the face; mounted at the root."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from jinzhi.kernel.orgs.access import public_page
from jinzhi.kernel.web import styleguide, views

urlpatterns = [
    path("", views.home, name="home"),
    path("help/keys", views.help_keys, name="help_keys"),
    path("sys/styleguide/", styleguide.styleguide, name="styleguide"),
    path("prefs/text", views.large_text, name="large_text"),
    path("prefs/keys", views.keyboard_pref, name="keyboard_pref"),
    path("session/extend", views.extend_session, name="extend_session"),
    path("i18n/setlang/", public_page(set_language), name="set_language"),
]
