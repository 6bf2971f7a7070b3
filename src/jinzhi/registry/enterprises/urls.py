"""``/office/enterprises/``: the files of enterprises."""

from __future__ import annotations

from django.urls import path

from jinzhi.registry.enterprises import pages

app_name = "enterprises"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("new/", pages.new, name="new"),
    path("<int:party>/", pages.file, name="file"),
    path("<int:party>/edit/", pages.edit, name="edit"),
    path("<int:party>/suspend/", pages.suspend, name="suspend"),
    path("<int:party>/resume/", pages.resume, name="resume"),
    path("<int:party>/administrator/", pages.administrator, name="administrator"),
]
