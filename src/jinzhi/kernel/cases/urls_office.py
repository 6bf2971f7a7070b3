"""Addresses of the officers' workbench, mounted by the site at ``/office/``."""

from __future__ import annotations

from django.urls import path, register_converter

from jinzhi.kernel.cases.pages import bulk, case, case_people, case_secrets, keeping, people, processes, promised, queue, time_limits


class _Duty:
    regex = "claim|release|hand|transfer|assign|take-back"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class _Queue(_Duty):
    regex = "mine|group|all|waiting|cases"


class _Give(_Duty):
    regex = "claim|release|transfer|assign|take-back"


class _Sheet(_Duty):
    regex = "csv|xlsx"


register_converter(_Give, "giving")
register_converter(_Sheet, "sheet")
register_converter(_Duty, "duty_act")
register_converter(_Queue, "queue_kind")

app_name = "office"
urlpatterns = [
    path("", queue.mine, name="queue"),
    path("group/", queue.group, name="group"),
    path("all/", queue.all_open, name="all"),
    path("waiting/", queue.waiting, name="waiting"),
    path("done/", queue.done, name="done"),
    path("search/", queue.search, name="search"),
    path("export/<queue_kind:kind>.<sheet:form>", queue.export, name="export"),
    path("claim-next/", queue.claim_next, name="claim_next"),
    path("processes/", processes.processes, name="processes"),
    path("processes/<str:process>/", processes.process, name="process"),
    path("team/", people.team, name="team"),
    path("stand-ins/", people.stand_ins, name="stand_ins"),
    path("stand-ins/people/", people.deputies, name="deputies"),
    path("stand-ins/<int:pk>/end/", people.stand_in_end, name="stand_in_end"),
    path("lists/<queue_kind:kind>/columns/", keeping.choose_columns, name="columns"),
    path("views/", keeping.all_views, name="views"),
    path("views/save/", keeping.save_view, name="save_view"),
    path("views/<int:view_id>/", keeping.view, name="view"),
    path("views/<int:view_id>/change/", keeping.change_view, name="change_view"),
    path("bulk/give/<giving:what>/", bulk.give, name="bulk_give"),
    path("bulk/results/<uuid:run>/", bulk.results, name="bulk_results"),
    path("bulk/<slug:action>/", bulk.bulk, name="bulk"),
    path("promised/", promised.page, name="promised"),
    path("cases/here/", case_people.here, name="here"),
    path("cases/<int:case_id>/", case.case, name="case"),
    path("cases/<int:case_id>/notes/", case_people.note, name="note"),
    path("cases/<int:case_id>/unmask/", case_secrets.unmask, name="unmask"),
    path("cases/<int:case_id>/level/", case_secrets.level, name="level"),
    path("cases/<int:case_id>/recuse/", case_people.recuse, name="recuse"),
    path("cases/<int:case_id>/watch/", case_people.watch, name="watch"),
    path("cases/<int:case_id>/colleagues/", case_people.colleagues, name="colleagues"),
    path("cases/<int:case_id>/log/", case.log, name="log"),
    path("cases/<int:case_id>/time/", time_limits.page, name="time"),
    path("cases/<int:case_id>/files/<str:sha256>", case.file, name="file"),
    path("cases/<int:case_id>/duty/<duty_act:what>/", case_people.duty, name="duty"),
    path("cases/<int:case_id>/actions/<slug:action>/<int:lane>/", case.act, name="act"),
]
