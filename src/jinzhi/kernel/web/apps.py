"""The face: shells, components, style sheets and scripts every page shares."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "jinzhi.kernel.web"
    label = "web"

    def ready(self) -> None:
        from jinzhi.kernel.web import assets

        assets.ensure()
