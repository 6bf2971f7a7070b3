"""``/biz/notices/``: notices of people who act for an enterprise."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.notices import pages

app_name = "biz_notices"
urlpatterns = [
    path("", pages.biz_list, name="list"),
    path("read/", pages.biz_read, name="read"),
    path("settings/", pages.biz_settings, name="settings"),
    path("<int:pk>/", pages.biz_open, name="open"),
]
