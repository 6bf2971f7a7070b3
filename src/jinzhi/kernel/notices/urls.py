"""``/office/notices/``: an officer's notices."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.notices import pages

app_name = "notices"
urlpatterns = [
    path("", pages.office_list, name="list"),
    path("read/", pages.office_read, name="read"),
    path("settings/", pages.office_settings, name="settings"),
    path("<int:pk>/", pages.office_open, name="open"),
]
