"""``/sys/people/<id>/desk/``: what a person holds, for who hands it over."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.cases.people import pages_sys

app_name = "handover"
urlpatterns = [
    path("<int:pk>/desk/", pages_sys.desk_page, name="desk"),
    path("<int:pk>/desk/people/", pages_sys.deputies, name="deputies"),
]
