"""``/biz/people/``: people who act for a party."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.orgs.pages import members

app_name = "members"
urlpatterns = [
    path("", members.member_list, name="list"),
    path("new/", members.member_new, name="new"),
    path("join/", members.member_join, name="join"),
    path("<int:pk>/end/", members.member_end, name="end"),
    path("<int:pk>/password/", members.member_password, name="password"),
]
