"""The application of organisations, people and posts."""

from __future__ import annotations

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "jinzhi.kernel.orgs"
    label = "orgs"
    verbose_name = "Organisations, people, posts"
