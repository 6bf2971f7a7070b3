"""``/sys/``: people, posts, organisations, permissions, account log."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.orgs.pages import people, permissions, ties, tree

app_name = "sys"
urlpatterns = [
    path("", people.people, name="home"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/password/", people.person_password, name="person_password"),
    path("people/<int:pk>/close/", people.person_close, name="person_close"),
    path("people/<int:pk>/open/", people.person_open, name="person_open"),
    path("people/<int:pk>/posts/new/", people.post_new, name="post_new"),
    path("people/<int:pk>/posts/<int:post_id>/end/", people.post_end, name="post_end"),
    path("people/<int:pk>/clearance/", people.clearance_new, name="clearance_new"),
    path("people/<int:pk>/clearance/end/", people.clearance_end, name="clearance_end"),
    path("people/<int:pk>/ties/", ties.of_person, name="person_ties"),
    path("people/<int:pk>/ties/<int:tie_id>/end/", ties.end, name="tie_end"),
    path("permissions/", permissions.matrix, name="permissions"),
    path("orgs/", tree.orgs, name="orgs"),
    path("orgs/<slug:code>/", tree.orgs, name="org"),
    path("log/", tree.account_log, name="log"),
]
