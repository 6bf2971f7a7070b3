"""The case kernel: process definitions, cases, duties, clocks and the event log."""

import gc

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "jinzhi.kernel.cases"
    label = "cases"

    def ready(self) -> None:
        from jinzhi.kernel.cases.people import handover
        from jinzhi.kernel.cases.recount import recount
        from jinzhi.kernel.cases.registry import process_titles, roles_in_force
        from jinzhi.kernel.codes import calendar
        from jinzhi.kernel.orgs import roles

        handover.register()
        roles.register(roles=roles_in_force, processes=process_titles)
        if recount not in calendar.followers:
            calendar.followers.append(recount)
        # A batch makes a hundred thousand small objects and no circles: as Python comes, the collector walks all of them again and again, a third of
        # the batch's time. What circles there are is found later, and found.
        gc.set_threshold(50_000, 20, 100)
