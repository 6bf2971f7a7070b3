"""Addresses of the public service guides, mounted by the site at ``/guide/``."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.cases.pages import guides

app_name = "guides"
urlpatterns = [
    path("", guides.guides, name="list"),
    path("<str:process>/", guides.one, name="one"),
]
