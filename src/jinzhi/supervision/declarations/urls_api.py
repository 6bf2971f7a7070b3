"""``/api/v1/``: the JSON API and its page."""

from __future__ import annotations

from django.urls import path

from jinzhi.supervision.declarations.api import api
from jinzhi.supervision.declarations.api.pages import listing

urlpatterns = [path("", listing, name="api_page"), path("", api.urls)]
