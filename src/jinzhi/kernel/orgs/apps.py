"""The application of organisations, people and posts."""

from __future__ import annotations

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "jinzhi.kernel.orgs"
    label = "orgs"
    verbose_name = "Organisations, people, posts"

    def ready(self) -> None:
        # Requests made without the middleware (tests, commands) know who asks as well.
        import jinzhi.kernel.orgs.middleware  # noqa: F401
