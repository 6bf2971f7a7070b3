"""Addresses of the officers' workbench, mounted by the site at ``/office/``."""

from __future__ import annotations

from django.urls import path, register_converter

from jinzhi.kernel.cases.pages import case, case_people, people, queue


class _Duty:
    regex = "claim|release|hand|transfer|assign|take-back"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class _Queue(_Duty):
    regex = "mine|group|waiting"


register_converter(_Duty, "duty_act")
register_converter(_Queue, "queue_kind")

app_name = "office"
urlpatterns = [
    path("", queue.mine, name="queue"),
    path("group/", queue.group, name="group"),
    path("waiting/", queue.waiting, name="waiting"),
    path("done/", queue.done, name="done"),
    path("search/", queue.search, name="search"),
    path("export/<queue_kind:kind>.xlsx", queue.export, name="export"),
    path("claim-next/", queue.claim_next, name="claim_next"),
    path("bulk/<slug:action>/", queue.bulk, name="bulk"),
    path("team/", people.team, name="team"),
    path("stand-ins/", people.stand_ins, name="stand_ins"),
    path("stand-ins/people/", people.deputies, name="deputies"),
    path("stand-ins/<int:pk>/end/", people.stand_in_end, name="stand_in_end"),
    path("cases/here/", case_people.here, name="here"),
    path("cases/<int:case_id>/", case.case, name="case"),
    path("cases/<int:case_id>/notes/", case_people.note, name="note"),
    path("cases/<int:case_id>/watch/", case_people.watch, name="watch"),
    path("cases/<int:case_id>/colleagues/", case_people.colleagues, name="colleagues"),
    path("cases/<int:case_id>/log/", case.log, name="log"),
    path("cases/<int:case_id>/files/<str:sha256>", case.file, name="file"),
    path("cases/<int:case_id>/duty/<duty_act:what>/", case_people.duty, name="duty"),
    path("cases/<int:case_id>/actions/<slug:action>/<int:lane>/", case.act, name="act"),
]
